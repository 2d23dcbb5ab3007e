/// What a verdict of the auth service becomes on the wire, by profile (contract §4.3).
enum AuthRefusal {
    static let keyRequired = ServiceResponse.detail(401, "API key required")
    static let invalidKey = ServiceResponse.detail(401, "Invalid or expired API key")
    static let adminRequired = ServiceResponse.json(
        403,
        ["detail": "Admin access required for the model registry", "error": "REGISTRY_ADMIN_REQUIRED"])
    static let insufficientBalance = ServiceResponse.detail(402, "Insufficient balance")

    /// The answer to a verdict that is not `valid`; nil for `valid`.
    static func answer(to verdict: AuthServiceClient.Verdict, _ style: Profile.AuthFailure) -> ServiceResponse? {
        switch verdict {
        case .valid: nil
        case .rejected: invalidKey
        case .rateLimited:
            style == .alwaysUnauthorized
                ? .detail(401, "Rate limit exceeded")
                : .detail(429, "Rate limit exceeded", headers: ["retry-after": "60"])
        case .unreadable: .detail(401, "Authentication service error")
        case .failed: outage("Authentication service error", style)
        case .timeout: outage("Authentication service timeout", style)
        case .unavailable: outage("Authentication service unavailable", style)
        }
    }

    private static func outage(_ text: String, _ style: Profile.AuthFailure) -> ServiceResponse {
        switch style {
        case .alwaysUnauthorized: .detail(401, text)
        case .serviceUnavailable: .detail(503, text, headers: ["retry-after": "1"])
        }
    }
}
