import CheckKit
import RunModel

/// AWS-ECS-09: every container writes its log somewhere it can be read.
struct ContainerLoggingCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.services, .taskDefinitions]
    let passingNote = "every container has a log configuration"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-ECS-09", "Every container's log is kept", intent: "Without a log no failure can be explained.",
            severity: .medium, risk: "The next crash leaves no trace.",
            remediation: Remediation(
                summary: "Add the awslogs driver.",
                terraform: """
                    logConfiguration = {
                      logDriver = "awslogs"
                      options   = { awslogs-group = "/ecs/NAME", awslogs-region = "REGION", awslogs-stream-prefix = "ecs" }
                    }
                    """))
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        for (_, service) in expectations.settings.ecsServices.sorted(by: { $0.key < $1.key }) {
            analysis.look(at: service) { analysis in
                let definition = try TaskDefinitionFacts.current(ofService: service, in: snapshot)
                for container in definition.containerDefinitions where container.logConfiguration == nil {
                    analysis.found(
                        .setting(.aws(.taskDefinition, definition.family), "logConfiguration", .differs),
                        "\(definition.family):\(definition.revision)", "\(container.name) has no log configuration",
                        expected: "a log driver", got: "none")
                }
            }
        }
        return analysis
    }
}
