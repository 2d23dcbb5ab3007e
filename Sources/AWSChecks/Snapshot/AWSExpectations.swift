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
    /// Where the services are promised to answer; nil from an earlier version.
    public var routes: [PromisedRoute]?
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
        routes = PromisedRoute.all(of: configuration.services, settings)
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

    /// The role of a configured ECS service.
    func role(ofService name: String) -> String? {
        settings.ecsServices.sorted { $0.key < $1.key }.first { $0.value == name }?.key
    }
}
