import AWSClient

/// The network as far as it decides who reaches whom.
public struct NetworkModel: Sendable {
    /// One end of a connection.
    public struct Endpoint: Sendable, Hashable {
        public var name: String
        public var address: IPv4Address
        /// Nil for an end outside of AWS.
        public var subnetID: String?
        public var securityGroups: [String]
        public var hasPublicAddress: Bool
        /// The ports from which it opens connections, to which their answers come back.
        public var clientPorts: ClosedRange<Int>

        public init(
            name: String, address: IPv4Address, subnetID: String?, securityGroups: [String],
            hasPublicAddress: Bool = false, clientPorts: ClosedRange<Int> = NetworkModel.ephemeralPorts
        ) {
            self.name = name
            self.address = address
            self.subnetID = subnetID
            self.securityGroups = securityGroups
            self.hasPublicAddress = hasPublicAddress
            self.clientPorts = clientPorts
        }
    }

    public var subnets: [String: EC2.Subnet]
    public var securityGroups: [String: EC2.SecurityGroup]
    /// By subnet.
    public var networkACLs: [String: EC2.NetworkACL]
    /// By subnet.
    public var routeTables: [String: EC2.RouteTable]
    /// The address ranges of the prefix lists; nil for one that could not be read.
    public var prefixLists: [String: [String]?] = [:]

    public init(
        subnets: [EC2.Subnet], securityGroups: [EC2.SecurityGroup], networkACLs: [EC2.NetworkACL],
        routeTables: [EC2.RouteTable]
    ) {
        self.subnets = Dictionary(subnets.map { ($0.subnetId, $0) }, uniquingKeysWith: { a, _ in a })
        self.securityGroups = Dictionary(securityGroups.map { ($0.groupId, $0) }, uniquingKeysWith: { a, _ in a })
        self.networkACLs = [:]
        self.routeTables = [:]
        for subnet in subnets {
            let id = subnet.subnetId
            // A subnet without an association of its own uses its network's default list and main table.
            self.networkACLs[id] =
                networkACLs.first { $0.associationSet.contains { $0.subnetId == id } }
                ?? networkACLs.first { $0.isDefault == true && $0.vpcId == subnet.vpcId }
            self.routeTables[id] =
                routeTables.first { $0.associationSet.contains { $0.subnetId == id } }
                ?? routeTables.first { $0.vpcId == subnet.vpcId && $0.associationSet.contains { $0.main == true } }
        }
    }

    /// Reads the network of a snapshot.
    ///
    /// - Throws: ``Stop`` with `inconclusive` when a part is missing.
    public init(_ snapshot: AWSSnapshot) throws {
        self.init(
            subnets: try snapshot.subnets.known(), securityGroups: try snapshot.securityGroups.known(),
            networkACLs: try snapshot.networkACLs.known(), routeTables: try snapshot.routeTables.known())
        prefixLists = snapshot.prefixLists.mapValues { answer in
            if case .value(let ranges) = answer { return ranges }
            return nil
        }
    }
}
