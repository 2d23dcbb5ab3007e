import CheckKit
import RunModel

/// AWS-ALB-06: what the health checks ask for is what the services answer.
struct HealthPathsCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [
        .targetGroups, .services, .loadBalancers, .listeners, .rules, .healthPaths,
    ]
    let passingNote = "every health check's path answers with a status its matcher accepts"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-ALB-06", "The target groups' health paths answer with a status the matcher accepts",
            intent:
                "A path that answers 401 or 404 keeps a healthy service out of the load balancer.",
            procedure:
                "Fetches each target group's health path from the service itself and holds the status against the matcher.",
            severity: .high, needs: [.part(.balancer)],
            risk: "Healthy tasks are taken out of service or restarted forever.",
            remediation: Remediation(
                summary: "Point the health check at a path that answers without a key.",
                command:
                    "aws elbv2 modify-target-group --target-group-arn ARN --health-check-path /health --matcher HttpCode=200"
            ))
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        for group in try snapshot.targetGroups.known() where expectations.isWatched(group, in: snapshot) {
            guard group.healthCheckEnabled != false, let path = group.healthCheckPath else { continue }
            analysis.look(at: group.targetGroupName) { analysis in
                let role = expectations.role(
                    ofTargetGroup: group.targetGroupName, arn: group.targetGroupArn, snapshot: snapshot)
                guard let role, let answer = snapshot.healthPaths[role]?.first(where: { $0.path == path }) else {
                    throw Stop.inconclusive(
                        .obstacle(.nothingToLookAt, of: .aws(.targetGroup, group.targetGroupName)),
                        "no configured service to ask for \(path)")
                }
                guard let status = answer.status else {
                    throw Stop.inconclusive(
                        .obstacle(.prerequisite, of: .aws(.targetGroup, group.targetGroupName)),
                        "\(path) of \(role) did not answer from here: \(answer.problem ?? "")")
                }
                try Self.requireWorking(status, path, role, .aws(.targetGroup, group.targetGroupName))
                let matcher = group.matcher?.httpCode ?? "200"
                if !Self.matches(status, matcher) {
                    analysis.found(
                        .setting(.aws(.targetGroup, group.targetGroupName), "HealthCheckPath", .differs),
                        group.targetGroupName, "the health check asks for \(path), and \(role) answers \(status)",
                        expected: "a status of \(matcher)", got: "\(status)")
                }
            }
        }
        return analysis
    }

    /// A service that is out of order itself answers so on every path: nothing is known of the setting then.
    static func requireWorking(_ status: Int, _ path: String, _ role: String, _ asker: Component) throws {
        guard status >= 500 else { return }
        throw Stop.inconclusive(
            .obstacle(.prerequisite, of: asker),
            "\(role) answers \(status) to \(path): it is out of order itself, or answers this path so")
    }

    /// `200`, `200,308` or `200-399`.
    static func matches(_ status: Int, _ matcher: String) -> Bool {
        matcher.split(separator: ",").contains { part in
            let limits = part.split(separator: "-").compactMap { Int($0.trimmingCharacters(in: .whitespaces)) }
            return limits.count == 2 ? limits[0] <= status && status <= limits[1] : limits.first == status
        }
    }
}
