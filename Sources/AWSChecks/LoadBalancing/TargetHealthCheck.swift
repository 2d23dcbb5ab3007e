import AWSClient
import CheckKit
import RunModel

/// AWS-ALB-01: every watched target group has targets, and all of them are healthy.
struct TargetHealthCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [
        .targetGroups, .targetHealth, .loadBalancers, .listeners, .rules, .services,
    ]
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
        where expectations.isWatched(group, in: snapshot) {
            analysis.look(at: group.targetGroupName) { analysis in
                let targets = try snapshot.targetHealth[group.targetGroupName].known()
                let healthy = targets.count { $0.targetHealth.state == "healthy" }
                analysis.measurements.append(
                    Metric(
                        "aws.alb.healthy_targets", Double(healthy), .count,
                        labels: ["target_group": group.targetGroupName]))
                if targets.isEmpty {
                    // A group that no load balancer uses, or that gets no weight, serves nobody.
                    guard !group.loadBalancerArns.isEmpty, !isStandby(group, snapshot) else { return }
                    analysis.found(
                        .ailment(.aws(.targetGroup, group.targetGroupName), .noTarget),
                        group.targetGroupName, "no target is registered", expected: "at least one healthy target",
                        got: "none", question: Self.question(group, holds: Self.hasHealthy))
                }
                if healthy == 0, !targets.isEmpty, !group.loadBalancerArns.isEmpty, !isStandby(group, snapshot),
                    targets.allSatisfy({ ["draining", "initial"].contains($0.targetHealth.state) })
                {
                    let states = Set(targets.map(\.targetHealth.state)).sorted().joined(separator: " or ")
                    analysis.found(
                        .ailment(.aws(.targetGroup, group.targetGroupName), .noHealthyTarget, says: states),
                        group.targetGroupName, "every target is \(states), none is healthy",
                        expected: "at least one healthy target", got: "\(targets.count) \(states)",
                        question: Self.question(group, holds: Self.hasHealthy))
                }
                let quiet =
                    ["healthy", "draining", "initial", "unavailable"] + (isStandby(group, snapshot) ? ["unused"] : [])
                for target in targets where !quiet.contains(target.targetHealth.state) {
                    let reason = [target.targetHealth.reason, target.targetHealth.description].compactMap(\.self)
                    analysis.found(
                        .ailment(
                            .aws(.targetGroup, group.targetGroupName), .targetUnhealthy,
                            says: reason.joined(separator: ", ")),
                        group.targetGroupName,
                        "target \(target.target.id):\(target.target.port ?? group.port ?? 0) is \(target.targetHealth.state)",
                        expected: "healthy on \(group.healthCheckPath ?? "its health check")",
                        got: ([target.targetHealth.state] + reason).joined(separator: ", "),
                        question: Self.question(group, holds: "\(Self.hasHealthy) && \(Self.hasNoOther(than: quiet))"))
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

    private static let hasHealthy =
        "length(TargetHealthDescriptions[?TargetHealth.State == \(AWSQuestion.literal("healthy"))]) > `0`"

    private static func hasNoOther(than quiet: [String]) -> String {
        let states = quiet.map { "TargetHealth.State != \(AWSQuestion.literal($0))" }.joined(separator: " && ")
        return "length(TargetHealthDescriptions[?\(states)]) == `0`"
    }

    private static func question(_ group: LoadBalancing.TargetGroup, holds: String) -> AWSQuestion {
        AWSQuestion(
            ["elbv2", "describe-target-health", "--target-group-arn", group.targetGroupArn], holds: holds,
            absences: ["TargetGroupNotFound"])
    }

    /// Whether every rule is known and none gives the group a request: the side of a pair that waits, or a group left over.
    private func isStandby(_ group: LoadBalancing.TargetGroup, _ snapshot: AWSSnapshot) -> Bool {
        if let share = AWSExpectations.share(ofTargetGroup: group.targetGroupArn, in: snapshot) { return share == 0 }
        return !snapshot.allListeners.isEmpty
            && snapshot.allListeners.allSatisfy { snapshot.rules[$0.listenerArn]?.error == nil }
            && snapshot.listeners.values.allSatisfy { $0.error == nil }
    }
}
