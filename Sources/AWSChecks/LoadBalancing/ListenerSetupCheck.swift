import CheckKit
import RunModel

/// AWS-ALB-04: the load balancers exist, are active, listen, and lead somewhere.
struct ListenerSetupCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.loadBalancers, .listeners, .rules]
    let passingNote = "every load balancer is active and its listeners lead to a service"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-ALB-04", "The load balancers exist, are active, and every listener leads somewhere",
            intent:
                "A listener with nothing but a fixed 404 answers every request with ‘Not Found’.",
            severity: .high, isCritical: true, needs: [.part(.balancer)],
            risk: "Every request through the load balancer fails.",
            remediation: Remediation(
                summary: "Create the missing listener or its rules.",
                command: "aws elbv2 describe-listeners --load-balancer-arn ARN"))
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        let balancers = try snapshot.loadBalancers.known()
        for name in expectations.settings.loadBalancers
        where !balancers.contains(where: { $0.loadBalancerName == name }) {
            analysis.found(
                .missing(.aws(.loadBalancer, name)),
                name, "the load balancer does not exist", expected: "an active load balancer", got: "none of that name")
        }
        for balancer in balancers {
            if let state = balancer.state, !["active", "provisioning"].contains(state.code) {
                analysis.found(
                    .ailment(.aws(.loadBalancer, balancer.loadBalancerName), .state, says: state.reason ?? state.code),
                    balancer.loadBalancerName, "the load balancer is \(state.code)", expected: "active",
                    got: [state.code, state.reason].compactMap(\.self).joined(separator: ", "))
            }
        }
        let listeners = try ListenerRules.all(in: snapshot, &analysis)
        for balancer in balancers {
            let own = listeners.filter { $0.loadBalancer == balancer.loadBalancerName }
            // Without an answer about its listeners nothing can be said; that is an unknown already.
            guard case .value(let all)? = snapshot.listeners[balancer.loadBalancerName] else { continue }
            if all.isEmpty {
                analysis.found(
                    .missing(.aws(.listener, balancer.loadBalancerName)), balancer.loadBalancerName, "no listener",
                    expected: "HTTPS on 443", got: "none")
            }
            for rules in own where rules.entries.isEmpty {
                let types = rules.listener.defaultActions.map(\.type)
                if types == ["fixed-response"] {
                    let code = rules.listener.defaultActions.first?.fixedResponseConfig?.statusCode ?? "?"
                    analysis.found(
                        .missing(.aws(.listenerRule, rules.name)),
                        rules.name, "the listener has no rules and answers \(code) itself",
                        expected: "rules that lead to a service",
                        got: "only the default fixed response \(code)")
                }
            }
        }
        return analysis
    }
}
