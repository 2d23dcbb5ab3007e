/// Every side effect of the registry API, so that a test can replace any of them.
struct RegistryDependencies: Sendable {
    var http: Outgoing
    /// Connects to the named database and closes again.
    var openDatabase: @Sendable (_ database: String) async throws(DependencyFailure) -> Void
    /// Runs commands on one fresh connection to the Redis at a URL.
    var redis: @Sendable (_ url: String, _ commands: [[String]]) async throws(DependencyFailure) -> [RedisValue]
    /// Seconds.
    var pause: @Sendable (_ seconds: Double) async -> Void
    /// Seconds since 1970.
    var now: @Sendable () -> Double
    /// Whether checks may run at the same time where the profile allows it; tests with a clock of their own say no.
    var checksSideBySide = true
}

/// Why a database or Redis could not be used.
struct DependencyFailure: Error, Sendable, Equatable {
    var isTimeout = false
    var message: String

    /// The text of health answers; a time-out is always called one (HE-23 looks for the word).
    var text: String { isTimeout && !message.contains("timeout") ? "timeout: " + message : message }
}

/// The parts of a Redis answer that the services read.
enum RedisValue: Sendable, Equatable {
    case text(String)
    case integer(Int)
    case null

    var text: String? { if case .text(let text) = self { text } else { nil } }
    var integer: Int? { if case .integer(let number) = self { number } else { nil } }
}
