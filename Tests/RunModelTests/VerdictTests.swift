import Formats
import Foundation
import RunModel
import TestSupport
import Testing

/// The rules by which results become an exit code.
@Suite struct VerdictTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var outcomes: [Outcome]
        var isCritical = true
        var isStrict = false
        var isMuted = false
        var prefix = "X"
        var floor = 0.0
        var interruption: Interruption?
        var openUndos: [String] = []
        var phases: [Phase] = [.setup, .coreTests, .validation]
        var word: Verdict.Word
        var code: Int32
        var testDescription: String { name }
    }

    private static let broken = Outcome.failed(.unrecorded, "broken", expected: "200", got: "500")

    static let cases = [
        Case(name: "a critical check passed", outcomes: [.passed("")], word: .pass, code: 0),
        Case(name: "a critical check passed at the second attempt", outcomes: [.flaky("")], word: .pass, code: 0),
        Case(name: "a critical check failed", outcomes: [.passed(""), broken], word: .fail, code: 3),
        Case(name: "a critical check ran out of time", outcomes: [.timeout("")], word: .fail, code: 3),
        Case(name: "a critical check broke", outcomes: [.passed(""), .error("")], word: .inconclusive, code: 5),
        Case(
            name: "a critical check could not tell", outcomes: [.passed(""), .inconclusive(.unrecorded, "")],
            word: .inconclusive,
            code: 5),
        Case(
            name: "a critical check was blocked", outcomes: [.passed(""), .blocked(by: "X")], word: .inconclusive,
            code: 5),
        Case(
            name: "a critical check was skipped beside one that passed", outcomes: [.passed(""), .skipped("")],
            word: .pass, code: 0),
        Case(name: "nothing but skipped checks", outcomes: [.skipped("")], word: .inconclusive, code: 5),
        Case(name: "no check at all", outcomes: [], word: .inconclusive, code: 5),
        Case(
            name: "another check failed", outcomes: [.passed(""), broken], isCritical: false, word: .warnings, code: 0),
        Case(
            name: "another check failed under --strict", outcomes: [.passed(""), broken], isCritical: false,
            isStrict: true, word: .warnings, code: 4),
        Case(
            name: "another check broke under --strict", outcomes: [.passed(""), .error("")], isCritical: false,
            isStrict: true, word: .warnings, code: 4),
        Case(
            name: "a suite failed that is not critical", outcomes: [.passed(""), broken], isCritical: false,
            prefix: "SUITE-units", word: .warnings, code: 4),
        Case(
            name: "a muted suite failed", outcomes: [.passed(""), broken], isCritical: false, isMuted: true,
            prefix: "SUITE-units", word: .pass, code: 0),
        Case(
            name: "a suite could not run that is not critical",
            outcomes: [.passed(""), .inconclusive(.unrecorded, "")],
            isCritical: false, prefix: "SUITE-units", word: .pass, code: 0),
        Case(name: "all passed under --strict", outcomes: [.passed("")], isStrict: true, word: .pass, code: 0),
        Case(
            name: "another check could not tell", outcomes: [.passed(""), .inconclusive(.unrecorded, "")],
            isCritical: false,
            word: .pass, code: 0),
        Case(
            name: "a muted failure beside one that passed", outcomes: [.passed(""), broken], isMuted: true, word: .pass,
            code: 0),
        Case(
            name: "coverage under the floor", outcomes: [.passed(""), .skipped("")], floor: 0.6, word: .inconclusive,
            code: 5),
        Case(name: "coverage at the floor", outcomes: [.passed(""), .skipped("")], floor: 0.5, word: .pass, code: 0),
        Case(
            name: "a failure outranks coverage under the floor", outcomes: [broken, .skipped("")], floor: 0.9,
            word: .fail, code: 3),
        Case(
            name: "SIGTERM outranks a failure", outcomes: [broken], interruption: .terminated, word: .interrupted,
            code: 143),
        Case(name: "SIGINT", outcomes: [.passed("")], interruption: .interrupted, word: .interrupted, code: 130),
        Case(name: "a safety condition", outcomes: [.passed("")], interruption: .safety, word: .stopped, code: 6),
        Case(name: "the deadline after a failure", outcomes: [broken], interruption: .deadline, word: .fail, code: 3),
        Case(
            name: "the deadline after successes", outcomes: [.passed("")], interruption: .deadline, word: .inconclusive,
            code: 5),
        Case(
            name: "something not undone outranks everything", outcomes: [.passed("")], interruption: .terminated,
            openUndos: ["proxy mlflow"], word: .undoIncomplete, code: 7),
        Case(
            name: "a phase that did not end", outcomes: [.passed("")], phases: [.setup, .coreTests],
            word: .inconclusive, code: 5),
    ]

    @Test("a run ends with the exit code of the rules", arguments: cases)
    func rules(testCase: Case) {
        let verdict = Verdict(of: record(testCase))
        #expect(verdict.word == testCase.word)
        #expect(verdict.exitCode == testCase.code)
        #expect(!verdict.reasons.isEmpty)
        #expect(verdict.line.hasPrefix("verdict: \(testCase.word.rawValue) (exit \(testCase.code)): "))
        #expect(verdict.counts.values.reduce(0, +) == testCase.outcomes.count)
    }

    private func record(_ testCase: Case) -> RunRecord {
        var run = RunRecordFixture()
        run.header.gate = Gate(minimumCoverage: testCase.floor, isStrict: testCase.isStrict)
        for (index, outcome) in testCase.outcomes.enumerated() {
            let isBad = outcome.status != .passed && outcome.status != .flaky
            run.add(
                CheckID("\(testCase.prefix)-\(index)"), "x", isCritical: testCase.isCritical, outcome: outcome,
                muted: testCase.isMuted && isBad ? Mute(owner: "o", reason: "r", expires: "2030-01-01") : nil)
        }
        run.interruption = testCase.interruption
        run.openUndos = testCase.openUndos
        run.finishedPhases = testCase.phases
        return run.record
    }

    @Test("a critical check that was to run and has no result is never green")
    func missingResult() {
        var run = RunRecordFixture()
        run.add("A-1", "a", isCritical: true, outcome: .passed("fine"))
        run.add("A-2", "b", isCritical: true, outcome: nil)
        let verdict = Verdict(of: run.record)
        #expect((verdict.word, verdict.exitCode) == (.inconclusive, 5))
        #expect(verdict.reasons == ["A-2 has no result"])
        #expect(verdict.coverage == 0.5)
    }

    @Test("a stopped run names the phases that did not end")
    func missingPhases() {
        let record = RunRecordFixture.partial
        #expect(record.missingPhases == [.coreTests, .validation, .documentation, .handOff])
        #expect(
            Verdict(of: record).reasons == [
                "stopped by SIGTERM; not finished: core-tests, validation, documentation, handoff"
            ])
    }

    @Test("a check that was not selected lowers no coverage")
    func coverage() {
        var run = RunRecordFixture()
        run.add("A-1", "a", outcome: .passed("fine"))
        run.add("A-2", "b", outcome: .skipped("needs --allow load"))
        run.entries.append(
            PlanEntry(
                descriptor: CheckDescriptor(id: "A-3", title: "c", category: .aws, phase: .validation),
                decision: .notSelected("left out by --only")))
        #expect(Verdict(of: run.record).coverage == 0.5)
    }

    @Test("the verdict survives its JSON, and the same record gives the same verdict")
    func roundTrip() throws {
        for record in [RunRecordFixture.passing, RunRecordFixture.failing, RunRecordFixture.partial] {
            let verdict = Verdict(of: record)
            #expect(try JSON.decode(Verdict.self, from: try JSON.data(verdict)) == verdict)
            #expect(Verdict(of: record) == verdict)
        }
    }

    @Test(
        "a group has the status of its worst member, and no member means that nobody can tell",
        arguments: [
            ([.passed, .failed, .error], .failed), ([.error, .timeout, .passed], .error),
            ([.timeout, .inconclusive], .timeout), ([.blocked, .passed], .inconclusive),
            ([.flaky, .passed], .flaky), ([.passed, .skipped], .passed), ([.skipped], .inconclusive),
            ([], .inconclusive),
        ] as [([Status], Status)])
    func rollUp(statuses: [Status], expected: Status) {
        #expect(Status.rollUp(statuses) == expected)
        #expect(Status.rollUp(statuses.reversed()) == expected)
    }
}
