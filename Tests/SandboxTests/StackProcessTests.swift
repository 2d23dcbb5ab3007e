import Foundation
import Glibc
import HTTPClient
import TestSupport
import Testing

@testable import plumbline_sandbox

/// Who is ended and who is left alone.
@Suite(.timeLimit(.minutes(2)))
struct StackProcessTests {
    private func withSandbox(_ body: (SandboxDirectory, ProcessLedger) async throws -> Void) async throws {
        try await withTemporaryDirectory { url in
            let directory = SandboxDirectory(url.appending(path: "box").path)
            try directory.prepare()
            let ledger = ProcessLedger(directory: directory)
            do {
                try await body(directory, ledger)
            } catch {
                try await ledger.stopAll()
                throw error
            }
            try await ledger.stopAll()
        }
    }

    private func launch(_ name: String, _ command: [String]) -> Launch {
        Launch(name: name, command: command, environment: ["PATH": "/usr/bin:/bin"])
    }

    /// A launched process writes its record before it becomes the program; until then there is nothing to wait for.
    private func record(_ name: String, _ ledger: ProcessLedger) async throws -> ProcessRecord {
        while true {
            if let record = ledger.record(name) { return record }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    @Test func `A launched process records itself, leads a session and works in the sandbox`() async throws {
        try await withSandbox { directory, ledger in
            let started = try launch("sleeper", ["sleep", "600"]).start(in: directory)
            #expect(try await record("sleeper", ledger) == started)
            #expect(started.isRunning)
            #expect(ProcessTable.status(of: started.pid)?.session == started.pid)
            #expect(ProcessTable.workingDirectory(of: started.pid) == directory.work)
        }
    }

    @Test func `Stopping a part ends its children too, also when its first process is gone`() async throws {
        try await withSandbox { directory, ledger in
            let command = ["sh", "-c", "sleep 600 & sleep 600 & echo ready; wait"]
            let family = try launch("family", command).start(in: directory)
            _ = try await record("family", ledger)
            while family.members(workingDirectory: directory.path).count < 3 {
                try await Task.sleep(for: .milliseconds(5))
            }
            kill(family.pid, SIGKILL)
            while waitpid(family.pid, nil, WNOHANG) == 0 { try await Task.sleep(for: .milliseconds(5)) }
            #expect(family.members(workingDirectory: directory.path).count == 2)
            try await ledger.stop("family")
            #expect(family.members(workingDirectory: directory.path).isEmpty)
        }
    }

    @Test func `A stranger with the pid of an earlier part is left alone`() async throws {
        try await withSandbox { directory, ledger in
            let stranger = try launch("stranger", ["sleep", "600"]).start(in: directory)
            let real = try await record("stranger", ledger)
            // What a record looks like when its process has ended and another one got the number.
            let forged = "\(real.pid) \(real.start - 1) \(real.boot)\n"
            try forged.write(toFile: directory.record("stranger"), atomically: true, encoding: .utf8)
            #expect(ledger.running().isEmpty)
            try await ledger.stopAll()
            #expect(stranger.isRunning)
            let otherBoot = "\(real.pid) \(real.start) 00000000-0000-0000-0000-000000000000\n"
            try otherBoot.write(toFile: directory.record("stranger"), atomically: true, encoding: .utf8)
            try await ledger.stopAll()
            #expect(stranger.isRunning)
            kill(stranger.pid, SIGKILL)
            waitpid(stranger.pid, nil, 0)
        }
    }

    @Test(arguments: ["", "1 2 boot", "x 2 boot", "77 boot", "77 2 boot more"])
    func `A damaged record names no process`(line: String) {
        #expect(ProcessRecord(line: line) == nil)
    }

    @Test func `Nothing starts once the sandbox is being taken down`() async throws {
        try await withSandbox { directory, _ in
            unlink(directory.token)
            let late = try launch("late", ["touch", directory.work + "/started"]).start(in: directory)
            var status: Int32 = 0
            while waitpid(late.pid, &status, WNOHANG) == 0 { try await Task.sleep(for: .milliseconds(5)) }
            #expect(status >> 8 & 0xff == 75)
            #expect(!FileManager.default.fileExists(atPath: directory.work + "/started"))
        }
    }

    @Test func `A program that fails is reported with the end of its log`() async throws {
        try await withSandbox { directory, _ in
            let error = await #expect(throws: LaunchError.self) {
                try await launch("broken", ["sh", "-c", "echo the reason; exit 3"])
                    .complete(in: directory, deadline: .seconds(20))
            }
            let text = try #require(error).description
            #expect(text.contains("exit code 3"))
            #expect(text.contains("the reason"))
        }
    }

    @Test func `A program that takes too long is ended`() async throws {
        try await withSandbox { directory, ledger in
            await #expect(throws: LaunchError.self) {
                try await launch("slow", ["sleep", "600"]).complete(in: directory, deadline: .milliseconds(200))
            }
            #expect(ledger.running().isEmpty)
        }
    }

    @Test func `A directory with other things in it is refused and left as it is`() async throws {
        try await withTemporaryDirectory { url in
            let file = url.appending(path: "precious")
            try Data("mine".utf8).write(to: file)
            let error = #expect(throws: SandboxError.self) { try SandboxDirectory(url.path).prepare() }
            guard case .notOurs(_, example: "precious")? = error else {
                Issue.record("another refusal: \(String(describing: error))")
                return
            }
            #expect(try String(contentsOf: file, encoding: .utf8) == "mine")
            try await RunningSandbox(directory: SandboxDirectory(url.path)).stop()
            #expect(try String(contentsOf: file, encoding: .utf8) == "mine")
        }
    }

    @Test func `What cannot be used is refused by name`() async throws {
        try await withTemporaryDirectory { url in
            try Data().write(to: url.appending(path: "file"))
            let directory = SandboxDirectory(url.path)
            try FileManager.default.createDirectory(atPath: directory.lock, withIntermediateDirectories: true)
            let locked = await #expect(throws: SandboxError.self) { try await SandboxLock.held(directory) { true } }
            guard case .cannotWrite(path: directory.lock, _)? = locked else {
                Issue.record("another refusal: \(String(describing: locked))")
                return
            }
            let python = await #expect(throws: SandboxError.self) { try await PythonEnvironment.find(url.path) }
            guard case .pythonEnvironment? = python else {
                Issue.record("another refusal: \(String(describing: python))")
                return
            }
            #expect("\(try #require(python))".contains("bin/python"))
        }
        let scenario = #expect(throws: SandboxError.self) { try Scenario.named("no-such-scenario") }
        guard case .unknownScenario(name: "no-such-scenario", known: let known)? = scenario else {
            Issue.record("another refusal: \(String(describing: scenario))")
            return
        }
        #expect(known.contains("none") && known.contains("mlflow-stopped"))
        let program = #expect(throws: SandboxError.self) { try Programs.onPath("plumbline-no-such-program") }
        guard case .missingProgram(name: "plumbline-no-such-program", _)? = program else {
            Issue.record("another refusal: \(String(describing: program))")
            return
        }
        #expect("\(try #require(program))".contains("ci/install"))
    }

    @Test func `A part that never becomes healthy is reported with what was seen last and its log`() async throws {
        try await withSandbox { directory, _ in
            let stopped = await #expect(throws: SandboxError.self) {
                try await MemoryPressure(directory: directory, bytes: 1).start(lease: 1)
            }
            guard case .notRunning(path: directory.path)? = stopped else {
                Issue.record("another error: \(String(describing: stopped))")
                return
            }
            let part = Part(
                title: "a mute part", address: "", launch: launch("mute", ["sleep", "600"]),
                readiness: .http(url: "http://127.0.0.1:9/", host: nil, statuses: [200]), patience: 0)
            let error = await #expect(throws: SandboxError.self) { try await part.start(in: directory, HTTPClient()) }
            guard case .notHealthy(part: "a mute part", _, _, _)? = error else {
                Issue.record("another error: \(String(describing: error))")
                return
            }
        }
    }

    @Test func `Two commands cannot work on one directory at once`() async throws {
        try await withTemporaryDirectory { url in
            let directory = SandboxDirectory(url.path)
            try await SandboxLock.held(directory) {
                let error = await #expect(throws: SandboxError.self) {
                    try await SandboxLock.held(directory) { true }
                }
                guard case .busy(path: directory.path, _)? = error else {
                    Issue.record("another refusal: \(String(describing: error))")
                    return
                }
            }
            #expect(try await SandboxLock.held(directory) { true })
        }
    }

    @Test func `Free ports differ and stay below those of outgoing connections`() throws {
        let ports = try FreePorts.find(40)
        #expect(Set(ports).count == 40)
        #expect(ports.allSatisfy { (20000..<32768).contains($0) })
    }
}
