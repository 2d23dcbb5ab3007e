import AWSClient
import CheckKit
import RunModel

/// What ECS says of a service's tasks, for a run that cannot ask the service itself.
public enum TaskState {
    /// A service whose tasks run is not stopped. One that has none is, and the last of its tasks says why.
    public static func look(atTasksOf component: Component, _ context: CheckContext) async throws -> Outcome {
        let settings = try context.awsExpectations().settings
        guard let name = settings.ecsServices[component.name] else {
            return .skipped("`aws.ecs_services` names no service for \(component.name)")
        }
        let snapshot = try await context.awsStore().snapshot(of: [.services, .tasks, .identity], for: context)
        try snapshot.requireAccount(settings.account)
        return try outcome(of: component, service: name, snapshot, context.recorder)
    }

    static func outcome(
        of component: Component, service name: String, _ snapshot: AWSSnapshot, _ recorder: Recorder
    ) throws -> Outcome {
        let service = try snapshot.services.known().first { $0.serviceName == name }
        let tasks = try snapshot.tasks[name].known()
        let running = tasks.count { $0.lastStatus == "RUNNING" && $0.healthStatus != "UNHEALTHY" }
        let place = Component.aws(.ecsService, name)
        let counts = "\(running) of \(service?.desiredCount ?? 0) tasks of \(name) run"
        recorder.touch(.init(component, .runsOn, place, passed: running > 0 ? 1 : 0, failed: running > 0 ? 0 : 1))
        guard running == 0 else { return .passed(counts) }
        let reason =
            TaskDeaths(tasks).causes.first?.text
            ?? (service == nil
                ? "the service does not exist"
                : service?.desiredCount == 0 ? "the service is scaled to zero" : service?.events.first?.message)
            ?? "ECS gives no reason"
        return .failed(
            .report(by: place, ForeignError(component, .notReady, says: reason)), "\(counts): \(reason)",
            expected: "a task that runs", got: counts)
    }
}
