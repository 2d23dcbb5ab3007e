import AWSClient
import CheckKit
import Settings

/// Where the roles of a flow (`api`, `database`, …) stand in the network.
struct NetworkRoles {
    /// What the snapshot must hold to follow a flow.
    static let items: [AWSItem] = [
        .securityGroups, .networkACLs, .routeTables, .subnets, .loadBalancers, .services, .databases, .cacheClusters,
        .cacheSubnets, .prefixLists, .listeners, .rules, .targetGroups,
    ]

    let snapshot: AWSSnapshot
    let settings: AWSSettings
    let model: NetworkModel
    /// Nil where it does not matter which load balancer leads where.
    var expectations: AWSExpectations?

    /// Somebody outside of AWS; the address is of a block kept for documentation (RFC 5737).
    static let internet = NetworkModel.Endpoint(
        name: "internet", address: IPv4Address(number: 0xC633_6401), subnetID: nil, securityGroups: [])

    /// The ends of a role: one for the first and one for the last address of each of its subnets.
    ///
    /// - Throws: ``Stop`` with `inconclusive` when the role's place is not known.
    ///
    /// - Parameter peer: the role at the other end; of the load balancers those count which lead there.
    func endpoints(_ role: String, facing peer: String = "internet") throws -> [NetworkModel.Endpoint] {
        switch role {
        case "internet": return [Self.internet]
        case "load-balancer":
            return try balancers(facing: peer).flatMap { balancer in
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
                name, network.subnets, network.securityGroups, isPublic: network.assignPublicIp == "ENABLED",
                clientPorts: NetworkModel.linuxPorts)
        }
    }

    /// Those that face the internet; towards a service those whose rules lead to it.
    private func balancers(facing peer: String) throws -> [LoadBalancing.LoadBalancer] {
        let all = try snapshot.loadBalancers.known()
        let open = all.filter { $0.scheme == "internet-facing" }
        guard peer != "internet", settings.ecsServices[peer] != nil, let expectations,
            case .value(let groups)? = snapshot.targetGroups
        else { return open }
        let leading = all.filter { balancer in
            guard case .value(let listeners)? = snapshot.listeners[balancer.loadBalancerName] else { return false }
            return listeners.contains { listener in
                var actions = [listener.defaultActions]
                if case .value(let rules)? = snapshot.rules[listener.listenerArn] { actions += rules.map(\.actions) }
                return actions.flatMap(RouteTarget.groups).contains { part in
                    guard part.share > 0, let group = groups.first(where: { $0.targetGroupArn == part.arn }) else {
                        return false
                    }
                    return expectations.role(
                        ofTargetGroup: group.targetGroupName, arn: part.arn, snapshot: snapshot) == peer
                }
            }
        }
        return leading.isEmpty ? open : leading
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
        _ name: String, _ subnetIDs: [String], _ groups: [String], isPublic: Bool,
        clientPorts: ClosedRange<Int> = NetworkModel.ephemeralPorts
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
                    securityGroups: groups, hasPublicAddress: isPublic, clientPorts: clientPorts)
            }
        }
    }

    /// The port a role listens on.
    func port(_ role: String) -> Int? {
        if role == "load-balancer" { return 443 }
        if case .value(let services)? = snapshot.services,
            let service = services.first(where: { $0.serviceName == settings.ecsServices[role] }),
            let port = service.loadBalancers.compactMap(\.containerPort).first
        {
            return port
        }
        return settings.ports[role]
    }
}
