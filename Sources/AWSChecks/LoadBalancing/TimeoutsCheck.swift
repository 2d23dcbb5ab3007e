import AWSClient
import CheckKit
import Formats
import RunModel

/// AWS-ALB-15: load balancers wait as long as the services take, and let requests end before a target goes.
struct TimeoutsCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [
        .loadBalancers, .listeners, .rules, .services, .loadBalancerAttributes, .targetGroups, .targetGroupAttributes,
    ]
    let passingNote = "time-outs and deregistration delays are long enough"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-ALB-15", "Load balancers wait as long as the services take",
            intent:
                "A load balancer that hangs up first turns a slow answer into a 504, and each deployment into errors.",
            procedure:
                "Compares idle_timeout.timeout_seconds with 30 s, the limit of the API's own calls to MLflow, and "
                + "deregistration_delay.timeout_seconds with 10 s.", severity: .medium, needs: [.part(.balancer)],
            risk: "Long requests end with 504; requests in flight are cut off when a task is replaced.",
            remediation: Remediation(
                summary: "Raise the time-out, or the delay.",
                command:
                    "aws elbv2 modify-load-balancer-attributes --load-balancer-arn ARN --attributes Key=idle_timeout.timeout_seconds,Value=60"
            ))
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        let idle = expectations.threshold("idle_seconds", 30)
        for balancer in try snapshot.loadBalancers.known()
        where balancer.type != "network" && balancer.type != "gateway" {
            let name = balancer.loadBalancerName
            analysis.look(at: name) { analysis in
                let attributes = try snapshot.loadBalancerAttributes[name].known()
                guard let seconds = attributes["idle_timeout.timeout_seconds"].flatMap({ Double(finite: $0) }), seconds < idle
                else { return }
                analysis.found(
                    .setting(.aws(.loadBalancer, name), "idle_timeout.timeout_seconds", .differs), name,
                    "idle_timeout.timeout_seconds is \(seconds.wholeText): longer answers end with 504",
                    expected: "at least \(idle.wholeText) s", got: "\(seconds.wholeText) s")
            }
        }
        let delay = expectations.threshold("delay_seconds", 10)
        for group in try snapshot.targetGroups.known()
        where expectations.isWatched(group, in: snapshot) && group.targetType != "lambda" {
            let name = group.targetGroupName
            analysis.look(at: name) { analysis in
                guard let answer = snapshot.targetGroupAttributes[name] else { return }
                guard let seconds = try answer.known()["deregistration_delay.timeout_seconds"].flatMap({ Double(finite: $0) }),
                    seconds < delay
                else { return }
                analysis.found(
                    .setting(.aws(.targetGroup, name), "deregistration_delay.timeout_seconds", .differs), name,
                    "deregistration_delay.timeout_seconds is \(seconds.wholeText): requests in flight are cut off",
                    expected: "at least \(delay.wholeText) s", got: "\(seconds.wholeText) s")
            }
        }
        return analysis
    }
}
