import AWSChecks
import HTTPClient
import RunModel
import Settings

/// The plan of a run, without running it.
public enum JobPlan {
    /// The plan for every check of the catalogue.
    public static func make(configuration: Configuration, options: RunOptions, identity: RunIdentity) -> Plan {
        make(
            Catalogue.checks(for: configuration).map(\.descriptor), configuration: configuration, options: options,
            identity: identity)
    }

    static func make(
        _ descriptors: [CheckDescriptor], configuration: Configuration, options: RunOptions, identity: RunIdentity
    ) -> Plan {
        Planner(configuration: configuration, options: options)
            .plan(descriptors, resumeKey: ResumeKeys(configuration: configuration, identity: identity).key)
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
