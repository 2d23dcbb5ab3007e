import CheckKit
import Durable
import Formats
import Foundation
import HTTPClient
import RunModel
import Secrets
import Synchronization
import TestSupport
import Testing

@testable import Job

@Suite struct CheckRunnerTests {
    private let descriptor = JobFixture.descriptor("X-01", deadline: .milliseconds(100))

    private func result(
        retries: Int = 0, repeats: Int = 1, configuration: String = "",
        now: @escaping @Sendable () -> Date = { JobFixture.start },
        _ body: @escaping @Sendable (CheckContext) async throws -> Outcome
    ) async throws -> CheckResult? {
        try await withTemporaryDirectory { directory in
            let runner = try JobFixture.runner(
                directory, configuration: try JobFixture.configuration(configuration),
                attempts: AttemptRule(retries: retries, repeats: repeats), now: now)
            return try await runner.run(ScriptedCheck(descriptor, body), descriptor, facts: [:])
        }
    }

    @Test("what a check leaves is in its result")
    func everything() async throws {
        let result = try #require(
            try await result { context in
                context.recorder.attach(Evidence("GET /", text: "body"))
                context.recorder.measure(Metric("a", 1, .count))
                context.recorder.establish(.profile, "B")
                context.recorder.reproduce(with: "curl x")
                context.recorder.made(on: .model)
                return .passed("fine")
            })
        #expect(result.outcome == .passed("fine") && result.subject == .model)
        #expect(result.evidence.map(\.sha256) == [Digest.sha256Hex(of: "body")])
        #expect(result.measurements == [Metric("a", 1, .count)])
        #expect(result.facts == [.profile: "B"] && result.reproduction == "curl x")
    }

    @Test("a check that lets go when its deadline comes has timed out, and keeps what it had found")
    func deadline() async throws {
        let result = try #require(
            try await result { context in
                context.recorder.establish(FactName(rawValue: "early"), "yes")
                try await Task.sleep(for: .seconds(600))
                return .passed("never")
            })
        #expect(result.outcome == .timeout("no result within 100 ms"))
        #expect(result.facts == [FactName(rawValue: "early"): "yes"])
    }

    @Test("a check that ignores its cancellation is left behind, and the run goes on")
    func hung() async throws {
        let release = FirstAnswer<Bool>()
        let result = try #require(
            try await result { _ in
                _ = await release.value
                return .passed("too late")
            })
        #expect(result.status == .timeout)
        release.give(true)
    }

    @Test("a check that passes at a later attempt is flaky, and each attempt is kept")
    func retries() async throws {
        let count = Mutex(0)
        let result = try #require(
            try await result(retries: 3) { context in
                let attempt = count.withLock { count in
                    count += 1
                    return count
                }
                context.recorder.attach(Evidence("attempt", text: "\(attempt)"))
                return attempt < 3 ? .failed(.unrecorded, "no", expected: "a", got: "b") : .passed("yes")
            })
        #expect(result.outcome == .flaky("passed on attempt 3: yes"))
        #expect(result.earlierAttempts.map(\.outcome.status) == [.failed, .failed])
        #expect(result.evidence.count == 3)
    }

    @Test("a check that never passes keeps its last outcome and all attempts before it")
    func retriesInVain() async throws {
        let result = try #require(
            try await result(retries: 2) { _ in .failed(.unrecorded, "no", expected: "a", got: "b") })
        #expect(result.status == .failed && result.earlierAttempts.count == 2)
    }

    @Test(
        "what could not be told or was skipped is not tried again",
        arguments: [Outcome.inconclusive(.unrecorded, "i"), .skipped("s")])
    func noRetries(outcome: Outcome) async throws {
        let result = try #require(try await result(retries: 5) { _ in outcome })
        #expect(result.outcome == outcome && result.earlierAttempts.isEmpty)
    }

    static let repetitions: [(outcomes: [Outcome], expected: Outcome)] = [
        ([.passed("a"), .passed("b"), .passed("c")], .passed("3 of 3 times: c")),
        (
            [.passed("a"), .failed(.unrecorded, "no", expected: "x", got: "y"), .passed("c")],
            .flaky("passed 2 of 3 times; else: no")
        ),
        ([.passed("a"), .inconclusive(.unrecorded, "dim"), .passed("c")], .inconclusive(.unrecorded, "dim")),
        (
            [.timeout("slow"), .failed(.unrecorded, "no", expected: "x", got: "y"), .timeout("slow")],
            .failed(.unrecorded, "no", expected: "x", got: "y")
        ),
    ]

    @Test("a check that is repeated runs to the last time, and is as bad as its worst or flaky", arguments: repetitions)
    func repeated(outcomes: [Outcome], expected: Outcome) async throws {
        let left = Mutex(outcomes)
        let result = try #require(try await result(repeats: 3) { _ in left.withLock { $0.removeFirst() } })
        #expect(result.outcome == expected)
        #expect(result.earlierAttempts.map(\.outcome) == Array(outcomes.dropLast()))
    }

    @Test("what is skipped is not repeated")
    func repeatedSkip() async throws {
        let result = try #require(try await result(repeats: 3) { _ in .skipped("no means") })
        #expect(result.outcome == .skipped("no means") && result.earlierAttempts.isEmpty)
    }

    private struct Odd: Error, CustomStringConvertible { let description = "odd" }

    @Test("a thrown error is an error of ours, a thrown stop its outcome, an HTTP error a failure of the target")
    func thrown() async throws {
        let ours = try await result { _ in throw Odd() }
        #expect(ours?.outcome == .error("Odd: odd"))
        let stopped = try await result { _ in throw Stop.inconclusive(.unrecorded, "no leave") }
        #expect(stopped?.outcome == .inconclusive(.unrecorded, "no leave"))
        let error = HTTPError(code: .connectionRefused, message: "refused", url: "http://h/", elapsed: .zero)
        let refused = try await result { _ in throw error }
        #expect(refused?.status == .failed)
    }

    @Test("a check that gives up as if cancelled, though nobody cancelled it, has an error and stops nobody")
    func strayCancellation() async throws {
        let plain = try await result { _ in throw CancellationError() }
        #expect(plain?.status == .error)
        let error = HTTPError(code: .cancelled, message: "cancelled", url: "http://h/", elapsed: .zero)
        let transfer = try await result { _ in throw error }
        #expect(transfer?.status == .error)
    }

    @Test("a check that is stopped with the run has no result, whatever it says while it stops")
    func cancellation() async throws {
        for reaction in 0..<3 {
            let started = FirstAnswer<Bool>()
            let ended = try await withTemporaryDirectory { directory in
                var slow = descriptor
                slow.deadline = .seconds(60)
                let patient = slow
                let runner = try JobFixture.runner(directory)
                let task = Task {
                    try await runner.run(
                        ScriptedCheck(patient) { _ in
                            started.give(true)
                            do { try await Task.sleep(for: .seconds(600)) } catch {
                                if reaction == 0 { throw error }
                                return reaction == 1
                                    ? .error("disturbed") : .failed(.unrecorded, "d", expected: "a", got: "b")
                            }
                            return .passed("never")
                        }, patient, facts: [:])
                }
                _ = await started.value
                task.cancel()
                return try await task.value
            }
            #expect(ended == nil, "reaction \(reaction)")
        }
    }

    @Test("a mute holds until its day has come, and not on it")
    func mute() async throws {
        let yaml = "mutes:\n  - {check: X-01, owner: me, reason: known, expires: 2026-02-04}"
        let day = JobFixture.start  // 2026-02-03T04:05:06Z
        // Now, the last second of the day, and the first of the next.
        for (later, isMuted) in [(0.0, true), (71_693, true), (71_694, false), (86_400, false)] {
            let moment = day.addingTimeInterval(later)
            let result = try await result(configuration: yaml, now: { moment }) { _ in .error("e") }
            #expect((result?.muted != nil) == isMuted, "\(later) s later")
        }
    }

    @Test("a measurement that is no number is left out, because no journal could hold it")
    func infinite() async throws {
        let result = try #require(
            try await result { context in
                context.recorder.measure(Metric("a", .infinity, .count))
                context.recorder.measure(Metric("b", .nan, .count))
                context.recorder.measure(Metric("c", 2, .count))
                return .passed("fine")
            })
        #expect(result.measurements.map(\.name) == ["c"])
        _ = try JSON.data(result)
    }

    @Test("evidence that cannot be kept stops the run instead of being lost")
    func unwritableEvidence() async throws {
        try await withTemporaryDirectory { directory in
            let runner = try JobFixture.runner(directory)
            try FileManager.default.removeItem(at: directory.appending(path: "evidence"))
            await #expect(throws: DurableFile.WriteError.self) {
                try await runner.run(
                    ScriptedCheck(descriptor) { context in
                        context.recorder.attach(Evidence("e", text: "e"))
                        return .passed("fine")
                    }, descriptor, facts: [:])
            }
        }
    }

    @Test("evidence is kept once under the digest of its redacted bytes, and made whole when it was damaged")
    func evidenceStore() async throws {
        try await withTemporaryDirectory { directory in
            let secret = Secret(name: "db", source: .environment("P"), value: "swordfish")
            let store = EvidenceStore(directory: directory, redactor: Redactor([secret]))
            let first = try store.store(Evidence("a swordfish", fileExtension: "json", text: "x swordfish"))
            let second = try store.store(Evidence("other", fileExtension: "json", text: "x swordfish"))
            #expect(first.sha256 == second.sha256 && first.title == "a ‹secret:db›")
            #expect(first.sha256 == Digest.sha256Hex(of: "x ‹secret:db›"))
            let file = directory.appending(path: "\(first.sha256).json")
            #expect(try String(contentsOf: file, encoding: .utf8) == "x ‹secret:db›")
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).count == 1)
            try Data("torn".utf8).write(to: file)
            #expect(!store.holds(first))
            _ = try store.store(Evidence("again", fileExtension: "json", text: "x swordfish"))
            #expect(store.holds(first))
        }
    }

    @Test("equal evidence of checks that run at the same time is kept once and whole")
    func evidenceAtOnce() async throws {
        try await withTemporaryDirectory { directory in
            let store = EvidenceStore(directory: directory, redactor: Redactor([]))
            let text = String(repeating: "same", count: 10_000)
            try await withThrowingTaskGroup(of: EvidenceReference.self) { group in
                for _ in 0..<64 { group.addTask { try store.store(Evidence("e", text: text)) } }
                for try await reference in group { #expect(store.holds(reference)) }
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).count == 1)
        }
    }

    @Test("a scheduler hands facts on, blocks what depends on a failure, and says when it was stopped")
    func scheduler() async throws {
        try await withTemporaryDirectory { directory in
            let checks = [
                ScriptedCheck(JobFixture.descriptor("A-1")) { context in
                    context.recorder.establish(FactName(rawValue: "name"), "value")
                    return .passed("")
                },
                ScriptedCheck(JobFixture.descriptor("A-2", dependsOn: ["A-1"])) { context in
                    .failed(.unrecorded, context.facts[FactName(rawValue: "name")] ?? "nothing", expected: "", got: "")
                },
                ScriptedCheck(JobFixture.descriptor("A-3", dependsOn: ["A-2"])) { _ in .passed("") },
            ]
            var settled: [CheckID: CheckResult] = [:]
            let finished = Mutex<[CheckID]>([])
            let callbacks = Scheduler.Callbacks(
                started: { _ in }, finished: { result in finished.withLock { $0.append(result.id) } })
            let scheduler = Scheduler(runner: try JobFixture.runner(directory), limits: .init(checks: 4, launches: 1))
            let isDone = try await scheduler.run(checks.map { ($0, $0.descriptor) }, settled: &settled, callbacks)
            #expect(isDone)
            #expect(settled["A-2"]?.outcome.message == "value")
            #expect(settled["A-3"]?.outcome == .blocked(by: "A-2"))
            #expect(finished.withLock { $0 } == ["A-1", "A-2", "A-3"])
        }
    }
}
