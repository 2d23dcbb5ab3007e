import Formats

/// Where a database is and how to enter it. The password goes to libpq only: no description of this value shows it.
public struct PostgresConfiguration: Sendable, Equatable {
    /// How the connection is encrypted, in libpq's words (PostgreSQL manual, "SSL Support").
    public enum TLSMode: String, Sendable, Codable, CaseIterable {
        case disable, allow, prefer, require
        case verifyCA = "verify-ca"
        case verifyFull = "verify-full"
    }

    /// A name, a numeric address, or the directory of a Unix socket.
    public var host: String
    public var port: Int
    public var user: String
    public var password: String?
    public var database: String
    public var tls: TLSMode
    /// The file with the certificates that `verify-ca` and `verify-full` trust; nil for the system's.
    public var rootCertificates: String?
    /// What the server's activity view shows for this connection.
    public var applicationName: String
    /// `SET`s sent with the start-up packet, for example `statement_timeout`.
    public var settings: [String: String]

    public init(
        host: String, port: Int = 5432, user: String, password: String? = nil, database: String,
        tls: TLSMode = .prefer, rootCertificates: String? = nil, applicationName: String = "plumbline",
        settings: [String: String] = [:]
    ) {
        self.host = host
        self.port = port
        self.user = user
        self.password = password
        self.database = database
        self.tls = tls
        self.rootCertificates = rootCertificates
        self.applicationName = applicationName
        self.settings = settings
    }

    /// The keywords of libpq for one address of the host.
    func parameters(address: String?) -> [(String, String)] {
        var parameters = [
            ("host", host), ("port", String(port)), ("user", user), ("dbname", database), ("sslmode", tls.rawValue),
            ("application_name", applicationName), ("client_encoding", "UTF8"), ("gssencmode", "disable"),
            ("fallback_application_name", "plumbline"),
        ]
        if let address { parameters.append(("hostaddr", address)) }
        if let password { parameters.append(("password", password)) }
        if let rootCertificates { parameters.append(("sslrootcert", rootCertificates)) }
        if !settings.isEmpty {
            let options = settings.sorted { $0.key < $1.key }.map { "-c \($0.key)=\(Self.escaped($0.value))" }
            parameters.append(("options", options.joined(separator: " ")))
        }
        return parameters
    }

    /// Spaces and backslashes of a start-up option are escaped by a backslash.
    private static func escaped(_ value: String) -> String {
        value.replacing("\\", with: "\\\\").replacing(" ", with: "\\ ")
    }
}

extension PostgresConfiguration: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "\(user)@\(NetworkAddress(host: host, port: port))/\(database)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["target": description]) }
}
