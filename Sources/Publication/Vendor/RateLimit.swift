import Formats
import Foundation
import HTTPClient

/// Reads from an answer when a service wants to be asked again.
enum RateLimit {
    /// The wait that the answer asks for; nil when it is no refusal for want of patience.
    ///
    /// - `Retry-After` in seconds (RFC 9110; GitHub's secondary limits, GitLab),
    /// - `x-ratelimit-remaining: 0` with `x-ratelimit-reset` in seconds since 1970 (GitHub's primary limit),
    /// - `RateLimit-Reset` in seconds since 1970 (GitLab),
    /// - `X-RateLimit-Requests-Reset`, `X-RateLimit-Complexity-Reset` in milliseconds since 1970 (Linear).
    ///
    /// - Parameter fallback: for a limit without a moment.
    static func wait(_ response: HTTPResponse, now: Date, fallback: Duration) -> Duration? {
        let text = response.body.count < 1 << 16 ? response.text : ""
        let isLimited =
            response.status == 429 || (response.status == 503 && response.headers["retry-after"] != nil)
            || (response.status == 403
                && (response.headers["retry-after"] != nil || response.headers["x-ratelimit-remaining"] == "0"
                    || text.contains("secondary rate limit")))
            || text.contains("\"RATELIMITED\"")
        guard isLimited else { return nil }
        if let wait = retryAfter(response, now: now) { return wait }
        for header in ["x-ratelimit-reset", "ratelimit-reset"] {
            if let wait = moment(response.headers[header], unit: 1, now: now) { return wait }
        }
        for kind in ["requests", "complexity"] where response.headers["x-ratelimit-\(kind)-remaining"] == "0" {
            if let wait = moment(response.headers["x-ratelimit-\(kind)-reset"], unit: 1000, now: now) { return wait }
        }
        // GitHub's advice for a secondary limit that names no moment is a minute at least.
        return response.status == 403 ? .seconds(60) : fallback
    }

    private static func retryAfter(_ response: HTTPResponse, now: Date) -> Duration? {
        guard let text = response.headers["retry-after"], let seconds = Double(finite: text) else { return nil }
        return Duration.seconds(from: seconds)
    }

    private static func moment(_ text: String?, unit: Double, now: Date) -> Duration? {
        guard let text, let number = Double(finite: text) else { return nil }
        // A second more: the clocks of two machines are never the same.
        return .seconds(clamping: max(0, number / unit - now.timeIntervalSince1970) + 1)
    }
}
