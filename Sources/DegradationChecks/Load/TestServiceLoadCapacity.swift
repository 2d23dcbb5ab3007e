import CheckKit
import FaultInjection
import RunModel

// The class TestServiceLoadCapacity (contract §6.4).

struct SequentialHealthLoad: Check {
    private static let recipe = LoadRecipe(
        paths: ["/health"], workers: 1, requestsEach: 100, deadline: .seconds(5), leastSuccesses: 95,
        largestErrorRate: 0.05, mean: 1000, p95: 2000, leastRate: 10)
    let descriptor = CheckDescriptor(
        "LD-01", .serviceLoadCapacity, "test_health_endpoint_sequential_load", recipe,
        title: "Health answers a hundred requests one after another", intent: "The floor under every other figure.",
        dependsOn: ["SD-02"], risk: "Even one patient client sees errors or waits.")

    func run(_ context: CheckContext) async throws -> Outcome {
        try await LoadTest(context: context, recipe: Self.recipe).run()
    }
}

struct ConcurrentHealthLoad: Check {
    private static let recipe = LoadRecipe(
        paths: ["/health"], workers: 10, requestsEach: 20, deadline: .seconds(10), leastSuccesses: 180,
        largestErrorRate: 0.1, mean: 2000, p99: 5000)
    let descriptor = CheckDescriptor(
        "LD-02", .serviceLoadCapacity, "test_health_endpoint_concurrent_load", recipe,
        title: "Health answers ten clients at once",
        intent: "Several load balancers and monitors ask at the same time.",
        dependsOn: ["SD-02"], risk: "Monitors take each other's answers away.")

    func run(_ context: CheckContext) async throws -> Outcome {
        try await LoadTest(context: context, recipe: Self.recipe).run()
    }
}

struct DetailedHealthLoad: Check {
    private static let recipe = LoadRecipe(
        paths: ["/health?detailed=true"], workers: 1, requestsEach: 50, deadline: .seconds(10), leastSuccesses: 45,
        largestErrorRate: 0.1, mean: 3000)
    let descriptor = CheckDescriptor(
        "LD-03", .serviceLoadCapacity, "test_detailed_health_endpoint_load", recipe,
        title: "Detailed health answers fifty requests", intent: "The page that is reloaded all through an incident.",
        needs: [.part(.detailedHealth)], dependsOn: ["SD-02"],
        risk: "In an incident the detailed page gives way first.",
        deviation: "this build answers 500 in every call")

    func run(_ context: CheckContext) async throws -> Outcome {
        try await LoadTest(context: context, recipe: Self.recipe).run()
    }
}

struct ReadinessLoad: Check {
    private static let recipe = LoadRecipe(
        paths: ["/ready"], workers: 5, requestsEach: 30, deadline: .seconds(5), leastSuccesses: 140,
        largestErrorRate: 0.07, mean: 1500)
    let descriptor = CheckDescriptor(
        "LD-04", .serviceLoadCapacity, "test_readiness_endpoint_load", recipe,
        title: "Readiness answers five clients at once",
        intent: "Each call probes MLflow and opens a database connection: this is the dearest page.",
        dependsOn: ["SD-02"], risk: "Readiness checks themselves wear the service down.")

    func run(_ context: CheckContext) async throws -> Outcome {
        try await LoadTest(context: context, recipe: Self.recipe).run()
    }
}

struct MixedLoad: Check {
    private static let recipe = LoadRecipe(
        paths: ["/health", "/ready", "/live", "/version"], workers: 4, requestsEach: 25, deadline: .seconds(5),
        largestErrorRate: 0.1, mean: 2000, judgesEachPath: true)
    let descriptor = CheckDescriptor(
        "LD-05", .serviceLoadCapacity, "test_mixed_endpoint_load", recipe,
        title: "Four endpoints answer side by side", intent: "Cheap pages must not wait for dear ones.",
        dependsOn: ["SD-02"], risk: "Liveness waits behind readiness, and tasks are restarted.")

    func run(_ context: CheckContext) async throws -> Outcome {
        try await LoadTest(context: context, recipe: Self.recipe).run()
    }
}

struct DegradedLoad: Check {
    private static let recipe = LoadRecipe(
        paths: ["/health"], workers: 1, requestsEach: 50, deadline: .seconds(10), leastSuccesses: 40,
        largestErrorRate: 0.2, mean: 8000)
    let descriptor = CheckDescriptor(
        "LD-06", .serviceLoadCapacity, "test_load_with_degraded_services", recipe,
        title: "Health answers under load while MLflow and Redis fail",
        intent: "Load comes exactly when something is broken.", needs: [.faults(.mlflow), .faults(.redis)],
        dependsOn: ["SD-02", "CB-20"], deadline: .seconds(600), excludes: [.everything],
        risk: "A partial outage becomes a whole one under load.")

    func run(_ context: CheckContext) async throws -> Outcome {
        try await context.disturbing([.mlflow, .redis]) { approach in
            try await approach.open()
            try await approach.session.inject(try context.fault(.redis))
            return try await LoadTest(context: context, recipe: Self.recipe).run()
        }
    }
}

struct SpikeLoad: Check {
    private static let recipe = LoadRecipe(
        paths: ["/health"], workers: 20, requestsEach: 10, deadline: .seconds(15), leastSuccesses: 160,
        largestErrorRate: 0.2, mean: 5000)
    let descriptor = CheckDescriptor(
        "LD-07", .serviceLoadCapacity, "test_spike_load_resilience", recipe,
        title: "Health stands a spike of twenty clients without pause",
        intent: "A retry storm must not finish the service.",
        dependsOn: ["SD-02"], risk: "A short spike leaves errors behind.")

    func run(_ context: CheckContext) async throws -> Outcome {
        try await LoadTest(context: context, recipe: Self.recipe).run()
    }
}
