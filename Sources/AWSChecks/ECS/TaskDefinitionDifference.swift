import AWSClient

/// What differs between two revisions of a family, container by container.
struct TaskDefinitionDifference: Hashable {
    /// One setting that changed; nil means that it is not there.
    struct Setting: Hashable {
        var name: String
        var before: String?
        var after: String?
    }

    static func between(_ old: ECS.TaskDefinition, _ new: ECS.TaskDefinition) -> [Setting] {
        var settings = compare("", taskSettings(old), taskSettings(new))
        let names = Set(old.containerDefinitions.map(\.name)).union(new.containerDefinitions.map(\.name))
        for name in names.sorted() {
            let before = old.containerDefinitions.first { $0.name == name }
            let after = new.containerDefinitions.first { $0.name == name }
            settings += compare("\(name) ", before.map(self.settings) ?? [:], after.map(self.settings) ?? [:])
        }
        return settings
    }

    private static func compare(
        _ prefix: String, _ old: [String: String], _ new: [String: String]
    ) -> [Setting] {
        Set(old.keys).union(new.keys).sorted().compactMap { name in
            old[name] == new[name] ? nil : Setting(name: prefix + name, before: old[name], after: new[name])
        }
    }

    private static func taskSettings(_ definition: ECS.TaskDefinition) -> [String: String] {
        var settings: [String: String] = [:]
        settings["cpu"] = definition.cpu
        settings["memory"] = definition.memory
        settings["task role"] = definition.taskRoleArn
        settings["execution role"] = definition.executionRoleArn
        settings["architecture"] = definition.runtimePlatform?.cpuArchitecture
        return settings
    }

    /// Every setting of a container as one text each.
    static func settings(of container: ECS.TaskDefinition.Container) -> [String: String] {
        var settings = ["image": container.image]
        settings["cpu"] = container.cpu.map(String.init)
        settings["memory"] = container.memory.map(String.init)
        settings["memory reservation"] = container.memoryReservation.map(String.init)
        for variable in container.environment { settings["environment \(variable.name)"] = variable.value ?? "" }
        for secret in container.secrets { settings["secret \(secret.name)"] = secret.valueFrom }
        let ports = container.portMappings.map { "\($0.containerPort ?? 0)/\($0.protocol ?? "tcp")" }
        settings["ports"] = ports.isEmpty ? nil : ports.joined(separator: ", ")
        settings["health check"] = container.healthCheck.map { check in
            check.command.joined(separator: " ")
                + " every \(check.interval ?? 30) s, \(check.timeout ?? 5) s, \(check.retries ?? 3) tries, start \(check.startPeriod ?? 0) s"
        }
        settings["log driver"] = container.logConfiguration?.logDriver
        for (name, value) in container.logConfiguration?.options ?? [:] { settings["log option \(name)"] = value }
        settings["command"] = container.command.isEmpty ? nil : container.command.joined(separator: " ")
        return settings
    }

    /// A value that came back: it was there, went, and is there again.
    struct Reversion: Hashable {
        var setting: String
        var value: String
        /// The revision that brought it back.
        var revision: Int
        /// The revision in which it was before.
        var previousRevision: Int
    }

    /// Reversions of images and other settings over revisions in any order.
    static func reversions(in revisions: [ECS.TaskDefinition]) -> [Reversion] {
        let ordered = revisions.sorted { $0.revision < $1.revision }
        var history: [String: [(revision: Int, value: String)]] = [:]
        var found: [Reversion] = []
        for definition in ordered {
            var settings = taskSettings(definition)
            for container in definition.containerDefinitions {
                for (name, value) in self.settings(of: container) { settings["\(container.name) \(name)"] = value }
            }
            for (name, value) in settings.sorted(by: { $0.key < $1.key }) {
                let known = history[name] ?? []
                if let last = known.last, last.value != value, let earlier = known.last(where: { $0.value == value }) {
                    found.append(
                        Reversion(
                            setting: name, value: value, revision: definition.revision,
                            previousRevision: earlier.revision))
                }
                history[name] = known + [(definition.revision, value)]
            }
        }
        return found
    }
}
