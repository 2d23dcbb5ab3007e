import AWSClient
import HTTPClient

extension AWSItem {
    /// What the services answer on the paths that health checks ask.
    public static let healthPaths = AWSItem(
        "healthPaths", at: \.healthPaths, from: [.targetGroups, .taskDefinitions, .rules]
    ) {
        collector, snapshot in
        await collector.healthPaths(snapshot)
    }
}

extension AWSSnapshot {
    /// By role.
    public var healthPaths: [String: [HealthPathAnswer]] {
        get { self[table: .healthPaths] }
        set { self[table: .healthPaths] = newValue }
    }
}

/// What a service really answers on a path that something in AWS relies on.
public struct HealthPathAnswer: SnapshotElement, Hashable {
    public var path: String
    /// Nil when nothing answered.
    public var status: Int?
    public var problem: String?
}

extension AWSSnapshotCollector {
    /// Asks the services themselves on the paths that target groups and container health checks rely on.
    fileprivate func healthPaths(_ snapshot: AWSSnapshot) async -> [String: [HealthPathAnswer]] {
        let bases = ["api": services.api, "mlflow": services.mlflowDirect, "auth": services.auth].compactMapValues(
            \.self)
        let expectations = AWSExpectations(settings: settings, environment: "")
        var wanted: [String: Set<String>] = [:]
        for group in (try? snapshot.targetGroups.known()) ?? [] {
            let role = expectations.role(
                ofTargetGroup: group.targetGroupName, arn: group.targetGroupArn, snapshot: snapshot)
            if let role, let path = group.healthCheckPath { wanted[role, default: []].insert(path) }
        }
        for (role, service) in settings.ecsServices {
            for path in TaskDefinitionFacts.healthPaths(ofService: service, in: snapshot) {
                wanted[role, default: []].insert(path)
            }
        }
        var answers: [String: [HealthPathAnswer]] = [:]
        for (role, paths) in wanted {
            guard let base = bases[role] else { continue }
            for path in paths.sorted() { answers[role, default: []].append(await answer(base, path)) }
        }
        return answers
    }

    private func answer(_ base: String, _ path: String) async -> HealthPathAnswer {
        let request = HTTPRequest(url: base + path, deadline: .seconds(10), maximumBodyBytes: 1 << 20)
        do throws(HTTPError) {
            return HealthPathAnswer(path: path, status: try await http.send(request).status)
        } catch {
            return HealthPathAnswer(path: path, problem: error.message)
        }
    }
}
