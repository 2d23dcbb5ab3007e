import AWSClient
import Foundation
import RunModel
import Settings
import Testing

@testable import AWSChecks

/// What is said of the run's own place in AWS: account, region, credentials and permissions.
@Suite struct IdentityTests {
    private static let caller =
        #""identity":{"value":{"account":"000000000000","arn":"arn:aws:iam::000000000000:user/x","userId":"u"}}"#
    private static let nothing = #""clusters":{"value":[]},"loadBalancers":{"value":[]},"databases":{"value":[]}"#
    private static let database =
        #""clusters":{"value":[]},"loadBalancers":{"value":[]},"databases":{"value":[{"dbInstanceIdentifier":"db","vpcSecurityGroups":[],"dbParameterGroups":[]}]}"#

    struct Row: Sendable, CustomTestStringConvertible {
        var id: CheckID
        /// Members of the snapshot.
        var parts: String
        var status: Status
        var environment: [String: String] = [:]

        var testDescription: String { "\(id) \(status)" }
    }

    static let rows = [
        Row(id: "AWS-STS-02", parts: caller, status: .passed, environment: ["AWS_REGION": "us-east-1"]),
        Row(id: "AWS-STS-02", parts: caller, status: .failed, environment: ["AWS_DEFAULT_REGION": "us-west-2"]),
        Row(id: "AWS-STS-03", parts: caller + #","credentials":{"value":{"source":"a role"}}"#, status: .passed),
        Row(
            id: "AWS-STS-03",
            parts: caller + #","credentials":{"value":{"source":"the environment","expiration":5999}}"#,
            status: .failed),
        Row(id: "AWS-STS-04", parts: "\(caller),\(database)", status: .passed),
        Row(id: "AWS-STS-04", parts: "\(caller),\(nothing)", status: .failed),
        Row(id: "AWS-IAM-01", parts: #""permissions":{"value":{"ecs:DescribeServices":true}}"#, status: .passed),
        Row(
            id: "AWS-IAM-01",
            parts: #""permissions":{"value":{"ecs:DescribeServices":true,"rds:DescribeDBInstances":false}}"#,
            status: .failed),
    ]

    @Test(arguments: rows) func `where the run looks, and what it may, is judged by what AWS says`(row: Row) throws {
        let configuration = try Configuration.parse(
            """
            environment: staging
            aws: { region: us-east-1, database_instance: db, cluster: platform, load_balancers: [lb] }
            """, path: "test.yaml", environment: [:])
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .secondsSince1970
        let snapshot = try decoder.decode(
            AWSSnapshot.self, from: Data(#"{"takenAt":6000,"region":"us-east-1",\#(row.parts)}"#.utf8))
        let check = try #require(
            AWSCatalogue.list.checks(for: configuration).first { $0.descriptor.id == row.id } as? any SnapshotCheck)
        let expectations = try #require(AWSExpectations(configuration, environment: row.environment))
        let outcome = check.outcome(over: snapshot, expectations)
        #expect(outcome.status == row.status, "\(row.id): \(outcome)")
    }
}
