import Secrets

/// PostgreSQL, as the API uses it (contract §8.2).
public struct DatabaseSettings: Sendable, Hashable {
    public enum TLS: String, Sendable, CaseIterable { case disable, prefer, require, verifyFull = "verify-full" }

    public var host: String
    public var port: Int
    public var user: String
    public var password: Secret?
    /// The primary database.
    public var name: String
    /// The legacy database that the API falls back to; it may not exist.
    public var fallbackName: String?
    public var tls: TLS
    public var caFile: String?
    /// Whether a server that asks for it gets the password in clear, although the connection has no TLS.
    public var allowsCleartextPassword: Bool
    public var connectTimeout: Duration
    public var statementTimeout: Duration

    init(_ section: ConfigurationSection) {
        host = section.host("host")
        port = section.integer("port", default: 5432, in: 1...65535)
        user = section.string("user", default: "mlflow")
        password = section.secret("password", name: "database-password")
        name = section.string("name", default: "mlflow_db")
        fallbackName = section.optionalString("fallback_name")
        tls = section.choice("tls", default: Self.isThisMachine(host) ? .prefer : .require)
        caFile = section.file("ca_file")
        allowsCleartextPassword = section.boolean("cleartext_password", default: false)
        connectTimeout = section.duration("connect_timeout", default: .seconds(10))
        statementTimeout = section.duration("statement_timeout", default: .seconds(10))
        section.finish()
    }

    /// Whether what is sent there crosses no network: the directory of a Unix socket, or the loopback.
    private static func isThisMachine(_ host: String) -> Bool {
        let name = host.lowercased()
        if name.hasPrefix("/") || name == "localhost" || name.hasSuffix(".localhost") || name == "::1" { return true }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        return parts.count == 4 && parts[0] == 127 && !parts.contains(nil)
    }
}

/// Redis. Without this section it counts as disabled, which is no failure.
public struct RedisSettings: Sendable, Hashable {
    public var host: String
    public var port: Int
    public var password: Secret?
    public var usesTLS: Bool
    public var caFile: String?

    init(_ section: ConfigurationSection) {
        host = section.host("host")
        port = section.integer("port", default: 6379, in: 1...65535)
        password = section.secret("password", name: "redis-password")
        usesTLS = section.boolean("tls", default: false)
        caFile = section.file("ca_file")
        section.finish()
    }
}
