import Foundation
import Processes
import TestSupport
import Testing

@Suite struct CommandRunTests {
    static func shell(_ script: String) -> ProcessLaunch { ProcessLaunch(arguments: ["/bin/sh", "-c", script]) }

    @Test func `output, errors and status are kept apart`() async throws {
        let result = try await CommandRun.run(Self.shell("echo out; echo err >&2; exit 3"), deadline: .seconds(20))
        #expect(result.ending == .exited(3))
        #expect(result.output.text == "out\n")
        #expect(result.error.text == "err\n")
        #expect(result.leftovers == 0)
    }

    @Test func `a signal is told from a status`() async throws {
        let result = try await CommandRun.run(Self.shell("kill -9 $$"), deadline: .seconds(20))
        #expect(result.ending == .signalled(9))
    }

    @Test func `a command that never ends is killed at its deadline with all its children, and its output kept`()
        async throws
    {
        try await withTemporaryDirectory { directory in
            let pids = directory.appending(path: "pids").path
            let result = try await CommandRun.run(
                Self.shell("echo before; sleep 300 & echo $! > \(pids); setsid sleep 300 & echo $! >> \(pids); wait"),
                deadline: .milliseconds(700))
            #expect(result.ending == .deadlineExceeded)
            #expect(result.output.text == "before\n")
            #expect(result.leftovers == 2)
            let children = try String(contentsOfFile: pids, encoding: .utf8).split(separator: "\n")
            for child in children {
                let pid = try #require(Int32(child))
                #expect(ProcessIdentity(pid: pid)?.isRunning != true)
            }
        }
    }

    @Test func `a child left behind does not hold the run up and is killed`() async throws {
        let result = try await CommandRun.run(Self.shell("sleep 300 & echo $!"), deadline: .seconds(60))
        #expect(result.ending == .exited(0))
        #expect(result.leftovers == 1)
        let pid = try #require(Int32(result.output.text.trimmingCharacters(in: .whitespacesAndNewlines)))
        #expect(ProcessIdentity(pid: pid)?.isRunning != true)
        #expect(result.duration < .seconds(30))
    }

    @Test func `a flood of raw bytes is read to its end and kept within the limit`() async throws {
        let result = try await CommandRun.run(
            Self.shell("echo start; head -c 50000000 /dev/urandom; echo end"), deadline: .seconds(60),
            outputLimit: 10_000)
        #expect(result.ending == .exited(0))
        #expect(result.output.totalBytes == 50_000_010)
        #expect(!result.output.isComplete)
        #expect(result.output.bytes.count < 11_000)
        #expect(result.output.text.hasPrefix("start\n"))
        #expect(result.output.text.hasSuffix("end\n"))
    }

    @Test func `a command that does not exist is named`() async throws {
        let error = await #expect(throws: ProcessError.self) {
            try await CommandRun.run(ProcessLaunch(arguments: ["no-such-program-here"]), deadline: .seconds(5))
        }
        #expect(error?.code == .notFound)
        #expect(error?.description.contains("no-such-program-here") == true)
    }

    @Test("a command that is no program is not started", arguments: [[], [""], ["/etc/passwd"]])
    func noProgram(arguments: [String]) async throws {
        let error = await #expect(throws: ProcessError.self) {
            try await CommandRun.run(ProcessLaunch(arguments: arguments), deadline: .seconds(30))
        }
        #expect(error?.code == .notStarted, "\(String(describing: error))")
    }

    @Test func `cancelling the task ends the command`() async throws {
        let task = Task { try await CommandRun.run(Self.shell("sleep 300"), deadline: .seconds(300)) }
        task.cancel()
        #expect(try await task.value.ending == .cancelled)
    }

    @Test func `environment and working directory are those given`() async throws {
        try await withTemporaryDirectory { directory in
            let result = try await CommandRun.run(
                ProcessLaunch(
                    arguments: ["/bin/sh", "-c", "pwd -P; echo $ONLY; echo ${HOME:-none}"],
                    environment: ["ONLY": "this"], workingDirectory: directory.path),
                deadline: .seconds(20))
            let lines = result.output.text.split(separator: "\n").map(String.init)
            #expect(lines == [directory.resolvingSymlinksInPath().path, "this", "none"])
        }
    }

    @Test func `no descriptor of ours reaches the command`() async throws {
        let result = try await CommandRun.run(Self.shell("ls /proc/self/fd | wc -l"), deadline: .seconds(20))
        // 0, 1, 2 and the directory that ls itself reads.
        #expect(result.output.text.trimmingCharacters(in: .whitespacesAndNewlines) == "4")
    }
}
