import AWSClient
import CheckKit
import RunModel

/// AWS-NET-02: nothing but the load balancers' web ports is open to the whole internet.
struct OpenToWorldCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.securityGroups]
    let passingNote = "only web ports are open to the world"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-NET-02", "No security group opens anything but 80 and 443 to the world",
            intent: "A database or task port that is open to 0.0.0.0/0 is found by scanners within the hour.",
            severity: .high, risk: "Anyone can try passwords and exploits against internal services.",
            remediation: Remediation(
                summary: "Allow the groups that need the port instead of every address.",
                command:
                    "aws ec2 revoke-security-group-ingress --group-id GROUP --protocol tcp --port PORT --cidr 0.0.0.0/0"
            ))
    }

    private static let webPorts: Set<Int> = [80, 443]

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        for group in try snapshot.securityGroups.known() {
            analysis.look(at: group.groupId) { analysis in
                for permission in group.ipPermissions where Self.isOpen(permission) {
                    let ports = permission.fromPort.map { low in
                        low == permission.toPort ? "\(low)" : "\(low)-\(permission.toPort ?? 65535)"
                    }
                    let onlyWeb =
                        permission.fromPort == permission.toPort
                        && permission.fromPort.map(Self.webPorts.contains) == true
                        && permission.ipProtocol == "tcp"
                    let isPing = permission.ipProtocol.hasPrefix("icmp")
                    if onlyWeb || isPing { continue }
                    analysis.found(
                        .exposed(.aws(.securityGroup, group.groupId), .openToWorld),
                        "\(group.groupName) (\(group.groupId))",
                        "\(permission.ipProtocol == "-1" ? "all traffic" : "\(permission.ipProtocol) \(ports ?? "all ports")") is open to the world",
                        expected: "only tcp 80 and 443 from everywhere",
                        got: "\(ports ?? "all ports") from 0.0.0.0/0 or ::/0")
                }
            }
        }
        return analysis
    }

    private static func isOpen(_ permission: EC2.SecurityGroup.Permission) -> Bool {
        permission.ipRanges.contains { $0.cidrIp == "0.0.0.0/0" }
            || permission.ipv6Ranges.contains { $0.cidrIpv6 == "::/0" }
    }
}
