import AWSClient
import Foundation
import HTTPClient
import TestSupport
import Testing

@testable import AWSChecks
@testable import Formats
@testable import RunModel
@testable import Settings

/// Where changes are told of: CloudTrail by call, by directory and by bucket, a Terraform plan, and commits.
@Suite struct ChangeSourceTests {
    static let plan = """
        {"format_version":"1.2","timestamp":"2026-01-02T03:04:05Z","resource_changes":[
         {"address":"aws_db_instance.mlflow","type":"aws_db_instance","change":{"actions":["update"],
          "before":{"password":"old-secret-1","instance_class":"db.t3.micro","name":"x"},
          "after":{"password":"new-secret-2","instance_class":"db.t3.small","name":"x"},
          "before_sensitive":{"password":true},"after_sensitive":{"password":true},"after_unknown":{"endpoint":true}}},
         {"address":"aws_ecs_task_definition.api","type":"aws_ecs_task_definition","change":{"actions":["delete","create"],
          "before":{"container_definitions":"[{\\"name\\":\\"api\\",\\"image\\":\\"api:1\\",\\"environment\\":[{\\"name\\":\\"K\\",\\"value\\":\\"old-secret-1\\"}]}]"},
          "after":{"container_definitions":"[{\\"name\\":\\"api\\",\\"image\\":\\"api:2\\",\\"environment\\":[{\\"name\\":\\"K\\",\\"value\\":\\"new-secret-2\\"}]}]"}}},
         {"address":"aws_iam_role_policy.api","type":"aws_iam_role_policy","change":{"actions":["update"],
          "before":{"policy":"{\\"a\\":1}"},"after":{"policy":"{\\"a\\":2}"}}},
         {"address":"aws_s3_bucket.b","type":"aws_s3_bucket","change":{"actions":["no-op"],"before":{},"after":{}}}],
         "resource_drift":[{"address":"aws_security_group.rds","type":"aws_security_group","change":{"actions":["update"],
          "before":{"description":"a"},"after":{"description":"b"}}}]}
        """

    @Test func `a Terraform plan tells what changes, what drifted, and no secret`() throws {
        let changes = try TerraformPlanChanges.read(Array(Self.plan.utf8), writtenAt: .distantPast)
        #expect(
            changes.map(\.resources.first) == [
                "aws_db_instance.mlflow", "aws_ecs_task_definition.api", "aws_iam_role_policy.api",
                "aws_security_group.rds",
            ])
        #expect(changes.map(\.kind) == [.database, .taskDefinition, .identity, .securityGroup])
        #expect(changes.allSatisfy { $0.origin == .terraform && $0.at == Date(timeIntervalSince1970: 1_767_323_045) })
        #expect(changes[0].before == ["instance_class": "db.t3.micro", "password": "‹hidden›"])
        #expect(
            changes[0].after == [
                "instance_class": "db.t3.small", "password": "‹hidden›", "endpoint": "‹known after apply›",
            ])
        #expect(changes[1].before == ["api image": "api:1"] && changes[1].after == ["api image": "api:2"])
        #expect(changes[1].action == "planned: delete and create" && changes[1].isPlanned)
        #expect(changes[2].after == ["policy": "‹hidden›"])
        #expect(changes[3].actor == "somebody outside Terraform")
        let text = try JSON.text(changes)
        #expect(!text.contains("secret-1") && !text.contains("secret-2"), "\(text)")
    }

    @Test(arguments: ["", "{", "[]", #"{"resource_changes":[]}"#, "Terraform will perform the following actions"])
    func `what is no plan is a gap with the command that writes one`(text: String) async throws {
        try await withTemporaryDirectory { directory in
            let file = directory.appending(path: "plan.json")
            try Data(text.utf8).write(to: file)
            let (changes, gap) = TerraformPlanChanges.read(file: file.path)
            #expect(changes.isEmpty)
            #expect(gap?.contains("terraform show -json") == true, "\(gap ?? "no gap")")
            #expect(TerraformPlanChanges.read(file: file.path + "x").gap?.contains("cannot be read") == true)
        }
    }

    private func repository(in directory: URL) throws {
        let script = """
            set -e
            git init -q -b main . && git config user.name 'A; B' && git config user.email a@example.com
            echo 1 > one.tf && git add . && git commit -q -m 'First: "quotes", ünïcode'
            git tag v1 && echo 2 > one.tf && mkdir d && echo 3 > d/two.py && git add . && git commit -q -m 'Second'
            """
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", script]
        process.currentDirectoryURL = directory
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "git is needed for this test")
    }

    @Test func `commits of a range are changes with their author and the files they touch`() async throws {
        try await withTemporaryDirectory { directory in
            try repository(in: directory)
            let all = await GitChanges.read(.init(repository: directory.path, range: "HEAD"))
            #expect(all.gap == nil)
            #expect(all.changes.map(\.action) == ["Second", #"First: "quotes", ünïcode"#])
            let last = await GitChanges.read(.init(repository: directory.path, range: "v1..HEAD")).changes
            #expect(last.count == 1 && last[0].actor == "A; B" && last[0].kind == .code)
            #expect(last[0].resources.dropFirst() == ["d/two.py", "one.tf"])
            let gap = await GitChanges.read(.init(repository: directory.path, range: "absent..HEAD")).gap
            #expect(gap?.contains("absent") == true)
        }
        let nowhere = await GitChanges.read(.init(repository: "/nonexistent", range: "HEAD"))
        #expect(nowhere.changes.isEmpty && nowhere.gap?.contains("/nonexistent") == true)
    }

    // MARK: The record as a whole

    private static func event(_ name: String, _ source: String, _ second: Int, _ parameters: String) -> String {
        """
        {"eventID":"e\(second)","eventName":"\(name)","eventSource":"\(source).amazonaws.com","readOnly":false,\
        "eventTime":"2026-01-02T03:00:0\(second)Z","sourceIPAddress":"198.51.100.7","userIdentity":{"type":"AssumedRole",\
        "arn":"arn:aws:sts::1:assumed-role/deploy/sam"},"requestParameters":\(parameters)}
        """
    }
    private static let events = [
        event(
            "UpdateService", "ecs", 1,
            #"{"cluster":"hokusai-development","service":"hokusai-api-development","desiredCount":2}"#),
        event(
            "UpdateService", "ecs", 2,
            #"{"cluster":"hokusai-development","service":"hokusai-api-development","desiredCount":0}"#),
        event(
            "ModifyDBInstance", "rds", 3,
            #"{"dBInstanceIdentifier":"hokusai-mlflow-development","masterUserPassword":"****"}"#),
        event(
            "UpdateService", "ecs", 4,
            #"{"cluster":"hokusai-development","service":"another-teams-service","desiredCount":0}"#),
    ]
    private static let log = #"{"Records":["# + events.joined(separator: ",") + "]}"
    private static let now = Date(timeIntervalSince1970: 1_767_323_045)

    private static let expectations: AWSExpectations = {
        let text = "environment: development\naws: {account: '1'}\n"
        guard let configuration = try? Configuration.parse(text, path: "c", environment: [:]),
            let expectations = AWSExpectations(configuration, environment: [:])
        else { fatalError("the configuration of the tests cannot be read") }
        return expectations
    }()

    private func snapshot(_ changes: String, endpoint: String = "http://127.0.0.1:1") async throws -> (
        AWSSnapshot, Outcome
    ) {
        let configuration = try Configuration.parse(
            "environment: development\naws:\n  endpoint_url: \(endpoint)\n  changes: \(changes)\n", path: "c",
            environment: [:])
        let settings = try #require(configuration.aws)
        let collector = AWSSnapshotCollector(
            configuration: configuration, settings: settings,
            environment: ["AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing-fake-secret"],
            http: HTTPClient(), runID: RunID(rawValue: "20260102T030405Z-9f8a7b"),
            retry: AWSRetry(maximumAttempts: 1, sleep: { _ in }), now: { Self.now })
        let snapshot = await AWSSnapshotStore().snapshot(of: [.changes, .declaredChanges], collectedBy: collector)
        let expectations = AWSExpectations(settings: settings, environment: "development")
        return (snapshot, ChangeRecordCheck().outcome(over: snapshot, expectations))
    }

    private func expectEvents(_ record: ChangeRecord?) throws {
        let record = try #require(record)
        let told = record.changes.filter { $0.origin == .cloudTrail }
        #expect(told.map(\.id) == ["e1", "e2", "e3"], "\(record)")
        try #require(told.count == 3)
        #expect(told[1].before == ["desiredCount": "2"] && told[1].after == ["desiredCount": "0"])
        #expect(told[1].actor == "deploy/sam" && told[1].sourceAddress == "198.51.100.7")
        #expect(told[2].kind == .databasePassword)
    }

    @Test func `files of a directory, a plan and commits make one record in the order of time`() async throws {
        try await withTemporaryDirectory { directory in
            try repository(in: directory)
            let trail = directory.appending(path: "trail")
            try FileManager.default.createDirectory(at: trail, withIntermediateDirectories: true)
            try Data(Self.log.utf8).write(to: trail.appending(path: "events.json"))
            try Data(Self.plan.utf8).write(to: directory.appending(path: "plan.json"))
            let (snapshot, outcome) = try await snapshot(
                "{trail: \(trail.path), terraform_plan: \(directory.path)/plan.json, git: {repository: \(directory.path), range: v1..HEAD}}"
            )
            #expect(outcome.status == .passed, "\(outcome)")
            try expectEvents(snapshot.changeRecord(Self.expectations))
            let changes = try #require(snapshot.changeRecord(Self.expectations)?.changes)
            #expect(Set(changes.map(\.origin)) == [.cloudTrail, .terraform, .git] && changes.count == 8)
            #expect(changes.map(\.at) == changes.map(\.at).sorted())
        }
    }

    @Test func `a source that cannot be read makes the record inconclusive and leaves the others`() async throws {
        try await withTemporaryDirectory { directory in
            try Data(Self.log.utf8).write(to: directory.appending(path: "events.json"))
            let (snapshot, outcome) = try await snapshot(
                "{trail: \(directory.path), terraform_plan: \(directory.path)/absent.json}")
            #expect(outcome.status == .inconclusive && outcome.message.contains("absent.json"), "\(outcome)")
            try expectEvents(snapshot.changeRecord(Self.expectations))
        }
    }

    /// LookupEvents, which moto lacks: the answers are fixtures of our own making.
    @Test func `LookupEvents is read page by page`() async throws {
        let server = try LoopbackHTTPServer { request in
            let isSecond = String(decoding: request.body, as: UTF8.self).contains("NextToken")
            let part = isSecond ? Self.events[2...] : Self.events[..<2]
            let texts = part.map { event in
                let text = event.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
                return "{\"EventId\":\"x\",\"CloudTrailEvent\":\"\(text)\"}"
            }
            return .json(
                "{\"Events\":[\(texts.joined(separator: ","))]\(isSecond ? "" : ",\"NextToken\":\"second\"")}")
        }
        let (snapshot, outcome) = try await snapshot("{}", endpoint: server.url)
        #expect(outcome.status == .passed, "\(outcome)")
        try expectEvents(snapshot.changeRecord(Self.expectations))
        let targets = server.requests.compactMap { $0.header("X-Amz-Target") }
        #expect(targets.count == 2 && targets.allSatisfy { $0.hasSuffix(".LookupEvents") })
    }

    @Test func `a refused LookupEvents is a gap that names the action, beside what commits tell`() async throws {
        let server = try LoopbackHTTPServer { _ in
            .json(#"{"__type":"AccessDeniedException","Message":"no"}"#, status: 400)
        }
        try await withTemporaryDirectory { directory in
            try repository(in: directory)
            let (snapshot, outcome) = try await snapshot(
                "{git: {repository: \(directory.path), range: HEAD}}", endpoint: server.url)
            #expect(
                outcome.status == .inconclusive && outcome.message.contains("cloudtrail:LookupEvents"), "\(outcome)")
            #expect(snapshot.changeRecord(Self.expectations)?.changes.count == 2)
        }
    }

    /// The trail's bucket on moto: gzipped files by day, a digest, a file of another hour, and one that is cut off.
    @Test func `the trail's files are read from its bucket`() async throws {
        let moto = try await MotoServer.start()
        defer { moto.stop() }
        let script = """
            import boto3, gzip, os
            s3 = boto3.client("s3")
            s3.create_bucket(Bucket="trail")
            log = gzip.compress(os.environ["LOG"].encode())
            root = "AWSLogs/1/CloudTrail/us-east-1/2026/01/02/1_CloudTrail_us-east-1_"
            for key, body in [(root + "20260102T0305Z_a.json.gz", log), (root + "20260102T0310Z_b.json.gz", log[:-30]),
                              (root + "20260101T0105Z_c.json.gz", b"never read"),
                              (root.replace("CloudTrail/", "CloudTrail-Digest/") + "20260102T0305Z_d.json.gz", b"x")]:
                s3.put_object(Bucket="trail", Key=key, Body=body)
            """
        try await moto.run(["-c", script], environment: ["LOG": Self.log])
        let (snapshot, outcome) = try await snapshot(
            "{trail: 's3://trail/AWSLogs/1/CloudTrail', window: 2h}", endpoint: moto.url)
        #expect(outcome.status == .inconclusive && outcome.message.contains("_b.json.gz"), "\(outcome)")
        try expectEvents(snapshot.changeRecord(Self.expectations))
        #expect(
            snapshot.changeRecord(Self.expectations)?.gaps.count == 1,
            "\(snapshot.changeRecord(Self.expectations)?.gaps ?? [])")
    }
}
