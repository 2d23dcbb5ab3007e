import RunModel

/// Something about the target that is no longer as it was when a run's results were made.
struct TargetChange: Hashable, Sendable, CustomStringConvertible {
    /// Such as `api.task_definition`; begins with the service.
    let fact: String
    let before: String
    let after: String

    /// What the run knew of the target next to what is true now. What is unknown on either side is no change. Pure.
    static func between(_ before: [String: String], _ after: [String: String]) -> [TargetChange] {
        before.keys.sorted().compactMap { fact in
            guard let old = before[fact], let new = after[fact], old != new else { return nil }
            return TargetChange(fact: fact, before: old, after: new)
        }
    }

    /// `target changed: api task definition hokusai-api:41 → hokusai-api:42`
    var description: String {
        let words = fact.split(whereSeparator: { $0 == "." || $0 == "_" }).joined(separator: " ")
        return "target changed: \(words) \(before) → \(after)"
    }

    /// What the fact is about; nil for a role of an ECS service that is none of ours.
    private var service: Service? { fact.split(separator: ".").first.flatMap { Service(rawValue: String($0)) } }

    /// What answers behind each service, itself included: a request to the one is a test of all of them.
    private static let behind: [Service: Set<Service>] = [
        .api: [.api, .registry, .auth, .mlflow, .database, .redis],
        .registry: [.api, .registry, .auth, .mlflow, .database, .redis],
        .mlflow: [.api, .registry, .mlflow, .database], .mlflowDirect: [.mlflow, .database],
        .auth: [.auth, .redis], .database: [.database], .redis: [.redis],
    ]

    /// Whether a check's result may be another one now. A check that does not say what it asks counts as one that asks
    /// everything, unless it is about the place that the run looks from.
    func concerns(_ descriptor: CheckDescriptor) -> Bool {
        if [.environment, .credentials].contains(descriptor.category) { return false }
        let services = Self.services(asked: descriptor)
        // A role that is none of ours may serve any of them.
        guard !services.isEmpty, let service else { return true }
        return services.contains(service)
    }

    /// The services that answer a check, or stand behind one that does; empty when it does not say.
    private static func services(asked descriptor: CheckDescriptor) -> Set<Service> {
        if descriptor.needs.contains(.aws) { return [] }
        return descriptor.needs.reduce(into: []) { services, need in
            if case .reach(let service) = need { services.formUnion(behind[service] ?? [service]) }
        }
    }

    /// The services that the checks of a plan test, and whose identity therefore matters.
    static func services(testedBy plan: Plan) -> Set<Service> {
        plan.selected.reduce(into: []) { services, entry in
            if [.environment, .credentials].contains(entry.descriptor.category) { return }
            let asked = self.services(asked: entry.descriptor)
            services.formUnion(asked.isEmpty ? Set(Service.allCases) : asked)
        }
    }
}
