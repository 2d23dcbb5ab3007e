import CheckKit
import FaultInjection
import Formats
import Foundation
import HTTPClient
import RunModel
import Settings

struct ExponentialBackOff: Check {
    /// Retries that are watched.
    private static let retries = 3
    /// A wait counts as longer when it has grown by this factor; documented is 2.
    private static let growth = 1.5
    private static let settings = (threshold: 1, timeout: 1, attempts: 1)

    let descriptor = CheckDescriptor(
        "CB-09", .mlflowCircuitBreaker, "test_exponential_backoff_after_max_attempts",
        title: "After the last recovery attempt the breaker goes on trying, with growing waits",
        intent: "A dependency that stays dead should be tried less and less often, but never given up.",
        procedure:
            "On an instance with threshold 1, timeout 1 s, 1 attempt: cut MLflow off, keep asking `/health/mlflow`, and count the connections that arrive at MLflow's address: an ask that brings some is a trial.",
        needs: [.launch, .faults(.mlflow)], dependsOn: ["CB-01"], excludes: [], deadline: .seconds(120),
        risk: "A dead MLflow is hammered forever, or never tried again.", remedy: .breaker,
        expect: ByProfile(
            a: "tries again after the last attempt (2025)", m: "tries again after the last attempt (2025)",
            b: "waits double: 1, 2, 4 s", fixed: "waits double: 1, 2, 4 s"))

    func omission(under configuration: Configuration) -> String? {
        configuration.launch?.task == nil
            ? nil
            : "the trials are counted where connections arrive, which needs an instance on this machine (`launch.command`)"
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        let documented = CircuitBreakerSettings.asDocumented(
            failureThreshold: Self.settings.threshold, recoveryTimeout: .seconds(Self.settings.timeout),
            maximumRecoveryAttempts: Self.settings.attempts)
        _ = try context.meansToBreak([.mlflow])
        let demand = InstanceDemand(
            environment: BreakerVariables.environment(documented), hasOwnMLflow: true,
            countsMLflowConnections: true)
        let waits = try await context.withInstance(demand) { instance in
            try await Self.measure(instance, context)
        }
        let texts = (waits.map { String(format: "%.1f s", $0.seconds) }).joined(separator: ", ")
        let promised = (0..<Self.retries).map { documented.wait(afterAttempts: $0).readable }.joined(separator: ", ")
        for (index, wait) in waits.enumerated() {
            context.recorder.measure(
                Metric("breaker.wait", wait.seconds, .seconds, labels: ["retry": "\(index + 1)"]))
        }
        guard waits.count == Self.retries else {
            return .failed(
                .breaker(.stopsTrying),
                "after \(waits.count) retries the breaker stopped trying", expected: "retries after \(promised)",
                got: waits.isEmpty ? "none" : "after \(texts)")
        }
        if context.profile == .a || context.profile == .m { return .passed("it goes on trying: after \(texts)") }
        let grows = zip(waits, waits.dropFirst()).allSatisfy { $1.seconds >= $0.seconds * Self.growth }
        return grows
            ? .passed("the waits grow: \(texts)")
            : .failed(
                .breaker(.constantBackOff),
                "back-off does not grow: retries every \(texts); documented \(promised)",
                expected: "each wait twice the one before: \(promised)", got: texts)
    }

    /// The time from the end of each failed trial to the end of the next, without the trial itself.
    private static func measure(_ instance: LaunchedInstance, _ context: CheckContext) async throws -> [Duration] {
        guard let faults = context.faults, let fault = instance.mlflowFault, let relay = instance.mlflowConnections
        else {
            throw Stop.inconclusive(.obstacle(.fault, of: .breaker), "nothing stands before MLflow that could count")
        }
        let target = instance.target
        do {
            return try await faults.session(
                for: context.descriptor.id, breaking: ["mlflow"], isIsolated: true,
                leftBehind: { context.recorder.leaveBehind($0) }
            ) { session in
                let open = try await session.inject(fault)
                try await session.confirmEffect(of: open, within: .seconds(20)) { await target.feelsMLflowFailing() }
                return try await waits(of: target, relay)
            }.value
        } catch let error as FaultError {
            throw Stop(CheckContext.outcome(of: error))
        }
    }

    /// An ask on which connections arrive is a trial; one without is blocked.
    private static func waits(of target: TargetService, _ relay: CountingRelay) async throws -> [Duration] {
        try await target.get("/health/mlflow")
        var lastEnd = ContinuousClock.now
        var waits: [Duration] = []
        // Documented is 1 + 2 + 4 s; more than double that without a trial is the end of all trials.
        while waits.count < retries, lastEnd.duration(to: .now) < .seconds(12) {
            let (asked, before) = (ContinuousClock.now, relay.arrived)
            try await target.get("/health/mlflow")
            let connections = relay.arrived - before
            if connections > 0 {
                waits.append(lastEnd.duration(to: asked))
                lastEnd = .now
                target.note(
                    "a trial: \(connections) connections arrived, \(waits[waits.count - 1].readable) after the one before"
                )
            }
            try await Task.sleep(for: .milliseconds(100))
        }
        return waits
    }
}
