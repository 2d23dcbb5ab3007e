import Foundation
import Synchronization

/// Runs libarchive on a thread of its own: packing and reading take seconds, and the concurrency pool has few workers.
enum ArchiveThread {
    /// Told to the work when the calling task is cancelled; the work looks at it between blocks.
    final class Cancellation: Sendable {
        private let flag = Atomic(false)

        func request() { flag.store(true, ordering: .relaxed) }

        /// - Throws: `cancelled` once the calling task has been cancelled.
        func check(_ subject: String) throws(BundleError) {
            if flag.load(ordering: .relaxed) { throw BundleError(.cancelled, subject, "the task was cancelled") }
        }
    }

    /// Waits for the work to end, also after a cancellation, so that nothing is still written when this returns.
    static func run<Value: Sendable>(
        _ work: @escaping @Sendable (Cancellation) throws(BundleError) -> Value
    ) async throws(BundleError) -> Value {
        let cancellation = Cancellation()
        let result: Result<Value, BundleError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let thread = Thread {
                    do throws(BundleError) {
                        continuation.resume(returning: .success(try work(cancellation)))
                    } catch {
                        continuation.resume(returning: .failure(error))
                    }
                }
                thread.name = "bundle"
                thread.start()
            }
        } onCancel: {
            cancellation.request()
        }
        return try result.get()
    }
}
