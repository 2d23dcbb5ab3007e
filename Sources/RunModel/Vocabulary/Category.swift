/// What kind of check it is. The order is the order of execution within a phase, and of rows in reports.
public enum Category: String, CaseIterable, Sendable, Codable, Comparable {
    // Phase 1.
    case environment
    case credentials
    case permissions
    case discovery
    // Phase 2: the four categories of the original runner, and suites of the team's own.
    case unit
    case integration
    case load
    case chaos
    case suites
    // Phase 3.
    case serviceHealth = "service-health"
    case database
    case mlflow
    case registration
    case authentication
    case redis
    case aws
    case performance
    case probes

    /// What a heading calls the category.
    public var title: String {
        switch self {
        case .environment: "Environment"
        case .credentials: "Credentials"
        case .permissions: "Permissions"
        case .discovery: "Service discovery"
        case .unit: "Circuit breaker"
        case .integration: "Health endpoints"
        case .load: "Load"
        case .chaos: "Chaos"
        case .suites: "External suites"
        case .serviceHealth: "Service health"
        case .database: "Database"
        case .mlflow: "MLflow"
        case .registration: "Model registration"
        case .authentication: "Authentication"
        case .redis: "Redis"
        case .aws: "AWS infrastructure"
        case .performance: "Performance"
        case .probes: "Team probes"
        }
    }

    public static func < (left: Category, right: Category) -> Bool {
        (ranks[left] ?? 0) < (ranks[right] ?? 0)
    }

    private static let ranks = Dictionary(uniqueKeysWithValues: allCases.enumerated().map { ($1, $0) })
}
