import CheckKit
import FaultInjection
import Formats
import HTTPClient
import RunModel

/// Runs one script on the reference breaker, then on a running one, and compares.
struct BreakerConformance: Sendable {
    /// Which breaker the script is about.
    enum Demand: Sendable {
        /// The deployed one, with its own settings, if its threshold leaves the script room.
        case deployed(minimumThreshold: Int = 1)
        /// One with exactly these settings, on an instance started for it.
        case own(threshold: Int, timeout: Int, attempts: Int)
    }

    /// As many as the configuration may name (`breaker.failure_threshold`): more failures than that are no test.
    private static let largestThreshold = 1000

    let context: CheckContext
    var demand = Demand.deployed()
    /// The machine that is expected; nil means the one that belongs to the profile.
    var backOff: CircuitBreakerSettings.BackOff?
    let script: @Sendable (CircuitBreakerSettings) -> BreakerScript
    /// What else must hold for the answers of the probes; nil when it does.
    var judge: (@Sendable (LiveBreaker.Passage, CircuitBreakerSettings) -> Outcome?)?

    func run() async throws -> Outcome {
        let configured = context.configuration.breaker
        let documented = settings(
            threshold: configured.failureThreshold, timeout: configured.recoveryTimeout,
            attempts: configured.maximumRecoveryAttempts)
        if case .own(let threshold, let timeout, let attempts) = demand {
            return try await runLaunched(
                settings(threshold: threshold, timeout: .seconds(timeout), attempts: attempts))
        }
        let plan = script(documented)
        if let refusal = try whyNotLive(plan) {
            recordModel(documented)
            guard let fallback = launchedFallback(documented) else {
                return modelOnly(refusal, settings: documented)
            }
            return try await runLaunched(fallback)
        }
        return try await runDeployed(documented)
    }

    // MARK: Subjects

    private func runDeployed(_ configured: CircuitBreakerSettings) async throws -> Outcome {
        context.recorder.made(on: .live)
        return try await context.atDeployment { target in
            try await target.send("POST", "/health/mlflow/reset")
            let seen = try seen(MLflowHealth(try await target.get("/health/mlflow")), configured)
            if case .deployed(let minimum) = demand, seen.failureThreshold < minimum {
                return modelOnly(
                    "the deployed threshold is \(seen.failureThreshold), the test needs at least \(minimum)",
                    settings: configured, inconclusive: true)
            }
            guard seen.failureThreshold <= Self.largestThreshold else {
                return modelOnly(
                    "the deployed threshold is \(seen.failureThreshold), and a test fails at most \(Self.largestThreshold) probes",
                    settings: configured, inconclusive: true)
            }
            let plan = script(seen)
            guard plan.waiting <= context.configuration.breaker.patience else {
                return modelOnly(impatience(plan), settings: seen, inconclusive: true)
            }
            guard plan.breaksDependency else {
                return try await judge(LiveBreaker(target: target, lags: lags, fault: nil, session: nil), plan, seen)
            }
            let fault = try context.fault(.mlflow)
            return try await context.breaking([.mlflow], of: target) { session in
                try await judge(
                    LiveBreaker(
                        target: target, lags: lags, fault: fault, session: session,
                        effectTimeout: context.configuration.faults.effectTimeout), plan, seen)
            }
        }
    }

    /// The settings as the breaker tells them, where it does.
    ///
    /// - Throws: ``Stop`` as inconclusive for a timeout that is no length of time.
    private func seen(_ answer: MLflowHealth, _ configured: CircuitBreakerSettings) throws -> CircuitBreakerSettings {
        var timeout = configured.recoveryTimeout
        if let told = answer.seconds("recovery_timeout") {
            guard let length = Duration.seconds(from: told) else {
                throw Stop.inconclusive(
                    .obstacle(.hidden, of: .breaker),
                    "the breaker tells its recovery_timeout as \(told), which is no number of seconds to wait")
            }
            timeout = length
        }
        return settings(
            threshold: answer.count("failure_threshold") ?? configured.failureThreshold, timeout: timeout,
            attempts: configured.maximumRecoveryAttempts)
    }

    private func runLaunched(_ settings: CircuitBreakerSettings) async throws -> Outcome {
        let plan = script(settings)
        if plan.breaksDependency { _ = try context.meansToBreak([.mlflow]) }
        let demand = InstanceDemand(
            environment: BreakerVariables.environment(settings), hasOwnMLflow: plan.breaksDependency)
        return try await context.withInstance(demand) { instance in
            guard let fault = instance.mlflowFault, let faults = context.faults else {
                return try await judge(
                    LiveBreaker(target: instance.target, lags: lags, fault: nil, session: nil), plan, settings)
            }
            let target = instance.target
            do {
                return try await faults.session(
                    for: context.descriptor.id, breaking: ["mlflow"], isIsolated: true,
                    leftBehind: { context.recorder.leaveBehind($0) }
                ) { session in
                    try await judge(
                        LiveBreaker(target: target, lags: lags, fault: fault, session: session), plan, settings)
                }.value
            } catch let error as FaultError {
                throw Stop(CheckContext.outcome(of: error))
            }
        }
    }

    // MARK: Judgement

    private func judge(
        _ live: LiveBreaker, _ plan: BreakerScript, _ settings: CircuitBreakerSettings
    ) async throws -> Outcome {
        let passage = try await live.run(plan)
        let reference = BreakerSimulation.trace(of: plan.events, settings: settings)
        context.recorder.attach(
            Evidence("the breaker compared with the reference", text: passage.trace.comparison(with: reference)))
        if let mismatch = plan.firstMismatch(in: passage.trace) {
            return .failed(
                .breaker(.states),
                "step \(mismatch.step + 1) (\(plan.events[mismatch.step])): the breaker is not as it must be",
                expected: "\(mismatch.expected)", got: "\(mismatch.got)")
        }
        if let step = passage.trace.firstDivergence(from: reference) {
            return .failed(
                .breaker(.states),
                "the breaker parts from the reference at step \(step + 1) (\(plan.events[step]))",
                expected: reference.steps[step].after.map { "\($0)" } ?? "nothing",
                got: passage.trace.steps[step].after.map { "\($0)" } ?? "nothing")
        }
        if let outcome = judge?(passage, settings) { return outcome }
        if let step = plan.unseen(in: passage.trace) {
            return .inconclusive(
                .obstacle(.hidden, of: .breaker),
                "the state after step \(step + 1) (\(plan.events[step])) is hidden in this profile")
        }
        return .passed(
            "\(plan.steps.count) steps as the reference: threshold \(settings.failureThreshold), timeout \(settings.recoveryTimeout.readable)"
        )
    }

    /// The script on the reference alone; says so, and never counts as a pass of the deployment.
    private func modelOnly(
        _ reason: String, settings: CircuitBreakerSettings, inconclusive: Bool = false
    ) -> Outcome {
        let verdict = recordModel(settings)
        context.recorder.made(on: .model)
        let text = "on the reference breaker only, which \(verdict); not on the deployment: \(reason)"
        return inconclusive ? .inconclusive(.obstacle(.fault, of: .breaker), text) : .skipped(text)
    }

    @discardableResult
    private func recordModel(_ settings: CircuitBreakerSettings) -> String {
        let plan = script(settings)
        let trace = BreakerSimulation.trace(of: plan.events, settings: settings)
        context.recorder.attach(
            Evidence("the script on the reference breaker", text: trace.comparison(with: trace, title: "reference")))
        guard let mismatch = plan.firstMismatch(in: trace) else { return "does as the test asks" }
        return "parts from the test at step \(mismatch.step + 1): expected \(mismatch.expected), got \(mismatch.got)"
    }

    // MARK: Choice of subject

    /// Why the deployed breaker cannot be driven through the script; nil when it can.
    private func whyNotLive(_ plan: BreakerScript) throws -> String? {
        if plan.breaksDependency {
            do { _ = try context.meansToBreak([.mlflow]) } catch let stop as Stop { return stop.outcome.message }
        }
        return plan.waiting > context.configuration.breaker.patience ? impatience(plan) : nil
    }

    private func impatience(_ plan: BreakerScript) -> String {
        "it would wait \(plan.waiting.readable) for the breaker, and `breaker.patience` allows \(context.configuration.breaker.patience.readable)"
    }

    /// The same on a started instance with a short timeout, where leave and means are there.
    private func launchedFallback(_ settings: CircuitBreakerSettings) -> CircuitBreakerSettings? {
        guard context.configuration.launch != nil, context.faults?.refusal(of: Dependency.mlflow.rawValue) == nil,
            context.faults != nil
        else { return nil }
        var short = settings
        short.recoveryTimeout = .seconds(1)
        return short
    }

    private func settings(threshold: Int, timeout: Duration, attempts: Int) -> CircuitBreakerSettings {
        let isFixed = context.profile == .fixed
        var settings =
            isFixed
            ? CircuitBreakerSettings.asDocumented(
                failureThreshold: threshold, recoveryTimeout: timeout, maximumRecoveryAttempts: attempts)
            : .asBuilt(failureThreshold: threshold, recoveryTimeout: timeout, maximumRecoveryAttempts: attempts)
        if let backOff { settings.backOff = backOff }
        return settings
    }

    private var lags: Bool { context.profile != .fixed }
}

/// The variables that set a breaker (contract §5.1).
enum BreakerVariables {
    static func environment(_ settings: CircuitBreakerSettings) -> [String: String] {
        [
            "MLFLOW_CB_FAILURE_THRESHOLD": "\(settings.failureThreshold)",
            "MLFLOW_CB_RECOVERY_TIMEOUT": "\(settings.recoveryTimeout.components.seconds)",
            "MLFLOW_CB_MAX_RECOVERY_ATTEMPTS": "\(settings.maximumRecoveryAttempts)",
        ]
    }
}
