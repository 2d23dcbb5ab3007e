import AWSClient
import CheckKit
import RunModel

/// AWS-NET-05: a connection from here comes about, or not, as groups, lists and routes say.
struct VantagePointCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [
        .securityGroups, .networkACLs, .routeTables, .subnets, .loadBalancers, .services, .databases, .cacheClusters,
        .cacheSubnets, .networkInterfaces, .prefixLists, .connections,
    ]
    let passingNote = "connections from here end as the network's rules say; the evidence lists them"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-NET-05", "Connections from here end as security groups, network ACLs and routes say",
            intent: "What the rules say is a forecast; where a connection can be tried, it is tried.",
            procedure:
                "Opens and closes a TCP connection to the configured API, MLflow, database and Redis, 3 s each, and follows the same "
                + "way over the rules: from this task's own network interface inside AWS, from the internet to public addresses "
                + "elsewhere. Loopback addresses and private ones seen from outside are listed and not judged.",
            risk:
                "The rules look right and something outside of them blocks, or traffic takes a way that nobody looks at.",
            remediation: Remediation(
                summary:
                    "Silence against the rules: look at the host's own firewall, and at what the name resolves to. An answer against the "
                    + "rules: the name leads elsewhere, or over a peering or VPN.",
                command:
                    "aws ec2 describe-network-interfaces --filters Name=addresses.private-ip-address,Values=ADDRESS"))
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        let roles = NetworkRoles(
            snapshot: snapshot, settings: expectations.settings, model: try NetworkModel(snapshot))
        let interfaces = try snapshot.networkInterfaces.known()
        guard let connections = snapshot.connections else {
            throw Stop.inconclusive(
                .obstacle(.notCollected, of: Component(.flow)), "the snapshot lacks the answer this check reads")
        }
        var judged = 0
        for connection in connections {
            guard let source = Self.source(of: connection, interfaces) else {
                analysis.remarks.append("\(connection): the rules do not cover this way")
                continue
            }
            judged += 1
            analysis.look(at: connection.role) { analysis in
                let ways = try roles.endpoints(connection.role).map { target in
                    roles.model.reachability(from: source, to: target, port: connection.port)
                }
                Self.compare(connection, ways, &analysis)
            }
        }
        guard judged > 0 else {
            let ways = connections.map(\.description).joined(separator: "; ")
            throw Stop.skipped(
                "no rule of the account lies between here and the configured addresses: \(ways.isEmpty ? "none" : ways)"
            )
        }
        return analysis
    }

    /// Where the connection began, as far as the rules know; nil where they say nothing about the way.
    private static func source(
        of connection: ProbedConnection, _ interfaces: [EC2.NetworkInterface]
    ) -> NetworkModel.Endpoint? {
        guard let peer = connection.peer.flatMap({ IPv4Address($0) }), !peer.isLoopback else { return nil }
        // A load balancer has a name. An address in its place leads to something else.
        if connection.role == "load-balancer", IPv4Address(connection.host) != nil { return nil }
        if let own = connection.own, let address = IPv4Address(own),
            let interface = interfaces.first(where: { $0.privateIpAddress == own })
        {
            return NetworkModel.Endpoint(
                name: "this task (\(own))", address: address, subnetID: interface.subnetId,
                securityGroups: interface.groupSet.map(\.groupId),
                hasPublicAddress: interface.association?.publicIp != nil)
        }
        return peer.isPrivate ? nil : NetworkRoles.internet
    }

    private static func compare(
        _ connection: ProbedConnection, _ ways: [Reachability], _ analysis: inout Analysis
    ) {
        if let reason = ways.compactMap(\.blocking?.undecided).first {
            analysis.unknown(
                .obstacle(.notCollected, of: .aws(.flow, connection.role)), "\(connection.role): \(reason)")
            return
        }
        let open = ways.filter(\.isReachable)
        // Where the rules differ between a role's subnets, either ending agrees with them.
        if let way = open.first, open.count == ways.count, connection.ending == .silent {
            analysis.found(
                .networkBlock(.aws(.flow, connection.role), .forecast),
                connection.role, "no answer although every rule lets it pass: \(connection)",
                expected: "a connection, or a refusal by the host", got: connection.detail)
            analysis.remarks.append(way.path)
        } else if open.isEmpty, let blocking = ways.compactMap(\.blocking).first, connection.ending != .silent {
            analysis.found(
                .networkBlock(.aws(.flow, connection.role), .forecast),
                connection.role, "an answer although \(blocking.element) blocks: \(connection)",
                expected: "silence: \(blocking.detail)", got: connection.ending.rawValue)
            analysis.remarks += ways.prefix(1).map(\.path)
        } else {
            analysis.remarks.append("\(connection), as \(open.isEmpty ? "a rule blocks" : "the rules allow")")
            analysis.remarks += ways.prefix(1).map(\.path)
        }
    }
}

/// A connection that was tried from here to one of the configured addresses.
public struct ProbedConnection: Sendable, Codable, Hashable, CustomStringConvertible {
    public enum Ending: String, Sendable, Codable {
        case connected
        /// The host said no: it was reached.
        case refused
        /// Nothing came back in time.
        case silent
        /// There was no address to try.
        case unresolved
    }

    /// Of the flows: `load-balancer`, `mlflow`, `database`, `cache`.
    public var role: String
    public var host: String
    public var port: Int
    /// The address tried; nil when the name has none.
    public var peer: String?
    /// This machine's address on the way there, where it is known to be a machine of AWS.
    public var own: String?
    public var ending: Ending
    /// The error's words; empty for a connection.
    public var detail: String

    public var description: String { "\(role) \(host):\(port) (\(peer ?? "no address")) \(ending.rawValue)" }
}

extension IPv4Address {
    var isLoopback: Bool { number >> 24 == 127 }

    /// RFC 1918, RFC 6598 and link-local addresses.
    var isPrivate: Bool {
        ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16"]
            .contains { IPv4Block($0)?.contains(self) == true }
    }
}
