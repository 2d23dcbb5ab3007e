import Settings

/// The checks that one target declares. Each target's list is written at build time from its files.
public struct CheckList: Sendable {
    public var checks: [any Check]
    public var families: [any CheckFamily]

    public init(checks: [any Check], families: [any CheckFamily]) {
        self.checks = checks
        self.families = families
    }

    /// The checks that apply under a configuration, sorted by phase, category and id.
    ///
    /// A family gives what it declares for any configuration and what this one adds.
    public func checks(for configuration: Configuration) -> [any Check] {
        (checks + families.flatMap { $0.checks(for: configuration) }).map { ($0, $0.descriptor) }
            .sorted { ($0.1.phase, $0.1.category, $0.1.id) < ($1.1.phase, $1.1.category, $1.1.id) }
            .map(\.0)
    }
}
