import CheckKit
import RunModel

/// AWS-ALB-01: every watched target group has targets, and all of them are healthy.
struct TargetHealthCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.targetGroups, .targetHealth]
    let passingNote = "all registered targets are healthy"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-ALB-01", "The target groups have healthy targets",
            intent:
                "Without a healthy target the load balancer answers 503 itself, whatever the service does.",
            severity: .critical, isCritical: true, needs: [.part(.balancer)],
            risk: "Requests get 503 from the load balancer.",
            remediation: Remediation(
                summary:
                    "Compare port, path and matcher of the health check with what the service answers, then the security groups.",
                command: "aws elbv2 describe-target-health --target-group-arn ARN"))
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        for group in try snapshot.targetGroups.known()
        where expectations.isWatched(targetGroup: group.targetGroupName) {
            analysis.look(at: group.targetGroupName) { analysis in
                let targets = try snapshot.targetHealth[group.targetGroupName].known()
                let healthy = targets.count { $0.targetHealth.state == "healthy" }
                analysis.measurements.append(
                    Metric(
                        "aws.alb.healthy_targets", Double(healthy), .count,
                        labels: ["target_group": group.targetGroupName]))
                if targets.isEmpty {
                    // A group that no load balancer uses serves nobody.
                    guard !group.loadBalancerArns.isEmpty else { return }
                    analysis.found(
                        .ailment(.aws(.targetGroup, group.targetGroupName), .noTarget),
                        group.targetGroupName, "no target is registered", expected: "at least one healthy target",
                        got: "none")
                }
                for target in targets where !["healthy", "draining", "initial"].contains(target.targetHealth.state) {
                    let reason = [target.targetHealth.reason, target.targetHealth.description].compactMap(\.self)
                    analysis.found(
                        .ailment(
                            .aws(.targetGroup, group.targetGroupName), .targetUnhealthy,
                            says: reason.joined(separator: ", ")),
                        group.targetGroupName,
                        "target \(target.target.id):\(target.target.port ?? group.port ?? 0) is \(target.targetHealth.state)",
                        expected: "healthy on \(group.healthCheckPath ?? "its health check")",
                        got: ([target.targetHealth.state] + reason).joined(separator: ", "))
                }
            }
        }
        for name in expectations.settings.targetGroups
        where !(try snapshot.targetGroups.known().contains { $0.targetGroupName == name }) {
            analysis.found(
                .missing(.aws(.targetGroup, name)),
                name, "the target group does not exist", expected: "a target group", got: "none of that name")
        }
        return analysis
    }
}
