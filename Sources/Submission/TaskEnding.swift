import AWSClient

/// How a task ended, as far as ECS says it. Pure.
public enum TaskEnding: Hashable, Sendable {
    /// The container ended by itself or by a signal.
    case exited(code: Int)
    /// The capacity was taken back: another task may go on.
    case interrupted(reason: String)
    /// There is no exit code: the container never ran, or ECS does not say how it ended.
    case withoutExitCode(TaskFinding)

    var isInterruption: Bool {
        if case .interrupted = self { return true }
        return false
    }

    /// - Parameter container: the one that the job runs in.
    public init(of task: ECS.FollowedTask, container: String) {
        let own = task.containers.first { $0.name == container } ?? task.containers.first
        let reasons = ([own?.reason] + [task.stoppedReason] + task.containers.map(\.reason)).compactMap(\.self)
        if let stopCode = task.stopCode, ["SpotInterruption", "TerminationNotice"].contains(stopCode) {
            self = .interrupted(reason: reasons.first ?? stopCode)
        } else if let code = own?.exitCode, !(code == 137 && reasons.contains { $0.contains("OutOfMemory") }) {
            self = .exited(code: code)
        } else {
            self = .withoutExitCode(TaskFinding(stopCode: task.stopCode, reasons: reasons))
        }
    }
}

/// Why a task gave no result, and what to do about it.
public struct TaskFinding: Error, Hashable, Sendable, CustomStringConvertible {
    public var cause: String
    /// What AWS said.
    var evidence: String
    public var fix: String

    public var description: String {
        // What AWS says may end in a full stop of its own.
        "\(cause): \(evidence.hasSuffix(".") ? String(evidence.dropLast()) : evidence). \(fix)"
    }

    public init(cause: String, evidence: String, fix: String) {
        self.cause = cause
        self.evidence = evidence
        self.fix = fix
    }

    private struct Pattern {
        let words: [String]
        let cause: String
        let fix: String
    }

    /// What ECS and its agents say (Amazon ECS Developer Guide, "Stopped tasks error messages"); the first that fits counts.
    private static let patterns = [
        Pattern(
            words: ["CannotPullContainerError"], cause: "the image could not be pulled",
            fix:
                "Check that the image's tag exists, that the execution role may read the registry (AmazonECSTaskExecutionRolePolicy), "
                + "and that the subnets reach it: a public address, a NAT gateway, or endpoints for ecr.api, ecr.dkr and s3"
        ),
        Pattern(
            words: ["logger", "log group does not exist", "CreateLogStream"], cause: "the log driver could not start",
            fix: "Make the log group that the task definition's logConfiguration names, and allow the execution role "
                + "logs:CreateLogStream and logs:PutLogEvents on it"),
        Pattern(
            words: ["unable to pull secrets", "secretsmanager", "ssm"],
            cause: "a secret of the task could not be fetched",
            fix:
                "Allow the execution role secretsmanager:GetSecretValue (and kms:Decrypt for a key of your own) on the secrets that the "
                + "task definition names, and make Secrets Manager reachable from the subnets"),
        Pattern(
            words: ["EFS", "volume", "mount"], cause: "a volume could not be mounted",
            fix:
                "Check the file system's mount targets and security groups; with --state s3://… the task needs no volume"
        ),
        Pattern(
            words: ["network interface", "free addresses", "subnet"], cause: "the task got no network interface",
            fix:
                "Check `submit.subnets` and `submit.security_groups`: they must be of one VPC, and the subnets need free addresses"
        ),
        Pattern(
            words: ["Capacity is unavailable", "RESOURCE:", "AGENT", "No Container Instances"],
            cause: "there was no capacity for the task",
            fix:
                "Try again, name subnets in more availability zones, or another `submit.capacity_providers`; with EC2, add instances to the "
                + "cluster"),
        Pattern(
            words: [
                "exec format error", "executable file not found", "CannotStartContainerError",
                "no such file or directory",
            ],
            cause: "the container's program could not be started",
            fix:
                "Check the image's architecture against the task definition's runtimePlatform, and that the image is Plumbline's own with "
                + "its entry point"),
        Pattern(
            words: ["OutOfMemory"], cause: "the container was killed for want of memory",
            fix: "Give the task more memory; a run of the whole catalogue needs 512 MiB"),
        Pattern(
            words: ["TaskDefinition not found", "Unable to describe task definition", "TaskDefinition is inactive"],
            cause: "there is no such task definition", fix: "Correct `submit.task_definition`, or register it (ci/ecs)"),
        Pattern(
            words: ["ClusterNotFound", "Cluster not found"], cause: "there is no such cluster",
            fix: "Correct `submit.cluster` or `aws.cluster`"),
        Pattern(
            words: ["PassRole"], cause: "the roles of the task definition may not be passed on",
            fix: "Allow iam:PassRole on the task definition's task role and execution role to whoever submits"),
        Pattern(
            words: ["AccessDenied", "not authorized"], cause: "the submission was not allowed",
            fix: "Allow whoever submits what the message names"),
    ]

    /// - Parameters:
    ///   - stopCode: of the task; nil when there was no task.
    ///   - reasons: what AWS said, the most telling first.
    public init(stopCode: String?, reasons: [String]) {
        let evidence = (reasons.first ?? "AWS gave no reason") + (stopCode.map { " (\($0))" } ?? "")
        let pattern = Self.patterns.first { pattern in
            reasons.contains { reason in pattern.words.contains { reason.contains($0) } }
        }
        if let pattern {
            self.init(cause: pattern.cause, evidence: evidence, fix: pattern.fix)
        } else if stopCode == "UserInitiated" {
            self.init(
                cause: "somebody stopped the task before it had a result", evidence: evidence,
                fix: "Submit again: the run goes on where it stopped")
        } else {
            self.init(
                cause: "the task ended without a result", evidence: evidence,
                fix: "Look at the stopped task in the ECS console; submit again and the run goes on where it stopped")
        }
    }
}
