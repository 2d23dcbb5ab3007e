/// The key layer: which requests pass, and as whom (contract §2.1, §4).
struct KeyAuthentication: Sendable {
    enum Admission: Sendable {
        /// The caller is nil on key-free paths and preflight requests.
        case admitted(Caller?)
        case refused(ServiceResponse)
    }

    private let settings: RegistrySettings
    private let dependencies: RegistryDependencies
    private let auth: AuthServiceClient
    private let access: RegistryAccess

    init(settings: RegistrySettings, dependencies: RegistryDependencies) {
        self.settings = settings
        self.dependencies = dependencies
        auth = AuthServiceClient(settings: settings.auth, http: dependencies.http)
        access = RegistryAccess(
            rule: settings.profile.registryRule, adminEmails: settings.auth.adminEmails,
            adminScopes: settings.auth.adminScopes)
    }

    func admit(_ request: ServiceRequest) async -> Admission {
        let path = request.path
        let isClosed = settings.profile.resetNeedsKey && path == "/health/mlflow/reset"
        if !isClosed, settings.profile.keyFreePrefixes.contains(where: path.hasPrefix) { return .admitted(nil) }
        if request.method == "OPTIONS", settings.profile.passesPreflight { return .admitted(nil) }
        guard let key = KeyPresentation.key(in: request.headers, query: request.query("api_key")) else {
            return .refused(AuthRefusal.keyRequired)
        }
        let verdict = await validate(key, clientAddress: request.clientAddress)
        if let answer = AuthRefusal.answer(to: verdict, settings.profile.authFailure) { return .refused(answer) }
        guard case .valid(let body) = verdict, let caller = Caller(body) else {
            return .refused(.detail(401, "Authentication service error"))
        }
        if let refusal = await refusal(caller, request) { return .refused(refusal) }
        return .admitted(caller)
    }

    private func refusal(_ caller: Caller, _ request: ServiceRequest) async -> ServiceResponse? {
        let path = request.path
        let isRegistry = RegistryAccess.covers(path)
        if isRegistry, let refusal = access.refusal(caller, method: request.method) { return refusal }
        switch settings.profile.billing {
        case .afterwards:
            let auth = auth
            Task { await auth.report(caller.keyID, path: path) }
            return nil
        case .debitFirst:
            guard !isRegistry else { return nil }
            guard caller.hasSufficientBalance else { return AuthRefusal.insufficientBalance }
            return await auth.debit(caller.keyID, path: path).map { .json(402, $0) }
        }
    }

    /// Asks the cache, then the auth service; only successes are kept, and a cache that fails is no cache.
    private func validate(_ key: String, clientAddress: String) async -> AuthServiceClient.Verdict {
        let entry = "api_key:validation:" + key
        if let url = settings.redisURL, let kept = try? await dependencies.redis(url, [["GET", entry]]).first?.text,
            let body = JSONValue.parse(Array(kept.utf8))
        {
            return .valid(body)
        }
        let verdict = await auth.validate(key, clientAddress: clientAddress)
        if case .valid(let body) = verdict, let url = settings.redisURL {
            let seconds = String(settings.keyCacheSeconds)
            _ = try? await dependencies.redis(url, [["SETEX", entry, seconds, body.text()]])
        }
        return verdict
    }
}
