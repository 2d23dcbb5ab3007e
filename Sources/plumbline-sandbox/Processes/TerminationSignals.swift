import Dispatch
import Glibc

/// SIGINT, SIGTERM and SIGHUP as values.
enum TerminationSignals {
    /// Runs `work`; a signal cancels it and is thrown once the work has ended.
    static func cancelling<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) async throws -> Value
    {
        let signals = stream()
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await work() }
            group.addTask {
                for await signal in signals { throw SandboxError.interrupted(signal: signal) }
                return nil
            }
            var failure: (any Error)?
            while let result = await group.nextResult() {
                switch result {
                case .success(let value?):
                    group.cancelAll()
                    return value
                case .success(nil): continue
                case .failure(let error):
                    group.cancelAll()
                    // The signal is the reason, the cancelled work only its consequence.
                    if failure == nil || error is SandboxError && !(failure is SandboxError) { failure = error }
                }
            }
            throw failure ?? CancellationError()
        }
    }

    static func stream() -> AsyncStream<Int32> {
        AsyncStream { continuation in
            // Made here, cancelled there, touched by nobody between.
            nonisolated(unsafe) let sources = [SIGINT, SIGTERM, SIGHUP].map { number in
                // The default action would end the process before the source sees the signal.
                signal(number, SIG_IGN)
                let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
                source.setEventHandler { continuation.yield(number) }
                source.resume()
                return source
            }
            continuation.onTermination = { _ in for source in sources { source.cancel() } }
        }
    }
}
