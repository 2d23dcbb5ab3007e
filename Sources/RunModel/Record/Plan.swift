/// What a run will do, decided before anything is touched.
public struct Plan: Hashable, Sendable, Codable {
    public var entries: [PlanEntry]

    public init(entries: [PlanEntry]) { self.entries = entries }

    public subscript(id: CheckID) -> PlanEntry? { entries.first { $0.descriptor.id == id } }

    /// The entries that will run, in order.
    public var selected: [PlanEntry] { entries.filter { $0.decision == .run } }
}

/// One check of the catalogue with what will become of it.
public struct PlanEntry: Hashable, Sendable, Codable {
    public var descriptor: CheckDescriptor
    public var decision: PlanDecision
    /// What the result would depend on; a stored result is reused only while this is unchanged. Empty when it will not run.
    public var resumeKey: ResumeKey?

    /// Whether the check is part of the run, as one that runs or one that is skipped.
    public var isPlanned: Bool { if case .notSelected = decision { false } else { true } }

    public init(descriptor: CheckDescriptor, decision: PlanDecision, resumeKey: ResumeKey? = nil) {
        self.descriptor = descriptor
        self.decision = decision
        self.resumeKey = resumeKey
    }
}

/// What will become of a check.
public enum PlanDecision: Hashable, Sendable {
    case run
    /// It lacks something, or was not wanted; the reason stands in the report.
    case skip(String)
    /// It was left out by `--only`, `--skip` or `--phase`: no part of this run at all.
    case notSelected(String)
}

extension PlanDecision: Codable {
    private enum Key: String, CodingKey { case decision, reason }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let reason = try container.decodeIfPresent(String.self, forKey: .reason) ?? ""
        switch try container.decode(String.self, forKey: .decision) {
        case "run": self = .run
        case "skip": self = .skip(reason)
        default: self = .notSelected(reason)
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        switch self {
        case .run: try container.encode("run", forKey: .decision)
        case .skip(let reason):
            try container.encode("skip", forKey: .decision)
            try container.encode(reason, forKey: .reason)
        case .notSelected(let reason):
            try container.encode("not-selected", forKey: .decision)
            try container.encode(reason, forKey: .reason)
        }
    }
}

/// The inputs that a check's result depends on, in clear, so that `plumbline explain --resume` can say which of them changed.
public struct ResumeKey: Hashable, Sendable, Codable {
    /// Version of the journal's schema.
    public var schema: Int
    /// Version and build of Plumbline.
    public var build: String
    /// SHA-256 of the check's declaration.
    public var check: String
    /// SHA-256 of the resolved configuration without secrets.
    public var configuration: String
    /// Secrets by name, as keyed digests.
    public var secrets: [String: String]
    /// What is known of the target without a request: URLs, database, cluster.
    public var target: String
    /// The commit under test, from the pipeline's environment.
    public var commit: String

    public init(
        schema: Int, build: String, check: String, configuration: String, secrets: [String: String], target: String,
        commit: String
    ) {
        self.schema = schema
        self.build = build
        self.check = check
        self.configuration = configuration
        self.secrets = secrets
        self.target = target
        self.commit = commit
    }

    /// The names of the inputs in which two keys differ.
    public func differences(from other: ResumeKey) -> [String] {
        var names: [String] = []
        if schema != other.schema { names.append("schema") }
        if build != other.build { names.append("build") }
        if check != other.check { names.append("check") }
        if configuration != other.configuration { names.append("configuration") }
        if secrets != other.secrets { names.append("secrets") }
        if target != other.target { names.append("target") }
        if commit != other.commit { names.append("commit") }
        return names
    }
}
