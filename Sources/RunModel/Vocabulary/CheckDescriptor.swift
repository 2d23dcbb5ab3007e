import Formats

/// Everything that is known of a check before it runs. The catalogue, the plan, the policy and the reports are made from it.
public struct CheckDescriptor: Hashable, Sendable, Codable {
    public var id: CheckID
    /// One line, what is true when the check passes.
    public var title: String
    /// Why anyone wants to know, in one or two sentences.
    public var intent: String
    /// What the check does to the live system, step by step.
    public var procedure: String
    /// The test of the original campaign it stands for (contract §6), if any.
    public var original: OriginalTest?
    public var category: Category
    public var phase: Phase
    public var severity: Severity
    /// Whether a failure alone fails the gate.
    public var isCritical: Bool
    public var needs: [Capability]
    /// Checks that must have passed; otherwise this one is blocked by them. Diagnosis walks this graph to the cause.
    public var dependsOn: [CheckID]
    /// What it must not share with a check that runs at the same time.
    public var excludes: [Exclusion]
    /// The longest the check may take, in seconds when written.
    @Seconds public var deadline: Duration
    /// The IAM actions it calls, such as `ecs:DescribeServices`.
    public var awsActions: [String]
    /// What a failure means for users of the platform.
    public var risk: String
    public var remediation: Remediation
    /// A link to read on.
    public var documentation: String?
    /// What is expected where the deployment profiles differ, by profile name (`A`, `M`, `B`, `fixed`).
    public var expectations: [String: String]
    /// The title where it is another one on a deployment of a profile, by profile name; nil where it is the same on all.
    public var titles: [String: String]?
    /// Why the check proves little on a deployment of a profile, by profile name: said aloud wherever it passes.
    public var cautions: [String: String]?

    public init(
        id: CheckID,
        title: String,
        intent: String = "",
        procedure: String = "",
        original: OriginalTest? = nil,
        category: Category,
        phase: Phase,
        severity: Severity = .medium,
        isCritical: Bool = false,
        needs: [Capability] = [],
        dependsOn: [CheckID] = [],
        excludes: [Exclusion] = [],
        deadline: Duration = .seconds(30),
        awsActions: [String] = [],
        risk: String = "",
        remediation: Remediation = Remediation(),
        documentation: String? = nil,
        expectations: [String: String] = [:],
        titles: [String: String]? = nil,
        cautions: [String: String]? = nil
    ) {
        self.id = id
        self.title = title
        self.intent = intent
        self.procedure = procedure
        self.original = original
        self.category = category
        self.phase = phase
        self.severity = severity
        self.isCritical = isCritical
        self.needs = needs
        self.dependsOn = dependsOn
        self.excludes = excludes
        self._deadline = Seconds(wrappedValue: deadline)
        self.awsActions = awsActions
        self.risk = risk
        self.remediation = remediation
        self.documentation = documentation
        self.expectations = expectations
        self.titles = titles
        self.cautions = cautions
    }
}

extension CheckDescriptor {
    /// What is true when the check passes on a deployment of the profile.
    public func title(on profile: DeploymentProfile?) -> String {
        profile.flatMap { titles?[$0.rawValue] } ?? title
    }

    /// Whether the check breaks a dependency while it runs.
    public var breaksSomething: Bool { needs.contains { if case .faults = $0 { true } else { false } } }
}

extension [String: String]? {
    /// Texts by profile as a descriptor keeps them; nil when there are none.
    public static func byName(_ texts: [DeploymentProfile: String]) -> Self {
        texts.isEmpty ? nil : Dictionary(uniqueKeysWithValues: texts.map { ($0.key.rawValue, $0.value) })
    }
}

/// A test function of the original campaign.
public struct OriginalTest: Hashable, Sendable, Codable {
    public var className: String
    public var function: String

    public init(className: String, function: String) {
        self.className = className
        self.function = function
    }
}

/// How to mend what a failed check found.
public struct Remediation: Hashable, Sendable, Codable {
    /// What to do, in a sentence.
    public var summary: String
    /// A command to paste, if there is one.
    public var command: String?
    /// The same as Terraform, if it applies.
    public var terraform: String?

    public init(summary: String = "", command: String? = nil, terraform: String? = nil) {
        self.summary = summary
        self.command = command
        self.terraform = terraform
    }
}
