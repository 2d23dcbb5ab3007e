/// Everything that is wrong with a configuration, in the order of the file.
public struct ConfigurationError: Error, Sendable, CustomStringConvertible {
    public var problems: [ConfigurationProblem]

    public init(_ problems: [ConfigurationProblem]) { self.problems = problems }

    public var description: String { problems.map(\.description).joined(separator: "\n") }
}

/// One mistake in a configuration: where it is, what was expected, what was found, what to do.
public struct ConfigurationProblem: Sendable, Hashable, CustomStringConvertible {
    public var file: String
    /// Counted from 1; nil when the file could not be read at all.
    public var line: Int?
    /// Dotted path of the key: `database.port`.
    public var key: String?
    public var expected: String
    public var got: String
    public var advice: String?

    public init(file: String, line: Int?, key: String?, expected: String, got: String, advice: String? = nil) {
        self.file = file
        self.line = line
        self.key = key
        self.expected = expected
        self.got = got
        self.advice = advice
    }

    public var description: String {
        let place = file + (line.map { ":\($0)" } ?? "")
        let subject = key.map { " \($0):" } ?? ""
        return "\(place):\(subject) expected \(expected), got \(got)" + (advice.map { "; \($0)" } ?? "")
    }
}
