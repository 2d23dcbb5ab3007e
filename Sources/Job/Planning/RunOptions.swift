import RunModel

/// What a run was asked for on the command line.
public struct RunOptions: Sendable {
    /// Empty means all.
    public var phases: [Phase]
    /// Patterns of check ids; empty means all. Dependencies of what is selected come along.
    public var only: [String]
    public var skip: [String]
    /// What the run may do beyond reading.
    public var allowances: Set<Allowance>
    /// How often a check that did not pass is tried again.
    public var retries: Int
    /// How often each check is run, whatever comes of it.
    public var repeats: Int
    /// Whether an unfinished run is taken up again.
    public var resumes: Bool
    public var isStrict: Bool
    /// The configuration file as the command line named it, for the commands that documents print.
    public var configurationFile: String?

    public init(
        phases: [Phase] = [], only: [String] = [], skip: [String] = [], allowances: Set<Allowance> = [],
        retries: Int = 0, repeats: Int = 1, resumes: Bool = true, isStrict: Bool = false,
        configurationFile: String? = nil
    ) {
        self.phases = phases
        self.only = only
        self.skip = skip
        self.allowances = allowances
        self.retries = retries
        self.repeats = repeats
        self.resumes = resumes
        self.isStrict = isStrict
        self.configurationFile = configurationFile
    }
}

/// Leave to do more than read.
public enum Allowance: String, CaseIterable, Sendable {
    /// Create things on the target, and remove them again.
    case writes
    /// Send more than a handful of requests.
    case load
    /// Break dependencies, and mend them again.
    case faults
}
