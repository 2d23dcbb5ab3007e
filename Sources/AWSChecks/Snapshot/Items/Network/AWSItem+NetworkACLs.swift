import AWSClient

extension AWSItem {
    /// Every network ACL of the region.
    public static let networkACLs = AWSItem("networkACLs", at: \.networkACLs, actions: ["ec2:DescribeNetworkAcls"]) {
        collector, _ in
        await Collected.from { () async throws(AWSError) -> [EC2.NetworkACL] in
            try await collector.client.all(EC2.describeNetworkACLs()) { $0.networkAclSet }
        }
    }
}

extension AWSSnapshot {
    public var networkACLs: Collected<[EC2.NetworkACL]>? {
        get { self[.networkACLs] }
        set { self[.networkACLs] = newValue }
    }
}
