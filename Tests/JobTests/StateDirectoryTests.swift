import Durable
import Foundation
import RunModel
import Secrets
import TestSupport
import Testing

@testable import Job

@Suite struct StateDirectoryTests {
    private func error(_ path: String, environment: String = "staging") -> StateError? {
        do {
            _ = try StateDirectory.open(path: path, environment: environment)
            return nil
        } catch { return error }
    }

    private func names(_ directory: URL) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []).sorted()
    }

    @Test("an empty directory is taken, and opened again for the same environment")
    func opens() async throws {
        try await withTemporaryDirectory { directory in
            #expect(error(directory.path) == nil)
            #expect(names(directory) == ["plumbline-state.json", "runs"])
            #expect(error(directory.path) == nil)
            #expect(error(directory.appending(path: "a/b/c").path) == nil)
        }
    }

    @Test("a directory of another environment is refused by name")
    func otherEnvironment() async throws {
        try await withTemporaryDirectory { directory in
            #expect(error(directory.path, environment: "staging") == nil)
            let refusal = try #require(error(directory.path, environment: "production"))
            guard case .otherEnvironment(_, "staging", "production") = refusal else {
                Issue.record("another refusal: \(refusal)")
                return
            }
            #expect("\(refusal)".contains("belongs to environment ‘staging’, the configuration is for ‘production’"))
        }
    }

    @Test("a directory of another version is refused with both versions")
    func otherVersion() async throws {
        try await withTemporaryDirectory { directory in
            let file = directory.appending(path: "plumbline-state.json")
            try Data(#"{"environment":"staging","version":7}"#.utf8).write(to: file)
            let refusal = "\(try #require(error(directory.path)))"
            #expect(refusal.contains("version 7") && refusal.contains("version 1"))
            try Data("{".utf8).write(to: file)
            #expect(String(describing: error(directory.path)).contains("damaged"))
            #expect(try Data(contentsOf: file) == Data("{".utf8))
        }
    }

    @Test("a directory with other files is refused and left as it was")
    func foreignFiles() async throws {
        try await withTemporaryDirectory { directory in
            try Data("mine".utf8).write(to: directory.appending(path: "thesis.txt"))
            #expect(String(describing: error(directory.path)).contains("holds other files"))
            #expect(names(directory) == ["thesis.txt"])
        }
    }

    @Test("what a start that was killed has left is no foreign file")
    func leftOver() async throws {
        try await withTemporaryDirectory { directory in
            try Data("{".utf8).write(to: directory.appending(path: "plumbline-state.json.partial-4711"))
            #expect(error(directory.path) == nil)
        }
    }

    @Test("a file, a place that cannot be written and a remote store are refused with a reason")
    func unusable() async throws {
        try await withTemporaryDirectory { directory in
            let file = directory.appending(path: "file")
            try Data().write(to: file)
            guard case .unusable? = error(file.path) else {
                Issue.record("a file was taken for a directory")
                return
            }
            #expect(String(describing: error("/proc/plumbline")).contains("cannot be used"))
            #expect(String(describing: error("s3://bucket/prefix")).contains("only a local directory"))
        }
    }

    @Test("a state directory without a run says so") func noRun() async throws {
        try await withTemporaryDirectory { directory in
            _ = try StateDirectory.open(path: directory.path, environment: "staging")
            let error = await #expect(throws: StateError.self) {
                try await RunSource.open(directory.path, limits: .untrusted)
            }
            guard case .noRun? = error else {
                Issue.record("another error: \(String(describing: error))")
                return
            }
        }
    }

    /// Puts something into a state directory that is in use, and says how it is refused.
    private func refusal(_ plant: (URL) throws -> Void) async throws -> String {
        try await withTemporaryDirectory { directory in
            let state = try StateDirectory.open(path: directory.path, environment: "staging")
            try state.run(JobFixture.header().runID).create()
            #expect(error(directory.path) == nil)
            try plant(directory)
            let before = try files(directory)
            let refusal = "\(try #require(error(directory.path)))"
            #expect(try files(directory) == before, "something was changed or lost")
            return refusal
        }
    }

    private func files(_ directory: URL) throws -> [String] {
        (FileManager.default.enumerator(atPath: directory.path)?.compactMap { $0 as? String } ?? []).sorted()
    }

    @Test(
        "a link that was planted anywhere is refused by its place, and nothing is lost",
        arguments: ["lock", "undo", "undo.jsonl", "runs/20260203T040506Z-000001/logs/plumbline.jsonl", "runs/x"])
    func plantedLink(path: String) async throws {
        let text = try await refusal { directory in
            try FileManager.default.createSymbolicLink(
                atPath: directory.appending(path: path).path, withDestinationPath: "/etc/passwd")
        }
        #expect(text.contains("\(path) in the state directory is not used"), "\(text)")
        #expect(text.contains("expected a file or a directory, got a symbolic link"), "\(text)")
    }

    @Test("a pipe that was planted is refused, and not waited for")
    func plantedPipe() async throws {
        let text = try await refusal { mkfifo($0.appending(path: "undo.jsonl").path, 0o600) }
        #expect(text.contains("got a pipe"), "\(text)")
    }

    @Test("what others may write is refused with its mode", arguments: ["", "runs", "plumbline-state.json"])
    func writableByOthers(path: String) async throws {
        for mode in [0o722, 0o622, 0o602] as [mode_t] {
            let text = try await refusal { chmod($0.appending(path: path).path, mode | 0o100) }
            #expect(text.contains("got mode \(String(mode | 0o100, radix: 8))"), "\(text)")
            #expect(text.contains("chmod -R go-w"), "\(text)")
        }
    }

    @Test("what belongs to somebody else is refused with both users")
    func otherOwner() async throws {
        try await withTemporaryDirectory { directory in
            _ = try StateDirectory.open(path: directory.path, environment: "staging")
            do throws(StateError) {
                try StateExamination(root: directory.path, user: geteuid() + 1).run()
                Issue.record("somebody else's state directory was used")
            } catch {
                guard case .notPrivate = error else {
                    Issue.record("another refusal: \(error)")
                    return
                }
                #expect("\(error)".contains("expected the owner to be user \(geteuid() + 1)"))
                #expect("\(error)".contains("got user \(geteuid())"))
            }
        }
    }

    @Test("what an earlier build left readable by others is readable no more")
    func tightened() async throws {
        try await withTemporaryDirectory { directory in
            _ = try StateDirectory.open(path: directory.path, environment: "staging")
            let file = directory.appending(path: "plumbline-state.json").path
            chmod(file, 0o644)
            chmod(directory.path, 0o755)
            #expect(error(directory.path) == nil)
            for (path, mode) in [(file, 0o600), (directory.path, 0o700)] {
                let attributes = try FileManager.default.attributesOfItem(atPath: path)
                #expect(attributes[.posixPermissions] as? Int == mode)
            }
        }
    }

    @Test("of finished runs the newest ten are kept")
    func oldRuns() async throws {
        try await withTemporaryDirectory { directory in
            let state = try StateDirectory.open(path: directory.path, environment: "staging")
            for index in 0..<13 {
                let run = state.run(RunID(rawValue: String(format: "20260101T0000%02dZ-000000", index)))
                try run.create()
                try Data().write(to: URL(fileURLWithPath: run.journalPath))
            }
            state.removeOldRuns()
            #expect(state.runs.count == 10)
            #expect(state.runs.first?.url.lastPathComponent == "20260101T000003Z-000000")
        }
    }

    @Test("a second holder of the lock is refused, and told who holds it, for which run and for how long")
    func lock() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory.appending(path: "lock").path
            let later = JobFixture.start.addingTimeInterval(90)
            do {
                let first = try EnvironmentLock.acquire(path: path, run: "starting", now: JobFixture.start)
                first.note(run: "run-1", since: JobFixture.start)
                do {
                    _ = try EnvironmentLock.acquire(path: path, run: "run-2", now: later)
                    Issue.record("the lock was given twice")
                } catch {
                    let text = "\(error)"
                    #expect(text.contains("process \(getpid()) on"))
                    #expect(text.contains("run run-1, for 1 min 30 s"))
                }
                withExtendedLifetime(first) {}
            }
            _ = try EnvironmentLock.acquire(path: path, run: "run-3", now: later)
        }
    }

    @Test("the lock of a process that was killed is free")
    func killedHolder() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory.appending(path: "lock").path
            let process = Process()
            process.executableURL = URL(filePath: "/bin/sh")
            process.arguments = ["-c", "exec 9>>\"$1\"; flock -x 9; echo held; exec sleep 600", "sh", path]
            let output = Pipe()
            process.standardOutput = output
            try process.run()
            #expect(try output.fileHandleForReading.read(upToCount: 5) == Data("held\n".utf8))
            #expect(throws: StateError.self) {
                try EnvironmentLock.acquire(path: path, run: "run", now: JobFixture.start)
            }
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
            _ = try EnvironmentLock.acquire(path: path, run: "run", now: JobFixture.start)
        }
    }

    @Test("a file that cannot be written whole does not replace the one that was there")
    func durableFile() async throws {
        try await withTemporaryDirectory { directory in
            let file = directory.appending(path: "f")
            try DurableFile.write(RedactedBytes("one"), to: file)
            try DurableFile.write(RedactedBytes("two"), to: file)
            #expect(try String(contentsOf: file, encoding: .utf8) == "two")
            #expect(names(directory) == ["f"])
            #expect(throws: DurableFile.WriteError.self) {
                try DurableFile.write(RedactedBytes("1"), to: directory.appending(path: "missing/f"))
            }
        }
    }
}
