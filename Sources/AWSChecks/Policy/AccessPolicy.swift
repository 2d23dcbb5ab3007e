import Formats
import RunModel
import Settings

/// The least that an identity must be allowed for a selection of checks.
public struct AccessPolicy: Hashable, Sendable {
    public struct Statement: Hashable, Sendable {
        public var name: String
        public var actions: [String]
        public var resources: [String]
        /// The services that may use the actions for the identity (`kms:ViaService`); empty where it calls them itself.
        public var viaServices: [String] = []
        /// The prefixes below which keys may be listed (`s3:prefix`); empty where the condition does not apply.
        public var prefixes: [String] = []

        public init(
            name: String, actions: [String], resources: [String], viaServices: [String] = [], prefixes: [String] = []
        ) {
            self.name = name
            self.actions = actions
            self.resources = resources
            self.viaServices = viaServices
            self.prefixes = prefixes
        }

        /// As IAM writes it: operator, key, values.
        fileprivate var condition: (test: String, variable: String, values: [String])? {
            if !viaServices.isEmpty { return ("StringEquals", "kms:ViaService", viaServices) }
            if !prefixes.isEmpty { return ("StringLike", "s3:prefix", prefixes) }
            return nil
        }
    }

    public var statements: [Statement]

    /// Every action that is called, sorted; not those that AWS carries out for one that is.
    public var actions: [String] {
        Set(statements.filter(\.viaServices.isEmpty).flatMap(\.actions)).sorted()
    }

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
        var draft = AccessPolicyDraft(wanted, settings: settings, account: settings.account ?? known ?? "*")
        draft.limitTrail()
        // Without a configured cache none of its calls is made.
        if settings.cacheCluster == nil { draft.drop { $0.hasPrefix("elasticache:") } }
        draft.limitBuckets()
        draft.limitSecrets(referenced: referenced)
        draft.limitResources()
        if let task { draft.allowLaunching(task) }
        if breaksTasks { draft.allowBreaking() }
        statements = draft.statements
    }

    /// Secrets that the configuration itself is resolved from.
    private static func referencedSecrets(_ configuration: Configuration) -> [String] {
        configuration.secrets.compactMap { secret in
            if case .secretsManager(let id, _) = secret.source { return id }
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
            var Condition: [String: [String: [String]]]?
        }
        var Version = "2012-10-17"
        var Statement: [Statement]
    }

    /// The policy as IAM takes it.
    public func json() throws -> String {
        let document = Document(
            Statement: statements.map { statement in
                .init(
                    Sid: statement.name, Action: statement.actions, Resource: statement.resources,
                    Condition: statement.condition.map { [$0.test: [$0.variable: $0.values]] })
            })
        return String(decoding: try JSON.prettyData(document), as: UTF8.self)
    }

    /// The same as a Terraform data source, in the form of `terraform fmt`.
    public var terraform: String {
        let blocks = statements.map(Self.block).joined(separator: "\n")
        return "data \"aws_iam_policy_document\" \"plumbline\" {\n\(blocks)}\n"
    }

    private static func block(_ statement: Statement) -> String {
        var lines = ["  statement {", "    sid = \(quoted(statement.name))", ""]
        lines += list("actions", statement.actions, indent: "    ") + [""]
        lines += list("resources", statement.resources, indent: "    ")
        if let condition = statement.condition {
            lines += [
                "", "    condition {", "      test     = \(quoted(condition.test))",
                "      variable = \(quoted(condition.variable))", "",
            ]
            lines += list("values", condition.values, indent: "      ") + ["    }"]
        }
        return (lines + ["  }", ""]).joined(separator: "\n")
    }

    private static func list(_ name: String, _ values: [String], indent: String) -> [String] {
        ["\(indent)\(name) = ["] + values.map { "\(indent)  \(quoted($0))," } + ["\(indent)]"]
    }

    /// A quoted template of HCL; `${` and `%{` would begin an expression in it.
    private static func quoted(_ text: String) -> String {
        let plain = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        return "\"" + plain.replacing("${", with: "$${").replacing("%{", with: "%%{") + "\""
    }
}
