import RunModel

/// One thing that is known about causes: if a failure looks like this, that is why, and so it is fixed.
public struct Rule: Sendable {
    /// Stable name: `mlflow-down`.
    public var id: String
    /// The rows of contract §11 it stands for.
    public var patterns: [Int]
    /// What it explains: any of them.
    public var symptoms: [SymptomPattern]
    /// The component at fault, for people.
    public var component: String
    public var title: String
    public var cause: String
    public var remediation: Remediation
    public var effort: Finding.Effort
    /// The area that owns the fix: `platform`, `database`, `network`, `identity`, `registry`, `release`.
    public var owner: String
    /// False when the symptom is known and harmless, or intended: such a finding is never urgent.
    public var isUrgent: Bool
    /// The kinds of change that bring it about, the most typical first; nil where the check decides.
    public var changes: [Change.Kind]?

    public init(
        _ id: String, patterns: [Int], when symptoms: [SymptomPattern], component: String, title: String,
        cause: String, fix: String, command: String? = nil, terraform: String? = nil, effort: Finding.Effort,
        owner: String, isUrgent: Bool = true, changes: [Change.Kind]? = nil
    ) {
        self.id = id
        self.patterns = patterns
        self.symptoms = symptoms
        self.component = component
        self.title = title
        self.cause = cause
        self.remediation = Remediation(summary: fix, command: command, terraform: terraform)
        self.effort = effort
        self.owner = owner
        self.isUrgent = isUrgent
        self.changes = changes
    }

    public func matches(_ observation: Observation) -> Bool { symptoms.contains { $0.matches(observation) } }

    /// Every rule, the specific before the general: the first that fits names the cause.
    public static let all: [Rule] =
        databaseRules + authenticationRules + registryRules + mlflowRules + deploymentRules + serviceRules
}
