import CheckKit
import RunModel

/// Runs the checks of one group side by side, as far as their dependencies and exclusions allow.
struct Scheduler: Sendable {
    let runner: CheckRunner
    let limits: ScheduleLimits

    /// Called in order, never at the same time.
    struct Callbacks {
        var started: (CheckDescriptor) throws -> Void
        var finished: (CheckResult) throws -> Void
    }

    /// Runs all checks; `settled` holds the results of checks before these and takes theirs.
    ///
    /// - Returns: whether all of them ended; false when the task was cancelled.
    func run(
        _ checks: [(check: any Check, descriptor: CheckDescriptor)], settled: inout [CheckID: CheckResult],
        _ callbacks: Callbacks
    ) async throws -> Bool {
        let byID = Dictionary(checks.map { ($0.descriptor.id, $0) }) { first, _ in first }
        var queue = ScheduleQueue(checks.map(\.descriptor), limits: limits)
        var statuses = settled.mapValues(\.status)
        var facts = Self.facts(of: settled.values)
        return try await withThrowingTaskGroup(of: (CheckID, CheckResult?).self) { group in
            var isStopping = false
            func take(_ result: CheckResult) throws {
                settled[result.id] = result
                statuses[result.id] = result.status
                facts.merge(result.facts) { _, new in new }
                try callbacks.finished(result)
            }
            func wait() async throws {
                guard let (id, result) = try await group.next() else { return }
                queue.finished(id)
                if let result { try take(result) } else { isStopping = true }
            }
            while true {
                if Task.isCancelled { isStopping = true }
                if isStopping {
                    while !group.isEmpty { try await wait() }
                    return false
                }
                switch queue.next(statuses) {
                case .done: return true
                case .wait: try await wait()
                case .settle(let id, let outcome):
                    try take(CheckResult(id: id, outcome: outcome, startedAt: runner.now(), duration: .zero))
                case .start(let id):
                    guard let (check, descriptor) = byID[id] else { continue }
                    try callbacks.started(descriptor)
                    let runner = runner
                    group.addTask { [facts] in (id, try await runner.run(check, descriptor, facts: facts)) }
                }
            }
        }
    }

    /// All facts of earlier checks; where two give the same name, the check with the later id wins.
    static func facts(of results: some Sequence<CheckResult>) -> [FactName: String] {
        results.sorted { $0.id < $1.id }.reduce(into: [:]) { $0.merge($1.facts) { _, new in new } }
    }
}
