import RunModel

/// How much may run at the same time.
struct ScheduleLimits: Sendable {
    var checks: Int
    /// Checks that start an instance of the service; their deadline must not pass while they wait for each other.
    var launches: Int
}

/// Which check may start next: dependencies first, nothing beside what it excludes. A value without clocks or tasks.
///
/// Within a queue the order of the plan is kept as far as the rules allow; a check that wants to be alone waits until nothing
/// runs, and nothing new starts beside it.
struct ScheduleQueue {
    enum Step: Equatable {
        case start(CheckID)
        /// Ends without running: what it depends on did not pass.
        case settle(CheckID, Outcome)
        /// Something must end first.
        case wait
        case done
    }

    private let descriptors: [CheckDescriptor]
    /// Indices of those that have not begun, in their order.
    private var pending: [Int]
    private var pendingIDs: Set<CheckID>
    private var running: [CheckID: CheckDescriptor] = [:]
    private let limits: ScheduleLimits

    init(_ descriptors: [CheckDescriptor], limits: ScheduleLimits) {
        self.descriptors = descriptors
        pending = Array(descriptors.indices)
        pendingIDs = Set(descriptors.map(\.id))
        self.limits = limits
    }

    /// The next thing to do; `statuses` holds how earlier checks ended, in this queue and before it.
    mutating func next(_ statuses: [CheckID: Status]) -> Step {
        // With every place taken nothing may start; what is settled without running can wait for the next place.
        if running.count >= limits.checks { return .wait }
        for place in pending.indices {
            let descriptor = descriptors[pending[place]]
            guard let verdict = dependencyVerdict(of: descriptor, statuses) else { continue }
            switch verdict {
            case .settled(let outcome):
                take(place)
                return .settle(descriptor.id, outcome)
            case .satisfied:
                guard canStart(descriptor) else { continue }
                take(place)
                running[descriptor.id] = descriptor
                return .start(descriptor.id)
            }
        }
        if !running.isEmpty { return .wait }
        guard !pending.isEmpty else { return .done }
        // Nothing runs and nothing may start: waiting would be for ever.
        return .settle(take(0), .error("its dependencies go round in a circle"))
    }

    @discardableResult
    private mutating func take(_ place: Int) -> CheckID {
        let id = descriptors[pending.remove(at: place)].id
        pendingIDs.remove(id)
        return id
    }

    mutating func finished(_ id: CheckID) { running[id] = nil }

    private enum DependencyVerdict {
        case satisfied
        case settled(Outcome)
    }

    /// Nil while a dependency is still to come.
    private func dependencyVerdict(of descriptor: CheckDescriptor, _ statuses: [CheckID: Status]) -> DependencyVerdict?
    {
        for dependency in descriptor.dependsOn {
            switch statuses[dependency] {
            case .passed, .flaky: continue
            case .skipped: return .settled(.skipped("depends on \(dependency), which was skipped"))
            case .failed, .timeout, .error, .inconclusive, .blocked: return .settled(.blocked(by: dependency))
            case nil:
                let isToCome = running[dependency] != nil || pendingIDs.contains(dependency)
                // Left out of this run by --skip: the user takes the risk, the check runs without it.
                if isToCome { return nil }
            }
        }
        return .satisfied
    }

    private func canStart(_ descriptor: CheckDescriptor) -> Bool {
        guard running.count < limits.checks else { return false }
        if descriptor.needs.contains(.launch),
            running.values.count(where: { $0.needs.contains(.launch) }) >= limits.launches
        {
            return false
        }
        if descriptor.excludes.contains(where: \.isOfEverything) { return running.isEmpty }
        let taken = Set(running.values.flatMap(\.excludes))
        return !taken.contains(where: \.isOfEverything) && taken.isDisjoint(with: descriptor.excludes)
    }
}
