import Foundation

/// Passwords and keys of one stack. They open nothing but this stack, and are new with every start; the API keys are fixed
/// and visibly fake, so that they can be named in examples.
struct StackSecrets: Sendable, Codable, Equatable {
    let databasePassword: String
    let redisPassword: String
    let superuserPassword: String
    /// Makes and revokes keys at the auth service (contract §4.5).
    let authAdminToken: String

    init() {
        // Characters that must be escaped in a URI: a service that forgets it shows here (contract §8.2).
        databasePassword = "sandbox-db/" + Self.random() + "@:%"
        redisPassword = "sandbox-redis-" + Self.random()
        superuserPassword = "sandbox-super-" + Self.random()
        authAdminToken = "sandbox-auth-admin-" + Self.random()
    }

    private static func random() -> String {
        String((0..<12).map { _ in "abcdefghijkmnpqrstuvwxyz23456789".randomElement() ?? "x" })
    }
}

/// One API key as the auth service reads it from its file.
struct SandboxKey: Sendable, Codable, Equatable {
    var key: String
    var keyID: String
    var userID: String
    var email: String
    var scopes: [String]
    var roles: [String] = []
    var isAdmin = false
    var serviceIDs = ["platform"]
    var status = "active"
    var balance = 1000.0
    var rateLimitPerHour = 100_000
    var allowedIPs: [String] = []

    enum CodingKeys: String, CodingKey {
        case key, email, scopes, roles, status, balance
        case keyID = "key_id"
        case userID = "user_id"
        case isAdmin = "is_admin"
        case serviceIDs = "service_ids"
        case rateLimitPerHour = "rate_limit_per_hour"
        case allowedIPs = "allowed_ips"
    }
}

extension SandboxKey {
    /// The scopes that a new key gets (contract §4.4).
    private static let usualScopes = ["model:read", "model:write", "mlflow:access"]

    /// The keys of every stack, by the name under which configuration and tests speak of them.
    static let all: [String: SandboxKey] = [
        "admin": make("admin", scopes: usualScopes + ["admin"], roles: ["admin"], isAdmin: true),
        "reader": make("reader", scopes: ["model:read"]),
        "revoked": make("revoked", status: "revoked"),
        "expired": make("expired", status: "expired"),
        "other_service": make("other_service", serviceIDs: ["website"]),
        // What it lacks is its balance alone.
        "poor": make("poor", scopes: usualScopes + ["admin"], roles: ["admin"], isAdmin: true, balance: 0),
    ]

    private static func make(
        _ name: String, scopes: [String] = usualScopes, roles: [String] = [], isAdmin: Bool = false,
        serviceIDs: [String] = ["platform"], status: String = "active", balance: Double = 1000
    ) -> SandboxKey {
        let word = name.replacing("_", with: "")
        let padding = String(repeating: "0", count: max(0, 32 - word.count))
        return SandboxKey(
            key: "hk_test_sandbox_\(word)_\(padding)", keyID: "key-\(word)", userID: "user-\(word)",
            email: "\(word)@sandbox.invalid", scopes: scopes, roles: roles, isAdmin: isAdmin, serviceIDs: serviceIDs,
            status: status, balance: balance)
    }
}
