import AWSClient

/// Whether one end of the network can open a TCP connection to another, and what decides it.
public struct Reachability: Sendable, Hashable {
    /// One element on the way.
    public struct Hop: Sendable, Hashable, CustomStringConvertible {
        public var element: String
        /// The rule that lets it pass, or why it does not.
        public var detail: String
        var passes: Bool
        /// What decides and is not known, where it does not pass for all that is known.
        public var undecided: String?
        /// What is closed although something passes.
        public var warning: String?

        init(element: String, detail: String, passes: Bool, undecided: String? = nil, warning: String? = nil) {
            (self.element, self.detail, self.passes) = (element, detail, passes)
            (self.undecided, self.warning) = (undecided, warning)
        }

        public var description: String { "\(passes ? "✓" : "✗") \(element): \(detail)" }
    }

    var from: String
    var to: String
    var port: Int
    public var hops: [Hop]

    public var isReachable: Bool { hops.allSatisfy(\.passes) }
    /// The first element that stops it.
    public var blocking: Hop? { hops.first { !$0.passes } }
    /// The way as text, one element after the other.
    public var path: String {
        ([from] + hops.map(\.description) + ["\(to):\(port)"]).joined(separator: "\n  → ")
    }
}

extension NetworkModel {
    /// The client's ports that answers come back to: what AWS advises to open for any client, load balancers included
    /// (VPC User Guide, "Ephemeral ports").
    public static let ephemeralPorts = 1024...65535

    /// The ports that Linux takes for its own connections (`net.ipv4.ip_local_port_range`), so those of tasks.
    public static let linuxPorts = 32768...60999

    /// Follows a connection there and its answers back. Security groups are stateful, network ACLs are not.
    public func reachability(
        from source: Endpoint, to target: Endpoint, port: Int, answeringTo ports: ClosedRange<Int>? = nil
    ) -> Reachability {
        let ephemeral = ports ?? source.clientPorts
        var hops: [Reachability.Hop] = []
        let sameSubnet = source.subnetID != nil && source.subnetID == target.subnetID
        if source.subnetID != nil { hops.append(securityGroups(of: source, egress: true, peer: target, port: port)) }
        if !sameSubnet {
            if source.subnetID != nil {
                hops.append(list(of: source, egress: true, peer: target.address, ports: port...port))
            }
            hops.append(route(from: source, to: target))
            if target.subnetID != nil {
                hops.append(list(of: target, egress: false, peer: source.address, ports: port...port))
            }
        }
        if target.subnetID != nil { hops.append(securityGroups(of: target, egress: false, peer: source, port: port)) }
        if !sameSubnet {
            if target.subnetID != nil {
                hops.append(list(of: target, egress: true, peer: source.address, ports: ephemeral))
            }
            hops.append(route(from: target, to: source))
            if source.subnetID != nil {
                hops.append(list(of: source, egress: false, peer: target.address, ports: ephemeral))
            }
        }
        return Reachability(from: source.name, to: target.name, port: port, hops: hops)
    }

    private func securityGroups(of end: Endpoint, egress: Bool, peer: Endpoint, port: Int) -> Reachability.Hop {
        let direction = egress ? "egress" : "ingress"
        let element = "security group \(direction) of \(end.name) (\(end.securityGroups.joined(separator: ", ")))"
        var undecided: Set<String> = []
        for id in end.securityGroups {
            guard let group = securityGroups[id] else { continue }
            for permission in egress ? group.ipPermissionsEgress : group.ipPermissions {
                guard Self.coversTCP(permission.ipProtocol, permission.fromPort, permission.toPort, port) else {
                    continue
                }
                if let pair = permission.groups.first(where: { peer.securityGroups.contains($0.groupId) }) {
                    return .init(
                        element: element, detail: "\(id) allows tcp \(port) \(direction) \(pair.groupId)", passes: true)
                }
                if let range = permission.ipRanges.first(where: { IPv4Block($0.cidrIp)?.contains(peer.address) == true }
                ) {
                    return .init(
                        element: element, detail: "\(id) allows tcp \(port) \(direction) \(range.cidrIp)", passes: true)
                }
                for list in permission.prefixListIds.map(\.prefixListId) {
                    guard let ranges = prefixLists[list] ?? nil else {
                        undecided.insert(list)
                        continue
                    }
                    if let range = ranges.first(where: { IPv4Block($0)?.contains(peer.address) == true }) {
                        return .init(
                            element: element, detail: "\(id) allows tcp \(port) \(direction) \(range) of \(list)",
                            passes: true)
                    }
                }
            }
        }
        let peerText = peer.securityGroups.isEmpty ? "\(peer.address)" : peer.securityGroups.joined(separator: " or ")
        return .init(
            element: element, detail: "no rule allows tcp \(port) \(egress ? "to" : "from") \(peerText)", passes: false,
            undecided: undecided.isEmpty
                ? nil : "the prefix list \(undecided.sorted().joined(separator: ", ")) could not be read")
    }

    static func coversTCP(_ kind: String, _ from: Int?, _ to: Int?, _ port: Int) -> Bool {
        if kind == "-1" { return true }
        guard kind == "tcp" || kind == "6" else { return false }
        let low = from ?? 0
        let high = to ?? 65535
        return low <= high && (low...high).contains(port)
    }

    /// Evaluates a network ACL for all ports at once: the first entry that matches a port decides it.
    private func list(
        of end: Endpoint, egress: Bool, peer: IPv4Address, ports: ClosedRange<Int>
    ) -> Reachability.Hop {
        let subnet = end.subnetID ?? ""
        let direction = egress ? "egress" : "ingress"
        guard let list = networkACLs[subnet] else {
            return .init(element: "network ACL \(direction) of \(subnet)", detail: "none is known", passes: false)
        }
        let portText = ports.count == 1 ? "\(ports.lowerBound)" : "\(ports.lowerBound)-\(ports.upperBound)"
        let element = "network ACL \(list.networkAclId) \(direction) of \(subnet)"
        var open = PortSet(ports)
        for entry in list.entrySet.filter({ $0.egress == egress }).sorted(by: { $0.ruleNumber < $1.ruleNumber }) {
            guard let block = entry.cidrBlock.flatMap(IPv4Block.init), block.contains(peer),
                entry.protocol == "-1" || entry.protocol == "6"
            else { continue }
            let covered =
                entry.protocol == "-1" ? 0...65535 : entry.portRange.map { $0.from...max($0.from, $0.to) } ?? 0...65535
            guard open.overlaps(covered) else { continue }
            if entry.ruleAction == "deny" {
                // The last rule of every list denies the rest: of a range that is open in part, that part is said.
                if entry.ruleNumber == 32767, open != PortSet(ports) { break }
                return .init(
                    element: element, detail: "rule \(Self.number(entry)) denies tcp \(portText) (peer \(peer))",
                    passes: false)
            }
            open.subtract(covered)
            if open.isEmpty {
                return .init(element: element, detail: "rule \(entry.ruleNumber) allows tcp \(portText)", passes: true)
            }
        }
        guard open != PortSet(ports) else {
            return .init(element: element, detail: "no rule allows tcp \(portText) (peer \(peer))", passes: false)
        }
        var opened = PortSet(ports)
        for range in open.ranges { opened.subtract(range) }
        return .init(
            element: element, detail: "allows tcp \(opened) only", passes: true,
            warning:
                "\(list.networkAclId) opens tcp \(opened) only: \(open.count) of the \(ports.count) ports \(portText) to which "
                + "answers come back are closed")
    }

    private static func number(_ entry: EC2.NetworkACL.Entry) -> String {
        entry.ruleNumber == 32767 ? "*" : String(entry.ruleNumber)
    }

    /// The most specific route decides; to the outside it must be a gateway that this end can use.
    private func route(from source: Endpoint, to target: Endpoint) -> Reachability.Hop {
        guard let subnet = source.subnetID else {
            // Outside of AWS: what matters is whether the target has a public address at all.
            let element = "the internet"
            return target.hasPublicAddress
                ? .init(element: element, detail: "\(target.name) has a public address", passes: true)
                : .init(element: element, detail: "\(target.name) has no public address", passes: false)
        }
        guard let table = routeTables[subnet] else {
            return .init(element: "route table of \(subnet)", detail: "none is known", passes: false)
        }
        let element = "route table \(table.routeTableId) of \(subnet)"
        let matching = table.routeSet.compactMap { route -> (IPv4Block, EC2.RouteTable.Route)? in
            guard let block = route.destinationCidrBlock.flatMap(IPv4Block.init), block.contains(target.address) else {
                return nil
            }
            return (block, route)
        }
        guard let (block, route) = matching.max(by: { $0.0.prefix < $1.0.prefix }) else {
            return .init(element: element, detail: "no route to \(target.address)", passes: false)
        }
        if route.state == "blackhole" {
            return .init(element: element, detail: "the route \(block) is a black hole", passes: false)
        }
        if target.subnetID != nil, subnets[subnet]?.vpcId == subnets[target.subnetID ?? ""]?.vpcId {
            let passes = route.gatewayId == "local"
            return .init(element: element, detail: "\(block) → \(Self.next(route))", passes: passes)
        }
        // Answers and connections to the outside: an internet gateway needs a public address, a NAT gateway gives one.
        let isGateway = route.gatewayId?.hasPrefix("igw-") == true
        let usable =
            isGateway
            ? source.hasPublicAddress
            : route.natGatewayId != nil || route.transitGatewayId != nil || route.vpcPeeringConnectionId != nil
                || route.gatewayId?.hasPrefix("vgw-") == true
        let reason = isGateway && !usable ? " but \(source.name) has no public address" : ""
        return .init(element: element, detail: "\(block) → \(Self.next(route))\(reason)", passes: usable)
    }

    private static func next(_ route: EC2.RouteTable.Route) -> String {
        route.gatewayId ?? route.natGatewayId ?? route.transitGatewayId ?? route.vpcPeeringConnectionId
            ?? route.networkInterfaceId ?? "nowhere"
    }
}
