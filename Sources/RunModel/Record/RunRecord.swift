import Foundation

/// Everything known about one run, rebuilt from its journal: the input of diagnosis and of every report.
///
/// It holds no secret: whatever entered the journal went through the redactor.
public struct RunRecord: Hashable, Sendable, Codable {
    public var header: RunHeader
    public var plan: Plan
    /// What was deployed while the results were made, by fact, such as `api.task_definition`; nil in records of older builds.
    public var identity: [String: String]?
    /// Results by check, of phases 1 to 3 (phases 4 and 5 write documents and have none).
    public var results: [CheckID: CheckResult]
    /// What was asked again before the documents were written, in order; nil where nothing was, and in records of older builds.
    public var questions: [AskedQuestion]?
    public var phases: [PhaseRecord]
    /// Times at which the run was taken up again after a death, oldest first.
    public var resumes: [Date]
    /// Why the run stopped early, if it did.
    public var interruption: Interruption?
    /// Faults and clean-ups that could not be undone; a human is needed.
    public var openUndos: [String]
    /// When the last check ended.
    public var lastActivity: Date

    public init(
        header: RunHeader, plan: Plan, results: [CheckID: CheckResult] = [:], phases: [PhaseRecord] = [],
        resumes: [Date] = [],
        interruption: Interruption? = nil, openUndos: [String] = [], lastActivity: Date
    ) {
        self.header = header
        self.plan = plan
        self.results = results
        self.phases = phases
        self.resumes = resumes
        self.interruption = interruption
        self.openUndos = openUndos
        self.lastActivity = lastActivity
    }

    /// The planned checks with their results, in the order of phase, category and id. Checks that have none yet are left out.
    public var rows: [(descriptor: CheckDescriptor, result: CheckResult)] {
        let order = Dictionary(uniqueKeysWithValues: Category.allCases.enumerated().map { ($1, $0) })
        let found = plan.entries.compactMap { entry in results[entry.descriptor.id].map { (entry.descriptor, $0) } }
        let keys = found.enumerated().map { place, row in
            (row.0.phase.rawValue, order[row.0.category] ?? 0, row.0.id.rawValue, place)
        }
        return keys.sorted { $0 < $1 }.map { found[$0.3] }
    }

    /// The phases that were asked for and did not end, in order.
    public var missingPhases: [Phase] {
        header.phases.filter { phase in !phases.contains { $0.phase == phase && $0.finishedAt != nil } }
    }

    /// A fact that some check established, such as `profile`.
    public func fact(_ name: FactName) -> String? {
        results.values.filter { $0.facts[name] != nil }.min { $0.id < $1.id }?.facts[name]
    }
}

/// What was known when the run began.
public struct RunHeader: Hashable, Sendable, Codable {
    public var schema: Int
    public var runID: RunID
    public var environment: String
    public var isProduction: Bool
    public var startedAt: Date
    /// Version and build of Plumbline.
    public var build: String
    /// What is tested: URLs and names, in clear.
    public var target: [String: String]
    /// The commit, branch, pipeline and actor, where the pipeline's environment tells.
    public var change: [String: String]
    /// What the run was allowed to do and asked to select, for the reader.
    public var options: [String: String]
    /// Where the run looked from.
    public var vantage: String
    /// The phases this run was asked for; usually all five.
    public var phases: [Phase]
    /// The gate's settings, so that the verdict can be worked out again from the journal.
    public var gate: Gate
    /// Who answers for the areas, by area; nil where the configuration names nobody.
    public var owners: [String: Owner]?
    /// The environment variables that the configuration takes secrets from; nil in records of older builds.
    public var variables: [String]?
    /// What commands call `$CLUSTER`, `$API_SERVICE`, …, by the name of the variable, so that they can be pasted; nil in records of
    /// older builds.
    public var names: [String: String]?
    /// The lines of the configuration's sections and of the keys in them, such as `services.api`; nil in records of older builds.
    public var lines: [String: Int]?
    /// The trace of the pipeline that started the run; nil where it started none, and in records of older builds.
    public var trace: TraceContext?

    public init(
        schema: Int, runID: RunID, environment: String, isProduction: Bool, startedAt: Date, build: String,
        target: [String: String],
        change: [String: String], options: [String: String], vantage: String, phases: [Phase] = Phase.allCases,
        gate: Gate, owners: [String: Owner]? = nil, variables: [String]? = nil,
        names: [String: String]? = nil, lines: [String: Int]? = nil, trace: TraceContext? = nil
    ) {
        self.schema = schema
        self.runID = runID
        self.environment = environment
        self.isProduction = isProduction
        self.startedAt = startedAt
        self.build = build
        self.target = target
        self.change = change
        self.options = options
        self.vantage = vantage
        self.phases = phases
        self.gate = gate
        self.owners = owners
        self.variables = variables
        self.names = names
        self.lines = lines
        self.trace = trace
    }
}

/// When a phase ran.
public struct PhaseRecord: Hashable, Sendable, Codable {
    public var phase: Phase
    public var startedAt: Date
    public var finishedAt: Date?

    public init(phase: Phase, startedAt: Date, finishedAt: Date? = nil) {
        self.phase = phase
        self.startedAt = startedAt
        self.finishedAt = finishedAt
    }
}

/// Why a run stopped before its end.
public enum Interruption: String, Hashable, Sendable, Codable {
    /// SIGTERM: exit code 143.
    case terminated
    /// SIGINT: exit code 130.
    case interrupted
    /// A stop condition of a fault or a load was met: exit code 6.
    case safety
    /// The run's own deadline passed.
    case deadline

    /// Whether somebody stopped the run, who may end the process by force soon.
    public var isSignal: Bool { self == .terminated || self == .interrupted }
}
