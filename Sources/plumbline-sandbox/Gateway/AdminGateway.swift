/// What stands in front of the MLflow server (contract §3.3): in B a key check with the admin rule, before B nothing.
struct AdminGateway: Sendable {
    struct Settings: Sendable {
        /// The MLflow server behind.
        var upstreamURL: String
        var auth: RegistrySettings.Auth
        /// False lets everybody through.
        var asksForKey: Bool
        /// Answered without MLflow being asked.
        var healthPaths: Set<String>
        /// Seconds an artifact may take.
        var timeout: Double
    }

    private static let dropped: Set<String> = [
        "host", "content-length", "connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "expect",
    ]

    var settings: Settings
    var http: Outgoing

    func respond(to request: ServiceRequest) async -> ServiceResponse {
        guard settings.asksForKey else { return await forward(request) }
        if settings.healthPaths.contains(request.path) { return .json(200, ["status": "ok"]) }
        if let refusal = await refusal(request) { return refusal }
        return await forward(request)
    }

    private func refusal(_ request: ServiceRequest) async -> ServiceResponse? {
        // No query parameter here, unlike the API.
        guard let key = KeyPresentation.key(in: request.headers, query: nil) else { return AuthRefusal.keyRequired }
        let auth = AuthServiceClient(settings: settings.auth, http: http)
        let verdict = await auth.validate(key, clientAddress: request.clientAddress)
        switch verdict {
        case .valid(let body):
            guard let caller = Caller(body) else { return AuthRefusal.invalidKey }
            let access = RegistryAccess(
                rule: .admin, adminEmails: settings.auth.adminEmails, adminScopes: settings.auth.adminScopes)
            return access.refusal(caller, method: request.method)
        // A 429 of the auth service is a 401 here; the API passes it on.
        case .rateLimited: return .detail(401, "Rate limit exceeded")
        default: return AuthRefusal.answer(to: verdict, .serviceUnavailable)
        }
    }

    private func forward(_ request: ServiceRequest) async -> ServiceResponse {
        let hasBody = !request.body.isEmpty || ["POST", "PUT", "PATCH"].contains(request.method)
        let call = OutgoingCall(
            method: request.method,
            url: settings.upstreamURL + request.rawPath + (request.rawQuery.map { "?" + $0 } ?? ""),
            headers: request.headers.removing(Self.dropped), body: hasBody ? request.body : nil,
            deadline: settings.timeout)
        do throws(OutgoingFailure) {
            let answer = try await http(call)
            return ServiceResponse(
                status: answer.status, headers: answer.headers.removing(Self.dropped), body: .bytes(answer.body))
        } catch {
            if case .timeout = error { return .detail(504, "MLflow did not answer in \(settings.timeout) s") }
            return .detail(502, "MLflow is not reachable")
        }
    }
}

extension AdminGateway.Settings {
    /// By the contract's own names, with `SANDBOX_PROFILE` deciding whether a key is asked for at all.
    init(upstreamURL: String, environment: [String: String]) throws {
        let reader = EnvironmentReader(environment)
        let name = reader.text("SANDBOX_PROFILE") ?? ProfileName.current.rawValue
        guard let profileName = ProfileName(rawValue: name) else {
            throw RegistrySettings.Invalid(description: "SANDBOX_PROFILE: unknown profile '\(name)'")
        }
        let paths = reader.text("MLFLOW_ADMIN_AUTH_HEALTH_PATHS") ?? "/health,/mlflow/health"
        self.init(
            upstreamURL: upstreamURL.hasSuffix("/") ? String(upstreamURL.dropLast()) : upstreamURL,
            auth: RegistrySettings.auth(reader),
            asksForKey: Profile.named(profileName).gatewayAsksForKey
                && (reader.flag("MLFLOW_ADMIN_AUTH_ENABLED") ?? true),
            healthPaths: Set(paths.split(separator: ",").map(String.init)), timeout: 120)
    }
}
