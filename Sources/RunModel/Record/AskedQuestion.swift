/// A look that was taken before the documents were written, because the checks left causes that it tells apart.
public struct AskedQuestion: Hashable, Sendable, Codable {
    /// What was asked, in a sentence.
    public var question: String
    /// The causes that the answer tells apart.
    public var between: [Cause]
    /// The answer, as a check leaves it; its id is `ASK-` and a number.
    public var result: CheckResult

    public init(_ question: String, between causes: [Cause], result: CheckResult) {
        self.question = question
        between = causes
        self.result = result
    }

    /// The answer counts like that of a check of this declaration.
    public var descriptor: CheckDescriptor {
        CheckDescriptor(id: result.id, title: question, category: .probes, phase: .documentation)
    }
}

extension RunRecord {
    /// The results of checks, and those of what was asked again.
    public var everyResult: [CheckResult] { Array(results.values) + (questions ?? []).map(\.result) }

    /// The rows of checks, and after them those of what was asked again.
    public var observed: [(descriptor: CheckDescriptor, result: CheckResult)] {
        rows + (questions ?? []).map { ($0.descriptor, $0.result) }
    }
}
