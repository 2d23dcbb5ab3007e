import CheckKit
import RunModel

/// AWS-ECS-19: the log groups of the running revisions exist where the containers write to.
struct TaskLogGroupsCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.services, .taskDefinitions, .taskLogGroups]
    let passingNote = "every log group that a container writes to exists"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-ECS-19", "The log groups that the containers write to exist in their region",
            intent:
                "A container whose log group is missing does not start; one that logs to another region is not looked for.",
            severity: .high, risk: "The next task fails to start with ResourceInitializationError, or its log is lost.",
            remediation: Remediation(
                summary: "Create the log group in the region that the container names, or name the right one.",
                command: "aws logs create-log-group --log-group-name GROUP"))
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        for (role, service) in expectations.settings.ecsServices.sorted(by: { $0.key < $1.key }) {
            analysis.look(at: service) { analysis in
                let task = try TaskReferences(role: role, service: service, in: snapshot, expectations.settings)
                for log in task.logs where !log.isMade {
                    analysis.look(at: log.group) { analysis in
                        let answer = snapshot.taskLogGroups[log.key]
                        guard answer?.error?.kind == .notFound else {
                            _ = try answer.known()
                            return
                        }
                        analysis.found(
                            .missing(.aws(.logGroup, log.group)), log.group,
                            "\(log.container) of \(task.name) logs to a group that does not exist in \(log.region)",
                            expected: "the log group in \(log.region)", got: "none of that name",
                            question: AWSQuestion(
                                ["logs", "describe-log-groups", "--log-group-name-prefix", log.group],
                                holds:
                                    "length(logGroups[?logGroupName == \(AWSQuestion.literal(log.group))]) > `0`",
                                region: log.region))
                    }
                }
            }
        }
        return analysis
    }
}
