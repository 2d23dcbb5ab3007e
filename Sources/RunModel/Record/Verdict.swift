import Formats

/// The rules by which results become a verdict.
public struct Gate: Hashable, Sendable, Codable {
    public var minimumCoverage: Double
    /// Whether warnings alone end with exit code 4.
    public var isStrict: Bool

    public init(minimumCoverage: Double = 0, isStrict: Bool = false) {
        self.minimumCoverage = minimumCoverage
        self.isStrict = isStrict
    }
}

/// The end of a run in one word, with its reasons and the exit code that says the same to a pipeline.
public struct Verdict: Hashable, Sendable, Codable {
    public enum Word: String, Sendable, Codable {
        case pass, warnings, fail, inconclusive
        case stopped
        case undoIncomplete = "undo-incomplete"
        case interrupted
    }

    public var word: Word
    public var exitCode: Int32
    /// Most important first; never empty.
    public var reasons: [String]
    /// How many checks ended in each status.
    public var counts: [String: Int]
    /// Checks that said something about the system, divided by checks planned for this run; 0…1.
    public var coverage: Double

    /// One line for the end of a log: the first reasons, and how many more there are.
    public var line: String {
        let shown = reasons.prefix(3).joined(separator: "; ")
        let rest = reasons.count > 3 ? "; and \(reasons.count - 3) more" : ""
        return "verdict: \(word.rawValue) (exit \(exitCode)): \(shown)\(rest)"
    }
}

extension Verdict {
    /// Works out the verdict of a run. Pure: the same record gives the same verdict.
    public init(of record: RunRecord) {
        let gate = record.header.gate
        let rows = record.rows
        var counts: [String: Int] = [:]
        for row in rows { counts[row.result.status.rawValue, default: 0] += 1 }
        let planned = record.plan.entries.filter(\.isPlanned)
        let conclusive = rows.filter { $0.result.status.isConclusive }.count
        let coverage = planned.isEmpty ? 0 : Double(conclusive) / Double(planned.count)

        let (word, exitCode, reasons) = Self.judge(record, gate: gate, rows: rows, coverage: coverage)
        self.init(word: word, exitCode: exitCode, reasons: reasons, counts: counts, coverage: coverage)
    }

    private static func judge(
        _ record: RunRecord, gate: Gate, rows: [(descriptor: CheckDescriptor, result: CheckResult)], coverage: Double
    ) -> (Word, Int32, [String]) {
        if !record.openUndos.isEmpty {
            return (.undoIncomplete, 7, record.openUndos.map { "not undone: \($0)" })
        }
        switch record.interruption {
        case .terminated: return (.interrupted, 143, ["stopped by SIGTERM" + missing(record)])
        case .interrupted: return (.interrupted, 130, ["stopped by SIGINT" + missing(record)])
        case .safety: return (.stopped, 6, ["stopped by a safety condition; everything is undone"])
        case .deadline, nil: break
        }

        let counted = rows.filter { $0.result.muted == nil }
        let failures = counted.filter { [.failed, .timeout].contains($0.result.status) }
        let criticalFailures = failures.filter(\.descriptor.isCritical)
        if !criticalFailures.isEmpty {
            return (
                .fail, 3,
                criticalFailures.map {
                    "\($0.descriptor.id) \($0.result.status.rawValue): \($0.result.outcome.message)"
                }
            )
        }
        var doubts: [String] = []
        if record.interruption == .deadline { doubts.append("the run's deadline passed" + missing(record)) }
        let unfinished = record.missingPhases.filter { $0 <= .validation }
        if record.interruption == nil, !unfinished.isEmpty {
            doubts.append("not run: \(unfinished.map(\.name).joined(separator: ", "))")
        }
        doubts += counted.filter {
            $0.descriptor.isCritical && [.error, .inconclusive, .blocked].contains($0.result.status)
        }
        .map { "\($0.descriptor.id) \($0.result.status.rawValue): \($0.result.outcome.message)" }
        // No result at all is never good news, whatever became of it.
        doubts += record.plan.entries.filter {
            $0.descriptor.isCritical && $0.decision == .run && record.results[$0.descriptor.id] == nil
        }
        .map { "\($0.descriptor.id) has no result" }
        if coverage == 0 { doubts.append("no check said anything about the system") }
        if coverage < gate.minimumCoverage {
            doubts.append("coverage \(percent(coverage)) is under the floor of \(percent(gate.minimumCoverage))")
        }
        if !doubts.isEmpty { return (.inconclusive, 5, doubts) }

        let warnings =
            failures.map { "\($0.descriptor.id) \($0.result.status.rawValue): \($0.result.outcome.message)" }
            + counted.filter { $0.result.status == .error }.map {
                "\($0.descriptor.id) error: \($0.result.outcome.message)"
            }
        // A suite of the team's own has judged already: its failure never ends like a pass, critical or not.
        let hasFailedSuite = failures.contains { $0.descriptor.id.rawValue.hasPrefix("SUITE-") }
        if !warnings.isEmpty { return (.warnings, gate.isStrict || hasFailedSuite ? 4 : 0, warnings) }
        return (.pass, 0, ["every critical check passed; coverage \(percent(coverage))"])
    }

    private static func missing(_ record: RunRecord) -> String {
        let phases = record.missingPhases
        return phases.isEmpty ? "" : "; not finished: \(phases.map(\.name).joined(separator: ", "))"
    }

    private static func percent(_ share: Double) -> String { "\((share * 100).rounded(.down).wholeText) %" }
}

extension Status {
    /// The status of a group by the written rule: failed > error, timeout > inconclusive > flaky > passed.
    ///
    /// Blocked counts as inconclusive; skipped says nothing; a group in which nothing was said is inconclusive, never passed.
    public static func rollUp(_ statuses: some Sequence<Status>) -> Status {
        let order: [Status] = [.failed, .error, .timeout, .inconclusive, .flaky, .passed]
        let present = Set(statuses.map { $0 == .blocked ? .inconclusive : $0 })
        return order.first(where: present.contains) ?? .inconclusive
    }
}
