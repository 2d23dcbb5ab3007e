import Foundation

extension ECS {
    /// One revision of a task family.
    public struct TaskDefinition: Codable, Hashable, Sendable {
        public struct Container: Codable, Hashable, Sendable {
            public struct Variable: Codable, Hashable, Sendable {
                public var name: String
                public var value: String?
            }
            public struct SecretReference: Codable, Hashable, Sendable {
                public var name: String
                public var valueFrom: String
            }
            public struct PortMapping: Codable, Hashable, Sendable {
                public var containerPort: Int?
                public var hostPort: Int?
                public var `protocol`: String?
            }
            public struct HealthCheck: Codable, Hashable, Sendable {
                public var command: [String]
                public var interval: Int?
                public var timeout: Int?
                public var retries: Int?
                public var startPeriod: Int?
            }
            public struct Log: Codable, Hashable, Sendable {
                public var logDriver: String
                public var options: [String: String]
            }

            public var name: String
            public var image: String
            public var cpu: Int?
            public var memory: Int?
            public var memoryReservation: Int?
            public var essential: Bool?
            public var environment: [Variable]
            public var secrets: [SecretReference]
            public var portMappings: [PortMapping]
            public var healthCheck: HealthCheck?
            public var logConfiguration: Log?
            public var command: [String]
            /// Seconds from SIGTERM to SIGKILL.
            public var stopTimeout: Int?
        }

        public struct Platform: Codable, Hashable, Sendable {
            /// `X86_64` or `ARM64`.
            public var cpuArchitecture: String?
            public var operatingSystemFamily: String?
        }

        public var taskDefinitionArn: String
        public var family: String
        public var revision: Int
        public var cpu: String?
        public var memory: String?
        /// `awsvpc`, `bridge`, `host` or `none`.
        public var networkMode: String?
        /// `FARGATE`, `EC2` or `EXTERNAL`.
        public var requiresCompatibilities: [String]?
        public var taskRoleArn: String?
        public var executionRoleArn: String?
        public var runtimePlatform: Platform?
        public var registeredAt: Date?
        public var registeredBy: String?
        public var containerDefinitions: [Container]
    }
}
