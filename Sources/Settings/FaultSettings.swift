import RunModel

/// How dependencies may be broken, and where that is allowed.
public struct FaultSettings: Sendable, Hashable {
    /// Base URL of a Toxiproxy HTTP API.
    public var toxiproxyURL: String?
    /// Toxiproxy proxy by dependency: `mlflow`, `postgres`, `redis`, `auth`.
    public var proxies: [String: String]
    /// Where a proxy leads to, `host:port` by dependency, as Toxiproxy tells it: needed where something else is to answer in its
    /// place for a while.
    public var upstreams: [String: String]
    /// Commands that break what has no proxy, by dependency: `memory`, or any of the others.
    public var commands: [String: FaultCommandSettings]
    /// ECS services that are left without tasks to break a dependency that has neither: `mlflow`, ….
    public var ecsServices: [String: String]
    /// Dependencies that may be broken although the environment is marked production.
    public var allowedInProduction: [String]
    /// A fault undoes itself after this time, whatever happens.
    public var lease: Duration
    /// How long a fault may take until the target feels it; stopping tasks takes longer than closing a proxy.
    public var effectTimeout: Duration
    /// How long the target may take to recover after an undo.
    public var recoveryTimeout: Duration
    /// A service that gives no answer for this long while a fault is on ends the run: everything is undone at once.
    public var stopAfter: Duration

    init(_ section: ConfigurationSection) {
        toxiproxyURL = section.url("toxiproxy")
        proxies = section.dictionary("proxies")
        upstreams = section.dictionary("upstreams")
        let named = section.section("commands")
        commands = [:]
        for name in named.keys {
            if !FaultCommandSettings.dependencies.contains(name) {
                named.report(
                    name, expected: "one of \(FaultCommandSettings.dependencies.joined(separator: ", "))",
                    got: "‘\(name)’")
            }
            commands[name] = FaultCommandSettings(named.section(name))
        }
        ecsServices = section.dictionary("ecs_services")
        allowedInProduction = section.strings("allowed_in_production")
        lease = section.duration("lease", default: .seconds(120))
        effectTimeout = section.duration("effect_timeout", default: .seconds(20))
        recoveryTimeout = section.duration("recovery_timeout", default: .seconds(60))
        stopAfter = section.duration("stop_after", default: .seconds(90))
        section.finish()
    }

    /// The variables of all commands together: an undo is written down without saying whose it is.
    public var commandEnvironment: [String: String] {
        commands.sorted { $0.key < $1.key }.reduce(into: [:]) { $0.merge($1.value.environment) { first, _ in first } }
    }

    /// Whether a dependency can be broken: `network` needs all of the proxies, `queue` is Redis.
    public func canBreak(_ dependency: Dependency) -> Bool {
        switch dependency {
        // Latency, which `network` is about too, needs proxies: a command only breaks.
        case .network: [.mlflow, .postgres, .redis].allSatisfy(hasProxy)
        case .queue: hasMeans(.queue) || hasMeans(.redis)
        default: hasMeans(dependency)
        }
    }

    private func hasMeans(_ dependency: Dependency) -> Bool {
        hasProxy(dependency) || commands[dependency.rawValue] != nil || ecsServices[dependency.rawValue] != nil
    }

    private func hasProxy(_ dependency: Dependency) -> Bool {
        toxiproxyURL != nil && proxies[dependency.rawValue] != nil
    }
}

/// A pair of commands that switch a fault on and off.
public struct FaultCommandSettings: Sendable, Hashable {
    /// What a command may break. `memory` is that of the service: little of it is left.
    static let dependencies = ["mlflow", "postgres", "redis", "auth", "queue", "memory"]

    /// Switches the fault on; it is on when the command ends with status 0.
    public var start: [String]
    /// Switches it off, and does no harm when it is off.
    public var stop: [String]
    /// Ends with status 0 while the fault is on; without it the start's status is believed.
    public var probe: [String]
    /// Variables of each command, beside those that every command gets.
    public var environment: [String: String]
    /// Of each command.
    public var deadline: Duration

    init(_ section: ConfigurationSection) {
        start = section.strings("start", place: .secret)
        stop = section.strings("stop", place: .secret)
        probe = section.strings("probe", place: .secret)
        environment = section.dictionary("environment", place: .secret)
        deadline = section.duration("deadline", default: .seconds(20))
        for (name, words) in [("start", start), ("stop", stop)] where words.isEmpty {
            section.report(name, expected: "a command line as a list", got: "nothing")
        }
        section.finish()
    }
}
