import RunModel

/// One thing that is known about causes: if a failure looks like this, that is why, and so it is mended.
public struct Rule: Hashable, Sendable {
    /// Stable name: `mlflow-refuses-connections`.
    public var id: String
    /// The rows of contract §11 it stands for.
    public var patterns: [Int]
    public var symptom: Symptom
    /// The component at fault, for people.
    public var component: String
    public var title: String
    public var cause: String
    public var remediation: Remediation
    public var effort: Finding.Effort
    /// The area that owns the mend: `platform`, `database`, `network`, `identity`, `registry`, `release`.
    public var owner: String
    /// False when the symptom is known and harmless, or intended: such a finding is never urgent.
    public var isUrgent: Bool

    public init(
        _ id: String, patterns: [Int], when symptom: Symptom, component: String, title: String, cause: String,
        fix: String, command: String? = nil, terraform: String? = nil, effort: Finding.Effort, owner: String,
        isUrgent: Bool = true
    ) {
        self.id = id
        self.patterns = patterns
        self.symptom = symptom
        self.component = component
        self.title = title
        self.cause = cause
        self.remediation = Remediation(summary: fix, command: command, terraform: terraform)
        self.effort = effort
        self.owner = owner
        self.isUrgent = isUrgent
    }

    /// Every rule, the specific before the general: the first that fits names the cause.
    public static let all: [Rule] =
        databaseRules + authenticationRules + registryRules + mlflowRules + deploymentRules + serviceRules
}

/// What a failure has to look like. Every given condition must hold.
public struct Symptom: Hashable, Sendable {
    /// Patterns of check ids, any of which fits; empty for every check.
    public var checks: [String]
    /// Categories, any of which fits; empty for every category.
    public var categories: [Category]
    /// Alternatives; each is a list of words that must all stand in what the check saw. Empty for any text.
    public var words: [[String]]
    /// Words that must not stand there.
    public var without: [String]
    /// Profiles, any of which the deployment must have; empty for any.
    public var profiles: [DeploymentProfile]

    public init(
        checks: [String] = [], categories: [Category] = [], words: [[String]] = [], without: [String] = [],
        profiles: [DeploymentProfile] = []
    ) {
        self.checks = checks
        self.categories = categories
        self.words = words
        self.without = without
        self.profiles = profiles
    }

    /// Whether a failure looks like this.
    public func matches(_ observation: Observation) -> Bool {
        (checks.isEmpty || checks.contains { observation.check.matches($0) })
            && (categories.isEmpty || categories.contains(observation.category))
            && (profiles.isEmpty || profiles.contains { $0 == observation.profile })
            && (words.isEmpty || words.contains { $0.allSatisfy(observation.mentions) })
            && !without.contains(where: observation.mentions)
    }
}
