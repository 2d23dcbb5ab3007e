import Foundation
import HTTPClient
import RunModel
import Settings
import Testing

@testable import CheckKit

@Suite struct FailureProofTests {
    private let configuration: Configuration

    init() throws {
        configuration = try Configuration.parse(
            "environment: test\nservices:\n  api: http://api.localhost:8001\n", path: "plumbline.yaml", environment: [:]
        )
    }

    private func observe(_ recorder: Recorder, _ method: String, _ path: String, _ status: Int) {
        let request = HTTPRequest(method: method, url: "http://api.localhost:8001" + path)
        recorder.observe(
            request,
            .success(
                HTTPResponse(status: status, url: request.url)),
            configuration)
    }

    private func failed(_ symptom: Symptom) -> Outcome { .failed(symptom, "m", expected: "e", got: "g") }

    private let descriptor = CheckDescriptor(id: "T-1", title: "t", category: .serviceHealth, phase: .validation)

    @Test("The exchange that failed is named, not the last one")
    func namesTheFailedOne() throws {
        let recorder = Recorder()
        observe(recorder, "GET", "/ready", 503)
        observe(recorder, "GET", "/live", 200)
        let proof = FailureProof(
            of: failed(.answer(HTTPAnswer(.api, path: "/ready", status: 503))), recorder.contents, descriptor)
        #expect(proof.reproduction?.contains("/ready") == true)
        let verification = try #require(proof.verification)
        #expect(verification.fault == [.status([503])] && verification.repaired == [.status(Array(200...299))])
    }

    @Test("What the check itself says of a good answer counts more than what follows from the status")
    func judgementCounts() throws {
        let recorder = Recorder()
        recorder.judge(fault: [.exit([0])], repaired: [.status([401])])
        observe(recorder, "GET", "/open", 200)
        recorder.blameLastExchange(HTTPResponse(status: 200, url: "http://api.localhost:8001/open"))
        observe(recorder, "GET", "/live", 200)
        let proof = FailureProof(of: failed(.exposed(Exposure(.api, .access))), recorder.contents, descriptor)
        #expect(proof.verification?.command.contains("/open") == true)
        #expect(proof.verification?.repaired == [.status([401])])
    }

    @Test("A change is never sent again by a script, unless the check calls it harmless")
    func changesNothing() {
        let answer = Symptom.answer(HTTPAnswer(.api, method: "DELETE", path: "/models/1", status: 500))
        let recorder = Recorder()
        observe(recorder, "DELETE", "/models/1", 500)
        #expect(FailureProof(of: failed(answer), recorder.contents, descriptor).verification == nil)
        recorder.judge(fault: [.status([500])], repaired: [.status([404])], isHarmless: true)
        #expect(FailureProof(of: failed(answer), recorder.contents, descriptor).verification != nil)
    }

    @Test("What is answered while something is broken on purpose proves nothing of later")
    func disturbedProvesNothing() {
        let recorder = Recorder()
        recorder.disturb(true)
        observe(recorder, "GET", "/ready", 503)
        recorder.disturb(false)
        let proof = FailureProof(
            of: failed(.answer(HTTPAnswer(.api, path: "/ready", status: 503))), recorder.contents, descriptor)
        #expect(proof.reproduction == nil && proof.verification == nil)
    }

    @Test("A connection that a check provoked on the way is no proof of another failure")
    func provokedFailureIsNoProof() {
        let recorder = Recorder()
        recorder.verify(with: Verification(.psql, "psql", fault: [.exit([2])], repaired: [.exit([0])]))
        #expect(FailureProof(of: failed(.breaker(.reset)), recorder.contents, descriptor).verification == nil)
        let own = Symptom.noConnection(NoConnection(.database, at: "db:5432", .refused))
        #expect(FailureProof(of: failed(own), recorder.contents, descriptor).verification?.tool == .psql)
    }
}
