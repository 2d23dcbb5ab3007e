import ArtifactBundle
import Formats
import Foundation
import RunModel
import TestSupport
import Testing

@testable import Job

/// The command line on an account whose role lacks five permissions: moto, with its checking of permissions switched on.
@Suite struct MissingPermissionTests {
    private static let missing: [(action: String, check: String)] = [
        ("ecs:DescribeTaskDefinition", "AWS-ECS-04"), ("elasticloadbalancing:DescribeTargetHealth", "AWS-ALB-01"),
        ("rds:DescribeDBInstances", "AWS-RDS-01"), ("cloudwatch:DescribeAlarms", "AWS-CW-01"),
        ("servicediscovery:ListNamespaces", "AWS-MAP-01"),
    ]
    private static let seed = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Sources/plumbline-sandbox/Resources/seed_aws.py").path

    /// Makes a user with a policy, switches moto's checking on, and prints the user's keys.
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

    /// The printed policy without the five actions. moto asks its policies about `*` whatever a call names.
    private func reduced(_ policy: String) throws -> String {
        let document = try JSON.decode(JSONValue.self, from: Data(policy.utf8))
        let actions = (document["Statement"]?.array ?? []).flatMap { $0["Action"]?.array ?? [] }.compactMap(\.string)
            .filter { action in !Self.missing.contains { $0.action == action } }
        let statement: JSONValue = [
            "Effect": "Allow", "Action": .array(actions.map(JSONValue.string)), "Resource": "*",
        ]
        return try JSON.text(JSONValue.object(["Version": "2012-10-17", "Statement": [statement]]))
    }

    @Test(
        "the plan names what is missing beforehand, the run ends, the checks cannot tell, and the bundle can be looked at again"
    )
    func fivePermissions() async throws {
        let moto = try await MotoServer.start()
        defer { moto.stop() }
        try await moto.run([Self.seed, "development"])
        try await withTemporaryDirectory { directory in
            try Data(
                "environment: development\naws: {account: '123456789012', endpoint_url: '\(moto.url)'}\n".utf8
            ).write(to: directory.appending(path: "plumbline.yaml"))
            let policy = try await CommandLineProcess.run(["policy", "--only", "AWS-*"], in: directory)
            let keys = try await moto.run(
                ["-c", Self.makeUser], environment: ["POLICY": try reduced(policy.output)])
            let environment = try JSONDecoder().decode([String: String].self, from: keys)

            let plan = try await CommandLineProcess.run(
                ["plan", "--only", "AWS-*", "--json"], in: directory, environment: environment)
            let gaps = plan.json?["permissions"]?["gaps"]?.array ?? []
            for (action, check) in Self.missing {
                #expect(
                    gaps.contains { $0["check"]?.string == check && $0["missingActions"] == [.string(action)] },
                    "\(check): \(plan.output.suffix(3000)) \(plan.errors)")
            }
            let table = try await CommandLineProcess.run(
                ["plan", "--only", "AWS-*"], in: directory, environment: environment)
            #expect(
                table.output.contains("AWS-RDS-01 will be inconclusive: lacks rds:DescribeDBInstances"),
                "\(table.output)")
            let offline = try await CommandLineProcess.run(
                ["plan", "--only", "AWS-*", "--json", "--offline"], in: directory, environment: environment)
            #expect(offline.status == 0 && offline.json?["permissions"] == nil && offline.json?["entries"] != nil)

            let run = try await CommandLineProcess.run(
                ["run", "--only", "AWS-*", "--json", "--progress", "none"], in: directory, environment: environment)
            #expect([3, 5].contains(run.status), "\(run.errors.suffix(2000))")
            let bundle = try #require(run.json?["bundle"]?.string, "\(run.errors.suffix(2000))")
            let results = try await results(of: bundle)
            for (action, check) in Self.missing {
                let result = try #require(results[check])
                #expect(
                    result.status == .inconclusive && result.outcome.message.contains(action), "\(check): \(result)")
            }
            #expect(results.values.allSatisfy { ![.failed, .error].contains($0.status) }, "\(results)")
            try await examineSnapshot(bundle, secret: environment["AWS_SECRET_ACCESS_KEY"] ?? "?")

            let again = try await CommandLineProcess.run(
                ["render", bundle, "--recheck-aws", "--out", "again"], in: directory)
            #expect(again.status == 0 && again.errors.contains("says the same as before"), "\(again.errors)")
        }
    }

    private func results(of bundle: String) async throws -> [String: CheckResult] {
        let record = try await Rendering.record(ofBundle: bundle)
        return Dictionary(uniqueKeysWithValues: record.results.map { ($0.key.rawValue, $0.value) })
    }

    private func examineSnapshot(_ bundle: String, secret: String) async throws {
        let reader = BundleReader(URL(fileURLWithPath: bundle))
        let paths = try await reader.verification().manifest?.entries.map(\.path) ?? []
        for path in ["aws/expectations.json", "aws/services.json", "aws/databases.json", "metrics/changes.json"] {
            #expect(paths.contains(path), "\(path) is not in the bundle")
        }
        for path in paths where path.hasPrefix("aws/") {
            let text = String(decoding: try await reader.bytes(of: path), as: UTF8.self)
            #expect(!text.contains(secret) && !text.contains("fake-database-password"), "\(path) holds a secret")
        }
    }
}
