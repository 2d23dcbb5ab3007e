import CheckKit
import Formats
import HTTPClient
import RunModel
import Settings
import UndoLog

extension Configuration {
    /// How all checks speak HTTP.
    public var httpClientConfiguration: HTTPClientConfiguration {
        HTTPClientConfiguration(
            tls: HTTPClientConfiguration.TLS(authorityFile: services.caFile), resolve: services.resolve,
            userAgent: "plumbline/\(RunIdentity.version)")
    }

    /// The value of one of `keys` by the name of its secret. No other secret is ever sent by an undo.
    var keyValue: @Sendable (String) -> String? {
        let keys = keys.values
        return { name in keys.first { $0.name == name }?.reveal() }
    }

    /// What takes back what runs with this configuration change, and nothing else.
    func undoPerformer(environment: [String: String], http: HTTPClient) -> UndoPerformer {
        UndoPerformer(
            transport: http, permission: undoPermission.refusal, secret: keyValue,
            aws: aws?.client(environment: environment, http: http), account: aws?.account,
            commandEnvironment: faults.commandEnvironment)
    }

    var undoPermission: UndoPermission {
        let mlflow = MLflowRoute.allCases.compactMap { route in
            route.trackingURI(services).map { (uri: $0, root: $0 + route.root) }
        }
        return UndoPermission(
            services: Service.overHTTP.compactMap(services.url) + mlflow.map(\.uri), key: keyValue,
            openMLflow: keys["api"] == nil ? mlflow.map(\.root) : [], faultProxyAPI: faults.toxiproxyURL,
            faultProxies: Set(faults.proxies.values),
            faultUpstreams: Dictionary(
                faults.upstreams.compactMap { name, upstream in faults.proxies[name].map { ($0, upstream) } }
            ) { first, _ in first },
            commands: Set(faults.commands.values.map(\.stop)),
            clusters: Set([aws?.cluster, launch?.task?.cluster].compactMap(\.self)),
            ecsServices: Set(faults.ecsServices.values), bucket: aws?.artifactBucket)
    }
}

extension Configuration {
    /// What the commands of remediations leave open, by the name of the variable that stands there.
    var commandNames: [String: String] {
        var names = ["ENVIRONMENT": environment]
        if let aws {
            names["CLUSTER"] = aws.cluster
            names["DB_INSTANCE"] = aws.databaseInstance
            names["NAMESPACE"] = aws.namespace
            for (role, service) in aws.ecsServices { names["\(role.uppercased())_SERVICE"] = service }
        }
        if let database {
            names["DB_HOST"] = database.host
            names["DB_USER"] = database.user
            names["DB_NAME"] = database.name
        }
        return names
    }

    /// The environment variables that secrets come from, in order.
    var secretVariables: [String] {
        Set(
            secrets.compactMap { secret -> String? in
                if case .environment(let name) = secret.source { name } else { nil }
            }
        ).sorted()
    }
}

extension RunOptions {
    /// The options as readers see them in the report.
    var readable: [String: String] {
        var readable: [String: String] = [:]
        if !phases.isEmpty { readable["phases"] = phases.sorted().map(\.name).joined(separator: ",") }
        if !only.isEmpty { readable["only"] = only.joined(separator: ",") }
        if !skip.isEmpty { readable["skip"] = skip.joined(separator: ",") }
        readable["allowed"] =
            allowances.isEmpty ? "reading only" : allowances.map(\.rawValue).sorted().joined(separator: ",")
        readable["config"] = configurationFile
        if retries > 0 { readable["retries"] = "\(retries)" }
        if repeats > 1 { readable["repeat"] = "\(repeats)" }
        return readable
    }
}
