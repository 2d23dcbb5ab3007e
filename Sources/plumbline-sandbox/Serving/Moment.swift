import Formats
import Foundation

/// Seconds since 1970 and the two ways the original writes a moment.
enum Moment {
    /// `2026-11-21T03:19:16.350726`: UTC without saying so (contract §2.2).
    static func naive(_ seconds: Double) -> String {
        var whole = time_t(clamping: seconds.rounded(.down))
        var parts = tm()
        gmtime_r(&whole, &parts)
        let micros = Int(clamping: (seconds - Double(whole)) * 1_000_000)
        return String(
            format: "%04d-%02d-%02dT%02d:%02d:%02d.%06d", Int(parts.tm_year) + 1900, Int(parts.tm_mon) + 1,
            Int(parts.tm_mday), Int(parts.tm_hour), Int(parts.tm_min), Int(parts.tm_sec), micros)
    }

    /// Reads `2026-11-21T03:19:16Z`; nil for anything else.
    static func seconds(_ text: String) -> Double? {
        (try? Date(text, strategy: .iso8601))?.timeIntervalSince1970
    }

    static var now: Double { Date().timeIntervalSince1970 }
}
