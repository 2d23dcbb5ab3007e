import ArtifactBundle
import Formats
import Foundation
import Glibc
import RunModel
import Secrets
import TestSupport
import Testing

@testable import Job

@Suite struct BundleAssemblyTests {
    /// A run's directory as a run leaves it, with a piece of evidence that a result names and one that none does.
    private func makeRun(in directory: URL) throws -> (RunDirectory, RunRecord) {
        let run = RunDirectory(url: directory.appending(path: "run"))
        try run.create()
        let store = EvidenceStore(directory: run.evidenceDirectory, redactor: Redactor([]))
        var result = JobFixture.result("A-1")
        result.evidence = [try store.store(Evidence("used", text: "used"))]
        _ = try store.store(Evidence("unused", text: "unused"))
        let plan = JobFixture.plan([JobFixture.descriptor("A-1", isCritical: true)])
        let journal = try Journal.open(path: run.journalPath, redactor: Redactor([]), now: JobFixture.ticking()).journal
        for event in [
            .runStarted(JobFixture.header(), plan), .phaseStarted(.setup), .phaseFinished(.setup),
            .phaseStarted(.coreTests), .phaseFinished(.coreTests), .phaseStarted(.validation), .checkFinished(result),
            .phaseFinished(.validation), .undoState([]),
        ] as [JournalEvent] { try journal.append(event) }
        try Data("{\"message\":\"log\"}\n".utf8).write(to: URL(fileURLWithPath: run.logPath))
        let verdict = Verdict(of: try Rendering.record(of: run))
        try journal.append(.runFinished(verdict, kept: try run.keptDigests()))
        journal.close()
        try Data("{}".utf8).write(to: URL(fileURLWithPath: run.deliveryPath))
        try Data("{}".utf8).write(to: run.url.appending(path: "state/1-setup.json"))
        try Data("cut".utf8).write(to: run.metricsDirectory.appending(path: "load.json.partial-17"))
        try Data("planted".utf8).write(to: run.url.appending(path: "README.html"))
        return (run, try Rendering.record(of: run))
    }

    @Test("the same directory gives the same bytes, twice and elsewhere, whatever the times of its files")
    func deterministic() async throws {
        try await withTemporaryDirectory { directory in
            let (run, record) = try makeRun(in: directory)
            let documents = ["verdict.json": try JobFixture.redacted(Verdict(of: record))]
            let assembly = BundleAssembly(
                run: run, record: record, documents: documents, renderer: ForgeryFixture.renderer)
            let first = try await assembly.write(to: directory.appending(path: "one"), redactor: Redactor([]))
            let copy = RunDirectory(url: directory.appending(path: "copy"))
            try FileManager.default.copyItem(at: run.url, to: copy.url)
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSince1970: 1)], ofItemAtPath: copy.journalPath)
            let second = try await BundleAssembly(
                run: copy, record: record, documents: documents, renderer: ForgeryFixture.renderer
            )
            .write(to: directory.appending(path: "two"), redactor: Redactor([]))
            #expect(first.sha256 == second.sha256)
            #expect(try Data(contentsOf: first.url) == Data(contentsOf: second.url))
            #expect(first.url.lastPathComponent == "plumbline-staging-20260203T040506Z-000001.tar.gz")
        }
    }

    @Test("a bundle holds what results name and nothing that is left over, and proves what it says")
    func contents() async throws {
        try await withTemporaryDirectory { directory in
            let (run, _) = try makeRun(in: directory)
            let rendering = Rendering(documents: try DocumentSet(), build: "test")
            let receipt = try await rendering.bundle(of: run, to: directory.appending(path: "out"))
            let claims = try await BundleClaims.examine(receipt.url.path, rendering: rendering)
            #expect(claims.finding == .sound, "\(claims.contradictions) \(claims.notCompared)")
            #expect(claims.verdict?.exitCode == 0)
            let paths = (claims.verification.manifest?.entries.map(\.path) ?? []).filter { !$0.hasPrefix("reports/") }
            #expect(
                paths == [
                    "SUMMARY.md", "evidence/\(Digest.sha256Hex(of: "used")).txt", "journal.jsonl",
                    "logs/plumbline.jsonl", "state/1-setup.json", "state/2-core-tests.json", "state/3-validation.json",
                    "trace.json", "verdict.json",
                ])
        }
    }

    @Test("a disk that gets full while the bundle is written keeps no piece of it; with space the same run is packed")
    func fullDisk() async throws {
        guard geteuid() == 0 else {
            Issue.record("this test mounts a small file system and needs root")
            return
        }
        try await withTemporaryDirectory { directory in
            let (run, record) = try makeRun(in: directory)
            // What no compression makes small.
            var random = SeededGenerator("the log of a full disk")
            let noise = (0..<60_000).map { _ in random.next() }.withUnsafeBytes { Data($0) }
            try noise.write(to: URL(fileURLWithPath: run.logPath))
            let disk = directory.appending(path: "disk")
            try FileManager.default.createDirectory(at: disk, withIntermediateDirectories: true)
            try ServerProcess.run(["mount", "-t", "tmpfs", "-o", "size=128k", "plumbline-test", disk.path])
            defer { _ = try? ServerProcess.run(["umount", disk.path]) }
            let assembly = BundleAssembly(run: run, record: record, documents: [:], renderer: ForgeryFixture.renderer)
            let error = await #expect(throws: BundleError.self) {
                try await assembly.write(to: disk, redactor: Redactor([]))
            }
            #expect(error?.code == .inputOutput)
            #expect(error?.description.contains("No space left on device; free space") == true, "\(error as Any)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: disk.path) == [])
            let receipt = try await assembly.write(to: directory.appending(path: "out"), redactor: Redactor([]))
            #expect(receipt.size > 400_000)
        }
    }

    @Test("a secret in any file keeps that file out of the bundle, which says so by names and not by values")
    func leak() async throws {
        let secret = Secret(name: "db", source: .environment("P"), value: "swordfish")
        for place in ["logs/plumbline.jsonl", "metrics/x.json", "SUMMARY.md"] {
            try await withTemporaryDirectory { directory in
                let (run, record) = try makeRun(in: directory)
                var documents: [String: RedactedBytes] = ["verdict.json": RedactedBytes("{}")]
                let leak = Data("swordfish".utf8).base64EncodedString()
                if place == "SUMMARY.md" {
                    documents[place] = RedactedBytes("key \(leak)")
                } else {
                    try Data(leak.utf8).write(to: run.url.appending(path: place))
                }
                let output = directory.appending(path: "out")
                do {
                    _ = try await BundleAssembly(
                        run: run, record: record, documents: documents, renderer: ForgeryFixture.renderer
                    )
                    .write(to: output, redactor: Redactor([secret]))
                    Issue.record("nobody said that a secret was left out")
                } catch let error as BundleLeak {
                    #expect(error.places == ["\(place): db"])
                    #expect(!"\(error)".contains("swordfish") && !"\(error)".contains(leak))
                    let reader = BundleReader(URL(fileURLWithPath: error.bundle))
                    let verification = try await reader.verification()
                    let paths = verification.manifest?.entries.map(\.path) ?? []
                    #expect(verification.isSound && !paths.contains(place) && paths.contains("journal.jsonl"))
                    let withheld = String(decoding: try await reader.bytes(of: "withheld.json"), as: UTF8.self)
                    #expect(withheld.contains(place) && withheld.contains("db") && !withheld.contains("swordfish"))
                }
            }
        }
    }

    @Test("what a pattern takes for a secret costs the bundle nothing")
    func guess() async throws {
        try await withTemporaryDirectory { directory in
            let (run, record) = try makeRun(in: directory)
            try Data("http://x:y@z hk_live_0123456789abcdef password=hunter22".utf8)
                .write(to: run.url.appending(path: "metrics/x.json"))
            let documents = ["verdict.json": try JobFixture.redacted(Verdict(of: record))]
            let receipt = try await BundleAssembly(
                run: run, record: record, documents: documents, renderer: ForgeryFixture.renderer
            ).write(to: directory.appending(path: "out"), redactor: Redactor([]))
            #expect(try await BundleReader(receipt.url).verification().isSound)
        }
    }

    @Test("lines of the log are masked, stay one line of JSON each, and cannot steer a terminal")
    func log() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory.appending(path: "log.jsonl").path
            let sink = LogSink(format: .json, level: .critical)
            sink.redact(with: Redactor([Secret(name: "db", source: .environment("P"), value: "sword\"fish")]))
            try sink.append(toFile: path)
            var logger = sink.logger("test")
            logger[metadataKey: "run"] = "r"
            logger.info("a sword\"fish\n\u{1B}[31m -----BEGIN PRIVATE KEY-----", metadata: ["check": "sword\"fish"])
            sink.closeFile()
            logger.info("not in the file")
            let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
            #expect(lines.count == 1)
            let line = try JSON.decode(JSONValue.self, from: Data(try #require(lines.first).utf8))
            #expect(line["check"]?.string == "‹secret:db›" && line["run"]?.string == "r")
            #expect(line["message"]?.string == "a ‹secret:db›\n\u{1B}[31m ‹secret:private-key›")
            #expect(TerminalText.safe("a\n\u{1B}[31m\u{202E}b\u{9B}") == "a⏎\u{FFFD}[31m\u{FFFD}b\u{FFFD}")
        }
    }

    @Test("secrets of the environment are known without being configured, unless they are ordinary words")
    func environmentSecrets() {
        let secrets = EnvironmentSecrets.all(in: [
            "AWS_SECRET_ACCESS_KEY": "testing", "LINEAR_API_KEY": "a-long-enough-value", "HOME": "/home/somebody-long",
        ])
        #expect(secrets.map(\.name) == ["linear-api-key"])
    }
}
