import CheckKit
import FaultInjection
import Formats
import RunModel

// The class TestServiceCapacityLimits (contract §6.4).

struct SustainedLoad: Check {
    private static let recipe = LoadRecipe(
        paths: ["/health"], workers: 8, requestsEach: 25, thinkTime: .milliseconds(100), deadline: .seconds(10),
        leastSuccesses: 160, largestErrorRate: 0.2, mean: 3000, p95: 6000)
    /// What the original added to its mocked dependencies.
    private static let latencies: [(Dependency, Int)] = [(.mlflow, 10), (.postgres, 10), (.redis, 5)]

    let descriptor = CheckDescriptor(
        "LD-08", .serviceCapacityLimits, "test_response_time_under_sustained_load", recipe,
        title: "Response times hold under sustained load with slow dependencies",
        intent: "Slow dependencies and steady load are an ordinary day.", dependsOn: ["SD-02", "CB-20"],
        deadline: .seconds(240), excludes: [.everything], risk: "Queues build up on an ordinary day.")

    func run(_ context: CheckContext) async throws -> Outcome {
        guard context.faults?.refusal(of: Dependency.network.rawValue) == nil, context.faults != nil,
            context.configuration.faults.canBreak(.network)
        else {
            return try await LoadTest(
                context: context, recipe: Self.recipe, note: "without the added latency: no leave or means for faults"
            ).run()
        }
        return try await context.disturbing([.network]) { approach in
            for (dependency, latency) in Self.latencies {
                try await approach.session.inject(
                    try context.fault(dependency, .latency(.milliseconds(latency), jitter: .zero)))
            }
            return try await LoadTest(context: context, recipe: Self.recipe).run()
        }
    }
}

struct MemoryPressureLoad: Check {
    private static let recipe = LoadRecipe(
        paths: ["/health?detailed=true"], workers: 1, requestsEach: 30, deadline: .seconds(15), leastSuccesses: 25,
        largestErrorRate: 0.17)
    let descriptor = CheckDescriptor(
        "LD-09", .serviceCapacityLimits, "test_memory_pressure_simulation", recipe,
        title: "Detailed health answers under memory pressure",
        intent: "The page that tells of memory must work when memory is short.", needs: [.part(.detailedHealth)],
        dependsOn: ["SD-02", "CB-20"],
        deadline: .seconds(240), excludes: [.everything],
        risk: "The service cannot tell that its memory runs out.",
        deviation: "this build answers 500 in every call")

    func run(_ context: CheckContext) async throws -> Outcome {
        guard context.faults?.refusal(of: "memory") == nil, context.faults != nil,
            context.configuration.faults.canBreak(.memory)
        else {
            return try await LoadTest(
                context: context, recipe: Self.recipe,
                note: "without memory pressure: no leave for faults, or no `faults.commands.memory`"
            ).run()
        }
        return try await context.disturbing([.memory]) { approach in
            let before = try await Self.memoryUsed(approach.target)
            try await approach.session.inject(try context.fault(.memory))
            let during = try await Self.memoryUsed(approach.target)
            for (moment, percent) in [("before", before), ("during", during)] {
                guard let percent else { continue }
                context.recorder.measure(Metric("memory.used", percent / 100, .ratio, labels: ["moment": moment]))
            }
            let note = [before, during].compactMap { $0.map { "\($0) %" } }.joined(separator: ", then ")
            return try await LoadTest(
                context: context, recipe: Self.recipe,
                note: "memory used \(note.isEmpty ? "is not reported by this build" : note)"
            ).run()
        }
    }

    /// What the page itself tells; nil in builds where it cannot.
    private static func memoryUsed(_ target: TargetService) async throws -> Double? {
        HealthView(try await target.get("/health?detailed=true")).body.at("system_info.memory_percent")?.number
    }
}
