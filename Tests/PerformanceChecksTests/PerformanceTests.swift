import Formats
import Glibc
import HTTPClient
import RunModel
import Synchronization
import TestSupport
import Testing

@testable import CheckKit
@testable import LoadEngine
@testable import PerformanceChecks

@Suite struct PerformanceTests {
    @Test(arguments: [
        "/health", "/health?detailed=true", "/health/mlflow", "/ready", "/live", "/version", "/metrics",
        "/api/mlflow/api/2.0/mlflow/experiments/search", "/api/2.0/mlflow-artifacts/artifacts", "/api/health/mlflow",
    ])
    func `health and registry paths cost nothing`(path: String) {
        #expect(BillingGuard.isFree(path))
    }

    @Test(arguments: [
        "/models/", "/models/x/lineage", "/api/v1/models/30/predict", "/", "/healthz", "/mlflows", "/liver",
    ])
    func `every other path may be billed`(path: String) {
        #expect(!BillingGuard.isFree(path))
    }

    private func curve(_ rates: [Double]) -> ConcurrencyCurve {
        ConcurrencyCurve(
            points: zip(ConcurrencySweep.levels, rates).map {
                .init(workers: $0, rate: $1, p95: .milliseconds(10))
            })
    }

    @Test func `the knee is where more clients stop paying`() {
        #expect(curve([100, 195, 470, 900, 920, 930]).knee?.workers == 10)
        #expect(curve([100, 101, 102, 101, 100, 99]).knee?.workers == 1)
        #expect(curve([100, 195, 470, 900, 880, 300]).knee?.workers == 10)
    }

    @Test func `a curve that still rises has no knee`() {
        #expect(curve([100, 200, 500, 1000, 2000, 5000]).knee == nil)
        #expect(curve([100, 200, 500, 1000, 2000, 5000]).sentence.hasPrefix("no knee up to 50 clients"))
        #expect(curve([]).sentence == "no figures")
    }

    @Test func `errors are told by number of clients`() {
        var curve = curve([100, 195, 470])
        #expect(curve.sentence.hasSuffix("no errors"))
        curve.points[2].errorRate = 0.125
        #expect(curve.sentence.hasSuffix("errors 12.5 % with 5"))
        #expect(curve.bestRate == 470)
    }

    @Test func `what the live page takes longer than usual is a stall of the event loop`() {
        var live = LatencyHistogram()
        for _ in 0..<197 { live.record(.milliseconds(2)) }
        #expect(EventLoopStalls(live).sentence == "the event loop never stood still for 100 ms")
        for time in [150, 300, 3000] { live.record(.milliseconds(time)) }
        let stalls = EventLoopStalls(live)
        #expect(stalls.count == 3)
        #expect(stalls.share == 0.015)
        #expect(stalls.longest > .milliseconds(2990) && stalls.longest < .milliseconds(3000))
    }

    private func passage(_ script: BreakerScript, _ breaker: CircuitBreakerSettings) -> LiveBreaker.Passage {
        LiveBreaker.Passage(trace: BreakerSimulation.trace(of: script.events, settings: breaker))
    }

    @Test(arguments: 1...7) func `the threshold is the failure after which the breaker is first open`(threshold: Int) {
        let settings = CircuitBreakerSettings.asBuilt(failureThreshold: threshold)
        let found = BreakerOpenThreshold.opening(passage(BreakerOpenThreshold.script(2 * threshold + 3), settings))
        #expect(found == threshold)
    }

    @Test(
        "PF-08: a breaker that opens early, late or never fails",
        arguments: [
            (5, .passed), (4, .failed), (6, .failed), (nil, .failed),
        ] as [(Int?, Status)])
    func judged(found: Int?, status: Status) {
        #expect(BreakerOpenThreshold.judge(found, of: 13, configured: 5, got: "").status == status)
    }

    @Test func `half of the probes failing never opens the breaker, two of three do`() {
        let settings = CircuitBreakerSettings.asBuilt(failureThreshold: 5)
        let half = BreakerOpenThreshold.opening(passage(BreakerOpenThreshold.script(11, failures: 1), settings))
        #expect(half == nil)
        let most = BreakerOpenThreshold.opening(passage(BreakerOpenThreshold.script(11, failures: 2), settings))
        // One up after each pair: five are reached with the eighth.
        #expect(most == 8)
    }
}

@Suite(.serialized) struct EndpointCapacityTests {
    @Test func `a server of two hundred answers a second is measured: knee, rate, and the live page beside it`()
        async throws
    {
        // One worker thread's worth: 5 ms an answer, one after the other, on every path but /live.
        let line = SingleFile()
        let server = try LoopbackHTTPServer(recordsRequests: false) { request in
            if request.path != "/live" { line.serve(.milliseconds(5)) }
            return .json(#"{"services":{}}"#)
        }
        let result = try await CheckOnLoopback.run("PF-02", server)
        #expect(result.outcome.status == .passed, "\(result.told)")
        #expect(result.told.contains("/live meanwhile at most"))
        #expect(result.recorded.loads.count == ConcurrencySweep.levels.count)
        // A busy machine gives one client less than its two hundred a second: the knee is where these loads have it.
        let curve = ConcurrencyCurve(
            points: zip(ConcurrencySweep.levels, result.recorded.loads).map { .init(workers: $0, $1.report) })
        let knee = try #require(curve.knee)
        #expect(result.told.contains("knee at \(knee.workers) clients"), "\(result.told)")
        #expect(curve.bestRate > 0 && curve.bestRate <= 205, "\(curve.points)")
        // What a busy machine sustains may be any part of it, never more than the server gives.
        let capacity = try #require(result.metric("http.capacity"))
        #expect(capacity > 0 && capacity <= 205, "\(capacity)/s")
    }

    @Test func `errors with many clients fail as well, and so does a live page that gives way beside them`()
        async throws
    {
        let inside = Mutex(0)
        let crowded = try LoopbackHTTPServer(recordsRequests: false) { request in
            if request.path == "/live" { return .json("{}") }
            let count = inside.withLock { count in
                count += 1
                return count
            }
            usleep(5000)
            inside.withLock { $0 -= 1 }
            return count > 25 ? .response(500) : .json(#"{"services":{}}"#)
        }
        let errors = try await CheckOnLoopback.run("PF-02", crowded)
        #expect(errors.outcome.status == .failed, "\(errors.told)")
        #expect(errors.told.contains("/health fails with 50 clients"), "\(errors.told)")

        let stalled = try LoopbackHTTPServer(recordsRequests: false) { request in
            request.path == "/live" ? .response(503) : .json(#"{"services":{}}"#, after: .milliseconds(5))
        }
        let live = try await CheckOnLoopback.run("PF-02", stalled)
        #expect(live.outcome.status == .failed, "\(live.told)")
        #expect(live.told.contains("/live fails while 1 clients"), "\(live.told)")
    }

    @Test func `errors with an ordinary number of clients fail, and end the sweep`() async throws {
        let server = try LoopbackHTTPServer(recordsRequests: false) { request in
            request.path == "/live" ? .json("{}") : .response(503, after: .milliseconds(20))
        }
        let result = try await CheckOnLoopback.run("PF-02", server)
        #expect(result.outcome.status == .failed)
        #expect(result.told.contains("/health fails with 1 clients"), "\(result.told)")
        #expect(result.told.contains("HTTP_503"))
        #expect(result.recorded.loads.count == 1)
    }
}

/// Answers one call at a time.
private final class SingleFile: Sendable {
    private let gate = Mutex(())

    func serve(_ time: Duration) {
        gate.withLock { _ in _ = usleep(UInt32(time.milliseconds * 1000)) }
    }
}
