import Formats
import Foundation

extension Double {
    /// At most two decimals, none when they are zero.
    var shortText: String {
        self == rounded() && magnitude < 1e15 ? wholeText : String(format: "%.2f", self)
    }
}

extension Duration {
    var thinkText: String { self == .zero ? "" : ", \(readable) of thinking" }
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        // Two hundred years: more does not fit, and means as little.
        let bound: Int64 = 200 * 366 * 86_400
        return min(max(seconds, -bound), bound) * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
