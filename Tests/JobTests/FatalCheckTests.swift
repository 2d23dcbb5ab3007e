import RunModel
import Secrets
import TestSupport
import Testing

@testable import Job

@Suite struct FatalCheckTests {
    private static let plan = JobFixture.plan(["A-1", "A-2", "A-3"].map { JobFixture.descriptor($0) })
    private static let resumed = JournalEvent.runResumed(plan: plan, dropped: [:])
    private static func finished(_ id: CheckID) -> JournalEvent { .checkFinished(JobFixture.result(id)) }

    private func deaths(_ events: [JournalEvent]) -> [CheckID: Int] {
        let all = [.runStarted(JobFixture.header(), Self.plan)] + events
        return FatalChecks(
            all.enumerated().map { JournalEntry(seq: $0 + 1, at: JobFixture.start, event: $1) }
        ).deaths
    }

    static let journals: [(what: String, events: [JournalEvent], deaths: [CheckID: Int])] = [
        ("nothing ran", [], [:]),
        ("everything ended", [.checkStarted("A-1"), finished("A-1")], [:]),
        ("one death", [.checkStarted("A-1"), finished("A-1"), .checkStarted("A-2")], ["A-2": 1]),
        ("two ran side by side", [.checkStarted("A-1"), .checkStarted("A-2")], ["A-1": 1, "A-2": 1]),
        ("two deaths", [.checkStarted("A-1"), resumed, .checkStarted("A-1")], ["A-1": 2]),
        (
            "the innocent one ended the second time",
            [
                .checkStarted("A-1"), .checkStarted("A-2"), resumed, .checkStarted("A-1"), finished("A-1"),
                .checkStarted("A-2"),
            ],
            ["A-2": 2]
        ),
        ("it was stopped by a signal", [.checkStarted("A-1"), .interrupted(.terminated)], [:]),
        (
            "it was stopped by a signal, then died",
            [.checkStarted("A-1"), .interrupted(.terminated), resumed, .checkStarted("A-1")], ["A-1": 1]
        ),
    ]

    @Test(
        "deaths are counted for what ran at that moment, and not when the run was stopped",
        arguments: journals.map(\.what))
    func counting(what: String) throws {
        let journal = try #require(Self.journals.first { $0.what == what })
        #expect(deaths(journal.events) == journal.deaths)
    }

    @Test("a check during which the process died twice ends as an error that says so, and the others go on")
    func twice() async throws {
        try await withTemporaryDirectory { url in
            let state = try StateDirectory.open(path: url.path, environment: "staging")
            func open() async throws -> RunOpening.Opened {
                let opening = RunOpening(
                    state: state, redactor: Redactor([]), now: JobFixture.ticking(),
                    log: LogSink(format: .text, level: .critical), identify: { _ in [:] }, keep: {})
                return try await opening.open(
                    plan: Self.plan, header: JobFixture.header(), resumes: true,
                    limits: try JobFixture.configuration().limits, progress: { _ in })
            }
            for death in 0..<2 {
                let opened = try await open()
                #expect(opened.suspects == (death == 0 ? [] : ["A-2"]))
                #expect(opened.record.results["A-2"] == nil)
                try opened.journal.append(.checkStarted("A-2"))
                opened.journal.close()
            }
            let third = try await open()
            let outcome = try #require(third.record.results["A-2"]?.outcome)
            #expect(outcome.status == .error && outcome.message.contains("the process died 2 times"))
            #expect(third.record.results["A-1"] == nil && third.record.results["A-3"] == nil)
            third.journal.close()
            // The result stays: it is not tried once more on the next resume.
            let fourth = try await open()
            #expect(fourth.record.results["A-2"]?.status == .error)
            fourth.journal.close()
        }
    }
}
