import Formats
import Foundation
import RunModel
import Sockets

/// What the certificate that a server showed is worth: chain, name and dates.
package struct CertificateJudgement: Sendable {
    /// Who showed it: `api.example.com`, `the database`.
    var owner: String
    var component: Component
    var peer: TLSPeer
    /// Whether somebody said which authority to trust. Without that an unknown one proves nothing.
    var knowsAuthority: Bool

    package init(owner: String, component: Component, peer: TLSPeer, knowsAuthority: Bool) {
        self.owner = owner
        self.component = component
        self.peer = peer
        self.knowsAuthority = knowsAuthority
    }

    /// OpenSSL's verification codes for "no chain to a known authority" (`X509_V_ERR_…` 2, 18, 19, 20, 21).
    private static let unknownIssuer: Set<Int> = [2, 18, 19, 20, 21]

    /// `X509_V_ERR_CERT_HAS_EXPIRED` and `X509_V_ERR_HOSTNAME_MISMATCH`.
    private static let defects: [Int: CertificateProblem.Defect] = [10: .expired, 62: .wrongName]

    /// Whole days until the leaf expires, negative after that; nil without a certificate.
    package func daysLeft(at now: Date) -> Int? { peer.chain.first?.daysLeft(at: now) }

    /// Nil when it is to be trusted, else the failure.
    package func problem() -> Outcome? {
        guard let leaf = peer.chain.first else {
            return .failed(
                .certificate(component, at: owner, .missing), "\(owner) shows no certificate",
                expected: "a certificate", got: "none")
        }
        guard let problem = peer.problem, knowsAuthority || !Self.unknownIssuer.contains(peer.verification) else {
            return nil
        }
        let defect: CertificateProblem.Defect = Self.defects[peer.verification] ?? .untrusted
        return .failed(
            .certificate(component, at: owner, defect),
            "the certificate of \(owner) is not to be trusted: \(problem)",
            expected: "a certificate for \(owner), signed by a known authority, within its dates",
            got:
                "\(problem); for \(leaf.names.joined(separator: ", ")), until \(Timestamp.text(leaf.notAfter)), by \(leaf.issuer)"
        )
    }

    /// The failure for an end that is near; nil when there is time.
    package static func expiry(of component: Component, named owner: String, in days: Int, limit: Int) -> Outcome? {
        guard days < limit else { return nil }
        return .failed(
            .certificate(component, at: owner, .expiresSoon),
            "the certificate of \(owner) expires in \(days) days", expected: "at least \(limit) days",
            got: "\(days) days")
    }
}
