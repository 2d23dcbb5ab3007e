/// How to start an instance of the service with other settings: by a command on this machine, or as an ECS task.
public struct LaunchSettings: Sendable, Hashable {
    /// The command line; `{port}` stands for the port to listen on. Empty where `task` is set.
    public var command: [String]
    /// The task that is run in place of a command.
    public var task: TaskLaunchSettings?
    /// Added to the environment of the instance.
    public var environment: [String: String]
    /// Named variants of the build or of its settings, as further variables: `without-metrics-library`, ….
    public var variants: [String: [String: String]]
    /// How long the instance may take to answer. It is added to the deadline of the checks that launch one.
    public var startTimeout: Duration
    /// How many instances may run at the same time.
    public var parallel: Int

    init(_ section: ConfigurationSection) {
        command = section.strings("command", place: .secret)
        task = section.optionalSection("ecs").map(TaskLaunchSettings.init)
        if task == nil, command.isEmpty {
            section.report(
                "command", expected: "a command line as a list, with {port}; or an `ecs` section", got: "nothing")
        } else if task != nil, !command.isEmpty {
            section.report("ecs", expected: "`command` or `ecs`", got: "both")
        } else if task == nil, !command.contains(where: { $0.contains("{port}") }) {
            section.report("command", expected: "{port} in one of the words", got: "\(command)")
        }
        environment = section.dictionary("environment", place: .secret)
        let named = section.section("variants")
        variants = [:]
        for name in named.keys { variants[name] = named.dictionary(name, place: .secret) }
        // A service of this kind imports a machine learning library before it listens; a task has to be placed and its image
        // pulled first.
        startTimeout = section.duration("start_timeout", default: task == nil ? .seconds(60) : .seconds(180))
        parallel = section.integer("parallel", default: 1, in: 1...64)
        section.finish()
    }
}

/// An instance of the service as a single ECS task with other environment variables.
public struct TaskLaunchSettings: Sendable, Hashable {
    /// The cluster of the `aws` section when nil.
    public var cluster: String?
    public var taskDefinition: String
    /// The container that gets the variables.
    public var container: String
    /// Where the container answers.
    public var port: Int
    public var launchType: String
    public var subnets: [String]
    public var securityGroups: [String]
    public var assignsPublicAddress: Bool
    /// Roles of the task definition, which whoever runs it must be allowed to pass on; for `plumbline policy`.
    public var roles: [String]

    init(_ section: ConfigurationSection) {
        cluster = section.optionalString("cluster")
        taskDefinition = section.requiredString("task_definition")
        container = section.requiredString("container")
        port = section.integer("port", default: 8001, in: 1...65535)
        launchType = section.string("launch_type", default: "FARGATE")
        subnets = section.strings("subnets")
        securityGroups = section.strings("security_groups")
        assignsPublicAddress = section.boolean("assign_public_ip", default: false)
        roles = section.strings("roles")
        section.finish()
    }
}
