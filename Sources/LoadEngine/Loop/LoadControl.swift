import Synchronization

/// What the event loops of one run share: when they began, and whether they should end.
final class LoadControl: Sendable {
    let startedAt: Int64
    private let ending = Mutex<LoadReport.Ending?>(nil)
    private let isStopping = Atomic(false)
    private let loops = Mutex<[@Sendable () -> Void]>([])
    /// Starts of all loops together, against the budget.
    private let starts = Atomic(0)
    private let maximumRequests: Int

    init(startedAt: Int64, maximumRequests: Int) {
        self.startedAt = startedAt
        self.maximumRequests = maximumRequests
    }

    /// The first reason given is the one that is reported.
    func stop(_ reason: LoadReport.Ending) {
        ending.withLock { $0 = $0 ?? reason }
        isStopping.store(true, ordering: .releasing)
        loops.withLock { $0.forEach { wake in wake() } }
    }

    var mustStop: Bool { isStopping.load(ordering: .acquiring) }
    var reportedEnding: LoadReport.Ending { ending.withLock { $0 } ?? .completed }

    /// - Parameter wake: ends a wait of a loop.
    func register(_ wake: @escaping @Sendable () -> Void) { loops.withLock { $0.append(wake) } }

    /// The number of the next request, or nil when the budget is used up.
    func takeNumber() -> Int? {
        let number = starts.wrappingAdd(1, ordering: .relaxed).oldValue
        return number < maximumRequests ? number : nil
    }
}
