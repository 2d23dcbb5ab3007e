import AWSClient
import CheckKit
import RunModel

/// AWS-ECS-01: every configured service is active and runs as many tasks as it should.
struct ServiceStatusCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.services]
    let passingNote = "every service is active with all its tasks running"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-ECS-01", "The ECS services are active and run the desired number of tasks",
            intent: "A service without running tasks is the simplest outage.",
            severity: .critical, isCritical: true, risk: "The service answers with 503, or not at all.",
            remediation: Remediation(
                summary: "Read the service's events for the reason, then deploy again.",
                command:
                    "aws ecs describe-services --cluster CLUSTER --services SERVICE --query 'services[].events[:10]'"))
    }

    /// The services that the original campaign scored, by role (contract §1.2).
    private static let legacy: [String: LegacyComponent] = [
        "auth": .authService, "api": .apiService, "mlflow": .mlflowService,
    ]

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        let services = try snapshot.services.known()
        for (role, name) in expectations.settings.ecsServices.sorted(by: { $0.key < $1.key }) {
            analysis.look(at: name) { analysis in
                guard let service = services.first(where: { $0.serviceName == name }) else {
                    if let component = Self.legacy[role] { analysis.facts[.legacy(component)] = "0" }
                    analysis.found(
                        .missing(.aws(.ecsService, name)),
                        name, "the service does not exist in cluster \(expectations.settings.cluster)",
                        expected: "an active service", got: "none of that name",
                        question: Self.question(name, expectations))
                    return
                }
                examine(service, role: role, Self.question(name, expectations), &analysis)
            }
        }
        return analysis
    }

    private static func question(_ service: String, _ expectations: AWSExpectations) -> AWSQuestion {
        AWSQuestion(
            ["ecs", "describe-services", "--cluster", expectations.settings.cluster, "--services", service],
            holds: "services[0].status == \(AWSQuestion.literal("ACTIVE")) && services[0].desiredCount > `0`"
                + " && services[0].runningCount >= services[0].desiredCount",
            absences: ["ClusterNotFoundException", "ServiceNotFoundException"])
    }

    private func examine(
        _ service: ECS.Service, role: String, _ question: AWSQuestion, _ analysis: inout Analysis
    ) {
        analysis.facts[.taskDefinition(of: role)] = service.taskDefinition
        if let component = Self.legacy[role] { analysis.facts[.legacy(component)] = "\(service.runningCount)" }
        analysis.measurements.append(
            Metric("aws.ecs.running", Double(service.runningCount), .count, labels: ["service": service.serviceName]))
        let counts = "\(service.runningCount) of \(service.desiredCount) running, \(service.pendingCount) pending"
        let events = service.events.prefix(5).map { "  " + $0.message }
        if service.status != "ACTIVE" {
            analysis.found(
                .ailment(.aws(.ecsService, service.serviceName), .state, says: service.status),
                service.serviceName, "the service is \(service.status)", expected: "ACTIVE", got: service.status,
                question: question)
        } else if service.desiredCount == 0 {
            analysis.found(
                .ailment(.aws(.ecsService, service.serviceName), .scaledToZero),
                service.serviceName, "the service is scaled to zero", expected: "at least 1 desired task", got: counts,
                question: question)
        } else if service.runningCount < service.desiredCount {
            analysis.found(
                .ailment(.aws(.ecsService, service.serviceName), .tooFewTasks),
                service.serviceName, "only \(service.runningCount) of \(service.desiredCount) tasks run",
                expected: "\(service.desiredCount) running", got: counts, question: question)
        }
        analysis.remarks.append("\(service.serviceName): \(service.status), \(counts)")
        analysis.remarks += events
    }
}
