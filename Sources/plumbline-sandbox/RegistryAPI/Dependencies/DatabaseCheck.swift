/// Whether the database answers: the primary name, then the fallback, several times (contract §8.2).
struct DatabaseCheck: Sendable {
    enum Outcome: Sendable, Equatable {
        case healthy
        /// Only the fallback database answered.
        case fallback(warning: String)
        case unhealthy(error: String)

        var isUsable: Bool { if case .unhealthy = self { false } else { true } }

        /// The error or the warning.
        var text: String? {
            switch self {
            case .healthy: nil
            case .fallback(let warning): warning
            case .unhealthy(let error): error
            }
        }
    }

    var settings: RegistrySettings.Database
    var dependencies: RegistryDependencies

    func run() async -> Outcome {
        var failure = DependencyFailure(message: "not tried")
        var pause = settings.retryDelay
        for attempt in 1...settings.attempts {
            do {
                try await dependencies.openDatabase(settings.name)
                return .healthy
            } catch { failure = error }
            do {
                try await dependencies.openDatabase(settings.fallbackName)
                return .fallback(
                    warning: "Using fallback database '\(settings.fallbackName)': \(failure.text)")
            } catch { failure.isTimeout = failure.isTimeout || error.isTimeout }
            guard attempt < settings.attempts else { break }
            await dependencies.pause(pause)
            pause *= 2
        }
        return .unhealthy(
            error: "Database connection failed after \(settings.attempts) attempts: \(failure.text)")
    }

    /// What `/ready` shows of the connection when the check fails.
    var connectionDetails: JSONValue {
        [
            "primary_db": .string(settings.name), "fallback_db": .string(settings.fallbackName),
            "timeout": Int(exactly: settings.connectTimeout).map(JSONValue.integer) ?? .number(settings.connectTimeout),
            "max_retries": .integer(settings.attempts),
        ]
    }
}
