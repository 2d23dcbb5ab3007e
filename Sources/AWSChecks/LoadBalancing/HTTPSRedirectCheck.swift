import CheckKit
import RunModel

/// AWS-ALB-10: public load balancers answer plain HTTP with a redirect to HTTPS only.
struct HTTPSRedirectCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.loadBalancers, .listeners]
    let passingNote = "plain HTTP is redirected to HTTPS"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-ALB-10", "Plain HTTP is redirected to HTTPS", intent: "Keys must not travel in clear.",
            severity: .medium, needs: [.part(.balancer)], risk: "API keys sent over plain HTTP can be read on the way.",
            remediation: Remediation(
                summary: "Make the default action of the HTTP listener a redirect to HTTPS.",
                command:
                    "aws elbv2 modify-listener --listener-arn ARN --default-actions 'Type=redirect,RedirectConfig={Protocol=HTTPS,Port=443,StatusCode=HTTP_301}'"
            ))
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        for balancer in try snapshot.loadBalancers.known() where balancer.scheme == "internet-facing" {
            analysis.look(at: balancer.loadBalancerName) { analysis in
                for listener in try snapshot.listeners[balancer.loadBalancerName].known()
                where listener.protocol == "HTTP" {
                    let action = listener.defaultActions.first
                    if action?.type != "redirect" || action?.redirectConfig?.protocol != "HTTPS" {
                        analysis.found(
                            .exposed(.aws(.listener, balancer.loadBalancerName), .plainText),
                            "\(balancer.loadBalancerName):\(listener.port ?? 0)", "plain HTTP is served",
                            expected: "a redirect to HTTPS", got: action?.type ?? "no default action")
                    }
                }
            }
        }
        return analysis
    }
}
