import Foundation

/// Amazon Relational Database Service.
public enum RDS {
    public struct Instance: Codable, Hashable, Sendable {
        public struct Endpoint: Codable, Hashable, Sendable {
            public var address: String?
            public var port: Int?
        }
        public struct Group: Codable, Hashable, Sendable {
            public var vpcSecurityGroupId: String
            public var status: String?
        }
        public struct ParameterGroup: Codable, Hashable, Sendable {
            public var dbParameterGroupName: String?
            /// `in-sync`, `pending-reboot`, `applying`.
            public var parameterApplyStatus: String?
        }
        public struct SubnetGroup: Codable, Hashable, Sendable {
            public struct Subnet: Codable, Hashable, Sendable { public var subnetIdentifier: String? }
            public var dbSubnetGroupName: String?
            public var subnets: [Subnet]
        }
        public struct PendingChanges: Codable, Hashable, Sendable {
            public var masterUserPassword: String?
            public var dbInstanceClass: String?
            public var engineVersion: String?
        }
        public var dbInstanceIdentifier: String
        public var dbInstanceStatus: String?
        public var dbInstanceClass: String?
        public var engine: String?
        public var engineVersion: String?
        public var masterUsername: String?
        public var dbName: String?
        public var endpoint: Endpoint?
        /// In GiB.
        public var allocatedStorage: Int?
        public var maxAllocatedStorage: Int?
        public var publiclyAccessible: Bool?
        public var storageEncrypted: Bool?
        /// In days; 0 means no backups.
        public var backupRetentionPeriod: Int?
        public var multiAZ: Bool?
        public var deletionProtection: Bool?
        public var vpcSecurityGroups: [Group]
        public var dbParameterGroups: [ParameterGroup]
        public var dbSubnetGroup: SubnetGroup?
        public var pendingModifiedValues: PendingChanges?
    }

    public struct Instances: Codable, Sendable { public var dbInstances: [Instance] }

    public static func describeDBInstances(_ identifier: String) -> AWSOperation<Instances> {
        .init(.rds, "DescribeDBInstances", ["DBInstanceIdentifier": .string(identifier)], pages: .marker)
    }
}
