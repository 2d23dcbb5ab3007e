import Foundation

/// One known way to break the stack, labelled with its true root cause: the answer that a diagnosis is measured against.
struct Scenario: Sendable, Codable {
    let name: String
    /// What is done.
    let summary: String
    /// The component at fault, in the words of the dependency graph.
    let component: String
    /// What a correct diagnosis says.
    let rootCause: String
    let steps: [Step]

    enum Step: Sendable, Codable {
        /// The part's processes end, and its proxy refuses as the part itself would.
        case stop(part: String, proxy: String?)
        /// The part stays, accepts, and never answers.
        case pause(part: String)
        /// Bytes through the proxy are disturbed.
        case toxic(proxy: String, type: String, attributes: [String: Int])
        /// The part starts again with other settings.
        case restart(part: String, environment: [String: String])
        /// The part shows another certificate. Only in a stack with TLS.
        case certificate(part: String, kind: StackCertificate)
    }

    private enum CodingKeys: String, CodingKey {
        case name, summary, component
        case rootCause = "root_cause"
        case steps
    }
}

extension Scenario {
    static let all: [Scenario] = outages + certificates

    private static let outages: [Scenario] = [
        Scenario(
            name: "mlflow-stopped", summary: "the MLflow task is gone, gateway included", component: "mlflow",
            rootCause: "MLflow does not run: connections to its port are refused",
            steps: [.stop(part: Part.gateway, proxy: "mlflow"), .stop(part: Part.mlflow, proxy: nil)]),
        Scenario(
            name: "mlflow-hung", summary: "MLflow accepts connections and never answers", component: "mlflow",
            rootCause: "MLflow hangs: its port accepts, no request is answered", steps: [.pause(part: Part.mlflow)]),
        Scenario(
            name: "mlflow-slow", summary: "every answer of MLflow takes three seconds more", component: "mlflow",
            rootCause: "MLflow answers slowly, about 3 s a request",
            steps: [.toxic(proxy: "mlflow", type: "latency", attributes: ["latency": 3000])]),
        Scenario(
            name: "mlflow-reset", summary: "connections from the API to MLflow are reset", component: "mlflow",
            rootCause: "the connection between API and MLflow is reset by the network",
            steps: [.toxic(proxy: "mlflow", type: "reset_peer", attributes: ["timeout": 0])]),
        Scenario(
            name: "postgres-stopped", summary: "the database server is gone", component: "postgres",
            rootCause: "PostgreSQL does not run: the API and MLflow both lose it",
            steps: [.stop(part: Part.postgres, proxy: "postgres")]),
        Scenario(
            name: "postgres-unreachable",
            summary: "packets from the API to PostgreSQL are dropped, as by a security group", component: "postgres",
            rootCause: "the network between API and PostgreSQL drops packets; the database itself works",
            steps: [.toxic(proxy: "postgres", type: "timeout", attributes: ["timeout": 0])]),
        Scenario(
            name: "postgres-wrong-password", summary: "the API starts with a wrong database password",
            component: "api",
            rootCause: "the API's database password is wrong: SQLSTATE 28P01",
            steps: [.restart(part: Part.api, environment: ["DB_PASSWORD": "wrong-on-purpose"])]),
        Scenario(
            name: "redis-stopped", summary: "Redis is gone", component: "redis",
            rootCause: "Redis does not run: no key cache, no queue",
            steps: [.stop(part: Part.redis, proxy: "redis")]),
        Scenario(
            name: "auth-down", summary: "the auth service is gone", component: "auth",
            rootCause: "the auth service does not run: no key can be validated",
            steps: [.stop(part: Part.auth, proxy: "auth")]),
        Scenario(
            name: "auth-hung", summary: "the auth service accepts and never answers", component: "auth",
            rootCause: "the auth service hangs: every validation runs into its 5 s limit",
            steps: [.pause(part: Part.auth)]),
        Scenario(
            name: "api-stopped", summary: "the API is gone; the load balancer answers 502", component: "api",
            rootCause: "the API does not run", steps: [.stop(part: Part.api, proxy: nil)]),
        Scenario(
            name: "api-wrong-mlflow-address", summary: "the API starts with an MLflow address where nothing listens",
            component: "api", rootCause: "the API's MLFLOW_TRACKING_URI is wrong; MLflow itself works",
            steps: [
                .restart(
                    part: Part.api,
                    environment: [
                        "MLFLOW_TRACKING_URI": "http://127.0.0.1:9", "MLFLOW_SERVER_URL": "http://127.0.0.1:9",
                    ])
            ]),
        Scenario(
            name: "api-wrong-discovery-name", summary: "the API starts with an MLflow name that nobody knows",
            component: "api",
            rootCause: "the API's MLFLOW_TRACKING_URI names a host without an address; MLflow itself works",
            steps: [
                .restart(
                    part: Part.api,
                    environment: [
                        "MLFLOW_TRACKING_URI": "http://mlflow.hokusai-wrong.invalid:5000",
                        "MLFLOW_SERVER_URL": "http://mlflow.hokusai-wrong.invalid:5000",
                    ])
            ]),
        Scenario(
            name: "artifacts-disabled", summary: "the API starts with artifact serving switched off", component: "api",
            rootCause: "MLFLOW_SERVE_ARTIFACTS is off in the API; MLflow and its store work",
            steps: [.restart(part: Part.api, environment: ["MLFLOW_SERVE_ARTIFACTS": "false"])]),
        Scenario(
            name: "latency-100ms", summary: "100 ms more between the API and each of its stores", component: "network",
            rootCause: "the network between the API and its dependencies adds 100 ms to every answer",
            steps: ["mlflow", "postgres", "redis"].map {
                .toxic(proxy: $0, type: "latency", attributes: ["latency": 100])
            }),
    ]

    /// One that the sandbox does not know, as its JSON says.
    static func described(inFile path: String) throws(SandboxError) -> Scenario {
        do {
            return try JSONDecoder().decode(Scenario.self, from: Data(contentsOf: URL(filePath: path)))
        } catch {
            throw .scenario(reason: "\(path) holds no scenario: \(error)")
        }
    }

    static func named(_ name: String) throws(SandboxError) -> Scenario {
        if let scenario = all.first(where: { $0.name == name }) { return scenario }
        throw .unknownScenario(name: name, known: all.map(\.name) + ["none"])
    }
}
