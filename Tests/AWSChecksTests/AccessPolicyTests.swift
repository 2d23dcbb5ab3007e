import AWSChecks
import AWSClient
import Foundation
import HTTPClient
import RunModel
import Settings
import TestSupport
import Testing

@Suite(.serialized) struct AccessPolicyTests {
    /// Gives a user of moto a policy, switches moto's checking of permissions on, and prints the user's keys.
    private static let makeUser = """
        import boto3, json, os, sys, urllib.request
        iam = boto3.client("iam")
        iam.create_user(UserName="plumbline")
        iam.put_user_policy(UserName="plumbline", PolicyName="p", PolicyDocument=os.environ["POLICY"])
        key = iam.create_access_key(UserName="plumbline")["AccessKey"]
        urllib.request.urlopen(urllib.request.Request(
            os.environ["AWS_ENDPOINT_URL"] + "/moto-api/reset-auth", data=b"0", method="POST", headers={"Content-Type": "text/plain"}))
        json.dump({"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}, sys.stdout)
        """

    private func keys(_ account: AWSAccount, policy: String) async throws -> [String: String] {
        let data = try await account.moto.run(["-c", Self.makeUser], environment: ["POLICY": policy])
        return try JSONDecoder().decode([String: String].self, from: data)
    }

    private func policy(_ account: AWSAccount) -> AccessPolicy {
        AccessPolicy(for: account.checks.map(\.descriptor), configuration: account.configuration)
    }

    /// Five actions are taken away: the plan names them beforehand, and the five checks that need them cannot tell.
    @Test func `checks without permission are inconclusive and name the action`() async throws {
        let missing: [(action: String, check: CheckID)] = [
            ("ecs:DescribeTaskDefinition", "AWS-ECS-04"), ("elasticloadbalancing:DescribeTargetHealth", "AWS-ALB-01"),
            ("rds:DescribeDBInstances", "AWS-RDS-01"), ("cloudwatch:DescribeAlarms", "AWS-CW-01"),
            ("servicediscovery:ListNamespaces", "AWS-MAP-01"),
        ]
        let account = try await AWSAccount.start()
        var reduced = policy(account)
        for index in reduced.statements.indices {
            // moto asks its policies about `*` whatever the call names, so it can only judge actions.
            reduced.statements[index].resources = ["*"]
            reduced.statements[index].actions.removeAll { action in missing.contains { $0.action == action } }
        }
        reduced.statements.removeAll(where: \.actions.isEmpty)
        let environment = try await keys(account, policy: try reduced.json())

        // moto cannot simulate a policy, so the calls themselves are the probe; nothing is written by them.
        let asked = await PermissionForecast.ask(
            about: account.checks.map(\.descriptor), configuration: account.configuration,
            environment: account.moto.environment.merging(environment) { $1 }, http: HTTPClient(),
            patience: .seconds(60))
        let forecast = try #require(asked)
        #expect(forecast.source == .probes)
        // What only a write could tell, and what is asked about things whose list was refused.
        #expect(
            forecast.untested == [
                "ec2:GetManagedPrefixListEntries", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "iam:GetRole",
                "logs:DescribeLogGroups", "rds:DescribeDBParameters", "rds:DescribePendingMaintenanceActions",
                "s3:DeleteObject", "s3:GetObject", "s3:PutObject",
                "servicediscovery:ListInstances", "servicediscovery:ListServices", "ssm:DescribeParameters",
            ])

        let snapshot = await account.snapshot(environment: environment)
        for (action, id) in missing {
            #expect(
                forecast.gaps.contains { $0.check == id && $0.missingActions == [action] }, "\(id) \(forecast.gaps)")
            let check = try #require(account.checks.first { $0.descriptor.id == id })
            let outcome = check.outcome(over: snapshot, account.expectations)
            #expect(outcome.status == .inconclusive, "\(id): \(outcome)")
            #expect(outcome.message.contains(action), "\(id): \(outcome)")
        }
        // moto also refuses what it asks for under another name than IAM does (`monitoring:…`, `s3:ListObjects`).
        #expect(snapshot.deniedActions.isSuperset(of: missing.map(\.action)))
        for check in account.checks {
            let outcome = check.outcome(over: snapshot, account.expectations)
            #expect(![.failed, .error].contains(outcome.status), "\(check.descriptor.id): \(outcome)")
        }
    }

    /// What is called only where the account has what it asks about: a prefix list in a security group, an image without an index,
    /// a parameter that a task reads. The seeded account has none of them; the planted one has.
    private static let conditional: Set<String> = [
        "ec2:GetManagedPrefixListEntries", "ecr:GetDownloadUrlForLayer", "ssm:DescribeParameters",
    ]

    /// Every call that a whole run makes, as moto recorded it, against what the policy grants.
    @Test func `the policy grants exactly what a full run calls`() async throws {
        let account = try await AWSAccount.start()
        var called: Set<String>?
        // moto's threads write into one file: now and then two lines run into each other, and the record says nothing.
        for _ in 1...5 where called == nil {
            let record = try await recording(of: account)
            do {
                called = Set(try record.split(separator: "\n").map { try RecordedCall($0).action })
            } catch is DecodingError {
                continue
            }
        }
        let calls = try #require(called, "no recording that can be read in five attempts")
        let granted = Set(policy(account).actions)
        #expect(calls.subtracting(granted).isEmpty, "called and not granted: \(calls.subtracting(granted).sorted())")
        let idle = granted.subtracting(calls).subtracting(Self.conditional)
        #expect(idle.isEmpty, "granted and not called: \(idle.sorted())")
    }

    /// What moto recorded of one whole snapshot, a line for each call.
    private func recording(of account: AWSAccount) async throws -> String {
        let http = HTTPClient()
        let recorder = account.moto.url + "/moto-api/recorder/"
        for step in ["reset-recording", "start-recording"] {
            let answer = try await http.send(HTTPRequest(method: "POST", url: recorder + step, body: []))
            try #require(answer.status == 200, "\(step): \(answer.status)")
        }
        _ = await account.snapshot()
        return try await http.send(
            HTTPRequest(url: recorder + "download-recording", deadline: .seconds(30), maximumBodyBytes: 64 << 20)
        ).text
    }

    @Test func `the policy only reads unless writing or breaking is allowed`() throws {
        let configuration = try Configuration.parse(
            "environment: development\naws: {account: '123456789012'}\n", path: "x", environment: [:])
        let descriptors = AWSCatalogue.list.checks(for: configuration).map(\.descriptor)
        let reading = AccessPolicy(
            for: descriptors.filter { !$0.needs.contains(.writes) }, configuration: configuration)
        let verbs = ["Describe", "Get", "List", "Lookup", "Filter", "BatchGet", "Simulate"]
        for action in reading.actions {
            let verb = action.split(separator: ":").last ?? ""
            #expect(verbs.contains { verb.hasPrefix($0) }, "\(action)")
        }
        #expect(!reading.statements.contains { $0.actions.isEmpty || $0.resources.isEmpty })
        let breaking = AccessPolicy(for: [], configuration: configuration, breaksTasks: true)
        #expect(breaking.actions == ["ecs:StopTask", "ecs:UpdateService"])
        #expect(reading.terraform.contains("\"ecs:DescribeServices\","))
    }

    private static func policy(_ settings: String, for ids: [CheckID]) throws -> AccessPolicy {
        let configuration = try Configuration.parse(
            "environment: development\naws: \(settings)\n", path: "x", environment: [:])
        let checks = AWSCatalogue.list.checks(for: configuration).map(\.descriptor).filter { ids.contains($0.id) }
        return AccessPolicy(for: checks, configuration: configuration)
    }

    /// A secret's ARN ends in six characters that its name lacks; values are read only where a check reads them.
    @Test func `secrets are allowed by name and by ARN, and their values only where they are read`() throws {
        let arn = "arn:aws:secretsmanager:eu-west-3:210987654321:secret:app-Qw3rTy"
        let settings = "{region: eu-west-3, account: '210987654321', secrets: ['\(arn)', 'plain']}"
        let looking = try Self.policy(settings, for: ["AWS-SEC-01"])
        #expect(looking.actions.contains("secretsmanager:DescribeSecret"))
        #expect(!looking.statements.flatMap(\.actions).contains("secretsmanager:GetSecretValue"))
        #expect(!looking.statements.flatMap(\.actions).contains("kms:Decrypt"))
        let secrets = looking.statements.first { $0.actions.contains("secretsmanager:DescribeSecret") }?.resources
        #expect(secrets == [arn, "arn:aws:secretsmanager:eu-west-3:210987654321:secret:plain-??????"])
        let reading = try Self.policy(settings, for: ["AWS-SEC-02"])
        #expect(reading.actions.contains("secretsmanager:GetSecretValue"))
        let key = try #require(reading.statements.first { $0.actions == ["kms:Decrypt"] })
        #expect(key.viaServices == ["secretsmanager.eu-west-3.amazonaws.com"])
        #expect(try reading.json().contains("kms:ViaService") && reading.terraform.contains("kms:ViaService"))
    }

    @Test func `what takes a resource is not allowed on everything`() throws {
        let configuration = try Configuration.parse(
            "environment: development\naws: {account: '1', cache_cluster: c}\n", path: "x", environment: [:])
        let policy = AccessPolicy(
            for: AWSCatalogue.list.checks(for: configuration).map(\.descriptor), configuration: configuration)
        let open = policy.statements.filter { $0.resources == ["*"] }.flatMap(\.actions)
        for action in [
            "ecs:DescribeServices", "rds:DescribeDBInstances", "ecr:BatchGetImage", "elasticache:DescribeCacheClusters",
        ] {
            #expect(policy.actions.contains(action) && !open.contains(action), "\(action)")
        }
    }
}

/// One line of moto's recording.
private struct RecordedCall: Decodable {
    struct Unknown: Error { let line: String }

    let method: String
    let url: String
    let headers: [String: String]
    let body: String?
    let bodyEncoded: Bool?

    enum CodingKeys: String, CodingKey {
        case method, url, headers, body
        case bodyEncoded = "body_encoded"
    }

    init(_ line: Substring) throws {
        self = try JSONDecoder().decode(RecordedCall.self, from: Data(line.utf8))
    }

    private func header(_ name: String) -> String? { headers.first { $0.key.lowercased() == name }?.value }

    /// The IAM action behind the call.
    var action: String {
        get throws {
            // Credential=KEY/DATE/REGION/SERVICE/aws4_request
            let scope = header("authorization")?.firstMatch(of: /Credential=[^\/]+\/\d+\/[^\/]+\/([^\/]+)\//)
            guard let service = scope.map({ String($0.1) }) else { throw Unknown(line: url) }
            if service == "s3" { return try "s3:" + objectAction }
            let prefix = service == "monitoring" ? "cloudwatch" : service
            if let target = header("x-amz-target") { return prefix + ":" + (target.split(separator: ".").last ?? "") }
            let text =
                bodyEncoded == true
                ? String(decoding: Data(base64Encoded: body ?? "") ?? Data(), as: UTF8.self) : body ?? ""
            guard let name = text.firstMatch(of: /(?:^|&)Action=(\w+)/) else { throw Unknown(line: url + " " + text) }
            return prefix + ":" + name.1
        }
    }

    private var objectAction: String {
        get throws {
            let parts = URLComponents(string: url)
            let flags: [(String, String)] = [
                ("versioning", "GetBucketVersioning"), ("encryption", "GetEncryptionConfiguration"),
                ("publicAccessBlock", "GetBucketPublicAccessBlock"), ("policy", "GetBucketPolicy"),
                ("lifecycle", "GetLifecycleConfiguration"), ("replication", "GetReplicationConfiguration"),
            ]
            let names = (parts?.queryItems ?? []).map(\.name)
            if let flag = flags.first(where: { names.contains($0.0) }) { return flag.1 }
            switch method {
            case "HEAD": return "ListBucket"
            case "PUT": return "PutObject"
            case "DELETE": return "DeleteObject"
            default: return names.contains("list-type") ? "ListBucket" : "GetObject"
            }
        }
    }
}
