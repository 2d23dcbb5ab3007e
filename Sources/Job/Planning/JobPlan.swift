import AWSChecks
import CheckKit
import HTTPClient
import RunModel
import Settings

/// The plan of a run, without running it.
public enum JobPlan {
    /// The plan for every check of the catalogue.
    public static func make(configuration: Configuration, options: RunOptions, identity: RunIdentity) -> Plan {
        make(Catalogue.checks(for: configuration), configuration: configuration, options: options, identity: identity)
    }

    static func make(
        _ checks: [any Check], configuration: Configuration, options: RunOptions, identity: RunIdentity
    ) -> Plan {
        let declared = checks.map { ($0.descriptor, $0.omission(under: configuration)) }
        let omissions = Dictionary(declared.compactMap { entry in entry.1.map { (entry.0.id, $0) } }) { first, _ in
            first
        }
        return Planner(configuration: configuration, options: options)
            .plan(
                declared.map(\.0), omissions: omissions,
                resumeKey: ResumeKeys(configuration: configuration, identity: identity).key)
    }

    /// Which checks of a plan will be inconclusive for want of which action; nil when none of them asks AWS.
    public static func permissions(
        for plan: Plan, configuration: Configuration, environment: [String: String], patience: Duration
    ) async -> PermissionForecast? {
        await PermissionForecast.ask(
            about: plan.entries.filter { $0.decision == .run }.map(\.descriptor), configuration: configuration,
            environment: environment, http: HTTPClient(configuration.httpClientConfiguration), patience: patience)
    }
}
