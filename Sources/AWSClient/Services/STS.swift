/// AWS Security Token Service: who the credentials belong to.
public enum STS {
    public struct CallerIdentity: Codable, Hashable, Sendable {
        public var account: String
        public var arn: String
        public var userId: String
    }

    public static func getCallerIdentity() -> AWSOperation<CallerIdentity> { .init(.sts, "GetCallerIdentity") }
}
