import Formats

/// The API's calls to the auth service (contract §4.3, §4.4).
struct AuthServiceClient: Sendable {
    enum Verdict: Sendable, Equatable {
        case valid(JSONValue)
        /// 401: unknown, revoked, wrong service or address.
        case rejected
        case rateLimited
        /// Any other status, or a body that is no object.
        case failed
        case unreadable
        case timeout
        case unavailable
    }

    var settings: RegistrySettings.Auth
    var http: Outgoing

    func validate(_ key: String, clientAddress: String) async -> Verdict {
        let body: JSONValue = ["service_id": .string(settings.serviceID), "client_ip": .string(clientAddress)]
        let call = OutgoingCall(
            method: "POST", url: settings.serviceURL + "/api/v1/keys/validate",
            headers: ["authorization": "Bearer " + key, "content-type": "application/json"],
            body: Array(body.text().utf8), deadline: settings.timeout)
        do throws(OutgoingFailure) {
            let answer = try await http(call)
            switch answer.status {
            case 200:
                guard let json = answer.json, json.members != nil else { return .unreadable }
                return .valid(json)
            case 401: return .rejected
            case 429: return .rateLimited
            default: return .failed
            }
        } catch {
            if case .timeout = error { return .timeout }
            return .unavailable
        }
    }

    /// Debits one call; the refusal body when the service says 402, nil for anything else.
    func debit(_ keyID: String, path: String) async -> JSONValue? {
        guard let answer = try? await http(usage(keyID, suffix: "/debit", path: path)), answer.status == 402 else {
            return nil
        }
        let detail = answer.json?["detail"] ?? answer.json
        return [
            "error": "usage_debit_rejected", "reason": detail?["reason"] ?? "insufficient balance",
            "reason_code": detail?["reason_code"] ?? "INSUFFICIENT_BALANCE",
        ]
    }

    /// Reports one call after it was answered; nobody looks at the outcome.
    func report(_ keyID: String, path: String) async {
        _ = try? await http(usage(keyID, suffix: "", path: path))
    }

    private func usage(_ keyID: String, suffix: String, path: String) -> OutgoingCall {
        let body: JSONValue = ["endpoint": .string(path), "count": 1]
        return OutgoingCall(
            method: "POST", url: "\(settings.serviceURL)/api/v1/usage/\(PercentEncoding.encode(keyID))\(suffix)",
            headers: ["content-type": "application/json"], body: Array(body.text().utf8), deadline: settings.timeout)
    }
}
