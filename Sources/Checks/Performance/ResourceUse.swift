import LoadEngine
import RunModel

/// What the service's own process metrics say of a load: processor time a request, and memory that does not come back.
struct ResourceUse: Check {
    var descriptor: CheckDescriptor {
        CheckDescriptor(
            id: "PF-07", title: "Memory stays within 64 MiB of where it was after 1,000 calls",
            intent: "A leak of kilobytes a call is a restart every night.",
            procedure:
                "Read the process metrics of `/metrics`, call `/version` 50 times a second for 20 s, read them again.",
            category: .performance, phase: .validation, needs: [.reach("api"), .load], dependsOn: ["HE-13"],
            excludes: [.loadWindow, .breaker], deadline: .seconds(180),
            risk: "Tasks are killed for memory under load.", remediation: .responsiveness)
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        let before = try await figures(context)
        let report = try await GuardedLoad(context).run(
            ["/version"], .constantArrivalRate(.init(rate: 50, duration: .seconds(20))))
        let after = try await figures(context)
        guard after.startTime == before.startTime else {
            return .inconclusive("the two readings are of different processes; with several tasks use CloudWatch")
        }
        let processor = after.processorSeconds - before.processorSeconds
        let growth = after.memoryBytes - before.memoryBytes
        let perCall = processor / Double(max(1, report.overall.completed)) * 1000
        context.recorder.measure(Metric("process.cpu_per_request", perCall, .milliseconds))
        context.recorder.measure(Metric("process.memory", after.memoryBytes, .bytes))
        context.recorder.measure(Metric("process.memory_growth", growth, .bytes))
        let got =
            "\((perCall * 100).rounded() / 100) ms of processor a call, \(Int(after.memoryBytes / 1_048_576)) MiB, "
            + "\(Int(growth / 1_048_576)) MiB more than before; \(report.summary)"
        guard report.overall.answered >= 900 else { return .inconclusive("too few answers for a verdict: \(got)") }
        let limit = context.threshold("memory_growth_mib", default: 64)
        guard growth / 1_048_576 <= limit else {
            return .failed("memory grows under load", expected: "at most \(Int(limit)) MiB", got: got)
        }
        return .passed(got)
    }

    private struct Figures {
        var processorSeconds: Double
        var memoryBytes: Double
        var startTime: Double
    }

    private func figures(_ context: CheckContext) async throws -> Figures {
        let headers = context.profile == .a ? [CheckContext.bearer(try context.key("api"))] : []
        let page = MetricsText(try await context.get("/metrics", headers: headers, deadline: .seconds(60)).text)
        guard let processor = page.value("process_cpu_seconds_total"),
            let memory = page.value("process_resident_memory_bytes")
        else {
            throw Stop.inconclusive(
                "/metrics has no process_cpu_seconds_total and process_resident_memory_bytes; it needs prometheus_client's process collector"
            )
        }
        return Figures(
            processorSeconds: processor, memoryBytes: memory, startTime: page.value("process_start_time_seconds") ?? 0)
    }
}
