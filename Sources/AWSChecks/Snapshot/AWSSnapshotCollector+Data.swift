import AWSClient
import Foundation

extension AWSSnapshotCollector {
    func data(_ item: AWSItem) async -> Update {
        switch item {
        case .databases: await databases()
        case .replicationGroups: await replicationGroups()
        case .cacheClusters, .cacheSubnets: await caches(item)
        case .secrets: await secretDescriptions()
        default: await secretShapes()
        }
    }

    private func databases() async -> Update {
        let (client, identifier) = (client, settings.databaseInstance)
        let answer = await Collected.from { () async throws(AWSError) -> [RDS.Instance] in
            try await Self.emptyWhenMissing { () async throws(AWSError) -> [RDS.Instance] in
                try await client.all(RDS.describeDBInstances(identifier)) { $0.dbInstances }
            }
        }
        return { $0.databases = answer }
    }

    /// That something does not exist is an answer, not a failure.
    static func emptyWhenMissing<Element>(
        _ call: () async throws(AWSError) -> [Element]
    ) async throws(AWSError) -> [Element] {
        do { return try await call() } catch {
            if error.kind == .notFound { return [] }
            throw error
        }
    }

    private func replicationGroups() async -> Update {
        guard let identifier = settings.cacheCluster else { return { $0.replicationGroups = .value([]) } }
        let client = client
        let answer = await Collected.from { () async throws(AWSError) -> [ElastiCache.ReplicationGroup] in
            try await Self.emptyWhenMissing { () async throws(AWSError) -> [ElastiCache.ReplicationGroup] in
                try await client.all(ElastiCache.describeReplicationGroups(identifier)) { $0.replicationGroups }
            }
        }
        return { $0.replicationGroups = answer }
    }

    private func caches(_ item: AWSItem) async -> Update {
        let client = client
        guard settings.cacheCluster != nil else {
            return {
                $0.cacheClusters = .value([])
                $0.cacheSubnets = .value([])
            }
        }
        if item == .cacheSubnets {
            let answer = await Collected.from { () async throws(AWSError) -> [ElastiCache.SubnetGroup] in
                try await client.all(ElastiCache.describeCacheSubnetGroups()) { $0.cacheSubnetGroups }
            }
            return { $0.cacheSubnets = answer }
        }
        let answer = await Collected.from { () async throws(AWSError) -> [ElastiCache.Cluster] in
            try await client.all(ElastiCache.describeCacheClusters()) { $0.cacheClusters }
        }
        return { $0.cacheClusters = answer }
    }

    private func secretDescriptions() async -> Update {
        let client = client
        let answers = await each(settings.secrets) { (name) async throws(AWSError) -> SecretsManager.Description in
            try await client.call(SecretsManager.describeSecret(name))
        }
        return { $0.secrets = answers }
    }

    private func secretShapes() async -> Update {
        let client = client
        let answers = await each(settings.secrets) { (name) async throws(AWSError) -> SecretShape in
            let value = try await client.call(SecretsManager.getSecretValue(name)).secretString ?? ""
            let object = try? JSONDocumentReader.read(Array(value.utf8))
            var fields: [String]?
            if case .fields(let members)? = object {
                // A field without a value counts as missing.
                fields = members.filter { $0.value.text?.isEmpty == false }.map(\.name).sorted()
            }
            return SecretShape(
                fields: fields, isPEM: value.contains("-----BEGIN "), isEmpty: value.isEmpty)
        }
        return { $0.secretShapes = answers }
    }

    func discovery(_ item: AWSItem, _ snapshot: AWSSnapshot) async -> Update {
        let client = client
        switch item {
        case .namespaces:
            let answer = await Collected.from { () async throws(AWSError) -> [ServiceDiscovery.Namespace] in
                try await client.all(ServiceDiscovery.listNamespaces()) { $0.namespaces }
            }
            return { $0.namespaces = answer }
        case .discoveryServices:
            guard case .value(let namespaces)? = snapshot.namespaces,
                let namespace = namespaces.first(where: { $0.name == settings.namespace })
            else {
                let error = snapshot.namespaces?.error
                return { $0.discoveryServices = error.map { .failed($0) } ?? .value([]) }
            }
            let answer = await Collected.from { () async throws(AWSError) -> [ServiceDiscovery.Service] in
                try await client.all(ServiceDiscovery.listServices(namespace: namespace.id)) { $0.services }
            }
            return { $0.discoveryServices = answer }
        default:
            guard case .value(let services)? = snapshot.discoveryServices else { return { _ in } }
            let ids = Dictionary(services.map { ($0.name, $0.id) }, uniquingKeysWith: { a, _ in a })
            let answers = await each(ids.keys.sorted()) {
                (name) async throws(AWSError) -> [ServiceDiscovery.Instance] in
                try await client.all(ServiceDiscovery.listInstances(service: ids[name] ?? name)) { $0.instances }
            }
            return { $0.discoveryInstances = answers }
        }
    }
}
