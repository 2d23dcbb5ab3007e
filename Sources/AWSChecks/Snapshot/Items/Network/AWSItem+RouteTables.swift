import AWSClient

extension AWSItem {
    /// Every route table of the region.
    public static let routeTables = AWSItem("routeTables", at: \.routeTables, actions: ["ec2:DescribeRouteTables"]) {
        collector, _ in
        await Collected.from { () async throws(AWSError) -> [EC2.RouteTable] in
            try await collector.client.all(EC2.describeRouteTables()) { $0.routeTableSet }
        }
    }
}

extension AWSSnapshot {
    public var routeTables: Collected<[EC2.RouteTable]>? {
        get { self[.routeTables] }
        set { self[.routeTables] = newValue }
    }
}
