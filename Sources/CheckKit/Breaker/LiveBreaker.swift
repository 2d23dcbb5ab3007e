import FaultInjection
import Formats
import HTTPClient

/// Drives the breaker of a running service through a script. Every probe is a `GET /health/mlflow`.
package struct LiveBreaker: Sendable {
    let target: TargetService
    /// Whether an answer shows what was before its own probe (contract §5.4.2).
    let lags: Bool
    /// The way to MLflow is cut by this fault; nil where the script breaks nothing.
    let fault: (any FaultInjector)?
    let session: FaultSession?
    /// How long the fault may take until it is felt.
    var effectTimeout = Duration.seconds(20)

    package init(
        target: TargetService, lags: Bool, fault: (any FaultInjector)? = nil, session: FaultSession? = nil,
        effectTimeout: Duration = Duration.seconds(20)
    ) {
        self.target = target
        self.lags = lags
        self.fault = fault
        self.session = session
        self.effectTimeout = effectTimeout
    }

    /// What came of a script: the trace, and the answers of its probes in order.
    package struct Passage: Sendable {
        package var trace = BreakerTrace()
        package var answers: [MLflowHealth] = []

        package init(trace: BreakerTrace = BreakerTrace(), answers: [MLflowHealth] = []) {
            self.trace = trace
            self.answers = answers
        }
    }

    package func run(_ script: BreakerScript) async throws -> Passage {
        var passage = Passage()
        var open: FaultSession.Open?
        for step in script.steps {
            var own: BreakerObservation?
            switch step.event {
            case .dependencyFails: open = try await breakDependency()
            case .dependencyRecovers:
                if let fault = open { try await session?.undo(fault) }
                open = nil
            case .wait(let duration):
                target.note("wait \(duration.readable)")
                try await Task.sleep(for: duration)
            case .reset: try await target.send("POST", "/health/mlflow/reset")
            case .probe:
                let answer = MLflowHealth(try await target.get("/health/mlflow"))
                passage.answers.append(answer)
                own = answer.shown
                own?.isConnected = answer.isConnected
                own?.isBlocked = answer.isBlocked
            }
            passage.trace.steps.append(BreakerTrace.Step(step.event, after: own))
        }
        if lags { try await shift(&passage) }
        return passage
    }

    private func breakDependency() async throws -> FaultSession.Open? {
        guard let fault, let session else { return nil }
        let open = try await session.inject(fault)
        try await session.confirmEffect(of: open, within: effectTimeout) { await target.feelsMLflowFailing() }
        return open
    }

    /// Where answers lag, the breaker after one probe is what the next answer shows, unless a reset came between. One more
    /// look at the end shows the last.
    private func shift(_ passage: inout Passage) async throws {
        let closing = MLflowHealth(try await target.get("/health/mlflow"))
        var next: BreakerObservation? = closing.shown
        for index in passage.trace.steps.indices.reversed() {
            let step = passage.trace.steps[index]
            switch step.event {
            case .probe:
                let own = step.after
                var after = next
                after?.isConnected = own?.isConnected
                after?.isBlocked = own?.isBlocked
                passage.trace.steps[index].after = after
                next = own
                next?.isConnected = nil
                next?.isBlocked = nil
            case .reset: next = nil
            case .dependencyFails, .dependencyRecovers, .wait: break
            }
        }
    }
}
