import RunModel
import Settings

/// Makes the plan: for every check of the catalogue, whether it will run and if not, why. Pure.
public struct Planner: Sendable {
    let configuration: Configuration
    let options: RunOptions

    public init(configuration: Configuration, options: RunOptions) {
        self.configuration = configuration
        self.options = options
    }

    /// - Parameters:
    ///   - omissions: why checks have nothing to look at under this configuration.
    ///   - resumeKey: gives the key of a check that will run.
    public func plan(
        _ descriptors: [CheckDescriptor], omissions: [CheckID: String] = [:], resumeKey: (CheckDescriptor) -> ResumeKey
    ) -> Plan {
        let capabilities = CapabilityAssessment(configuration: configuration, allowances: options.allowances)
        let descriptors = descriptors.map(applyingSettings)
        let selection = Selection(descriptors: descriptors, options: options)
        let entries = descriptors.map { descriptor in
            if let reason = selection.exclusion(of: descriptor.id) {
                return PlanEntry(descriptor: descriptor, decision: .notSelected(reason))
            }
            let missing =
                descriptor.needs.compactMap(capabilities.missing) + (omissions[descriptor.id].map { [$0] } ?? [])
            if !missing.isEmpty {
                return PlanEntry(descriptor: descriptor, decision: .skip(missing.joined(separator: "; ")))
            }
            return PlanEntry(descriptor: descriptor, decision: .run, resumeKey: resumeKey(descriptor))
        }
        return Plan(entries: Self.skippingDependents(entries))
    }

    /// A check waits for those that it depends on: where one of them is skipped, so is this one.
    private static func skippingDependents(_ entries: [PlanEntry]) -> [PlanEntry] {
        var entries = entries
        var skipped = Set(entries.filter { if case .skip = $0.decision { true } else { false } }.map(\.descriptor.id))
        var grew = true
        while grew {
            grew = false
            for (index, entry) in entries.enumerated() where entry.decision == .run {
                guard let cause = entry.descriptor.dependsOn.first(where: skipped.contains) else { continue }
                entries[index].decision = .skip("depends on \(cause), which is skipped")
                entries[index].resumeKey = nil
                skipped.insert(entry.descriptor.id)
                grew = true
            }
        }
        return entries
    }

    /// The configuration may make a check critical, or not; and an instance that is launched takes its time before the test
    /// begins.
    private func applyingSettings(_ descriptor: CheckDescriptor) -> CheckDescriptor {
        var descriptor = descriptor
        if configuration.gate.critical.contains(where: descriptor.id.matches) { descriptor.isCritical = true }
        if configuration.gate.notCritical.contains(where: descriptor.id.matches) { descriptor.isCritical = false }
        if let launch = configuration.launch, descriptor.needs.contains(.launch) {
            descriptor.deadline += launch.startTimeout
        }
        return descriptor
    }
}

/// Which checks were asked for: patterns and phases, and whatever the chosen ones depend on.
private struct Selection {
    private var reasons: [CheckID: String] = [:]

    init(descriptors: [CheckDescriptor], options: RunOptions) {
        let byID = Dictionary(descriptors.map { ($0.id, $0) }) { first, _ in first }
        var wanted: Set<CheckID> = []
        for descriptor in descriptors {
            if let reason = Self.reason(for: descriptor, options: options) {
                reasons[descriptor.id] = reason
            } else {
                wanted.insert(descriptor.id)
            }
        }
        var open = Array(wanted)
        while let id = open.popLast() {
            for dependency in Self.prerequisites(of: byID[id]) where reasons[dependency] != nil {
                // What was left out by name stays out.
                if options.skip.contains(where: dependency.matches) { continue }
                reasons[dependency] = nil
                open.append(dependency)
            }
        }
    }

    func exclusion(of id: CheckID) -> String? { reasons[id] }

    /// What a check depends on, and the fingerprint of the deployment where its expectation differs by profile.
    private static func prerequisites(of descriptor: CheckDescriptor?) -> [CheckID] {
        guard let descriptor else { return [] }
        return descriptor.dependsOn + (descriptor.expectations.isEmpty ? [] : [DeploymentProfile.fingerprint])
    }

    private static func reason(for descriptor: CheckDescriptor, options: RunOptions) -> String? {
        if let pattern = options.skip.first(where: descriptor.id.matches) { return "left out by --skip \(pattern)" }
        if !options.phases.isEmpty, !options.phases.contains(descriptor.phase) {
            return "left out by --phase \(options.phases.map(\.name).joined(separator: ","))"
        }
        if !options.only.isEmpty, !options.only.contains(where: descriptor.id.matches) {
            return "left out by --only \(options.only.joined(separator: ","))"
        }
        return nil
    }
}
