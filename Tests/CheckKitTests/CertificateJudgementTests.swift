import Foundation
import Testing

@testable import CheckKit
@testable import Sockets

@Suite struct CertificateJudgementTests {
    private static let now = Date(timeIntervalSince1970: 1_790_000_000)

    private func judgement(
        problem: String? = nil, code: Int = 0, days: Double = 90, knowsAuthority: Bool = true, chain: Bool = true
    ) -> CertificateJudgement {
        let leaf = PeerCertificate(
            subject: "/CN=db", issuer: "/CN=authority", notBefore: Self.now,
            notAfter: Self.now.addingTimeInterval(days * 86_400), names: ["db.example"])
        let peer = TLSPeer(
            version: "TLSv1.3", cipher: "any", chain: chain ? [leaf] : [], problem: problem, verification: code)
        return CertificateJudgement(
            owner: "db.example", component: .database, peer: peer, knowsAuthority: knowsAuthority)
    }

    @Test("A trusted certificate has no problem, and its days are whole ones") func trusted() {
        #expect(judgement().problem() == nil)
        #expect(judgement(days: 8.9).daysLeft(at: Self.now) == 8)
        #expect(judgement(days: -0.1).daysLeft(at: Self.now) == -1)
    }

    @Test("An unknown authority counts only where somebody said which one to trust") func unknownAuthority() {
        let unknown = "unable to get local issuer certificate"
        #expect(judgement(problem: unknown, code: 20).problem()?.status == .failed)
        #expect(judgement(problem: unknown, code: 20, knowsAuthority: false).problem() == nil)
    }

    @Test(
        "Dates and names count whoever signed",
        arguments: [("certificate has expired", 10), ("hostname mismatch", 62), ("IP address mismatch", 64)])
    func others(problem: String, code: Int) {
        let outcome = judgement(problem: problem, code: code, knowsAuthority: false).problem()
        #expect(outcome?.status == .failed)
        #expect(outcome?.message.contains(problem) == true)
    }

    @Test("No certificate at all is a failure") func none() {
        #expect(judgement(chain: false).problem()?.status == .failed)
    }

    @Test("An end within the limit is a failure that names the days", arguments: [(29, true), (30, false), (-3, true)])
    func expiry(days: Int, fails: Bool) {
        let outcome = CertificateJudgement.expiry(of: .database, named: "db.example", in: days, limit: 30)
        #expect((outcome?.status == .failed) == fails)
        if fails { #expect(outcome?.message.contains("\(days) days") == true) }
    }
}
