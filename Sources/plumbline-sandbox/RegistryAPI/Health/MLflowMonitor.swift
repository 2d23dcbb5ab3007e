import Synchronization

/// The breaker in front of MLflow and the counters of its probes: the one mutable state the health endpoints share.
final class MLflowMonitor: Sendable {
    /// What one status call learnt.
    struct Status: Sendable {
        var breaker: MLflowBreaker
        var moment: Double
        /// Nil when the breaker did not let the probe through.
        var probe: MLflowProbe.Outcome?

        var isConnected: Bool { probe?.isConnected ?? false }
        var state: MLflowBreaker.State { breaker.state }

        var error: String? {
            guard let probe else { return "Circuit breaker is OPEN - MLflow temporarily unavailable" }
            return probe.error
        }
    }

    private let breaker: Mutex<MLflowBreaker>
    private let counters: Mutex<ProbeCounters>
    private let probe: MLflowProbe
    private let defects: DefectSet
    private let statusLags: Bool
    private let now: @Sendable () -> Double

    init(settings: RegistrySettings, dependencies: RegistryDependencies) {
        now = dependencies.now
        breaker = Mutex(MLflowBreaker(policy: settings.breaker, now: now()))
        counters = Mutex(ProbeCounters(created: now()))
        probe = MLflowProbe(
            access: MLflowAccess(settings: settings.mlflow, dependencies: dependencies),
            attempts: settings.profile.probeAttempts,
            retriesTimeouts: settings.profile.retriesTimedOutProbes)
        defects = settings.defects
        statusLags = settings.profile.statusLags
    }

    /// Takes the breaker's snapshot, then probes unless it blocks; the snapshot lags its own probe (contract §5.4-2)
    /// unless the profile tells the present state.
    func status() async -> Status {
        let moment = now()
        let before = breaker.withLock { $0 }
        let isBlocked = breaker.withLock { $0.isBlocking(now: moment) }
        let outcome = isBlocked ? nil : await observedProbe()
        let shown = statusLags ? before : breaker.withLock { $0 }
        return Status(breaker: shown, moment: statusLags ? moment : now(), probe: outcome)
    }

    func reset() {
        let moment = now()
        breaker.withLock { $0.reset(now: moment) }
    }

    var snapshot: (breaker: MLflowBreaker, counters: ProbeCounters) {
        (breaker.withLock { $0 }, counters.withLock { $0 })
    }

    private func observedProbe() async -> MLflowProbe.Outcome {
        let outcome = await self.outcome()
        let end = now()
        breaker.withLock { $0.record(success: outcome.isConnected, now: end) }
        counters.withLock { $0.record(outcome) }
        return outcome
    }

    private func outcome() async -> MLflowProbe.Outcome {
        if defects.contains(.probeAlwaysSucceeds) { return .init(isConnected: true, duration: 0.001) }
        if defects.contains(.probeAlwaysFails) {
            return .init(isConnected: false, error: "not connected", errorType: "MlflowException")
        }
        return await probe.run()
    }
}

/// What the probes of one process add up to, for `/metrics` (contract §2.6).
struct ProbeCounters: Sendable {
    /// Upper bounds of the histogram, in seconds: the client library's defaults.
    static let bounds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0]

    var created: Double
    var attempts = 0
    var failures = 0
    var isConnected = false
    var error: String?
    /// How many durations fell at or under each bound.
    var buckets = Array(repeating: 0, count: ProbeCounters.bounds.count)
    var observations = 0
    var sum = 0.0

    init(created: Double) { self.created = created }

    mutating func record(_ outcome: MLflowProbe.Outcome) {
        attempts += 1
        isConnected = outcome.isConnected
        error = outcome.error
        guard outcome.isConnected else {
            failures += 1
            return
        }
        guard let duration = outcome.duration else { return }
        observations += 1
        sum += duration
        for (index, bound) in Self.bounds.enumerated() where duration <= bound { buckets[index] += 1 }
    }
}
