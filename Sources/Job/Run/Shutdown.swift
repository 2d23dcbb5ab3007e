import Dispatch
import Foundation
import RunModel
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// Turns SIGTERM, SIGQUIT and SIGINT into an orderly stop.
///
/// A person's second SIGINT, a second or more after the first, ends the process at once; the guardian undoes what is open. Other
/// further signals change nothing: pipelines send several kinds in a row, and wrappers send each of them twice.
public final class Shutdown: Sendable {
    private let state = Mutex(State())

    private struct State {
        var requested: Interruption?
        var requestedAt: ContinuousClock.Instant?
        var handler: (@Sendable (Interruption) -> Void)?
        var sources: [RetainedSource] = []
    }

    /// Keeps a source alive. Nothing is called on it after it was resumed.
    private struct RetainedSource: @unchecked Sendable {
        let source: any DispatchSourceSignal
    }

    public init() {}

    /// Why the run is to stop; nil while it is not.
    public var requested: Interruption? { state.withLock { $0.requested } }

    /// When that was asked for.
    var requestedAt: ContinuousClock.Instant? { state.withLock { $0.requestedAt } }

    /// Begins to listen. What a signal does otherwise is switched off for the whole process.
    public func listen() {
        let queue = DispatchQueue(label: "plumbline.signals")
        for (number, interruption) in [
            (SIGTERM, Interruption.terminated), (SIGQUIT, .terminated), (SIGINT, .interrupted),
        ] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { [self] in received(number, interruption) }
            source.resume()
            let retained = RetainedSource(source: source)
            state.withLock { $0.sources.append(retained) }
        }
    }

    /// Asks for a stop, for the given reason. The first reason counts.
    public func request(_ interruption: Interruption) {
        let handler = state.withLock { state -> (@Sendable (Interruption) -> Void)? in
            guard state.requested == nil else { return nil }
            state.requested = interruption
            state.requestedAt = .now
            return state.handler
        }
        handler?(interruption)
    }

    /// Calls the handler when a stop is asked for; at once if it already was.
    func onRequest(_ handler: @escaping @Sendable (Interruption) -> Void) {
        let pending = state.withLock { state -> Interruption? in
            state.handler = handler
            return state.requested
        }
        if let pending { handler(pending) }
    }

    private func received(_ number: Int32, _ interruption: Interruption) {
        if number == SIGINT, requested == .interrupted, let requestedAt, requestedAt.duration(to: .now) > .seconds(1) {
            _exit(128 + number)
        }
        request(interruption)
    }
}
