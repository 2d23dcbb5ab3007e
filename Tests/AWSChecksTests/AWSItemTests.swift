import AWSClient
import Formats
import Foundation
import Settings
import Testing

@testable import AWSChecks

/// What the snapshot holds, item by item.
@Suite struct AWSItemTests {
    /// The names under which bundles have kept parts so far.
    private static let kept: Set<String> = [
        "identity", "permissions", "clusters", "services", "tasks", "taskDefinitions", "images", "loadBalancers",
        "loadBalancerAttributes", "listeners", "rules", "targetGroups", "targetHealth", "certificates",
        "securityGroups",
        "networkACLs", "routeTables", "subnets", "networkInterfaces", "databases", "replicationGroups", "cacheClusters",
        "cacheSubnets", "secrets", "secretShapes", "namespaces", "discoveryServices", "discoveryInstances", "buckets",
        "bucketVersioning", "bucketEncryption", "bucketPublicAccess", "bucketPolicies", "bucketLifecycles",
        "bucketReplication", "artifactRoundTrip", "metrics", "alarms", "logEvents", "changes", "declaredChanges",
        "healthPaths", "connections",
    ]

    @Test func `every item that a check reads or an item is made from is in the list, and none twice`() throws {
        let configuration = try Configuration.parse(
            "environment: test\naws: { region: us-east-1 }\n", path: "test.yaml", environment: [:])
        let read = AWSCatalogue.list.checks(for: configuration).compactMap { $0 as? any SnapshotCheck }.flatMap(\.items)
        let listed = AWSItem.allCases
        #expect(Set(AWSItem.closure(of: read + listed)).subtracting(listed).map(\.rawValue).sorted() == [])
        #expect(Set(listed).count == listed.count)
        #expect(Self.kept.subtracting(listed.map(\.rawValue)).sorted() == [])
    }

    @Test func `a part is kept under its own name only, and read back`() throws {
        var snapshot = AWSSnapshot(takenAt: Date(timeIntervalSince1970: 1_770_091_506), region: "eu-west-1")
        snapshot.tasks = [
            "api": .value([]), "auth": .failed(AWSError(.throttled, operation: "ecs ListTasks", message: "slow down")),
        ]
        snapshot.buckets = [:]
        let members = try #require(try JSON.decode(JSONValue.self, from: try JSON.data(snapshot)).object)
        #expect(members.keys.sorted() == ["region", "takenAt", "tasks"])
        let read = try JSON.decode(AWSSnapshot.self, from: try JSON.data(snapshot))
        #expect(try JSON.data(read) == JSON.data(snapshot))
        #expect(read.errors.map(\.kind) == [.throttled])
    }

    @Test func `the identity and the credentials of an older bundle stand in one file`() throws {
        let text = """
            {"takenAt":"2026-01-02T03:04:05.000Z","region":"us-east-1","credentials":{"value":{"source":"the environment"}},
             "identity":{"value":{"account":"123456789012","arn":"arn:aws:iam::123456789012:user/ci","userId":"A"}}}
            """
        let snapshot = try JSON.decode(AWSSnapshot.self, from: Data(text.utf8))
        #expect(try snapshot.credentials.known().source == "the environment")
        #expect(try snapshot.identity.known().account == "123456789012")
    }

    @Test func `an action is limited to one kind of resource whichever item calls it`() {
        var scopes: [String: Set<AWSItem.Scope>] = [:]
        for item in AWSItem.allCases { for action in item.actions { scopes[action, default: []].insert(item.scope) } }
        #expect(scopes.filter { $0.value.count > 1 }.keys.sorted() == [])
    }
}
