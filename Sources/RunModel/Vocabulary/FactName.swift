/// The name of something that a check found out for others: checks that depend on it, reports, the resume key.
///
/// Every fact that anybody reads has its name here, so that writer and reader cannot part. The raw values are the
/// spellings of the journal.
public struct FactName: RawRepresentable, Hashable, Sendable, Comparable, CustomStringConvertible {
    public let rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }

    public var description: String { rawValue }
    public static func < (left: FactName, right: FactName) -> Bool { left.rawValue < right.rawValue }
}

extension FactName {
    /// The behaviour profile of the deployment, as ``DeploymentProfile`` spells it.
    public static let profile = FactName(rawValue: "profile")
    /// Optional variables of the environment that are not set, separated by commas.
    public static let optionalVariablesMissing = FactName(rawValue: "optional-variables-missing")
    /// What the API says of its own database: `passed` or `failed`.
    public static let apiDatabase = FactName(rawValue: "api.database")
    public static let databaseVersion = FactName(rawValue: "database.version")
    public static let databaseMLflowRevision = FactName(rawValue: "database.mlflow_revision")
    public static let databaseAPIRevision = FactName(rawValue: "database.api_revision")
    public static let redisVersion = FactName(rawValue: "redis.version")
    public static let mlflowVersion = FactName(rawValue: "mlflow.version")
    /// The way to MLflow on which the body of a DELETE arrives.
    public static let mlflowDeleteRoute = FactName(rawValue: "mlflow.delete_route")
    public static let keyScopes = FactName(rawValue: "key.scopes")
    /// The undo records of the registration, separated by commas.
    public static let registrationUndo = FactName(rawValue: "registration.undo")
    /// The response times against those of the baseline, in words.
    public static let responseTimeComparison = FactName(rawValue: "comparison.response_times")
    public static let awsRegion = FactName(rawValue: "aws.region")
    public static let awsAccount = FactName(rawValue: "aws.account")
    /// The ARN of whoever looks.
    public static let awsIdentity = FactName(rawValue: "aws.identity")
    /// Where the AWS credentials came from.
    public static let awsCredentials = FactName(rawValue: "aws.credentials")

    /// Host, port and addresses of a service.
    public static func address(of service: Service) -> FactName { FactName(rawValue: "address.\(service.rawValue)") }

    /// When a suite of the team's own that came to its end in this run was started.
    public static func suiteStart(_ name: String) -> FactName { FactName(rawValue: "suite.start.\(name)") }

    /// The task definition that an ECS service runs, by its role in the configuration.
    public static func taskDefinition(of role: String) -> FactName {
        FactName(rawValue: "aws.ecs.\(role).task_definition")
    }

    /// What was seen of a component of the original campaign's score.
    public static func legacy(_ component: LegacyComponent) -> FactName {
        FactName(rawValue: "legacy.\(component.rawValue)")
    }

    /// A value that the registration found, such as `model` or `run`.
    public static func registration(_ value: String) -> FactName { FactName(rawValue: "registration.\(value)") }
}

extension FactName: Codable, CodingKeyRepresentable {
    public init(from decoder: any Decoder) throws {
        self.init(rawValue: try decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}
