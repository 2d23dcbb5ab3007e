extension Component {
    /// What a name of ``ResourceName`` stands for; one of a kind that is no component of its own is a `resource`.
    public init(resource name: String) {
        let kinds: [(prefix: String, kind: Kind)] = [
            ("ecs:service/", .ecsService), ("ecs:cluster/", .cluster), ("ecs:task-definition/", .taskDefinition),
            ("elasticloadbalancing:loadbalancer/", .loadBalancer), ("elasticloadbalancing:targetgroup/", .targetGroup),
            ("rds:db:", .databaseInstance), ("secretsmanager:secret:", .secret), ("s3:", .bucket),
            ("sg-", .securityGroup),
            ("subnet-", .subnet), ("elasticache:replicationgroup:", .cache), ("elasticache:cluster:", .cache),
            ("logs:log-group:", .logGroup),
        ]
        guard let (prefix, kind) = kinds.first(where: { name.hasPrefix($0.prefix) }) else {
            self.init(.resource, name)
            return
        }
        switch kind {
        case .securityGroup, .subnet: self.init(kind, name)
        // The cluster of a service, and the key of an object, are not part of their names.
        case .ecsService: self.init(kind, name.split(separator: "/").last.map(String.init) ?? name)
        case .bucket: self.init(kind, name.dropFirst(prefix.count).split(separator: "/").first.map(String.init) ?? name)
        default: self.init(kind, String(name.dropFirst(prefix.count)))
        }
    }

    /// Itself and, where it is called by an ARN or an id, what that stands for.
    public var identities: Set<Component> {
        guard let name = ResourceName.canonical(name) else { return [self] }
        return [self, Component(resource: name)]
    }
}
