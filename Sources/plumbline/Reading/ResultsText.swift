import Diagnosis
import Formats
import RunModel

/// What a run found, for a reader at a terminal: the verdict, causes, failures, doubts, and the verdict again as the last line.
struct ResultsText {
    let record: RunRecord
    let assessment: Assessment

    init(_ record: RunRecord, changes: ChangeRecord? = nil) {
        self.record = record
        assessment = Assessment(of: record, changes: changes)
    }

    var lines: [TonedLine] {
        [last, TonedLine("")] + causes + failures + doubts + [TonedLine(counts), last]
    }

    /// The same line as the run itself ends with.
    var last: TonedLine {
        let verdict = assessment.verdict
        let tone: Tone =
            switch verdict.word {
            case .pass: .good
            case .warnings, .inconclusive: .doubtful
            case .fail, .stopped, .undoIncomplete, .interrupted: .bad
            }
        return TonedLine(assessment.line, tone)
    }

    private var causes: [TonedLine] {
        guard !assessment.findings.isEmpty else { return [TonedLine("No check found a fault."), TonedLine("")] }
        let lines = assessment.findings.map { finding in
            let more = finding.consequences.isEmpty ? "" : ", \(finding.consequences.count) more because of it"
            return TonedLine(
                "  \(finding.priority.rawValue)  \(finding.title) (\(finding.root)\(more))",
                finding.priority == .p0 ? .bad : .plain)
        }
        return [TonedLine("Causes", .heading)] + lines + [TonedLine("")]
    }

    private var failures: [TonedLine] {
        let failing = record.rows.filter { [.failed, .timeout, .error].contains($0.result.status) }
        return section("Failing", failing.map { ($0.descriptor, $0.result.outcome.message) }, .bad)
    }

    private var doubts: [TonedLine] {
        let titles = Dictionary(
            record.plan.entries.map { ($0.descriptor.id, $0.descriptor) }, uniquingKeysWith: { first, _ in first })
        let rows = assessment.doubts.compactMap { doubt in titles[doubt.check].map { ($0, doubt.reason) } }
        return section("Could not tell", rows, .doubtful)
    }

    private func section(_ title: String, _ rows: [(CheckDescriptor, String)], _ tone: Tone) -> [TonedLine] {
        guard !rows.isEmpty else { return [] }
        let width = rows.map { $0.0.id.rawValue.count }.max() ?? 0
        let lines = rows.map { descriptor, message in
            let id = descriptor.id.rawValue
            let space = String(repeating: " ", count: width - id.count)
            return TonedLine("  \(id)\(space)  \(descriptor.title): \(message)", tone)
        }
        return [TonedLine("\(title) (\(rows.count))", .heading)] + lines + [TonedLine("")]
    }

    private var counts: String {
        let counted = Status.allCases.compactMap { status -> String? in
            let count = record.results.values.count { $0.status == status }
            return count > 0 ? "\(count) \(status.rawValue)" : nil
        }
        return counted.joined(separator: ", ") + "; --all lists every check"
    }
}
