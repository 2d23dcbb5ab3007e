import AWSChecks
import Formats
import RunModel

/// What is known of a deployment before it has a configuration, each with where that comes from.
struct DeploymentFacts {
    struct Known {
        var value: String
        /// For a comment; empty for what somebody said.
        var origin = ""
    }

    /// The part of a database or a cache.
    struct Store {
        var host: Known
        var port: Int?
        var name: String?
        var user: String?
        var usesTLS: Bool?
        /// The reference to its password; nil takes the usual variable.
        var secret: String?
    }

    var environment: String
    var api: Known?
    var registry: Known?
    var auth: Known?
    var mlflow: Known?
    var mlflowDirect: Known?
    var database: Store?
    var redis: Store?
    var absent: Set<SystemPart> = []
    /// Nil where AWS was not asked, or gave no answer.
    var account: AccountSurvey?

    init(environment: String) { self.environment = environment }

    /// Takes what an account shows for what nobody has said.
    mutating func complete(with survey: AccountSurvey) {
        account = survey
        func known(_ role: String) -> Known? {
            survey.addresses[role].map { Known(value: $0.url, origin: $0.doubt ?? "from its load balancer") }
        }
        api = api ?? known("api")
        registry = registry ?? known("registry")
        auth = auth ?? known("auth")
        mlflowDirect =
            mlflowDirect
            ?? survey.trackingURI.map { Known(value: $0, origin: "as the API's task has it; inside the network only") }
        database = database ?? survey.database.map { Store($0, origin: "as the API's task has it") }
        redis = redis ?? survey.cache.map { Store($0, origin: "from ElastiCache") }
    }
}

extension DeploymentFacts.Store {
    fileprivate init(_ store: AccountSurvey.Store, origin: String) {
        self.init(
            host: .init(value: store.host, origin: origin), port: store.port, name: store.name, user: store.user,
            usesTLS: store.usesTLS, secret: store.secret.map { "${secretsmanager:\($0)}" })
    }
}

/// The text of a first configuration: every section with its explanation, and what is known in its place. What is not known stands there
/// as an example, in a comment.
struct ConfigurationDraft {
    let facts: DeploymentFacts

    var text: String {
        [head, services, keys, database, redis, aws, Self.breaker, faults, launch, Self.suites, Self.owners, rest]
            .joined(separator: "\n")
    }

    private var environment: String { facts.environment }

    /// A line with a value: as it counts where it is known, as an example in a comment where it is not.
    private func line(
        _ key: String, _ known: DeploymentFacts.Known?, example: String, _ explanation: String = "", indent: Int = 2
    ) -> String {
        let margin = String(repeating: " ", count: indent)
        guard let known else {
            return margin + Self.commented("# \(key): \(example)", explanation)
        }
        return margin
            + Self.commented("\(key): \(Self.scalar(known.value))", known.origin.isEmpty ? explanation : known.origin)
    }

    private static func commented(_ text: String, _ explanation: String) -> String {
        guard !explanation.isEmpty else { return text }
        return text + String(repeating: " ", count: max(1, 44 - text.count)) + "# " + explanation
    }

    /// A text that YAML reads as it is; quoted where a plain one would be something else.
    static func scalar(_ text: String) -> String {
        let isPlain = text.wholeMatch(of: #/[A-Za-z0-9\/][A-Za-z0-9_.\/@+-]*(?::[A-Za-z0-9_.\/@+-]+)*/#) != nil
        let words = ["null", "true", "false", "yes", "no", "on", "off"]
        if isPlain, !words.contains(text.lowercased()) { return text }
        return (try? JSON.text(JSONValue.string(text))) ?? "\"\""
    }

    private static func list(_ texts: [String]) -> String { "[\(texts.map(scalar).joined(separator: ", "))]" }

    // MARK: Sections

    private var head: String {
        """
        # The target of Plumbline. Secrets are references, never values:
        # ${env:NAME}, ${file:PATH} (relative to this file) or ${secretsmanager:ID#FIELD}. What they give in keys, passwords,
        # headers, bodies, conditions, commands, their variables and queries of URLs is masked in everything that is written;
        # in hosts and names it is shown. ${env:NAME|secret} and ${env:NAME|public} say otherwise.
        # `plumbline config check` says what is wrong here, `plumbline config show` what counts and why.
        version: 1
        environment: \(environment)
        # True refuses faults, unless faults.allowed_in_production lists the dependency.
        production: \(environment == "production")

        """
    }

    private var services: String {
        let absent = facts.absent.map(\.rawValue).sorted()
        let lines = [
            line("api", facts.api, example: "https://api.example.com", "without it what asks the API is skipped"),
            line("registry", facts.registry, example: "https://registry.example.com", "default: the URL of api"),
            line("auth", facts.auth, example: "https://auth.example.com"),
            line(
                "mlflow", facts.mlflow, example: "https://registry.example.com/api/mlflow",
                "default: registry and /api/mlflow"),
            line(
                "mlflow_direct", facts.mlflowDirect, example: "http://mlflow.internal:5000",
                "where this place reaches it"
            ),
            "  # discovery_names: [mlflow.hokusai-\(environment).local]   # private names that must resolve inside the network",
            "  # pid_files: { api: /run/api.pid }           # a service on this machine: its processor time and memory",
            "",
            "# Parts that this deployment is without; checks of them are skipped:",
            "# \(SystemPart.allCases.map(\.rawValue).joined(separator: ", ")).",
            absent.isEmpty ? "# absent: [balancer]" : "absent: \(Self.list(absent))", "",
        ]
        return (["services:"] + lines).joined(separator: "\n")
    }

    private var keys: String {
        """
        # The key that the checks work with, and one for each case of authentication. A key that is not set skips what needs it.
        keys:
          api: ${env:HOKUSAI_API_KEY}                  # in profile B of an administrator of the registry
          # reader: ${env:READER_KEY}                  # valid, without an administrator's rights
          # revoked: ${env:REVOKED_KEY}
          # expired: ${env:EXPIRED_KEY}
          # other_service: ${env:OTHER_SERVICE_KEY}    # valid for another service than `platform`
          # poor: ${env:POOR_KEY}                      # of an account without balance
          # auth_admin: ${env:AUTH_ADMIN_TOKEN}        # makes and revokes keys, for tests that need one of their own

        """
    }

    private var database: String {
        guard let store = facts.database else {
            return """
                # database:
                #   host: database.internal
                #   user: mlflow
                #   password: ${env:DB_PASSWORD}
                #   name: mlflow_db
                #   tls: require                             # disable, prefer, require (the default), verify-full

                """
        }
        return [
            "database:", line("host", store.host, example: ""), store.port.map { "  port: \($0)" },
            "  user: \(Self.scalar(store.user ?? "mlflow"))", "  password: \(store.secret ?? "${env:DB_PASSWORD}")",
            "  name: \(Self.scalar(store.name ?? "mlflow_db"))",
            "  # tls: require                               # disable, prefer, require (the default), verify-full", "",
        ].compactMap(\.self).joined(separator: "\n")
    }

    private var redis: String {
        guard let store = facts.redis else {
            return """
                # redis: { host: cache.internal, tls: true, password: "${env:REDIS_AUTH_TOKEN}" }

                """
        }
        return [
            "redis:", line("host", store.host, example: ""), store.port.map { "  port: \($0)" },
            "  tls: \(store.usesTLS ?? false)",
            store.secret.map { "  password: \($0)" } ?? "  # password: ${env:REDIS_AUTH_TOKEN}", "",
        ].compactMap(\.self).joined(separator: "\n")
    }

    private var aws: String {
        guard let account = facts.account else {
            return """
                # aws: { region: us-east-1, cluster: hokusai-\(environment), account: "000000000000" }

                """
        }
        var lines = ["# As the account shows it\(account.identity.map { " to \($0)" } ?? "").", "aws:"]
        func add(_ key: String, _ value: String?) {
            if let value { lines.append("  \(key): \(Self.scalar(value))") }
        }
        func addList(_ key: String, _ values: [String]) {
            if !values.isEmpty { lines.append("  \(key): \(Self.list(values))") }
        }
        add("region", account.region)
        // Quoted, because YAML reads digits as a number.
        if let number = account.account { lines.append("  account: \"\(number)\"") }
        add("cluster", account.cluster)
        let others = account.clusters.filter { $0 != account.cluster }
        if !others.isEmpty { lines.append("  # there are also \(others.prefix(10).joined(separator: ", "))") }
        let services = account.ecsServices.sorted { $0.key < $1.key }.map { "\($0.key): \(Self.scalar($0.value))" }
        if !services.isEmpty { lines.append("  ecs_services: { \(services.joined(separator: ", ")) }") }
        addList("load_balancers", account.loadBalancers)
        addList("target_groups", account.targetGroups)
        add("database_instance", account.databaseInstance)
        add("namespace", account.namespace)
        addList("discovery_services", account.discoveryServices)
        addList("buckets", account.buckets)
        add("artifact_bucket", account.buckets.first { $0.contains("artifact") })
        addList("secrets", account.secrets)
        addList("log_groups", account.logGroups)
        lines += account.unseen.map { "  # not seen: \($0.split(separator: "\n").joined(separator: " "))" }
        lines += [
            "  # changes:                                     # who changed what before a run", "  #   window: 24h",
            "  #   trail: s3://trail-bucket/AWSLogs/000000000000/CloudTrail   # LookupEvents without it",
            "  #   terraform_plan: plan.json                  # written by `terraform show -json PLAN`", "",
        ]
        return lines.joined(separator: "\n")
    }

    private static let breaker = """
        # The circuit breaker as it is meant to be set.
        breaker: { failure_threshold: 5, recovery_timeout: 60s, patience: 30s }

        """

    private var faults: String {
        """
        # Means to break dependencies; also needs --allow faults.
        # faults:
        #   toxiproxy: http://toxiproxy.internal:8474
        #   proxies: { mlflow: mlflow, postgres: postgres, redis: redis }
        #   ecs_services: { mlflow: \(facts.account?.ecsServices["mlflow"] ?? "hokusai-mlflow-\(environment)") }  # where there is no proxy: left without tasks
        #   commands:                                      # and for what neither can break
        #     memory: { start: [fill-memory, "85"], stop: [free-memory], probe: [memory-is-filled] }
        #     # Commands and suites get PATH, HOME, certificates and proxies, and what `environment: { … }` names for them.
        #   lease: 120s                                    # a fault undoes itself after this time
        #   effect_timeout: 20s                            # until the target must feel a fault; else the test is inconclusive
        #   recovery_timeout: 60s                          # until it must be well again after the undo
        #   stop_after: 90s                                # API or auth silent for so long: undo all, end the run

        """
    }

    private var launch: String {
        let place = facts.account?.placement
        let definition = place?.taskDefinition ?? "hokusai-api-\(environment)"
        let subnets = Self.list(place?.subnets ?? ["subnet-1"])
        let groups = Self.list(place?.securityGroups ?? ["sg-1"])
        return """
            # Instances with other settings: a command on this machine, or a task of the same service.
            # launch:
            #   command: [serve-api, --port, "{port}"]
            #   # ecs: { task_definition: \(definition), container: \(place?.container ?? "hokusai-api"), subnets: \(subnets), security_groups: \(groups) }
            #   variants:                                      # builds or settings by name, as variables; without one its test is skipped
            #     without-memory-library: { DISABLE_PSUTIL: "1" }       # HE-11
            #     mlflow-status-raises: { FAIL_MLFLOW_STATUS: "1" }     # HE-15
            #     reset-raises: { FAIL_RESET: "1" }                     # HE-17
            #     without-metrics-library: { DISABLE_PROMETHEUS: "1" }  # HE-20

            """
    }

    private static let suites = """
        # Test suites of your own, each a check SUITE-NAME.
        # suites:
        #   - name: unit
        #     working_directory: ../platform
        #     command: [python3, -m, pytest, -v, --junitxml=junit.xml]
        #     setup: [pip, install, -r, requirements.txt]    # once before it
        #     interpreter: python3
        #     minimum_version: "3.8"
        #     junit: junit.xml                               # below working_directory
        #     cobertura: coverage.xml
        #     expected_count: 67                             # fewer that ran are a failure
        #     critical: true                                 # false: its failure ends with 4 instead of 3
        #     deadline: 10m

        # Checks of your own: http, tcp, dns, tls, sql.
        # probes:
        #   - { name: shop, target: "https://shop.example.com/health", conditions: ["json.status == ok", "time < 500ms"] }

        """

    private static let owners = """
        # Who answers for what is found; the hand-off prints it. Areas: \(Owner.areas.joined(separator: ", ")).
        # owners:
        #   database: { name: Data platform, channel: "#data-platform", contact: rota data-platform, escalation: head of data }

        """

    private var rest: String {
        let place = facts.account?.placement
        return """
            # Files in which services write their logs, for the stack trace of a failure; without one the group of aws.log_groups.
            # logs: { api: /var/log/api.log, mlflow: /var/log/mlflow.log }

            # Where --state is s3://bucket/prefix/: how long a dead run keeps the next one waiting, and the key of the encryption.
            # state: { lease: 60s, kms_key: alias/plumbline }

            # The job as a one-off ECS task, started and followed by `plumbline submit --state s3://…`.
            # submit:
            #   task_definition: plumbline                     # its container `plumbline` runs the image; config names its configuration
            #   config: /etc/plumbline/plumbline.yaml
            #   subnets: \(Self.list(place?.subnets ?? ["subnet-1"]))
            #   security_groups: \(Self.list(place?.securityGroups ?? ["sg-1"]))
            #   capacity_providers: { FARGATE_SPOT: 1 }        # else launch_type: FARGATE

            # What the job itself needs to find.
            # requirements: { environment: [HOKUSAI_API_KEY], tools: [psql] }

            # Limits of checks that are stricter here, and failures that somebody has taken on until a day.
            # thresholds: { LD-01.p95_ms: 200 }
            # mutes:
            #   - { check: HE-10, owner: platform, reason: "is being fixed", expires: "2027-01-31" }

            gate: { minimum_coverage: 0 }
            limits:
              parallel_checks: 8
              run_deadline: 60m
              # maximum_age: { load: 10m, database: 1h }       # older results are not reused when a run is taken up again

            """
    }
}
