import HTTPClient
import Synchronization
import Testing

@testable import plumbline_sandbox

/// The admin gateway in front of MLflow, in memory and over real sockets.
@Suite struct GatewayTests {
    private func gateway(
        _ profile: ProfileName = .current, auth: OutgoingAnswer? = nil, environment: [String: String] = [:]
    ) throws -> AdminGateway {
        let standard = ["SANDBOX_PROFILE": profile.rawValue, "HOKUSAI_AUTH_SERVICE_URL": "http://auth.localhost"]
        let settings = try AdminGateway.Settings(
            upstreamURL: "http://mlflow.localhost/", environment: standard.merging(environment) { _, new in new })
        return AdminGateway(
            settings: settings,
            http: { call async throws(OutgoingFailure) in
                if call.url.hasPrefix("http://mlflow.localhost") {
                    return OutgoingAnswer(
                        status: 200, headers: ["x-url": call.url, "x-method": call.method], body: call.body ?? [])
                }
                guard let auth else { throw .connect("refused") }
                return auth
            })
    }

    private static func valid(_ body: JSONValue) -> OutgoingAnswer {
        OutgoingAnswer(status: 200, body: Array(body.text().utf8))
    }

    @Test("Health paths answer for themselves; everything else needs a key in a header")
    func healthPaths() async throws {
        let gateway = try gateway()
        for path in ["/health", "/mlflow/health"] {
            let answer = await gateway.respond(to: ServiceRequest("GET", path))
            #expect(answer.text == #"{"status":"ok"}"#)
        }
        let refused = await gateway.respond(to: ServiceRequest("GET", "/mlflow/x?api_key=k"))
        #expect(refused.status == 401)
        #expect(refused.text == #"{"detail":"API key required"}"#)
    }

    @Test(
        "The auth service's answers become the gateway's own",
        arguments: [
            (401, nil, 401, "Invalid or expired API key", nil), (429, nil, 401, "Rate limit exceeded", nil),
            (500, nil, 503, "Authentication service error", "1"),
            (200, ["scopes": ["model:write"]], 403, "Admin access required for the model registry", nil),
            (200, ["is_admin": true], 200, nil, nil), (200, ["scopes": ["registry:admin"]], 200, nil, nil),
        ] as [(Int, JSONValue?, Int, String?, String?)])
    func verdicts(sent: Int, body: JSONValue?, status: Int, detail: String?, retryAfter: String?) async throws {
        let auth = OutgoingAnswer(status: sent, body: Array((body ?? [:]).text().utf8))
        let request = ServiceRequest("GET", "/api/2.0/mlflow/x", headers: ["authorization": "Bearer k"])
        let answer = try await gateway(auth: auth).respond(to: request)
        #expect(answer.status == status)
        #expect(answer.json?["detail"]?.string == detail)
        #expect(answer.headers["retry-after"] == retryAfter)
    }

    @Test("A dead auth service is 503 with a time to come back")
    func authDown() async throws {
        let answer = try await gateway().respond(
            to: ServiceRequest("GET", "/x", headers: ["x-api-key": "k"]))
        #expect(answer.status == 503)
        #expect(answer.headers["retry-after"] == "1")
    }

    @Test("An admin's request passes untouched: path, query, method and the body of a DELETE")
    func passes() async throws {
        let auth = Self.valid(["is_admin": true])
        let request = ServiceRequest(
            "DELETE", "/api/2.0/mlflow/m%2Fn?a=1&a=2", headers: ["authorization": "Bearer k"], body: Array("{}".utf8))
        let answer = try await gateway(auth: auth).respond(to: request)
        #expect(answer.headers["x-url"] == "http://mlflow.localhost/api/2.0/mlflow/m%2Fn?a=1&a=2")
        #expect(answer.headers["x-method"] == "DELETE")
        #expect(answer.text == "{}")
    }

    @Test(
        "Before B, and where it is switched off, nobody is asked for a key",
        arguments: [
            (ProfileName.baseline, [:]), (.middle, [:]), (.current, ["MLFLOW_ADMIN_AUTH_ENABLED": "false"]),
        ] as [(ProfileName, [String: String])])
    func open(profile: ProfileName, environment: [String: String]) async throws {
        let answer = try await gateway(profile, environment: environment).respond(to: ServiceRequest("GET", "/health"))
        #expect(answer.headers["x-url"] == "http://mlflow.localhost/health")
    }

    @Test("64 MiB go up and come back through two real servers", .timeLimit(.minutes(2)))
    func largeBody() async throws {
        let client = OutgoingHTTP()
        let size = 64 << 20
        let echo = ServiceServer(port: 0) { request in
            ServiceResponse(status: 200, headers: ["x-length": String(request.body.count)], body: .bytes(request.body))
        }
        try await TestServer.with(echo) { upstream in
            let settings = try AdminGateway.Settings(
                upstreamURL: "http://127.0.0.1:\(upstream)", environment: ["SANDBOX_PROFILE": "A"])
            let gateway = AdminGateway(
                settings: settings, http: { call async throws(OutgoingFailure) in try await client.send(call) })
            try await TestServer.with(ServiceServer(port: 0) { await gateway.respond(to: $0) }) { port in
                let answer = try await client.send(
                    OutgoingCall(
                        method: "PUT", url: "http://127.0.0.1:\(port)/api/2.0/mlflow-artifacts/artifacts/0/model.bin",
                        body: [UInt8](repeating: 0x5A, count: size), deadline: 90))
                #expect(answer.status == 200)
                #expect(answer.headers["x-length"] == String(size))
                #expect(answer.body.count == size)
                #expect(answer.body.last == 0x5A)
            }
        }
    }
}
