/// The separate clouds of AWS; a region's name tells which one it belongs to.
struct AWSPartition: Hashable, Sendable {
    let name: String
    let domain: String
    /// The domain of dual-stack endpoints; nil where there are none.
    let dualStackDomain: String?
    /// Where services with one endpoint for the whole partition are signed for.
    let home: String

    static func containing(region: String) -> AWSPartition {
        let byPrefix: [(String, AWSPartition)] = [
            ("cn-", .init("aws-cn", "amazonaws.com.cn", dualStack: "api.amazonwebservices.com.cn", home: "cn-north-1")),
            ("us-gov-", .init("aws-us-gov", "amazonaws.com", dualStack: "api.aws", home: "us-gov-west-1")),
            ("us-isob-", .init("aws-iso-b", "sc2s.sgov.gov", dualStack: nil, home: "us-isob-east-1")),
            ("us-iso-", .init("aws-iso", "c2s.ic.gov", dualStack: nil, home: "us-iso-east-1")),
            ("eusc-", .init("aws-eusc", "amazonaws.eu", dualStack: "api.amazonwebservices.eu", home: "eusc-de-east-1")),
        ]
        return byPrefix.first { region.hasPrefix($0.0) }?.1
            ?? .init("aws", "amazonaws.com", dualStack: "api.aws", home: "us-east-1")
    }

    private init(_ name: String, _ domain: String, dualStack: String?, home: String) {
        self.name = name
        self.domain = domain
        dualStackDomain = dualStack
        self.home = home
    }
}
