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
        public struct CertificateDetails: Codable, Hashable, Sendable {
            public var caIdentifier: String?
            /// Of the instance's own certificate.
            public var validTill: Date?
        }
        public var dbInstanceIdentifier: String
        public var dbInstanceArn: String?
        public var caCertificateIdentifier: String?
        public var certificateDetails: CertificateDetails?
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

    public struct Parameter: Codable, Hashable, Sendable {
        public var parameterName: String
        public var parameterValue: String?
    }

    public struct Parameters: Codable, Sendable { public var parameters: [Parameter] }

    /// What AWS has in store for one resource.
    public struct PendingMaintenance: Codable, Hashable, Sendable {
        public struct Action: Codable, Hashable, Sendable {
            /// `system-update`, `db-upgrade`, `ca-certificate-rotation`, …
            public var action: String?
            public var description: String?
            public var optInStatus: String?
            /// From then on in the next maintenance window.
            public var autoAppliedAfterDate: Date?
            /// Then at the latest, whatever the window.
            public var forcedApplyDate: Date?
            public var currentApplyDate: Date?
        }
        public var resourceIdentifier: String?
        public var pendingMaintenanceActionDetails: [Action]
    }

    public struct PendingMaintenanceActions: Codable, Sendable {
        public var pendingMaintenanceActions: [PendingMaintenance]
    }

    public static func describeDBParameters(_ group: String) -> AWSOperation<Parameters> {
        .init(.rds, "DescribeDBParameters", ["DBParameterGroupName": .string(group)], pages: .marker)
    }

    /// - Parameter resource: an ARN.
    public static func describePendingMaintenanceActions(
        _ resource: String
    ) -> AWSOperation<PendingMaintenanceActions> {
        .init(
            .rds, "DescribePendingMaintenanceActions", ["ResourceIdentifier": .string(resource)], pages: .marker)
    }

    /// Every instance of the account in the region.
    public static func describeDBInstances() -> AWSOperation<Instances> {
        .init(.rds, "DescribeDBInstances", pages: .marker)
    }

    public static func describeDBInstances(_ identifier: String) -> AWSOperation<Instances> {
        .init(.rds, "DescribeDBInstances", ["DBInstanceIdentifier": .string(identifier)], pages: .marker)
    }
}
