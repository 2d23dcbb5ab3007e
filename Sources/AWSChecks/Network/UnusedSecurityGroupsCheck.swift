import AWSClient
import CheckKit
import RunModel

/// AWS-NET-03: every security group of the deployment is in use. Unused ones are told, and fail nothing.
struct UnusedSecurityGroupsCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.securityGroups, .networkInterfaces, .services, .loadBalancers, .databases, .cacheClusters]
    let passingNote = "security groups looked through; the evidence lists the unused ones"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-NET-03", "Unused security groups are known",
            intent: "An unused group is where the rule went that somebody added to the wrong group.", severity: .low,
            risk: "A rule in a group that nothing uses has no effect and misleads the next reader.",
            remediation: Remediation(summary: "Delete groups that nothing uses or refers to."))
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        let groups = try snapshot.securityGroups.known()
        var used = Set(try snapshot.networkInterfaces.known().flatMap { $0.groupSet.map(\.groupId) })
        for service in try snapshot.services.known() {
            used.formUnion(service.networkConfiguration?.awsvpcConfiguration?.securityGroups ?? [])
        }
        used.formUnion(try snapshot.loadBalancers.known().flatMap(\.securityGroups))
        used.formUnion(try snapshot.databases.known().flatMap { $0.vpcSecurityGroups.map(\.vpcSecurityGroupId) })
        used.formUnion(try snapshot.cacheClusters.known().flatMap { $0.securityGroups.compactMap(\.securityGroupId) })
        // A group that another one refers to cannot be deleted and matters to it.
        used.formUnion(
            groups.flatMap { ($0.ipPermissions + $0.ipPermissionsEgress).flatMap { $0.groups.map(\.groupId) } })
        for group in groups where group.groupName != "default" {
            analysis.look(at: group.groupId) { analysis in
                if !used.contains(group.groupId) {
                    analysis.remarks.append("unused: \(group.groupName) (\(group.groupId))")
                }
            }
        }
        return analysis
    }
}
