import AWSClient

extension AWSItem {
    /// Every NAT gateway of the region.
    public static let natGateways = AWSItem("natGateways", at: \.natGateways, actions: ["ec2:DescribeNatGateways"]) {
        collector, _ in
        await Collected.from { () async throws(AWSError) -> [EC2.NATGateway] in
            try await collector.client.all(EC2.describeNATGateways()) { $0.natGatewaySet }
        }
    }
}

extension AWSSnapshot {
    public var natGateways: Collected<[EC2.NATGateway]>? {
        get { self[.natGateways] }
        set { self[.natGateways] = newValue }
    }
}
