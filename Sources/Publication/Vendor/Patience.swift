import Foundation

/// How long a publication waits for the other side.
public struct Patience: Sendable {
    /// All attempts of one request, when the service or the way to it fails.
    public var attempts = 4
    /// Before the first repetition; it doubles each time.
    var base = Duration.seconds(1)
    /// The longest that all waits together may take which a service asks for.
    public var longest = Duration.seconds(600)
    /// For one request.
    public var deadline = Duration.seconds(30)
    /// Between two looks at what a service works on.
    public var pause = Duration.seconds(3)
    public var sleep: @Sendable (Duration) async -> Void = { try? await Task.sleep(for: $0) }
    public var now: @Sendable () -> Date = { Date() }
    /// A number in 0..<1, so that several who wait do not come back at the same moment.
    public var random: @Sendable () -> Double = { Double.random(in: 0..<1) }

    public init() {}

    /// The wait before the attempt after `attempt`, counted from 1.
    func backOff(after attempt: Int) -> Duration {
        let whole = base * (1 << min(attempt - 1, 6))
        return whole.stretched(by: 0.5 + random() / 2)
    }
}
