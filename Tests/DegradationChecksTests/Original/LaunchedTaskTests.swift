import AWSClient
import FaultInjection
import Formats
import Foundation
import HTTPClient
import Logging
import RunModel
import Settings
import Synchronization
import TestSupport
import Testing
import UndoLog

@testable import CheckKit
@testable import DegradationChecks

/// Instances of the service that are launched as ECS tasks.
@Suite(.serialized) struct LaunchedTaskTests {
    /// ECS's API over one task in memory, as far as launching uses it.
    final class FakeECS: Sendable {
        struct State {
            var runRequest: JSONValue?
            var looks = 0
            var stopped: [String] = []
            var tasks: [String] = []
        }

        static let account = "123456789012"
        static let arn = "arn:aws:ecs:us-east-1:123456789012:task/c/t1"
        let state = Mutex(State())

        func reply(_ request: LoopbackHTTPServer.Request) -> LoopbackHTTPServer.Reply {
            let body = (try? JSON.decode(JSONValue.self, from: Data(request.body))) ?? .null
            let operation = request.header("X-Amz-Target")?.split(separator: ".").last ?? ""
            return state.withLock { state in
                switch operation {
                case "RunTask":
                    state.runRequest = body
                    state.tasks = [Self.arn]
                    return .json(#"{"tasks":[{"taskArn":"\#(Self.arn)","lastStatus":"PROVISIONING"}],"failures":[]}"#)
                case "DescribeTasks":
                    state.looks += 1
                    let status = state.looks < 2 ? "PENDING" : "RUNNING"
                    let details =
                        #"[{"name":"subnetId","value":"s"},{"name":"privateIPv4Address","value":"127.0.0.1"}]"#
                    return .json(
                        #"{"tasks":[{"taskArn":"\#(Self.arn)","lastStatus":"\#(status)","attachments":[{"details":\#(details)}]}]}"#
                    )
                case "ListTasks":
                    let arns = state.tasks.map { "\"\($0)\"" }.joined(separator: ",")
                    return .json(#"{"taskArns":[\#(arns)]}"#)
                case "StopTask":
                    state.stopped.append(body["task"]?.string ?? "?")
                    state.tasks = []
                    return .json("{}")
                case "DescribeClusters":
                    let arn = "arn:aws:ecs:us-east-1:\(Self.account):cluster/hokusai-development"
                    return .json(
                        #"{"clusters":[{"clusterName":"hokusai-development","clusterArn":"\#(arn)","status":"ACTIVE","settings":[]}],"failures":[]}"#
                    )
                case "" where String(decoding: request.body, as: UTF8.self).contains("Action=GetCallerIdentity"):
                    return .response(
                        200,
                        body: """
                            <GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>\
                            <Arn>arn:aws:iam::\(Self.account):user/test</Arn><UserId>U</UserId><Account>\(Self.account)</Account>\
                            </GetCallerIdentityResult></GetCallerIdentityResponse>
                            """)
                default: return .json(#"{"__type":"UnknownOperation"}"#, status: 400)
                }
            }
        }
    }

    static func configuration(
        _ aws: String, _ ecs: String, startTimeout: String = "20s", account: String = "123456789012"
    ) throws -> Configuration {
        try Configuration.parse(
            """
            environment: development
            services: { api: http://127.0.0.1:9 }
            aws: { region: us-east-1, endpoint_url: \(aws), account: "\(account)", cluster: hokusai-development }
            launch:
              ecs: \(ecs)
              environment: { LOG_LEVEL: debug }
              variants: { without-memory-library: { SANDBOX_DEFECTS: memory-library-missing } }
              start_timeout: \(startTimeout)
            """, path: "test.yaml", environment: [:])
    }

    private static func outcome(
        of id: CheckID, _ configuration: Configuration, _ directory: URL, environment: [String: String]
    ) async throws -> (outcome: Outcome, subject: Subject, log: UndoLog) {
        let check = try #require(DegradationCatalogue.list.checks(for: configuration).first { $0.descriptor.id == id })
        let log = UndoLog(path: directory.path + "/undo.jsonl")
        let http = HTTPClient()
        let performer = UndoPerformer(
            transport: http, permission: { _ in nil },
            aws: configuration.aws?.client(environment: environment, http: http)
        )
        let recorder = Recorder()
        let context = CheckContext(
            services: RunServices(
                configuration: configuration, runID: RunID(rawValue: "run"), http: http, undoLog: log,
                undoReplay: UndoReplay(log: log, performer: performer), environment: environment, vantage: "test"),
            descriptor: check.descriptor, facts: [.profile: "fixed"], recorder: recorder,
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        do {
            return (try await check.run(context), recorder.contents.subject, log)
        } catch let stop as Stop {
            return (stop.outcome, recorder.contents.subject, log)
        }
    }

    static let keys = ["AWS_ACCESS_KEY_ID": "EXAMPLE", "AWS_SECRET_ACCESS_KEY": "fake", "HOME": "/nowhere"]

    @Test func `the task gets the variables of the test, is looked at where it answers, and is stopped`() async throws {
        let ecs = FakeECS()
        let api = try LoopbackHTTPServer { ecs.reply($0) }
        let instance = try LoopbackHTTPServer { request in
            request.path == "/live"
                ? .json(#"{"alive":true,"uptime":0,"memory_usage_mb":0}"#) : .json(#"{"version":"1.0.0"}"#)
        }
        defer {
            api.stop()
            instance.stop()
        }
        try await withTemporaryDirectory { directory in
            let task =
                "{ task_definition: hokusai-api, container: api, port: \(instance.port), subnets: [s-1], security_groups: [g-1] }"
            let (outcome, subject, log) = try await Self.outcome(
                of: "HE-11", try Self.configuration(api.url, task), directory, environment: Self.keys)
            #expect(outcome.status == .passed, "\(outcome)")
            #expect(subject == .launched)
            let sent = try #require(ecs.state.withLock { $0.runRequest })
            let override = try #require(sent.at("overrides.containerOverrides")?.array?.first)
            let variables = Dictionary(
                uniqueKeysWithValues: (override["environment"]?.array ?? []).map {
                    ($0["name"]?.string ?? "?", $0["value"]?.string ?? "?")
                })
            #expect(override["name"]?.string == "api")
            #expect(variables == ["LOG_LEVEL": "debug", "SANDBOX_DEFECTS": "memory-library-missing"])
            #expect(sent["taskDefinition"]?.string == "hokusai-api")
            #expect(sent.at("networkConfiguration.awsvpcConfiguration.assignPublicIp")?.string == "DISABLED")
            guard case .opened(let record)? = try log.entries().first?.event else {
                Issue.record("nothing was written down")
                return
            }
            #expect(record.what.contains(sent["startedBy"]?.string ?? "?"))
            #expect(ecs.state.withLock { $0.stopped } == [FakeECS.arn])
            #expect(try log.openRecords().isEmpty)
        }
    }

    @Test func `against moto the task that never answers is inconclusive and stopped`() async throws {
        let moto = try await MotoServer.seeded()
        let describe = """
            import boto3, json, sys
            ecs = boto3.client("ecs")
            cluster = "hokusai-development"
            arns = ecs.list_tasks(cluster=cluster)["taskArns"] + ecs.list_tasks(cluster=cluster, desiredStatus="STOPPED")["taskArns"]
            tasks = [t for t in ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"] if t.get("startedBy", "").startswith("plumbline-")]
            json.dump([{"status": t["lastStatus"], "reason": t.get("stoppedReason"), "overrides": t.get("overrides")} for t in tasks], sys.stdout)
            """
        let subnets = """
            import boto3, json, sys
            place = boto3.client("ecs").describe_services(cluster="hokusai-development", services=["hokusai-api-development"])
            json.dump(place["services"][0]["networkConfiguration"]["awsvpcConfiguration"], sys.stdout)
            """
        let place = try JSON.decode(JSONValue.self, from: try await moto.run(["-c", subnets]))
        func list(_ name: String) -> String {
            "[" + (place[name]?.array ?? []).compactMap(\.string).joined(separator: ", ") + "]"
        }
        try await withTemporaryDirectory { directory in
            let task =
                "{ task_definition: hokusai-api-development, container: hokusai-api, subnets: \(list("subnets")), security_groups: \(list("securityGroups")) }"
            let (outcome, _, log) = try await Self.outcome(
                of: "HE-11", try Self.configuration(moto.url, task, startTimeout: "3s"), directory,
                environment: moto.environment)
            #expect(outcome.status == .inconclusive, "\(outcome)")
            #expect(try log.openRecords().isEmpty)
        }
        let tasks = try JSON.decode(JSONValue.self, from: try await moto.run(["-c", describe])).array ?? []
        #expect(tasks.count == 1)
        #expect(tasks.first?["status"]?.string == "STOPPED", "\(tasks.map(\.text))")
        #expect(tasks.first?.text.contains("memory-library-missing") == true, "\(tasks.map(\.text))")
        moto.stop()
    }

    @Test func `a task that a dead run left is found by its mark and stopped`() async throws {
        let ecs = FakeECS()
        ecs.state.withLock { $0.tasks = [FakeECS.arn] }
        let api = try LoopbackHTTPServer { ecs.reply($0) }
        defer { api.stop() }
        let configuration = try Self.configuration(api.url, "{ task_definition: t, container: c }")
        let settings = try #require(configuration.aws)
        let performer = UndoPerformer(
            transport: HTTPClient(), permission: { _ in nil },
            aws: settings.client(environment: Self.keys, http: HTTPClient()))
        try await performer.perform(.stopTasks(.init(cluster: "hokusai-development", startedBy: "plumbline-1")))
        #expect(ecs.state.withLock { $0.stopped } == [FakeECS.arn])
        await #expect(throws: UndoFailure.self) {
            try await UndoPerformer(transport: HTTPClient(), permission: { _ in nil }).perform(
                .stopTasks(.init(cluster: "c", startedBy: "plumbline-1")))
        }
    }

    private static func serviceFault(
        _ aws: AWSClient, account: String?, cluster: String = "hokusai-development"
    ) -> ServiceFault {
        ServiceFault(
            cluster: cluster, account: account, region: "us-east-1", service: "hokusai-mlflow-development", aws: aws)
    }

    @Test func `a service is not touched without a verified account and cluster`() async throws {
        let moto = try await MotoServer.seeded()
        let configuration = try Self.configuration(moto.url, "{ task_definition: t, container: c }")
        let aws = try #require(configuration.aws).client(environment: moto.environment, http: HTTPClient())
        let refusals: [(ServiceFault, says: String)] = [
            (Self.serviceFault(aws, account: nil), "`aws.account` is not configured"),
            (Self.serviceFault(aws, account: "999999999999"), "the credentials belong to account 123456789012"),
            (Self.serviceFault(aws, account: "123456789012", cluster: "another"), "no active cluster another"),
        ]
        try await withTemporaryDirectory { directory in
            let log = UndoLog(path: directory.path + "/undo.jsonl")
            let faults = Faults(
                log: log, performer: UndoPerformer(transport: HTTPClient(), permission: { _ in nil }, aws: aws),
                runID: RunID(rawValue: "run"),
                policy: FaultPolicy(
                    environment: "development", isProduction: false, allowedInProduction: [], isAllowed: true),
                lease: .seconds(60))
            for (fault, says) in refusals {
                let error = await #expect(throws: FaultError.self) {
                    try await faults.session(for: "CH-01", breaking: ["mlflow"], leftBehind: { _ in }) {
                        try await $0.inject(fault)
                    }
                }
                #expect(error?.code == .refused && error?.detail.contains(says) == true, "\(String(describing: error))")
                await #expect(throws: FaultError.self) { try await fault.inject() }
            }
            let written = try log.entries()
            #expect(written.isEmpty)
        }
        let services = try await aws.call(
            ECS.describeServices(cluster: "hokusai-development", ["hokusai-mlflow-development"])
        ).services
        #expect(services.map(\.desiredCount) == [1])
        moto.stop()
    }

    @Test func `no task is started in another account`() async throws {
        let ecs = FakeECS()
        let api = try LoopbackHTTPServer { ecs.reply($0) }
        defer { api.stop() }
        try await withTemporaryDirectory { directory in
            let configuration = try Self.configuration(
                api.url, "{ task_definition: hokusai-api, container: api }", account: "999999999999")
            let (outcome, _, log) = try await Self.outcome(
                of: "HE-11", configuration, directory, environment: Self.keys)
            #expect(outcome.status == .skipped)
            #expect(outcome.message.contains("the credentials belong to account 123456789012"), "\(outcome)")
            #expect(ecs.state.withLock { $0.runRequest } == nil)
            #expect(try log.entries().isEmpty)
        }
    }

    @Test func `a service is left without tasks and gets its number back`() async throws {
        let moto = try await MotoServer.seeded()
        let configuration = try Self.configuration(moto.url, "{ task_definition: t, container: c }")
        let aws = try #require(configuration.aws).client(environment: moto.environment, http: HTTPClient())
        @Sendable func wanted() async throws -> Int? {
            try await aws.call(
                ECS.describeServices(cluster: "hokusai-development", ["hokusai-mlflow-development"])
            ).services.first?.desiredCount
        }
        try await withTemporaryDirectory { directory in
            let faults = Faults(
                log: UndoLog(path: directory.path + "/undo.jsonl"),
                performer: UndoPerformer(transport: HTTPClient(), permission: { _ in nil }, aws: aws),
                runID: RunID(rawValue: "run"),
                policy: FaultPolicy(
                    environment: "development", isProduction: false, allowedInProduction: [], isAllowed: true),
                lease: .seconds(60))
            let during = try await faults.session(for: "CH-01", breaking: ["mlflow"], leftBehind: { _ in }) { session in
                try await session.inject(
                    Self.serviceFault(aws, account: "123456789012"))
                return try await wanted()
            }.value
            #expect(during == 0)
            #expect(try await wanted() == 1)
        }
        moto.stop()
    }
}
