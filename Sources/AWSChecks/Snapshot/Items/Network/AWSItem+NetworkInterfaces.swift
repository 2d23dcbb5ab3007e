import AWSClient

extension AWSItem {
    /// Every network interface of the region.
    public static let networkInterfaces = AWSItem(
        "networkInterfaces", at: \.networkInterfaces, actions: ["ec2:DescribeNetworkInterfaces"]
    ) { collector, _ in
        await Collected.from { () async throws(AWSError) -> [EC2.NetworkInterface] in
            try await collector.client.all(EC2.describeNetworkInterfaces()) { $0.networkInterfaceSet }
        }
    }
}

extension AWSSnapshot {
    public var networkInterfaces: Collected<[EC2.NetworkInterface]>? {
        get { self[.networkInterfaces] }
        set { self[.networkInterfaces] = newValue }
    }
}
