import CheckKit
import Formats
import HTTPClient
import RunModel
import Settings

/// The auth service's own interface, as far as it is evidenced (contract §4.3, §4.5).
struct AuthService: CheckFamily {
    func checks(for configuration: Configuration) -> [any Check] {
        Self.pages.map(EndpointCheck.init) + Self.validations.map(KeyValidation.init)
    }

    static let pages: [EndpointRule] = [
        EndpointRule(
            id: "AU-40", title: "The auth service's documentation is served", service: .auth, path: "/docs",
            status: ByProfile(200), absence: "this auth service has no documentation", category: .authentication,
            severity: .low),
        EndpointRule(
            id: "AU-41", title: "The auth service's OpenAPI description is served", service: .auth,
            path: "/openapi.json", status: ByProfile(200), absence: "this auth service has no description",
            members: ["openapi"], category: .authentication,
            severity: .low),
        EndpointRule(
            id: "AU-42", title: "Keys are not validated by GET", service: .auth, path: "/api/v1/keys/validate",
            status: ByProfile(405), alsoAccepted: [404], category: .authentication, severity: .low),
        EndpointRule(
            id: "AU-43", title: "The list of keys is closed to strangers", service: .auth, path: "/api/v1/keys",
            status: ByProfile(401), alsoAccepted: [403],
            absence: "this auth service has no administration of keys", part: .authAdministration,
            category: .authentication, severity: .critical, isCritical: true,
            risk: "Anybody can list the keys of all users."),
    ]

    static let validations: [KeyValidation.Rule] = [
        .init(
            id: "AU-44", title: "A good key is validated for service platform", key: .api, serviceID: "platform",
            presents: .bearer, status: 200, severity: .critical, isCritical: true),
        .init(
            id: "AU-45", title: "A good key is refused for a service that does not exist", key: .api,
            serviceID: "ml-platform", presents: .bearer, status: 401, severity: .medium),
        .init(
            id: "AU-46", title: "A validation without a key is refused", key: nil, serviceID: "platform",
            presents: .nothing, status: 401, severity: .high),
        .init(
            id: "AU-47", title: "A key in the body alone is refused", key: .api, serviceID: "platform",
            presents: .body, status: 401, severity: .low),
        .init(
            id: "AU-48", title: "A revoked key is not validated", key: .revoked, serviceID: "platform",
            presents: .bearer, status: 401, severity: .critical),
    ]
}

/// One call of `POST /api/v1/keys/validate`. The family makes it.
struct KeyValidation {
    enum Presentation: Sendable { case bearer, body, nothing }

    struct Rule: Sendable {
        var id: CheckID
        var title: String
        var key: KeyName?
        var serviceID: String
        var presents: Presentation
        var status: Int
        var severity: Severity
        var isCritical = false
    }

    let rule: Rule
}

extension KeyValidation: Check {
    var descriptor: CheckDescriptor {
        CheckDescriptor(
            id: rule.id, title: rule.title,
            intent:
                "The form in which the API asks the auth service; a mismatch locked everybody out in July 2025.",
            procedure: "POST /api/v1/keys/validate with service_id \(rule.serviceID).", category: .authentication,
            phase: .validation, severity: rule.severity, isCritical: rule.isCritical,
            needs: [.reach(.auth)] + (rule.key.map { [.key($0)] } ?? []), deadline: .seconds(20),
            risk: "The API gets wrong verdicts on keys.",
            remediation: Remediation(
                summary: "The key goes into `Authorization: Bearer`, the service id into the body.",
                command:
                    "curl -sS -X POST \"$AUTH_URL/api/v1/keys/validate\" -H \"Authorization: Bearer $HOKUSAI_API_KEY\" -H 'Content-Type: application/json' -d '{\"service_id\":\"platform\"}'"
            ))
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        let key = try rule.key.map { try context.key($0) }
        var body: [String: JSONValue] = ["service_id": .string(rule.serviceID)]
        var request = HTTPRequest(
            method: "POST", url: try context.url(of: .auth, path: "/api/v1/keys/validate"),
            headers: [HTTPHeader("Content-Type", "application/json")], deadline: .seconds(10))
        switch rule.presents {
        case .bearer: request.headers.append(CheckContext.bearer(key ?? ""))
        case .body: body["api_key"] = .string(key ?? "")
        case .nothing: break
        }
        request.body = Array(try JSON.data(JSONValue.object(body)))
        let response = try await context.ask(request, measuredAs: "auth POST /api/v1/keys/validate")
        let parts = ["user_id", "key_id", "service_id", "scopes", "rate_limit_per_hour"]
        context.promised(
            [rule.status], holding: rule.status == 200 ? parts.map { "\"\($0)\"" } : [], answered: response)
        guard response.status == rule.status else {
            return .failed(
                context.symptom(of: response, method: "POST"),
                response.status >= 500 ? "the auth service is out of order" : "the auth service gives another verdict",
                expected: "\(rule.status)", got: EndpointCheck.shown(response))
        }
        guard response.status == 200 else {
            return .passed("\(response.status) \(KeyPresentationCheck.detail(response))")
        }
        let answer = try? response.json(JSONValue.self)
        let missing = parts.filter { answer?[$0] == nil }
        guard missing.isEmpty else {
            return .failed(
                .deviation(.auth, .shape, missing),
                "the verdict lacks what the API reads",
                expected: parts.joined(separator: ", "),
                got: "without \(missing.joined(separator: ", "))")
        }
        let limit = context.threshold("ms", default: 1000)
        guard response.timing.total.milliseconds <= limit else {
            return .failed(
                .excess(.auth, .time),
                "the verdict takes long", expected: "at most \(limit) ms", got: response.timing.total.readable)
        }
        let scopes = answer?["scopes"]?.array?.map(\.text).joined(separator: ", ") ?? ""
        context.recorder.establish(.keyScopes, scopes)
        return .passed("valid in \(response.timing.total.readable), scopes \(scopes)")
    }
}
