import Foundation

/// AWS Secrets Manager.
public enum SecretsManager {
    public struct Description: Codable, Hashable, Sendable {
        public var arn: String
        public var name: String
        public var rotationEnabled: Bool?
        public var lastRotatedDate: Date?
        public var lastChangedDate: Date?
        public var deletedDate: Date?
        /// The customer's key; nil for the account's own key of Secrets Manager.
        public var kmsKeyId: String?
    }

    public struct Entry: Codable, Hashable, Sendable {
        public var name: String
        public var arn: String?
    }

    public struct Entries: Codable, Sendable { public var secretList: [Entry] }

    public struct Value: Codable, Sendable {
        public var secretString: String?
        public var createdDate: Date?
    }

    /// Names only; no value is read.
    public static func listSecrets() -> AWSOperation<Entries> {
        .init(.secretsManager, "ListSecrets", pages: .nextToken)
    }

    public static func describeSecret(_ id: String) -> AWSOperation<Description> {
        .init(.secretsManager, "DescribeSecret", ["SecretId": .string(id)])
    }

    public static func getSecretValue(_ id: String) -> AWSOperation<Value> {
        .init(.secretsManager, "GetSecretValue", ["SecretId": .string(id)])
    }
}
