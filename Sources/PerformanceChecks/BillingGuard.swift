/// Keeps load away from paths on which every call with a real key costs money (contract §4.4).
enum BillingGuard {
    private static let freePaths: Set<String> = ["/live", "/ready", "/version", "/metrics"]
    private static let freePrefixes = [
        "/health", "/mlflow", "/api/mlflow", "/api/2.0/mlflow", "/api/2.0/preview/mlflow", "/api/2.0/mlflow-artifacts",
        "/api/health/mlflow",
    ]

    /// Whether a call of this path is never billed.
    static func isFree(_ path: String) -> Bool {
        let path = String(path.prefix { $0 != "?" })
        return freePaths.contains(path)
            || freePrefixes.contains { path == $0 || path.hasPrefix($0 + "/") }
    }
}
