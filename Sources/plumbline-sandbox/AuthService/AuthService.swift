import Formats
import Synchronization

/// The auth service of the local stack (contract §4.3, §4.5): keys from a file, everything else in memory.
final class AuthService: Sendable {
    private struct State {
        var store: KeyStore
        var behaviour: AuthBehaviour
    }

    private let state: Mutex<State>
    private let adminToken: String
    let now: @Sendable () -> Double
    private let pause: @Sendable (Double) async -> Void
    private let routes: RouteTable<Endpoint>

    private struct Endpoint: Sendable {
        var answer: @Sendable (AuthService, ServiceRequest, [String: String]) -> ServiceResponse
    }

    init(
        keys: [KeyRecord], adminToken: String, behaviour: AuthBehaviour = .normal,
        now: @escaping @Sendable () -> Double = { Moment.now },
        pause: @escaping @Sendable (Double) async -> Void = { try? await Task.sleep(for: .seconds(clamping: $0)) }
    ) {
        state = Mutex(State(store: KeyStore(keys), behaviour: behaviour))
        self.adminToken = adminToken
        self.now = now
        self.pause = pause
        routes = Self.makeRoutes()
    }

    func respond(to request: ServiceRequest) async -> ServiceResponse {
        let isControl = request.path.hasPrefix("/_sandbox/")
        if !isControl, let answer = await misbehave() { return answer }
        switch routes.resolve(method: request.method, path: request.path) {
        case .unknown, .redirect: return .notFound
        case .wrongMethod(let allow): return .detail(405, "Method Not Allowed", headers: ["allow": allow])
        case .matched(let endpoint, let parameters, _): return endpoint.answer(self, request, parameters)
        }
    }

    /// The answer of a misbehaving service, after its delay; nil when the call is to be served.
    private func misbehave() async -> ServiceResponse? {
        switch state.withLock({ $0.behaviour }) {
        case .normal: return nil
        case .slow(let seconds):
            await pause(seconds)
            return nil
        case .status(let status):
            return .detail(status, status == 429 ? "Rate limit exceeded" : "Switched off by a test")
        case .down:
            // Nothing is answered until the caller gives up or somebody switches it on again.
            while case .down = state.withLock({ $0.behaviour }), !Task.isCancelled { await pause(0.1) }
            return nil
        }
    }

    private static func makeRoutes() -> RouteTable<Endpoint> {
        var table = RouteTable<Endpoint>()
        let add = { (table: inout RouteTable<Endpoint>, method: String, path: String, answer: Endpoint) in
            table.add([method], path, answer)
        }
        add(
            &table, "GET", "/",
            Endpoint { _, _, _ in
                .json(200, ["service": "hokusai-auth-service", "version": "1.0.0", "health": "/health"])
            })
        add(
            &table, "GET", "/health",
            Endpoint { service, _, _ in
                .json(
                    200,
                    [
                        "status": "healthy", "service": "hokusai-auth-service", "version": "1.0.0",
                        "timestamp": .string(Moment.naive(service.now())),
                    ])
            })
        add(&table, "GET", "/docs", Endpoint { _, _, _ in .text(200, "<html></html>", type: "text/html") })
        add(&table, "GET", "/openapi.json", Endpoint { _, _, _ in .json(200, ["openapi": "3.1.0", "paths": [:]]) })
        add(&table, "POST", "/api/v1/keys/validate", Endpoint { service, request, _ in service.validate(request) })
        add(&table, "POST", "/api/v1/keys", Endpoint { service, request, _ in service.create(request) })
        add(&table, "GET", "/api/v1/keys", Endpoint { service, request, _ in service.list(request) })
        add(
            &table, "DELETE", "/api/v1/keys/{id}",
            Endpoint { service, request, parameters in
                service.revoke(request, parameters["id"] ?? "")
            })
        add(
            &table, "POST", "/api/v1/keys/{id}/rotate",
            Endpoint { service, request, parameters in
                service.rotate(request, parameters["id"] ?? "")
            })
        add(
            &table, "POST", "/api/v1/usage/{id}",
            Endpoint { service, _, parameters in
                service.countUse(parameters["id"] ?? "")
            })
        add(
            &table, "POST", "/api/v1/usage/{id}/debit",
            Endpoint { service, _, parameters in
                service.debit(parameters["id"] ?? "")
            })
        add(&table, "GET", "/_sandbox/behaviour", Endpoint { service, _, _ in service.behaviourAnswer() })
        add(&table, "PUT", "/_sandbox/behaviour", Endpoint { service, request, _ in service.setBehaviour(request) })
        add(&table, "GET", "/_sandbox/usage", Endpoint { service, _, _ in service.usage() })
        return table
    }

    func withStore<Result: Sendable>(_ work: (inout sending KeyStore) -> sending Result) -> Result {
        state.withLock { work(&$0.store) }
    }

    /// The refusal of a caller without the admin token; nil when he has it.
    func adminRefusal(_ request: ServiceRequest) -> ServiceResponse? {
        guard request.headers["authorization"] == "Bearer " + adminToken else {
            return .detail(401, "Admin token required")
        }
        return nil
    }

    private func behaviourAnswer() -> ServiceResponse {
        .json(200, ["behaviour": .string(state.withLock { $0.behaviour }.text)])
    }

    private func setBehaviour(_ request: ServiceRequest) -> ServiceResponse {
        let text = JSONValue.parse(request.body)?["behaviour"]?.string ?? ""
        guard let behaviour = AuthBehaviour(text) else {
            return .detail(422, "expected behaviour normal, slow[=SECONDS], 400…599 or down, got '\(text)'")
        }
        state.withLock { $0.behaviour = behaviour }
        return behaviourAnswer()
    }
}
