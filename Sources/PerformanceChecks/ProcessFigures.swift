import CheckKit
import Formats
import HTTPClient

/// What the service's process has used so far: by the kernel where it runs on this machine, else by its own metrics
/// (contract §2.6).
struct ProcessFigures: Sendable, Equatable {
    var processorSeconds: Double
    var memoryBytes: Double
    /// Tells one process from another.
    var startTime: Double

    /// - Throws: ``Stop`` as inconclusive when `/metrics` does not tell, an `HTTPError` when it does not answer.
    static func read(_ context: CheckContext) async throws -> ProcessFigures {
        if let file = context.configuration.services.pidFiles["api"], let local = LocalProcess(pidFile: file)?.figures {
            return local
        }
        let headers = context.profile == .a ? [CheckContext.bearer(try context.key(.api))] : []
        let page = PrometheusText(try await context.get("/metrics", headers: headers, deadline: .seconds(60)).text)
        guard let processor = page.value("process_cpu_seconds_total"),
            let memory = page.value("process_resident_memory_bytes")
        else {
            throw Stop.inconclusive(
                .obstacle(.hidden, of: .api),
                "/metrics has no process_cpu_seconds_total and process_resident_memory_bytes; it needs prometheus_client's process collector"
            )
        }
        for (name, value) in [("process_cpu_seconds_total", processor), ("process_resident_memory_bytes", memory)]
        where !value.isFinite || value < 0 {
            throw Stop.inconclusive(
                .obstacle(.hidden, of: .api), "/metrics says \(name) \(value.wholeText), which no process can have used"
            )
        }
        return ProcessFigures(
            processorSeconds: processor, memoryBytes: memory, startTime: page.value("process_start_time_seconds") ?? 0)
    }
}
