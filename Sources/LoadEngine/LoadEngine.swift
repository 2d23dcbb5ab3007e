import Foundation
import HTTPClient
import Sockets

/// Runs a load plan: event loops on threads of their own, thresholds and stop conditions judged beside them.
public struct LoadEngine: Sendable {
    private let plan: LoadPlan
    private let transport: LoadTransport
    private let transportReason: String

    public init(_ plan: LoadPlan) {
        self.plan = plan
        (transport, transportReason) = plan.transportChoice
    }

    /// - Parameter transport: libcurl serves every plan; the plain one only plans that are for it
    ///   (`LoadPlan.transportChoice`).
    init(_ plan: LoadPlan, transport: LoadTransport) {
        self.plan = plan
        self.transport = transport
        transportReason = "asked for"
    }

    private enum Event: Sendable {
        case second(LoopSecond)
        case finished(LoopResult)
    }

    /// Runs to the end of the plan, of its limits or of the first stop condition. Cancelling the task ends the run within
    /// a second; the report then holds what was measured.
    ///
    /// - Parameters:
    ///   - observer: called once a second.
    ///   - stopCondition: asked once a second on a task of its own; a reason ends the run.
    /// - Throws: `LoadPlanError` when the plan cannot be run as written; nothing was sent then.
    public func run(
        observer: @escaping @Sendable (LoadProgress) -> Void = { _ in },
        stopCondition: (@Sendable (LoadProgress) async -> String?)? = nil
    ) async throws(LoadPlanError) -> LoadReport {
        try plan.validate()
        // Reading the authorities takes a while, and so comes before the clock starts.
        let secured = try (0..<plan.limits.threads).map { _ throws(LoadPlanError) in try secureContext() }
        let wallClock = WallClockWatch()
        let control = LoadControl(
            startedAt: MonotonicClock.now() + 1_000_000, maximumRequests: plan.limits.maximumRequests)
        let (events, sender) = AsyncStream.makeStream(of: Event.self)
        for (index, context) in secured.enumerated() { start(index, context, control, sender) }
        let (states, stateSender) = AsyncStream.makeStream(of: LoadProgress.self, bufferingPolicy: .bufferingNewest(1))
        let guardian = Task {
            guard let stopCondition else { return }
            for await state in states {
                if let reason = await stopCondition(state) { return control.stop(.stopped(reason)) }
            }
        }
        // A task of its own: a cancelled task's stream ends at once, and the loops' figures would be lost.
        let gathering = Task {
            var collector = LoadCollector(plan)
            var results: [LoopResult] = []
            for await event in events {
                switch event {
                case .second(let second):
                    guard let state = collector.take(second) else { continue }
                    observer(state)
                    stateSender.yield(state)
                    if let failure = collector.abortingFailure(state.elapsed) { control.stop(.stopped(failure)) }
                case .finished(let result):
                    results.append(result)
                    if results.count == plan.limits.threads { sender.finish() }
                }
            }
            collector.finish()
            return (collector, results)
        }
        let (collector, results) = await withTaskCancellationHandler {
            await gathering.value
        } onCancel: {
            control.stop(.cancelled)
        }
        stateSender.finish()
        guardian.cancel()
        return LoadReport(plan, (transport, transportReason), collector, results, control, wallClock)
    }

    /// One for each thread, so that threads share no lock; nil when nothing goes over our own TLS.
    private func secureContext() throws(LoadPlanError) -> TLSClientContext? {
        guard transport == .plain, plan.requests.contains(where: { $0.url.lowercased().hasPrefix("https:") }) else {
            return nil
        }
        do throws(StreamError) {
            return try TLSClientContext(
                rootCertificates: plan.client.tls.authorityFile, verifies: plan.client.tls.verifies,
                protocols: ["http/1.1"], keepsSessions: plan.resumesSessions)
        } catch {
            throw LoadPlanError("TLS: \(error.message)")
        }
    }

    private func start(
        _ index: Int, _ secured: TLSClientContext?, _ control: LoadControl,
        _ sender: AsyncStream<Event>.Continuation
    ) {
        let plan = plan
        let transport = transport
        let thread = Thread {
            // A connection that the peer has closed is an error to count, whoever writes to it.
            BrokenPipe.blockSignal()
            let inFlight = plan.limits.maximumInFlight(ofLoop: index)
            switch transport {
            case .plain:
                Self.run(plan, index, control, sender, PlainTransport(plan, maximumInFlight: inFlight, tls: secured))
            case .libcurl:
                Self.run(plan, index, control, sender, LibcurlTransport(plan, maximumInFlight: inFlight))
            }
        }
        thread.name = "plumbline-load-\(index)"
        thread.start()
    }

    private static func run(
        _ plan: LoadPlan, _ index: Int, _ control: LoadControl, _ sender: AsyncStream<Event>.Continuation,
        _ transport: some Transport
    ) {
        var loop = EventLoop(plan, index: index, control: control, transport: transport) { sender.yield(.second($0)) }
        let result = loop.run()
        loop.close()
        sender.yield(.finished(result))
    }
}

/// SIGPIPE, which would end the process.
private enum BrokenPipe {
    /// For the calling thread; its writes then fail with an error.
    static func blockSignal() {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }
}

/// Compares the clocks at the two ends of a run.
struct WallClockWatch {
    let date = Date()
    private let monotonic = MonotonicClock.now()
    private let wall = MonotonicClock.wall()
    private let boot = MonotonicClock.boot()

    var drift: Duration {
        .nanoseconds((MonotonicClock.wall() - wall) - (MonotonicClock.now() - monotonic))
    }

    var suspended: Duration {
        .nanoseconds(max(0, (MonotonicClock.boot() - boot) - (MonotonicClock.now() - monotonic)))
    }
}
