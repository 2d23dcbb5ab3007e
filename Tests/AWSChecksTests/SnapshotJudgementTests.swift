import AWSClient
import Foundation
import RunModel
import Settings
import Testing

@testable import AWSChecks

/// Checks over the snapshot with the answers of AWS that pass, and with those that fail.
@Suite struct SnapshotJudgementTests {
    struct Row: Sendable, CustomStringConvertible {
        var id: CheckID
        var right: [String: String]
        var wrong: [[String: String]]
        var isProduction = false
        var description: String { id.rawValue }

        init(_ id: CheckID, _ right: [String: String], wrong: [String: String]..., isProduction: Bool = false) {
            self.id = id
            self.right = right
            self.wrong = wrong
            self.isProduction = isProduction
        }
    }

    private static func database(_ members: String) -> [String: String] {
        [
            "databases": """
            {"value":[{"dbInstanceIdentifier":"db","vpcSecurityGroups":[],\(members)}]}
            """
        ]
    }

    private static func parameters(_ status: String) -> String {
        #""dbParameterGroups":[{"dbParameterGroupName":"pg15","parameterApplyStatus":"\#(status)"}]"#
    }

    private static func cache(_ members: String) -> [String: String] {
        [
            "replicationGroups":
                #"{"value":[{"replicationGroupId":"cache","memberClusters":[],"nodeGroups":[],\#(members)}]}"#,
            "cacheClusters": #"{"value":[]}"#,
        ]
    }

    private static func metrics(_ figures: [String: Double]) -> [String: String] {
        let series = figures.map { id, value in
            #"{"id":"\#(MetricQueries.identifier(id))","timestamps":[1000],"values":[\#(value)]}"#
        }
        return ["metrics": #"{"value":{"queries":[],"run":[\#(series.joined(separator: ","))],"dayBefore":[]}}"#]
    }

    private static let balancers = [
        "loadBalancers":
            #"{"value":[{"loadBalancerArn":"arn:lb","loadBalancerName":"lb","availabilityZones":[],"securityGroups":[]}]}"#
    ]

    private static func changes(_ kind: String?) -> [String: String] {
        let change = kind.map {
            """
            {"id":"1","origin":"cloudtrail","kind":"\($0)","at":5000,"actor":"somebody","action":"ModifyDBInstance",
             "resources":["db"],"before":{},"after":{}}
            """
        }
        return ["changes": #"{"value":{"from":0,"to":9000,"changes":[\#(change ?? "")],"eventsRead":1,"gaps":[]}}"#]
    }

    private static func secret(changedAt moment: Int) -> [String: String] {
        [
            "secrets":
                #"{"app-db":{"value":{"arn":"arn:s","name":"app-db","lastChangedDate":\#(moment)}}}"#
        ]
    }

    private static func running(digest: String, revision: String = "api:2") -> [String: String] {
        [
            "services": """
            {"value":[{"serviceName":"api","status":"ACTIVE","desiredCount":1,"runningCount":1,"pendingCount":0,
             "taskDefinition":"api:2","deployments":[],"events":[],"serviceRegistries":[],"loadBalancers":[]}]}
            """,
            "tasks": """
            {"api":{"value":[{"taskArn":"arn:t","taskDefinitionArn":"\(revision)","lastStatus":"RUNNING","attributes":[],
             "containers":[{"name":"api","image":"registry/api:1","imageDigest":"\(digest)"}]}]}}
            """,
            "images": #"{"registry/api:1":{"value":{"digest":"sha256:new","platforms":["linux/amd64"]}}}"#,
        ]
    }

    static let rows = [
        Row(
            "AWS-RDS-02", database(#""dbParameterGroups":[],"engine":"postgres","engineVersion":"15.7""#),
            wrong: database(#""dbParameterGroups":[],"engine":"mysql","engineVersion":"15.7""#)),
        Row(
            "AWS-RDS-06", database(parameters("in-sync")), wrong: database(parameters("pending-reboot")),
            database(parameters("in-sync") + #","pendingModifiedValues":{"masterUserPassword":"****"}"#)),
        Row(
            "AWS-RDS-07", database(#""dbParameterGroups":[],"multiAZ":true,"deletionProtection":true"#),
            wrong: database(#""dbParameterGroups":[],"multiAZ":false,"deletionProtection":true"#),
            database(#""dbParameterGroups":[],"multiAZ":true"#), isProduction: true),
        Row(
            "AWS-CACHE-01",
            cache(#""status":"available","transitEncryptionEnabled":true,"authTokenEnabled":true"#),
            wrong: cache(#""status":"create-failed","transitEncryptionEnabled":true,"authTokenEnabled":true"#),
            cache(#""status":"available","transitEncryptionEnabled":false"#),
            cache(#""status":"available","transitEncryptionEnabled":true,"authTokenEnabled":false"#),
            ["replicationGroups": #"{"value":[]}"#, "cacheClusters": #"{"value":[]}"#]),
        Row(
            "AWS-CW-02", metrics(["cpu_api": 40, "memory_api": 60]), wrong: metrics(["cpu_api": 95]),
            metrics(["memory_api": 86])),
        Row(
            "AWS-CW-04", metrics(["p95_lb": 0.4]).merging(balancers) { $1 },
            wrong: metrics(["p95_lb": 3.5]).merging(balancers) { $1 }),
        Row("AWS-CT-02", changes(nil), wrong: changes("database-password")),
        Row(
            "AWS-SEC-03", changes("database-password").merging(secret(changedAt: 5060)) { $1 },
            wrong: changes("database-password").merging(secret(changedAt: 100)) { $1 }),
        Row(
            "AWS-S3-01", ["buckets": #"{"bucket":{"value":true}}"#], wrong: ["buckets": #"{"bucket":{"value":false}}"#]),
        Row(
            "AWS-S3-03",
            [
                "bucketEncryption":
                    #"{"bucket":{"value":{"rule":[{"applyServerSideEncryptionByDefault":{"sseAlgorithm":"AES256"}}]}}}"#
            ], wrong: ["bucketEncryption": #"{"bucket":{"value":{"rule":[]}}}"#]),
        Row(
            "AWS-S3-07", ["bucketReplication": #"{"bucket":{"value":{"rule":[{"id":"r","status":"Enabled"}]}}}"#],
            wrong: ["bucketReplication": #"{"bucket":{"value":{"rule":[{"id":"r","status":"Disabled"}]}}}"#]),
        Row(
            "AWS-S3-08", ["artifactRoundTrip": #"{"value":{"key":"k","wasReadBack":true}}"#],
            wrong: ["artifactRoundTrip": #"{"value":{"key":"k","wasReadBack":false}}"#]),
        Row(
            "AWS-ECS-12", running(digest: "sha256:new"), wrong: running(digest: "sha256:old"),
            running(digest: "sha256:new", revision: "api:1")),
    ]

    private static func outcome(_ row: Row, over parts: [String: String]) throws -> Outcome {
        let configuration = try Configuration.parse(
            """
            environment: staging
            production: \(row.isProduction)
            aws:
              region: us-east-1
              ecs_services: { api: api }
              database_instance: db
              cache_cluster: cache
              buckets: [bucket]
              artifact_bucket: bucket
              secrets: [app-db]
            """, path: "test.yaml", environment: [:])
        let members = parts.map { #""\#($0.key)":\#($0.value)"# }.joined(separator: ",")
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .secondsSince1970
        let snapshot = try decoder.decode(
            AWSSnapshot.self, from: Data(#"{"takenAt":6000,"region":"us-east-1",\#(members)}"#.utf8))
        let check = try #require(
            AWSCatalogue.list.checks(for: configuration).first { $0.descriptor.id == row.id } as? any SnapshotCheck)
        let expectations = try #require(AWSExpectations(configuration, environment: [:]))
        return check.outcome(over: snapshot, expectations)
    }

    @Test("sound answers pass", arguments: rows) func right(row: Row) throws {
        let outcome = try Self.outcome(row, over: row.right)
        #expect(outcome.status == .passed, "\(row): \(outcome.message)")
    }

    @Test("unsound answers fail", arguments: rows) func wrong(row: Row) throws {
        for parts in row.wrong {
            let outcome = try Self.outcome(row, over: parts)
            #expect(outcome.status == .failed, "\(row): \(outcome.message)")
        }
    }

    @Test("without the answer that a check reads it cannot tell", arguments: rows) func absent(row: Row) throws {
        let outcome = try Self.outcome(row, over: ["identity": "null"])
        #expect(outcome.status == .inconclusive, "\(row): \(outcome.message)")
    }
}
