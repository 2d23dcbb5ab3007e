import Diagnosis
import Foundation
import RunModel
import Synchronization
import TestSupport
import Testing

@testable import Reports

/// The script of a finding, run by bash with curl against the server that the check failed on: 1 while the fault is there, 0 when it
/// is gone, 2 when nothing answers any more.
@Suite struct FindingScriptTests {
    typealias Reply = LoopbackHTTPServer.Reply

    struct Case: CustomTestStringConvertible, Sendable {
        let check: CheckID
        let broken: Reply
        let whole: Reply
        var testDescription: String { check.rawValue }

        init(_ check: CheckID, _ broken: Reply, _ whole: Reply) {
            (self.check, self.broken, self.whole) = (check, broken, whole)
        }
    }

    private static let refused = Reply.json("{\"detail\": \"Invalid or expired API key\"}", status: 401)
    private static let required = Reply.json("{\"detail\": \"API key required\"}", status: 401)
    private static let verdict = Reply.json(
        """
        {"user_id": "u", "key_id": "k", "service_id": "platform", "scopes": [], "rate_limit_per_hour": 10}
        """)

    static let cases = [
        // A value in a good answer, with other white space than the script's.
        Case(
            "SH-05", .json("{\"alive\": false, \"memory_usage_mb\": 1}"),
            .json("{ \"alive\" :\n true, \"memory_usage_mb\": 1 }")),
        // A status.
        Case(
            "SH-12", .json("{}", status: 500), .json("{\"status\": \"healthy\", \"services\": {}}")),
        // A value that must not be there.
        Case("SH-15", .json("{\"git_commit\": \"unknown\"}"), .json("{\"git_commit\": \"4f1d2c3\"}")),
        // A refusal that is promised, and that a broken deployment gives with another reason.
        Case("SH-61", .json("{\"detail\": \"Authentication service error\"}", status: 401), refused),
        Case("SH-61", .json("{\"detail\": \"Authentication service error\"}", status: 503), refused),
        // A header without a value, and a key with quotes in it.
        Case("AU-16", .json("{}"), required),
        Case("AU-26", .json("{}", status: 500), refused),
        // A request with a body that changes nothing, and one with the same name twice in its query.
        Case("ML-06", .json("{}", status: 400), .json("{}", status: 404)),
        Case("ML-07", .json("{}"), .json("{}", status: 400)),
        Case("SH-70", .json("{}"), .json("{}", status: 401)),
        Case("AU-44", .json("{}", status: 500), verdict),
        // Other methods.
        Case("SH-24", .response(200), .response(405)),
        Case("SH-26", .response(401), .response(200)),
    ]

    @Test("A script tells the fault of a check from what the check passes on", arguments: cases)
    func tells(_ item: Case) async throws {
        let isWhole = Atomic(false)
        let server = try LoopbackHTTPServer { _ in isWhole.load(ordering: .relaxed) ? item.whole : item.broken }
        defer { server.stop() }
        let failed = try await CheckOnLoopback.run(item.check, at: server.url)
        try #require(failed.status == .failed, "\(failed.told)")
        let finding = try finding(of: failed)
        #expect(finding.verification.tool == .curl)
        let script = ReproductionScript(finding).text

        let before = try run(script)
        #expect(before.code == 1, "\(before.output)\n\(script)")
        #expect(try run(finding.verification.line).code != 0, "\(finding.verification.line)")
        isWhole.store(true, ordering: .relaxed)
        #expect(try await CheckOnLoopback.run(item.check, at: server.url).status == .passed)
        let after = try run(script)
        #expect(after.code == 0, "\(after.output)\n\(script)")
        let line = try run(finding.verification.line)
        #expect(line.code == 0, "\(line.output)\n\(finding.verification.line)")
        server.stop()
        let silent = try run(script)
        #expect(silent.code == 2, "\(silent.output)\n\(script)")
    }

    /// What no status and no text of an answer shows is left to the check itself.
    @Test(
        "No line calls the answer good that the check failed on",
        arguments: [
            Case("SH-15", .json("{\"version\": \"1\"}"), .json("{}")),
            Case("SH-16", .json("{}"), .json("{}")),
        ])
    func claimsNothing(_ item: Case) async throws {
        let server = try LoopbackHTTPServer { _ in item.broken }
        defer { server.stop() }
        let failed = try await CheckOnLoopback.run(item.check, at: server.url)
        try #require(failed.status == .failed, "\(failed.told)")
        #expect(try finding(of: failed).verification.tool == .plumbline)
    }

    private func finding(of failed: CheckOnLoopback) throws -> FindingRow {
        var fixture = RunRecordFixture()
        let descriptor = failed.descriptor
        fixture.add(descriptor.id, descriptor.title, descriptor.category, outcome: failed.outcome)
        var record = fixture.record
        record.results[descriptor.id]?.verification = failed.proof.verification
        let document = Document(record: record, assessment: Assessment(of: record), root: "../")
        return try #require(document.findings.first { $0.finding.root == descriptor.id })
    }

    private func run(_ script: String) throws -> (code: Int32, output: String) {
        let keys = CheckOnLoopback.keys.map { (name, value) in
            (name == "api" ? "HOKUSAI_API_KEY" : "PLUMBLINE_KEY_\(name.uppercased())", value)
        }
        // Keys of a configuration that names a variable stand under that name.
        let named = CheckOnLoopback.keys.map { ($0.key, $0.value) }
        return try ShellScript.run(script, environment: Dictionary(keys + named) { first, _ in first })
    }
}
