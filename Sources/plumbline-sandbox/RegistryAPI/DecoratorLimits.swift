import Formats
import Synchronization

/// Limits on single routes: so many calls a minute for each peer address, in memory (contract §4.6).
final class DecoratorLimits: Sendable {
    private struct Window {
        var minute: Int
        var count: Int
    }

    private let windows = Mutex<[String: Window]>([:])

    /// The 429 of a peer that is over the limit; nil while it may go on.
    func refusal(of route: String, peer: String, perMinute limit: Int, now: Double) -> ServiceResponse? {
        let minute = Int(clamping: now / 60)
        let isOver = windows.withLock { windows in
            var window = windows["\(route) \(peer)"] ?? Window(minute: minute, count: 0)
            if window.minute != minute { window = Window(minute: minute, count: 0) }
            window.count += 1
            windows["\(route) \(peer)"] = window
            return window.count > limit
        }
        guard isOver else { return nil }
        return .json(429, ["error": .string("Rate limit exceeded: \(limit) per 1 minute")])
    }
}
