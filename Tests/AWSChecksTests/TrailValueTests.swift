import Foundation
import Testing

@testable import AWSChecks
@testable import AWSClient
@testable import RunModel

/// What one event of a trail is read as.
@Suite struct TrailValueTests {
    private func change(_ event: TrailEvent) throws -> Change {
        let text = event.text(id: "x", at: Date(timeIntervalSince1970: 1_767_323_045))
        return try #require(TrailChange(JSONDocumentReader.read(Array(text.utf8))).change())
    }

    private static let rule =
        #"{"groupId":"sg-0a1b2c3d4e5f60718","ipPermissions":{"items":[{"ipProtocol":"tcp","fromPort":5432,"toPort":5432,"groups":{"items":[{"groupId":"sg-0000000000000000a"}]}}]}}"#

    @Test("What is revoked was there before, what is authorized is there after, and each tells how to take it back")
    func rules() throws {
        let revoked = try change(.init("ec2", "RevokeSecurityGroupIngress", Self.rule))
        #expect(revoked.before == ["rules": "tcp 5432 from sg-0000000000000000a"] && revoked.after.isEmpty)
        #expect(
            revoked.undo
                == "aws ec2 authorize-security-group-ingress --group-id sg-0a1b2c3d4e5f60718 --ip-permissions 'IpProtocol=tcp,FromPort=5432,ToPort=5432,UserIdGroupPairs=[{GroupId=sg-0000000000000000a}]'"
        )
        let authorized = try change(.init("ec2", "AuthorizeSecurityGroupIngress", Self.rule))
        #expect(authorized.after == ["rules": "tcp 5432 from sg-0000000000000000a"] && authorized.before.isEmpty)
        #expect(authorized.undo?.hasPrefix("aws ec2 revoke-security-group-ingress ") == true)
    }

    @Test("A second rule of a group replaces none of the first")
    func adds() throws {
        let first = try change(.init("ec2", "AuthorizeSecurityGroupIngress", Self.rule))
        var second = try change(
            .init("ec2", "AuthorizeSecurityGroupIngress", Self.rule.replacing("5432", with: "6379")))
        second.id = "y"
        let record = ChangeRecord.ordered(
            [first, second], from: .distantPast, to: .distantFuture, eventsRead: 2, gaps: [])
        #expect(record.changes.allSatisfy { $0.before.isEmpty }, "\(record.changes)")
    }

    @Test("A nested request is read like a flat one")
    func nested() throws {
        let change = try change(
            .init(
                "ec2", "ModifySecurityGroupRules",
                #"{"ModifySecurityGroupRulesRequest":{"GroupId":"sg-0a1b2c3d4e5f60718","SecurityGroupRule":{"SecurityGroupRuleId":"sgr-0a1b2c3d4e5f60718","SecurityGroupRule":{"IpProtocol":"tcp","FromPort":80,"ToPort":80,"CidrIpv4":"10.0.0.0/8"}}}}"#
            ))
        #expect(change.subjects == ["sg-0a1b2c3d4e5f60718"])
        #expect(change.after["rule sgr-0a1b2c3d4e5f60718"] == "tcp 80 from 10.0.0.0/8", "\(change.after)")
    }

    @Test("Actors: people of Identity Center by name, scaling by what it is, everybody else as the role's session")
    func actors() throws {
        func actor(_ caller: TrailEvent.Caller) throws -> Change {
            try change(.init("ecs", "UpdateService", #"{"service":"a","cluster":"c","desiredCount":1}"#, by: caller))
        }
        #expect(
            try actor(.identityCentre(role: "Operator", person: "ada@x.example")).actor == "ada@x.example (Operator)")
        #expect(try actor(.session(role: "deploy", name: "ci-7")).actor == "deploy/ci-7")
        let scaled = try actor(.scaling)
        #expect(scaled.isAutomatic && scaled.kind == .scaling && scaled.actor == "Application Auto Scaling")
        #expect(try !actor(.user("sam")).isAutomatic)
    }

    @Test(
        "A name that a shell could read as more is in no command",
        arguments: ["a;rm -rf /", "$(x)", "a b", "-x", "`x`", "'"])
    func quotes(_ name: String) throws {
        let change = try change(.init("secretsmanager", "DeleteSecret", #"{"secretId":"\#(name)"}"#))
        #expect(change.undo == nil)
    }

    @Test(
        "An ARN, a name and an id are one resource",
        arguments: [
            ("arn:aws:secretsmanager:eu-west-3:1:secret:tide/app-Qw3rTy", "secretsmanager:secret:tide/app"),
            ("arn:aws:ecs:eu-west-3:1:service/c/a", "ecs:service/c/a"),
            ("arn:aws:ecs:eu-west-3:1:task-definition/a:18", "ecs:task-definition/a"),
            ("arn:aws:elasticloadbalancing:x:1:targetgroup/t/73e2d6bc24d8a067", "elasticloadbalancing:targetgroup/t"),
            ("arn:aws:elasticloadbalancing:x:1:loadbalancer/app/l/50dc", "elasticloadbalancing:loadbalancer/l"),
            ("arn:aws:iam::1:role/service-role/r", "iam:role/r"), ("arn:aws:s3:::b", "s3:b"),
            ("sg-0a1b2c3d", "sg-0a1b2c3d"),
        ])
    func names(_ text: String, _ name: String) { #expect(ResourceName.canonical(text) == name) }

    @Test(
        "What is no name of AWS is none",
        arguments: ["", "arn:", "arn:aws", "arn:aws:::::", "tide-api", "sg-xyz", "sg-12"])
    func foreign(_ text: String) { #expect(ResourceName.canonical(text) == nil) }
}
