extension ECS {
    /// A task as far as whoever started it wants to know.
    public struct StartedTask: Decodable, Sendable {
        public struct Attachment: Decodable, Sendable {
            public struct Detail: Decodable, Sendable {
                public var name: String?
                public var value: String?
            }
            public var details: [Detail]
        }

        public var taskArn: String
        public var lastStatus: String?
        public var stoppedReason: String?
        public var attachments: [Attachment]

        /// The address of its network interface, once it has one.
        public var privateAddress: String? {
            attachments.flatMap(\.details).first { $0.name == "privateIPv4Address" }?.value
        }
    }

    public struct StartedTasks: Decodable, Sendable {
        public var tasks: [StartedTask]
        public var failures: [Failure]
    }

    /// What a single task is to be like.
    public struct TaskRequest: Sendable {
        public var taskDefinition: String
        /// `FARGATE`, `EC2` or `EXTERNAL`.
        public var launchType: String
        public var subnets: [String]
        public var securityGroups: [String]
        public var assignsPublicAddress: Bool
        /// The container whose environment is added to.
        public var container: String
        public var environment: [String: String]
        /// A mark by which the task is found again.
        public var startedBy: String

        public init(
            taskDefinition: String, launchType: String, subnets: [String], securityGroups: [String],
            assignsPublicAddress: Bool, container: String, environment: [String: String], startedBy: String
        ) {
            self.taskDefinition = taskDefinition
            self.launchType = launchType
            self.subnets = subnets
            self.securityGroups = securityGroups
            self.assignsPublicAddress = assignsPublicAddress
            self.container = container
            self.environment = environment
            self.startedBy = startedBy
        }
    }

    public static func runTask(cluster: String, _ request: TaskRequest) -> AWSOperation<StartedTasks> {
        let variables = request.environment.sorted { $0.key < $1.key }.map { name, value in
            AWSInput.structure(["name": .string(name), "value": .string(value)])
        }
        let override = AWSInput.structure(["name": .string(request.container), "environment": .list(variables)])
        var input: [String: AWSInput] = [
            "cluster": .string(cluster), "taskDefinition": .string(request.taskDefinition), "count": 1,
            "launchType": .string(request.launchType), "startedBy": .string(request.startedBy),
            "overrides": .structure(["containerOverrides": .list([override])]),
        ]
        if !request.subnets.isEmpty {
            input["networkConfiguration"] = .structure([
                "awsvpcConfiguration": .structure([
                    "subnets": .strings(request.subnets), "securityGroups": .strings(request.securityGroups),
                    "assignPublicIp": request.assignsPublicAddress ? "ENABLED" : "DISABLED",
                ])
            ])
        }
        return .init(.ecs, "RunTask", input)
    }

    public static func describeStartedTask(cluster: String, _ arn: String) -> AWSOperation<StartedTasks> {
        .init(.ecs, "DescribeTasks", ["cluster": .string(cluster), "tasks": .strings([arn])])
    }

    /// Tasks that run and were started under a mark. ECS takes no other filter beside it.
    public static func listTasks(cluster: String, startedBy: String) -> AWSOperation<TaskList> {
        .init(
            .ecs, "ListTasks", ["cluster": .string(cluster), "startedBy": .string(startedBy)], pages: .lowerNextToken)
    }

    public static func stopTask(cluster: String, _ arn: String, reason: String) -> AWSOperation<AWSEmptyAnswer> {
        .init(
            .ecs, "StopTask", ["cluster": .string(cluster), "task": .string(arn), "reason": .string(reason)])
    }

    public static func updateService(
        cluster: String, _ service: String, desiredCount: Int
    ) -> AWSOperation<AWSEmptyAnswer> {
        .init(
            .ecs, "UpdateService",
            ["cluster": .string(cluster), "service": .string(service), "desiredCount": .integer(desiredCount)])
    }
}
