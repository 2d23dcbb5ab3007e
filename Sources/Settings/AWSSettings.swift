import Formats
import Secrets

extension ConfigurationSection {
    /// Says which lists are shorter because the deployment is without a balancer.
    func deriveLists(from listed: AWSSettings, to left: AWSSettings) {
        for (key, before, after) in [
            ("load_balancers", listed.loadBalancers, left.loadBalancers),
            ("target_groups", listed.targetGroups, left.targetGroups), ("flows", listed.flows, left.flows),
        ] where before != after {
            derive(key, .array(after.map(JSONValue.string)), from: "absent")
        }
    }
}

/// The AWS side of the deployment. Names default to the contract's (§9) for the configured environment.
public struct AWSSettings: Sendable, Hashable, Codable {
    public var region: String
    /// Where all services answer, for stacks that are not AWS itself.
    public var endpointURL: String?
    public var profile: String?
    /// Credentials for a stack that has no identity of its own; the usual chain is asked when nil.
    public var accessKeyID: Secret?
    public var secretAccessKey: Secret?
    /// The account the run must be in; faults are refused elsewhere.
    public var account: String?
    public var cluster: String
    /// ECS services by role: `api`, `mlflow`, `auth`.
    public var ecsServices: [String: String]
    public var loadBalancers: [String]
    public var targetGroups: [String]
    public var databaseInstance: String
    public var cacheCluster: String?
    public var namespace: String
    /// Cloud Map services that must have instances.
    public var discoveryServices: [String]
    public var buckets: [String]
    public var artifactBucket: String
    public var secrets: [String]
    public var logGroups: [String]
    /// The port each role listens on (contract §0.3): `api`, `mlflow`, `auth`, `database`, `cache`.
    public var ports: [String: Int]
    /// Which role must reach which, as `from>to`; `internet` and `load-balancer` are roles too (contract §1.1).
    public var flows: [String]
    /// How many revisions of a task family are compared.
    public var taskRevisions: Int
    public var changes: ChangeSettings

    /// All but the credentials, which are never written down.
    private enum CodingKeys: String, CodingKey {
        case region, endpointURL, profile, account, cluster, ecsServices, loadBalancers, targetGroups, databaseInstance
        case cacheCluster, namespace, discoveryServices, buckets, artifactBucket, secrets, logGroups, ports, flows
        case taskRevisions, changes
    }

    init(_ section: ConfigurationSection, environment: String) {
        region = section.string("region", default: "us-east-1")
        endpointURL = section.url("endpoint_url")
        profile = section.optionalString("profile")
        accessKeyID = section.secret("access_key_id", name: "aws-access-key-id")
        secretAccessKey = section.secret("secret_access_key", name: "aws-secret-access-key")
        if (accessKeyID == nil) != (secretAccessKey == nil) {
            section.report(
                "access_key_id", expected: "access_key_id and secret_access_key together", got: "one of them")
        }
        account = section.optionalString("account")
        cluster = section.string("cluster", default: "hokusai-\(environment)")
        ecsServices = section.dictionary(
            "ecs_services",
            default: [
                "api": "hokusai-api-\(environment)", "mlflow": "hokusai-mlflow-\(environment)",
                "auth": "hokusai-auth-\(environment)",
            ])
        loadBalancers = section.strings(
            "load_balancers",
            default: ["hokusai-auth-\(environment)", "hokusai-registry-\(environment)", "hokusai-main-\(environment)"])
        targetGroups = section.strings("target_groups")
        databaseInstance = section.string("database_instance", default: "hokusai-mlflow-\(environment)")
        cacheCluster = section.optionalString("cache_cluster")
        namespace = section.string("namespace", default: "hokusai-\(environment).local")
        discoveryServices = section.strings("discovery_services", default: ["mlflow", "api"])
        artifactBucket = section.string("artifact_bucket", default: "hokusai-mlflow-artifacts-\(environment)")
        buckets = section.strings(
            "buckets", default: ["hokusai-mlflow-artifacts-\(environment)", "hokusai-pipeline-data-\(environment)"])
        secrets = section.strings("secrets", default: ["hokusai/app-secrets/\(environment)"])
        logGroups = section.strings(
            "log_groups",
            default: [
                "/ecs/hokusai-api-\(environment)", "/ecs/hokusai-mlflow-\(environment)",
                "/ecs/hokusai-auth-\(environment)",
            ])
        var ports = ["api": 8001, "mlflow": 5000, "auth": 8000, "database": 5432, "cache": 6379]
        let portSection = section.section("ports")
        for role in Set(ports.keys).union(portSection.keys).sorted() {
            ports[role] = portSection.integer(role, default: ports[role] ?? 0, in: 1...65535)
        }
        self.ports = ports
        flows = section.strings(
            "flows",
            default: [
                "internet>load-balancer", "load-balancer>api", "load-balancer>mlflow", "load-balancer>auth",
                "api>mlflow", "api>database", "mlflow>database", "api>cache",
            ])
        taskRevisions = section.integer("task_revisions", default: 10, in: 1...100)
        changes = ChangeSettings(section.section("changes"))
        section.finish()
    }

    /// For a deployment without load balancers: none is looked for, and no way leads over one.
    mutating func leaveOutLoadBalancers() {
        loadBalancers = []
        targetGroups = []
        flows.removeAll { $0.contains("load-balancer") }
    }

    /// The same settings as they are written down.
    public var withoutSecrets: AWSSettings {
        var plain = self
        plain.accessKeyID = nil
        plain.secretAccessKey = nil
        return plain
    }

    /// The environment that the credential chain sees: the process's own, with the configured credentials first.
    public func credentialEnvironment(over environment: [String: String]) -> [String: String] {
        guard let key = accessKeyID?.reveal(), let secret = secretAccessKey?.reveal() else { return environment }
        var environment = environment
        environment["AWS_ACCESS_KEY_ID"] = key
        environment["AWS_SECRET_ACCESS_KEY"] = secret
        environment["AWS_SESSION_TOKEN"] = nil
        return environment
    }
}
