import AWSChecks
import AWSClient
import ArtifactBundle
import Formats
import Foundation
import HTTPClient
import RunModel
import Secrets
import Settings
import TestSupport
import Testing

@testable import Job

/// The AWS snapshot in the run's directory: kept once, redacted, taken up again, and looked at again offline.
@Suite struct SnapshotFolderTests {
    private static let secret = Secret(name: "api-key", source: .environment("KEY"), value: "fake-value-9f8a7b6c5d")

    /// Answers GetCallerIdentity, with the secret in the user's name.
    private func identityServer() throws -> LoopbackHTTPServer {
        try LoopbackHTTPServer { _ in
            .response(
                body: """
                    <GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/fake-value-9f8a7b6c5d</Arn>\
                    <UserId>U</UserId><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>
                    """)
        }
    }

    private func configuration(_ endpoint: String, more: String = "") throws -> Configuration {
        try JobFixture.configuration("aws:\n  account: '123456789012'\n  endpoint_url: \(endpoint)\n" + more)
    }

    private func snapshot(
        _ items: [AWSItem], in run: RunDirectory, _ configuration: Configuration,
        now: @escaping @Sendable () -> Date = { JobFixture.start }
    ) async throws -> AWSSnapshot {
        let store = AWSSnapshotStore(
            archive: SnapshotFolder(run: run, redactor: Redactor([Self.secret])), maximumAge: .seconds(3600), now: now)
        let runner = try JobFixture.runner(run.url, configuration: configuration)
        let check = ScriptedCheck(JobFixture.descriptor("A-1")) { context in
            _ = try await store.snapshot(of: items, for: context)
            return .passed("")
        }
        let result = try #require(try await runner.run(check, check.descriptor, facts: [:]))
        try #require(result.status == .passed, "\(result.outcome)")
        return try #require(await store.collected)
    }

    private func withRun(_ body: (RunDirectory) async throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            let run = RunDirectory(url: directory.appending(path: "run"))
            try run.create()
            try await body(run)
        }
    }

    /// `environment` of the runner of these tests is empty, so the keys come from the configuration.
    private static let keys = "  access_key_id: ${file:KEYFILE}\n  secret_access_key: ${file:KEYFILE}\n"

    private func keyed(_ endpoint: String, _ run: RunDirectory, more: String = "") throws -> Configuration {
        let file = run.url.deletingLastPathComponent().appending(path: "key")
        try Data("testing-fake-secret".utf8).write(to: file)
        return try configuration(endpoint, more: Self.keys.replacing("KEYFILE", with: file.path) + more)
    }

    @Test("a part is written without secrets, and checks see what a reader of the bundle will see")
    func redacted() async throws {
        let server = try identityServer()
        try await withRun { run in
            let configuration = try keyed(server.url, run)
            let seen = try await snapshot([.identity], in: run, configuration)
            #expect(try seen.identity?.known().arn == "arn:aws:iam::123456789012:user/‹secret:api-key›")
            let text = try String(contentsOf: run.awsDirectory.appending(path: "identity.json"), encoding: .utf8)
            #expect(!text.contains("fake-value") && text.contains("‹secret:api-key›"))
            #expect(!text.contains("services") && !text.contains("secretShapes"), "only its own item: \(text)")
            let expectations = try String(
                contentsOf: run.awsDirectory.appending(path: "expectations.json"), encoding: .utf8)
            #expect(!expectations.contains("testing-fake-secret") && expectations.contains("hokusai-api-staging"))
        }
    }

    @Test("a run that goes on does not ask AWS again, until the snapshot is too old or something else is expected")
    func resumed() async throws {
        let server = try identityServer()
        try await withRun { run in
            let configuration = try keyed(server.url, run)
            let first = try await snapshot([.identity], in: run, configuration)
            #expect(server.requests.count == 1)
            let again = try await snapshot([.identity], in: run, configuration, now: { JobFixture.start + 3000 })
            #expect(server.requests.count == 1)
            #expect(again.takenAt == first.takenAt)
            #expect(try again.identity?.known() == first.identity?.known())
            let later = try await snapshot([.identity], in: run, configuration, now: { JobFixture.start + 3601 })
            #expect(server.requests.count == 2 && later.takenAt == JobFixture.start + 3601)
            let other = try keyed(server.url, run, more: "  cluster: another\n")
            _ = try await snapshot([.identity], in: run, other, now: { JobFixture.start + 3602 })
            #expect(server.requests.count == 3)
        }
    }

    @Test("the change record goes to metrics/changes.json")
    func changes() async throws {
        try await withRun { run in
            let trail = run.url.deletingLastPathComponent().appending(path: "trail")
            try FileManager.default.createDirectory(at: trail, withIntermediateDirectories: true)
            let event = """
                {"Records":[{"eventID":"e1","eventName":"UpdateService","eventSource":"ecs.amazonaws.com",\
                "eventTime":"\(Timestamp.text(JobFixture.start))","userIdentity":{"type":"IAMUser","userName":"sam"},\
                "requestParameters":{"cluster":"hokusai-staging","service":"hokusai-api-staging","desiredCount":0,"note":"fake-value-9f8a7b6c5d"}}]}
                """
            try Data(event.utf8).write(to: trail.appending(path: "one.json"))
            let configuration = try keyed("http://127.0.0.1:1", run, more: "  changes: {trail: \(trail.path)}\n")
            _ = try await snapshot([.changes, .declaredChanges], in: run, configuration)
            let data = try Data(contentsOf: URL(fileURLWithPath: run.changesPath))
            let record = try JSON.decode(ChangeRecord.self, from: data)
            #expect(record.changes.map(\.actor) == ["sam"])
            #expect(record.changes.first?.after["note"] == "‹secret:api-key›")
        }
    }

    // MARK: Looking again

    /// A run whose journal says that the credentials belong to the right account, with the snapshot that says so.
    private func finishedRun(in run: RunDirectory, endpoint: String) async throws {
        let configuration = try keyed(endpoint, run)
        _ = try await snapshot([.identity], in: run, configuration)
        let check = try #require(
            Catalogue.checks(for: configuration).first { $0.descriptor.id == "AWS-STS-01" })
        let passed =
            "the credentials belong to the expected account: 1 looked at (arn:aws:iam::123456789012:user/‹secret:api-key›)"
        let plan = JobFixture.plan([check.descriptor, JobFixture.descriptor("A-1")])
        let journal = try Journal.open(path: run.journalPath, redactor: Redactor([]), now: JobFixture.ticking()).journal
        for event in [
            .runStarted(JobFixture.header(), plan), .phaseStarted(.setup),
            .checkFinished(JobFixture.result("AWS-STS-01", .passed(passed))),
            .phaseFinished(.setup), .phaseStarted(.coreTests), .phaseFinished(.coreTests), .phaseStarted(.validation),
            .checkFinished(JobFixture.result("A-1")), .phaseFinished(.validation), .phaseStarted(.documentation),
            .phaseFinished(.documentation), .phaseStarted(.handOff), .phaseFinished(.handOff),
        ] as [JournalEvent] { try journal.append(event) }
        journal.close()
    }

    @Test("checks over the snapshot are made again offline, and the new bundle says what they say now")
    func recheck() async throws {
        let server = try identityServer()
        try await withRun { run in
            try await finishedRun(in: run, endpoint: server.url)
            let asked = server.requests.count
            let journal = try Data(contentsOf: URL(fileURLWithPath: run.journalPath))
            let rendering = Rendering(documents: try DocumentSet(), build: "test")
            let output = run.url.deletingLastPathComponent().appending(path: "out")
            let same = try await rendering.recheckedBundle(of: run, to: output.appending(path: "1"))
            #expect(same.differences == [])
            let unchanged = try await BundleClaims.examine(same.receipt.url.path, rendering: rendering)
            #expect(unchanged.finding == .sound, "\(unchanged.contradictions) \(unchanged.notCompared)")

            // Somebody finds out that another account was meant.
            let file = run.awsDirectory.appending(path: "expectations.json")
            let text = try String(contentsOf: file, encoding: .utf8)
            try Data(text.replacing("\"account\" : \"123456789012\"", with: "\"account\" : \"1\"").utf8).write(to: file)
            let other = try await rendering.recheckedBundle(of: run, to: output.appending(path: "2"))
            #expect(other.differences.map(\.check) == ["AWS-STS-01"])
            #expect(other.differences.first?.after.status == .failed)
            let claims = try await BundleClaims.examine(other.receipt.url.path, rendering: rendering)
            #expect(claims.finding == .sound && claims.missingPhases == [], "\(claims.contradictions)")
            #expect(claims.verdict?.exitCode == 3)
            // From the bundle itself, too.
            let third = try await rendering.recheckedBundle(
                ofBundle: other.receipt.url.path, to: output.appending(path: "3"))
            #expect(third.differences == [])

            #expect(server.requests.count == asked, "AWS was asked")
            #expect(try Data(contentsOf: URL(fileURLWithPath: run.journalPath)) == journal, "the run itself changed")
        }
    }

    @Test("a run that kept no snapshot says so")
    func nothingKept() async throws {
        try await withRun { run in
            let plan = JobFixture.plan([JobFixture.descriptor("A-1")])
            let journal = try Journal.open(path: run.journalPath, redactor: Redactor([]), now: JobFixture.ticking())
                .journal
            try journal.append(.runStarted(JobFixture.header(), plan))
            journal.close()
            await #expect(throws: SnapshotProblem.self) {
                try await Rendering(documents: try DocumentSet(), build: "test")
                    .recheckedBundle(of: run, to: run.url.deletingLastPathComponent().appending(path: "out"))
            }
        }
    }
}
