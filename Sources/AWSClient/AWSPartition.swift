/// The separate clouds of AWS; a region's name tells which one it belongs to.
struct AWSPartition: Hashable, Sendable {
    let name: String
    let domain: String

    static func containing(region: String) -> AWSPartition {
        let byPrefix: [(String, AWSPartition)] = [
            ("cn-", AWSPartition(name: "aws-cn", domain: "amazonaws.com.cn")),
            ("us-gov-", AWSPartition(name: "aws-us-gov", domain: "amazonaws.com")),
            ("us-isob-", AWSPartition(name: "aws-iso-b", domain: "sc2s.sgov.gov")),
            ("us-iso-", AWSPartition(name: "aws-iso", domain: "c2s.ic.gov")),
            ("eusc-", AWSPartition(name: "aws-eusc", domain: "amazonaws.eu")),
        ]
        return byPrefix.first { region.hasPrefix($0.0) }?.1 ?? AWSPartition(name: "aws", domain: "amazonaws.com")
    }
}
