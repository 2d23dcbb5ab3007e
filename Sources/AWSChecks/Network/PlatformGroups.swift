import AWSClient

/// The security groups and subnets that the platform's own resources use.
struct PlatformGroups {
    /// Who uses each group.
    private(set) var users: [String: Set<String>] = [:]
    /// The groups of load balancers, with the ports they listen on.
    private(set) var listening: [String: Set<Int>] = [:]
    /// The networks in which they stand.
    private(set) var networks: Set<String> = []

    /// - Throws: ``Stop`` with `inconclusive` where services, load balancers, database or cache are not known.
    init(_ snapshot: AWSSnapshot) throws {
        for service in try snapshot.services.known() {
            add(service.networkConfiguration?.awsvpcConfiguration?.securityGroups ?? [], service.serviceName)
        }
        for balancer in try snapshot.loadBalancers.known() {
            add(balancer.securityGroups, balancer.loadBalancerName)
            let ports: [Int]
            if case .value(let listeners)? = snapshot.listeners[balancer.loadBalancerName] {
                ports = listeners.compactMap(\.port)
            } else {
                ports = []
            }
            for group in balancer.securityGroups { listening[group, default: []].formUnion(ports) }
        }
        for database in try snapshot.databases.known() {
            add(database.vpcSecurityGroups.map(\.vpcSecurityGroupId), database.dbInstanceIdentifier)
        }
        for cluster in try snapshot.cacheClusters.known() {
            add(cluster.securityGroups.compactMap(\.securityGroupId), cluster.cacheClusterId)
        }
        let groups = (try? snapshot.securityGroups.known()) ?? []
        networks = Set(groups.filter { users[$0.groupId] != nil }.compactMap(\.vpcId))
    }

    private mutating func add(_ groups: [String], _ user: String) {
        for group in groups { users[group, default: []].insert(user) }
    }
}
