import Foundation

/// Threads for calls that block: the concurrency pool has as many threads as the machine has processors, and a blocked one is lost to it.
public enum DedicatedThread {
    /// Starts a thread.
    ///
    /// - Parameters:
    ///   - name: what the system's tools show it as; Linux keeps 15 bytes of it.
    ///   - stackSize: in bytes; nil for the system's default.
    package static func start(named name: String, stackSize: Int? = nil, _ work: @escaping @Sendable () -> Void) {
        let thread = Thread { work() }
        thread.name = name
        if let stackSize { thread.stackSize = stackSize }
        thread.start()
    }

    /// Does the work on a thread of its own and waits until it has ended, also in a cancelled task.
    package static func run<Value: Sendable>(named name: String, _ work: @escaping @Sendable () -> Value) async -> Value
    {
        await withCheckedContinuation { continuation in
            start(named: name) { continuation.resume(returning: work()) }
        }
    }
}
