import CheckKit
import RunModel

/// AWS-ECS-08: deployments stop and roll back by themselves when they fail.
struct DeploymentSafetyCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.services]
    let passingNote = "every service has the deployment circuit breaker with rollback"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-ECS-08", "The deployment circuit breaker is on, with rollback",
            intent: "Without it a broken image is started again forever.", severity: .medium,
            risk: "A bad deployment replaces all good tasks.",
            remediation: Remediation(
                summary: "Switch it on.",
                command:
                    "aws ecs update-service --cluster CLUSTER --service SERVICE --deployment-configuration 'deploymentCircuitBreaker={enable=true,rollback=true}'"
            ))
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        for service in try snapshot.services.known() {
            analysis.look(at: service.serviceName) { analysis in
                guard let deployment = service.deploymentConfiguration else {
                    throw Stop.inconclusive(
                        .obstacle(.hidden, of: .aws(.ecsService, service.serviceName)),
                        "the response has no `deploymentConfiguration`")
                }
                let breaker = deployment.deploymentCircuitBreaker
                if breaker?.enable != true || breaker?.rollback != true {
                    analysis.found(
                        .setting(.aws(.ecsService, service.serviceName), "deploymentCircuitBreaker", .differs),
                        service.serviceName, "a failed deployment is not rolled back",
                        expected: "circuit breaker on, rollback on",
                        got:
                            "circuit breaker \(breaker?.enable == true ? "on" : "off"), rollback \(breaker?.rollback == true ? "on" : "off")"
                    )
                }
                if deployment.minimumHealthyPercent == 0 {
                    analysis.found(
                        .setting(.aws(.ecsService, service.serviceName), "minimumHealthyPercent", .differs),
                        service.serviceName, "a deployment may stop all tasks first",
                        expected: "minimum healthy percent above 0",
                        got: "0")
                }
            }
        }
        return analysis
    }
}
