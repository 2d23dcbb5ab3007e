import AWSClient

extension AWSItem {
    /// Every security group of the region.
    public static let securityGroups = AWSItem(
        "securityGroups", at: \.securityGroups, actions: ["ec2:DescribeSecurityGroups"]
    ) { collector, _ in
        await Collected.from { () async throws(AWSError) -> [EC2.SecurityGroup] in
            try await collector.client.all(EC2.describeSecurityGroups()) { $0.securityGroupInfo }
        }
    }
}

extension AWSSnapshot {
    public var securityGroups: Collected<[EC2.SecurityGroup]>? {
        get { self[.securityGroups] }
        set { self[.securityGroups] = newValue }
    }
}
