import Synchronization

/// The registry API: middleware in the order it was built (contract §2.1), then the routes.
final class RegistryAPI: Sendable {
    typealias Endpoint = @Sendable (RegistryAPI, RoutedRequest) async -> ServiceResponse

    /// A request that found its route.
    struct RoutedRequest: Sendable {
        var request: ServiceRequest
        var parameters: [String: String]
        /// Who is calling; nil on key-free paths.
        var caller: Caller?

        /// A path parameter; the route table fills every name of a template.
        subscript(name: String) -> String { parameters[name] ?? "" }
    }

    /// How a route uses the single worker (contract §5.6).
    enum WorkerUse: Sendable {
        /// Holds it for the whole handler, as synchronous code does.
        case occupies
        /// Awaits others without holding it, as the proxy does.
        case awaits
    }

    struct Route: Sendable {
        var worker: WorkerUse
        var answer: Endpoint
    }

    let settings: RegistrySettings
    let dependencies: RegistryDependencies
    let monitor: MLflowMonitor
    let queue: MessageQueue
    let keys: KeyAuthentication
    let model30: Model30
    let limits = DecoratorLimits()
    let tampering: ResponseTampering
    let startedAt: Double
    let routes: RouteTable<Route>
    let worker = SingleWorker()

    var profile: Profile { settings.profile }
    var defects: DefectSet { settings.defects }
    var mlflow: MLflowAccess { MLflowAccess(settings: settings.mlflow, dependencies: dependencies) }
    var timestamp: JSONValue { .string(Moment.naive(dependencies.now())) }

    init(settings: RegistrySettings, dependencies: RegistryDependencies) {
        self.settings = settings
        self.dependencies = dependencies
        monitor = MLflowMonitor(settings: settings, dependencies: dependencies)
        queue = MessageQueue(settings: settings, dependencies: dependencies)
        keys = KeyAuthentication(settings: settings, dependencies: dependencies)
        model30 = Model30(isEnabled: settings.profile.reportsModel30 && settings.prewarmsModel30)
        tampering = ResponseTampering(defects: settings.defects, pause: dependencies.pause)
        startedAt = dependencies.now()
        routes = Self.routes(settings)
    }

    /// Answers one request.
    func respond(to request: ServiceRequest) async -> ServiceResponse {
        // Every request needs the worker at least once, however short.
        if profile.blocksWorker { await worker.run {} }
        if profile.filtersScanners, settings.scannerFilterEnabled, ScannerFilter.catches(request.path) {
            return ServiceResponse(status: 404, headers: ["cache-control": "no-store"])
        }
        // Here the original has a rate limiter that never limits: it runs before the keys are known (contract §4.6).
        switch await keys.admit(request) {
        case .refused(let answer): return answer
        case .admitted(let caller):
            if let preflight = CrossOrigin.preflight(request) { return preflight }
            var answer = await route(request, caller)
            CrossOrigin.decorate(&answer, for: request)
            return answer
        }
    }

    private func route(_ request: ServiceRequest, _ caller: Caller?) async -> ServiceResponse {
        switch routes.resolve(method: request.method, path: request.path) {
        case .unknown: return .notFound
        case .wrongMethod(let allow): return .detail(405, "Method Not Allowed", headers: ["allow": allow])
        case .redirect(let path):
            let query = request.rawQuery.map { "?" + $0 } ?? ""
            return ServiceResponse(status: 307, headers: ["location": request.origin + path + query])
        case .matched(let route, let parameters, let template):
            let routed = RoutedRequest(request: request, parameters: parameters, caller: caller)
            let answer =
                switch (profile.blocksWorker, route.worker) {
                case (true, .occupies): await worker.run { await route.answer(self, routed) }
                default: await route.answer(self, routed)
                }
            return await tampering.apply(to: answer, template: template, request: request)
        }
    }
}
