import AWSClient
import CheckKit
import Foundation
import RunModel

/// AWS-ECS-17: the roles of the running revisions exist and trust ECS.
struct TaskRolesCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.services, .taskDefinitions, .taskRoles]
    let passingNote = "the roles of the running revisions exist and trust ECS"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-ECS-17", "The tasks' roles exist and may be taken by ECS",
            intent: "A role that is gone, or that trusts another service, keeps every new task from starting.",
            procedure: "Reads the trust policy of each task role and execution role of the running revisions.",
            severity: .critical, isCritical: true,
            risk: "ECS was unable to assume the role: no task starts any more.",
            remediation: Remediation(
                summary: "Create the role again, or let ecs-tasks.amazonaws.com assume it.",
                command:
                    "aws iam update-assume-role-policy --role-name ROLE --policy-document '{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"ecs-tasks.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}'"
            ))
    }

    private static let service = "ecs-tasks.amazonaws.com"

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        var looked: Set<String> = []
        for (role, service) in expectations.settings.ecsServices.sorted(by: { $0.key < $1.key }) {
            analysis.look(at: service) { analysis in
                let task = try TaskReferences(role: role, service: service, in: snapshot, expectations.settings)
                if task.definition.executionRoleArn == nil, let what = task.needsExecutionRole {
                    analysis.found(
                        .setting(.aws(.taskDefinition, task.definition.family), "executionRoleArn", .missing),
                        task.name, "the task has \(what) and no execution role to fetch them with",
                        expected: "an execution role", got: "none")
                }
                for arn in [task.definition.executionRoleArn, task.definition.taskRoleArn].compactMap(\.self)
                where looked.insert(arn).inserted {
                    examine(arn, task, snapshot, &analysis)
                }
            }
        }
        return analysis
    }

    private func examine(_ arn: String, _ task: TaskReferences, _ snapshot: AWSSnapshot, _ analysis: inout Analysis) {
        let name = TaskReferences.name(ofRole: arn)
        analysis.look(at: name) { analysis in
            let answer = snapshot.taskRoles[arn]
            if answer?.error?.kind == .notFound {
                analysis.found(
                    .missing(Component(resource: "iam:role/\(name)")), name, "the role of \(task.name) does not exist",
                    expected: "a role that trusts \(Self.service)", got: "none of that name")
                return
            }
            let text = try answer.known().assumeRolePolicyDocument ?? ""
            switch Self.trusts(text.removingPercentEncoding ?? text) {
            case true?: return
            case false?:
                analysis.found(
                    .setting(Component(resource: "iam:role/\(name)"), "AssumeRolePolicyDocument", .differs), name,
                    "the role of \(task.name) does not trust \(Self.service)",
                    expected: "\(Self.service) may assume it",
                    got: "a trust policy without it")
            case nil:
                throw Stop.inconclusive(
                    .obstacle(.hidden, of: Component(resource: "iam:role/\(name)")), "the trust policy cannot be read")
            }
        }
    }

    /// Whether a trust policy lets ECS tasks assume the role; nil for what is no policy.
    static func trusts(_ text: String) -> Bool? {
        guard let document = try? JSONDocumentReader.read(Array(text.utf8)), let statements = document["Statement"]
        else {
            return nil
        }
        let list: [AWSDocument]
        if case .list(let elements) = statements { list = elements } else { list = [statements] }
        return list.contains { statement in
            statement["Effect"]?.text == "Allow" && texts(statement["Principal"]?["Service"]).contains(service)
                && texts(statement["Action"]).contains { ["sts:AssumeRole", "sts:*", "*"].contains($0) }
        }
    }

    private static func texts(_ value: AWSDocument?) -> [String] {
        switch value {
        case .list(let elements)?: elements.compactMap(\.text)
        case let single?: single.text.map { [$0] } ?? []
        case nil: []
        }
    }
}
