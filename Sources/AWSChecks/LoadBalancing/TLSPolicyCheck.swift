import CheckKit
import RunModel

/// AWS-ALB-07: HTTPS listeners use a policy without TLS 1.0 and 1.1.
struct TLSPolicyCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.loadBalancers, .listeners]
    let passingNote = "every HTTPS listener refuses TLS below 1.2"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-ALB-07", "HTTPS listeners refuse TLS below 1.2",
            intent: "Older versions have known weaknesses; the platform is documented with TLS-1-2-2017-01.",
            severity: .medium, needs: [.part(.balancer)],
            risk: "Clients may agree on a protocol with known weaknesses.",
            remediation: Remediation(
                summary: "Choose a policy of TLS 1.2 or 1.3.",
                command: "aws elbv2 modify-listener --listener-arn ARN --ssl-policy ELBSecurityPolicy-TLS13-1-2-2021-06"
            ),
            documentation:
                "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html")
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        for balancer in try snapshot.loadBalancers.known() {
            analysis.look(at: balancer.loadBalancerName) { analysis in
                for listener in try snapshot.listeners[balancer.loadBalancerName].known()
                where listener.protocol == "HTTPS" || listener.protocol == "TLS" {
                    let policy = listener.sslPolicy ?? "none"
                    if !policy.contains("TLS-1-2") && !policy.contains("TLS13-1-2") && !policy.contains("TLS13-1-3")
                        && !policy.contains("-FS-1-2")
                    {
                        analysis.found(
                            .exposed(.aws(.listener, balancer.loadBalancerName), .plainText),
                            "\(balancer.loadBalancerName):\(listener.port ?? 0)",
                            "the policy \(policy) allows TLS 1.0 or 1.1",
                            expected: "a policy of TLS 1.2 or above", got: policy)
                    }
                }
            }
        }
        return analysis
    }
}
