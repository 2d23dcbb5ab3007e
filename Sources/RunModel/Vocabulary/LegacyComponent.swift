/// The eleven components of the original campaign's health score (contract §1.2). The raw values are its own spellings.
public enum LegacyComponent: String, CaseIterable, Sendable, Codable {
    case authRoot = "auth_alb_root"
    case authHealth = "auth_alb_health"
    case registryRoot = "registry_alb_root"
    case registryHealth = "registry_alb_health"
    case apiHealth = "api_alb_health"
    case authService = "hokusai-auth-development"
    case apiService = "hokusai-api-development"
    case mlflowService = "hokusai-mlflow-development"
    case mlflowHealth = "mlflow_health"
    case mlflowVersion = "mlflow_version"
    case mlflowExperiments = "mlflow_experiments_api"
}
