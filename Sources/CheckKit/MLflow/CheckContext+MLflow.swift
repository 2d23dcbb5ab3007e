import HTTPClient
import MLflowClient
import RunModel
import Settings

/// A way to MLflow's REST interface.
package enum MLflowRoute: String, CaseIterable, Sendable {
    /// Through the API's proxy: the way clients are told to take (contract §3.1).
    case proxy
    /// The server, or the gateway before it, as the inside of the network reaches it.
    case direct
    /// The load balancer's rule for `/mlflow`, which leads past the API; only `ajax-api` lies under that prefix.
    case balancer

    /// What people call it.
    package var title: String {
        switch self {
        case .proxy: "the API's proxy"
        case .direct: "MLflow itself"
        case .balancer: "the load balancer's /mlflow rule"
        }
    }

    /// The tracking URI of the way; nil when the configuration does not know it.
    package func trackingURI(_ services: ServiceSettings) -> String? {
        switch self {
        case .proxy: services.mlflow
        case .direct: services.mlflowDirect
        case .balancer: services.registry.map { $0 + "/mlflow" }
        }
    }

    package var root: String { self == .balancer ? "/ajax-api/2.0" : "/api/2.0" }
}

extension CheckContext {
    /// The largest body that is kept as evidence of one exchange, in bytes.
    private static let largestEvidenceBody = 64 << 10

    /// A client of MLflow that keeps every exchange as evidence.
    ///
    /// - Parameter key: the name of the key to present; nil for none.
    package func mlflow(_ route: MLflowRoute = .proxy, key: KeyName? = .api) throws -> MLflowClient {
        guard let uri = route.trackingURI(services.configuration.services) else {
            let setting = route == .direct ? "services.mlflow_direct" : "services.registry"
            throw Stop.skipped("`\(setting)` is not configured, so there is no way over \(route.title)")
        }

        let headers = try key.map { [Self.bearer(try self.key($0))] } ?? []
        let recorder = recorder
        let configuration = services.configuration
        return MLflowClient(
            http: services.http, trackingURI: uri, headers: headers, deadline: Patience.proxied, root: route.root
        ) {
            request, result in
            recorder.observe(request, result, configuration)
            recorder.note(request, result)
            recorder.touch(configuration.path(of: request, result))
            let title = "\(request.method) \(request.path)"
            switch result {
            case .success(var response):
                if response.body.count > Self.largestEvidenceBody {
                    response.body = Array("… \(response.body.count) bytes, left out …".utf8)
                }
                let exchange = Exchange(request, result, took: response.timing.total, configuration)
                recorder.attach(Evidence(title, text: request.transcript(response), exchange: exchange))
            case .failure(let error):
                let exchange = Exchange(request, result, took: request.deadline, configuration)
                recorder.attach(Evidence(title, text: request.transcript(error), exchange: exchange))
            }
        }
    }

    /// The server's version, as a check before this one found it or as it is told now; nil where no way shows it.
    package func mlflowVersion() async -> MLflowVersion? {
        if let known = facts[.mlflowVersion].flatMap(MLflowVersion.init) { return known }
        return await askForMLflowVersion()
    }

    /// Asks behind the proxy, then directly, with and without the static prefix (contract §3.1).
    package func askForMLflowVersion() async -> MLflowVersion? {
        for service in [Service.mlflow, .mlflowDirect] {
            for path in ["/version", "/mlflow/version"] {
                guard let url = try? url(of: service, path: path), let key = try? key(.api) else { continue }
                let request = HTTPRequest(url: url, headers: [Self.bearer(key)], deadline: .seconds(15))
                guard let response = try? await exchange(request), response.status == 200 else { continue }
                if let version = MLflowVersion(response.text) { return version }
            }
        }
        return nil
    }

    /// Runs calls to MLflow and ends the check with the cause when one of them gives no usable answer.
    package func mlflowCalls<Value: Sendable>(
        _ what: String, _ route: MLflowRoute = .proxy, _ calls: () async throws(MLflowError) -> Value
    ) async throws -> Value {
        do throws(MLflowError) {
            return try await calls()
        } catch {
            throw Stop(outcome(of: error, what, route))
        }
    }

    package func outcome(of error: MLflowError, _ what: String, _ route: MLflowRoute) -> Outcome {
        if let transport = error.transport {
            let uri = route.trackingURI(services.configuration.services) ?? ""
            return outcome(of: transport, host: Self.host(of: uri))
        }
        return .failed(
            .mlflow(error), "\(what): \(MLflowDiagnosis.cause(of: error))", expected: "success", got: error.description)
    }
}

/// Who refused a call, read from the answer (contract §3.2, §4.2, §11 "differential").
package enum MLflowDiagnosis {
    package static func cause(of error: MLflowError) -> String {
        let text = error.message
        switch (error.status ?? 0, error.kind) {
        case (401, _) where text.contains("API key required"):
            return "the key did not arrive: it is missing, malformed or stripped on the way"
        case (401, _): return "the auth service refuses the key"
        case (402, _): return "the account has no balance"
        case (403, _) where text.contains("REGISTRY_ADMIN_REQUIRED"): return "the key is not an administrator's"
        case (403, _) where text.lowercased().contains("host"): return "MLflow refuses the Host header"
        case (429, _): return "too many requests for this key"
        case (502, .foreign): return "the proxy cannot connect to MLflow"
        case (503, _) where text.contains("ARTIFACTS_DISABLED"): return "artifact serving is switched off"
        case (503, .foreign) where text.contains("Authentication"): return "the auth service is out of order"
        case (504, _): return "MLflow does not answer the proxy in time"
        case (404, .foreign): return "the request reached somebody who does not know this path"
        case (_, .refused): return "MLflow refuses with \(error.errorCode ?? "an error")"
        case (_, .unreadable): return "the answer is not MLflow's"
        default: return "status \(error.status ?? 0)"
        }
    }
}
