import AWSClient

extension AWSItem {
    /// Every VPC endpoint of the region.
    public static let vpcEndpoints = AWSItem("vpcEndpoints", at: \.vpcEndpoints, actions: ["ec2:DescribeVpcEndpoints"])
    { collector, _ in
        await Collected.from { () async throws(AWSError) -> [EC2.VPCEndpoint] in
            try await collector.client.all(EC2.describeVPCEndpoints()) { $0.vpcEndpointSet }
        }
    }
}

extension AWSSnapshot {
    public var vpcEndpoints: Collected<[EC2.VPCEndpoint]>? {
        get { self[.vpcEndpoints] }
        set { self[.vpcEndpoints] = newValue }
    }
}
