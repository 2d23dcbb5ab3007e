/// One API key as the keys file and the auth service's memory hold it. Keys of the sandbox are visibly fake.
struct KeyRecord: Sendable, Codable, Equatable {
    enum Status: String, Sendable, Codable {
        case active, revoked, expired
    }

    var key: String
    var keyID: String
    var userID: String
    var email: String?
    var scopes: [String]
    var roles: [String]
    var isAdmin: Bool
    /// Services the key may be used for; empty means every known one.
    var serviceIDs: [String]
    var status: Status
    /// Calls that are still paid for; nil is without end.
    var balance: Double?
    var rateLimitPerHour: Int
    /// Addresses it may be used from; empty means any.
    var allowedIPs: [String]
    var name: String?

    enum CodingKeys: String, CodingKey {
        case key
        case keyID = "key_id"
        case userID = "user_id"
        case email, scopes, roles
        case isAdmin = "is_admin"
        case serviceIDs = "service_ids"
        case status, balance
        case rateLimitPerHour = "rate_limit_per_hour"
        case allowedIPs = "allowed_ips"
        case name
    }

    /// Scopes of a key that names none (contract §4.4).
    static let defaultScopes = ["model:read", "model:write", "mlflow:access"]

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        key = try container.decode(String.self, forKey: .key)
        keyID = try container.decode(String.self, forKey: .keyID)
        userID = try container.decodeIfPresent(String.self, forKey: .userID) ?? "user-" + keyID
        email = try container.decodeIfPresent(String.self, forKey: .email)
        scopes = try container.decodeIfPresent([String].self, forKey: .scopes) ?? Self.defaultScopes
        roles = try container.decodeIfPresent([String].self, forKey: .roles) ?? []
        isAdmin = try container.decodeIfPresent(Bool.self, forKey: .isAdmin) ?? false
        serviceIDs = try container.decodeIfPresent([String].self, forKey: .serviceIDs) ?? []
        status = try container.decodeIfPresent(Status.self, forKey: .status) ?? .active
        balance = try container.decodeIfPresent(Double.self, forKey: .balance)
        rateLimitPerHour = try container.decodeIfPresent(Int.self, forKey: .rateLimitPerHour) ?? 1000
        allowedIPs = try container.decodeIfPresent([String].self, forKey: .allowedIPs) ?? []
        name = try container.decodeIfPresent(String.self, forKey: .name)
    }

    init(key: String, keyID: String, userID: String, scopes: [String] = KeyRecord.defaultScopes) {
        self.key = key
        self.keyID = keyID
        self.userID = userID
        self.scopes = scopes
        roles = []
        isAdmin = false
        serviceIDs = []
        status = .active
        rateLimitPerHour = 1000
        allowedIPs = []
    }
}
