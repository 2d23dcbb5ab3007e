import AWSClient
import CheckKit
import RunModel

/// How tasks in a subnet reach what starting and running them takes: through the default route, or through VPC endpoints.
struct WayOut {
    /// Something that tasks of a service must reach.
    enum Need: Hashable, Comparable {
        /// An interface of AWS in the platform's own region, such as `ecr.dkr`.
        case service(String)
        /// Something that no endpoint of the network leads to.
        case internet(String)

        var name: String {
            switch self {
            case .service(let name), .internet(let name): name
            }
        }
    }

    enum DefaultRoute {
        case open(EC2.RouteTable.Route)
        /// Why it leads nowhere.
        case closed(String)
    }

    let model: NetworkModel
    let natGateways: Collected<[EC2.NATGateway]>?
    let endpoints: [EC2.VPCEndpoint]
    let region: String

    /// What starting a task of this revision takes.
    static func needs(of task: TaskReferences, region: String) -> Set<Need> {
        var needs: Set<Need> = []
        for container in task.definition.containerDefinitions {
            let image = ImageName(container.image)
            guard let place = image.place, place.region == region else {
                needs.insert(
                    .internet(
                        image.place == nil
                            ? "the registry of \(container.image)" : "ECR in \(image.place?.region ?? "")"))
                continue
            }
            // Layers lie in S3 (Amazon ECR User Guide, "VPC endpoints").
            needs.formUnion([.service("ecr.api"), .service("ecr.dkr"), .service("s3")])
        }
        for secret in task.secrets {
            let name = secret.isParameter ? "ssm" : "secretsmanager"
            needs.insert(
                (secret.region ?? region) == region ? .service(name) : .internet("\(name) in \(secret.region ?? "")"))
        }
        for log in task.logs {
            needs.insert(log.region == region ? .service("logs") : .internet("logs in \(log.region)"))
        }
        return needs
    }

    func defaultRoute(of subnet: String, isPublic: Bool) throws -> DefaultRoute {
        guard let route = model.routeTables[subnet]?.routeSet.first(where: { $0.destinationCidrBlock == "0.0.0.0/0" })
        else { return .closed("no default route") }
        let text = Self.describe(route)
        if route.state == "blackhole" { return .closed("\(text), a black hole") }
        if route.gatewayId?.hasPrefix("igw-") == true {
            return isPublic ? .open(route) : .closed("\(text), and the tasks have no public address")
        }
        guard let id = route.natGatewayId else {
            let leads =
                route.transitGatewayId ?? route.networkInterfaceId ?? route.vpcPeeringConnectionId ?? route.gatewayId
            return leads == nil ? .closed(text) : .open(route)
        }
        // Snapshots of builds that did not ask have none.
        guard natGateways != nil else { return .open(route) }
        guard let gateway = try natGateways.known().first(where: { $0.natGatewayId == id }) else {
            return .closed("\(text), which does not exist")
        }
        if let state = gateway.state, state.lowercased() != "available" {
            let reason = gateway.failureMessage.map { ": \($0)" } ?? ""
            return .closed("\(id) is \(state)\(reason)")
        }
        guard gateway.connectivityType != "private", let own = gateway.subnetId else { return .open(route) }
        let onward = model.routeTables[own]?.routeSet.first { $0.destinationCidrBlock == "0.0.0.0/0" }
        guard onward?.gatewayId?.hasPrefix("igw-") == true, onward?.state != "blackhole" else {
            let leads = onward.map(Self.describe) ?? "no default route"
            return .closed("\(id) stands in \(own), which has no route to an internet gateway (\(leads))")
        }
        return .open(route)
    }

    static func describe(_ route: EC2.RouteTable.Route) -> String {
        let next =
            route.natGatewayId ?? route.gatewayId ?? route.transitGatewayId ?? route.networkInterfaceId
            ?? route.vpcPeeringConnectionId ?? "nowhere"
        return "0.0.0.0/0 → \(next) (\(route.state ?? "?"))"
    }

    /// How an endpoint serves a need from a subnet: nil where there is none, else what is wrong with it (empty for nothing).
    func endpoint(for name: String, from source: NetworkModel.Endpoint) -> (id: String, problem: String?)? {
        let subnet = source.subnetID ?? ""
        guard let network = model.subnets[subnet]?.vpcId else { return nil }
        let own = endpoints.filter { $0.vpcId == network && $0.serviceName.hasSuffix(".\(region).\(name)") }
        // A gateway serves the subnets whose table has a route to it.
        let routes = model.routeTables[subnet]?.routeSet ?? []
        for gateway in own where gateway.vpcEndpointType == "Gateway" {
            guard routes.contains(where: { $0.gatewayId == gateway.vpcEndpointId && $0.state != "blackhole" }) else {
                continue
            }
            return (gateway.vpcEndpointId, state(of: gateway))
        }
        let interfaces = own.filter { $0.vpcEndpointType == "Interface" }
        guard let first = interfaces.first else { return nil }
        let problems = interfaces.map { problem(of: $0, from: source) }
        return (first.vpcEndpointId, problems.contains(nil) ? nil : problems[0])
    }

    private func state(of endpoint: EC2.VPCEndpoint) -> String? {
        guard let state = endpoint.state, state.lowercased() != "available" else { return nil }
        return "\(endpoint.vpcEndpointId) is \(state)"
    }

    private func problem(of endpoint: EC2.VPCEndpoint, from source: NetworkModel.Endpoint) -> String? {
        let id = endpoint.vpcEndpointId
        if let problem = state(of: endpoint) { return problem }
        guard endpoint.privateDnsEnabled != false else {
            return "\(id) has no private DNS, so the usual name does not lead to it"
        }
        // Its address in the task's own zone is asked first, but any of them does.
        let ways = endpoint.subnetIdSet.compactMap { subnet -> Reachability? in
            guard let block = model.subnets[subnet].flatMap({ IPv4Block($0.cidrBlock) }) else { return nil }
            let target = NetworkModel.Endpoint(
                name: "\(id) in \(subnet)", address: block.hosts.first, subnetID: subnet,
                securityGroups: endpoint.groupSet.map(\.groupId))
            return model.reachability(from: source, to: target, port: 443)
        }
        guard let blocking = ways.compactMap(\.blocking).first, !ways.contains(where: \.isReachable),
            blocking.undecided == nil
        else { return nil }
        return "\(id): \(blocking.element): \(blocking.detail)"
    }

    /// Whether the security groups let connections to port 443 out to public addresses.
    func letsOut(_ groups: [String]) -> Bool {
        groups.contains { id in
            // A group that is not listed says nothing.
            guard let group = model.securityGroups[id] else { return true }
            return group.ipPermissionsEgress.contains { permission in
                guard NetworkModel.coversTCP(permission.ipProtocol, permission.fromPort, permission.toPort, 443) else {
                    return false
                }
                return !permission.prefixListIds.isEmpty || !permission.ipv6Ranges.isEmpty
                    || permission.ipRanges.contains { range in
                        IPv4Block(range.cidrIp).map { $0.prefix < 8 || !IPv4Address(number: $0.network).isPrivate }
                            ?? false
                    }
            }
        }
    }
}
