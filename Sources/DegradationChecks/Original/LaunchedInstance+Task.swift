import AWSClient
import CheckKit
import FaultInjection
import Formats
import Foundation
import Settings
import UndoLog

extension CheckContext {
    /// Runs the instance as an ECS task of its own with other environment variables.
    ///
    /// The mark that it is started under is written down before, so that a task whose identifier nobody got to know is
    /// found and stopped all the same.
    func runTask<Value>(
        _ task: TaskLaunchSettings, _ launch: LaunchSettings, _ environment: [String: String],
        _ fault: ToxiproxyFault?, _ body: (LaunchedInstance) async throws -> Value
    ) async throws -> Value {
        guard let settings = services.configuration.aws else {
            throw Stop.skipped("`launch.ecs` needs the `aws` section of the configuration")
        }
        let aws = settings.client(environment: self.environment, http: services.http)
        let cluster = try await verified(task.cluster ?? settings.cluster, settings, aws)
        let mark = "plumbline-" + UUID().uuidString.replacing("-", with: "").prefix(16).lowercased()
        let record = UndoRecord(
            runID: services.runID, checkID: descriptor.id, what: "instance of the service, task started by \(mark)",
            openedAt: Date(), lease: descriptor.deadline + launch.startTimeout + .seconds(60),
            actions: [.stopTasks(.init(cluster: cluster, startedBy: mark))])
        try await services.undoLog.writeAhead(record)
        let result: Result<Value, any Error>
        do {
            let request = ECS.TaskRequest(
                taskDefinition: task.taskDefinition, launchType: task.launchType, subnets: task.subnets,
                securityGroups: task.securityGroups, assignsPublicAddress: task.assignsPublicAddress,
                container: task.container, environment: environment, startedBy: mark)
            let instance = LaunchedTask(aws: aws, cluster: cluster, arn: try await start(request, cluster, aws))
            result = .success(
                try await look(at: instance, port: task.port, within: launch.startTimeout) {
                    try await body(.init(target: $0, mlflowFault: fault))
                })
        } catch let error as AWSError {
            result = .failure(
                Stop.inconclusive(.obstacle(.launch, of: .api), "the instance could not be started: \(error)"))
        } catch {
            result = .failure(error)
        }
        await takeBack(.record(id: record.id))
        return try result.get()
    }

    /// The cluster's name, when it is the configured account's.
    private func verified(_ cluster: String, _ settings: AWSSettings, _ aws: AWSClient) async throws -> String {
        do throws(FaultError) {
            return try await VerifiedCluster(
                cluster, account: settings.account, region: settings.region, aws: aws, for: "a task of the service"
            ).name
        } catch {
            throw Stop(Self.outcome(of: error))
        }
    }

    private func start(_ request: ECS.TaskRequest, _ cluster: String, _ aws: AWSClient) async throws -> String {
        let answer = try await aws.call(ECS.runTask(cluster: cluster, request))
        guard let arn = answer.tasks.first?.taskArn else {
            let reason = answer.failures.first.flatMap(\.reason) ?? "no task and no reason"
            throw Stop.inconclusive(.obstacle(.launch, of: .api), "ECS did not start the instance: \(reason)")
        }
        return arn
    }

    private func look<Value>(
        at task: LaunchedTask, port: Int, within patience: Duration, _ body: (TargetService) async throws -> Value
    ) async throws -> Value {
        let until = ContinuousClock.now + patience
        let address = try await task.address(until: until)
        return try await whenAnswering(
            "http://\(NetworkAddress(host: address, port: port))", within: ContinuousClock.now.duration(to: until),
            problem: { try await task.end() }, body)
    }
}

/// A task that was started for one test.
private struct LaunchedTask {
    private static let pause = Duration.seconds(1)

    let aws: AWSClient
    let cluster: String
    let arn: String

    /// Waits until the task has an address in the network.
    func address(until limit: ContinuousClock.Instant) async throws -> String {
        while true {
            let task = try await described()
            if let reason = Self.end(task) {
                throw Stop.inconclusive(.obstacle(.launch, of: .api), "the launched instance \(reason)")
            }
            if task?.lastStatus == "RUNNING", let address = task?.privateAddress { return address }
            guard ContinuousClock.now < limit else {
                throw Stop.inconclusive(
                    .obstacle(.launch, of: .api),
                    "the launched task is still \(task?.lastStatus ?? "unknown") and has no address")
            }
            try await Task.sleep(for: Self.pause)
        }
    }

    /// Why the task will never answer; nil while it may.
    func end() async throws -> String? { Self.end(try await described()) }

    private static func end(_ task: ECS.StartedTask?) -> String? {
        guard let status = task?.lastStatus, ["DEPROVISIONING", "STOPPING", "STOPPED", "DELETED"].contains(status)
        else {
            return nil
        }
        return "is \(status): \(task?.stoppedReason ?? "no reason given")"
    }

    private func described() async throws -> ECS.StartedTask? {
        try await aws.call(ECS.describeStartedTask(cluster: cluster, arn)).tasks.first
    }
}
