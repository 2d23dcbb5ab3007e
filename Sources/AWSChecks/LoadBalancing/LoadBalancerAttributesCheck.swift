import CheckKit
import RunModel
import Settings

/// Load balancer attributes that must have one of some values: each check is one attribute.
struct LoadBalancerAttributeChecks: CheckFamily {
    func checks(for configuration: Configuration) -> [any Check] {
        [
            LoadBalancerAttributeCheck(
                id: "AWS-ALB-09", title: "Access logs of the load balancers are on",
                attribute: "access_logs.s3.enabled",
                accepted: ["true"], severity: .low,
                risk: "After an outage nobody can tell which requests failed, or who sent them."),
            LoadBalancerAttributeCheck(
                id: "AWS-ALB-11", title: "The load balancers' desync mode is defensive or strictest",
                attribute: "routing.http.desync_mitigation_mode", accepted: ["defensive", "strictest"],
                severity: .medium,
                risk: "Requests that front and back end read differently can be smuggled past the rules."),
        ]
    }
}

/// One attribute of every watched load balancer.
struct LoadBalancerAttributeCheck: SnapshotCheck {
    let id: CheckID
    let title: String
    let attribute: String
    let accepted: [String]
    let severity: Severity
    let risk: String

    let items: [AWSItem] = [.loadBalancers, .loadBalancerAttributes]
    var passingNote: String { "\(attribute) is as it should be on every load balancer" }

    var descriptor: CheckDescriptor {
        declare(
            id, title, intent: "The attribute \(attribute) should be \(accepted.joined(separator: " or ")).",
            severity: severity, needs: [.part(.balancer)], risk: risk,
            remediation: Remediation(
                summary: "Set the attribute.",
                command:
                    "aws elbv2 modify-load-balancer-attributes --load-balancer-arn ARN --attributes Key=\(attribute),Value=\(accepted[0])"
            ))
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        for balancer in try snapshot.loadBalancers.known() where balancer.type != "network" {
            analysis.look(at: balancer.loadBalancerName) { analysis in
                let value = try snapshot.loadBalancerAttributes[balancer.loadBalancerName].known()[attribute]
                if !accepted.contains(value ?? "") {
                    analysis.found(
                        .setting(.aws(.loadBalancer, balancer.loadBalancerName), attribute, .differs),
                        balancer.loadBalancerName, "\(attribute) is \(value ?? "not set")",
                        expected: accepted.joined(separator: " or "), got: value ?? "not set")
                }
            }
        }
        return analysis
    }
}
