import Foundation

/// AWS Certificate Manager.
public enum CertificateManager {
    public struct Certificate: Codable, Hashable, Sendable {
        public var certificateArn: String?
        public var domainName: String?
        public struct Renewal: Codable, Hashable, Sendable {
            /// `PENDING_AUTO_RENEWAL`, `PENDING_VALIDATION`, `SUCCESS` or `FAILED`.
            public var renewalStatus: String?
            public var renewalStatusReason: String?
        }
        public var subjectAlternativeNames: [String]?
        public var status: String?
        public var notAfter: Date?
        public var renewalSummary: Renewal?
    }

    public struct Described: Codable, Sendable { public var certificate: Certificate }

    public static func describeCertificate(_ arn: String) -> AWSOperation<Described> {
        .init(.certificateManager, "DescribeCertificate", ["CertificateArn": .string(arn)])
    }
}
