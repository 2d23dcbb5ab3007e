extension ECS {
    /// A task that somebody waits for.
    public struct OneOffTask: Sendable, Hashable {
        public var taskDefinition: String
        /// `FARGATE`, `EC2` or `EXTERNAL`; not used with capacity providers.
        public var launchType: String
        /// Weights by the name of the provider, such as `FARGATE_SPOT`; empty takes the launch type.
        public var capacityProviders: [String: Int]
        public var subnets: [String]
        public var securityGroups: [String]
        public var assignsPublicAddress: Bool
        /// The container whose command and environment are replaced.
        public var container: String
        public var command: [String]
        public var environment: [String: String]
        public var tags: [String: String]
        /// A mark by which the task is found again, at most 128 characters.
        public var startedBy: String
        /// A second call with it starts no second task for 24 hours; at most 64 characters.
        public var clientToken: String

        public init(
            taskDefinition: String, launchType: String, capacityProviders: [String: Int], subnets: [String],
            securityGroups: [String], assignsPublicAddress: Bool, container: String, command: [String],
            environment: [String: String], tags: [String: String], startedBy: String, clientToken: String
        ) {
            self.taskDefinition = taskDefinition
            self.launchType = launchType
            self.capacityProviders = capacityProviders
            self.subnets = subnets
            self.securityGroups = securityGroups
            self.assignsPublicAddress = assignsPublicAddress
            self.container = container
            self.command = command
            self.environment = environment
            self.tags = tags
            self.startedBy = startedBy
            self.clientToken = clientToken
        }
    }

    /// A task as far as whoever waits for it wants to know.
    public struct FollowedTask: Decodable, Sendable, Hashable {
        public struct Container: Decodable, Sendable, Hashable {
            public var name: String?
            public var lastStatus: String?
            public var exitCode: Int?
            public var reason: String?

            public init(name: String?, lastStatus: String? = nil, exitCode: Int? = nil, reason: String? = nil) {
                self.name = name
                self.lastStatus = lastStatus
                self.exitCode = exitCode
                self.reason = reason
            }
        }

        public var taskArn: String
        public var lastStatus: String?
        /// `TaskFailedToStart`, `EssentialContainerExited`, `UserInitiated`, `SpotInterruption`, ….
        public var stopCode: String?
        public var stoppedReason: String?
        public var startedBy: String?
        public var containers: [Container]

        public init(
            taskArn: String, lastStatus: String? = nil, stopCode: String? = nil, stoppedReason: String? = nil,
            startedBy: String? = nil, containers: [Container] = []
        ) {
            self.taskArn = taskArn
            self.lastStatus = lastStatus
            self.stopCode = stopCode
            self.stoppedReason = stoppedReason
            self.startedBy = startedBy
            self.containers = containers
        }
    }

    public struct FollowedTasks: Decodable, Sendable {
        public var tasks: [FollowedTask]
        public var failures: [Failure]
    }

    public static func runTask(cluster: String, _ task: OneOffTask) -> AWSOperation<FollowedTasks> {
        let variables = task.environment.sorted { $0.key < $1.key }.map { name, value in
            AWSInput.structure(["name": .string(name), "value": .string(value)])
        }
        let override = AWSInput.structure([
            "name": .string(task.container), "command": .strings(task.command), "environment": .list(variables),
        ])
        let tags = task.tags.sorted { $0.key < $1.key }.map { key, value in
            AWSInput.structure(["key": .string(key), "value": .string(value)])
        }
        var input: [String: AWSInput] = [
            "cluster": .string(cluster), "taskDefinition": .string(task.taskDefinition), "count": 1,
            "startedBy": .string(task.startedBy), "clientToken": .string(task.clientToken),
            "overrides": .structure(["containerOverrides": .list([override])]),
        ]
        if !tags.isEmpty { input["tags"] = .list(tags) }
        if task.capacityProviders.isEmpty {
            input["launchType"] = .string(task.launchType)
        } else {
            input["capacityProviderStrategy"] = .list(
                task.capacityProviders.sorted { $0.key < $1.key }.map { name, weight in
                    .structure(["capacityProvider": .string(name), "weight": .integer(weight)])
                })
        }
        if !task.subnets.isEmpty {
            input["networkConfiguration"] = .structure([
                "awsvpcConfiguration": .structure([
                    "subnets": .strings(task.subnets), "securityGroups": .strings(task.securityGroups),
                    "assignPublicIp": task.assignsPublicAddress ? "ENABLED" : "DISABLED",
                ])
            ])
        }
        return .init(.ecs, "RunTask", input)
    }

    public static func describeFollowedTask(cluster: String, _ arn: String) -> AWSOperation<FollowedTasks> {
        .init(.ecs, "DescribeTasks", ["cluster": .string(cluster), "tasks": .strings([arn])])
    }

    /// Tasks that were started under a mark and have this desired status: `RUNNING`, or for an hour `STOPPED`.
    public static func listTasks(
        cluster: String, startedBy: String, desiredStatus: String
    ) -> AWSOperation<TaskList> {
        .init(
            .ecs, "ListTasks",
            [
                "cluster": .string(cluster), "startedBy": .string(startedBy), "desiredStatus": .string(desiredStatus),
            ], pages: .lowerNextToken)
    }
}

extension Logs {
    public struct StreamPiece: Decodable, Sendable {
        public var events: [Event]
        /// Asks for what comes after; the same one again when there was nothing more.
        public var nextForwardToken: String?
    }

    /// A piece of one stream, oldest first.
    ///
    /// - Parameter token: of the piece before; nil begins at the head.
    public static func getLogEvents(group: String, stream: String, token: String?) -> AWSOperation<StreamPiece> {
        var input: [String: AWSInput] = [
            "logGroupName": .string(group), "logStreamName": .string(stream), "startFromHead": true,
        ]
        if let token { input["nextToken"] = .string(token) }
        return .init(.logs, "GetLogEvents", input)
    }
}
