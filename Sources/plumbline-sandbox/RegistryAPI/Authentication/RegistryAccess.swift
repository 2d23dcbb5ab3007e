/// Who may use the registry paths (contract §4.4).
struct RegistryAccess: Sendable {
    private static let prefixes = [
        "/mlflow", "/api/mlflow", "/api/2.0/mlflow", "/api/2.0/preview/mlflow", "/api/2.0/mlflow-artifacts",
        "/ajax-api/2.0/mlflow", "/ajax-api/2.0/preview/mlflow",
    ]
    /// In the order the refusal lists them.
    private static let writeScopes = [
        "model:write", "mlflow:write", "mlflow:access", "admin", "mlflow:admin", "write", "full_access",
    ]

    var rule: Profile.RegistryRule
    var adminEmails: Set<String>
    var adminScopes: Set<String>

    static func covers(_ path: String) -> Bool {
        prefixes.contains { path == $0 || path.hasPrefix($0 + "/") }
    }

    /// The 403 of a caller who may not; nil when the call is allowed.
    func refusal(_ caller: Caller, method: String) -> ServiceResponse? {
        switch rule {
        case .anyValidKey: return nil
        case .admin: return isAdmin(caller) ? nil : AuthRefusal.adminRequired
        case .writeScopeToWrite:
            let isRead = ["GET", "HEAD", "OPTIONS"].contains(method)
            guard !isRead, Set(caller.scopes).isDisjoint(with: Self.writeScopes) else { return nil }
            return .json(
                403,
                [
                    "detail": "Insufficient permissions for this operation", "error": "FORBIDDEN",
                    "message": "This operation requires write permissions", "required_scope": "model:write",
                    "current_scopes": .array(caller.scopes.map(JSONValue.string)),
                ])
        }
    }

    func isAdmin(_ caller: Caller) -> Bool {
        if caller.isAdmin { return true }
        if let email = caller.email?.lowercased(), adminEmails.contains(email) { return true }
        return !adminScopes.isDisjoint(with: (caller.scopes + caller.roles).map { $0.lowercased() })
    }

    /// Whether the caller may write models through the API's own endpoints.
    static func mayWrite(_ caller: Caller) -> Bool {
        caller.isAdmin || !Set(caller.scopes).isDisjoint(with: writeScopes)
    }
}
