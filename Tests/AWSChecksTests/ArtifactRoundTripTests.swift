import AWSClient
import HTTPClient
import Logging
import RunModel
import Settings
import Synchronization
import TestSupport
import Testing
import UndoLog

@testable import AWSChecks
@testable import CheckKit

/// The object that is written into the artifact bucket, and what becomes of it when it cannot be removed.
@Suite struct ArtifactRoundTripTests {
    /// One bucket in memory, whose removals may be refused.
    private final class FakeBucket: Sendable {
        struct State {
            var objects: [String: [UInt8]] = [:]
            var removes = true
            /// The undo log's open records at the moment of the first write.
            var openAtWrite: Int?
        }

        let state = Mutex(State())
        let log: UndoLog

        init(log: UndoLog) { self.log = log }

        func reply(_ request: LoopbackHTTPServer.Request) -> LoopbackHTTPServer.Reply {
            state.withLock { state in
                switch request.method {
                case "PUT":
                    state.openAtWrite = state.openAtWrite ?? (try? log.openRecords().count)
                    state.objects[request.path] = Array(request.body)
                    return .response(200)
                case "POST":
                    return .response(
                        200, headers: [("Content-Type", "text/xml")],
                        body: """
                            <GetCallerIdentityResponse><GetCallerIdentityResult>
                            <Arn>arn:aws:iam::123456789012:user/test</Arn><UserId>AIDAFAKE</UserId>
                            <Account>123456789012</Account>
                            </GetCallerIdentityResult></GetCallerIdentityResponse>
                            """)
                case "GET":
                    guard let body = state.objects[request.path] else { return .response(404) }
                    return .response(200, bytes: body)
                default:
                    guard state.removes else { return .response(500) }
                    state.objects[request.path] = nil
                    return .response(204)
                }
            }
        }
    }

    private static let keys = ["AWS_ACCESS_KEY_ID": "EXAMPLE", "AWS_SECRET_ACCESS_KEY": "fake", "HOME": "/nowhere"]

    private func run(
        removes: Bool, _ body: (Outcome, FakeBucket, UndoPerformer) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            let bucket = FakeBucket(log: UndoLog(path: directory.path + "/undo.jsonl"))
            bucket.state.withLock { $0.removes = removes }
            let server = try LoopbackHTTPServer { bucket.reply($0) }
            defer { server.stop() }
            let configuration = try Configuration.parse(
                """
                environment: development
                services: { api: "http://127.0.0.1:1" }
                aws: { region: us-east-1, endpoint_url: "\(server.url)", account: "123456789012" }
                """, path: "test.yaml", environment: [:])
            let http = HTTPClient()
            let performer = UndoPerformer(
                transport: http, permission: { _ in nil },
                aws: configuration.aws?.client(environment: Self.keys, http: http))
            let check = ArtifactRoundTripCheck()
            let context = CheckContext(
                services: RunServices(
                    configuration: configuration, runID: RunID(rawValue: "run"), http: http, undoLog: bucket.log,
                    undoReplay: UndoReplay(log: bucket.log, performer: performer), environment: Self.keys,
                    vantage: "test"
                ).with(AWSSnapshotStore()), descriptor: check.descriptor, facts: [:], recorder: Recorder(),
                log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            try await body(try await check.run(context), bucket, performer)
        }
    }

    @Test func `the removal is written down before the object is`() async throws {
        try await run(removes: true) { outcome, bucket, _ in
            #expect(outcome.status == .passed, "\(outcome)")
            #expect(bucket.state.withLock { $0.openAtWrite } == 1)
            #expect(bucket.state.withLock { $0.objects.isEmpty })
            let left = try bucket.log.openRecords()
            #expect(left.isEmpty)
        }
    }

    @Test func `an object that cannot be removed stays in the undo log, and goes when it can`() async throws {
        try await run(removes: false) { outcome, bucket, performer in
            #expect(outcome.status == .inconclusive, "\(outcome)")
            #expect(bucket.state.withLock { $0.objects.count } == 1)
            let left = try bucket.log.openRecords()
            #expect(
                left.map(\.what) == ["object s3://hokusai-mlflow-artifacts-development/artifacts/plumbline-probe/run"])
            bucket.state.withLock { $0.removes = true }
            for action in left.flatMap(\.actions) { try await performer.perform(action) }
            #expect(bucket.state.withLock { $0.objects.isEmpty })
        }
    }
}
