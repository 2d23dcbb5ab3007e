import AWSChecks
import CheckKit
import DegradationChecks
import PerformanceChecks
import RunModel
import Settings
import ValidationChecks

/// Every check there is, of all targets that declare some.
public enum Catalogue {
    static let lists = [
        DegradationCatalogue.list, ValidationCatalogue.list, AWSCatalogue.list, PerformanceCatalogue.list,
    ]

    /// The checks that apply under a configuration, sorted by phase, category and id.
    public static func checks(for configuration: Configuration) -> [any Check] {
        CheckList(checks: lists.flatMap(\.checks), families: lists.flatMap(\.families)).checks(for: configuration)
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
