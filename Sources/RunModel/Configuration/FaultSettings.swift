/// How dependencies may be broken, and where that is allowed.
public struct FaultSettings: Sendable, Hashable {
    /// Base URL of a Toxiproxy HTTP API.
    public var toxiproxyURL: String?
    /// Toxiproxy proxy by dependency: `mlflow`, `postgres`, `redis`, `auth`.
    public var proxies: [String: String]
    /// Dependencies that may be broken although the environment is marked production.
    public var allowedInProduction: [String]
    /// A fault undoes itself after this time, whatever happens.
    public var lease: Duration
    /// How long the target may take to recover after an undo.
    public var recoveryTimeout: Duration

    init(_ section: ConfigurationSection) {
        toxiproxyURL = section.url("toxiproxy")
        proxies = section.dictionary("proxies")
        allowedInProduction = section.strings("allowed_in_production")
        lease = section.duration("lease", default: .seconds(120))
        recoveryTimeout = section.duration("recovery_timeout", default: .seconds(60))
        section.finish()
    }

    /// Whether a dependency can be broken: `network` needs all of the proxies, `queue` is Redis.
    public func canBreak(_ dependency: String) -> Bool {
        guard toxiproxyURL != nil else { return false }
        return switch dependency {
        case "network": ["mlflow", "postgres", "redis"].allSatisfy { proxies[$0] != nil }
        case "queue": proxies["redis"] != nil
        default: proxies[dependency] != nil
        }
    }
}
