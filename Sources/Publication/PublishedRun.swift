import Foundation

/// What is told of a run to those who were not there. It holds no secret: whatever makes it has passed the redactor.
public struct PublishedRun: Sendable {
    public var environment: String
    /// Begins with the moment of the start, so that later runs sort behind earlier ones.
    public var runID: String
    /// The verdict in one word: `pass`, `warnings`, `fail`, ….
    public var verdict: String
    public var exitCode: Int32
    /// The verdict in one line, with its reason.
    public var headline: String
    /// Whether the run came to its end: what is missing from one that did not may be there all the same.
    public var isComplete: Bool
    public var startedAt: Date
    public var endedAt: Date
    /// The commit that was tested, where the pipeline told.
    public var commit: String?
    /// Where the pipeline's job can be looked at.
    public var pipelineURL: String?
    /// Markdown for a pull request. Its last line is a marker that a reader does not see, the same for every run of the environment.
    public var comment: String
    /// SARIF 2.1.0.
    public var sarif: [UInt8]
    /// GitLab's Code Quality report.
    public var codeQuality: [UInt8]
    public var issues: [PublishedIssue]
    /// The checks that passed, by id.
    public var passed: Set<String>

    public init(
        environment: String, runID: String, verdict: String, exitCode: Int32, headline: String, isComplete: Bool,
        startedAt: Date, endedAt: Date, commit: String? = nil, pipelineURL: String? = nil, comment: String,
        sarif: [UInt8] = [], codeQuality: [UInt8] = [], issues: [PublishedIssue] = [], passed: Set<String> = []
    ) {
        self.environment = environment
        self.runID = runID
        self.verdict = verdict
        self.exitCode = exitCode
        self.headline = headline
        self.isComplete = isComplete
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.commit = commit
        self.pipelineURL = pipelineURL
        self.comment = comment
        self.sarif = sarif
        self.codeQuality = codeQuality
        self.issues = issues
        self.passed = passed
    }

    /// The last line of the comment.
    var marker: String {
        comment.split(whereSeparator: \.isNewline).last.map(String.init) ?? ""
    }

    /// The comment without its marker, for places that keep runs apart by other means.
    var text: String {
        let lines = comment.split(separator: "\n", omittingEmptySubsequences: false)
        guard let last = lines.lastIndex(where: { !$0.isEmpty }), lines[last].hasPrefix("<!--") else { return comment }
        return lines[..<last].joined(separator: "\n").trimmingCharacters(in: .newlines) + "\n"
    }

    /// Whether a text ends with the marker of this environment, whatever line ends the vendor made of it.
    func isMarked(_ text: String) -> Bool {
        guard marker.hasPrefix("<!--") else { return false }
        return text.split(whereSeparator: \.isNewline).last { !$0.allSatisfy(\.isWhitespace) }
            .map { $0.trimmingCharacters(in: .whitespaces) == marker } ?? false
    }

    /// Whether two texts say the same, whatever line ends the vendor made of one.
    static func same(_ left: String, _ right: String) -> Bool {
        func lines(_ text: String) -> String {
            text.replacing("\r\n", with: "\n").trimmingCharacters(in: .whitespacesAndNewlines)
        }
        return lines(left) == lines(right)
    }
}

/// A cause that was found, for a tracker of issues.
public struct PublishedIssue: Hashable, Sendable {
    /// The same from run to run: environment, rule and check.
    public var fingerprint: String
    public var title: String
    /// 0 is the most urgent, 3 the least.
    public var priority: Int
    public var isMuted: Bool
    /// Markdown.
    public var body: String

    public init(fingerprint: String, title: String, priority: Int, isMuted: Bool, body: String) {
        self.fingerprint = fingerprint
        self.title = title
        self.priority = priority
        self.isMuted = isMuted
        self.body = body
    }
}
