import Formats
import RunModel

/// What the job itself needs to find.
public struct RequirementSettings: Sendable, Hashable {
    /// Environment variables without which the job is not set up.
    public var environment: [String]
    /// Variables that are good to have: their absence is said and fails nothing.
    public var optionalEnvironment: [String]
    /// Programs that must be on the path.
    public var tools: [String]

    init(_ section: ConfigurationSection) {
        environment = section.strings("environment")
        optionalEnvironment = section.strings("optional_environment", default: ["HOKUSAI_API_KEY", "LINEAR_API_KEY"])
        tools = section.strings("tools")
        section.finish()
    }
}

/// How much a run may do at once, and for how long.
public struct LimitSettings: Sendable, Hashable {
    /// Checks that may run at the same time.
    public var parallelChecks: Int
    /// The whole run.
    public var runDeadline: Duration
    /// From SIGTERM to the end of the process; ECS gives 30 s by default.
    public var shutdownBudget: Duration
    /// One measuring window of the load and performance checks, from 0.2 s to 60 s; their longer loads keep the proportion to it.
    var loadWindow: Duration
    /// How long a change that was sent and never answered may still be made, from 1 s to 10 minutes: it is taken back at once, and
    /// once more when this has passed. Longer than the longest limit of everything on the way, such as the API's 30 s for MLflow.
    public var lateArrival: Duration
    /// A result older than this is not reused when a run is resumed, by category; see ``maximumAge(of:)``.
    var maximumAges: [String: Duration]

    init(_ section: ConfigurationSection) {
        parallelChecks = section.integer("parallel_checks", default: 8, in: 1...64)
        runDeadline = section.duration("run_deadline", default: .seconds(3600))
        shutdownBudget = section.duration("shutdown_budget", default: .seconds(18))
        loadWindow = section.duration("load_window", default: Self.usualLoadWindow)
        if !(.milliseconds(200)...(.seconds(60))).contains(loadWindow) {
            section.report("load_window", expected: "a duration from 200ms to 60s", got: loadWindow.readable)
        }
        lateArrival = section.duration("late_arrival", default: .seconds(60))
        if !(.seconds(1)...(.seconds(600))).contains(lateArrival) {
            section.report("late_arrival", expected: "a duration from 1s to 10m", got: lateArrival.readable)
        }
        maximumAges = [:]
        let ages = section.section("maximum_age")
        for name in ages.keys {
            if Category(rawValue: name) == nil {
                ages.report(
                    name, expected: "a category: \(Category.allCases.map(\.rawValue).joined(separator: ", "))",
                    got: "‘\(name)’")
            }
            maximumAges[name] = ages.duration(name, default: .zero)
        }
        for category in Category.allCases where maximumAges[category.rawValue] == nil {
            _ = ages.duration(category.rawValue, default: Self.usualAge(of: category))
        }
        section.finish()
    }

    private static let usualLoadWindow = Duration.seconds(2)

    /// What the time spans of performance checks are multiplied by.
    public var loadStretch: Double { loadWindow / Self.usualLoadWindow }

    /// The longest time after which a live result still speaks for the target: an hour, ten minutes for load and chaos.
    public func maximumAge(of category: Category) -> Duration {
        maximumAges[category.rawValue] ?? Self.usualAge(of: category)
    }

    private static func usualAge(of category: Category) -> Duration {
        switch category {
        case .load, .chaos, .performance: .seconds(600)
        default: .seconds(3600)
        }
    }
}

/// How the state is kept where it is not a directory of this machine.
public struct StateSettings: Sendable, Hashable {
    /// How long the lock of the environment is held without being renewed, from 3 s to 10 minutes: after a death the next run waits
    /// for this and a quarter more.
    public var lease: Duration
    /// The key that S3 encrypts the state with; the bucket's own setting when nil.
    public var kmsKey: String?

    init(_ section: ConfigurationSection) {
        lease = section.duration("lease", default: .seconds(60))
        if !(.seconds(3)...(.seconds(600))).contains(lease) {
            section.report("lease", expected: "a duration from 3s to 10m", got: lease.readable)
        }
        kmsKey = section.optionalString("kms_key")
        section.finish()
    }
}

/// When a run passes.
public struct GateSettings: Sendable, Hashable {
    /// The least share of the planned checks that must have said something, 0…1.
    public var minimumCoverage: Double
    /// Checks that are critical here although their declaration does not say so, and the reverse.
    public var critical: [String]
    public var notCritical: [String]

    init(_ section: ConfigurationSection) {
        minimumCoverage = section.number("minimum_coverage", default: 0, in: 0...1)
        critical = section.strings("critical")
        notCritical = section.strings("not_critical")
        section.finish()
    }
}
