/// Service Quotas: what AWS allows an account.
public enum ServiceQuotas {
    public struct Quota: Codable, Hashable, Sendable {
        public var quotaCode: String?
        public var quotaName: String?
        public var value: Double?
    }

    public struct Answer: Codable, Sendable { public var quota: Quota }

    public static func getServiceQuota(service: String, quota: String) -> AWSOperation<Answer> {
        .init(.serviceQuotas, "GetServiceQuota", ["ServiceCode": .string(service), "QuotaCode": .string(quota)])
    }
}
