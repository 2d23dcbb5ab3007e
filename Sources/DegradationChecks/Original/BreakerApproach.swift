import CheckKit
import FaultInjection
import Formats
import HTTPClient
import RunModel
import Secrets

/// Brings the deployed breaker into the state that a test of the health pages begins with.
struct BreakerApproach: Sendable {
    let context: CheckContext
    let target: TargetService
    let session: FaultSession

    /// Cuts MLflow off.
    func cutMLflow() async throws -> FaultSession.Open {
        let open = try await session.inject(try context.fault(.mlflow))
        try await session.confirmEffect(of: open, within: context.configuration.faults.effectTimeout) {
            await target.feelsMLflowFailing()
        }
        return open
    }

    /// Cuts MLflow off and probes until the breaker is open.
    ///
    /// - Throws: ``Stop`` as failed when more than enough failures do not open it.
    @discardableResult
    func open() async throws -> FaultSession.Open {
        let fault = try await cutMLflow()
        let enough = context.configuration.breaker.failureThreshold + 3
        for _ in 0..<enough {
            if MLflowHealth(try await target.get("/health/mlflow")).state == .open { return fault }
        }
        throw Stop.failed(
            .breaker(.doesNotOpen),
            "the breaker does not open",
            expected: "OPEN after \(context.configuration.breaker.failureThreshold) failures",
            got: "not OPEN after \(enough) failing probes")
    }

    /// Opens the breaker, mends MLflow and waits the timeout out: the next ask makes it half-open.
    ///
    /// - Parameter primed: asks once, for pages that tell what was before their own probe.
    func halfOpen(primed: Bool) async throws {
        let fault = try await open()
        try await session.undo(fault)
        try await waitOut()
        if primed { try await target.get("/health/mlflow") }
    }

    /// Waits until an open breaker lets a trial through.
    func waitOut() async throws {
        let timeout = context.configuration.breaker.recoveryTimeout
        guard timeout <= context.configuration.breaker.patience else {
            throw Stop.inconclusive(
                .obstacle(.fault, of: .breaker),
                "the breaker recovers after \(timeout.readable), and `breaker.patience` allows \(context.configuration.breaker.patience.readable)"
            )
        }
        target.note("wait \(timeout.readable) for the breaker")
        try await Task.sleep(for: timeout + .milliseconds(200))
    }
}

extension CheckContext {
    /// Runs a test of the health pages with leave to break dependencies and the breaker at hand.
    func disturbing(
        _ dependencies: [Dependency], recoversByItself: Bool = false,
        _ body: @escaping @Sendable (BreakerApproach) async throws -> Outcome
    ) async throws -> Outcome {
        try await atDeployment { target in
            try await breaking(dependencies, of: target, recoversByItself: recoversByItself) { session in
                try await body(BreakerApproach(context: self, target: target, session: session)).underFault
            }
        }
    }

    /// Detailed health answers 500 in some builds whatever happens (contract §2.2): then there is nothing to break.
    ///
    /// - Throws: ``Stop`` as failed when it does so in steady state.
    func requireDetailedHealth() async throws {
        try await atDeployment { target in
            let answer = try await target.get("/health?detailed=true")
            guard answer.status == 500 else { return }
            throw Stop.failed(
                symptom(of: answer),
                "detailed health answers 500 even while all is well", expected: "200 with details",
                got: "500 \(answer.readableText.excerpt(160))")
        }
    }
}

extension Outcome {
    /// What the API reports of a dependency while a fault of ours is on is that fault, and no symptom of the deployment.
    fileprivate var underFault: Outcome {
        guard case .failed(var mismatch) = self, case .report = mismatch.symptom else { return self }
        mismatch.symptom = .deviation(.api, .underFault)
        return .failed(mismatch)
    }
}
