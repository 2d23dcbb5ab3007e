import RunModel
import TestSupport
import Testing

@testable import ValidationChecks

/// The metrics page as what collects it reads it, and who may reset the breaker.
@Suite struct OperationsPageTests {
    private static let page = """
        # TYPE mlflow_circuit_breaker_state gauge
        mlflow_circuit_breaker_state 0.0
        # TYPE mlflow_connection_status gauge
        mlflow_connection_status 1.0

        """

    private static func metrics(_ body: String, status: Int = 200) async throws -> CheckOnLoopback {
        try await CheckOnLoopback.run("SH-31") { _ in
            .response(status, headers: [("Content-Type", "text/plain")], body: body)
        }
    }

    @Test("SH-31: a page with the breaker's gauges passes") func gauges() async throws {
        let result = try await Self.metrics(Self.page)
        #expect(result.status == .passed, "\(result.told)")
    }

    @Test(
        "SH-31: a page that does not parse, or lacks a gauge, fails",
        arguments: [
            "<html>no metrics</html>\n", "# prometheus_client not available\n", "mlflow_connection_status 1.0\n",
        ])
    func lacking(body: String) async throws {
        let result = try await Self.metrics(body)
        #expect(result.status == .failed, "\(result.told)")
    }

    @Test("SH-31: a page that is refused says nothing of its gauges") func refused() async throws {
        #expect(try await Self.metrics("{}", status: 401).status == .inconclusive)
    }

    @Test("SH-70: a reset without a key fails, a refusal passes") func reset() async throws {
        let open = try await CheckOnLoopback.run("SH-70") { _ in .json(#"{"message":"reset"}"#) }
        #expect(open.status == .failed, "\(open.told)")
        let closed = try await CheckOnLoopback.run("SH-70") { _ in .json("{}", status: 401) }
        #expect(closed.status == .passed, "\(closed.told)")
        let absent = try await CheckOnLoopback.run("SH-70") { _ in .json("{}", status: 404) }
        #expect(absent.status == .skipped, "\(absent.told)")
        let broken = try await CheckOnLoopback.run("SH-70") { _ in .json("{}", status: 500) }
        #expect(broken.status == .inconclusive, "\(broken.told)")
    }
}
