import Formats
import RunModel
import Settings

/// The least that an identity must be allowed for a selection of checks.
public struct AccessPolicy: Hashable, Sendable {
    public struct Statement: Hashable, Sendable {
        public var name: String
        public var actions: [String]
        public var resources: [String]
    }

    public var statements: [Statement]

    /// Every action, sorted.
    public var actions: [String] { Set(statements.flatMap(\.actions)).sorted() }

    private init(statements: [Statement]) { self.statements = statements }

    /// The policy for checks: for what they call, and for the secrets that the configuration itself is resolved from.
    public init(for descriptors: [CheckDescriptor], configuration: Configuration, breaksTasks: Bool = false) {
        guard let settings = configuration.aws else {
            self.init(statements: [])
            return
        }
        self.init(
            for: Set(descriptors.flatMap(\.awsActions)), settings: settings,
            secrets: Self.referencedSecrets(configuration), breaksTasks: breaksTasks,
            launching: descriptors.contains { $0.needs.contains(.launch) } ? configuration.launch?.task : nil)
    }

    /// The policy for actions.
    ///
    /// Actions that AWS ties to resources are limited to those the configuration names; the others take none but `*`
    /// (Service Authorization Reference). It only reads, unless a selected check writes or `breaksTasks` is set.
    init(
        for wanted: Set<String>, settings: AWSSettings, secrets referenced: [String] = [], breaksTasks: Bool = false,
        launching task: TaskLaunchSettings? = nil, account known: String? = nil
    ) {
        var actions = wanted
        var byResource: [String: (resources: [String], actions: Set<String>)] = [:]
        let partition = Self.partition(of: settings.region)
        let account = settings.account ?? known ?? "*"
        let prefix = { (service: String) in "arn:\(partition):\(service):\(settings.region):\(account):" }

        func take(_ name: String, _ resources: [String], _ wanted: [String]) {
            let own = actions.intersection(wanted)
            guard !own.isEmpty, !resources.isEmpty else { return }
            actions.subtract(own)
            byResource[name] = (resources.sorted(), own)
        }
        var trail: [String] = []
        if settings.changes.trail != nil, actions.contains("cloudtrail:LookupEvents") {
            // The trail's own files are read instead.
            actions.remove("cloudtrail:LookupEvents")
            trail = settings.changes.trailBucket.map { [$0.bucket] } ?? []
        }
        // Without a configured cache none of its calls is made.
        if settings.cacheCluster == nil { actions = actions.filter { !$0.hasPrefix("elasticache:") } }
        let bucketARNs = settings.buckets.map { "arn:\(partition):s3:::\($0)" }
        take("ReadBuckets", bucketARNs, AWSItem.actions(on: .buckets))
        take(
            "TryArtifactBucket", ["arn:\(partition):s3:::\(settings.artifactBucket)/artifacts/plumbline-probe/*"],
            AWSItem.actions(on: .artifactProbe))
        take(
            "ReadSecrets",
            Set(settings.secrets + referenced).map {
                prefix("secretsmanager") + "secret:\($0)-??????"
            },
            AWSItem.actions(on: .secrets))
        take(
            "ReadLogs", settings.logGroups.map { prefix("logs") + "log-group:\($0):*" }, AWSItem.actions(on: .logGroups)
        )
        if !trail.isEmpty {
            byResource["ListTrail"] = (trail.map { "arn:\(partition):s3:::\($0)" }, ["s3:ListBucket"])
            byResource["ReadTrail"] = (trail.map { "arn:\(partition):s3:::\($0)/*" }, ["s3:GetObject"])
        }
        if let task {
            let cluster = task.cluster ?? settings.cluster
            byResource["RunInstances"] = (
                [prefix("ecs") + "task-definition/\(Self.family(of: task.taskDefinition)):*"], ["ecs:RunTask"]
            )
            byResource["EndInstances"] = (
                [prefix("ecs") + "task/\(cluster)/*"], ["ecs:StopTask", "ecs:DescribeTasks"]
            )
            if !task.roles.isEmpty { byResource["PassRoles"] = (task.roles.sorted(), ["iam:PassRole"]) }
            actions.insert("ecs:ListTasks")
        }
        if breaksTasks {
            byResource["BreakServices"] = ([prefix("ecs") + "service/\(settings.cluster)/*"], ["ecs:UpdateService"])
            byResource["StopTasks"] = ([prefix("ecs") + "task/\(settings.cluster)/*"], ["ecs:StopTask"])
        }
        var statements = byResource.sorted { $0.key < $1.key }.map { name, part in
            Statement(name: name, actions: part.actions.sorted(), resources: part.resources)
        }
        if !actions.isEmpty {
            statements.insert(Statement(name: "Look", actions: actions.sorted(), resources: ["*"]), at: 0)
        }
        self.statements = statements
    }

    private static func partition(of region: String) -> String {
        if region.hasPrefix("cn-") { return "aws-cn" }
        return region.hasPrefix("us-gov-") ? "aws-us-gov" : "aws"
    }

    /// The name without revision of a task definition given as ARN, `family:revision` or `family`.
    private static func family(of definition: String) -> String {
        let name = definition.split(separator: "/").last ?? ""
        return String(name.prefix { $0 != ":" })
    }

    /// Secrets that the configuration itself is resolved from.
    private static func referencedSecrets(_ configuration: Configuration) -> [String] {
        configuration.secrets.compactMap { secret in
            if case .secretsManager(let id, _) = secret.source, !id.hasPrefix("arn:") { return id }
            return nil
        }
    }
}

extension AccessPolicy {
    private struct Document: Encodable {
        struct Statement: Encodable {
            var Sid: String
            var Effect = "Allow"
            var Action: [String]
            var Resource: [String]
        }
        var Version = "2012-10-17"
        var Statement: [Statement]
    }

    /// The policy as IAM takes it.
    public func json() throws -> String {
        let document = Document(
            Statement: statements.map { .init(Sid: $0.name, Action: $0.actions, Resource: $0.resources) })
        return String(decoding: try JSON.prettyData(document), as: UTF8.self)
    }

    /// The same as a Terraform data source.
    public var terraform: String {
        func list(_ values: [String]) -> String {
            "[\n" + values.map { "      \"\($0)\",\n" }.joined() + "    ]"
        }
        let blocks = statements.map { statement in
            """
              statement {
                sid       = "\(statement.name)"
                actions   = \(list(statement.actions))
                resources = \(list(statement.resources))
              }

            """
        }
        return "data \"aws_iam_policy_document\" \"plumbline\" {\n" + blocks.joined(separator: "\n") + "}\n"
    }
}
