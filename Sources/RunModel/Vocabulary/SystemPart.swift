/// A part that deployments of the platform may be without. The configuration's `absent` list names those that this one
/// lacks: checks of them are then skipped with that reason, and no other check expects them.
public enum SystemPart: String, CaseIterable, Sendable, Codable {
    /// A load balancer in front of the services, with rules that tell hosts and paths apart.
    case balancer
    case redis
    /// Making, listing and revoking keys over the auth service's own interface.
    case authAdministration = "auth-administration"
    /// `GET /metrics`.
    case metrics
    /// `GET /health?detailed=true` and `GET /health/status`.
    case detailedHealth = "detailed-health"

    /// What sentences call it.
    public var title: String {
        switch self {
        case .balancer: "load balancer"
        case .redis: "Redis"
        case .authAdministration: "administration of keys in the auth service"
        case .metrics: "metrics page"
        case .detailedHealth: "detailed health page"
        }
    }
}
