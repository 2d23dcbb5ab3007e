import Formats
import Foundation

extension Double {
    /// At most two decimals, none when they are zero.
    var shortText: String {
        self == rounded() && magnitude < 1e15 ? String(Int(self)) : String(format: "%.2f", self)
    }
}

extension Duration {
    var thinkText: String { self == .zero ? "" : ", \(readable) of thinking" }
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
