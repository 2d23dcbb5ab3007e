import Foundation
import Testing

@testable import AWSChecks
@testable import AWSClient
@testable import Formats

/// Secrets planted where plans, trails and commits have them: none of them is in a change.
@Suite struct ChangeSecrecyTests {
    private static let canary = "Canary9kQ2xVt7"

    private static func plan(_ members: String) -> String {
        """
        {"format_version":"1.2","timestamp":"2026-01-02T03:04:05Z","resource_changes":[{"address":"aws_x.y","type":"aws_instance",\
        "change":{"actions":["update"],\(members)}}]}
        """
    }

    @Test(
        "A Terraform plan gives no secret away",
        arguments: [
            #""before":{"a":"CANARY1"},"after":{"a":"CANARY2"},"before_sensitive":true,"after_sensitive":true"#,
            #""before":{"a":"CANARY1"},"after":{"a":"CANARY2"},"before_sensitive":false,"after_sensitive":{"a":true}"#,
            #""before":{"b":[{"c":"CANARY1","d":"x"}]},"after":{"b":[{"c":"CANARY2","d":"y"}]},"after_sensitive":{"b":[{"c":true}]}"#,
            #""before":{"b":[{"c":"CANARY1"}]},"after":{"b":[{"c":"CANARY2"}]},"after_sensitive":{"b":true}"#,
            #""before":{"user_data":"export X=CANARY1"},"after":{"user_data":"CANARY2"}"#,
            #""before":{"user_data_base64":"CANARY1"},"after":{"user_data_base64":"CANARY2"}"#,
            #""before":{"command":["run","CANARY1"]},"after":{"command":["run","CANARY2"]}"#,
            #""before":{"environment":[{"variables":{"A":"CANARY1"}}]},"after":{"environment":[{"variables":{"A":"CANARY2"}}]}"#,
            #""before":{"description":"x"},"after":{"description":"password is CANARY1"}"#,
            #""before":null,"after":{"url":"postgres://app:CANARY1@db/x"}"#,
            #""before":null,"after":{"container_definitions":"[{\"name\":\"a\",\"image\":\"a:1\",\"command\":[\"CANARY1\"]}]"}"#,
            #""before":null,"after":{"container_definitions":"[{\"name\":\"a\",\"image\":\"CANARY1\"}]"},"after_sensitive":true"#,
            #""before":{"master_password":"CANARY1"},"after":{"master_password":"CANARY2"}"#,
            #""before":{"nested":{"api_key":"CANARY1"}},"after":{"nested":{"api_key":"CANARY2"}}"#,
        ])
    func plans(_ members: String) throws {
        let text = Self.plan(members.replacing("CANARY", with: Self.canary))
        let changes = try TerraformPlanChanges.read(Array(text.utf8), writtenAt: .distantPast)
        #expect(changes.count == 1 && !(changes[0].before.isEmpty && changes[0].after.isEmpty), "\(changes)")
        let shown = try JSON.text(changes)
        #expect(!shown.contains(Self.canary), "\(shown)")
    }

    @Test("A nested block shows what changes in it, and nothing else")
    func nests() throws {
        let text = Self.plan(
            #""before":{"ingress":[{"from_port":443,"cidr":["10.0.0.0/8"]}],"name":"x"},"after":{"ingress":[{"from_port":80,"cidr":["10.0.0.0/8"]}],"name":"x"}"#
        )
        let change = try #require(TerraformPlanChanges.read(Array(text.utf8), writtenAt: .distantPast).first)
        #expect(change.before == ["ingress[0].from_port": "443"] && change.after == ["ingress[0].from_port": "80"])
        #expect(change.isPlanned && change.action == "planned: update")
    }

    @Test(
        "The subject of a commit gives no secret away",
        arguments: [
            "Set the database password to CANARY", "Use token CANARY for the registry", "Rotate: password=CANARY",
            "Use AKIAABCDEFGHIJKLMNOP", "Add key for api: CANARY", "curl -H 'Authorization: Bearer CANARYCANARY'",
            "postgres://app:CANARY@db/x", "Try mysql -p CANARY", "fix \"secret\": \"CANARY\"",
            "Paste wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEK9",
        ])
    func commits(_ subject: String) {
        let text = subject.replacing("CANARY", with: Self.canary)
        let log = "\u{1e}0123456789abcdef\u{1f}2026-01-02T03:04:05+00:00\u{1f}Ada\u{1f}\(text)\n\none.tf\n"
        let action = GitChanges.commits(in: log).first?.action ?? Self.canary
        for secret in [Self.canary, "AKIAABCDEFGHIJKLMNOP", "wJalrXUtnFEMI"] {
            #expect(!action.contains(secret), "\(action)")
        }
    }

    @Test(
        "Ordinary subjects stay as they are",
        arguments: [
            "Rotate the database password", "Bump mlflow from 2.9.2 to 2.22.5", "Fix #1234: token expiry in auth",
            "Merge branch 'feature/secret-rotation'", "Use TLS 1.3",
        ])
    func keeps(_ subject: String) {
        let log = "\u{1e}0123456789abcdef\u{1f}2026-01-02T03:04:05+00:00\u{1f}Ada\u{1f}\(subject)\n"
        #expect(GitChanges.commits(in: log).first?.action == subject)
    }

    @Test(
        "A trail gives no secret away",
        arguments: [
            (
                "ecs", "RegisterTaskDefinition",
                #"{"family":"a","containerDefinitions":[{"name":"m","image":"x:1","command":["--token","CANARY"],"environment":[{"name":"A","value":"CANARY"}]}]}"#
            ),
            ("rds", "ModifyDBInstance", #"{"dBInstanceIdentifier":"a","masterUserPassword":"CANARY"}"#),
            ("ssm", "PutParameter", #"{"name":"/a","value":"CANARY"}"#),
            ("secretsmanager", "PutSecretValue", #"{"secretId":"a","secretString":"CANARY"}"#),
            ("elasticache", "ModifyReplicationGroup", #"{"replicationGroupId":"a","authToken":"CANARY"}"#),
            (
                "ecs", "RunTask",
                #"{"taskDefinition":"a","overrides":{"containerOverrides":[{"command":["x","CANARY"]}]}}"#
            ),
            (
                "cloudformation", "UpdateStack",
                #"{"stackName":"a","parameters":[{"parameterKey":"P","parameterValue":"CANARY"}]}"#
            ),
            ("ecs", "StopTask", #"{"cluster":"a","task":"b","reason":"password=CANARY"}"#),
            (
                "elasticloadbalancing", "ModifyListener",
                #"{"listenerArn":"a","defaultActions":[{"authenticateOidcConfig":{"clientSecret":"CANARY","clientId":"x"}}]}"#
            ),
        ])
    func trails(_ source: String, _ name: String, _ parameters: String) throws {
        let text = TrailEvent(source, name, parameters.replacing("CANARY", with: Self.canary), response: "null")
            .text(id: "x", at: Date(timeIntervalSince1970: 1_767_323_045))
        let change = try #require(TrailChange(JSONDocumentReader.read(Array(text.utf8))).change())
        let shown = try JSON.text(change)
        #expect(!shown.contains(Self.canary), "\(shown)")
    }
}
