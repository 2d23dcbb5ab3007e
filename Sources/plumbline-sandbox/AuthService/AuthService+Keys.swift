extension AuthService {
    /// `POST /api/v1/keys/validate`: the key in the header, the service in the body (contract §4.3).
    func validate(_ request: ServiceRequest) -> ServiceResponse {
        guard let key = KeyPresentation.key(in: request.headers, query: nil) else {
            return .detail(401, "API key required")
        }
        let body = JSONValue.parse(request.body)
        let service = body?["service_id"]?.string ?? "platform"
        let address = body?["client_ip"]?.string ?? request.clientAddress
        let moment = now()
        switch withStore({ $0.validate(key, service: service, address: address, now: moment) }) {
        case .rejected: return .detail(401, "Invalid or expired API key")
        case .rateLimited(let seconds):
            return .detail(429, "Rate limit exceeded", headers: ["retry-after": String(seconds)])
        case .valid(let record): return .json(200, Self.description(of: record, service: service))
        }
    }

    private static func description(of record: KeyRecord, service: String) -> JSONValue {
        let roles = JSONValue.array(record.roles.map(JSONValue.string))
        return [
            "user_id": .string(record.userID), "key_id": .string(record.keyID), "service_id": .string(service),
            "scopes": .array(record.scopes.map(JSONValue.string)),
            "rate_limit_per_hour": .integer(record.rateLimitPerHour), "email": .optional(record.email),
            "roles": roles, "is_admin": .bool(record.isAdmin),
            "user": [
                "id": .string(record.userID), "email": .optional(record.email), "roles": roles,
                "is_admin": .bool(record.isAdmin),
            ],
            "has_sufficient_balance": .bool(record.balance.map { $0 > 0 } ?? true),
            "balance": .optional(record.balance),
        ]
    }

    func create(_ request: ServiceRequest) -> ServiceResponse {
        if let refusal = adminRefusal(request) { return refusal }
        guard let body = JSONValue.parse(request.body), body.members != nil else {
            return RequestValidationError.notJSON().response
        }
        let missing = ["name", "service_id"].filter { body[$0]?.string == nil }
        guard missing.isEmpty else { return RequestValidationError.missing(missing, in: body).response }
        let record = withStore {
            $0.create(
                name: body["name"]?.string, service: body["service_id"]?.string,
                limit: body["rate_limit_per_hour"]?.integer.map { min(max($0, 10), 100_000) },
                scopes: body["scopes"]?.array?.compactMap(\.string),
                addresses: body["allowed_ips"]?.array?.compactMap(\.string) ?? [],
                endsAt: body["expires_at"]?.string.flatMap(Moment.seconds))
        }
        return .json(201, Self.summary(of: record, showsKey: true))
    }

    func list(_ request: ServiceRequest) -> ServiceResponse {
        if let refusal = adminRefusal(request) { return refusal }
        let records = withStore { $0.records }
        return .json(200, .array(records.map { Self.summary(of: $0, showsKey: false) }))
    }

    func revoke(_ request: ServiceRequest, _ id: String) -> ServiceResponse {
        if let refusal = adminRefusal(request) { return refusal }
        return withStore { $0.revoke(id) } ? ServiceResponse(status: 204) : .detail(404, "API key not found")
    }

    func rotate(_ request: ServiceRequest, _ id: String) -> ServiceResponse {
        if let refusal = adminRefusal(request) { return refusal }
        let moment = now()
        guard let record = withStore({ $0.rotate(id, now: moment) }) else { return .detail(404, "API key not found") }
        return .json(200, ["api_key": .string(record.key), "key_id": .string(record.keyID)])
    }

    func countUse(_ id: String) -> ServiceResponse {
        withStore { $0.count(id) }
        return .json(200, ["status": "recorded"])
    }

    func debit(_ id: String) -> ServiceResponse {
        switch withStore({ $0.debit(id) }) {
        case .done(let balance): .json(200, ["status": "debited", "balance": .optional(balance)])
        case .noCredit: .json(402, ["reason": "no credit", "reason_code": "INSUFFICIENT_BALANCE"])
        case .unknownKey: .detail(404, "API key not found")
        }
    }

    /// Calls counted for each key, for tests of billing.
    func usage() -> ServiceResponse {
        let calls = withStore { $0.calls }
        return .json(
            200, .object(calls.sorted { $0.key < $1.key }.map { .init(name: $0.key, value: .integer($0.value)) }))
    }

    private static func summary(of record: KeyRecord, showsKey: Bool) -> JSONValue {
        var body: JSONValue = [
            "key_id": .string(record.keyID), "name": .optional(record.name), "status": .string(record.status.rawValue),
            "scopes": .array(record.scopes.map(JSONValue.string)),
            "rate_limit_per_hour": .integer(record.rateLimitPerHour),
        ]
        if showsKey { body["api_key"] = .string(record.key) }
        return body
    }
}
