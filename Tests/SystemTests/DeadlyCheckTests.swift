import Formats
import Foundation
import Glibc
import RunModel
import Synchronization
import TestSupport
import Testing

@testable import Job

/// The job killed by what it looks at, and taken up again. No stack is needed: the target is a small server of the test.
@Suite(.serialized) struct DeadlyCheckTests {
    /// A target that ends whoever asks for `/deadly`, and an ECS that tells which task definition is deployed.
    private final class Target: Sendable {
        private let state = Mutex((victim: Int32(0), revision: 41, requests: [String]()))

        func answer(_ request: LoopbackHTTPServer.Request) -> LoopbackHTTPServer.Reply {
            let (victim, revision) = state.withLock { state in
                state.requests.append(request.path)
                return (state.victim, state.revision)
            }
            switch request.header("X-Amz-Target")?.split(separator: ".").last {
            case "DescribeServices":
                let arn = "arn:aws:ecs:us-east-1:123456789012:task-definition/hokusai-api:\(revision)"
                return .json(
                    """
                    {"failures": [], "services": [{"serviceName": "hokusai-api", "serviceArn": "arn", "status": "ACTIVE",
                     "desiredCount": 1, "runningCount": 1, "pendingCount": 0, "taskDefinition": "\(arn)", "deployments": [],
                     "events": [], "serviceRegistries": [], "loadBalancers": []}]}
                    """)
            case "ListTasks": return .json(#"{"taskArns": []}"#)
            default: break
            }
            if request.path == "/deadly", victim > 0 { kill(victim, SIGKILL) }
            return .json("{}")
        }

        func kills(_ process: Int32) { state.withLock { $0.victim = process } }
        func redeploy() { state.withLock { $0.revision = 42 } }
        func count(of path: String) -> Int { state.withLock { $0.requests.count { $0 == path } } }
    }

    private struct Fixture {
        let target: Target
        let directory: URL

        func start() throws -> CommandLineProcess {
            try CommandLineProcess(
                ["run", "--only", "PROBE-*", "--progress", "plain", "--json", "--state", "state", "--out", "out"],
                in: directory,
                environment: [
                    "AWS_ACCESS_KEY_ID": "EXAMPLE", "AWS_SECRET_ACCESS_KEY": "fake", "AWS_REGION": "us-east-1",
                ])
        }

        /// Runs until the target ends the process.
        func die() async throws {
            let process = try start()
            target.kills(process.pid)
            let end = await process.end()
            #expect(end.status == 128 + SIGKILL, "\(end.errors.suffix(500))")
            target.kills(0)
        }

        func entries() throws -> [JournalEntry] {
            let runs = directory.appending(path: "state/runs")
            let newest = try #require(try FileManager.default.contentsOfDirectory(atPath: runs.path).sorted().last)
            return try Journal.entries(path: runs.appending(path: newest).appending(path: "journal.jsonl").path)
        }
    }

    private func withTarget(_ body: (Fixture) async throws -> Void) async throws {
        let target = Target()
        let server = try LoopbackHTTPServer(respond: target.answer)
        defer { server.stop() }
        try await withTemporaryDirectory { directory in
            let configuration = """
                environment: nowhere
                aws: {region: us-east-1, endpoint_url: "\(server.url)", cluster: one, ecs_services: {api: hokusai-api}}
                limits: {parallel_checks: 1}
                probes:
                  - {name: before, target: "\(server.url)/before"}
                  - {name: deadly, target: "\(server.url)/deadly"}
                  - {name: later, target: "\(server.url)/later"}

                """
            try Data(configuration.utf8).write(to: directory.appending(path: "plumbline.yaml"))
            try await body(Fixture(target: target, directory: directory))
        }
    }

    @Test("a check that ends the process twice is given up as an error, and the run goes on to its bundle")
    func twice() async throws {
        try await withTarget { fixture in
            for _ in 0..<2 { try await fixture.die() }
            let end = await (try fixture.start()).end()
            #expect(![1, 2, 137].contains(end.status), "\(end.errors.suffix(500))")
            let record = try RunRecord(try fixture.entries(), path: "journal")
            #expect(record.results["PROBE-DEADLY"]?.outcome.message.contains("the process died 2 times") == true)
            #expect(
                record.results.mapValues(\.status) == [
                    "PROBE-BEFORE": .passed, "PROBE-DEADLY": .error, "PROBE-LATER": .passed,
                ])
            #expect(fixture.target.count(of: "/deadly") == 2 && fixture.target.count(of: "/before") == 1)
            #expect(FileManager.default.fileExists(atPath: try #require(end.json?["bundle"]?.string)))
        }
    }

    @Test(
        "what was looked at before a redeploy is looked at again after it, and the log says why",
        arguments: [false, true])
    func redeployed(isRedeployed: Bool) async throws {
        try await withTarget { fixture in
            try await fixture.die()
            if isRedeployed { fixture.target.redeploy() }
            let end = await (try fixture.start()).end()
            #expect(end.status != 1 && end.status != 2, "\(end.errors.suffix(500))")
            #expect(fixture.target.count(of: "/before") == (isRedeployed ? 2 : 1))
            let reason = "target changed: api task definition hokusai-api:41 → hokusai-api:42"
            #expect(end.errors.contains(reason) == isRedeployed, "\(end.errors.suffix(1500))")
            let dropped = try fixture.entries().compactMap { entry -> [CheckID: [String]]? in
                if case .runResumed(_, let dropped) = entry.event { dropped } else { nil }
            }
            #expect(dropped == (isRedeployed ? [["PROBE-BEFORE": [reason]]] : [[:]]))
        }
    }
}
