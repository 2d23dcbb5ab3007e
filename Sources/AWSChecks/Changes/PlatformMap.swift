import AWSClient
import Foundation
import RunModel
import Settings

/// Builds the map of a platform's resources: from each part to what it uses, and from that to what it uses in turn.
struct PlatformMap {
    let expectations: AWSExpectations
    let snapshot: AWSSnapshot?
    private(set) var parts: [String: Set<Component>] = [:]
    private(set) var decided: Set<String> = []
    private var settings: AWSSettings { expectations.settings }
    /// Who stands in a network or a subnet, and who wears a security group.
    private var networks: [String: Set<Component>] = [:]

    init(_ expectations: AWSExpectations, snapshot: AWSSnapshot?) {
        self.expectations = expectations
        self.snapshot = snapshot
    }

    mutating func build() {
        addConfigured()
        addServices()
        addTaskDefinitions()
        addLoadBalancers()
        addStores()
        addGroups()
        addNetwork()
        addNames()
    }

    // MARK: What the configuration names

    private mutating func addConfigured() {
        for (role, name) in settings.ecsServices {
            add("ecs:service/\(settings.cluster)/\(name)", parts(of: role))
            add("ecs:task-definition/\(name)", parts(of: role))
        }
        add("ecs:cluster/\(settings.cluster)", [.aws(.cluster, settings.cluster)])
        for name in settings.loadBalancers {
            add("elasticloadbalancing:loadbalancer/\(name)", balancer(name))
        }
        for name in settings.targetGroups {
            let role = expectations.role(
                ofTargetGroup: name, arn: "", snapshot: snapshot ?? AWSSnapshot(takenAt: .distantPast, region: ""))
            add("elasticloadbalancing:targetgroup/\(name)", role.map(parts(of:)) ?? [])
        }
        add("rds:db:\(settings.databaseInstance.lowercased())", parts(of: "database"))
        if let cache = settings.cacheCluster {
            for kind in ["replicationgroup", "cluster"] { add("elasticache:\(kind):\(cache)", parts(of: "cache")) }
        }
        for name in settings.buckets + [settings.artifactBucket] {
            add("s3:\(name)", name == settings.artifactBucket ? [.artifactStore] : [])
        }
        for name in settings.secrets { add(Self.secret(name), []) }
        for name in settings.logGroups { add("logs:log-group:\(name)", []) }
        for host in expectations.hosts ?? [] { add("route53:record/\(host)", [Component(.dnsName, host), .api]) }
        decided.formUnion([
            "ecs:service/", "ecs:task-definition/", "ecs:cluster/", "elasticloadbalancing:", "rds:db:",
            "elasticache:replicationgroup:", "elasticache:cluster:", "s3:",
            "secretsmanager:", "logs:",
        ])
        if expectations.hosts?.isEmpty == false { decided.insert("route53:record/") }
    }

    // MARK: What AWS says

    private mutating func addServices() {
        guard case .value(let services)? = snapshot?.services else { return }
        for service in services {
            guard let role = settings.ecsServices.first(where: { $0.value == service.serviceName })?.key else {
                continue
            }
            let own = parts(of: role)
            if let definition = service.taskDefinition.flatMap(ResourceName.canonical) { add(definition, own) }
            for link in service.loadBalancers {
                if let group = link.targetGroupArn.flatMap(ResourceName.canonical) { add(group, own) }
            }
            for registry in service.serviceRegistries {
                if let name = registry.registryArn.flatMap(ResourceName.canonical) { add(name, own) }
            }
            let network = service.networkConfiguration?.awsvpcConfiguration
            place(own, groups: network?.securityGroups ?? [], subnets: network?.subnets ?? [])
        }
    }

    private mutating func addTaskDefinitions() {
        guard let snapshot else { return }
        for (family, revisions) in snapshot.taskDefinitions {
            guard case .value(let definitions) = revisions, let current = definitions.first else { continue }
            let own = parts["ecs:task-definition/\(family)"] ?? []
            for role in [current.taskRoleArn, current.executionRoleArn].compactMap(\.self) {
                if let name = ResourceName.canonical(role) { add(name, own) }
            }
            for container in current.containerDefinitions {
                add("ecr:repository/\(Self.repository(container.image))", own.union([.aws(.image, container.image)]))
                for secret in container.secrets {
                    let name =
                        ResourceName.canonical(secret.valueFrom)
                        ?? ResourceName.name(service: "ssm", resource: ChangeSubject.parameterPath(secret.valueFrom))
                    add(name, own)
                }
            }
        }
        if !snapshot.taskDefinitions.isEmpty, snapshot.taskDefinitions.allSatisfy({ $0.value.error == nil }) {
            decided.formUnion(["iam:role/", "ecr:repository/"])
        }
    }

    private mutating func addLoadBalancers() {
        guard case .value(let balancers)? = snapshot?.loadBalancers else { return }
        let own = balancers.filter { settings.loadBalancers.contains($0.loadBalancerName) }
        for item in own {
            let parts = balancer(item.loadBalancerName)
            place(parts, groups: item.securityGroups, subnets: item.availabilityZones.compactMap(\.subnetId))
            if let vpc = item.vpcId { networks[vpc, default: []].formUnion(parts) }
        }
        if case .value(let groups)? = snapshot?.targetGroups {
            for group in groups
            where group.loadBalancerArns.contains(where: { arn in own.contains { $0.loadBalancerArn == arn } }) {
                add("elasticloadbalancing:targetgroup/\(group.targetGroupName)", [])
            }
        }
        let listeners = snapshot?.listeners ?? [:]
        for (_, answer) in listeners {
            guard case .value(let listeners) = answer else { continue }
            for arn in listeners.flatMap(\.certificates).compactMap(\.certificateArn) {
                guard let name = ResourceName.canonical(arn) else { continue }
                add(name, balancerParts.union([.aws(.certificate, arn)]))
            }
        }
        if !listeners.isEmpty, listeners.allSatisfy({ $0.value.error == nil }) { decided.insert("acm:") }
    }

    private mutating func addStores() {
        if case .value(let databases)? = snapshot?.databases {
            for database in databases where database.dbInstanceIdentifier == settings.databaseInstance {
                let own = parts(of: "database")
                for group in database.dbParameterGroups.compactMap(\.dbParameterGroupName) {
                    add("rds:pg:\(group)", own)
                }
                if let group = database.dbSubnetGroup {
                    group.dbSubnetGroupName.map { add("rds:subgrp:\($0)", own) }
                    place(own, groups: [], subnets: group.subnets.compactMap(\.subnetIdentifier))
                }
                place(own, groups: database.vpcSecurityGroups.map(\.vpcSecurityGroupId), subnets: [])
            }
            if !databases.isEmpty { decided.formUnion(["rds:pg:", "rds:subgrp:"]) }
        }
        guard let cache = settings.cacheCluster, case .value(let clusters)? = snapshot?.cacheClusters else { return }
        for cluster in clusters where cluster.replicationGroupId == cache || cluster.cacheClusterId == cache {
            add("elasticache:cluster:\(cluster.cacheClusterId)", parts(of: "cache"))
            cluster.cacheSubnetGroupName.map { add("elasticache:subnetgroup:\($0)", parts(of: "cache")) }
            place(parts(of: "cache"), groups: cluster.securityGroups.compactMap(\.securityGroupId), subnets: [])
        }
    }

    private mutating func addGroups() {
        guard case .value(let groups)? = snapshot?.securityGroups else { return }
        for group in groups {
            guard let wearers = networks[group.groupId] else {
                decided.insert(group.groupId)
                continue
            }
            group.vpcId.map { networks[$0, default: []].formUnion(wearers) }
            for permission in group.ipPermissions + group.ipPermissionsEgress {
                for list in permission.prefixListIds { add(list.prefixListId, wearers) }
            }
        }
        if !networks.isEmpty { decided.insert("pl-") }
    }

    private mutating func addNetwork() {
        if case .value(let subnets)? = snapshot?.subnets {
            for subnet in subnets {
                guard let standing = networks[subnet.subnetId] else {
                    decided.insert(subnet.subnetId)
                    continue
                }
                subnet.vpcId.map { networks[$0, default: []].formUnion(standing) }
            }
        }
        if case .value(let tables)? = snapshot?.routeTables {
            for table in tables { add(table) }
            if !networks.isEmpty { decided.formUnion(["nat-", "igw-", "tgw-", "pcx-", "eigw-"]) }
        }
        if case .value(let lists)? = snapshot?.networkACLs {
            for list in lists {
                let standing = together(list.associationSet.compactMap(\.subnetId))
                standing.isEmpty ? _ = decided.insert(list.networkAclId) : add(list.networkAclId, standing)
            }
        }
        if networks.keys.contains(where: { $0.hasPrefix("vpc-") }) { decided.insert("vpc-") }
        for (name, standing) in networks { add(name, standing) }
    }

    private mutating func add(_ table: EC2.RouteTable) {
        var standing = together(table.associationSet.compactMap(\.subnetId))
        if standing.isEmpty, table.associationSet.contains(where: { $0.main == true }), let vpc = table.vpcId {
            standing = networks[vpc] ?? []
        }
        guard !standing.isEmpty else {
            decided.insert(table.routeTableId)
            return
        }
        add(table.routeTableId, standing)
        for route in table.routeSet {
            let ways = [route.gatewayId, route.natGatewayId, route.transitGatewayId, route.vpcPeeringConnectionId]
            for way in ways.compactMap(\.self) where way != "local" { add(way, standing) }
        }
    }

    private mutating func addNames() {
        if case .value(let namespaces)? = snapshot?.namespaces {
            for namespace in namespaces where namespace.name == settings.namespace {
                add("servicediscovery:namespace/\(namespace.id)", [.aws(.namespace, namespace.name)])
            }
            add("servicediscovery:name/\(settings.namespace)", [.aws(.namespace, settings.namespace)])
        }
        if case .value(let services)? = snapshot?.discoveryServices {
            for service in services {
                add("servicediscovery:service/\(service.id)", [.aws(.discoveryService, service.name)])
                add("servicediscovery:name/\(service.name)", [.aws(.discoveryService, service.name)])
            }
            decided.insert("servicediscovery:")
        }
        guard let snapshot, !snapshot.secrets.isEmpty else { return }
        for (name, answer) in snapshot.secrets {
            guard case .value(let secret) = answer, let key = secret.kmsKeyId else { continue }
            add(ResourceName.canonical(key) ?? "kms:\(key)", parts[Self.secret(name)] ?? [])
        }
        if snapshot.secrets.allSatisfy({ $0.value.error == nil }) { decided.insert("kms:key/") }
    }

    // MARK: Parts

    private mutating func add(_ name: String, _ components: Set<Component>) {
        parts[name, default: [Component(resource: name)]].formUnion(components)
    }

    private mutating func place(_ own: Set<Component>, groups: [String], subnets: [String]) {
        for name in groups + subnets { networks[name, default: []].formUnion(own) }
    }

    private func together(_ subnets: [String]) -> Set<Component> {
        subnets.reduce(into: []) { $0.formUnion(networks[$1] ?? []) }
    }

    /// A role, with the connections that it is an end of.
    private func parts(of role: String) -> Set<Component> {
        var own: Set<Component> = [Self.component(of: role)]
        if let name = settings.ecsServices[role] { own.insert(.aws(.ecsService, name)) }
        if role == "database" { own.insert(.aws(.databaseInstance, settings.databaseInstance)) }
        if role == "cache", let name = settings.cacheCluster { own.insert(.aws(.cache, name)) }
        return own.union(flows(of: role))
    }

    private func balancer(_ name: String) -> Set<Component> {
        balancerParts.union([.aws(.loadBalancer, name)])
    }

    /// What every request from outside comes over.
    private var balancerParts: Set<Component> {
        flows(of: "load-balancer").union([.balancer]).union(settings.ecsServices.keys.map(Self.component(of:)))
    }

    private func flows(of role: String) -> Set<Component> {
        Set(settings.flows.filter { $0.split(separator: ">").contains(Substring(role)) }.map { Component(.flow, $0) })
    }

    private static func component(of role: String) -> Component {
        switch role {
        case "database": .database
        case "cache": .redis
        default: Component(.service, role)
        }
    }

    private static func secret(_ name: String) -> String {
        ResourceName.canonical(name) ?? "secretsmanager:secret:\(name)"
    }

    /// `team/api` of `123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/api:1.9@sha256:…`.
    private static func repository(_ image: String) -> String {
        let plain = image.split(separator: "@").first ?? ""
        let path = plain.split(separator: "/")
        let hasRegistry = path.count > 1 && path[0].contains(where: { ".:".contains($0) })
        let name = path.dropFirst(hasRegistry ? 1 : 0)
        return name.dropLast().map { "\($0)/" }.joined() + String(name.last?.split(separator: ":").first ?? "")
    }
}
