import Formats
import Foundation
import RunModel
import Secrets
import TestSupport
import Testing

@testable import Job

/// What durability costs. It prints figures and asserts none: `Tests/Benchmarks/journal` sets them against a whole run.
@Suite struct JournalCostTests {
    /// The events of a journal that `PLUMBLINE_BENCHMARK_JOURNAL` names, or of a run made up for the purpose.
    private func events() throws -> [JournalEvent] {
        if let path = ProcessInfo.processInfo.environment["PLUMBLINE_BENCHMARK_JOURNAL"] {
            return try Journal.entries(path: path).map(\.event)
        }
        let descriptors = (0..<300).map { JobFixture.descriptor(CheckID("X-\($0)")) }
        let results = descriptors.map { descriptor -> JournalEvent in
            var result = JobFixture.result(
                descriptor.id, .passed(String(repeating: "a note of some length ", count: 10)))
            result.facts = [.profile: "B", FactName(rawValue: "version"): "1.0.0"]
            result.measurements = (0..<6).map { Metric("http.response_time.p\($0)", Double($0), .milliseconds) }
            return .checkFinished(result)
        }
        return [.runStarted(JobFixture.header(), JobFixture.plan(descriptors))] + results
    }

    @Test("the journal of a whole run is written again event by event, each durable one flushed to the disk")
    func cost() async throws {
        let events = try events()
        let secrets = (0..<10).map { Secret(name: "s\($0)", source: .environment("S"), value: "a-secret-value-\($0)") }
        let folder = ProcessInfo.processInfo.environment["PLUMBLINE_BENCHMARK_DIRECTORY"]
        try await withTemporaryDirectory { temporary in
            let directory = folder.map { URL(filePath: $0) } ?? temporary
            let path = directory.appending(path: "journal-\(UUID().uuidString).jsonl").path
            defer { try? FileManager.default.removeItem(atPath: path) }
            let journal = try Journal.open(path: path, redactor: Redactor(secrets), now: { Date() }).journal
            var times: [Duration] = []
            for event in events { times.append(try ContinuousClock().measure { try journal.append(event) }) }
            journal.close()
            #expect(try Journal.entries(path: path).count == events.count)
            let durable = zip(events, times).filter(\.0.isDurable).map(\.1).sorted()
            let total = times.reduce(Duration.zero, +)
            print(
                "journal: \(events.count) events, \(durable.count) durable, total \(total.milliseconds) ms, "
                    + "durable p50 \(durable[durable.count / 2].milliseconds) ms, "
                    + "p99 \(durable[durable.count * 99 / 100].milliseconds) ms")
        }
    }
}
