import Formats
import Foundation
import HTTPClient
import RunModel
import Settings
import TestSupport
import Testing

@testable import CheckKit
@testable import LoadEngine
@testable import PerformanceChecks

@Suite(.serialized) struct LoadGuardTests {
    private func progress(_ change: (inout LoadStatistics) -> Void) -> LoadProgress {
        var total = LoadStatistics()
        total.completed = 200
        total.successful = 200
        for _ in 0..<200 { total.responseTime.record(.milliseconds(10)) }
        change(&total)
        return LoadProgress(latest: SecondSample(second: 1), total: total, elapsed: .seconds(2))
    }

    private func guards() -> LoadGuards {
        LoadGuards(errorRate: 0.2, serverErrorRate: 0.1, p99: .seconds(1))
    }

    @Test func `a target that is well is left alone`() {
        #expect(guards().breach(progress { _ in }) == nil)
    }

    @Test func `server errors, errors of any kind and a slow tail each end a load`() {
        let server = guards().breach(
            progress { total in
                total.successful = 170
                total.errors = ["HTTP_503": 30]
            })
        #expect(server == "15 % of the answers are 5xx (HTTP_503 × 30)")
        let any = guards().breach(
            progress { total in
                total.successful = 140
                total.errors = ["timeout": 60]
            })
        #expect(any == "30 % of the requests fail (timeout × 60)")
        let slow = guards().breach(
            progress { total in for _ in 0..<5 { total.responseTime.record(.seconds(2)) } })
        #expect(slow?.hasPrefix("p99 is 2") == true)
    }

    @Test func `a handful of answers ends nothing`() {
        let few = progress { total in
            total.completed = 40
            total.successful = 0
            total.errors = ["HTTP_500": 40]
        }
        #expect(guards().breach(few) == nil)
    }

    @Test func `a service that uses more than its share of the processor ends the load, as seen from beside`()
        async throws
    {
        let started = ContinuousClock.now
        let server = try LoopbackHTTPServer(recordsRequests: false) { request in
            guard request.path == "/metrics" else { return .json(#"{"services":{}}"#) }
            // Nine tenths of a processor from the start.
            let used = started.duration(to: .now).seconds * 0.9
            return .response(
                body:
                    "process_cpu_seconds_total \(used)\nprocess_resident_memory_bytes 1\nprocess_start_time_seconds 1\n"
            )
        }
        let result = try await CheckOnLoopback.run(
            "PF-01", server, configuration: "thresholds: { PF-01.stop_cpu: 0.5 }\n")
        #expect(result.outcome.status == .failed, "\(result.told)")
        #expect(result.told.contains("of a processor; the load ends at 50 %"), "\(result.told)")
        #expect((result.recorded.loads.first?.report.duration ?? .seconds(99)) < .seconds(18))
    }

    @Test func `billed paths are refused before anything is sent`() async throws {
        let server = try LoopbackHTTPServer { _ in .json("{}") }
        try await withTemporaryDirectory { directory in
            let descriptor = CheckDescriptor(id: "X-01", title: "x", category: .performance, phase: .validation)
            let configuration = try Configuration.parse(
                "environment: staging\nservices: { api: \(server.url) }\n", path: "t", environment: [:])
            let context = CheckOnLoopback.context(descriptor, configuration, directory, Recorder())
            #expect(throws: Stop.self) {
                _ = try GuardedLoad(context).plan(
                    ["/models/30"], .constantWorkers(.init(workers: 1, duration: .seconds(1))))
            }
        }
        #expect(server.requests.isEmpty)
    }
}
