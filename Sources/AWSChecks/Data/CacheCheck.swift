import CheckKit
import RunModel

/// AWS-CACHE-01: the cache is available, encrypted on the way and asks for a token.
struct CacheCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.replicationGroups]
    let passingNote = "the cache is available, with TLS and a token"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-CACHE-01", "The cache is available, with TLS and a token",
            intent: "The API speaks TLS with a token to it.", severity: .high,
            risk: "Queue and authentication cache fall back to memory, every request gets slower.",
            remediation: Remediation(
                summary: "Fix the replication group.",
                command: "aws elasticache describe-replication-groups --replication-group-id NAME"))
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        guard let name = expectations.settings.cacheCluster else {
            throw Stop.skipped("`aws.cache_cluster` is not configured; Redis counts as disabled")
        }
        guard let group = try snapshot.replicationGroups.known().first(where: { $0.replicationGroupId == name }) else {
            analysis.found(
                .missing(.aws(.cache, name)), name, "the replication group does not exist", expected: "a cache",
                got: "none of that name")
            return analysis
        }
        analysis.look(at: name) { analysis in
            if group.status != "available" {
                analysis.found(
                    .ailment(.aws(.cache, name), .state, says: group.status ?? ""),
                    name, "the cache is \(group.status ?? "?")", expected: "available", got: group.status ?? "?")
            }
            if group.transitEncryptionEnabled != true {
                analysis.found(
                    .exposed(.aws(.cache, name), .plainText), name, "the cache does not speak TLS",
                    expected: "encryption in transit", got: "none")
            }
            if group.authTokenEnabled == false, group.transitEncryptionEnabled == true {
                analysis.found(
                    .exposed(.aws(.cache, name), .withoutPassword), name, "the cache asks for no token",
                    expected: "a token", got: "none")
            }
        }
        return analysis
    }
}
