import Formats

/// Until when the calls of a task and of those that it starts may go on, retries and further pages included: whoever waits for
/// them waits no longer either.
public enum AWSTimeLimit {
    @TaskLocal private static var end: ContinuousClock.Instant?

    /// Runs `body` with at most `patience` for all its calls; an earlier end that holds already stays.
    public static func within<Value>(_ patience: Duration, _ body: () throws -> Value) rethrows -> Value {
        let own = ContinuousClock.now + patience
        return try $end.withValue(end.map { min($0, own) } ?? own, operation: body)
    }

    /// The time that is left; an hour where no limit holds.
    static var left: Duration { end.map { $0 - .now } ?? .seconds(3600) }

    static func error<Output>(_ operation: AWSOperation<Output>) -> AWSError {
        AWSError(
            .transport, operation: operation.label,
            message: "no time was left for this call: the calls before it took all there is for a check",
            action: operation.action)
    }
}
