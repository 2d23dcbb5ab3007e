import Formats
import RunModel

/// Where the services answer, seen from where Plumbline runs.
public struct ServiceSettings: Sendable, Hashable {
    /// Base URL of the API, through its load balancer (contract §0.3).
    public var api: String?
    /// Base URL of the registry host. The same API behind another name; falls back to `api`.
    public var registry: String?
    /// Base URL of the auth service.
    public var auth: String?
    /// MLflow tracking URI through the API's proxy (contract §3.1); falls back to `registry` + `/api/mlflow`.
    public var mlflow: String?
    /// MLflow itself, where the vantage point reaches it.
    public var mlflowDirect: String?
    /// Private DNS names that must resolve from inside the network (contract §9.4).
    public var discoveryNames: [String]
    /// Fixed addresses for host names, by host name, where DNS does not know them.
    public var resolve: [String: String]
    /// A PEM file with the certificate authority of the services; the system's list when nil.
    public var caFile: String?
    /// Files that begin with the process id of a service on this machine, by service, where Plumbline runs beside it: its
    /// processor time and memory are then read from the kernel.
    public var pidFiles: [String: String]

    init(_ section: ConfigurationSection) {
        api = section.url("api")
        registry = section.url("registry") ?? section.derivedURL("registry", api, from: "services.api")
        auth = section.url("auth")
        mlflow =
            section.url("mlflow")
            ?? section.derivedURL("mlflow", registry.map { $0 + "/api/mlflow" }, from: "services.registry")
        mlflowDirect = section.url("mlflow_direct")
        discoveryNames = section.strings("discovery_names")
        // Looked up by what a URL's host is read as.
        resolve = Dictionary(
            section.dictionary("resolve").map { (NetworkAddress(host: $0).host, NetworkAddress(host: $1).host) }
        ) { $1 }
        caFile = section.file("ca_file")
        pidFiles = section.dictionary("pid_files")
        section.finish()
    }

    /// The base URL of a service; nil for one that is not configured or has none.
    public func url(of service: Service) -> String? {
        switch service {
        case .api: api
        case .registry: registry
        case .auth: auth
        case .mlflow: mlflow
        case .mlflowDirect: mlflowDirect
        case .database, .redis: nil
        }
    }
}

extension ConfigurationSection {
    /// A URL that follows from another one where the file does not say it.
    fileprivate func derivedURL(_ key: String, _ url: String?, from setting: String) -> String? {
        if let url { derive(key, .string(url), from: setting) }
        return url
    }
}

/// The circuit breaker as the deployment is meant to be set (contract §5.1). The defaults are those of the documentation.
public struct BreakerSettings: Sendable, Hashable {
    public var failureThreshold: Int
    public var recoveryTimeout: Duration
    public var maximumRecoveryAttempts: Int
    /// The longest that one check may wait for the live breaker.
    public var patience: Duration

    init(_ section: ConfigurationSection) {
        failureThreshold = section.integer("failure_threshold", default: 5, in: 0...1000)
        recoveryTimeout = section.duration("recovery_timeout", default: .seconds(60))
        maximumRecoveryAttempts = section.integer("max_recovery_attempts", default: 5, in: 0...1000)
        patience = section.duration("patience", default: .seconds(30))
        section.finish()
    }
}
