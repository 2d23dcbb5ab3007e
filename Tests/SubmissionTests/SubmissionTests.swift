import AWSClient
import Foundation
import ObjectStorageSupport
import Synchronization
import Testing

@testable import Submission

/// A task from its start to the job's exit code, against a scripted ECS. Nothing here waits.
@Suite struct SubmissionTests {
    private static let task = ECS.OneOffTask(
        taskDefinition: "plumbline", launchType: "FARGATE", capacityProviders: [:], subnets: ["subnet-1"],
        securityGroups: [], assignsPublicAddress: false, container: "plumbline", command: ["run"],
        environment: ["PLUMBLINE_SUBMISSION": "mark"], tags: [:], startedBy: "plumbline-mark", clientToken: "mark")

    private static func result(_ code: Int) -> [UInt8] {
        Array(#"{"run":"r","bundle":"b.tar.gz","sha256":"x","exitCode":\#(code),"verdict":"v"}"#.utf8)
    }

    final class Shown: Sendable {
        private let outputs = Mutex<[Submission.Output]>([])
        func add(_ output: Submission.Output) { outputs.withLock { $0.append(output) } }
        var log: [String] {
            outputs.withLock { $0.compactMap { if case .log(let line) = $0 { line } else { nil } } }
        }
        var notes: String {
            outputs.withLock { $0.compactMap { if case .note(let note) = $0 { note } else { nil } } }
                .joined(separator: "\n")
        }
    }

    private static func submission(_ ecs: FakeECS, _ store: MemoryStore, _ shown: Shown) -> Submission {
        Submission(
            mark: "mark", cluster: "c", task: task, aws: ecs.client, store: store, output: shown.add, sleep: { _ in })
    }

    /// - Parameters:
    ///   - code: of the result that the job leaves; nil when it leaves none.
    ///   - task: the one that leaves it, counted from 1; 0 when it is there from the start.
    static func run(
        _ answers: [String: [FakeECS.Answer]], code: Int? = nil, leftBy task: Int = 0,
        stopping: @escaping @Sendable () -> Bool = { false }
    ) async throws(TaskFinding) -> (result: Submission.Result, shown: Shown, ecs: FakeECS) {
        let usual: [String: [FakeECS.Answer]] = [
            "RunTask": [FakeECS.tasks("PROVISIONING")], "DescribeTaskDefinition": [FakeECS.definition],
            "GetLogEvents": [FakeECS.log(["submission mark ended with exit code 0"], token: "t")],
            "StopTask": [.init(body: "{}")],
        ]
        let (store, shown) = (MemoryStore(), Shown())
        let ecs = FakeECS(usual.merging(answers) { $1 }) { operation, number in
            if let code, operation == "RunTask", number == task { store["submissions/mark.json"] = result(code) }
        }
        if let code, task == 0 { store["submissions/mark.json"] = result(code) }
        let submission = submission(ecs, store, shown)
        let arn = try await submission.start(number: 1)
        return (try await submission.result(of: arn, stopping: stopping), shown, ecs)
    }

    private static let stopped = FakeECS.tasks("STOPPED", stopCode: "EssentialContainerExited", exitCode: 0)

    // MARK: Results

    @Test(arguments: [0, 3, 5, 7])
    func `the exit code is the job's own`(code: Int) async throws {
        let end = FakeECS.tasks("STOPPED", stopCode: "EssentialContainerExited", exitCode: code)
        let (result, shown, _) = try await Self.run(
            ["DescribeTasks": [FakeECS.tasks("PENDING"), FakeECS.tasks("RUNNING"), end]], code: code)
        #expect(Int(result.exitCode) == code)
        #expect(shown.notes.contains("RUNNING"))
    }

    @Test func `every line of the log is shown once, also those that come after the end`() async throws {
        let (_, shown, _) = try await Self.run(
            [
                "DescribeTasks": [FakeECS.tasks("RUNNING"), Self.stopped],
                "GetLogEvents": [
                    FakeECS.log(["one"], token: "a"), FakeECS.log([], token: "a"), FakeECS.log([], token: "b"),
                    FakeECS.log(["two"], token: "c"), FakeECS.log([], token: "c"), FakeECS.log([], token: "c"),
                    FakeECS.log(["three", "submission mark ended with exit code 0"], token: "d"),
                    FakeECS.log([], token: "d"),
                ],
            ], code: 0)
        #expect(shown.log == ["one", "two", "three", "submission mark ended with exit code 0"])
    }

    @Test func `throttling and a task that is not listed yet are waited out`() async throws {
        let (result, _, ecs) = try await Self.run(
            [
                "DescribeTasks": [
                    .init(body: #"{"tasks":[],"failures":[{"reason":"MISSING"}]}"#),
                    .error("ThrottlingException", "Rate exceeded"), .error("ServerException", "no", status: 500),
                    Self.stopped,
                ]
            ], code: 0)
        #expect(result.exitCode == 0)
        #expect(ecs.calls.filter { $0 == "DescribeTasks" }.count == 4)
    }

    @Test func `a log group that is missing takes nothing but the log`() async throws {
        let (result, shown, _) = try await Self.run(
            [
                "DescribeTasks": [Self.stopped],
                "GetLogEvents": [
                    .error("ResourceNotFoundException", "The specified log group does not exist.")
                ],
            ], code: 3)
        #expect(result.exitCode == 3)
        #expect(shown.notes.contains("the log group /g does not exist"))
    }

    @Test func `where the container and the result differ, the result counts and it is said`() async throws {
        let (result, shown, _) = try await Self.run(["DescribeTasks": [Self.stopped]], code: 3)
        #expect(result.exitCode == 3)
        #expect(shown.notes.contains("the result counts"))
    }

    @Test func `a task whose capacity was taken back is gone on with by another`() async throws {
        let (result, shown, ecs) = try await Self.run(
            [
                "DescribeTasks": [
                    FakeECS.tasks("RUNNING"),
                    FakeECS.tasks("STOPPED", stopCode: "SpotInterruption", reason: "Your Spot Task was interrupted."),
                    Self.stopped,
                ]
            ], code: 0, leftBy: 2)
        #expect(result.exitCode == 0)
        #expect(shown.notes.contains("task 2 goes on"))
        let tokens = ecs.bodies(of: "RunTask").map { $0.contains(#""clientToken":"mark-1""#) }
        #expect(tokens == [true, false])
    }

    /// ECS gives the same task for the same token for a day, also when it has long stopped.
    @Test func `a job that is submitted again after its tasks were interrupted starts a further one`() async throws {
        let over = FakeECS.tasks("STOPPED", stopCode: "SpotInterruption", reason: "Your Spot Task was interrupted.")
        let (result, _, ecs) = try await Self.run(
            ["DescribeTasks": Array(repeating: over, count: 5) + [FakeECS.tasks("RUNNING"), Self.stopped]], code: 0,
            leftBy: 6)
        #expect(result.exitCode == 0)
        let tokens = ecs.bodies(of: "RunTask").map { $0.contains(#""clientToken":"mark-6""#) }
        #expect(tokens == [false, false, false, false, false, true])
    }

    @Test func `a second attempt of the same job follows the task that is there`() async throws {
        let (result, shown, ecs) = try await Self.run(
            [
                "RunTask": [.error("ConflictException", "The same token was used with other parameters.")],
                "ListTasks": [.init(body: #"{"taskArns":["arn:aws:ecs:eu-west-1:000000000000:task/c/1"]}"#)],
                "DescribeTasks": [Self.stopped],
            ], code: 0)
        #expect(result.exitCode == 0)
        #expect(shown.notes.contains("an earlier attempt has started the task"))
        #expect(ecs.bodies(of: "ListTasks").first?.contains("plumbline-mark") == true)
    }

    @Test func `whoever stops waiting stops the task, and waits for what it undoes`() async throws {
        let (result, shown, ecs) = try await Self.run(
            [
                "DescribeTasks": [
                    FakeECS.tasks("RUNNING"), FakeECS.tasks("DEACTIVATING"),
                    FakeECS.tasks("STOPPED", stopCode: "UserInitiated", exitCode: 143),
                ]
            ], code: 143, stopping: { true })
        #expect(result.exitCode == 143)
        #expect(ecs.calls.filter { $0 == "StopTask" }.count == 1)
        #expect(shown.notes.contains("it undoes what it changed first"))
    }

    // MARK: No result

    struct Failure: Sendable, CustomTestStringConvertible {
        var name: String
        var answers: [String: [FakeECS.Answer]]
        var cause: String
        var fix: String
        var testDescription: String { name }
    }

    private static func notStarted(_ name: String, _ reason: String, cause: String, fix: String) -> Failure {
        Failure(
            name: name,
            answers: ["DescribeTasks": [FakeECS.tasks("STOPPED", stopCode: "TaskFailedToStart", reason: reason)]],
            cause: cause, fix: fix)
    }

    static let failures = [
        notStarted(
            "image", "CannotPullContainerError: pull image manifest has been retried 5 time(s): not found",
            cause: "image could not be pulled", fix: "tag"),
        notStarted(
            "secret",
            "ResourceInitializationError: unable to pull secrets or registry auth: AccessDeniedException",
            cause: "secret", fix: "secretsmanager:GetSecretValue"),
        notStarted(
            "log group",
            "ResourceInitializationError: failed to validate logger args: The specified log group does not exist.",
            cause: "log driver", fix: "log group"),
        notStarted(
            "network", "Timeout waiting for network interface provisioning to complete.",
            cause: "network interface", fix: "submit.subnets"),
        notStarted(
            "capacity",
            "Capacity is unavailable at this time. Please try again later or in a different availability zone",
            cause: "no capacity", fix: "availability zones"),
        notStarted(
            "volume", "ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes",
            cause: "volume", fix: "needs no volume"),
        notStarted(
            "architecture", "CannotStartContainerError: exec /usr/bin/plumbline: exec format error",
            cause: "program could not be started", fix: "architecture"),
        Failure(
            name: "memory",
            answers: [
                "DescribeTasks": [
                    FakeECS.tasks(
                        "STOPPED", stopCode: "EssentialContainerExited", exitCode: 137,
                        containerReason: "OutOfMemoryError: Container killed due to memory usage")
                ]
            ], cause: "want of memory", fix: "more memory"),
        Failure(
            name: "no instance",
            answers: ["RunTask": [.init(body: #"{"tasks":[],"failures":[{"arn":"i","reason":"RESOURCE:MEMORY"}]}"#)]],
            cause: "no capacity", fix: "instances"),
        Failure(
            name: "task definition", answers: ["RunTask": [.error("ClientException", "TaskDefinition not found.")]],
            cause: "no such task definition", fix: "submit.task_definition"),
        Failure(
            name: "cluster", answers: ["RunTask": [.error("ClusterNotFoundException", "Cluster not found.")]],
            cause: "no such cluster", fix: "cluster"),
        Failure(
            name: "roles",
            answers: [
                "RunTask": [
                    .error("AccessDeniedException", "User: u is not authorized to perform: iam:PassRole on resource: r")
                ]
            ], cause: "may not be passed on", fix: "iam:PassRole"),
        Failure(
            name: "stopped by somebody",
            answers: ["DescribeTasks": [FakeECS.tasks("STOPPED", stopCode: "UserInitiated", reason: "by hand")]],
            cause: "somebody stopped the task", fix: "Submit again"),
        Failure(
            name: "killed by itself",
            answers: ["DescribeTasks": [Self.stopped]], cause: "left no result", fix: "plumbline policy"),
        Failure(
            name: "unknown", answers: ["DescribeTasks": [.init(body: #"{"tasks":[],"failures":[]}"#)]],
            cause: "does not know the task", fix: "cluster"),
    ]

    @Test(arguments: failures)
    func `without a result there is a cause and a fix`(failure: Failure) async {
        let finding = await #expect(throws: TaskFinding.self) { _ = try await Self.run(failure.answers) }
        #expect(finding?.cause.contains(failure.cause) == true, "\(String(describing: finding))")
        #expect(finding?.fix.contains(failure.fix) == true, "\(String(describing: finding))")
    }

    @Test func `the mark is the same for the same job and another one for another`() {
        #expect(Submission.mark(of: ["a", "b"]) == Submission.mark(of: ["a", "b"]))
        #expect(Submission.mark(of: ["a", "b"]) != Submission.mark(of: ["a", "c"]))
        #expect("\(Submission.mark(of: ["a"]))-12".utf8.count <= 64)
    }
}
