import CheckKit
import Formats
import HTTPClient
import RunModel

/// How a service did over a stretch of time: asked at fixed moments, however late the answers come.
struct Availability: Sendable {
    struct Sample: Sendable {
        var at: Duration
        /// Nil when nothing answered.
        var status: Int?
        var duration: Duration
    }

    private(set) var samples: [Sample] = []

    /// Asks a path every `step` until the `window` is over. The answers of slow requests are waited for.
    static func measure(
        _ target: TargetService, path: String, window: Duration, step: Duration
    ) async throws -> Availability {
        let start = ContinuousClock.now
        return try await withThrowingTaskGroup(of: Sample.self) { group in
            var moment = Duration.zero
            while moment < window {
                try await Task.sleep(until: start + moment)
                let at = moment
                group.addTask {
                    let asked = ContinuousClock.now
                    let answer = try? await target.get(path, deadline: .seconds(30))
                    return Sample(at: at, status: answer?.status, duration: asked.duration(to: .now))
                }
                moment += step
            }
            var availability = Availability()
            for try await sample in group { availability.samples.append(sample) }
            availability.samples.sort { $0.at < $1.at }
            return availability
        }
    }

    /// The share of answers below 400 (contract §6.4), 0…1.
    var ratio: Double {
        samples.isEmpty ? 0 : Double(samples.count { ($0.status ?? 599) < 400 }) / Double(samples.count)
    }

    var slowest: Duration { samples.map(\.duration).max() ?? .zero }

    /// The share of the error budget that the stretch spent, for an objective such as 0.999; 1 is all of it.
    func budgetSpent(objective: Double) -> Double { (1 - ratio) / (1 - objective) }

    func record(_ context: CheckContext, path: String) {
        let labels = ["endpoint": path]
        context.recorder.measure(Metric("chaos.availability", ratio, .ratio, labels: labels))
        context.recorder.measure(Metric("chaos.slowest", slowest.milliseconds, .milliseconds, labels: labels))
        context.recorder.measure(
            Metric("chaos.error_budget_spent", budgetSpent(objective: 0.999), .ratio, labels: labels))
    }
}

/// Whether the service stays alive beside its dependencies (contract §5.6).
struct Isolation: Sendable {
    /// Liveness slower than this during a dependency failure is a finding (contract §5.6).
    static let slowest = Duration.seconds(5)

    /// Asks for liveness while another request is busy with dead dependencies.
    ///
    /// - Parameter path: the request that checks the dependencies.
    static func liveness(
        of target: TargetService, while path: String
    ) async throws -> (status: Int?, isAlive: Bool, duration: Duration) {
        async let busy = try? target.get(path)
        try await Task.sleep(for: .milliseconds(200))
        let asked = ContinuousClock.now
        let answer = try? await target.get("/live", deadline: .seconds(60))
        let duration = asked.duration(to: .now)
        _ = await busy
        let body = answer.flatMap { try? $0.json(JSONValue.self) }
        return (answer?.status, body?["alive"]?.boolean == true, duration)
    }
}

extension Expectations {
    /// Liveness must answer, and in time.
    mutating func expectAlive(_ live: (status: Int?, isAlive: Bool, duration: Duration), _ context: CheckContext) {
        context.recorder.measure(Metric("chaos.liveness", live.duration.milliseconds, .milliseconds))
        expect("/live status", live.status, equals: 200)
        expect("alive", live.isAlive, equals: true)
        expect(
            "/live within \(Isolation.slowest.readable)", live.duration <= Isolation.slowest,
            got: "\(live.duration.readable): dependency checks block the event loop", symptom: .eventLoopBlocked(.api))
    }
}
