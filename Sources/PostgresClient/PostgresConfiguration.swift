import Formats
import Glibc

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
    /// Whether a server that asks for it gets the password in clear, although the connection has no TLS.
    public var allowsCleartextPassword: Bool
    /// What the server's activity view shows for this connection.
    public var applicationName: String
    /// `SET`s sent with the start-up packet, for example `statement_timeout`.
    public var settings: [String: String]

    public init(
        host: String, port: Int = 5432, user: String, password: String? = nil, database: String,
        tls: TLSMode = .prefer, rootCertificates: String? = nil, allowsCleartextPassword: Bool = false,
        applicationName: String = "plumbline",
        settings: [String: String] = [:]
    ) {
        self.host = host
        self.port = port
        self.user = user
        self.password = password
        self.database = database
        self.tls = tls
        self.rootCertificates = rootCertificates
        self.allowsCleartextPassword = allowsCleartextPassword
        self.applicationName = applicationName
        self.settings = settings
    }

    /// The keywords of libpq for one address of the host. Each keyword is given whose default libpq would take from a file
    /// in the user's home directory; its variables are gone (``PostgresEnvironment``).
    func parameters(address: String?) -> [(String, String)] {
        var parameters = [
            ("host", host), ("port", String(port)), ("user", user), ("dbname", database), ("sslmode", tls.rawValue),
            ("application_name", applicationName), ("client_encoding", "UTF8"), ("gssencmode", "disable"),
            ("fallback_application_name", "plumbline"), ("passfile", Self.noFile), ("sslcert", Self.noFile),
            ("sslkey", Self.noFile), ("sslcrl", Self.noFile), ("sslrootcert", trustedCertificates),
        ]
        if let address { parameters.append(("hostaddr", address)) }
        if let password { parameters.append(("password", password)) }
        if !settings.isEmpty {
            let options = settings.sorted { $0.key < $1.key }.map { "-c \($0.key)=\(Self.escaped($0.value))" }
            parameters.append(("options", options.joined(separator: " ")))
        }
        return parameters
    }

    /// A name under which there can be no file.
    private static let noFile = "/dev/null/none"

    /// What `verify-ca` and `verify-full` trust. The libpq of Debian 12 cannot be told to use the system's.
    private var trustedCertificates: String {
        if let rootCertificates { return rootCertificates }
        guard [.verifyCA, .verifyFull].contains(tls) else { return Self.noFile }
        return Self.systemCertificates.first { access($0, R_OK) == 0 } ?? Self.noFile
    }

    /// Debian and its relatives, Fedora and its relatives, Alpine and others.
    private static let systemCertificates = [
        "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem",
    ]

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
