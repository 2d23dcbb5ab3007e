import Formats
import Foundation
import RunModel
import Settings

/// What the configuration expects of AWS, and the limits that decide: with the snapshot, all that a check over it needs.
public struct AWSExpectations: Sendable, Codable {
    public var settings: AWSSettings
    public var environment: String
    public var isProduction: Bool
    /// Names under which the services answer; nil from an earlier version.
    public var hosts: [String]?
    /// Environment variables that name a region, as the process sees them.
    public var regionVariables: [String: String] = [:]
    /// Longest time the run may still take.
    @Seconds public var runDeadline: Duration = .seconds(3600)
    /// Configured limits by `<check id>.<name>`.
    public var thresholds: [String: Double] = [:]
    /// The check that is deciding; its own limits apply.
    private var check: CheckID?

    public init(settings: AWSSettings, environment: String, isProduction: Bool = false) {
        self.settings = settings
        self.environment = environment
        self.isProduction = isProduction
    }

    /// What a configuration expects; nil without an `aws` section.
    public init?(_ configuration: Configuration, environment: [String: String]) {
        guard let settings = configuration.aws else { return nil }
        self.init(settings: settings, environment: configuration.environment, isProduction: configuration.isProduction)
        thresholds = configuration.thresholds
        runDeadline = configuration.limits.runDeadline
        let urls = [Service.api, .registry, .auth, .mlflow].compactMap(configuration.services.url(of:))
        hosts = Set(urls.compactMap { NetworkAddress($0)?.host }).sorted()
        for name in ["AWS_REGION", "AWS_DEFAULT_REGION"] { regionVariables[name] = environment[name] }
    }

    /// The same expectations with the limits of one check.
    func deciding(_ check: CheckID) -> AWSExpectations {
        var own = self
        own.check = check
        return own
    }

    /// A limit of the deciding check: the configured one, else the check's own.
    func threshold(_ name: String, _ own: Double) -> Double {
        check.flatMap { thresholds["\($0).\(name)"] } ?? own
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
