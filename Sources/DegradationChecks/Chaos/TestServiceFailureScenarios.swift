import CheckKit
import FaultInjection
import Formats
import RunModel

// The class TestServiceFailureScenarios (contract §6.5).

struct MLflowOutageAndRecovery: Check {
    private static let window = Duration.seconds(10)
    private static let step = Duration.seconds(2)

    let descriptor = CheckDescriptor(
        "CH-01", .serviceFailureScenarios, "test_mlflow_complete_failure_recovery",
        title: "The service stays available through an MLflow outage and recovers by itself",
        intent: "MLflow is not critical: its outage must cost nothing but MLflow.",
        procedure:
            "Healthy; open the breaker; `/health` 200 and degraded; ask every 2 s for 10 s; restore MLflow; wait for steady state without a reset.",
        severity: .high, needs: [.faults(.mlflow)], dependsOn: ["HE-13", "CB-20"], excludes: [.everything],
        deadline: .seconds(180), risk: "An MLflow outage becomes an outage of the platform.", remedy: .blocking,
        expect: ByProfile(
            a: "200 degraded, availability ≥ 80 %, healthy again",
            m: "200 degraded, availability ≥ 80 %, healthy again",
            b: "200, degraded by /ready, availability ≥ 80 %, ready again",
            fixed: "200 degraded, availability ≥ 80 %, healthy again"))

    func run(_ context: CheckContext) async throws -> Outcome {
        let least = context.threshold("availability", default: 0.8)
        let (outcome, target) = try await context.atDeployment { target in
            let outcome = try await context.breaking([.mlflow], of: target, recoversByItself: true) { session in
                let before = try await Overview.read(target)
                let asked = ContinuousClock.now
                try await BreakerApproach(context: context, target: target, session: session).open()
                context.recorder.measure(Metric("chaos.detection_time", asked.duration(to: .now).seconds, .seconds))
                let during = try await Overview.read(target)
                let availability = try await Availability.measure(
                    target, path: "/health", window: Self.window, step: Self.step)
                availability.record(context, path: "/health")
                var expectations = Expectations()
                expectations.expect("before", before.overall, equals: "healthy")
                expectations.expect("status of /health during", during.status, equals: 200)
                expectations.expect("during", during.overall, equals: "degraded")
                expectations.expect(
                    "availability of at least \(least)", availability.ratio >= least, got: "\(availability.ratio)")
                return expectations.outcome(
                    passed: "availability \(availability.ratio)", got: "\(during.summary), \(availability.ratio)")
            }
            return (outcome, target)
        }
        guard case .passed(let note) = outcome else { return outcome }
        // The session has waited for recovery; health itself must say so too.
        let after = try await Overview.read(target)
        var expectations = Expectations()
        expectations.expect("after", after.overall, equals: "healthy")
        return expectations.outcome(passed: "\(note), then \(after.overall ?? "?")", got: after.summary)
    }
}

struct DatabaseOutage: Check {
    let descriptor = CheckDescriptor(
        "CH-02", .serviceFailureScenarios, "test_database_connection_failure",
        title: "A database outage is reported, and ends when the database is back",
        intent: "The database is the one critical dependency.",
        procedure:
            "Cut PostgreSQL off: `/health` 200 and unhealthy, `/ready` 503 and unable to serve; restore it: healthy.",
        severity: .high, needs: [.faults(.postgres)], dependsOn: ["HE-06"], excludes: [.everything],
        deadline: .seconds(240), risk: "Traffic is sent to tasks that can only fail.",
        remedy: Remediation(summary: "Let the critical database alone make the overall word unhealthy."),
        expect: ByProfile(
            a: "200 unhealthy and 503; as built health says degraded",
            m: "200 unhealthy and 503; as built health says degraded",
            b: "/ready 503, then ready; plain health is constant", fixed: "200 unhealthy, 503, then healthy"))

    func run(_ context: CheckContext) async throws -> Outcome {
        try await context.disturbing([.postgres]) { approach in
            let target = approach.target
            let fault = try await approach.session.inject(try context.fault(.postgres))
            let health = try await Overview.read(target)
            let ready = ReadinessView(try await target.get("/ready"))
            try await approach.session.undo(fault)
            try await target.send("POST", "/health/mlflow/reset")
            let after = try await Overview.read(target)
            var expectations = Expectations()
            expectations.expect("status of /health", health.status, equals: 200)
            expectations.expect("overall", health.overall, equals: "unhealthy")
            expectations.expect("postgres", health.postgres, equals: "unhealthy")
            expectations.expect("status of /ready", of: ready.response, equals: 503)
            expectations.expect("can_serve_traffic", ready.canServe, equals: false)
            expectations.expect("afterwards", after.overall, equals: "healthy")
            return expectations.outcome(
                passed: "\(ready.summary); afterwards \(after.overall ?? "?")",
                got: "\(health.summary); \(ready.summary); afterwards \(after.summary)")
        }
    }
}

struct FlappingRedis: Check {
    private static let requests = 10

    let descriptor = CheckDescriptor(
        "CH-03", .serviceFailureScenarios, "test_redis_connection_chaos",
        title: "With Redis failing every third time, health always answers and tells both",
        intent: "Flapping is harder on a service than an outage.",
        procedure:
            "Ten `/health` 0.1 s apart, Redis cut off for every third: all 200, Redis reported healthy and not healthy.",
        needs: [.faults(.redis)], dependsOn: ["CB-20"], excludes: [.everything], deadline: .seconds(150),
        risk: "A flapping cache takes the API out of service, or goes unseen.", remedy: .blocking,
        expect: ByProfile(
            a: "200 ten times; Redis is disabled in this build, so this fails",
            m: "200 ten times, Redis reported healthy and not healthy",
            b: "skipped: this build reports nothing of Redis",
            fixed: "200 ten times, Redis reported healthy and not healthy"))

    func run(_ context: CheckContext) async throws -> Outcome {
        if try context.knownProfile() == .b {
            return .skipped("profile B reports nothing of Redis, so it cannot tell that it flaps")
        }
        return try await context.disturbing([.redis]) { approach in
            var words: [String] = []
            var statuses: [Int] = []
            for request in 1...Self.requests {
                let fault =
                    request.isMultiple(of: 3)
                    ? try await approach.session.inject(try context.fault(.redis)) : nil
                let health = HealthView(try await approach.target.get("/health"))
                if let fault { try await approach.session.undo(fault) }
                statuses.append(health.status)
                words.append(health.service("redis") ?? "not shown")
                try await Task.sleep(for: .milliseconds(100))
            }
            var expectations = Expectations()
            expectations.expect(
                "200 ten times", statuses.allSatisfy { $0 == 200 }, got: "\(statuses)")
            // Of Redis itself: another service on the same Redis, such as the queue, may well tell its failure.
            expectations.expect(
                "Redis both healthy and not healthy",
                words.contains("healthy") && words.contains { $0 != "healthy" },
                got: words.joined(separator: " "))
            return expectations.outcome(passed: words.joined(separator: " "), got: words.joined(separator: " "))
        }
    }
}

struct CascadingFailures: Check {
    let descriptor = CheckDescriptor(
        "CH-04", .serviceFailureScenarios, "test_circuit_breaker_cascading_failures",
        title: "Failing requests open the breaker without failing themselves, and good ones close it again",
        intent: "Each caller of a failing MLflow must get an answer.",
        procedure:
            "Cut MLflow off, ask up to the threshold (all answered 200), OPEN; restore, wait the timeout out, ask three times: CLOSED.",
        severity: .high, needs: [.faults(.mlflow)], dependsOn: ["CB-20"], excludes: [.everything],
        deadline: .seconds(180), risk: "One dead dependency fails every request.", remedy: .blocking,
        expect: ByProfile("every request 200, OPEN by /ready, CLOSED after three good requests"))

    func run(_ context: CheckContext) async throws -> Outcome {
        try await context.disturbing([.mlflow]) { approach in
            let target = approach.target
            // In B plain health asks nobody; there MLflow's own health is the request that probes (contract §5.5).
            let path = context.profile == .b ? "/health/mlflow" : "/health"
            let fault = try await approach.cutMLflow()
            var statuses: [Int] = []
            for _ in 0..<max(1, context.configuration.breaker.failureThreshold) {
                statuses.append(try await target.get(path).status)
            }
            let open = ReadinessView(try await target.get("/ready"))
            try await approach.session.undo(fault)
            try await approach.waitOut()
            for _ in 0..<3 { try await target.get(path) }
            let closed = MLflowHealth(try await target.get("/health/mlflow"))
            var expectations = Expectations()
            expectations.expect("every request 200", statuses.allSatisfy { $0 == 200 }, got: "\(statuses)")
            expectations.expect(
                "OPEN in /ready", open.check("mlflow")?["degraded_mode"]?.boolean == true,
                got: open.check("mlflow")?.text ?? "no MLflow check")
            expectations.expect("at last", closed.state?.rawValue, equals: "CLOSED")
            return expectations.outcome(
                passed: "\(statuses.count) answers 200, then OPEN, then CLOSED",
                got: "\(statuses), \(open.summary), \(closed.shown)")
        }
    }
}

struct QueueFailureIsolation: Check {
    let descriptor = CheckDescriptor(
        "CH-05", .serviceFailureScenarios, "test_message_queue_failure_isolation",
        title: "A failing message queue leaves health answering",
        intent: "Events can wait; requests cannot.",
        procedure: "Cut the queue's Redis off, GET `/health`: 200, healthy or degraded, message_queue unhealthy.",
        needs: [.faults(.queue)], dependsOn: ["CB-20"], excludes: [.everything], deadline: .seconds(120),
        risk: "A queue outage takes the API out of service.", remedy: .blocking,
        expect: ByProfile(
            a: "200, message_queue unhealthy", m: "200, message_queue unhealthy", b: "200; the queue is not shown",
            fixed: "200 degraded, message_queue unhealthy"))

    func run(_ context: CheckContext) async throws -> Outcome {
        try await context.disturbing([.queue]) { approach in
            try await approach.session.inject(try context.fault(.queue))
            let overview = try await Overview.read(approach.target)
            var expectations = Expectations()
            expectations.expect("status", overview.status, equals: 200)
            expectations.expectIfShown("overall", overview.overall, in: ["healthy", "degraded"])
            expectations.expectIfShown("message_queue", overview.queue, in: ["unhealthy", "degraded"])
            return expectations.outcome(passed: overview.summary, got: overview.summary)
        }
    }
}

struct NetworkPartition: Check {
    let descriptor = CheckDescriptor(
        "CH-06", .serviceFailureScenarios, "test_network_partition_simulation",
        title: "Cut off from everything, the service says so and stays alive",
        intent: "A partition must not look like a dead process.",
        procedure:
            "Cut MLflow, PostgreSQL and Redis off, GET `/health`: unhealthy throughout; `/live` meanwhile: 200 within 5 s.",
        severity: .high, needs: [.faults(.network)], dependsOn: ["HE-10", "CB-20"], excludes: [.everything],
        deadline: .seconds(240), risk: "A partition makes the load balancer kill every task.", remedy: .blocking,
        expect: ByProfile(
            a: "200 unhealthy, /live at once; as built external_api stays healthy and /live stalls",
            m: "503 unhealthy, /live at once; as built external_api stays healthy and /live stalls",
            b: "/ready 503, /live at once; as built /live stalls behind the checks",
            fixed: "200 unhealthy, every service unhealthy or degraded, /live at once"))

    func run(_ context: CheckContext) async throws -> Outcome {
        let profile = try context.knownProfile()
        return try await context.disturbing([.network]) { approach in
            let target = approach.target
            for dependency in [.mlflow, .postgres, .redis] as [Dependency] {
                try await approach.session.inject(try context.fault(dependency))
            }
            let live = try await Isolation.liveness(of: target, while: profile == .b ? "/ready" : "/health")
            let overview = try await Overview.read(target)
            var expectations = Expectations()
            expectations.expect("status of /health", overview.status, equals: profile == .m ? 503 : 200)
            expectations.expect("overall", overview.overall, equals: "unhealthy")
            expectations.expectIfShown("mlflow", overview.mlflow, in: ["unhealthy", "degraded"])
            expectations.expectIfShown("postgres", overview.postgres, in: ["unhealthy", "degraded"])
            expectations.expectIfShown("redis", overview.redis, in: ["unhealthy", "degraded"])
            expectations.expectIfShown("message_queue", overview.queue, in: ["unhealthy", "degraded"])
            if profile != .b {
                let external = HealthView(try await target.get("/health")).service("external_api")
                expectations.expectIfShown("external_api", external, in: ["unhealthy", "degraded"])
            }
            expectations.expectAlive(live, context)
            return expectations.outcome(
                passed: "\(overview.summary); /live after \(live.duration.readable)",
                got: "\(overview.summary); /live after \(live.duration.readable)")
        }
    }
}
