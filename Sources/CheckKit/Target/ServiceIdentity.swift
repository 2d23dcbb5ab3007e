import Formats
import HTTPClient
import PostgresClient
import RedisClient
import RunModel
import Settings
import Synchronization

/// Who answers at a configured address, by an answer that only the service itself gives.
///
/// Many servers answer 200, 404 or `{"status":"ok"}`. What a check sees there says something of the service only when the
/// service is the one that answers.
public enum ServiceIdentity: Hashable, Sendable {
    /// The service showed itself.
    case confirmed
    /// Somebody else answers; the words say how.
    case foreign(String)
    /// Nothing was proven: no answer, an error of the service or of something before it.
    case unknown(String)

    /// The checks that exist to tell who answers: their failures stand although somebody else does.
    package static let toldBy: Set<CheckID> = [
        DeploymentProfile.fingerprint, "SH-01", "SH-02", "SH-03", "SH-50", "SH-52", "SH-53", "SH-54", "SH-55", "ML-01",
        "ML-02", "DB-01", "DB-04", "RD-01",
    ]
}

extension Service {
    /// What sentences call what must answer at its address.
    package var role: String {
        switch self {
        case .database: "MLflow's database"
        case .redis: "Redis"
        default: responder.title
        }
    }

    /// Who must answer at its address.
    package var responder: Responder {
        switch self {
        case .api, .registry: .api
        case .database, .redis: .unknown
        case .auth: .auth
        case .mlflow, .mlflowDirect: .mlflow
        }
    }
}

/// The identities that a run has established. A confirmed one is not asked for again, and one that could not be told only
/// after a while: what hangs would keep every check waiting.
public final class ServiceIdentities: Sendable {
    private static let memory = Duration.seconds(30)

    private let known = Mutex<[Service: (identity: ServiceIdentity, at: ContinuousClock.Instant)]>([:])

    public init() {}

    func remembered(_ service: Service) -> ServiceIdentity? {
        guard let (identity, time) = known.withLock({ $0[service] }) else { return nil }
        return identity == .confirmed || time.duration(to: .now) < Self.memory ? identity : nil
    }

    func remember(_ identity: ServiceIdentity, of service: Service) {
        // Who answers as somebody else may be put right while the run goes on.
        if case .foreign = identity { return }
        known.withLock { known in
            if known[service]?.identity != .confirmed { known[service] = (identity, .now) }
        }
    }
}

extension CheckContext {
    /// The longest that finding out may take.
    private static let identityDeadline = Duration.seconds(10)

    /// Finds out who answers at the address of a service. A few small reads, none of which is part of the check's
    /// record; nothing is asked once the service has shown itself.
    ///
    /// - Parameter anew: asks again what could not be told before.
    public func identity(of service: Service, anew: Bool = false) async -> ServiceIdentity {
        if let known = services.identities.remembered(service), known == .confirmed || !anew { return known }
        let identity =
            switch service {
            case .api, .registry: await apiIdentity(service)
            case .auth: await authIdentity()
            case .mlflow, .mlflowDirect: await mlflowIdentity(service)
            case .database: await databaseIdentity()
            case .redis: await redisIdentity()
            }
        services.identities.remember(identity, of: service)
        return identity
    }

    /// `GET /health` carries a status, a version and the services, whatever its status is (contract §2.2); where it is
    /// closed, the refusal is the API's own (contract §4.2).
    private func apiIdentity(_ service: Service) async -> ServiceIdentity {
        await identity(of: service, "/health") { answer in
            guard let body = try? answer.json(JSONValue.self) else { return false }
            if answer.status == 401, body["detail"]?.string?.contains("API key") == true { return true }
            return body["status"]?.string != nil && body["services"]?.object != nil && body["version"] != nil
        }
    }

    /// The health page names the service (contract §4.5), or a validation without a key is refused as one (§4.3).
    private func authIdentity() async -> ServiceIdentity {
        let health = await identity(of: .auth, "/health") { answer in
            (try? answer.json(JSONValue.self))?["service"]?.string?.contains("auth") == true
        }
        if health == .confirmed { return health }
        let validation = await identity(
            of: .auth, "/api/v1/keys/validate", method: "POST", body: #"{"service_id":"platform"}"#
        ) { answer in
            answer.status == 401 && (try? answer.json(JSONValue.self))?["detail"] != nil
        }
        if case .unknown = validation { return health }
        return validation
    }

    /// A search of experiments is answered with a list of them, or with MLflow's own code of an error (contract §3.4).
    private func mlflowIdentity(_ service: Service) async -> ServiceIdentity {
        let headers = (try? key(.api)).map { [Self.bearer($0)] } ?? []
        return await identity(
            of: service, "/api/2.0/mlflow/experiments/search?max_results=1", headers: headers
        ) { answer in
            // MLflow 3 refuses names of hosts that it does not know (contract §3.5).
            if answer.status == 403, answer.text.lowercased().contains("invalid host") { return true }
            guard let body = try? answer.json(JSONValue.self) else { return false }
            // The refusals of the API and of the gateway before MLflow come from whom they should (contract §3.3, §4.2).
            let refusals = ["API key", "Admin access", "Insufficient", "Authentication service", "MLflow server"]
            let detail = body["detail"]?.text ?? ""
            return body["experiments"]?.array != nil || body["error_code"]?.string != nil
                || (answer.status >= 400 && refusals.contains { detail.contains($0) })
        }
    }

    /// Half of MLflow's tables or more; what one of them lacks is for a check of its own.
    private func databaseIdentity() async -> ServiceIdentity {
        guard let target = try? databaseConfiguration() else { return .unknown("it is not configured") }
        do throws(PostgresError) {
            let connection = try await PostgresConnection.connect(target, deadline: Self.identityDeadline)
            let answer = try await connection.query(
                "SELECT count(DISTINCT tablename) FROM pg_tables WHERE tablename IN (\(MLflowSchema.coreTableList))",
                deadline: Self.identityDeadline)
            await connection.close()
            let count = answer.scalar.flatMap { Int($0) } ?? 0
            return 2 * count >= MLflowSchema.coreTables.count
                ? .confirmed
                : .foreign("\(target.database) has \(count) of the \(MLflowSchema.coreTables.count) tables of MLflow")
        } catch {
            return .unknown("\(error)")
        }
    }

    /// A server that says which Redis, or which Valkey, it is.
    private func redisIdentity() async -> ServiceIdentity {
        guard let target = try? redisConfiguration() else { return .unknown("it is not configured") }
        do throws(RedisError) {
            let connection = try await RedisConnection.connect(target, deadline: .seconds(5))
            let server = try await connection.command(["INFO", "server"], deadline: .seconds(5)).information
            await connection.close()
            let version = server["redis_version"] ?? server["valkey_version"] ?? ""
            return version.contains(".") && server["redis_mode"] != "sentinel"
                ? .confirmed : .foreign("INFO tells \(server.keys.sorted().prefix(5).joined(separator: ", "))")
        } catch {
            return .unknown("\(error)")
        }
    }

    private func identity(
        of service: Service, _ path: String, method: String = "GET", headers: [HTTPHeader] = [], body: String? = nil,
        isOwn: (HTTPResponse) -> Bool
    ) async -> ServiceIdentity {
        guard let url = try? url(of: service, path: path) else { return .unknown("it is not configured") }
        var request = HTTPRequest(method: method, url: url, headers: headers, deadline: Self.identityDeadline)
        if let body {
            request.headers.append(HTTPHeader("Content-Type", "application/json"))
            request.body = Array(body.utf8)
        }
        let answer: HTTPResponse
        do {
            answer = try await services.http.send(request)
        } catch {
            return .unknown("\(method) \(path): \(error)")
        }
        if isOwn(answer) { return .confirmed }
        let shown = "\(method) \(path) is answered \(EndpointCheck.shown(answer))"
        // An error of the service or of a balancer before it, a refusal or a redirect is no sign of another service.
        let provesNothing =
            answer.status >= 500 || (300..<400).contains(answer.status) || [401, 402, 403, 429].contains(answer.status)
        return provesNothing ? .unknown(shown) : .foreign(shown)
    }
}

extension CheckDescriptor {
    /// The services that a pass of the check speaks of. What only asks whether an address accepts connections speaks of
    /// nobody behind it.
    public var servicesSpokenOf: [Service] {
        if category == .discovery && id != DeploymentProfile.fingerprint { return [] }
        return needs.compactMap { need in
            if case .reach(let service) = need { service } else { nil }
        }
    }
}
