import Formats
import Synchronization

/// Runs libarchive on a thread of its own: packing and reading take seconds, and the concurrency pool has few workers.
enum ArchiveThread {
    /// When to stop: the calling task was cancelled, or there is no more time. The work looks at it between blocks.
    final class Cancellation: Sendable {
        private let flag = Atomic(false)
        private let allowed: Duration?
        private let begin = ContinuousClock.now

        /// - Parameter allowed: how long the work may take; nil for as long as it needs.
        init(after allowed: Duration? = nil) { self.allowed = allowed }

        func request() { flag.store(true, ordering: .relaxed) }

        /// - Parameter progress: how far the work has come, for whoever reads why it ended.
        /// - Throws: `cancelled` once the calling task has been cancelled, `tooLarge` once the time is over.
        func check(_ subject: String, _ progress: @autoclosure () -> String = "") throws(BundleError) {
            if flag.load(ordering: .relaxed) { throw BundleError(.cancelled, subject, "the task was cancelled") }
            if let allowed, begin.duration(to: .now) > allowed {
                let reached = progress()
                throw BundleError(
                    .tooLarge, subject,
                    "could not be read within \(allowed.components.seconds) s" + (reached.isEmpty ? "" : "; \(reached)")
                )
            }
        }
    }

    /// Waits for the work to end, also after a cancellation, so that nothing is still written when this returns.
    ///
    /// - Parameter allowed: how long it may take; nil for as long as it needs.
    static func run<Value: Sendable>(
        within allowed: Duration? = nil,
        _ work: @escaping @Sendable (Cancellation) throws(BundleError) -> Value
    ) async throws(BundleError) -> Value {
        let cancellation = Cancellation(after: allowed)
        let result: Result<Value, BundleError> = await withTaskCancellationHandler {
            await DedicatedThread.run(named: "bundle") {
                Result { () throws(BundleError) in try work(cancellation) }
            }
        } onCancel: {
            cancellation.request()
        }
        return try result.get()
    }
}
