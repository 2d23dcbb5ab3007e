import Foundation

/// How a TLS connection is verified.
public struct TLSConfiguration: Sendable, Equatable {
    /// The name asked for (SNI) and compared with the certificate.
    public var serverName: String
    /// A PEM file with the certificates to trust; nil for the system's.
    public var rootCertificates: String?
    /// Whether a certificate that is not trusted ends the connection. What is wrong with it is reported either way.
    public var verifies: Bool

    public init(serverName: String, rootCertificates: String? = nil, verifies: Bool = true) {
        self.serverName = serverName
        self.rootCertificates = rootCertificates
        self.verifies = verifies
    }
}

/// One certificate as the server showed it.
public struct PeerCertificate: Sendable, Equatable, Codable {
    public var subject: String
    public var issuer: String
    public var notBefore: Date
    public var notAfter: Date
    /// DNS names and addresses of the subject's alternative names.
    public var names: [String]

    /// Whole days until it expires, negative after that.
    public func daysLeft(at now: Date) -> Int {
        let days = (notAfter.timeIntervalSince(now) / 86_400).rounded(.down)
        return Int(exactly: days) ?? (days > 0 ? .max : .min)
    }
}

/// What the other side of a TLS connection showed.
public struct TLSPeer: Sendable, Equatable, Codable {
    /// `TLSv1.3`.
    public var version: String
    public var cipher: String
    /// The leaf first.
    public var chain: [PeerCertificate]
    /// Why the certificate is not to be trusted, in OpenSSL's words; nil when it is.
    public var problem: String?
    /// OpenSSL's verification code (`X509_V_ERR_…`), 0 when it is fine.
    public var verification: Int
}
