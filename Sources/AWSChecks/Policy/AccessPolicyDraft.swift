import RunModel
import Settings

/// A policy in the making: the actions that are still to be allowed, and the statements made of the others.
struct AccessPolicyDraft {
    private let settings: AWSSettings
    private let account: String
    private let partition: String
    private var actions: Set<String>
    private var made: [String: (resources: Set<String>, actions: Set<String>)] = [:]
    /// Services that decrypt with a customer's key what the identity reads through them.
    private var decrypting: Set<String> = []

    init(_ wanted: Set<String>, settings: AWSSettings, account: String) {
        self.settings = settings
        self.account = account
        actions = wanted
        partition =
            settings.region.hasPrefix("cn-") ? "aws-cn" : settings.region.hasPrefix("us-gov-") ? "aws-us-gov" : "aws"
    }

    /// By name; what takes no resource comes first.
    var statements: [AccessPolicy.Statement] {
        var statements = made.sorted { $0.key < $1.key }.map { name, part in
            AccessPolicy.Statement(
                name: name, actions: part.actions.sorted(), resources: part.resources.sorted())
        }
        if !actions.isEmpty {
            statements.insert(.init(name: "Look", actions: actions.sorted(), resources: ["*"]), at: 0)
        }
        if !decrypting.isEmpty {
            statements.append(
                .init(
                    name: "UseKeys", actions: ["kms:Decrypt"], resources: [arn("kms", "key/*")],
                    viaServices: decrypting.map { "\($0).\(settings.region).\(domain)" }.sorted()))
        }
        return statements
    }

    private var domain: String { partition == "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com" }

    private func arn(_ service: String, _ resource: String) -> String {
        "arn:\(partition):\(service):\(settings.region):\(account):\(resource)"
    }

    private func bucket(_ name: String) -> String { "arn:\(partition):s3:::\(name)" }

    mutating func drop(_ isUnneeded: (String) -> Bool) { actions = actions.filter { !isUnneeded($0) } }

    /// Allows the wanted ones of these actions on resources; without resources nothing is called.
    private mutating func take(_ name: String, _ wanted: [String], on resources: [String]) {
        let own = actions.intersection(wanted)
        actions.subtract(own)
        allow(name, own, on: resources)
    }

    private mutating func allow(_ name: String, _ own: Set<String>, on resources: [String]) {
        guard !own.isEmpty, !resources.isEmpty else { return }
        made[name, default: ([], [])].resources.formUnion(resources)
        made[name]?.actions.formUnion(own)
    }

    // MARK: What the configuration names

    mutating func limitTrail() {
        // The trail's own files are read instead.
        guard settings.changes.trail != nil, actions.remove("cloudtrail:LookupEvents") != nil,
            let place = settings.changes.trailBucket
        else { return }
        allow("ListTrail", ["s3:ListBucket"], on: [bucket(place.bucket)])
        allow("ReadTrail", ["s3:GetObject"], on: [bucket(place.bucket) + "/*"])
        decrypting.insert("s3")
    }

    mutating func limitBuckets() {
        take("ReadBuckets", AWSItem.actions(on: .buckets), on: settings.buckets.map(bucket))
        take(
            "TryArtifactBucket", AWSItem.actions(on: .artifactProbe),
            on: [bucket(settings.artifactBucket) + "/artifacts/plumbline-probe/*"])
    }

    /// Values are read of secrets that a check looks into, and of those that the configuration itself is resolved from.
    mutating func limitSecrets(referenced: [String]) {
        let reading = "secretsmanager:GetSecretValue"
        let watched = settings.secrets.map(secret)
        let values = (actions.remove(reading) == nil ? [] : watched) + referenced.map(secret)
        allow("ReadSecretValues", [reading], on: values)
        if !values.isEmpty { decrypting.insert("secretsmanager") }
        // Which secrets tasks read is known from their definitions only; their descriptions hold no values.
        let isFollowing = actions.contains("ssm:DescribeParameters")
        take(
            "ReadSecrets", AWSItem.actions(on: .secrets),
            on: isFollowing ? ["arn:\(partition):secretsmanager:*:\(account):secret:*"] : watched)
    }

    /// A secret's ARN ends in a hyphen and six characters that its name lacks.
    private func secret(_ id: String) -> String {
        guard id.hasPrefix("arn:") else { return arn("secretsmanager", "secret:\(id)-??????") }
        return ResourceName.canonical(id)?.hasSuffix(":" + (id.split(separator: ":").last ?? "")) == true
            ? id + "-??????" : id
    }

    /// Actions that AWS ties to resources (Service Authorization Reference), on those that the configuration names.
    mutating func limitResources() {
        take(
            "ReadLogs", AWSItem.actions(on: .logGroups), on: settings.logGroups.map { arn("logs", "log-group:\($0):*") }
        )
        take(
            "ReadServices", ["ecs:DescribeServices"],
            on: settings.ecsServices.values.map { arn("ecs", "service/\(settings.cluster)/\($0)") })
        take("ReadCluster", ["ecs:DescribeClusters"], on: [arn("ecs", "cluster/\(settings.cluster)")])
        take("ReadTasks", ["ecs:DescribeTasks"], on: [arn("ecs", "task/\(settings.cluster)/*")])
        take("ReadDatabase", ["rds:DescribeDBInstances"], on: [arn("rds", "db:\(settings.databaseInstance)")])
        take(
            "ReadDatabaseMaintenance", ["rds:DescribePendingMaintenanceActions"],
            on: [arn("rds", "db:\(settings.databaseInstance)")])
        take("ReadDatabaseParameters", ["rds:DescribeDBParameters"], on: [arn("rds", "pg:*")])
        take("ReadAlarms", ["cloudwatch:DescribeAlarms"], on: [arn("cloudwatch", "alarm:*")])
        take("ReadCertificates", ["acm:DescribeCertificate"], on: [arn("acm", "certificate/*")])
        // Images may come from another account's registry in another region.
        take(
            "ReadImages", ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            on: ["arn:\(partition):ecr:*:*:repository/*"])
        // Containers may log to another region, and prefix lists may be AWS's own.
        take("ReadLogGroups", ["logs:DescribeLogGroups"], on: ["arn:\(partition):logs:*:\(account):log-group:*"])
        take(
            "ReadPrefixLists", ["ec2:GetManagedPrefixListEntries"],
            on: ["arn:\(partition):ec2:\(settings.region):*:prefix-list/*"])
        take("ReadRoles", ["iam:GetRole"], on: ["arn:\(partition):iam::\(account):role/*"])
        if let cache = settings.cacheCluster {
            take(
                "ReadCache",
                [
                    "elasticache:DescribeReplicationGroups", "elasticache:DescribeCacheClusters",
                    "elasticache:DescribeCacheSubnetGroups",
                ],
                on: [
                    arn("elasticache", "replicationgroup:\(cache)"), arn("elasticache", "cluster:*"),
                    arn("elasticache", "subnetgroup:*"),
                ])
        }
        take(
            "SimulateOwnPolicy", ["iam:SimulatePrincipalPolicy"],
            on: ["role", "user"].map { "arn:\(partition):iam::\(account):\($0)/*" })
    }

    // MARK: What writes

    mutating func allowLaunching(_ task: TaskLaunchSettings) {
        let cluster = task.cluster ?? settings.cluster
        allow(
            "RunInstances", ["ecs:RunTask"],
            on: [arn("ecs", "task-definition/\(Self.family(of: task.taskDefinition)):*")])
        allow("EndInstances", ["ecs:StopTask", "ecs:DescribeTasks"], on: [arn("ecs", "task/\(cluster)/*")])
        allow("PassRoles", ["iam:PassRole"], on: task.roles)
        actions.insert("ecs:ListTasks")
    }

    mutating func allowBreaking() {
        allow("BreakServices", ["ecs:UpdateService"], on: [arn("ecs", "service/\(settings.cluster)/*")])
        allow("StopTasks", ["ecs:StopTask"], on: [arn("ecs", "task/\(settings.cluster)/*")])
    }

    /// The name without revision of a task definition given as ARN, `family:revision` or `family`.
    private static func family(of definition: String) -> String {
        let name = definition.split(separator: "/").last ?? ""
        return String(name.prefix { $0 != ":" })
    }
}
