import AWSClient
import Formats
import Foundation
import ObjectStorage
import Synchronization

/// Runs the job as a one-off task of ECS and waits for its result.
public struct Submission: Sendable {
    public let cluster: String
    public let task: ECS.OneOffTask
    /// Names the result in the store, the tasks in ECS, and the last line of the log.
    public let mark: String

    private let aws: AWSClient
    private let store: any ObjectStore
    private let patience: Patience
    private let output: @Sendable (Output) -> Void
    private let sleep: @Sendable (Duration) async -> Void

    /// What whoever waits is shown.
    public enum Output: Hashable, Sendable {
        /// A line of the job's own log.
        case log(String)
        /// What becomes of the task.
        case note(String)
    }

    public struct Patience: Sendable {
        /// Between two looks at the task.
        public var pause = Duration.seconds(2)
        /// How long a task may be unknown to ECS after its start: what it lists is eventually consistent.
        public var appearance = Duration.seconds(60)
        /// How long ECS may give no answer.
        public var silence = Duration.seconds(300)
        /// How long the log is waited for after the task's end.
        public var drain = Duration.seconds(30)
        /// How long a stopped task may take to undo what it changed.
        public var stop = Duration.seconds(150)
        /// Tasks whose capacity may be taken back while they are followed.
        public var tasks = 5
        /// Tasks of one submission in all, over every attempt of the pipeline's job.
        public var everyTask = 50

        public init() {}
    }

    /// How the job ended.
    public struct Result: Sendable, Hashable, Decodable {
        public var run: String
        public var bundle: String
        public var sha256: String
        public var exitCode: Int32
        public var verdict: String
    }

    public init(
        mark: String, cluster: String, task: ECS.OneOffTask, aws: AWSClient, store: any ObjectStore,
        patience: Patience = Patience(), output: @escaping @Sendable (Output) -> Void,
        sleep: @escaping @Sendable (Duration) async -> Void = { try? await Task.sleep(for: $0) }
    ) {
        self.mark = mark
        self.cluster = cluster
        self.task = task
        self.aws = aws
        self.store = store
        self.patience = patience
        self.output = output
        self.sleep = sleep
    }

    /// The exit code of a submission that has no result.
    ///
    /// - Parameter isStopped: by whoever waited for it.
    public static func exitCodeWithoutResult(isStopped: Bool) -> Int32 { isStopped ? 130 : 5 }

    /// The mark of a run, the same for every attempt of a pipeline's job.
    public static func mark(of parts: [String]) -> String {
        String(Digest.sha256Hex(of: parts.joined(separator: "\n")).prefix(32))
    }

    /// The last line of the job's log.
    public static func endMark(_ mark: String) -> String { "submission \(mark) ended" }

    /// What ECS calls tasks of this submission.
    public static func startedBy(_ mark: String) -> String { "plumbline-\(mark)" }

    // MARK: Starting

    /// Starts the task, or finds the one that an earlier attempt started.
    ///
    /// - Parameter number: counted from 1; each goes on where the one before was interrupted.
    /// - Returns: its ARN.
    /// - Throws: ``TaskFinding`` when there is no task.
    public func start(number: Int) async throws(TaskFinding) -> String {
        var task = task
        task.clientToken = "\(mark)-\(number)"
        do throws(AWSError) {
            let started = try await aws.call(ECS.runTask(cluster: cluster, task))
            if let arn = started.tasks.first?.taskArn { return arn }
            let reasons = started.failures.compactMap { [$0.reason, $0.arn].compactMap(\.self).joined(separator: " ") }
            throw AWSError(.client, operation: "ecs RunTask", message: reasons.joined(separator: "; "))
        } catch {
            // The token was used with other parameters: that task is the one.
            if error.code?.hasPrefix("Conflict") == true, let arn = try await running() {
                output(.note("an earlier attempt has started the task already; following it"))
                return arn
            }
            throw TaskFinding(stopCode: nil, reasons: ["\(error)"])
        }
    }

    /// A task of this submission that runs, or one that has stopped within the last hour.
    public func running() async throws(TaskFinding) -> String? {
        for status in ["RUNNING", "STOPPED"] {
            do throws(AWSError) {
                let arns = try await aws.all(
                    ECS.listTasks(cluster: cluster, startedBy: Self.startedBy(mark), desiredStatus: status)
                ) { $0.taskArns }
                if let arn = arns.last { return arn }
            } catch {
                throw TaskFinding(stopCode: nil, reasons: ["\(error)"])
            }
        }
        return nil
    }

    // MARK: Waiting

    /// Follows the task, and those that go on after it, to the result.
    ///
    /// - Parameter stopping: whether somebody wants the task to end; asked again and again.
    /// - Throws: ``TaskFinding`` when there is no result.
    public func result(
        of first: String, stopping: @escaping @Sendable () -> Bool = { false }
    ) async throws(TaskFinding) -> Result {
        var arn = first
        var number = 1
        var interrupted = 0
        while true {
            let (ending, wasAlive) = try await end(of: arn, stopping)
            let result = try await stored()
            switch ending {
            case .exited(let code):
                guard let result else { throw Self.withoutResult(code) }
                if Int(result.exitCode) != code {
                    output(
                        .note(
                            "the container ended with \(code), and the result says \(result.exitCode); the result counts"
                        )
                    )
                }
                return result
            case .interrupted(let reason):
                if let result, ![130, 143].contains(result.exitCode) { return result }
                // One that was over already is of an earlier attempt: its number is taken, and it says nothing of the capacity now.
                if wasAlive { interrupted += 1 }
                number += 1
                guard !stopping(), interrupted < patience.tasks, number <= patience.everyTask else {
                    throw Self.withoutCapacity(reason, interrupted)
                }
                if wasAlive { output(.note("the capacity was taken back (\(reason)); task \(number) goes on")) }
                arn = try await start(number: number)
            case .withoutExitCode(let finding):
                // The result may be there all the same: what ECS says may be late.
                if let result { return result }
                throw finding
            }
        }
    }

    private static func withoutCapacity(_ reason: String, _ times: Int) -> TaskFinding {
        TaskFinding(
            cause: "the capacity was taken back each time", evidence: "\(times) tasks, the last: \(reason)",
            fix:
                "Submit again, the run goes on where it stopped; name FARGATE in `submit.capacity_providers` where Spot is too short"
        )
    }

    private static func withoutResult(_ code: Int) -> TaskFinding {
        TaskFinding(
            cause: "the job left no result", evidence: "the container ended with exit code \(code)",
            fix:
                "Its log says why. Exit code 2 is a mistake in options, configuration or state; look whether the task's --config and "
                + "--state are right, and whether its role may write the state (`plumbline policy --state …`)")
    }

    /// The result in the state; nil while there is none.
    public func stored() async throws(TaskFinding) -> Result? {
        do throws(ObjectStoreError) {
            guard let object = try await store.get("submissions/\(mark).json") else { return nil }
            return try? JSON.decode(Result.self, from: Data(object.bytes))
        } catch {
            throw TaskFinding(
                cause: "the result could not be read", evidence: "\(error)",
                fix: "Allow whoever submits to read the state: s3:GetObject and s3:ListBucket")
        }
    }

    /// Follows one task until it has stopped, and its log to the end.
    ///
    /// - Returns: how it ended, and whether it was seen before it had.
    private func end(
        of arn: String, _ stopping: @Sendable () -> Bool
    ) async throws(TaskFinding) -> (TaskEnding, wasAlive: Bool) {
        var wasAlive = false
        var log = await log(of: arn)
        var waited = Duration.zero
        var silent = Duration.zero
        var status = ""
        var stopAsked: Duration?
        while true {
            if stopping(), stopAsked == nil {
                stopAsked = waited
                await stop(arn)
            }
            switch await look(at: arn) {
            case .task(let task):
                silent = .zero
                if let now = task.lastStatus, now != status {
                    status = now
                    output(.note("task \(arn.split(separator: "/").last ?? ""): \(now)"))
                }
                await show(&log)
                if task.lastStatus == "STOPPED" {
                    let ending = TaskEnding(of: task, container: self.task.container)
                    // What an earlier attempt's task wrote is long there.
                    if wasAlive || !ending.isInterruption { await drain(&log) }
                    return (ending, wasAlive)
                }
                wasAlive = true
            case .unknown:
                guard waited < patience.appearance else {
                    throw TaskFinding(
                        cause: "ECS does not know the task", evidence: arn,
                        fix: "Look whether the cluster is the right one")
                }
            case .noAnswer(let error):
                silent += patience.pause
                if error.kind == .accessDenied { throw TaskFinding(stopCode: nil, reasons: ["\(error)"]) }
                guard silent <= patience.silence else {
                    throw TaskFinding(
                        cause: "ECS does not say what became of the task", evidence: "\(error)",
                        fix:
                            "The task goes on: `plumbline attach \(mark)` with the same --config and --state follows it again"
                    )
                }
            }
            if let stopAsked, waited - stopAsked > patience.stop {
                throw TaskFinding(
                    cause: "the task did not stop in time", evidence: arn,
                    fix: "Run `plumbline undo` with the same --state when it has")
            }
            await sleep(patience.pause)
            waited += patience.pause
        }
    }

    private enum Look {
        case task(ECS.FollowedTask)
        case unknown
        case noAnswer(AWSError)
    }

    private func look(at arn: String) async -> Look {
        do throws(AWSError) {
            let answer = try await aws.call(ECS.describeFollowedTask(cluster: cluster, arn))
            return answer.tasks.first.map(Look.task) ?? .unknown
        } catch {
            return .noAnswer(error)
        }
    }

    /// Asks the task to end; it undoes what it changed first.
    private func stop(_ arn: String) async {
        output(.note("stopping the task; it undoes what it changed first"))
        do throws(AWSError) {
            _ = try await aws.call(ECS.stopTask(cluster: cluster, arn, reason: "stopped by whoever submitted it"))
        } catch {
            output(.note("the task could not be stopped: \(error)"))
        }
    }

    // MARK: The log

    private func log(of arn: String) async -> TaskLog? {
        do throws(AWSError) {
            let definition = try await aws.call(ECS.describeTaskDefinition(task.taskDefinition)).taskDefinition
            guard let place = TaskLog.Place(definition, container: task.container, task: arn) else {
                output(
                    .note("the task's log is not followed: its container has no awslogs driver with a stream prefix"))
                return nil
            }
            return TaskLog(aws, at: place, endMark: Self.endMark(mark))
        } catch {
            output(.note("the task's log is not followed: \(error)"))
            return nil
        }
    }

    private func show(_ log: inout TaskLog?) async {
        for line in await log?.newLines() ?? [] { output(.log(line)) }
    }

    /// Lines arrive for a while after the container has ended: until the last one, or nothing comes any more.
    private func drain(_ log: inout TaskLog?) async {
        var waited = Duration.zero
        while let current = log, current.problem == nil, !current.hasEnded, waited < patience.drain {
            await show(&log)
            if log?.hasEnded == true { return }
            await sleep(patience.pause)
            waited += patience.pause
        }
        if let problem = log?.problem { output(.note("the task's log is not followed: \(problem)")) }
    }
}
