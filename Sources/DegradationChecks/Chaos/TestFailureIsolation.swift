import CheckKit
import FaultInjection
import Formats
import RunModel

// The class TestFailureIsolation (contract §6.5).

struct NonCriticalIsolation: Check {
    let descriptor = CheckDescriptor(
        "CH-11", .failureIsolation, "test_non_critical_service_failure_isolation",
        title: "With MLflow, Redis and the queue failing, the service serves on",
        intent: "Only the database is critical; everything else may fail together.",
        procedure:
            "Open the breaker, cut Redis and queue off: `/health` 200, `/ready` 200 able to serve and degraded, `/live` within 5 s.",
        severity: .high, needs: [.faults(.mlflow), .faults(.redis), .faults(.queue)],
        dependsOn: ["HE-10", "CB-20"], excludes: [.everything], deadline: .seconds(240),
        risk: "Failures of comfort take the platform out of service.", remedy: .blocking,
        expect: ByProfile(
            a: "/health 200, /ready 200 able to serve and degraded, /live alive",
            m: "/health 200 or 503, /ready 200 able to serve and degraded, /live alive",
            b: "/health 200, /ready 200 able to serve and degraded, /live alive",
            fixed: "/health 200, /ready 200 able to serve and degraded, /live alive"))

    func run(_ context: CheckContext) async throws -> Outcome {
        try await context.disturbing([.mlflow, .redis, .queue]) { approach in
            let target = approach.target
            try await approach.open()
            try await approach.session.inject(try context.fault(.redis))
            if context.configuration.faults.proxies["queue"] != nil {
                try await approach.session.inject(try context.fault(.queue))
            }
            let health = HealthView(try await target.get("/health"))
            let ready = ReadinessView(try await target.get("/ready"))
            let live = try await Isolation.liveness(of: target, while: "/ready")
            var expectations = Expectations()
            expectations.expect(
                "status of /health 200", health.status == 200 || (context.profile == .m && health.status == 503),
                got: "\(health.status)")
            expectations.expect("status of /ready", of: ready.response, equals: 200)
            expectations.expect("can_serve_traffic", ready.canServe, equals: true)
            expectations.expect("degraded_mode", ready.isDegraded, equals: true)
            expectations.expectAlive(live, context)
            return expectations.outcome(
                passed: "\(ready.summary); /live after \(live.duration.readable)",
                got: "\(health.summary); \(ready.summary); /live after \(live.duration.readable)")
        }
    }
}

struct SlowDependencies: Check {
    private static let latency = Duration.milliseconds(100)
    private static let slowest = Duration.seconds(5)

    let descriptor = CheckDescriptor(
        "CH-12", .failureIsolation, "test_timeout_handling_isolation",
        title: "With every dependency 100 ms slower, health answers healthy within 5 s",
        intent: "A slow network is no outage.",
        procedure: "Add 100 ms to MLflow, PostgreSQL and Redis, GET `/health`: 200 healthy in less than 5 s.",
        needs: [.faults(.network)], dependsOn: ["CB-20"], excludes: [.everything], deadline: .seconds(150),
        risk: "A little latency is multiplied until time-outs strike.", remedy: .blocking,
        expect: ByProfile("200 healthy in less than 5 s"))

    func run(_ context: CheckContext) async throws -> Outcome {
        try await context.disturbing([.network]) { approach in
            for dependency in [.mlflow, .postgres, .redis] as [Dependency] {
                try await approach.session.inject(
                    try context.fault(dependency, .latency(Self.latency, jitter: .zero)))
            }
            let asked = ContinuousClock.now
            let health = HealthView(try await approach.target.get("/health"))
            let duration = asked.duration(to: .now)
            context.recorder.measure(Metric("chaos.slow_health", duration.milliseconds, .milliseconds))
            var expectations = Expectations()
            expectations.expect(of: health.response, equals: 200)
            expectations.expect("overall", health.overall, equals: "healthy")
            expectations.expect("less than \(Self.slowest.readable)", duration < Self.slowest, got: duration.readable)
            return expectations.outcome(passed: "healthy after \(duration.readable)", got: health.summary)
        }
    }
}
