import HTTPClient
import LoadEngine
import RunModel
import Testing

@testable import Checks

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
}
