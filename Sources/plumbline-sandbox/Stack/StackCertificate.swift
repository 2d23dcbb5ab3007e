/// The certificates that every TLS stack has ready, each good or with one fault. A scenario puts another one in force.
enum StackCertificate: String, Sendable, Codable, CaseIterable {
    case good, expiring, expired
    case wrongHost = "wrong-host"
    case selfSigned = "self-signed"

    /// How long it is valid, in days from the start of the stack; below the alarm limit of 30 (contract §9.2) for `expiring`.
    var days: Int {
        switch self {
        case .good, .wrongHost, .selfSigned: 90
        case .expiring: 9
        case .expired: -1
        }
    }

    /// The subject names its kind, so that one can see from outside which certificate is in force.
    var subject: String { "/CN=localhost/OU=\(rawValue)" }

    /// Each host by its name: a wildcard right below a top-level domain counts for nothing (RFC 6125, 6.4.3 and 7.2).
    var names: String {
        self == .wrongHost
            ? "DNS:elsewhere.example"
            : "DNS:localhost,DNS:api.localhost,DNS:registry.localhost,DNS:auth.localhost,IP:127.0.0.1,IP:0:0:0:0:0:0:0:1"
    }

    /// The parts that show one.
    static let parts = [Part.balancer, Part.postgres, Part.redis]
}
