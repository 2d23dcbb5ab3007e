import AWSClient
import Formats
import Foundation
import RunModel
import Testing

@testable import AWSChecks

/// What the checks of routes, references and ends of tasks read out of names and numbers.
@Suite struct RoutesAndReferencesTests {
    private static let secret = "arn:aws:secretsmanager:eu-west-3:210987654321:secret:app/db-Qw3rTy"

    @Test(arguments: [
        (secret, secret, String?.none, false), (secret + ":password::", secret, "password", false),
        (secret + "::AWSCURRENT:", secret, nil, false), (secret + ":password::v-1", secret, "password", true),
    ])
    func `a reference to a secret is its ARN, a field and perhaps a version`(
        text: String, arn: String, field: String?, isPinned: Bool
    ) {
        let reference = SecretReference(text)
        #expect(reference.secretARN == arn && reference.field == field && reference.isPinned == isPinned)
        #expect(reference.region == "eu-west-3" && reference.parameterNames.isEmpty)
    }

    @Test(arguments: [
        ("/app/flags", ["/app/flags"], String?.none),
        ("arn:aws:ssm:eu-west-3:210987654321:parameter/app/flags", ["/app/flags"], "eu-west-3"),
        ("arn:aws:ssm:eu-west-3:210987654321:parameter/flags", ["flags", "/flags"], "eu-west-3"),
    ])
    func `a reference to a parameter is its name or its ARN`(text: String, names: [String], region: String?) {
        let reference = SecretReference(text)
        #expect(reference.isParameter && reference.parameterNames == names && reference.region == region)
    }

    @Test(arguments: [
        (["0.0.0.0/0"], true), (["0.0.0.0/1", "128.0.0.0/1"], true), (["::/0"], true),
        (["0.0.0.0/2", "64.0.0.0/2", "128.0.0.0/2"], true), (["10.0.0.0/8"], false),
        (["198.51.100.0/24", "203.0.113.0/24"], false), (["0.0.0.0/1"], false), ([], false),
    ])
    func `more than half of all addresses is the world`(blocks: [String], isOpen: Bool) {
        #expect(AddressCoverage(blocks).coversInternet == isOpen)
    }

    @Test(arguments: [
        (["*.example.org"], "api.example.org", true), (["*.example.org"], "a.b.example.org", false),
        (["*.example.org"], "example.org", false), (["API.example.org"], "api.example.org", true),
        ([], "other.org", false),
    ])
    func `a wildcard of a certificate stands for one label`(names: [String], host: String, isCovered: Bool) throws {
        let certificate = try JSON.decode(
            CertificateManager.Certificate.self,
            from: try JSON.data(
                JSONValue.object([
                    "domainName": "api.example.com", "subjectAlternativeNames": .array(names.map(JSONValue.string)),
                ])))
        #expect(certificate.covers(host) == isCovered)
    }

    private static func task(_ code: String, _ reason: String, exit: Int?, at minute: Int) throws -> ECS.Task {
        var container: [String: JSONValue] = ["name": "app"]
        container["exitCode"] = exit.map { .integer(Int64($0)) }
        return try JSON.decode(
            ECS.Task.self,
            from: try JSON.data(
                JSONValue.object([
                    "taskArn": .string("arn:aws:ecs:eu-west-3:1:task/a/\(minute)"), "lastStatus": "STOPPED",
                    "stopCode": .string(code), "stoppedReason": .string(reason),
                    "stoppedAt": .string("2026-03-10T11:\(minute):00.000Z"), "containers": [.object(container)],
                    "attributes": [],
                ])))
    }

    @Test func `deaths of one kind are counted with their rate, and what somebody wished is none`() throws {
        let group = "arn:aws:elasticloadbalancing:eu-west-3:1:targetgroup/blue/0123456789abcdef"
        let deaths = TaskDeaths([
            try Self.task(
                "ServiceSchedulerInitiated", "Task failed ELB health checks in (target-group \(group))", exit: 143,
                at: 10),
            try Self.task(
                "ServiceSchedulerInitiated", "Task failed ELB health checks in (target-group \(group))", exit: 143,
                at: 14),
            try Self.task(
                "ServiceSchedulerInitiated", "Scaling activity initiated by (deployment ecs-svc/1)", exit: 0, at: 15),
            try Self.task("UserInitiated", "Task stopped by operator", exit: 137, at: 16),
            try Self.task("EssentialContainerExited", "Essential container in task exited", exit: 0, at: 17),
        ])
        #expect(deaths.causes.map(\.count) == [2])
        let sentence = try #require(deaths.causes.first?.sentence)
        #expect(sentence.contains("ELB health checks in (target-group blue)") && sentence.contains("one every 4 min"))
        let ends = try (20...22).map {
            try Self.task("EssentialContainerExited", "Essential container in task exited", exit: 0, at: $0)
        }
        #expect(TaskDeaths(ends).causes.map(\.text) == ["app exited with 0 again and again"])
    }

    /// Where AWS lists targets and no running task at all, nobody can say that the targets are strangers.
    @Test func `targets without any listed task are inconclusive`() async throws {
        var account = try PlantedAccount.sound.get()
        let edit = try JSON.decode(PlantedEdit.self, from: Data(#"{"at": "ecs>tasks", "set": {}}"#.utf8))
        try edit.apply(to: &account.holdings)
        let configuration = try PlantedAccount.configuration.get()
        let snapshot = await account.snapshot(configuration, endpoint: AccountEndpoint(account))
        let expectations = try #require(AWSExpectations(configuration, environment: [:]))
        let outcome = RegisteredAddressesCheck().outcome(over: snapshot, expectations)
        #expect(outcome.status == .inconclusive && outcome.message.contains("no running task"), "\(outcome)")
    }

    /// The calls that an account without such things never sees are made where it has them.
    @Test func `prefix lists, layers and parameters are asked about where the account has them`() async throws {
        var account = try PlantedAccount.sound.get()
        let rule =
            #"{"ipProtocol": "tcp", "groups": [], "ipRanges": [], "ipv6Ranges": [], "prefixListIds": [{"prefixListId": "pl-0apps"}], "fromPort": 5432, "toPort": 5432}"#
        let edit = try JSON.decode(
            PlantedEdit.self,
            from: Data(#"{"at": "ec2>securityGroups>groupId=sg-0pg>ipPermissions", "append": \#(rule)}"#.utf8))
        try edit.apply(to: &account.holdings)
        let endpoint = AccountEndpoint(account)
        _ = await account.snapshot(try PlantedAccount.configuration.get(), endpoint: endpoint)
        #expect(
            endpoint.called.isSuperset(of: [
                "ec2:GetManagedPrefixListEntries", "ecr:GetDownloadUrlForLayer", "ssm:DescribeParameters",
                "iam:GetRole", "logs:DescribeLogGroups",
            ]))
    }
}
