/// How `plumbline submit` runs the job as a one-off ECS task.
public struct SubmitSettings: Sendable, Hashable {
    /// The cluster of the `aws` section when nil.
    public var cluster: String?
    public var taskDefinition: String
    /// The container that the job runs in.
    public var container: String
    public var launchType: String
    /// Weights by name, such as `FARGATE_SPOT: 1`; empty takes `launch_type`.
    public var capacityProviders: [String: Int]
    public var subnets: [String]
    public var securityGroups: [String]
    public var assignsPublicAddress: Bool
    /// Where the configuration is in the task; the path that `submit` was given when nil.
    public var configurationPath: String?
    /// Roles of the task definition, which whoever submits must be allowed to pass on; for `plumbline policy`.
    public var roles: [String]
    public var tags: [String: String]

    init(_ section: ConfigurationSection) {
        cluster = section.optionalString("cluster")
        taskDefinition = section.requiredString("task_definition")
        container = section.string("container", default: "plumbline")
        launchType = section.string("launch_type", default: "FARGATE")
        let providers = section.section("capacity_providers")
        capacityProviders = [:]
        for name in providers.keys { capacityProviders[name] = providers.integer(name, default: 1, in: 0...1000) }
        subnets = section.strings("subnets")
        securityGroups = section.strings("security_groups")
        assignsPublicAddress = section.boolean("assign_public_ip", default: false)
        configurationPath = section.optionalString("config")
        roles = section.strings("roles")
        tags = section.dictionary("tags")
        section.finish()
    }
}
