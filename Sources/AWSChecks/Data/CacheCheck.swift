import AWSClient
import CheckKit
import Formats
import RunModel

/// AWS-CACHE-01: the cache is available, encrypted on the way and asks for a token.
struct CacheCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.replicationGroups, .cacheClusters]
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
        let group = try snapshot.replicationGroups.known().first { $0.replicationGroupId == name }
        let clusters = try snapshot.cacheClusters.known()
        // A cache of one node may stand alone, without a group.
        let alone = clusters.first { $0.cacheClusterId == name }
        guard let cache = group.map(Cache.init) ?? alone.map(Cache.init) else {
            analysis.found(
                .missing(.aws(.cache, name)), name, "the cache does not exist", expected: "a cache",
                got: "no replication group and no cluster of that name")
            return analysis
        }
        let members = group == nil ? [] : clusters.filter { $0.replicationGroupId == name }
        analysis.look(at: name) { Self.judge(cache, name, members, &$0) }
        return analysis
    }

    /// What of a cache the check looks at.
    private struct Cache {
        let status: String?
        let hasTLS: Bool
        let hasAuthentication: Bool

        init(_ group: ElastiCache.ReplicationGroup) {
            status = group.status
            hasTLS = group.transitEncryptionEnabled == true
            hasAuthentication = group.authTokenEnabled != false || group.userGroupIds?.isEmpty == false
        }

        init(_ cluster: ElastiCache.Cluster) {
            status = cluster.cacheClusterStatus
            hasTLS = cluster.transitEncryptionEnabled == true
            hasAuthentication = cluster.authTokenEnabled != false
        }
    }

    /// Changes that leave a cache usable.
    private static let usable: Set<String> = ["available", "modifying", "snapshotting"]

    private static func judge(
        _ cache: Cache, _ name: String, _ members: [ElastiCache.Cluster], _ analysis: inout Analysis
    ) {
        let component = Component.aws(.cache, name)
        if !usable.contains(cache.status ?? "") {
            analysis.found(
                .ailment(component, .state, says: cache.status ?? ""), name, "the cache is \(cache.status ?? "?")",
                expected: "available", got: cache.status ?? "?")
        }
        for member in members where !usable.contains(member.cacheClusterStatus ?? "available") {
            let status = member.cacheClusterStatus ?? "?"
            analysis.found(
                .ailment(component, .state, says: status), name, "its node \(member.cacheClusterId) is \(status)",
                expected: "available", got: status)
        }
        if !cache.hasTLS {
            analysis.found(
                .exposed(component, .plainText), name, "the cache does not speak TLS",
                expected: "encryption in transit",
                got: "none")
        } else if !cache.hasAuthentication {
            analysis.found(
                .exposed(component, .withoutPassword), name, "the cache asks for no token",
                expected: "a token or a user group", got: "none")
        }
    }

    /// The nodes of the configured cache.
    static func nodes(of cache: String?, in snapshot: AWSSnapshot) -> [String] {
        guard let cache else { return [] }
        let group = snapshot.replicationGroups?.answer?.first { $0.replicationGroupId == cache }
        let clusters = snapshot.cacheClusters?.answer ?? []
        let own = clusters.filter { $0.cacheClusterId == cache || $0.replicationGroupId == cache }.map(\.cacheClusterId)
        return Set(own + (group?.memberClusters ?? [])).sorted()
    }
}

/// AWS-CACHE-02: the cache has memory, CPU and connections to spare.
struct CacheHeadroomCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.cacheMetrics]
    let passingNote = "the cache's nodes have memory, CPU and connections to spare"

    /// Of one node (ElastiCache user guide: quotas, "maximum number of simultaneous client connections").
    private static let largestConnectionCount = 65_000.0

    var descriptor: CheckDescriptor {
        declare(
            "AWS-CACHE-02", "The cache has memory, CPU and connections to spare",
            intent: "A full cache throws keys away, or refuses to write.", severity: .medium,
            risk: "Queued work and cached keys are lost.",
            remediation: Remediation(
                summary: "Set times to live, or take larger or more nodes.",
                command: "aws elasticache modify-replication-group --replication-group-id NAME --cache-node-type TYPE"))
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        guard let name = expectations.settings.cacheCluster else {
            throw Stop.skipped("`aws.cache_cluster` is not configured; Redis counts as disabled")
        }
        let windows = try snapshot.cacheMetrics.known()
        let nodes = Set(windows.queries.compactMap { $0.dimensions["CacheClusterId"] }).sorted()
        let limits: [(word: String, title: String, unit: String, limit: Double, Excess.Quantity)] = [
            ("memory", "memory", " %", expectations.threshold("memory_percent", 90), .memory),
            ("cpu", "engine CPU", " %", expectations.threshold("cpu_percent", 90), .processor),
            (
                "connections", "connections", "",
                expectations.threshold("connections", Self.largestConnectionCount * 0.9), .connections
            ),
        ]
        for node in nodes {
            for (word, title, unit, limit, quantity) in limits {
                guard let value = windows.sustained("\(word)_\(node)") else { continue }
                analysis.look(at: node) { analysis in
                    guard value >= limit else { return }
                    analysis.found(
                        .excess(.aws(.cache, name), quantity), node, "\(title) reached \(value.wholeText)\(unit)",
                        expected: "below \(limit.wholeText)\(unit)", got: "\(value.wholeText)\(unit)")
                }
            }
            let evicted = windows.sum("evictions_\(node)")
            if evicted > 0 { analysis.remarks.append("\(node): \(evicted.wholeText) keys were evicted") }
        }
        if analysis.seen == 0 {
            throw Stop.inconclusive(
                .obstacle(.tooFewSamples, of: .aws(.cache, name)), "CloudWatch has no samples of the cache's last hour")
        }
        return analysis
    }
}
