import Formats
import Foundation
import HTTPClient

/// When a call is tried again and how long to wait: full jitter over an exponential back-off.
public struct AWSRetry: Sendable {
    /// All attempts together while the service throttles or says when to come back.
    var maximumAttempts: Int
    /// All attempts together when the service or the way to it fails, as AWS's own clients do: what fails three times in a
    /// row is an answer.
    static let attemptsOnFailure = 3
    /// The back-off of the first retry; it doubles each time.
    var base: Duration
    var cap: Duration
    /// The longest `Retry-After` that is obeyed; a service that wants more gets no further attempt.
    var longestServerDelay: Duration
    public var sleep: @Sendable (Duration) async throws -> Void
    /// A number in 0..<1.
    var random: @Sendable () -> Double

    public init(
        maximumAttempts: Int = 6, base: Duration = .milliseconds(200), cap: Duration = .seconds(20),
        longestServerDelay: Duration = .seconds(30),
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
        random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) }
    ) {
        self.maximumAttempts = maximumAttempts
        self.base = base
        self.cap = cap
        self.longestServerDelay = longestServerDelay
        self.sleep = sleep
        self.random = random
    }

    /// The wait before the retry after `attempt` (counted from 1); nil when there is to be none.
    func delay(after attempt: Int, error: AWSError, retryAfter: Duration?) -> Duration? {
        guard [.throttled, .service, .transport].contains(error.kind) else { return nil }
        let isPatient = error.kind == .throttled || retryAfter != nil
        guard attempt < (isPatient ? maximumAttempts : min(maximumAttempts, Self.attemptsOnFailure)) else { return nil }
        if let retryAfter { return retryAfter <= longestServerDelay ? retryAfter : nil }
        let backOff = min(cap, base * (1 << min(attempt - 1, 16)))
        return backOff.stretched(by: random())
    }

    /// `Retry-After` in seconds or as an HTTP date.
    static func serverDelay(_ value: String?, now: Date) -> Duration? {
        guard let value = value?.trimmed, !value.isEmpty else { return nil }
        if let seconds = Double(finite: value) { return Duration.seconds(from: seconds) }
        guard let date = HTTPDate.parse(value) else { return nil }
        return max(.zero, date.duration(since: now))
    }
}

/// The date of an HTTP header: `Tue, 15 Nov 1994 08:12:31 GMT`.
enum HTTPDate {
    static func parse(_ text: String) -> Date? {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        guard let match = text.wholeMatch(of: #/\w{3}, (\d{2}) (\w{3}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) GMT/#),
            let month = months.firstIndex(of: String(match.2))
        else { return nil }
        var parts = DateComponents()
        parts.year = Int(match.3)
        parts.month = month + 1
        parts.day = Int(match.1)
        parts.hour = Int(match.4)
        parts.minute = Int(match.5)
        parts.second = Int(match.6)
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        return calendar.date(from: parts)
    }
}
