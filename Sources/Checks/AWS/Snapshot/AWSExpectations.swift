import Foundation
import RunModel

/// What the configuration expects of AWS, and the limits that decide.
public struct AWSExpectations: Sendable {
    public var settings: AWSSettings
    public var environment: String
    public var isProduction: Bool
    /// Environment variables that name a region, as the process sees them.
    public var regionVariables: [String: String] = [:]
    /// Longest time the run may still take.
    public var runDeadline: Duration = .seconds(3600)
    public var threshold: @Sendable (_ name: String, _ own: Double) -> Double = { $1 }

    public init(settings: AWSSettings, environment: String, isProduction: Bool = false) {
        self.settings = settings
        self.environment = environment
        self.isProduction = isProduction
    }

    /// Roles of the configured ECS services, sorted.
    var roles: [String] { settings.ecsServices.keys.sorted() }

    /// The role of a target group: that of the ECS service behind it, else the role whose name it carries.
    func role(ofTargetGroup name: String, arn: String, snapshot: AWSSnapshot) -> String? {
        if case .value(let services)? = snapshot.services {
            for (role, service) in settings.ecsServices.sorted(by: { $0.key < $1.key }) {
                let links = services.first { $0.serviceName == service }?.loadBalancers ?? []
                if links.contains(where: { $0.targetGroupArn == arn }) { return role }
            }
        }
        let words = name.split(separator: "-").map(String.init)
        return roles.first { words.contains($0) }
    }

    /// Target groups that count: the configured ones; without configuration all whose name carries the environment.
    func isWatched(targetGroup name: String) -> Bool {
        settings.targetGroups.isEmpty ? name.contains(environment) : settings.targetGroups.contains(name)
    }
}
