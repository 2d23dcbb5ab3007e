import AWSClient

extension AWSItem {
    /// Every subnet of the region.
    public static let subnets = AWSItem("subnets", at: \.subnets, actions: ["ec2:DescribeSubnets"]) { collector, _ in
        await Collected.from { () async throws(AWSError) -> [EC2.Subnet] in
            try await collector.client.all(EC2.describeSubnets()) { $0.subnetSet }
        }
    }
}

extension AWSSnapshot {
    public var subnets: Collected<[EC2.Subnet]>? {
        get { self[.subnets] }
        set { self[.subnets] = newValue }
    }
}
