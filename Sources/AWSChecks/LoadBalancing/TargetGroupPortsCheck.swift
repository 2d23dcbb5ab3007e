import CheckKit
import RunModel

/// AWS-ALB-05: target groups send to the port on which their service listens.
struct TargetGroupPortsCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.targetGroups, .targetHealth, .services]
    let passingNote = "every target group uses its service's port"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-ALB-05", "The target groups use the port of their service",
            intent: "A registry group on port 8000 would always be unhealthy: the API listens on 8001.",
            severity: .high, needs: [.part(.balancer)],
            risk: "Targets never become healthy; the load balancer answers 502 or 503.",
            remediation: Remediation(
                summary:
                    "Register the targets on the service's port; a group's own port cannot be changed, make a new group.",
                command: "aws elbv2 register-targets --target-group-arn ARN --targets Id=ADDRESS,Port=PORT"))
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        for group in try snapshot.targetGroups.known() where expectations.isWatched(targetGroup: group.targetGroupName)
        {
            let role = expectations.role(
                ofTargetGroup: group.targetGroupName, arn: group.targetGroupArn, snapshot: snapshot)
            guard let role, let port = expectations.settings.ports[role] else { continue }
            analysis.look(at: group.targetGroupName) { analysis in
                if group.port != port, group.targetType != "lambda" {
                    analysis.found(
                        .setting(.aws(.targetGroup, group.targetGroupName), "Port", .differs),
                        group.targetGroupName, "the group sends to port \(group.port ?? 0), \(role) listens on \(port)",
                        expected: "port \(port)", got: "port \(group.port ?? 0)")
                }
                let targets = (try? snapshot.targetHealth[group.targetGroupName].known()) ?? []
                for target in targets
                where target.target.port != nil && target.target.port != port && group.port == port {
                    analysis.found(
                        .setting(.aws(.targetGroup, group.targetGroupName), "Port", .differs),
                        group.targetGroupName,
                        "target \(target.target.id) is registered on port \(target.target.port ?? 0)",
                        expected: "port \(port)", got: "port \(target.target.port ?? 0)")
                }
            }
        }
        return analysis
    }
}
