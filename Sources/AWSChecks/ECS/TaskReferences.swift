import AWSClient
import Settings

/// What the revision that a service runs refers to.
struct TaskReferences {
    /// Where a container writes its log.
    struct Log: Hashable {
        let container: String
        let region: String
        let group: String
        /// Whether the driver makes the group when it is missing.
        let isMade: Bool

        var key: String { "\(region) \(group)" }
    }

    let role: String
    let service: String
    let definition: ECS.TaskDefinition
    private let home: String

    /// One for each configured service whose revision is known.
    static func all(in snapshot: AWSSnapshot, _ settings: AWSSettings) -> [TaskReferences] {
        settings.ecsServices.sorted { $0.key < $1.key }.compactMap { role, service in
            (try? TaskDefinitionFacts.current(ofService: service, in: snapshot)).map {
                TaskReferences(role: role, service: service, definition: $0, home: settings.region)
            }
        }
    }

    /// - Throws: ``Stop`` with `inconclusive` where the running revision is not known.
    init(role: String, service: String, in snapshot: AWSSnapshot, _ settings: AWSSettings) throws {
        self.init(
            role: role, service: service,
            definition: try TaskDefinitionFacts.current(ofService: service, in: snapshot), home: settings.region)
    }

    private init(role: String, service: String, definition: ECS.TaskDefinition, home: String) {
        (self.role, self.service, self.definition, self.home) = (role, service, definition, home)
    }

    /// `FAMILY:REVISION`.
    var name: String { "\(definition.family):\(definition.revision)" }

    var secrets: [SecretReference] {
        definition.containerDefinitions.flatMap { $0.secrets.map { SecretReference($0.valueFrom) } }
    }

    /// Every secret with its container and the variable that gets it.
    var variables: [(container: String, variable: String, reference: SecretReference)] {
        definition.containerDefinitions.flatMap { container in
            container.secrets.map { (container.name, $0.name, SecretReference($0.valueFrom)) }
        }
    }

    var logs: [Log] {
        definition.containerDefinitions.compactMap { container in
            guard let log = container.logConfiguration, log.logDriver == "awslogs",
                let group = log.options["awslogs-group"]
            else { return nil }
            return Log(
                container: container.name, region: log.options["awslogs-region"] ?? home, group: group,
                isMade: log.options["awslogs-create-group"] == "true")
        }
    }

    /// Whether starting the task takes an execution role: on Fargate for every private image and log, and everywhere for
    /// secrets (Amazon ECS Developer Guide, "task execution IAM role").
    var needsExecutionRole: String? {
        if !secrets.isEmpty { return "secrets" }
        guard definition.requiresCompatibilities?.contains("FARGATE") == true else { return nil }
        if definition.containerDefinitions.contains(where: { ImageName($0.image).isElasticRegistry }) {
            return "images"
        }
        return logs.isEmpty ? nil : "logs"
    }

    /// `orion-exec` of `arn:aws:iam::1:role/path/orion-exec`.
    static func name(ofRole arn: String) -> String { arn.split(separator: "/").last.map(String.init) ?? arn }
}

extension TaskReferences {
    /// The actions that the roles of the running revisions need: by role, then by resource.
    static func needs(
        in snapshot: AWSSnapshot, _ settings: AWSSettings, account: String?
    ) -> [String: [String: Set<String>]] {
        var needs: [String: [String: Set<String>]] = [:]
        for task in all(in: snapshot, settings) {
            if let role = task.definition.executionRoleArn {
                needs[role, default: [:]].merge(task.startNeeds(account: account)) { $0.union($1) }
            }
            if let role = task.definition.taskRoleArn {
                needs[role, default: [:]].merge(task.bucketNeeds(settings)) { $0.union($1) }
            }
        }
        return needs.filter { !$0.value.isEmpty }
    }

    /// What ECS does under the execution role before the containers start.
    private func startNeeds(account: String?) -> [String: Set<String>] {
        let role = definition.executionRoleArn ?? ""
        let parts = role.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        let partition = parts.count > 1 ? parts[1] : "aws"
        let owner = parts.count > 4 && !parts[4].isEmpty ? parts[4] : account ?? "*"
        var needs: [String: Set<String>] = [:]
        for container in definition.containerDefinitions {
            let image = ImageName(container.image)
            guard let place = image.place else { continue }
            needs["*", default: []].insert("ecr:GetAuthorizationToken")
            needs["arn:\(partition):ecr:\(place.region):\(place.account):repository/\(image.repository)", default: []]
                .formUnion(["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"])
        }
        for secret in secrets {
            if let arn = secret.secretARN {
                needs[arn, default: []].insert("secretsmanager:GetSecretValue")
            } else if let name = secret.parameterNames.last {
                let path = name.hasPrefix("/") ? name : "/" + name
                let place = "\(secret.region ?? home):\(secret.account ?? owner)"
                needs["arn:\(partition):ssm:\(place):parameter\(path)", default: []].insert("ssm:GetParameters")
            }
        }
        for log in logs {
            needs["arn:\(partition):logs:\(log.region):\(owner):log-group:\(log.group):*", default: []]
                .formUnion(["logs:CreateLogStream", "logs:PutLogEvents"])
        }
        return needs
    }

    /// What the containers do with the configured buckets that their settings name.
    private func bucketNeeds(_ settings: AWSSettings) -> [String: Set<String>] {
        let texts = definition.containerDefinitions.flatMap { $0.environment.compactMap(\.value) + $0.command }
        var needs: [String: Set<String>] = [:]
        let partition = definition.taskRoleArn?.split(separator: ":").dropFirst().first.map(String.init) ?? "aws"
        for bucket in Set(settings.buckets + [settings.artifactBucket])
        where texts.contains(where: { $0.contains("s3://\(bucket)/") || $0.hasSuffix("s3://\(bucket)") }) {
            needs["arn:\(partition):s3:::\(bucket)", default: []].insert("s3:ListBucket")
            needs["arn:\(partition):s3:::\(bucket)/*", default: []].formUnion(["s3:GetObject", "s3:PutObject"])
        }
        return needs
    }
}
