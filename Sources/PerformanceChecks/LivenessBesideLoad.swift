import CheckKit
import Formats
import LoadEngine
import RunModel

/// Synchronous probes in an asynchronous, single-worker service stall everything (contract §5.6): `/live` shows it.
struct LivenessBesideLoad: Check {
    var descriptor: CheckDescriptor {
        CheckDescriptor(
            id: "PF-03", title: "Liveness answers within 5 s while readiness is under load",
            intent: "One blocking call in the event loop stalls every request, and the orchestrator kills the task.",
            procedure:
                "Fifty workers on `/ready` for 10 s; next to them GET `/live` 20 times a second: its slowest answer, and how often it stood still for 100 ms or more.",
            category: .performance, phase: .validation, severity: .high, needs: [.reach(.api), .load],
            dependsOn: ["HE-13"], excludes: [.loadWindow, .breaker], deadline: .seconds(90),
            awsActions: ["cloudwatch:DescribeAlarms"],
            risk: "Tasks that are only busy are killed and started again.",
            remediation: Remediation(
                summary: "Run dependency checks off the event loop, or cache their result for some seconds."))
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        try await context.requireOwnAnswers(of: ["/live", "/ready"])
        let load = GuardedLoad(context)
        let limit = context.threshold("max_ms", default: 5000)
        async let beside = load.run(["/ready"], .constantWorkers(.init(workers: 50, duration: .seconds(10))))
        let live = try await load.run(["/live"], .constantArrivalRate(.init(rate: 20, duration: .seconds(10))))
        let ready = try await beside
        guard live.overall.completed > 0 else {
            return .inconclusive(.obstacle(.tooFewSamples, of: .api), "no call of /live was completed")
        }
        guard ready.overall.answered > 0 else {
            return .inconclusive(
                .obstacle(.prerequisite, of: .api),
                "/ready did not answer, so there was no load: \(ready.summary)")
        }
        let slowest = live.overall.responseTime.maximum
        let stalls = EventLoopStalls(live.overall.responseTime)
        stalls.record(context)
        context.recorder.measure(
            Metric("http.response_time.max", slowest.milliseconds, .milliseconds, labels: ["endpoint": "/live"]))
        guard slowest.milliseconds < limit, live.overall.failed == 0 else {
            return .failed(
                .excess(.api, .time, path: "/live"),
                "/live stalls while /ready is loaded", expected: "no errors, slowest < \(limit.wholeText) ms",
                got: live.summary)
        }
        return .passed("/live: \(live.summary); \(stalls.sentence); meanwhile /ready: \(ready.summary)")
    }
}

/// `/live` does nothing (contract §2.2), so what it takes longer than usual is time in which the event loop stood still.
struct EventLoopStalls: Equatable {
    static let shortest = Duration.milliseconds(100)

    /// Answers that waited behind a stall.
    var count: Int
    var share: Double
    var longest: Duration

    init(_ live: LatencyHistogram) {
        let usual = live.percentile(50)
        count = live.count - live.count(atMost: usual + Self.shortest)
        share = live.isEmpty ? 0 : Double(count) / Double(live.count)
        longest = max(.zero, live.maximum - usual)
    }

    func record(_ context: CheckContext) {
        context.recorder.measure(Metric("service.event_loop.longest_stall", longest.milliseconds, .milliseconds))
        context.recorder.measure(Metric("service.event_loop.stalled", share, .ratio))
    }

    var sentence: String {
        count == 0
            ? "the event loop never stood still for \(Self.shortest.readable)"
            : "\(count) answers (\((share * 1000).rounded() / 10) %) waited for an event loop that stood still, at most \(longest.readable)"
    }
}
