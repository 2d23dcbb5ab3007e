import CheckKit
import Formats
import HTTPClient
import RunModel
import Settings

/// Every way to present a key against its expected answer (contract §4.2, §7.7).
struct KeyPresentations: CheckFamily {
    func checks(for configuration: Configuration) -> [any Check] {
        (Self.accepted + Self.missing + Self.invalid + Self.limited).map(KeyPresentationCheck.init)
    }

    private static let ok = ByProfile<Set<Int>>([200])
    private static let refused = ByProfile<Set<Int>>([401])

    static let accepted: [KeyPresentation] = [
        KeyPresentation(
            id: "AU-01", title: "A key in `Authorization: Bearer` opens the registry", key: .api,
            carrier: KeyPresentation.bearer, statuses: ok, severity: .critical, isCritical: true,
            risk: "No client can work.",
            remediation: Remediation(
                summary:
                    "Ask the auth service directly with the same key and service id `platform`.",
                command:
                    "curl -sS -X POST \"$AUTH_URL/api/v1/keys/validate\" -H \"Authorization: Bearer $HOKUSAI_API_KEY\" -H 'Content-Type: application/json' -d '{\"service_id\":\"platform\"}'",
                terraform: "environment = [{ name = \"AUTH_SERVICE_ID\", value = \"platform\" }]")),
        KeyPresentation(
            id: "AU-02", title: "A key in `Authorization: ApiKey` is accepted", key: .api,
            carrier: { .init(headers: [HTTPHeader("Authorization", "ApiKey \($0)")]) }, statuses: ok,
            dependsOn: ["AU-01"]),
        KeyPresentation(
            id: "AU-03", title: "A key in X-API-Key is accepted", key: .api,
            carrier: { .init(headers: [HTTPHeader("X-API-Key", $0)]) }, statuses: ok, dependsOn: ["AU-01"]),
        KeyPresentation(
            id: "AU-04", title: "The header's name may be in lower case", key: .api,
            carrier: { .init(headers: [HTTPHeader("x-api-key", $0)]) }, statuses: ok, severity: .low,
            dependsOn: ["AU-03"]),
        KeyPresentation(
            id: "AU-05", title: "The header's name may be in upper case", key: .api,
            carrier: { .init(headers: [HTTPHeader("X-API-KEY", $0)]) }, statuses: ok, severity: .low,
            dependsOn: ["AU-03"]),
        // Not below the registry: the gateway before MLflow knows no key in the query (contract §3.3).
        KeyPresentation(
            id: "AU-06", title: "A key in the query is accepted by the API itself", key: .api, service: .api,
            path: "/debug?", carrier: { .init(query: "api_key=\(PercentEncoding.encode($0))") },
            statuses: ByProfile([404]), severity: .low, dependsOn: ["AU-01"]),
        KeyPresentation(
            id: "AU-07", title: "Of two keys the Bearer one counts", key: .api,
            carrier: {
                .init(headers: [
                    HTTPHeader("Authorization", "Bearer hk_test_fake_0000000000000000"), HTTPHeader("X-API-Key", $0),
                ])
            }, statuses: refused, text: .invalid, severity: .low, dependsOn: ["AU-03"]),
    ]

    static let missing: [KeyPresentation] = [
        KeyPresentation(
            id: "AU-10", title: "Without a key the registry is closed", carrier: { _ in .init() }, statuses: refused,
            text: .required, severity: .critical, isCritical: true, risk: "Anybody can read and change every model."),
        KeyPresentation(
            id: "AU-11", title: "A bare key in Authorization is no key", key: .api,
            carrier: { .init(headers: [HTTPHeader("Authorization", $0)]) }, statuses: refused, text: .required),
        KeyPresentation(
            id: "AU-12", title: "The scheme in lower case is no key", key: .api,
            carrier: { .init(headers: [HTTPHeader("Authorization", "bearer \($0)")]) }, statuses: refused,
            text: .required, severity: .low),
        KeyPresentation(
            id: "AU-13", title: "A scheme without a space is no key", key: .api,
            carrier: { .init(headers: [HTTPHeader("Authorization", "Bearer\($0)")]) }, statuses: refused,
            text: .required, severity: .low),
        KeyPresentation(
            id: "AU-14", title: "An empty Bearer is no key",
            carrier: KeyPresentation.header("Authorization", "Bearer "),
            statuses: refused, text: .required),
        KeyPresentation(
            id: "AU-15", title: "Basic authentication is no key",
            carrier: KeyPresentation.header("Authorization", "Basic cGx1bWI6bGluZQ=="), statuses: refused,
            text: .required, severity: .low),
        KeyPresentation(
            id: "AU-16", title: "An empty X-API-Key is no key", carrier: KeyPresentation.header("X-API-Key", ""),
            statuses: refused, text: .required),
    ]

    /// Made-up keys go to the auth service, which must refuse each of them; none may break anything.
    static let invalid: [KeyPresentation] = [
        made("AU-20", "An unknown key of the right form is refused", "hk_live_" + String(repeating: "0", count: 40)),
        made("AU-21", "A key after two spaces is another key", " hk_test_fake_0000000000000000"),
        made("AU-22", "A key of one character is refused", "x"),
        made("AU-23", "The word null is no key", "null"),
        made("AU-24", "A key of another vendor is refused", "sk_test_fake_0000000000000000"),
        made("AU-25", "A key that calls itself expired is refused", "hk_expired_fake_000000000000"),
        made("AU-26", "A key that looks like SQL is refused", "' OR '1'='1' --"),
        made("AU-27", "A key with a path in it is refused", "../../api/v1/keys"),
        KeyPresentation(
            id: "AU-28", title: "A key of 100 KB is refused and breaks nothing",
            carrier: KeyPresentation.header("Authorization", "Bearer " + String(repeating: "k", count: 100_000)),
            statuses: ByProfile([400, 401, 413, 414, 431]), mayBeRefusedByServerError: true,
            risk: "Large headers use up the memory of a service that accepts them."),
        stored("AU-29", "A revoked key is refused", .revoked),
        stored("AU-30", "An expired key is refused", .expired),
        stored("AU-31", "A key of another service is refused", .otherService),
    ]

    static let limited: [KeyPresentation] = [
        KeyPresentation(
            id: "AU-32", title: "A key without the right of an administrator gets no further",
            key: .reader,
            carrier: KeyPresentation.bearer,
            statuses: ByProfile(a: [200], m: [200], b: [403], fixed: [403]), text: .admin, severity: .high,
            risk: "Anybody with a key can change every model.")
    ]

    private static func made(_ id: CheckID, _ title: String, _ key: String) -> KeyPresentation {
        KeyPresentation(
            id: id, title: title, carrier: KeyPresentation.header("Authorization", "Bearer \(key)"),
            statuses: refused, text: .invalid, severity: .high)
    }

    private static func stored(_ id: CheckID, _ title: String, _ name: KeyName) -> KeyPresentation {
        KeyPresentation(
            id: id, title: title, key: name, carrier: KeyPresentation.bearer, statuses: refused, text: .invalid,
            severity: .critical, isCritical: true, risk: "A key that was taken away still opens the registry.")
    }
}
