import Foundation

/// AWS Systems Manager: its parameters, without their values.
public enum SystemsManager {
    public struct Parameter: Codable, Hashable, Sendable {
        public var name: String
        public var type: String?
        public var version: Int?
        public var lastModifiedDate: Date?
    }

    public struct Parameters: Codable, Sendable { public var parameters: [Parameter] }

    /// The parameter of exactly this name.
    public static func describeParameter(_ name: String) -> AWSOperation<Parameters> {
        .init(
            .ssm, "DescribeParameters",
            [
                "ParameterFilters": .list([
                    .structure(["Key": "Name", "Option": "Equals", "Values": .strings([name])])
                ])
            ], pages: .nextToken)
    }
}
