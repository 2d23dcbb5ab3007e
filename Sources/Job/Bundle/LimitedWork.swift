import Formats
import Synchronization

/// Work on what somebody else wrote, which may take longer than anybody waits.
enum LimitedWork {
    /// The stack of the thread, in bytes: what is made from a journal may lie deep in itself.
    private static let stackSize = 16 << 20

    /// Does the work on a thread of its own.
    ///
    /// - Parameter patience: nil waits for as long as it takes.
    /// - Returns: nil when it is not done in time; the thread goes on then until the process ends.
    static func run<Value: Sendable>(
        within patience: Duration?, _ work: @escaping @Sendable () throws -> Value
    ) async -> Result<Value, any Error>? {
        await withCheckedContinuation { continuation in
            let once = Once(continuation)
            DedicatedThread.start(named: "rendering", stackSize: stackSize) { once.end(with: Result { try work() }) }
            guard let patience else { return }
            Task {
                try? await Task.sleep(for: patience)
                once.end(with: nil)
            }
        }
    }

    /// Whoever comes first decides.
    private final class Once<Value: Sendable>: Sendable {
        private let continuation: Mutex<CheckedContinuation<Value?, Never>?>

        init(_ continuation: CheckedContinuation<Value?, Never>) { self.continuation = Mutex(continuation) }

        func end(with value: sending Value?) {
            let waiting = continuation.withLock { waiting in
                defer { waiting = nil }
                return waiting
            }
            waiting?.resume(returning: value)
        }
    }
}
