import CheckKit
import RunModel

/// What a look at the snapshot found.
public struct Analysis: Sendable {
    public struct Problem: Sendable, Hashable {
        public var symptom: Symptom
        /// What is wrong: a name or ARN.
        public var resource: String
        public var message: String
        public var expected: String
        public var got: String
        /// How the AWS command line tells whether it is still there; nil where no single call does.
        public var question: AWSQuestion?
    }

    public private(set) var problems: [Problem] = []
    /// What could not be seen, and why.
    public private(set) var unknowns: [Uncertainty] = []
    /// How many resources were looked at.
    public private(set) var seen = 0
    /// Which, each once, in the order of the look.
    private(set) var resources: [String] = []
    public var measurements: [Metric] = []
    public var facts: [FactName: String] = [:]
    /// Lines for the evidence that are no problems.
    public var remarks: [String] = []

    public init() {}

    public mutating func found(
        _ symptom: Symptom, _ resource: String, _ message: String, expected: String, got: String,
        question: AWSQuestion? = nil
    ) {
        problems.append(
            Problem(
                symptom: symptom, resource: resource, message: message, expected: expected, got: got,
                question: question))
    }

    /// Looks at one resource; an answer that is missing becomes an unknown instead of ending the analysis.
    public mutating func look(at resource: String, _ body: (inout Analysis) throws -> Void) {
        do {
            seen += 1
            if !resources.contains(resource) { resources.append(resource) }
            try body(&self)
        } catch let stop as Stop {
            let symptom = stop.outcome.symptom ?? .obstacle(.notCollected, of: Component(.aws))
            unknown(symptom, "\(resource): \(stop.outcome.message)")
        } catch {
            unknown(.obstacle(.notCollected, of: Component(.aws)), "\(resource): \(error)")
        }
    }

    /// Turns the problems into lines of the evidence.
    mutating func demoteProblems() {
        remarks = problems.map { "NOT DECIDED \($0.resource): \($0.message), got \($0.got)" } + remarks
        problems = []
    }

    /// Puts reasons before the others, those that say the same left out.
    mutating func addFirst(_ reasons: [Uncertainty]) {
        unknowns = reasons + unknowns.filter { known in !reasons.contains { known.reason.contains($0.reason) } }
    }

    public mutating func unknown(_ symptom: Symptom, _ reason: String) {
        unknowns.append(Uncertainty(symptom, reason))
    }

    /// A problem decides; without one, anything unseen makes it inconclusive; nothing seen at all is never a pass.
    public func outcome(passing note: String) -> Outcome {
        if let first = problems.first {
            let more = problems.count > 1 ? " (and \(problems.count - 1) more)" : ""
            return .failed(
                first.symptom,
                "\(first.resource): \(first.message)\(more)",
                expected: problems.count == 1 ? first.expected : joined(\.expected),
                got: problems.count == 1 ? first.got : joined(\.got))
        }
        if let first = unknowns.first {
            return .inconclusive(first.symptom, unknowns.prefix(3).map(\.reason).joined(separator: "; "))
        }
        if seen == 0 {
            return .inconclusive(
                .obstacle(.nothingToLookAt, of: Component(.aws)), "nothing of the kind was found to look at")
        }
        return .passed("\(note): \(shownResources)\(shownFigures)")
    }

    /// `2 looked at (a, b)`.
    private var shownResources: String {
        let names = resources.prefix(4).joined(separator: ", ") + (resources.count > 4 ? ", …" : "")
        return "\(resources.count) looked at (\(names))"
    }

    /// The first figures, such as `aws.ecs.cpu 0.03 ratio`.
    private var shownFigures: String {
        let shown = measurements.prefix(3).map { metric in
            let labels = metric.labels.sorted { $0.key < $1.key }.map { " \($0.value)" }.joined()
            // Three places are enough for a sentence; the measurement keeps them all.
            let value = (metric.value * 1000).rounded() / 1000
            return "\(metric.name)\(labels) \(value) \(metric.unit.rawValue)"
        }
        return shown.isEmpty ? "" : "; " + shown.joined(separator: ", ")
    }

    private func joined(_ part: KeyPath<Problem, String>) -> String {
        let lines = problems.prefix(5).map { "\($0.resource): \($0[keyPath: part])" }
        return lines.joined(separator: "; ") + (problems.count > 5 ? "; …" : "")
    }

    /// The whole finding as text.
    public var report: String {
        var lines = problems.map {
            "PROBLEM \($0.resource): \($0.message)\n  expected: \($0.expected)\n  got:      \($0.got)"
        }
        lines += unknowns.map { "UNKNOWN \($0.reason)" }
        lines += remarks
        lines += resources.map { "LOOKED AT \($0)" }
        lines += measurements.map { metric in
            let labels = metric.labels.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
            return "MEASURED \(metric.name)\(labels): \(metric.value) \(metric.unit.rawValue)"
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
