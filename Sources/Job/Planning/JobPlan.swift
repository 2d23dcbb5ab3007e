import Checks
import RunModel

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
}
