import RunModel

/// A test suite of the team's own that the job runs as a command.
public struct SuiteSettings: Sendable, Hashable {
    public var name: String
    public var category: Category
    public var isCritical: Bool
    public var workingDirectory: String
    /// The interpreter and the lowest version it must have, such as `python3` and `3.8`.
    public var interpreter: String?
    public var minimumVersion: String?
    /// Run once before the suite, to install its packages.
    public var setup: [String]
    public var command: [String]
    public var environment: [String: String]
    /// Where the suite leaves its JUnit XML and Cobertura XML, relative to its working directory.
    public var junit: String?
    public var cobertura: String?
    /// How many tests must have run.
    public var expectedCount: Int?
    public var deadline: Duration

    init(_ section: ConfigurationSection) {
        name = section.requiredString("name", place: .name)
        category = section.choice("category", default: .suites)
        isCritical = section.boolean("critical", default: false)
        workingDirectory = section.string("working_directory", default: ".")
        interpreter = section.optionalString("interpreter")
        minimumVersion = section.optionalString("minimum_version")
        setup = section.strings("setup", place: .secret)
        command = section.strings("command", place: .secret)
        if command.isEmpty { section.report("command", expected: "a command line as a list", got: "nothing") }
        environment = section.dictionary("environment", place: .secret)
        junit = section.optionalString("junit")
        cobertura = section.optionalString("cobertura")
        expectedCount = section.optionalInteger("expected_count")
        deadline = section.duration("deadline", default: .seconds(300))
        section.finish()
    }
}

/// A check of the team's own, declared in the configuration.
public struct ProbeSettings: Sendable, Hashable {
    public enum Kind: String, Sendable, CaseIterable { case http, tcp, dns, tls, sql }

    public var name: String
    public var kind: Kind
    /// A URL (`http`), `host:port` (`tcp`, `tls`), a name (`dns`) or a statement (`sql`).
    public var target: String
    public var method: String
    public var headers: [String: String]
    public var body: String?
    /// Conditions such as `status == 200`, `json.status == healthy`, `time < 500ms`, `certificate_days > 30`.
    public var conditions: [String]
    public var isCritical: Bool
    public var deadline: Duration

    init(_ section: ConfigurationSection) {
        name = section.requiredString("name", place: .name)
        kind = section.choice("kind", default: .http)
        target = section.requiredString("target", place: kind == .sql ? .secret : .url)
        method = section.string("method", default: "GET")
        headers = section.dictionary("headers", place: .secret)
        body = section.optionalString("body", place: .secret)
        conditions = section.strings("conditions", place: .secret)
        isCritical = section.boolean("critical", default: false)
        deadline = section.duration("deadline", default: .seconds(10))
        section.finish()
    }
}
