import CheckKit
import RunModel
import Secrets

// The class TestGlobalCircuitBreaker (contract §6.2).

struct GlobalBreakerStatus: Check {
    let descriptor = CheckDescriptor(
        "CB-19", .globalCircuitBreaker, "test_get_circuit_breaker_status",
        title: "The breaker's status is part of MLflow's health",
        intent: "There is one breaker, and its whole status can be read.",
        procedure: "Read `/health/mlflow`: `circuit_breaker_details` with all ten fields.",
        risk: "Dashboards built on the status show nothing.", remedy: .breaker,
        expect: ByProfile("all fields of the status"))

    func run(_ context: CheckContext) async throws -> Outcome {
        try await context.atDeployment { target in
            try await target.send("POST", "/health/mlflow/reset")
            let answer = MLflowHealth(try await target.get("/health/mlflow"))
            let missing = BreakerFields.missing(in: answer)
            guard missing.isEmpty else {
                return .failed(
                    .breaker(.status),
                    "the breaker's status lacks fields", expected: BreakerFields.all.joined(separator: ", "),
                    got: "\(answer.status), without \(missing.joined(separator: ", "))")
            }
            return .passed("all \(BreakerFields.all.count) fields are there")
        }
    }
}

struct GlobalBreakerReset: Check {
    let descriptor = CheckDescriptor(
        "CB-20", .globalCircuitBreaker, "test_reset_circuit_breaker",
        title: "The reset call reaches the breaker",
        intent: "Every test that moves the breaker ends with this call.",
        procedure: "POST the reset, read `/health/mlflow`: CLOSED with no failures, and successes counted anew.",
        severity: .high,
        risk: "An open breaker can only be waited for.", remedy: .breaker,
        expect: ByProfile("200, then CLOSED, F=0, S counted anew"))

    func run(_ context: CheckContext) async throws -> Outcome {
        try await context.atDeployment { target in
            // Two successes first, so that a reset which does nothing shows.
            for _ in 0..<2 { try await target.get("/health/mlflow") }
            let reset = try await target.send("POST", "/health/mlflow/reset")
            guard reset.status == 200 else {
                // Only a call that does not exist is the breaker's own; anything else was refused before it came there.
                let isMissing = [404, 405, 501].contains(reset.status)
                return .failed(
                    isMissing ? .breaker(.reset) : context.symptom(of: reset, method: "POST"),
                    "the reset is refused", expected: "200", got: "\(reset.status) \(reset.text.excerpt(200))")
            }
            let answer = MLflowHealth(try await target.get("/health/mlflow"))
            let successes = answer.count("consecutive_successes") ?? -1
            guard answer.state == .closed, answer.count("failure_count") == 0, (0...1).contains(successes) else {
                // One failure since is that of the page's own probe: then the reset works, and MLflow does not.
                let isOfProbe = answer.isConnected == false && (answer.count("failure_count") ?? .max) <= 1
                return .failed(
                    (isOfProbe ? Symptom.report(in: answer.body) : nil) ?? .breaker(.reset),
                    isOfProbe
                        ? "the reset works, and the first probe after it does not reach MLflow"
                        : "the breaker is not as after a reset",
                    expected: "CLOSED F=0, S at most 1", got: "\(answer.shown)")
            }
            return .passed("closed, and the counters begin anew")
        }
    }
}

struct EnvironmentConfiguration: Check {
    let descriptor = CheckDescriptor(
        "CB-21", .globalCircuitBreaker, "test_environment_configuration",
        title: "The three environment variables set the breaker",
        intent: "Settings that are read from elsewhere, or nowhere, look alike until an outage.",
        procedure:
            "Start an instance with 4, 45 s and 10, which are nobody's defaults (5/60/5 built, 3/30/3 documented), and read them back.",
        needs: [.launch], dependsOn: ["CB-19"], excludes: [], deadline: .seconds(90),
        risk: "Operators tune a breaker that does not listen.", remedy: .breakerSettings,
        expect: ByProfile("4 and 45 s shown"))

    func run(_ context: CheckContext) async throws -> Outcome {
        try await BreakerConformance(
            context: context, demand: .own(threshold: 4, timeout: 45, attempts: 10),
            script: { _ in BreakerScript().probe(.closed, connected: true) },
            judge: { passage, settings in BreakerFields.settingsProblem(of: passage.answers.first, settings) }
        ).run()
    }
}
