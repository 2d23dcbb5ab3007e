import RunModel

/// Every check there is. The lists are written at build time from the files of this target.
public enum Catalogue {
    /// The checks that apply under a configuration, sorted by phase, category and id.
    ///
    /// Without one, the families give what they declare for any configuration.
    public static func checks(for configuration: Configuration) -> [any Check] {
        let all = registeredChecks + registeredFamilies.flatMap { $0.checks(for: configuration) }
        return all.map { ($0, $0.descriptor) }
            .sorted { ($0.1.phase, $0.1.category, $0.1.id) < ($1.1.phase, $1.1.category, $1.1.id) }
            .map(\.0)
    }

    /// What is wrong with a catalogue: double ids, dependencies that do not exist or go round in circles or to a later phase.
    public static func problems(of descriptors: [CheckDescriptor]) -> [String] {
        var problems: [String] = []
        var known: [CheckID: CheckDescriptor] = [:]
        for descriptor in descriptors {
            if known.updateValue(descriptor, forKey: descriptor.id) != nil {
                problems.append("\(descriptor.id) is declared twice")
            }
        }
        for descriptor in descriptors {
            for dependency in descriptor.dependsOn {
                guard let target = known[dependency] else {
                    problems.append("\(descriptor.id) depends on \(dependency), which does not exist")
                    continue
                }
                if target.phase > descriptor.phase {
                    problems.append("\(descriptor.id) depends on \(dependency) of a later phase")
                }
            }
        }
        if let cycle = cycle(in: known) {
            problems.append("the dependencies \(cycle.map(\.rawValue).joined(separator: " → ")) go round in a circle")
        }
        return problems
    }

    private static func cycle(in descriptors: [CheckID: CheckDescriptor]) -> [CheckID]? {
        var finished: Set<CheckID> = []
        var path: [CheckID] = []
        func visit(_ id: CheckID) -> [CheckID]? {
            if finished.contains(id) { return nil }
            if let start = path.firstIndex(of: id) { return Array(path[start...]) + [id] }
            path.append(id)
            defer { path.removeLast() }
            for dependency in descriptors[id]?.dependsOn ?? [] {
                if let cycle = visit(dependency) { return cycle }
            }
            finished.insert(id)
            return nil
        }
        for id in descriptors.keys.sorted() {
            if let cycle = visit(id) { return cycle }
        }
        return nil
    }
}
