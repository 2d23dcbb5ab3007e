import Synchronization

/// The one event loop of the original's only worker process: whoever holds it stalls everybody else, first come first
/// served (contract §5.6).
final class SingleWorker: Sendable {
    private struct State {
        var isTaken = false
        var waiting: [CheckedContinuation<Void, Never>] = []
        var next = 0
    }

    private let state = Mutex(State())

    /// Runs `work` while holding the worker.
    func run<Result: Sendable>(_ work: @Sendable () async -> Result) async -> Result {
        await take()
        defer { leave() }
        return await work()
    }

    /// How many are waiting for the worker.
    var waitingCount: Int { state.withLock { $0.waiting.count - $0.next } }

    private func take() async {
        await withCheckedContinuation { continuation in
            let isMine = state.withLock { state in
                guard state.isTaken else {
                    state.isTaken = true
                    return true
                }
                state.waiting.append(continuation)
                return false
            }
            if isMine { continuation.resume() }
        }
    }

    private func leave() {
        let next: CheckedContinuation<Void, Never>? = state.withLock { state in
            guard state.next < state.waiting.count else {
                state.waiting.removeAll(keepingCapacity: true)
                state.next = 0
                state.isTaken = false
                return nil
            }
            let continuation = state.waiting[state.next]
            state.next += 1
            // Under steady load the queue never runs empty, so what has been served is dropped now and then.
            if state.next > 1024 {
                state.waiting.removeFirst(state.next)
                state.next = 0
            }
            return continuation
        }
        next?.resume()
    }
}
