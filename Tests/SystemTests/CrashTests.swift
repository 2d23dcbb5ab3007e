import Formats
import Foundation
import Glibc
import TestSupport
import Testing

@testable import Job

extension JobOnStackTests {
    @Test(
        "killed at random instants, the same command ends with the results of an undisturbed run, and nothing is run twice"
    )
    func kills() async throws {
        var random = SystemGenerator("the kills")
        try await withStack { fixture in
            let undisturbed = await (try fixture.start("-reference")).end()
            let expected = try CrashFixture.statuses(try fixture.journal("-reference"))
            #expect(expected.count > 40, "\(undisturbed.errors)")
            let total = CrashFixture.finished(try fixture.journal("-reference")).count
            for round in 0..<2 {
                let name = "-\(round)"
                // A kill by progress, a little later: anywhere within a check, an append or a fault.
                let process = try fixture.start(name)
                try await fixture.wait(forChecks: Int.random(in: 0..<total, using: &random), process, name)
                try await Task.sleep(for: .milliseconds(Int.random(in: 0..<400, using: &random)))
                process.send(SIGKILL)
                let killed = await process.end()
                let before = try fixture.journal(name)
                let resumed = await (try fixture.start(name)).end()
                let after = try fixture.journal(name)

                let comment: Comment =
                    "seed \(random.seed), round \(round): \(CrashFixture.finished(before).count) of \(total) checks had ended"
                #expect(killed.status == 137 || before.isFinished, comment)
                #expect(resumed.status == undisturbed.status, comment)
                let statuses = try CrashFixture.statuses(after)
                for id in Set(expected.keys).union(statuses.keys).sorted() {
                    #expect(statuses[id] == expected[id], "\(id), \(comment)")
                }
                if !before.isFinished {
                    let again = Set(CrashFixture.finished(after[before.count...]))
                    #expect(again.isDisjoint(with: CrashFixture.finished(before)), comment)
                }
                try await fixture.expectNothingLeftOn(name, comment)
            }
        }
    }

    @Test("a disk that gets full ends the run with 1 and a clear message, and with space the same command goes on")
    func fullDisk() async throws {
        guard geteuid() == 0 else {
            Issue.record("this test mounts a small file system and needs root")
            return
        }
        try await withStack { fixture in
            let disk = fixture.directory.appending(path: "state")
            try FileManager.default.createDirectory(at: disk, withIntermediateDirectories: true)
            try ServerProcess.run(["mount", "-t", "tmpfs", "-o", "size=64m,mode=700", "plumbline-test", disk.path])
            defer { _ = try? ServerProcess.run(["umount", disk.path]) }
            let process = try fixture.start()
            try await fixture.wait(forChecks: 5, process)
            let filler = disk.appending(path: "filler").path
            try ServerProcess.run(["sh", "-c", "cat /dev/zero >\"$1\" 2>/dev/null || true", "sh", filler])
            let stopped = await process.end()
            #expect(stopped.status == 1)
            #expect(stopped.errors.contains("No space left on device"), "\(stopped.errors.suffix(500))")
            #expect(stopped.errors.contains("The run can be resumed"))
            #expect(try await fixture.openFaults() == [])
            let before = CrashFixture.finished(try fixture.journal())
            #expect(before.count >= 5)
            try FileManager.default.removeItem(atPath: filler)
            let length = try fixture.journal().count
            let resumed = await (try fixture.start()).end()
            #expect(resumed.status != 1 && resumed.status != 2, "\(resumed.errors.suffix(500))")
            let again = Set(CrashFixture.finished(try fixture.journal()[length...]))
            #expect(again.isDisjoint(with: before))
            try await fixture.expectNothingLeftOn()
        }
    }
}

/// A small generator with a seed, so that a failure can be repeated.
struct SystemGenerator: RandomNumberGenerator {
    private var state: UInt64
    let seed: UInt64

    /// A new seed each time, or that of `PLUMBLINE_TEST_SEED`; printed for whoever has to repeat it.
    init(_ purpose: String) {
        let given = ProcessInfo.processInfo.environment["PLUMBLINE_TEST_SEED"].flatMap(UInt64.init)
        seed = given ?? .random(in: 0 ... .max)
        state = seed
        print("seed of \(purpose): \(seed); PLUMBLINE_TEST_SEED repeats it")
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
