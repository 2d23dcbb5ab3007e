/// Who is calling, as the auth service described the key (contract §4.3).
struct Caller: Sendable, Equatable {
    var userID: String
    var keyID: String
    var email: String?
    var scopes: [String]
    var roles: [String]
    var isAdmin: Bool
    var hasSufficientBalance: Bool

    /// Reads the body of a successful validation; nil when it is not an object.
    init?(_ body: JSONValue) {
        guard body.members != nil else { return nil }
        let user = body["user"]
        let texts = { (value: JSONValue?) in value?.array?.compactMap(\.string) ?? [] }
        userID = body["user_id"]?.string ?? user?["id"]?.string ?? ""
        keyID = body["key_id"]?.string ?? ""
        email = body["email"]?.string ?? user?["email"]?.string
        scopes = texts(body["scopes"])
        roles = texts(body["roles"]) + texts(user?["roles"])
        isAdmin = body["is_admin"]?.bool ?? user?["is_admin"]?.bool ?? false
        hasSufficientBalance = body["has_sufficient_balance"]?.bool ?? true
    }
}
