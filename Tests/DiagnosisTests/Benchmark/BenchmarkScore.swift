import Diagnosis
import Formats
import Foundation
import RunModel

/// How a diagnosis did on one scenario.
struct BenchmarkResult {
    var scenario: BenchmarkScenario
    /// The place of the true cause among the findings, 1 for the first; of several the last of them. Nil where one is missed.
    var rank: Int?
    /// Exactly the true causes, one finding each.
    var isExact: Bool
    var urgent: Int
    /// P0 findings that name no true cause: consequences, and guesses.
    var strayUrgent: Int
    /// Whether the run itself lacked the evidence; nil where none is missing.
    var isLive: Bool?
    /// Whether each step of the way to the first finding's cause has an observation.
    var isGrounded: Bool
    /// A component that works, or a change that has nothing to do with it, was named.
    var isFalselyBlamed: Bool
    /// Where evidence is missing: said so, with the true cause among the candidates, and nothing else claimed.
    var abstained: Bool
    var confidence: Confidence?
    /// Whether the first finding says when the cause was there, as it was.
    var tellsWhen: Bool
    /// What each finding names, in order.
    var named: [String]

    /// True in every scenario: the stack's API tells no commit.
    static let background = BenchmarkLabel("service:api defect")

    init(_ scenario: BenchmarkScenario, labels texts: [String], findings all: [Finding]) {
        self.scenario = scenario
        let labels = texts.map(BenchmarkLabel.init)
        let isBackground = texts.contains("service:api defect")
        let findings = all.filter { finding in
            isBackground || !(finding.fault.map(Self.background.names) ?? false)
        }
        let places = labels.map { label in findings.firstIndex { $0.fault.map(label.names) ?? false } }
        rank = places.contains(nil) ? nil : places.compactMap { $0 }.max().map { $0 + 1 }
        isExact = !places.contains(nil) && findings.count == labels.count
        urgent = findings.count { $0.priority == .p0 }
        strayUrgent = findings.count { finding in
            finding.priority == .p0 && !labels.contains { label in finding.fault.map(label.names) ?? false }
        }
        isGrounded = findings.first.map { !$0.path.isEmpty && $0.path.allSatisfy { $0.check != nil } } ?? false
        let innocent = scenario.change != nil
        isFalselyBlamed =
            findings.contains { finding in
                guard let fault = finding.fault, !labels.contains(where: { $0.names(fault) }) else { return false }
                return scenario.notBlamed?.contains(fault.component.rawValue) ?? false
            } || innocent && findings.contains { $0.changes.first?.id == "benchmark" }
        let between = (scenario.between ?? []).map(BenchmarkLabel.init)
        abstained =
            findings.contains { finding in
                between.allSatisfy { label in finding.candidates.contains(where: label.names) }
            } && !findings.contains { $0.fault != nil || $0.priority == .p0 }
        tellsWhen =
            switch (scenario.course, findings.first?.course) {
            case (.began?, let course?): course.lastGood != nil && course.recovered == nil
            case (.recovered?, let course?): course.recovered != nil
            case (.cameAndWent?, let course?): course.episodes > 1
            default: false
            }
        confidence = findings.first?.confidence
        named = findings.map { finding in
            let causes = finding.fault.map { "\($0)" } ?? finding.candidates.map { "\($0)" }.joined(separator: " or ")
            return "\(finding.priority.rawValue) \(causes.isEmpty ? "unknown" : causes) (\(finding.root))"
        }
    }

    /// Whether it is right by the measure of its kind.
    var isRight: Bool {
        switch scenario.kind {
        case .single: rank == 1
        case .timed: rank == 1 && tellsWhen
        case .double: isExact
        case .healthy: isExact
        case .innocent: !isFalselyBlamed && (rank ?? 1) == 1
        case .blind:
            switch scenario.expect {
            case .abstain: abstained
            case .cause: rank == 1
            case .nothing, nil: isExact
            }
        }
    }
}

/// A share with its 95 % interval (Wilson 1927).
struct Proportion: CustomStringConvertible {
    var hits: Int
    var count: Int

    init(_ results: [BenchmarkResult], _ isHit: (BenchmarkResult) -> Bool) {
        hits = results.count(where: isHit)
        count = results.count
    }

    var description: String {
        guard count > 0 else { return "–" }
        let (total, share, z) = (Double(count), Double(hits) / Double(count), 1.96)
        let middle = (share + z * z / (2 * total)) / (1 + z * z / total)
        let half = z / (1 + z * z / total) * (share * (1 - share) / total + z * z / (4 * total * total)).squareRoot()
        func percent(_ value: Double) -> String { (100 * value).formatted(.number.precision(.fractionLength(0))) }
        return "\(hits)/\(count) (\(percent(max(0, middle - half)))–\(percent(min(1, middle + half))) %)"
    }
}

/// The benchmark over all recordings.
struct BenchmarkRun {
    var results: [BenchmarkResult] = []
    var notRecorded: [String] = []

    init(in directory: URL, using evidence: Inference.Evidence = .all) throws {
        let scenarios = try BenchmarkScenario.all(in: directory)
        let journals = try BenchmarkJournals(in: directory.appending(path: "journals"))
        let byName = Dictionary(uniqueKeysWithValues: scenarios.map { ($0.name, $0) })
        for scenario in scenarios {
            guard let record = try journals.record(scenario) else {
                notRecorded.append(scenario.name)
                continue
            }
            let assessment = Assessment(of: record, changes: journals.changes(scenario, of: record), using: evidence)
            let bases = (scenario.of ?? []).compactMap { byName[$0] }
            let labels =
                scenario.expect == .nothing
                ? [] : scenario.causes.isEmpty ? bases.flatMap(\.causes) : scenario.causes
            var judged = scenario
            judged.notBlamed = scenario.notBlamed ?? bases.first?.notBlamed
            if scenario.kind == .double { judged.notBlamed = nil }
            var result = BenchmarkResult(judged, labels: labels, findings: assessment.findings)
            if scenario.without != nil { result.isLive = journals.isLive(scenario) }
            results.append(result)
        }
    }

    /// The layer a single fault lies in, by its name.
    private static func layer(_ scenario: BenchmarkScenario) -> String {
        let first = scenario.name.prefix { $0 != "-" }
        return ["balancer", "certificate", "discovery"].contains(first) ? "balancer, names, TLS" : String(first)
    }

    var table: String {
        var lines = [
            "| | first | first three | P0s each | path grounded | false blame | one finding per cause |",
            "| --- | --- | --- | ---: | --- | --- | --- |",
        ]
        func row(_ name: String, _ part: [BenchmarkResult]) {
            guard !part.isEmpty else { return }
            let urgent = Double(part.reduce(0) { $0 + $1.urgent }) / Double(part.count)
            lines.append(
                "| \(name) | \(Proportion(part) { $0.rank == 1 }) | \(Proportion(part) { ($0.rank ?? 9) <= 3 }) | "
                    + "\(urgent.formatted(.number.precision(.fractionLength(1)))) | \(Proportion(part) { $0.isGrounded }) "
                    + "| \(Proportion(part) { $0.isFalselyBlamed }) | \(Proportion(part) { $0.isExact }) |")
        }
        let singles = results.filter { $0.scenario.kind == .single }
        for layer in Set(singles.map { Self.layer($0.scenario) }).sorted() {
            row(layer, singles.filter { Self.layer($0.scenario) == layer })
        }
        row("**all single faults**", singles)
        for kind in BenchmarkScenario.Kind.allCases where kind != .single {
            let part = results.filter { $0.scenario.kind == kind }
            lines.append("| \(kind.rawValue): right | \(Proportion(part) { $0.isRight }) |")
        }
        for (name, isLive) in [("the run itself lacked it", true), ("results taken away", false)] {
            let part = results.filter { $0.isLive == isLive }
            if !part.isEmpty { lines.append("| blind, \(name): right | \(Proportion(part) { $0.isRight }) |") }
        }
        let blind = results.filter { $0.scenario.expect == .abstain }
        lines.append("| abstention right | \(Proportion(blind) { $0.abstained }) |")
        lines.append("| with a P0 that names no true cause | \(Proportion(results) { $0.strayUrgent > 0 }) |")
        for confidence in Confidence.allCases {
            let part = singles.filter { $0.confidence == confidence }
            lines.append("| confidence \(confidence.rawValue): first is right | \(Proportion(part) { $0.rank == 1 }) |")
        }
        let wrong = results.filter { !$0.isRight }.map(\.scenario.name)
        lines.append("wrong: \(wrong.joined(separator: ", "))")
        for result in results where !result.isRight || result.scenario.kind == .single && !result.isExact {
            lines.append("- \(result.scenario.name): \(result.named.joined(separator: "; "))")
        }
        lines.append("not recorded (\(notRecorded.count)): \(notRecorded.joined(separator: ", "))")
        return lines.joined(separator: "\n")
    }

    /// What each part of the evidence brings: one line for each run without one.
    static func comparison(_ runs: [(without: String, run: BenchmarkRun)]) -> String {
        var lines = [
            "| what it does without | first | first three | one finding per cause | false blame | doubles exact | innocent | blind | abstention | timed |",
            "| --- |" + String(repeating: " --- |", count: 9),
        ]
        for (without, run) in runs {
            func of(_ kind: BenchmarkScenario.Kind) -> [BenchmarkResult] {
                run.results.filter { $0.scenario.kind == kind }
            }
            let singles = of(.single)
            let abstaining = run.results.filter { $0.scenario.expect == .abstain }
            let shares = [
                Proportion(singles) { $0.rank == 1 }, Proportion(singles) { ($0.rank ?? 9) <= 3 },
                Proportion(singles) { $0.isExact }, Proportion(singles) { $0.isFalselyBlamed },
                Proportion(of(.double)) { $0.isExact }, Proportion(of(.innocent)) { $0.isRight },
                Proportion(of(.blind)) { $0.isRight }, Proportion(abstaining) { $0.abstained },
                Proportion(of(.timed)) { $0.isRight },
            ]
            lines.append("| \(without) | " + shares.map(\.description).joined(separator: " | ") + " |")
        }
        return lines.joined(separator: "\n")
    }
}
