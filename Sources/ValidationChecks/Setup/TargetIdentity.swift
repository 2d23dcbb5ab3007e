import AWSClient
import CheckKit
import HTTPClient
import MLflowClient
import RunModel
import Settings

/// What tells one deployment of the target from another: task definitions, image digests, server versions.
///
/// It is read when a run begins and again when it is taken up, because a result says nothing of what was deployed after it.
/// A few calls that only read; what does not answer in time stays unknown.
public struct TargetIdentity: Sendable {
    private let context: CheckContext

    /// Stands for a check in the context that this is given; it is none, and has no result.
    public static let descriptor = CheckDescriptor(
        id: "TARGET", title: "What is deployed", category: .discovery, phase: .setup, deadline: patience)

    /// As long as everything together may take.
    private static let patience = Duration.seconds(15)
    private static let deadline = Duration.seconds(5)

    public init(_ context: CheckContext) { self.context = context }

    /// The facts by name. A name begins with the service that the fact is about: `api.task_definition`, `database.version`.
    ///
    /// - Parameters:
    ///   - services: the services to look at; others stay unknown. Without any nothing is asked.
    ///   - withProfile: whether the behaviour profile is looked at too. That asks the API's health, which counts as a trial of
    ///     an open breaker (contract §5.5).
    public func facts(of services: Set<Service>, withProfile: Bool) async -> [String: String] {
        if services.isEmpty { return [:] }
        var sources: [@Sendable () async -> [String: String]] = [tasks]
        if services.contains(.database) { sources.append(database) }
        if services.contains(.redis) { sources.append(redis) }
        if services.contains(.mlflow) { sources.append(mlflow) }
        if withProfile { sources.append(profile) }
        return await withTaskGroup(of: [String: String]?.self) { group in
            for source in sources { group.addTask { await source() } }
            group.addTask {
                try? await Task.sleep(for: Self.patience)
                return nil
            }
            var facts: [String: String] = [:]
            var left = sources.count
            while left > 0, let found = await group.next(), let found {
                facts.merge(found) { first, _ in first }
                left -= 1
            }
            group.cancelAll()
            return facts
        }
    }

    /// The task definition and the image digests of every ECS service, by its role.
    private func tasks() async -> [String: String] {
        guard let settings = context.configuration.aws, !settings.ecsServices.isEmpty else { return [:] }
        let client = settings.client(environment: context.environment, http: context.http)
        var facts: [String: String] = [:]
        for (role, name) in settings.ecsServices {
            guard
                let service = try? await client.call(ECS.describeServices(cluster: settings.cluster, [name])).services
                    .first
            else { continue }
            facts["\(role).task_definition"] = service.taskDefinition.map(Self.lastPart)
            let list = ECS.listTasks(cluster: settings.cluster, service: name, status: "RUNNING")
            guard let arns = try? await client.all(list, limit: 100, { $0.taskArns }), !arns.isEmpty,
                let tasks = try? await client.call(ECS.describeTasks(cluster: settings.cluster, arns)).tasks
            else { continue }
            let digests = Set(tasks.flatMap(\.containers).compactMap(\.imageDigest)).sorted()
            if !digests.isEmpty { facts["\(role).image_digest"] = digests.joined(separator: ", ") }
        }
        return facts
    }

    private func database() async -> [String: String] {
        guard let connection = try? await context.connectToDatabase() else { return [:] }
        await connection.close()
        return ["database.version": connection.session.serverVersionText]
    }

    private func redis() async -> [String: String] {
        guard let connection = try? await context.connectToRedis() else { return [:] }
        let reply = try? await connection.command(["INFO", "server"], deadline: Self.deadline)
        await connection.close()
        return reply?.information["redis_version"].map { ["redis.version": $0] } ?? [:]
    }

    private func mlflow() async -> [String: String] {
        let hasDirect = context.configuration.services.url(of: .mlflowDirect) != nil
        let headers = (try? context.key(.api)).map { [CheckContext.bearer($0)] } ?? []
        for path in ["/version", "/mlflow/version"] {
            guard let url = try? context.url(of: hasDirect ? .mlflowDirect : .mlflow, path: path) else { return [:] }
            let request = HTTPRequest(url: url, headers: headers, deadline: Self.deadline)
            guard let response = try? await context.http.send(request), response.status == 200,
                let version = MLflowVersion(response.text)
            else { continue }
            return ["mlflow.version": "\(version)"]
        }
        return [:]
    }

    private func profile() async -> [String: String] {
        guard context.configuration.services.url(of: .api) != nil else { return [:] }
        _ = try? await ProfileFingerprint().run(context)
        return context.recorder.contents.facts[.profile].map { ["api.profile": $0] } ?? [:]
    }

    /// `hokusai-api-development:17` of `arn:…:task-definition/hokusai-api-development:17`.
    private static func lastPart(_ name: String) -> String { name.split(separator: "/").last.map(String.init) ?? name }
}
