import AWSClient
import Formats
import HTTPClient

/// What an account shows of a deployment, for a first configuration. It only reads, and what it may not see it says.
public struct AccountSurvey: Hashable, Sendable {
    /// An endpoint of the deployment with what is known of it.
    public struct Store: Hashable, Sendable {
        public var host: String
        public var port: Int?
        public var name: String?
        public var user: String?
        public var usesTLS: Bool?
        /// `ID#FIELD` of Secrets Manager.
        public var secret: String?
    }

    /// Where a load balancer answers.
    public struct Address: Hashable, Sendable {
        public var url: String
        /// What the reader should know of it; nil where nothing speaks against it.
        public var doubt: String?
    }

    /// Where the tasks of a service run.
    public struct Placement: Hashable, Sendable {
        public var taskDefinition: String
        public var container: String
        public var port: Int?
        public var subnets: [String]
        public var securityGroups: [String]
    }

    public var region: String
    public var account: String?
    public var identity: String?
    public var clusters: [String] = []
    public var cluster: String?
    /// ECS services by role: `api`, `mlflow`, `auth`.
    public var ecsServices: [String: String] = [:]
    public var placement: Placement?
    public var loadBalancers: [String] = []
    public var targetGroups: [String] = []
    /// By role: `api`, `registry`, `auth`.
    public var addresses: [String: Address] = [:]
    /// MLflow itself, as the API's task is told.
    public var trackingURI: String?
    public var database: Store?
    public var databaseInstance: String?
    public var cache: Store?
    public var namespace: String?
    public var discoveryServices: [String] = []
    public var buckets: [String] = []
    public var secrets: [String] = []
    public var logGroups: [String] = []
    /// A sentence for each call that gave no answer.
    public var unseen: [String] = []

    init(region: String) { self.region = region }

    /// Looks for what belongs to an environment.
    ///
    /// - Parameters:
    ///   - environment: stands in the names of what belongs to it.
    ///   - cluster: the cluster to take; nil takes the one whose name has the environment in it, or the only one.
    /// - Throws: what said that nothing at all can be asked: no credentials, no connection.
    public static func of(
        _ environment: String, cluster: String? = nil, client: AWSClient
    ) async throws(AWSError) -> AccountSurvey {
        var survey = AccountSurvey(region: client.region)
        let caller = try await client.call(STS.getCallerIdentity())
        survey.account = caller.account
        survey.identity = caller.arn
        let surveyor = Surveyor(client: client, environment: environment)
        await surveyor.lookAtCluster(cluster, &survey)
        await surveyor.lookAtBalancers(&survey)
        await surveyor.lookAtStores(&survey)
        await surveyor.lookAtTheRest(&survey)
        return survey
    }
}

/// Asks, and writes down what is there.
private struct Surveyor {
    let client: AWSClient
    let environment: String

    /// What an answer gives; nil, with a sentence, when there is none.
    private func seen<Output>(
        _ operation: AWSOperation<Output>, for what: String, _ survey: inout AccountSurvey
    ) async -> Output? {
        do throws(AWSError) {
            return try await client.call(operation)
        } catch {
            note(Self.sentence(what, error), &survey)
            return nil
        }
    }

    private func allSeen<Output, Element>(
        _ operation: AWSOperation<Output>, for what: String, _ survey: inout AccountSurvey,
        _ elements: (Output) -> [Element]
    ) async -> [Element] {
        do throws(AWSError) {
            return try await client.all(operation, limit: Self.largestList, elements)
        } catch {
            note(Self.sentence(what, error), &survey)
            return []
        }
    }

    private func note(_ sentence: String, _ survey: inout AccountSurvey) {
        if !survey.unseen.contains(sentence) { survey.unseen.append(sentence) }
    }

    /// Entries of one list that are read; a deployment has dozens.
    private static let largestList = 2000

    private static func sentence(_ what: String, _ error: AWSError) -> String {
        if let action = error.missingAction ?? (error.kind == .accessDenied ? error.action : nil) {
            return "\(what): not allowed to call \(action)"
        }
        return "\(what): \(error.operation) \(error.code ?? error.message)"
    }

    /// Whatever has the environment in its name; where nothing has, the only one there is, unless it is named after another
    /// environment. A configuration that names somebody else's part would test that.
    private func own<Element>(
        _ elements: [Element], of what: String, _ survey: inout AccountSurvey, _ name: (Element) -> String
    ) -> [Element] {
        let named = elements.filter { name($0).lowercased().contains(environment.lowercased()) }
        guard named.isEmpty, !elements.isEmpty else { return named }
        if elements.count == 1, !Self.namesAnEnvironment(name(elements[0])) { return elements }
        let names = elements.prefix(10).map(name).joined(separator: ", ")
        note("\(what): none is named after \(environment); there are \(names)", &survey)
        return []
    }

    private static func namesAnEnvironment(_ name: String) -> Bool {
        let usual: Set = ["production", "prod", "staging", "stage", "development", "dev", "test", "testing", "qa"]
        return name.lowercased().split { !$0.isLetter && !$0.isNumber }.contains { usual.contains(String($0)) }
    }

    private static func name(_ arn: String) -> String {
        arn.split(separator: "/").last.map(String.init) ?? arn
    }

    // MARK: The cluster

    func lookAtCluster(_ wanted: String?, _ survey: inout AccountSurvey) async {
        survey.clusters = await allSeen(ECS.listClusters(), for: "ECS clusters", &survey, \.clusterArns)
            .map(Self.name).sorted()
        let near = wanted.map { [$0] } ?? own(survey.clusters, of: "ECS clusters", &survey) { $0 }
        survey.cluster = near.min { $0.count < $1.count }
        guard let cluster = survey.cluster else { return }
        let arns = await allSeen(ECS.listServices(cluster: cluster), for: "ECS services", &survey, \.serviceArns)
        var services: [ECS.Service] = []
        // DescribeServices takes ten.
        for start in stride(from: 0, to: arns.count, by: 10) {
            let names = arns[start..<min(start + 10, arns.count)].map(Self.name)
            services +=
                await seen(ECS.describeServices(cluster: cluster, names), for: "ECS services", &survey)?.services ?? []
        }
        for role in ["api", "mlflow", "auth"] {
            let candidates = services.filter { $0.serviceName.lowercased().contains(role) }
            survey.ecsServices[role] = candidates.min { $0.serviceName.count < $1.serviceName.count }?.serviceName
        }
        guard let api = services.first(where: { $0.serviceName == survey.ecsServices["api"] }),
            let definition = api.taskDefinition,
            let task = await seen(ECS.describeTaskDefinition(definition), for: "the API's task", &survey)?
                .taskDefinition
        else { return }
        read(task, of: api, &survey)
    }

    /// The API's task says where its dependencies are.
    private func read(_ task: ECS.TaskDefinition, of service: ECS.Service, _ survey: inout AccountSurvey) {
        guard
            let container = task.containerDefinitions.first(where: {
                $0.name == service.loadBalancers.first?.containerName
            })
                ?? task.containerDefinitions.first
        else { return }
        let network = service.networkConfiguration?.awsvpcConfiguration
        survey.placement = AccountSurvey.Placement(
            taskDefinition: task.family, container: container.name, port: container.portMappings.first?.containerPort,
            subnets: network?.subnets ?? [], securityGroups: network?.securityGroups ?? [])
        let variables = Dictionary(
            container.environment.compactMap { entry in entry.value.map { (entry.name, $0) } }
        ) { first, _ in first }
        let references = Dictionary(container.secrets.map { ($0.name, $0.valueFrom) }) { first, _ in first }
        survey.trackingURI = variables["MLFLOW_TRACKING_URI"].flatMap { uri in
            guard SensitiveURL.shown(uri) != uri else { return uri }
            note("MLflow's address: MLFLOW_TRACKING_URI of the API's task has a password in it", &survey)
            return nil
        }
        if let host = variables["DB_HOST"] {
            survey.database = AccountSurvey.Store(
                host: host, port: variables["DB_PORT"].flatMap { Int($0) }, name: variables["DB_NAME"],
                user: variables["DB_USER"], secret: references["DB_PASSWORD"].flatMap(Self.secret))
        }
        if let host = variables["REDIS_HOST"] {
            survey.cache = AccountSurvey.Store(host: host, port: variables["REDIS_PORT"].flatMap { Int($0) })
        }
        if let token = references["REDIS_AUTH_TOKEN"].flatMap(Self.secret) {
            survey.cache = survey.cache ?? AccountSurvey.Store(host: "")
            survey.cache?.secret = token
        }
    }

    /// `ID#FIELD` of what a task definition refers to: `arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-SUFFIX:FIELD:STAGE:VERSION`.
    /// Nil for a parameter of Systems Manager.
    private static func secret(_ reference: String) -> String? {
        let parts = reference.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count >= 7, parts[2] == "secretsmanager" else { return nil }
        // Secrets Manager adds a hyphen and six characters to the name.
        let name = String(parts[6].replacing(#/-[A-Za-z0-9]{6}$/#, with: ""))
        let field = parts.count > 7 ? parts[7] : ""
        return field.isEmpty ? name : "\(name)#\(field)"
    }

    // MARK: Balancers

    func lookAtBalancers(_ survey: inout AccountSurvey) async {
        let balancers = await allSeen(
            LoadBalancing.describeLoadBalancers(), for: "load balancers", &survey, \.loadBalancers)
        let near = own(balancers, of: "load balancers", &survey, \.loadBalancerName).sorted {
            $0.loadBalancerName < $1.loadBalancerName
        }
        survey.loadBalancers = near.map(\.loadBalancerName)
        let groups = await allSeen(
            LoadBalancing.describeTargetGroups(), for: "target groups", &survey, \.targetGroups)
        let arns = Set(near.map(\.loadBalancerArn))
        survey.targetGroups = groups.filter { !arns.isDisjoint(with: $0.loadBalancerArns) }.map(\.targetGroupName)
            .sorted()
        for balancer in near {
            guard let address = await address(of: balancer, &survey) else { continue }
            let name = balancer.loadBalancerName.lowercased()
            if name.contains("auth") {
                survey.addresses["auth"] = survey.addresses["auth"] ?? address
            } else if name.contains("registry") {
                survey.addresses["registry"] = survey.addresses["registry"] ?? address
            } else {
                survey.addresses["api"] = survey.addresses["api"] ?? address
            }
        }
        survey.addresses["api"] = survey.addresses["api"] ?? survey.addresses["registry"]
    }

    private func address(
        of balancer: LoadBalancing.LoadBalancer, _ survey: inout AccountSurvey
    ) async -> AccountSurvey.Address? {
        guard let dns = balancer.dnsName else { return nil }
        let listeners = await allSeen(
            LoadBalancing.describeListeners(loadBalancer: balancer.loadBalancerArn), for: "listeners", &survey,
            \.listeners)
        let secure = listeners.first { $0.protocol == "HTTPS" }
        let inside = balancer.scheme == "internal" ? "only inside the network" : nil
        guard let listener = secure ?? listeners.first else { return nil }
        guard secure != nil else {
            let port = listener.port.map { $0 == 80 ? "" : ":\($0)" } ?? ""
            return AccountSurvey.Address(url: "http://\(dns)\(port)", doubt: inside)
        }
        let port = listener.port.map { $0 == 443 ? "" : ":\($0)" } ?? ""
        let names = await names(of: listener, &survey)
        if let name = names.first(where: { !$0.contains("*") }) {
            return AccountSurvey.Address(url: "https://\(name)\(port)", doubt: inside)
        }
        let whose = names.first.map { "its certificate is for \($0)" } ?? "its certificate has another name"
        return AccountSurvey.Address(
            url: "https://\(dns)\(port)", doubt: "\(whose): write the name under which people reach it")
    }

    /// The names under which a listener is asked: of its rules, then of its certificate.
    private func names(of listener: LoadBalancing.Listener, _ survey: inout AccountSurvey) async -> [String] {
        let rules = await allSeen(
            LoadBalancing.describeRules(listener: listener.listenerArn), for: "rules of listeners", &survey, \.rules)
        var names = rules.flatMap(\.conditions).filter { $0.field == "host-header" }
            .flatMap { $0.hostHeaderConfig?.values ?? $0.values }
        guard let arn = listener.certificates.compactMap(\.certificateArn).first, arn.contains(":acm:") else {
            return names
        }
        let certificate = await seen(
            CertificateManager.describeCertificate(arn), for: "certificates", &survey)?.certificate
        names += [certificate?.domainName].compactMap(\.self) + (certificate?.subjectAlternativeNames ?? [])
        return names
    }

    // MARK: Stores and the rest

    func lookAtStores(_ survey: inout AccountSurvey) async {
        let instances = await allSeen(
            RDS.describeDBInstances(), for: "database instances", &survey, \.dbInstances
        ).filter { $0.engine?.contains("postgres") ?? true }
        let told = survey.database?.host
        let instance =
            instances.first { $0.endpoint?.address == told }
            ?? own(instances, of: "database instances", &survey, \.dbInstanceIdentifier).first
        if let instance {
            survey.databaseInstance = instance.dbInstanceIdentifier
            if survey.database == nil, let host = instance.endpoint?.address {
                survey.database = AccountSurvey.Store(host: host)
            }
            if var store = survey.database {
                store.port = store.port ?? instance.endpoint?.port
                store.name = store.name ?? instance.dbName
                store.user = store.user ?? instance.masterUsername
                survey.database = store
            }
        }
        let groups = await allSeen(
            ElastiCache.describeReplicationGroups(), for: "caches", &survey, \.replicationGroups)
        if let group = own(groups, of: "caches", &survey, \.replicationGroupId).first,
            let endpoint = group.nodeGroups.first?.primaryEndpoint,
            let host = endpoint.address
        {
            survey.cache = AccountSurvey.Store(
                host: host, port: endpoint.port, usesTLS: group.transitEncryptionEnabled,
                secret: survey.cache?.secret)
        }
        // A token without a place to send it to says nothing.
        if survey.cache?.host.isEmpty == true { survey.cache = nil }
    }

    func lookAtTheRest(_ survey: inout AccountSurvey) async {
        let namespaces = await allSeen(
            ServiceDiscovery.listNamespaces(), for: "namespaces of Cloud Map", &survey, \.namespaces)
        if let namespace = own(namespaces, of: "namespaces of Cloud Map", &survey, \.name).first {
            survey.namespace = namespace.name
            survey.discoveryServices = await allSeen(
                ServiceDiscovery.listServices(namespace: namespace.id), for: "services of Cloud Map", &survey,
                \.services
            ).map(\.name).sorted()
        }
        let named = { (names: [String]) in names.filter { $0.contains(environment) }.sorted() }
        survey.buckets = named(
            await allSeen(S3.listBuckets(), for: "buckets", &survey) { $0.buckets?.bucket.map(\.name) ?? [] })
        survey.secrets = named(
            await allSeen(SecretsManager.listSecrets(), for: "names of secrets", &survey) { $0.secretList.map(\.name) })
        survey.logGroups = named(
            await allSeen(Logs.describeLogGroups(prefix: "/ecs/"), for: "log groups", &survey) {
                $0.logGroups.map(\.logGroupName)
            })
    }
}
