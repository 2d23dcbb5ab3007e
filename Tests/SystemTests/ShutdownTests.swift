import Formats
import Foundation
import Glibc
import RunModel
import TestSupport
import Testing

@testable import Job

extension JobOnStackTests {
    @Test(
        "a signal in the middle ends the run with its exit code and a partial bundle that verifies",
        arguments: [(SIGTERM, 143), (SIGINT, 130), (SIGQUIT, 143)] as [(Int32, Int32)])
    func signals(number: Int32, status: Int32) async throws {
        var random = SystemGenerator("the signal")
        try await withStack { fixture in
            let process = try fixture.start()
            try await fixture.wait(forChecks: Int.random(in: 10..<50, using: &random), process)
            try await Task.sleep(for: .milliseconds(Int.random(in: 0..<300, using: &random)))
            let signalled = ContinuousClock.now
            process.send(number)
            // A wrapper that passes signals on often sends them twice.
            process.send(number)
            let end = await process.end()
            print("signal \(number): ended after \(signalled.duration(to: .now).readable)")
            #expect(end.status == status, "seed \(random.seed): \(end.errors.suffix(400))")
            #expect(end.errors.contains("stopping"))
            let bundle = try #require(end.json?["bundle"]?.string)
            let verified = try await fixture.plumbline("verify", bundle, "--json")
            #expect(verified.status == 0, "\(verified.output)")
            let missing = verified.json?["missingPhases"]?.array?.compactMap(\.string) ?? []
            #expect(missing.suffix(3) == ["validation", "documentation", "handoff"])
            #expect(end.json?.at("verdict.reasons[0]")?.string?.contains("validation, documentation, handoff") == true)
            try await fixture.expectNothingLeftOn()

            let before = try fixture.journal()
            let resumed = await (try fixture.start()).end()
            #expect(![1, 2, 130, 143].contains(resumed.status), "\(resumed.errors.suffix(400))")
            let after = try fixture.journal()
            #expect(try RunRecord(after, path: "journal").missingPhases == [])
            let again = Set(CrashFixture.finished(after[before.count...]))
            #expect(again.isDisjoint(with: CrashFixture.finished(before)))
        }
    }

    @Test("a second run is refused with 2 and told who holds the lock, and so is an undo; the first is not disturbed")
    func secondRun() async throws {
        try await withStack { fixture in
            let first = try fixture.start()
            try await fixture.wait(forChecks: 3, first)
            let second = await (try fixture.start()).end()
            let undo = try await fixture.plumbline("undo", "--config", fixture.stack.configuration, "--state", "state")
            first.send(SIGTERM)
            for (name, refused) in [("run", second), ("undo", undo)] {
                #expect(refused.status == 2, "\(name)")
                #expect(refused.errors.contains("process \(first.pid) on "), "\(name): \(refused.errors)")
                #expect(refused.errors.contains(", run 20"), "\(name): \(refused.errors)")
            }
            #expect(await first.end().status == 143)
        }
    }
}
