/// What is wrong with a certificate.
public struct CertificateProblem: Hashable, Sendable, Codable {
    public enum Defect: String, CaseIterable, Sendable, Codable {
        case expired
        case expiresSoon = "expires-soon"
        /// For another name.
        case wrongName = "wrong-name"
        /// No chain to a known authority.
        case untrusted
        case missing
        /// Not issued, revoked, or failed validation.
        case notIssued = "not-issued"
    }

    /// Who shows it.
    public var component: Component
    /// The host, or the name of the certificate.
    public var place: String
    public var defect: Defect

    public init(_ component: Component, at place: String, _ defect: Defect) {
        self.component = component
        self.place = place
        self.defect = defect
    }
}
