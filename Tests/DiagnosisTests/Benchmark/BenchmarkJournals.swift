import Formats
import Foundation
import RunModel

/// The recorded runs: the healthy one whole, of each other one the results that differ from it.
struct BenchmarkJournals {
    private struct Healthy: Decodable {
        var header: RunHeader
        var plan: Plan
        var results: [CheckResult]
    }

    private struct Recording: Decodable {
        var startedAt: String
        var target: [String: String]
        /// Checks that it did not make.
        var absent: [CheckID]
        var results: [CheckResult]
        /// When it made the checks whose results are those of the healthy run, in seconds after its start.
        var moments: [String: Double]?
        /// What was asked again to tell causes apart.
        var questions: [AskedQuestion]?
    }

    let directory: URL
    private let healthy: RunRecord

    init(in directory: URL) throws {
        self.directory = directory
        let run = try JSON.decode(Healthy.self, from: Data(contentsOf: directory.appending(path: "healthy.json")))
        healthy = RunRecord(
            header: run.header, plan: run.plan,
            results: Dictionary(run.results.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first }),
            lastActivity: run.results.map(\.startedAt).max() ?? run.header.startedAt)
    }

    /// The run of a scenario; nil where it is not recorded.
    func record(_ name: String) throws -> RunRecord? {
        if name == "healthy" { return healthy }
        guard let data = try? Data(contentsOf: directory.appending(path: name + ".json")) else { return nil }
        let recording = try JSON.decode(Recording.self, from: data)
        var record = healthy
        record.header.target = recording.target
        // What the healthy run is taken for stands at the same place on the time line.
        let start = recording.results.map(\.startedAt).min() ?? healthy.header.startedAt
        let first = recording.results.compactMap { healthy.results[$0.id]?.startedAt }.min() ?? start
        let shift = start.timeIntervalSince(first)
        for (id, result) in record.results {
            record.results[id]?.startedAt = result.startedAt.addingTimeInterval(shift)
        }
        let began = try JSON.decode([Date].self, from: Data("[\"\(recording.startedAt)\"]".utf8))[0]
        for (id, seconds) in recording.moments ?? [:] {
            record.results[CheckID(id)]?.startedAt = began.addingTimeInterval(seconds)
        }
        for id in recording.absent { record.results[id] = nil }
        for result in recording.results { record.results[result.id] = result }
        record.questions = recording.questions
        record.header.startedAt = healthy.header.startedAt.addingTimeInterval(shift)
        return record
    }

    /// The run of a scenario with its source of evidence taken away and its change made before.
    func record(_ scenario: BenchmarkScenario) throws -> RunRecord? {
        // A run that really had no such evidence, where there is one.
        if isLive(scenario) { return try record(scenario.name) }
        let source = scenario.kind == .double ? scenario.name : scenario.of?.first ?? scenario.name
        guard var record = try record(source) else { return nil }
        if let source = scenario.without {
            record.take(away: source)
            // Other answers would have been asked for.
            record.questions = nil
        }
        return record
    }

    /// Whether the run lacked the evidence itself, and its results were not taken away later.
    func isLive(_ scenario: BenchmarkScenario) -> Bool {
        scenario.without != nil
            && FileManager.default.fileExists(atPath: directory.appending(path: scenario.name + ".json").path)
    }

    func changes(_ scenario: BenchmarkScenario, of record: RunRecord) -> ChangeRecord? {
        guard let change = scenario.change else { return nil }
        let at = record.header.startedAt.addingTimeInterval(-60 * change.minutesBefore)
        return ChangeRecord(
            from: at.addingTimeInterval(-3600), to: record.header.startedAt,
            changes: [
                Change(
                    id: "benchmark", origin: .cloudTrail, kind: change.kind, at: at, actor: "role/deploy",
                    action: change.action, resources: [change.resource])
            ], eventsRead: 1)
    }
}

extension RunRecord {
    /// What this record would be had the run lacked a source of evidence.
    fileprivate mutating func take(away source: String) {
        for (id, result) in results where Self.reads(source, result, plan[id]) {
            results[id]?.outcome = .skipped("no \(source)")
            results[id]?.path = nil
            results[id]?.facts = [:]
        }
    }

    private static func reads(_ source: String, _ result: CheckResult, _ descriptor: CheckDescriptor?) -> Bool {
        func goes(to component: Component) -> Bool {
            result.path?.edges.contains { $0.from == .vantage && $0.to == component } ?? false
                || result.outcome.symptom?.component == component
                    && !(result.path?.components.contains(.api) ?? false)
        }
        return switch source {
        case "mlflow-direct": goes(to: .mlflow) || ["SH-76", "ML-05", "SD-06"].contains(result.id)
        case "database-login": goes(to: .database) || ["SH-77", "SD-07"].contains(result.id)
        case "redis-login": goes(to: .redis) || ["SH-78", "SD-08"].contains(result.id)
        case "auth-direct": goes(to: .auth) || ["SH-79", "SD-04"].contains(result.id)
        case "aws": result.id.rawValue.hasPrefix("AWS-")
        case "key": descriptor?.needs.contains { if case .key = $0 { true } else { false } } ?? false
        default: false
        }
    }
}

extension Plan {
    fileprivate subscript(id: CheckID) -> CheckDescriptor? { entries.first { $0.descriptor.id == id }?.descriptor }
}
