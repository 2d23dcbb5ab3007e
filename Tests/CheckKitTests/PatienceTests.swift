import CheckKit
import HTTPClient
import RunModel
import Settings
import Testing

@Suite struct PatienceTests {
    private static let key = [HTTPHeader("authorization", "Bearer hk_test_fake")]

    private static func services() throws -> ServiceSettings {
        let text = """
            environment: test
            services: { api: "http://[::1]:8001", registry: "https://registry.example", auth: "http://[::1]:8000" }
            """
        return try Configuration.parse(text, path: "c", environment: [:]).services
    }

    /// The proxy gives MLflow up after 30.06 s, when the key has been judged in up to 9 s (contract §13).
    @Test(arguments: [
        "http://[::1]:8001/api/mlflow/health", "https://registry.example/mlflow/api/2.0/mlflow/runs/get?run_id=1",
    ])
    func `whoever asks MLflow through the proxy sees the proxy's own limit`(url: String) throws {
        let request = HTTPRequest(url: url, headers: Self.key, deadline: .seconds(10))
        #expect(Patience.least(for: request, try Self.services()) >= .seconds(40))
    }

    @Test func `whoever presents a key sees the auth service given up`() throws {
        let request = HTTPRequest(url: "http://[::1]:8001/debug", headers: Self.key, deadline: .seconds(1))
        #expect(Patience.least(for: request, try Self.services()) >= .seconds(10))
    }

    @Test(arguments: ["http://[::1]:8001/live", "http://[::1]:8000/health"])
    func `whoever presents none, or asks somebody else, keeps the own deadline`(url: String) throws {
        #expect(Patience.least(for: HTTPRequest(url: url, deadline: .seconds(1)), try Self.services()) == .zero)
    }
}
