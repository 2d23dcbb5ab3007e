import CheckKit
import Formats
import RunModel
import Secrets

// The tests of the class TestHealthEndpointIntegration about `/ready` and `/live` (contract §6.3).

struct ReadyWhenAllIsUp: Check {
    let descriptor = CheckDescriptor(
        "HE-06", .healthEndpointIntegration, "test_readiness_check_all_ready",
        title: "With everything up, the service is ready",
        intent: "Traffic is sent only where this says yes.",
        procedure:
            "Reset the breaker, GET `/ready`: 200, ready, can serve, not degraded, database check passed and critical.",
        severity: .critical, dependsOn: ["HE-13"], deadline: .seconds(80), risk: "No traffic reaches the platform.",
        remedy: Remediation(
            summary: "Look at the failed item of `checks` in the answer and fix that dependency.",
            command: "curl -sS \"$API_URL/ready\" | jq '.checks[] | select(.passed | not)'"),
        expect: ByProfile("200 ready, not degraded, database critical"))

    func run(_ context: CheckContext) async throws -> Outcome {
        try await context.atDeployment { target in
            try await target.send("POST", "/health/mlflow/reset")
            let ready = ReadinessView(try await target.get("/ready"))
            var expectations = Expectations()
            expectations.expect(of: ready.response, equals: 200)
            expectations.expect("ready", ready.isReady, equals: true)
            expectations.expect("can_serve_traffic", ready.canServe, equals: true)
            expectations.expect("degraded_mode", ready.isDegraded, equals: false)
            expectations.expect("database passed", ready.check("database")?["passed"]?.boolean, equals: true)
            expectations.expect("database critical", ready.check("database")?["critical"]?.boolean, equals: true)
            return expectations.outcome(passed: ready.summary, got: ready.summary)
        }
    }
}

struct NotReadyWithoutDatabase: Check {
    let descriptor = CheckDescriptor(
        "HE-07", .healthEndpointIntegration, "test_readiness_check_database_down",
        title: "Without its database the service is not ready",
        intent: "The database is the one critical dependency.",
        procedure: "Cut PostgreSQL off, GET `/ready`: 503, and neither ready nor able to serve nor merely degraded.",
        severity: .critical, needs: [.faults(.postgres)], dependsOn: ["HE-06"], excludes: [.everything],
        deadline: .seconds(180), risk: "Traffic is sent to tasks that can only fail.", remedy: .blocking,
        expect: ByProfile("503, ready, can_serve_traffic and degraded_mode false"))

    func run(_ context: CheckContext) async throws -> Outcome {
        try await context.disturbing([.postgres]) { approach in
            try await approach.session.inject(try context.fault(.postgres))
            let ready = ReadinessView(try await approach.target.get("/ready"))
            var expectations = Expectations()
            expectations.expect(of: ready.response, equals: 503)
            expectations.expect("ready", ready.isReady, equals: false)
            expectations.expect("can_serve_traffic", ready.canServe, equals: false)
            expectations.expect("degraded_mode", ready.isDegraded, equals: false)
            return expectations.outcome(passed: ready.summary, got: ready.summary)
        }
    }
}

struct DegradedWhileBreakerOpen: Check {
    let descriptor = CheckDescriptor(
        "HE-08", .healthEndpointIntegration, "test_readiness_check_mlflow_circuit_breaker_open",
        title: "With the breaker open the service is degraded but serves",
        intent: "MLflow is not critical: predictions and health go on without it.",
        procedure:
            "Open the breaker, GET `/ready`: 200, not ready, can serve, degraded; the MLflow check says so and is not critical.",
        severity: .high, needs: [.faults(.mlflow)], dependsOn: ["HE-06", "CB-20"], excludes: [.everything],
        deadline: .seconds(150), risk: "An MLflow outage takes the whole API out of service.", remedy: .blocking,
        expect: ByProfile("200, ready false, can serve, degraded; MLflow check not passed, not critical, degraded_mode")
    )

    func run(_ context: CheckContext) async throws -> Outcome {
        try await context.disturbing([.mlflow]) { approach in
            try await approach.open()
            let ready = ReadinessView(try await approach.target.get("/ready"))
            let check = ready.check("mlflow")
            var expectations = Expectations()
            expectations.expect(of: ready.response, equals: 200)
            expectations.expect("ready", ready.isReady, equals: false)
            expectations.expect("can_serve_traffic", ready.canServe, equals: true)
            expectations.expect("degraded_mode", ready.isDegraded, equals: true)
            expectations.expect("mlflow passed", check?["passed"]?.boolean, equals: false)
            expectations.expect("mlflow critical", check?["critical"]?.boolean, equals: false)
            expectations.expect("mlflow degraded_mode", check?["degraded_mode"]?.boolean, equals: true)
            return expectations.outcome(
                passed: ready.summary, got: "\(ready.summary); mlflow \(check?.text ?? "missing")")
        }
    }
}

struct ReadyWhileBreakerHalfOpen: Check {
    let descriptor = CheckDescriptor(
        "HE-09", .healthEndpointIntegration, "test_readiness_check_mlflow_half_open",
        title: "While MLflow recovers the service is ready",
        intent: "Recovery must not keep traffic away.",
        procedure:
            "Open the breaker, restore MLflow, wait the timeout out, GET `/ready`: 200, ready, MLflow passed and recovering.",
        needs: [.faults(.mlflow)], dependsOn: ["HE-06", "CB-20"], excludes: [.everything], deadline: .seconds(150),
        risk: "Traffic stays away longer than the outage.", remedy: .breaker,
        expect: ByProfile("200, ready, MLflow check passed with recovering"))

    func run(_ context: CheckContext) async throws -> Outcome {
        try await context.disturbing([.mlflow]) { approach in
            // Readiness asks twice where its answers lag, so it sees the state that its first ask made (contract §5.5).
            try await approach.halfOpen(primed: false)
            let ready = ReadinessView(try await approach.target.get("/ready"))
            let check = ready.check("mlflow")
            var expectations = Expectations()
            expectations.expect(of: ready.response, equals: 200)
            expectations.expect("ready", ready.isReady, equals: true)
            expectations.expect("mlflow passed", check?["passed"]?.boolean, equals: true)
            expectations.expect("mlflow recovering", check?["recovering"]?.boolean, equals: true)
            return expectations.outcome(
                passed: ready.summary, got: "\(ready.summary); mlflow \(check?.text ?? "missing")")
        }
    }
}

struct Liveness: Check {
    let descriptor = CheckDescriptor(
        "HE-10", .healthEndpointIntegration, "test_liveness_check",
        title: "The service says that it is alive",
        intent: "A process that does not answer here is restarted.",
        procedure: "GET `/live`: 200, alive, a figure of memory (0 where the image lacks psutil), an uptime.",
        severity: .critical, excludes: [],
        deadline: .seconds(20), risk: "Tasks are restarted for nothing, or never.",
        remedy: Remediation(summary: "Look at the task's log; restart it when it does not answer."),
        expect: ByProfile("200, alive, memory_usage_mb, uptime"))

    func run(_ context: CheckContext) async throws -> Outcome {
        try await context.atDeployment { target in
            let answer = try await target.get("/live", deadline: .seconds(15))
            let body = (try? answer.json(JSONValue.self)) ?? .null
            var expectations = Expectations()
            expectations.expect(of: answer, equals: 200)
            expectations.expect("alive", body["alive"]?.boolean, equals: true)
            let memory = body["memory_usage_mb"]?.number
            expectations.expect("memory_usage_mb", (memory ?? -1) >= 0, got: memory.map { "\($0)" } ?? "nothing")
            expectations.expect("uptime", body["uptime"]?.number != nil, got: "nothing")
            if let memory, memory > 0 { context.recorder.measure(Metric("process.memory", memory * 1_048_576, .bytes)) }
            return expectations.outcome(
                passed: (memory ?? 0) > 0
                    ? "alive with \(memory ?? 0) MB" : "alive; it tells no memory (0 MB, as an image without psutil)",
                got: "\(answer.status) \(answer.readableText.excerpt(160))")
        }
    }
}

struct LivenessWithoutMemoryLibrary: Check {
    let descriptor = CheckDescriptor(
        "HE-11", .healthEndpointIntegration, "test_liveness_check_without_psutil",
        title: "Without the memory library liveness still answers, with 0 MB",
        intent: "An optional library must not decide over life and death.",
        procedure: "Start the build variant `without-memory-library`, GET `/live`: 200, alive, memory 0.",
        severity: .low, needs: [.launch, .variant("without-memory-library")], excludes: [],
        risk: "A slimmer image is restarted forever.",
        remedy: Remediation(summary: "Catch the missing import and report 0."),
        expect: ByProfile("200, alive, memory_usage_mb 0"))

    func run(_ context: CheckContext) async throws -> Outcome {
        try await context.withInstance(InstanceDemand(variant: "without-memory-library")) { instance in
            let answer = try await instance.target.get("/live", deadline: .seconds(15))
            let body = (try? answer.json(JSONValue.self)) ?? .null
            var expectations = Expectations()
            expectations.expect(of: answer, equals: 200)
            expectations.expect("alive", body["alive"]?.boolean, equals: true)
            expectations.expect("memory_usage_mb", body["memory_usage_mb"]?.number, equals: 0)
            return expectations.outcome(
                passed: "alive with 0 MB", got: "\(answer.status) \(answer.readableText.excerpt(160))")
        }
    }
}
