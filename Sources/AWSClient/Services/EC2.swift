/// Amazon EC2: the network.
public enum EC2 {
    public struct SecurityGroup: Codable, Hashable, Sendable {
        public struct Permission: Codable, Hashable, Sendable {
            public struct Range: Codable, Hashable, Sendable {
                public var cidrIp: String
                public var description: String?
            }
            public struct Range6: Codable, Hashable, Sendable { public var cidrIpv6: String }
            public struct Pair: Codable, Hashable, Sendable { public var groupId: String }
            public struct PrefixList: Codable, Hashable, Sendable { public var prefixListId: String }
            /// `tcp`, `udp`, `icmp`, a protocol number, or `-1` for all.
            public var ipProtocol: String
            public var fromPort: Int?
            public var toPort: Int?
            public var ipRanges: [Range]
            public var ipv6Ranges: [Range6]
            public var groups: [Pair]
            public var prefixListIds: [PrefixList]
        }
        public var groupId: String
        public var groupName: String
        public var vpcId: String?
        public var ipPermissions: [Permission]
        public var ipPermissionsEgress: [Permission]
    }

    public struct NetworkACL: Codable, Hashable, Sendable {
        public struct Entry: Codable, Hashable, Sendable {
            public struct PortRange: Codable, Hashable, Sendable {
                public var from: Int
                public var to: Int
            }
            public var ruleNumber: Int
            /// A protocol number; `-1` for all.
            public var `protocol`: String
            /// `allow` or `deny`.
            public var ruleAction: String
            public var egress: Bool
            public var cidrBlock: String?
            public var ipv6CidrBlock: String?
            public var portRange: PortRange?
        }
        public struct Association: Codable, Hashable, Sendable { public var subnetId: String? }
        public var networkAclId: String
        public var vpcId: String?
        public var isDefault: Bool?
        public var entrySet: [Entry]
        public var associationSet: [Association]
    }

    public struct RouteTable: Codable, Hashable, Sendable {
        public struct Route: Codable, Hashable, Sendable {
            public var destinationCidrBlock: String?
            public var destinationPrefixListId: String?
            public var gatewayId: String?
            public var natGatewayId: String?
            public var networkInterfaceId: String?
            public var transitGatewayId: String?
            public var vpcPeeringConnectionId: String?
            /// `active` or `blackhole`.
            public var state: String?
        }
        public struct Association: Codable, Hashable, Sendable {
            public var subnetId: String?
            public var main: Bool?
        }
        public var routeTableId: String
        public var vpcId: String?
        public var routeSet: [Route]
        public var associationSet: [Association]
    }

    public struct Subnet: Codable, Hashable, Sendable {
        public var subnetId: String
        public var vpcId: String?
        public var cidrBlock: String
        public var availabilityZone: String?
        public var mapPublicIpOnLaunch: Bool?
        public var availableIpAddressCount: Int?
    }

    public struct NATGateway: Codable, Hashable, Sendable {
        public var natGatewayId: String
        public var vpcId: String?
        public var subnetId: String?
        /// `pending`, `failed`, `available`, `deleting` or `deleted`.
        public var state: String?
        public var failureMessage: String?
        /// `public` or `private`.
        public var connectivityType: String?
    }

    public struct VPCEndpoint: Codable, Hashable, Sendable {
        public struct Group: Codable, Hashable, Sendable { public var groupId: String }
        public var vpcEndpointId: String
        public var vpcId: String?
        /// `Interface`, `Gateway`, `GatewayLoadBalancer`, …
        public var vpcEndpointType: String?
        /// `com.amazonaws.REGION.SERVICE`.
        public var serviceName: String
        public var state: String?
        public var routeTableIdSet: [String]
        public var subnetIdSet: [String]
        public var groupSet: [Group]
        public var privateDnsEnabled: Bool?
    }

    public struct PrefixListEntry: Codable, Hashable, Sendable { public var cidr: String }

    public struct NetworkInterface: Codable, Hashable, Sendable {
        public struct Group: Codable, Hashable, Sendable { public var groupId: String }
        public struct Association: Codable, Hashable, Sendable { public var publicIp: String? }
        public var networkInterfaceId: String
        public var subnetId: String?
        public var privateIpAddress: String?
        public var groupSet: [Group]
        public var association: Association?
    }

    public struct SecurityGroups: Codable, Sendable { public var securityGroupInfo: [SecurityGroup] }
    public struct NetworkACLs: Codable, Sendable { public var networkAclSet: [NetworkACL] }
    public struct RouteTables: Codable, Sendable { public var routeTableSet: [RouteTable] }
    public struct Subnets: Codable, Sendable { public var subnetSet: [Subnet] }
    public struct NetworkInterfaces: Codable, Sendable { public var networkInterfaceSet: [NetworkInterface] }
    public struct NATGateways: Codable, Sendable { public var natGatewaySet: [NATGateway] }
    public struct VPCEndpoints: Codable, Sendable { public var vpcEndpointSet: [VPCEndpoint] }
    public struct PrefixListEntries: Codable, Sendable { public var entrySet: [PrefixListEntry] }

    public static func describeSecurityGroups() -> AWSOperation<SecurityGroups> {
        .init(.ec2, "DescribeSecurityGroups", ["MaxResults": 1000], pages: .lowerNextTokenOutput)
    }

    public static func describeNetworkACLs() -> AWSOperation<NetworkACLs> {
        .init(.ec2, "DescribeNetworkAcls", ["MaxResults": 1000], pages: .lowerNextTokenOutput)
    }

    public static func describeRouteTables() -> AWSOperation<RouteTables> {
        .init(.ec2, "DescribeRouteTables", ["MaxResults": 100], pages: .lowerNextTokenOutput)
    }

    public static func describeSubnets() -> AWSOperation<Subnets> {
        .init(.ec2, "DescribeSubnets", ["MaxResults": 1000], pages: .lowerNextTokenOutput)
    }

    public static func describeNATGateways() -> AWSOperation<NATGateways> {
        .init(.ec2, "DescribeNatGateways", ["MaxResults": 1000], pages: .lowerNextTokenOutput)
    }

    public static func describeVPCEndpoints() -> AWSOperation<VPCEndpoints> {
        .init(.ec2, "DescribeVpcEndpoints", ["MaxResults": 1000], pages: .lowerNextTokenOutput)
    }

    /// The address ranges of a customer's or an AWS-managed prefix list.
    public static func prefixListEntries(_ id: String) -> AWSOperation<PrefixListEntries> {
        .init(
            .ec2, "GetManagedPrefixListEntries", ["PrefixListId": .string(id), "MaxResults": 100],
            pages: .lowerNextTokenOutput)
    }

    public static func describeNetworkInterfaces() -> AWSOperation<NetworkInterfaces> {
        .init(.ec2, "DescribeNetworkInterfaces", ["MaxResults": 1000], pages: .lowerNextTokenOutput)
    }
}

extension AWSOperation.Pagination {
    fileprivate static var lowerNextTokenOutput: Self { Self(input: "NextToken", output: "nextToken") }
}
