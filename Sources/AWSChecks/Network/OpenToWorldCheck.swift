import AWSClient
import CheckKit
import RunModel

/// AWS-NET-02: nothing but the load balancers' ports is open to the whole internet.
struct OpenToWorldCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [
        .securityGroups, .prefixLists, .services, .loadBalancers, .listeners, .databases, .cacheClusters,
    ]
    let passingNote = "only web ports are open to the world"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-NET-02", "No security group of the platform opens anything but its load balancers' ports to the world",
            intent: "A database or task port that is open to 0.0.0.0/0 is found by scanners within the hour.",
            procedure:
                "Adds up the address ranges and prefix lists of each group's rules, port by port; more than half of the addresses "
                + "is the world. Groups that nothing of the platform uses are listed and not judged.",
            severity: .critical, isCritical: true,
            risk: "Anyone can try passwords and exploits against internal services.",
            remediation: Remediation(
                summary: "Allow the groups that need the port instead of every address.",
                command:
                    "aws ec2 revoke-security-group-ingress --group-id GROUP --protocol tcp --port PORT --cidr 0.0.0.0/0"
            ))
    }

    private static let webPorts: Set<Int> = [80, 443]

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        let own = try PlatformGroups(snapshot)
        for group in try snapshot.securityGroups.known() {
            let opened = Self.openRules(of: group, snapshot.prefixLists)
            guard let users = own.users[group.groupId] else {
                if !opened.isEmpty {
                    analysis.remarks.append(
                        "\(group.groupName) (\(group.groupId)) is open to the world and used by nothing of the platform"
                    )
                }
                continue
            }
            analysis.look(at: group.groupId) { analysis in
                let allowed = Self.webPorts.union(own.listening[group.groupId] ?? [])
                for permission in opened where !Self.isHarmless(permission, allowed) {
                    let ports = Self.ports(permission)
                    analysis.found(
                        .exposed(.aws(.securityGroup, group.groupId), .openToWorld),
                        "\(group.groupName) (\(group.groupId))",
                        "\(permission.ipProtocol == "-1" ? "all traffic" : "\(permission.ipProtocol) \(ports)") is open to the world",
                        expected:
                            "only tcp \(allowed.sorted().map(String.init).joined(separator: " and ")) from everywhere",
                        got: "\(ports) of \(users.sorted().joined(separator: ", ")) from \(Self.sources(permission))")
                }
            }
        }
        return analysis
    }

    private static func isHarmless(_ permission: EC2.SecurityGroup.Permission, _ allowed: Set<Int>) -> Bool {
        if permission.ipProtocol.hasPrefix("icmp") || ["1", "58"].contains(permission.ipProtocol) { return true }
        return permission.fromPort == permission.toPort && permission.fromPort.map(allowed.contains) == true
            && ["tcp", "6", "udp", "17"].contains(permission.ipProtocol)
    }

    private static func ports(_ permission: EC2.SecurityGroup.Permission) -> String {
        guard let low = permission.fromPort, permission.ipProtocol != "-1" else { return "all ports" }
        return low == permission.toPort ? "\(low)" : "\(low)-\(permission.toPort ?? 65535)"
    }

    private static func sources(_ permission: EC2.SecurityGroup.Permission) -> String {
        let texts =
            permission.ipRanges.map(\.cidrIp) + permission.ipv6Ranges.map(\.cidrIpv6)
            + permission.prefixListIds.map(\.prefixListId)
        return texts.prefix(4).joined(separator: ", ") + (texts.count > 4 ? ", …" : "")
    }

    /// The rules whose ports are open to the world by themselves, or together with others that open the same ports.
    static func openRules(
        of group: EC2.SecurityGroup, _ lists: [String: Collected<[String]>]
    ) -> [EC2.SecurityGroup.Permission] {
        group.ipPermissions.filter { permission in
            let together = group.ipPermissions.filter { covers($0, permission) }
            let blocks = together.flatMap { other -> [String] in
                let listed = other.prefixListIds.flatMap { list -> [String] in
                    if case .value(let ranges)? = lists[list.prefixListId] { return ranges }
                    return []
                }
                return other.ipRanges.map(\.cidrIp) + other.ipv6Ranges.map(\.cidrIpv6) + listed
            }
            let hasSource =
                !(permission.ipRanges.isEmpty && permission.ipv6Ranges.isEmpty && permission.prefixListIds.isEmpty)
            return hasSource && AddressCoverage(blocks).coversInternet
        }
    }

    private static func covers(
        _ outer: EC2.SecurityGroup.Permission, _ inner: EC2.SecurityGroup.Permission
    ) -> Bool {
        if outer.ipProtocol == "-1" { return true }
        guard outer.ipProtocol == inner.ipProtocol else { return false }
        return (outer.fromPort ?? 0) <= (inner.fromPort ?? 0) && (outer.toPort ?? 65535) >= (inner.toPort ?? 65535)
    }
}
