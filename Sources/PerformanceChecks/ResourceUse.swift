import CheckKit
import Formats
import Foundation
import LoadEngine
import RunModel

/// What a load costs the service: processor time a request, and memory that does not come back.
struct ResourceUse: Check {
    var descriptor: CheckDescriptor {
        CheckDescriptor(
            id: "PF-07", title: "Memory stays within 64 MiB of where it was after 1,000 calls",
            intent: "A leak of kilobytes a call is a restart every night.",
            procedure:
                "Read processor time and memory of the service (from the kernel where `services.pid_files.api` names its process, else "
                + "from `/metrics`), call `/version` 50 times a second for 20 s, read them again. Where neither tells, or several "
                + "tasks answer in turn: CloudWatch's figures of the minute.",
            category: .performance, phase: .validation, needs: [.reach(.api), .load], dependsOn: ["SD-02"],
            excludes: [.loadWindow, .breaker], deadline: .seconds(360),
            awsActions: ["cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData"],
            risk: "Tasks are killed for memory under load.", remediation: .responsiveness)
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        try await context.requireOwnAnswers(of: ["/version"])
        let (before, obstacle) = try await Self.reading(context)
        let group = Self.group(context)
        let start = Date()
        // As many calls in a shorter window.
        let rate = 50 / min(1, context.configuration.limits.loadStretch)
        let report = try await GuardedLoad(context).run(
            ["/version"], .constantArrivalRate(.init(rate: rate, duration: .seconds(20))))
        guard report.overall.answered >= 900 else {
            return .inconclusive(
                .obstacle(.tooFewSamples, of: .api), "too few answers for a verdict: \(report.summary)")
        }
        let after = try await Self.reading(context).figures
        guard let before, let after, before.startTime == after.startTime else {
            return try await byCloudWatch(
                obstacle ?? "the two readings are of different processes", since: start, report, context)
        }
        return judge(before, after, throttling(since: group, context), report, context)
    }

    /// Nil with the reason when the service does not tell.
    private static func reading(
        _ context: CheckContext
    ) async throws -> (figures: ProcessFigures?, obstacle: String?) {
        do {
            return (try await ProcessFigures.read(context), nil)
        } catch let stop as Stop {
            return (nil, stop.outcome.message)
        }
    }

    private static func group(_ context: CheckContext) -> LocalProcess.Group? {
        context.configuration.services.pidFiles["api"].flatMap(LocalProcess.init)?.group
    }

    /// How long the limits of its control group kept the service from running meanwhile; empty without such limits.
    private func throttling(since before: LocalProcess.Group?, _ context: CheckContext) -> String {
        guard let before, let after = Self.group(context) else { return "" }
        let seconds = after.throttledSeconds - before.throttledSeconds
        context.recorder.measure(Metric("process.cpu_throttled", seconds, .seconds))
        guard let used = after.memoryBytes, let limit = after.memoryLimit, limit > 0 else {
            return "; held back by its limits for \((seconds * 1000).rounded()) ms"
        }
        context.recorder.measure(Metric("process.memory_share", used / limit, .ratio))
        return
            "; held back by its limits for \((seconds * 1000).rounded()) ms, \((used / limit * 100).wholeText) % of its memory limit"
    }

    private func judge(
        _ before: ProcessFigures, _ after: ProcessFigures, _ throttling: String, _ report: LoadReport,
        _ context: CheckContext
    ) -> Outcome {
        let processor = after.processorSeconds - before.processorSeconds
        let growth = after.memoryBytes - before.memoryBytes
        let perCall = processor / Double(max(1, report.overall.completed)) * 1000
        context.recorder.measure(Metric("process.cpu_per_request", perCall, .milliseconds))
        context.recorder.measure(Metric("process.cpu_share", processor / report.duration.seconds, .ratio))
        context.recorder.measure(Metric("process.memory", after.memoryBytes, .bytes))
        context.recorder.measure(Metric("process.memory_growth", growth, .bytes))
        let got =
            "\((perCall * 100).rounded() / 100) ms of processor a call, \((after.memoryBytes / 1_048_576).wholeText) MiB, "
            + "\((growth / 1_048_576).wholeText) MiB more than before\(throttling); \(report.summary)"
        let limit = context.threshold("memory_growth_mib", default: 64)
        guard growth / 1_048_576 <= limit else {
            return .failed(
                .excess(.api, .memory), "memory grows under load", expected: "at most \(limit.wholeText) MiB", got: got)
        }
        return .passed(got)
    }

    /// Growth cannot be read from figures of minutes; how full the tasks were can.
    private func byCloudWatch(
        _ obstacle: String, since start: Date, _ report: LoadReport, _ context: CheckContext
    ) async throws -> Outcome {
        let use: CloudWatchUse
        do {
            use = try await CloudWatchUse.read(context, since: start)
        } catch let stop as Stop {
            throw Stop.inconclusive(.obstacle(.notCollected, of: .api), "\(obstacle); \(stop.outcome.message)")
        }
        context.recorder.measure(Metric("aws.ecs.cpu", use.processor / 100, .ratio, labels: ["role": "api"]))
        context.recorder.measure(Metric("aws.ecs.memory", use.memory / 100, .ratio, labels: ["role": "api"]))
        let got =
            "CloudWatch: processor \(use.processor.wholeText) %, memory \(use.memory.wholeText) % at most (\(obstacle)); \(report.summary)"
        let limit = context.threshold("memory_percent", default: 85)
        guard use.memory < limit else {
            return .failed(
                .excess(.api, .memory), "the tasks' memory is nearly used up", expected: "below \(limit.wholeText) %",
                got: got)
        }
        return .passed(got)
    }
}
