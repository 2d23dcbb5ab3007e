import Foundation
import Glibc
import RunModel
import Synchronization
import TestSupport
import Testing
import UndoLog

/// `kill -9` in the middle of a write, before any fault: the guardian removes what was written.
@Suite struct KillDuringWriteTests {
    /// AWS as far as one upload needs it: an identity, and buckets that keep what they get and do not answer an upload in time.
    private final class SlowBucket: Sendable {
        struct State {
            var objects: Set<String> = []
            var hasKept = false
        }

        let state = Mutex(State())

        func reply(_ request: LoopbackHTTPServer.Request) -> LoopbackHTTPServer.Reply {
            state.withLock { state in
                switch request.method {
                case "PUT":
                    state.objects.insert(request.path)
                    state.hasKept = true
                    return .response(200, after: .seconds(60))
                case "DELETE":
                    state.objects.remove(request.path)
                    return .response(204)
                case "POST":
                    return .response(
                        200,
                        body: """
                            <GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>\
                            <Arn>arn:aws:iam::123456789012:user/test</Arn><UserId>U</UserId><Account>123456789012</Account>\
                            </GetCallerIdentityResult></GetCallerIdentityResponse>
                            """)
                case "HEAD": return .response(200)
                default: return .response(200, body: "<Answer/>")
                }
            }
        }
    }

    private static let keys = ["AWS_ACCESS_KEY_ID": "EXAMPLE", "AWS_SECRET_ACCESS_KEY": "fake", "HOME": "/nowhere"]

    @Test(
        "a run that is killed while it writes is undone by its one guardian", arguments: ["writes", "writes,faults"])
    func killed(allowed: String) async throws {
        let bucket = SlowBucket()
        let server = try LoopbackHTTPServer { bucket.reply($0) }
        defer { server.stop() }
        try await withTemporaryDirectory { directory in
            try """
            environment: test
            services: { api: "http://127.0.0.1:1" }
            aws: { region: us-east-1, endpoint_url: "\(server.url)", account: "123456789012" }
            limits: { late_arrival: 2s }
            """.write(to: directory.appending(path: "plumbline.yaml"), atomically: true, encoding: .utf8)
            let state = directory.appending(path: "state").path
            let process = try CommandLineProcess(
                [
                    "run", "--config", "plumbline.yaml", "--state", state, "--out", "out", "--progress", "none",
                    "--only", "AWS-S3-08", "--allow", allowed,
                ], in: directory, environment: Self.keys)
            while process.isRunning, !bucket.state.withLock({ $0.hasKept }) {
                try await Task.sleep(for: .milliseconds(5))
            }
            let logs = UndoLogs(stateDirectory: state)
            #expect(logs.openRecords().records.map(\.checkID) == ["AWS-S3-08"])
            let guardians = Self.guardians(of: state)
            #expect(guardians.count == 1)
            process.send(SIGKILL)
            #expect(await process.end().status == 137)
            let limit = ContinuousClock.now + .seconds(60)
            while Self.guardians(of: state) == guardians, ContinuousClock.now < limit {
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(bucket.state.withLock { $0.objects } == [])
            #expect(logs.openRecords().records.isEmpty)
            let run = try #require(try logs.runs().first)
            let last = try logs.log(of: run).entries().last?.event
            guard case .closed(_, by: "guardian")? = last else {
                Issue.record("the guardian did not close the record: \(String(describing: last))")
                return
            }
        }
    }

    /// The guardians of a state directory's runs, by their command line.
    private static func guardians(of state: String) -> [Int32] {
        let pids = ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap(Int32.init)
        return pids.filter { pid in
            let line = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") ?? Data()
            let words = line.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
            return words.contains("--guard") && words.contains(state)
        }
    }

    @Test(
        "a damaged line of an undo log ends run and undo with 7",
        arguments: [
            ["undo"], ["undo", "--dry-run"], ["run", "--out", "out", "--progress", "none", "--only", "ENV-01"],
        ])
    func damaged(command: [String]) async throws {
        try await withTemporaryDirectory { directory in
            try "environment: test\nservices: { api: \"http://127.0.0.1:1\" }\n".write(
                to: directory.appending(path: "plumbline.yaml"), atomically: true, encoding: .utf8)
            let arguments = command + ["--config", "plumbline.yaml", "--state", "state"]
            // Makes the state directory.
            #expect(await (try CommandLineProcess(arguments, in: directory)).end().status != 7)
            let logs = UndoLogs(stateDirectory: directory.appending(path: "state").path)
            try logs.prepare()
            let log = logs.log(of: RunID(rawValue: "20260101T000000Z-000000"))
            for id in ["a", "b", "c"] {
                try log.open(
                    UndoRecord(
                        id: id, runID: RunID(rawValue: "20260101T000000Z-000000"), checkID: "RG-01", what: id,
                        openedAt: Date(), lease: .seconds(60),
                        actions: [.command(.init(arguments: ["true"], deadline: .seconds(5)))]))
            }
            let sound = try Data(contentsOf: URL(fileURLWithPath: log.path))
            let newlines = sound.indices.filter { sound[$0] == UInt8(ascii: "\n") }
            // The middle of each line, and the end of the last.
            for position in [newlines[0] / 2, (newlines[0] + newlines[1]) / 2, newlines[2] - 60, newlines[2]] {
                var damaged = sound
                damaged[position] ^= 1
                try damaged.write(to: URL(fileURLWithPath: log.path))
                let end = await (try CommandLineProcess(arguments, in: directory)).end()
                #expect(end.status == 7, "byte \(position): \(end.output) \(end.errors)")
                #expect(end.errors.contains("is damaged: line"), "\(end.errors)")
                #expect(!end.output.contains("nothing"), "\(end.output)")
                #expect(try Data(contentsOf: URL(fileURLWithPath: log.path)) == damaged)
            }
        }
    }
}
