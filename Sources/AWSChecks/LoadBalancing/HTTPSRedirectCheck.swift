import AWSClient
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
                let listeners = try snapshot.listeners[balancer.loadBalancerName].known()
                for listener in listeners where listener.protocol == "HTTP" {
                    let place = "\(balancer.loadBalancerName):\(listener.port ?? 0)"
                    let action = listener.defaultActions.first
                    guard action?.type == "redirect", let redirect = action?.redirectConfig,
                        redirect.protocol == "HTTPS"
                    else {
                        analysis.found(
                            .exposed(.aws(.listener, balancer.loadBalancerName), .plainText), place,
                            "plain HTTP is served", expected: "a redirect to HTTPS",
                            got: action?.type ?? "no default action")
                        continue
                    }
                    let port = redirect.port.flatMap { $0 == "#{port}" ? listener.port : Int($0) } ?? 443
                    let isOwn = redirect.host == nil || redirect.host == "#{host}"
                    if isOwn, !listeners.contains(where: { $0.port == port && $0.speaksTLS }) {
                        analysis.found(
                            .missing(.aws(.listener, balancer.loadBalancerName)), place,
                            "plain HTTP is redirected to port \(port), where nothing listens for HTTPS",
                            expected: "an HTTPS listener on \(port)",
                            got: listeners.compactMap { $0.port.map(String.init) }.joined(separator: ", "))
                    }
                }
            }
        }
        return analysis
    }
}
