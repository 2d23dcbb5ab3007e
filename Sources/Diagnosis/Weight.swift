import RunModel

/// What a fault means for people, and what its fix takes: the part of a rule that says nothing of how the fault is recognised.
public struct Weight: Hashable, Sendable {
    public var severity: Severity
    public var reach: Finding.Reach
    /// Who cannot do what, in a sentence.
    public var impact: String
    public var work: Work
    /// What keeps it from coming back, in a sentence.
    public var prevention: String

    init(
        _ severity: Severity, _ reach: Finding.Reach, _ impact: String, _ work: Work, prevention: String
    ) {
        self.severity = severity
        self.reach = reach
        self.impact = impact
        self.work = work
        self.prevention = prevention
    }
}

extension Weight {
    /// Severity times reach. What hinders clients is more urgent than what only operators see; what hinders nobody never is.
    public static func priority(_ severity: Severity, _ reach: Finding.Reach) -> Finding.Priority {
        switch (reach, severity) {
        case (.clients, .critical): .p0
        case (.clients, .high), (.clients, .medium), (.hindered, .critical), (.hindered, .high),
            (.operators, .critical):
            .p1
        case (.clients, .low), (.hindered, .medium), (.operators, .high), (.operators, .medium): .p2
        case (.hindered, .low), (.operators, .low), (.nobody, _): .p3
        }
    }

    /// Of a failure that no rule knows: the check's severity, and what its area is for.
    static func unclassified(_ descriptor: CheckDescriptor) -> Weight {
        let (reach, impact) = meaning(of: descriptor.category)
        return Weight(
            descriptor.severity, reach, descriptor.risk.isEmpty ? impact : descriptor.risk, .investigation,
            prevention: "Once the cause is known, add an alarm or a test that shows it before a run does.")
    }

    private static func meaning(of category: Category) -> (Finding.Reach, String) {
        switch category {
        case .environment, .credentials, .permissions:
            (.operators, "Operators cannot test the whole platform from this place.")
        case .discovery: (.hindered, "Services may not find each other by name.")
        case .unit: (.hindered, "Clients wait longer than they should when MLflow fails or comes back.")
        case .integration: (.operators, "Operators and the load balancer cannot rely on this health page.")
        case .load: (.hindered, "Clients are refused or wait while many of them come at once.")
        case .chaos: (.hindered, "Clients notice the outage of a dependency more than they should.")
        case .suites: (.operators, "Developers cannot rely on what the suite covers.")
        case .serviceHealth: (.clients, "Clients cannot rely on this page of the service.")
        case .database: (.clients, "The platform cannot keep or read what it stores in PostgreSQL.")
        case .mlflow: (.clients, "Clients cannot use this part of MLflow.")
        case .registration: (.clients, "Clients cannot register models from end to end.")
        case .authentication: (.clients, "Clients with a good key may be refused, or others admitted.")
        case .redis: (.hindered, "Keys are validated more slowly, and messages may be lost.")
        case .aws: (.operators, "The deployment differs from what operators believe it to be.")
        case .performance: (.hindered, "Clients wait longer than the platform promises.")
        case .probes: (.hindered, "What the team's own probe watches does not work.")
        }
    }
}
