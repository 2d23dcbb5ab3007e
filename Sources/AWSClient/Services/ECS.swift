import Foundation

/// Amazon Elastic Container Service.
public enum ECS {
    public struct Cluster: Codable, Hashable, Sendable {
        public struct Setting: Codable, Hashable, Sendable {
            public var name: String
            public var value: String?
        }
        public var clusterName: String
        public var clusterArn: String?
        public var status: String?
        public var settings: [Setting]
    }

    public struct Clusters: Codable, Sendable {
        public var clusters: [Cluster]
        public var failures: [Failure]
    }

    public struct Failure: Codable, Hashable, Sendable {
        public var arn: String?
        public var reason: String?
    }

    public struct Service: Codable, Hashable, Sendable {
        public struct Deployment: Codable, Hashable, Sendable {
            public var id: String?
            public var status: String
            public var taskDefinition: String?
            public var desiredCount: Int?
            public var pendingCount: Int?
            public var runningCount: Int?
            public var failedTasks: Int?
            /// `COMPLETED`, `IN_PROGRESS` or `FAILED`.
            public var rolloutState: String?
            public var rolloutStateReason: String?
            public var createdAt: Date?
            public var updatedAt: Date?
        }

        public struct Event: Codable, Hashable, Sendable {
            public var createdAt: Date?
            public var message: String
        }

        public struct Registry: Codable, Hashable, Sendable {
            public var registryArn: String?
            /// For SRV records.
            public var port: Int?
            public var containerName: String?
            public var containerPort: Int?
        }

        public struct CircuitBreaker: Codable, Hashable, Sendable {
            public var enable: Bool?
            public var rollback: Bool?
        }

        public struct DeploymentConfiguration: Codable, Hashable, Sendable {
            public var deploymentCircuitBreaker: CircuitBreaker?
            public var maximumPercent: Int?
            public var minimumHealthyPercent: Int?

            public init(
                deploymentCircuitBreaker: CircuitBreaker? = nil, maximumPercent: Int? = nil,
                minimumHealthyPercent: Int? = nil
            ) {
                self.deploymentCircuitBreaker = deploymentCircuitBreaker
                self.maximumPercent = maximumPercent
                self.minimumHealthyPercent = minimumHealthyPercent
            }
        }

        public struct LoadBalancerLink: Codable, Hashable, Sendable {
            /// What ECS switches between in its own blue/green deployments.
            public struct Advanced: Codable, Hashable, Sendable { public var alternateTargetGroupArn: String? }
            public var targetGroupArn: String?
            public var containerName: String?
            public var containerPort: Int?
            public var advancedConfiguration: Advanced?
        }

        public struct Network: Codable, Hashable, Sendable {
            public struct Configuration: Codable, Hashable, Sendable {
                public var subnets: [String]
                public var securityGroups: [String]
                public var assignPublicIp: String?
            }
            public var awsvpcConfiguration: Configuration?
        }

        public var serviceName: String
        public var serviceArn: String?
        public var status: String
        public var desiredCount: Int
        public var runningCount: Int
        public var pendingCount: Int
        public var taskDefinition: String?
        public var deployments: [Deployment]
        public var events: [Event]
        public var serviceRegistries: [Registry]
        public var loadBalancers: [LoadBalancerLink]
        public var deploymentConfiguration: DeploymentConfiguration?
        public var networkConfiguration: Network?
    }

    public struct ClusterList: Codable, Sendable { public var clusterArns: [String] }
    public struct ServiceList: Codable, Sendable { public var serviceArns: [String] }

    public struct Services: Codable, Sendable {
        public var services: [Service]
        public var failures: [Failure]
    }

    public struct Task: Codable, Hashable, Sendable {
        public struct Container: Codable, Hashable, Sendable {
            public struct Interface: Codable, Hashable, Sendable { public var privateIpv4Address: String? }

            public var name: String
            public var image: String?
            public var imageDigest: String?
            public var lastStatus: String?
            public var exitCode: Int?
            /// Holds `OutOfMemoryError…` when the kernel killed it.
            public var reason: String?
            public var healthStatus: String?
            /// With network mode `awsvpc`.
            public var networkInterfaces: [Interface]?
        }

        public struct Attribute: Codable, Hashable, Sendable {
            public var name: String
            public var value: String?
        }

        public var taskArn: String
        public var taskDefinitionArn: String?
        /// `service:<name>` for tasks of a service.
        public var group: String?
        public var lastStatus: String?
        public var desiredStatus: String?
        public var healthStatus: String?
        public var stopCode: String?
        public var stoppedReason: String?
        public var createdAt: Date?
        public var startedAt: Date?
        public var stoppedAt: Date?
        public var containers: [Container]
        public var attributes: [Attribute]
    }

    public struct TaskList: Codable, Sendable { public var taskArns: [String] }
    public struct Tasks: Codable, Sendable { public var tasks: [Task] }
    public struct TaskDefinitionList: Codable, Sendable { public var taskDefinitionArns: [String] }
    public struct DescribedTaskDefinition: Codable, Sendable { public var taskDefinition: TaskDefinition }

    public static func listClusters() -> AWSOperation<ClusterList> {
        .init(.ecs, "ListClusters", pages: .lowerNextToken)
    }

    public static func listServices(cluster: String) -> AWSOperation<ServiceList> {
        .init(.ecs, "ListServices", ["cluster": .string(cluster)], pages: .lowerNextToken)
    }

    public static func describeClusters(_ names: [String]) -> AWSOperation<Clusters> {
        .init(.ecs, "DescribeClusters", ["clusters": .strings(names), "include": .strings(["SETTINGS"])])
    }

    /// At most ten services at a time.
    public static func describeServices(cluster: String, _ names: [String]) -> AWSOperation<Services> {
        .init(.ecs, "DescribeServices", ["cluster": .string(cluster), "services": .strings(names)])
    }

    public static func listTasks(cluster: String, service: String, status: String) -> AWSOperation<TaskList> {
        .init(
            .ecs, "ListTasks",
            ["cluster": .string(cluster), "serviceName": .string(service), "desiredStatus": .string(status)],
            pages: .lowerNextToken)
    }

    /// At most 100 tasks at a time.
    public static func describeTasks(cluster: String, _ arns: [String]) -> AWSOperation<Tasks> {
        .init(.ecs, "DescribeTasks", ["cluster": .string(cluster), "tasks": .strings(arns)])
    }

    public static func describeTaskDefinition(_ name: String) -> AWSOperation<DescribedTaskDefinition> {
        .init(.ecs, "DescribeTaskDefinition", ["taskDefinition": .string(name)])
    }

    /// Newest first.
    public static func listTaskDefinitions(family: String, limit: Int) -> AWSOperation<TaskDefinitionList> {
        .init(
            .ecs, "ListTaskDefinitions",
            ["familyPrefix": .string(family), "sort": "DESC", "maxResults": .integer(limit), "status": "ACTIVE"])
    }
}
