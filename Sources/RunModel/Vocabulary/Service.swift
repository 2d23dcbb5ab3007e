/// A service that the configuration can name an address for. The raw values are the spellings of the configuration, with
/// hyphens for underscores, and of the journal.
public enum Service: String, CaseIterable, Sendable, Codable, CodingKeyRepresentable {
    case api
    /// The same API behind another host name.
    case registry
    case auth
    /// MLflow through the API's proxy.
    case mlflow
    /// MLflow itself, where the vantage point reaches it.
    case mlflowDirect = "mlflow-direct"
    case database
    case redis

    /// Those with a URL.
    public static let overHTTP: [Service] = [.api, .registry, .auth, .mlflow, .mlflowDirect]

    /// Where the configuration gives its address: `services.mlflow_direct`, `database`.
    public var setting: String {
        Self.overHTTP.contains(self) ? "services." + rawValue.replacing("-", with: "_") : rawValue
    }
}

extension Service: CustomStringConvertible {
    public var description: String { rawValue }
}
