import Synchronization
import TestSupport
import Testing

@testable import CheckKit
@testable import LoadEngine
@testable import PerformanceChecks

/// Each check of the load on an API that is wrong in the one thing that it looks for.
@Suite(.serialized) struct FailingLoadTests {
    /// Every page as the API has it.
    private static let page =
        #"{"services":{},"can_serve_traffic":true,"alive":true,"api_version":"v1","experiments":[]}"#

    private static func failing(_ path: String) throws -> LoopbackHTTPServer {
        try LoopbackHTTPServer(recordsRequests: false) { request in
            request.path == path ? .response(503, after: .milliseconds(20)) : .json(page)
        }
    }

    private static let key = "keys: { api: \"${env:KEY_A}\" }\n"
    private static let quick = "limits: { load_window: 200ms }\n"

    @Test func `a live page that is slow beside the load fails`() async throws {
        let server = try LoopbackHTTPServer(recordsRequests: false) { request in
            .json(Self.page, after: request.path == "/live" ? .milliseconds(120) : .milliseconds(5))
        }
        let result = try await CheckOnLoopback.run(
            "PF-03", server, configuration: Self.quick + "thresholds: { PF-03.max_ms: 100 }\n")
        #expect(result.outcome.isFailure(of: "PF-03", saying: "/live stalls while /ready is loaded"), "\(result.told)")
    }

    @Test func `searches that are refused fail`() async throws {
        let path = "/api/mlflow/api/2.0/mlflow/experiments/search"
        let result = try await CheckOnLoopback.run("PF-04", try Self.failing(path), configuration: Self.key)
        #expect(result.outcome.isFailure(of: "PF-04", saying: "searches through the proxy fail"), "\(result.told)")
    }

    @Test func `a live page that serves less than it must fails`() async throws {
        let server = try LoopbackHTTPServer(recordsRequests: false) { _ in .json(Self.page, after: .milliseconds(2)) }
        let settings = Self.quick + "thresholds: { PF-05.rate: 100000, PF-05.maximum_rate: 50 }\n"
        let result = try await CheckOnLoopback.run("PF-05", server, configuration: settings)
        #expect(result.outcome.isFailure(of: "PF-05", saying: "/live sustains too little"), "\(result.told)")
    }

    @Test func `an endpoint that fails with one client fails, and is named`() async throws {
        let search = "/api/mlflow/api/2.0/mlflow/experiments/search"
        let ready = try await CheckOnLoopback.run("PF-11", try Self.failing("/ready"), configuration: Self.quick)
        #expect(ready.outcome.isFailure(of: "PF-11", saying: "/ready fails with 1 clients"), "\(ready.told)")
        let version = try await CheckOnLoopback.run("PF-12", try Self.failing("/version"), configuration: Self.quick)
        #expect(version.outcome.isFailure(of: "PF-12", saying: "/version fails with 1 clients"), "\(version.told)")
        let found = try await CheckOnLoopback.run(
            "PF-13", try Self.failing(search), configuration: Self.key + Self.quick)
        #expect(
            found.outcome.isFailure(of: "PF-13", saying: "experiment search fails with 1 clients"), "\(found.told)")
    }

    @Test func `an artifact that cannot be downloaded under load fails`() async throws {
        let run =
            #"{"run":{"info":{"run_id":"abc","experiment_id":"1","artifact_uri":"mlflow-artifacts:/1/abc/artifacts"},"data":{}}}"#
        let server = try LoopbackHTTPServer(recordsRequests: false) { request in
            if request.path.hasSuffix("experiments/create") { return .json(#"{"experiment_id":"1"}"#) }
            if request.path.hasSuffix("runs/create") { return .json(run) }
            if request.path.hasSuffix("load.bin"), request.method == "GET" {
                return .response(503, after: .milliseconds(20))
            }
            return .json(Self.page)
        }
        let services =
            "services: { api: \(server.url), mlflow: \(server.url)/api/mlflow, mlflow_direct: \(server.url) }\n"
        let result = try await CheckOnLoopback.run("PF-14", services: services + Self.key + Self.quick)
        #expect(
            result.outcome.isFailure(of: "PF-14", saying: "artifact download fails with 1 clients"), "\(result.told)")
    }

    @Test func `memory that does not come back fails`() async throws {
        let looks = Mutex(0)
        let server = try LoopbackHTTPServer(recordsRequests: false) { request in
            guard request.path == "/metrics" else { return .json(Self.page) }
            let look = looks.withLock { count in
                count += 1
                return count
            }
            return .response(
                200, headers: [("Content-Type", "text/plain")],
                body:
                    "process_cpu_seconds_total \(look)\nprocess_resident_memory_bytes \(look * 100 << 20)\nprocess_start_time_seconds 1\n"
            )
        }
        let result = try await CheckOnLoopback.run(
            "PF-07", server, configuration: "limits: { load_window: 500ms }\n")
        #expect(result.outcome.isFailure(of: "PF-07", saying: "memory grows under load"), "\(result.told)")
        #expect(result.told.contains("100 MiB more than before"), "\(result.told)")
    }

    @Test func `a load that takes the database's connections fails`() async throws {
        let server = try LoopbackHTTPServer(recordsRequests: false) { _ in .json(Self.page, after: .milliseconds(5)) }
        let database = try PostgresDouble { statement in
            statement.contains("max_connections") ? [["10"]] : [["9", "4", "0"]]
        }
        defer { database.stop() }
        let settings = """
            \(Self.key)database: { host: 127.0.0.1, port: \(database.port), user: mlflow, password: "${env:KEY_A}", name: mlflow_db, tls: disable }
            limits: { load_window: 500ms }

            """
        let result = try await CheckOnLoopback.run("PF-09", server, configuration: settings)
        #expect(
            result.outcome.isFailure(of: "PF-09", saying: "load takes the database's connections"), "\(result.told)")
        #expect(result.told.contains("9 of 10 at the peak"), "\(result.told)")
    }

    @Test func `a response time that is worse than in the baseline fails`() {
        func times(_ milliseconds: Int) -> LatencyHistogram {
            var times = LatencyHistogram()
            for index in 0..<1000 { times.record(.milliseconds(milliseconds) + .microseconds(index)) }
            return times
        }
        let result = RegressionTest().compare(times(20), to: times(10), name: "PF-01 /health")
        let outcome = RegressionVersusBaseline.outcome(result)
        #expect(outcome.isFailure(of: "PF-99", saying: "worse than in the baseline"), "\(outcome)")
    }
}
