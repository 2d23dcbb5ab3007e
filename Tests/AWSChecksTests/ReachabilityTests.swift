import AWSClient
import Foundation
import TestSupport
import Testing

@testable import AWSChecks

/// Numbers that look random and are the same on every run (SplitMix64).
private struct SeededNumbers: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// A packet at a time through the network, written apart from the code under test: every port is tried on its own.
private struct PacketSimulation {
    struct Packet {
        var source: UInt32
        var target: UInt32
        var sourcePort: Int
        var targetPort: Int
    }

    let model: NetworkModel

    func connects(
        _ client: NetworkModel.Endpoint, _ server: NetworkModel.Endpoint, port: Int, clientPorts: ClosedRange<Int>
    ) -> Bool {
        for clientPort in clientPorts {
            let there = Packet(
                source: client.address.number, target: server.address.number, sourcePort: clientPort, targetPort: port)
            let back = Packet(
                source: server.address.number, target: client.address.number, sourcePort: port, targetPort: clientPort)
            guard groupsAdmit(there, client, server) else { return false }
            guard travels(there, from: client, to: server), travels(back, from: server, to: client) else {
                return false
            }
        }
        return true
    }

    /// Security groups look at the first packet only; the answers belong to it.
    private func groupsAdmit(_ packet: Packet, _ from: NetworkModel.Endpoint, _ to: NetworkModel.Endpoint) -> Bool {
        func admits(_ own: [String], _ other: [String], _ address: UInt32, _ egress: Bool) -> Bool {
            for id in own {
                let rules =
                    egress ? model.securityGroups[id]?.ipPermissionsEgress : model.securityGroups[id]?.ipPermissions
                for rule in rules ?? [] {
                    let tcp = rule.ipProtocol == "tcp" || rule.ipProtocol == "-1"
                    let low = rule.ipProtocol == "-1" ? 0 : rule.fromPort ?? 0
                    let high = rule.ipProtocol == "-1" ? 65535 : rule.toPort ?? 65535
                    guard tcp, low <= packet.targetPort, packet.targetPort <= high else { continue }
                    if rule.groups.contains(where: { other.contains($0.groupId) }) { return true }
                    if rule.ipRanges.contains(where: { inside(address, $0.cidrIp) }) { return true }
                }
            }
            return false
        }
        return admits(from.securityGroups, to.securityGroups, packet.target, true)
            && admits(to.securityGroups, from.securityGroups, packet.source, false)
    }

    private func travels(_ packet: Packet, from: NetworkModel.Endpoint, to: NetworkModel.Endpoint) -> Bool {
        guard let here = from.subnetID, let there = to.subnetID else { return false }
        if here == there { return true }
        return listAdmits(packet, here, egress: true) && routed(packet, here)
            && listAdmits(packet, there, egress: false)
    }

    private func listAdmits(_ packet: Packet, _ subnet: String, egress: Bool) -> Bool {
        let peer = egress ? packet.target : packet.source
        var entries = model.networkACLs[subnet]?.entrySet.filter { $0.egress == egress } ?? []
        entries.sort { $0.ruleNumber < $1.ruleNumber }
        for entry in entries {
            guard entry.protocol == "-1" || entry.protocol == "6", inside(peer, entry.cidrBlock ?? "") else { continue }
            if entry.protocol == "6", let range = entry.portRange,
                packet.targetPort < range.from || packet.targetPort > range.to
            {
                continue
            }
            return entry.ruleAction == "allow"
        }
        return false
    }

    private func routed(_ packet: Packet, _ subnet: String) -> Bool {
        let routes = (model.routeTables[subnet]?.routeSet ?? []).filter {
            inside(packet.target, $0.destinationCidrBlock ?? "")
        }
        let best = routes.max { length($0.destinationCidrBlock) < length($1.destinationCidrBlock) }
        return best?.gatewayId == "local" && best?.state != "blackhole"
    }

    private func length(_ block: String?) -> Int { Int(block?.split(separator: "/").last ?? "") ?? -1 }

    private func inside(_ address: UInt32, _ block: String) -> Bool {
        let parts = block.split(separator: "/")
        guard parts.count == 2, let bits = Int(parts[1]) else { return false }
        let bytes = parts[0].split(separator: ".").compactMap { UInt32($0) }
        guard bytes.count == 4 else { return false }
        let network = bytes.reduce(0) { $0 << 8 | $1 }
        return bits == 0 || address >> UInt32(32 - bits) == network >> UInt32(32 - bits)
    }
}

@Suite struct ReachabilityTests {
    private static let clientPorts = 1024...1087
    private static let servicePorts = [80, 443, 1030, 5000, 5432]

    private func network(_ numbers: inout SeededNumbers) throws -> (NetworkModel, [NetworkModel.Endpoint]) {
        let count = Int.random(in: 1...3, using: &numbers)
        let blocks = (0..<count).map { "10.0.\($0).0/24" }
        let peers = blocks + ["10.0.0.0/16", "0.0.0.0/0", "10.0.0.0/25", "192.168.0.0/16"]
        func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &numbers) }
        func pick<Element>(_ elements: [Element]) throws -> Element {
            try #require(elements.randomElement(using: &numbers))
        }

        func entries() throws -> [String] {
            try [true, false].flatMap { egress in
                try (1...number(1...5)).map { rule -> String in
                    let low = try pick([1024, 1030, 1050, 80, 443, 5000, 0])
                    let high = try pick([1087, 1060, 65535, 443, 5432].filter { $0 >= low })
                    let kind = try pick(["-1", "6", "6", "6", "17"])
                    let range = kind == "6" ? ",\"portRange\":{\"from\":\(low),\"to\":\(high)}" : ""
                    let action = try pick(["allow", "allow", "allow", "deny"])
                    return """
                        {"ruleNumber":\(rule * 10 + number(0...9)),"protocol":"\(kind)","ruleAction":"\(action)","egress":\(egress),\
                        "cidrBlock":"\(try pick(peers))"\(range)}
                        """
                } + [
                    "{\"ruleNumber\":32767,\"protocol\":\"-1\",\"ruleAction\":\"deny\",\"egress\":\(egress),\"cidrBlock\":\"0.0.0.0/0\"}"
                ]
            }
        }
        func permissions() throws -> String {
            let rules = try (0..<number(0...3)).map { _ -> String in
                let port = try pick(Self.servicePorts)
                let kind = try pick(["tcp", "tcp", "tcp", "-1", "udp"])
                let ports = kind == "-1" ? "" : "\"fromPort\":\(port),\"toPort\":\(try pick([port, 65535])),"
                let byGroup = number(0...1) == 1
                let groups = byGroup ? "{\"groupId\":\"sg-\(number(0...2))\"}" : ""
                let ranges = byGroup ? "" : "{\"cidrIp\":\"\(try pick(peers))\"}"
                return """
                    {"ipProtocol":"\(kind)",\(ports)"groups":[\(groups)],"ipRanges":[\(ranges)],"ipv6Ranges":[],"prefixListIds":[]}
                    """
            }
            return "[" + rules.joined(separator: ",") + "]"
        }
        let subnets = blocks.enumerated().map {
            "{\"subnetId\":\"subnet-\($0)\",\"vpcId\":\"vpc\",\"cidrBlock\":\"\($1)\"}"
        }
        let lists = try (0..<count).map { index in
            """
            {"networkAclId":"acl-\(index)","vpcId":"vpc","entrySet":[\(try entries().joined(separator: ","))],\
            "associationSet":[{"subnetId":"subnet-\(index)"}]}
            """
        }
        let tables = try (0..<count).map { index -> String in
            let local =
                number(0...9) == 0
                ? "" : "{\"destinationCidrBlock\":\"10.0.0.0/16\",\"gatewayId\":\"local\",\"state\":\"active\"},"
            let narrow =
                number(0...5) == 0
                ? "{\"destinationCidrBlock\":\"\(try pick(blocks))\",\"networkInterfaceId\":\"eni\",\"state\":\"blackhole\"},"
                : ""
            return """
                {"routeTableId":"rtb-\(index)","vpcId":"vpc","associationSet":[{"subnetId":"subnet-\(index)"}],\
                "routeSet":[\(local)\(narrow){"destinationCidrBlock":"0.0.0.0/0","gatewayId":"igw-1","state":"active"}]}
                """
        }
        let groups = try (0..<3).map { index in
            """
            {"groupId":"sg-\(index)","groupName":"g\(index)","ipPermissions":\(try permissions()),\
            "ipPermissionsEgress":\(try permissions())}
            """
        }
        func decoded<Value: Decodable>(_ type: Value.Type, _ parts: [String]) throws -> Value {
            try JSONDecoder().decode(type, from: Data(("[" + parts.joined(separator: ",") + "]").utf8))
        }
        let model = NetworkModel(
            subnets: try decoded([EC2.Subnet].self, subnets),
            securityGroups: try decoded([EC2.SecurityGroup].self, groups),
            networkACLs: try decoded([EC2.NetworkACL].self, lists),
            routeTables: try decoded([EC2.RouteTable].self, tables))
        let ends = (0..<4).map { index in
            let subnet = number(0...count - 1)
            let own = (0...2).filter { _ in number(0...1) == 1 }.map { "sg-\($0)" }
            return NetworkModel.Endpoint(
                name: "e\(index)",
                address: IPv4Address(number: 0x0A00_0000 + UInt32(subnet << 8) + UInt32(number(4...250))),
                subnetID: "subnet-\(subnet)", securityGroups: own.isEmpty ? ["sg-0"] : own)
        }
        return (model, ends)
    }

    /// Interval arithmetic over rules against one packet at a time: 1,000 networks, every pair of ends, several ports.
    @Test func `verdicts equal a simulation of every packet`() throws {
        var numbers = SeededNumbers(state: 20_260_102)
        var (reachable, blocked) = (0, 0)
        for round in 0..<1000 {
            let (model, ends) = try network(&numbers)
            let simulation = PacketSimulation(model: model)
            for source in ends {
                for target in ends where target != source {
                    for port in Self.servicePorts {
                        let verdict = model.reachability(
                            from: source, to: target, port: port, answeringTo: Self.clientPorts)
                        let truth = simulation.connects(source, target, port: port, clientPorts: Self.clientPorts)
                        // A list that leaves some of the answers' ports is no wall, and said as a warning.
                        let isWhole = verdict.isReachable && verdict.hops.allSatisfy { $0.warning == nil }
                        if isWhole != truth {
                            Issue.record("network \(round): packets say \(truth)\n\(verdict.path)")
                            return
                        }
                        if truth { reachable += 1 } else { blocked += 1 }
                    }
                }
            }
        }
        // A test over networks in which everything is blocked would prove little.
        #expect(reachable > 500 && blocked > 500, "\(reachable) reachable, \(blocked) blocked")
    }
}
