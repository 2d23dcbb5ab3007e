import AWSClient
import CheckKit
import Settings

/// Where the roles of a flow (`api`, `database`, …) stand in the network.
struct NetworkRoles {
    let snapshot: AWSSnapshot
    let settings: AWSSettings
    let model: NetworkModel

    /// Somebody outside of AWS; the address is of a block kept for documentation (RFC 5737).
    static let internet = NetworkModel.Endpoint(
        name: "internet", address: IPv4Address(number: 0xC633_6401), subnetID: nil, securityGroups: [])

    /// The ends of a role: one for the first and one for the last address of each of its subnets.
    ///
    /// - Throws: ``Stop`` with `inconclusive` when the role's place is not known.
    func endpoints(_ role: String) throws -> [NetworkModel.Endpoint] {
        switch role {
        case "internet": return [Self.internet]
        case "load-balancer":
            return try snapshot.loadBalancers.known().filter { $0.scheme == "internet-facing" }.flatMap { balancer in
                try ends(
                    balancer.loadBalancerName, balancer.availabilityZones.compactMap(\.subnetId),
                    balancer.securityGroups,
                    isPublic: true)
            }
        case "database":
            guard let instance = try snapshot.databases.known().first else {
                throw Stop.inconclusive(
                    .obstacle(.nothingToLookAt, of: .aws(.databaseInstance, settings.databaseInstance)),
                    "the database instance \(settings.databaseInstance) does not exist")
            }
            return try ends(
                instance.dbInstanceIdentifier, instance.dbSubnetGroup?.subnets.compactMap(\.subnetIdentifier) ?? [],
                instance.vpcSecurityGroups.map(\.vpcSecurityGroupId), isPublic: instance.publiclyAccessible == true)
        case "cache":
            return try cache()
        default:
            guard let name = settings.ecsServices[role] else {
                throw Stop.inconclusive(
                    .runLacks(.setting("aws.flows")), "`aws.flows` names ‘\(role)’, which is no configured role")
            }
            let service = try snapshot.services.known().first { $0.serviceName == name }
            guard let network = service?.networkConfiguration?.awsvpcConfiguration else {
                throw Stop.inconclusive(
                    .obstacle(.nothingToLookAt, of: .aws(.ecsService, name)),
                    "the service \(name) does not exist or has no network configuration")
            }
            return try ends(
                name, network.subnets, network.securityGroups, isPublic: network.assignPublicIp == "ENABLED")
        }
    }

    private func cache() throws -> [NetworkModel.Endpoint] {
        guard let name = settings.cacheCluster else { throw Stop.skipped("`aws.cache_cluster` is not configured") }
        let clusters = try snapshot.cacheClusters.known()
        guard let member = clusters.first(where: { $0.replicationGroupId == name || $0.cacheClusterId == name }) else {
            throw Stop.inconclusive(
                .obstacle(.nothingToLookAt, of: .aws(.cache, name)), "the cache \(name) does not exist")
        }
        let subnets = try snapshot.cacheSubnets.known().first { $0.cacheSubnetGroupName == member.cacheSubnetGroupName }
        return try ends(
            name, subnets?.subnets.compactMap(\.subnetIdentifier) ?? [],
            member.securityGroups.compactMap(\.securityGroupId),
            isPublic: false)
    }

    private func ends(
        _ name: String, _ subnetIDs: [String], _ groups: [String], isPublic: Bool
    ) throws -> [NetworkModel.Endpoint] {
        let known = subnetIDs.compactMap { model.subnets[$0] }
        guard !known.isEmpty else {
            throw Stop.inconclusive(
                .obstacle(.notCollected, of: .aws(.subnet, name)), "the subnets of \(name) are not known")
        }
        return known.flatMap { subnet -> [NetworkModel.Endpoint] in
            guard let hosts = IPv4Block(subnet.cidrBlock)?.hosts else { return [] }
            return [hosts.first, hosts.last].map { address in
                NetworkModel.Endpoint(
                    name: "\(name) in \(subnet.subnetId)", address: address, subnetID: subnet.subnetId,
                    securityGroups: groups, hasPublicAddress: isPublic)
            }
        }
    }

    /// The port a role listens on.
    func port(_ role: String) -> Int? { role == "load-balancer" ? 443 : settings.ports[role] }
}
