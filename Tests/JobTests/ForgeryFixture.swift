import ArtifactBundle
import Durable
import Formats
import Foundation
import RunModel
import Secrets
import TestSupport
import Testing
import UndoLog

@testable import Job

/// A sound bundle of a run that failed, taken apart so that a test can change anything in it and seal it again as a forger would: with
/// a manifest and a `.sha256` that fit.
struct ForgeryFixture {
    /// By path in the bundle, without the manifest.
    var files: [String: [UInt8]]
    var runID: String
    var environment = "staging"
    var renderer: BundleRenderer

    static let renderer = BundleRenderer(build: "test-build", templates: String(repeating: "0", count: 64))

    private static func rendering() throws -> Rendering {
        Rendering(documents: try DocumentSet(), build: renderer.build)
    }

    /// Makes the run and its bundle as a run does.
    static func make() async throws -> ForgeryFixture {
        try await withTemporaryDirectory { directory in
            let run = RunDirectory(url: directory.appending(path: "run"))
            try run.create()
            let record = try record(keptIn: run)
            try keepFiles(in: run, record)
            let (journal, _, _) = try Journal.open(
                path: run.journalPath, redactor: Redactor([]), now: JobFixture.ticking())
            for event in events(of: record) { try journal.append(event) }
            let soFar = try RunRecord(try Journal.entries(path: run.journalPath), path: run.journalPath)
            try journal.append(.runFinished(Verdict(of: soFar), kept: try run.keptDigests()))
            journal.close()
            let receipt = try await rendering().bundle(of: run, to: directory.appending(path: "out"))
            return try await ForgeryFixture(receipt)
        }
    }

    private init(_ receipt: BundleReceipt) async throws {
        files = [:]
        let reader = BundleReader(receipt.url)
        for entry in receipt.manifest.entries { files[entry.path] = try await reader.bytes(of: entry.path) }
        runID = receipt.manifest.runID
        renderer = try #require(receipt.manifest.renderer)
    }

    /// Packs what is there, with a manifest that fits, and verifies it.
    func claims() async throws -> BundleClaims {
        try await withTemporaryDirectory { directory in
            let url = directory.appending(path: "b.tar.gz")
            _ = try await BundleWriter().write(
                files.map { BundleContent(path: $0.key, bytes: $0.value) }, runID: runID, environment: environment,
                renderer: renderer, to: url)
            return try await BundleClaims.examine(url.path, rendering: try Self.rendering())
        }
    }

    // MARK: What a forger does

    mutating func replace(_ old: String, _ new: String, in path: String) throws {
        let text = String(decoding: try #require(files[path]), as: UTF8.self)
        try #require(text.contains(old), "\(path) does not hold ‘\(old)’")
        files[path] = Array(text.replacing(old, with: new).utf8)
    }

    var evidencePath: String {
        get throws { try #require(files.keys.sorted().first { $0.hasPrefix("evidence/") }) }
    }

    func entries() throws -> [JournalEntry] {
        try JournalFormat.read(try #require(files["journal.jsonl"]), path: "j").entries
    }

    /// Writes the journal anew, with numbers and checksums that fit.
    mutating func rewriteJournal(_ change: (inout [JournalEntry]) throws -> Void) throws {
        var entries = try entries()
        try change(&entries)
        var chain = LineChain()
        var bytes: [UInt8] = []
        for (index, entry) in entries.enumerated() {
            var entry = entry
            entry.seq = index + 1
            let (line, next) = chain.line([UInt8](try JSON.data(entry)))
            bytes += line
            chain = next
        }
        files["journal.jsonl"] = bytes
    }

    /// Lets a failed check have passed, in the journal.
    mutating func rewriteOutcome(of check: CheckID, andVerdict changesVerdict: Bool) throws {
        try rewriteJournal { entries in
            for index in entries.indices {
                if case .checkFinished(var result) = entries[index].event, result.id == check {
                    result.outcome = .passed("fine")
                    entries[index].event = .checkFinished(result)
                }
            }
            guard changesVerdict, case .runFinished(_, let kept) = try #require(entries.last).event else { return }
            let verdict = Verdict(of: try RunRecord(entries, path: "j"))
            entries[entries.count - 1].event = .runFinished(verdict, kept: kept)
        }
    }

    /// Writes the undo log anew, with numbers and checksums that fit.
    mutating func rewriteUndoLog(_ change: (inout [UndoEntry]) -> Void) throws {
        var entries: [UndoEntry] = []
        var chain = LineChain()
        try chain.read(try #require(files["undo.jsonl"])[...], isEnd: true) { body throws(LineDamage) in
            if let entry = try? JSON.decode(UndoEntry.self, from: Data(body)) { entries.append(entry) }
        }
        change(&entries)
        files["undo.jsonl"] = try entries.lines(redactor: Redactor([])).bytes
    }

    /// Makes the last event name what is there now.
    mutating func nameKeptFilesAgain() throws {
        let kept = files.filter { RunDirectory.isKept($0.key) }.mapValues { Digest.sha256Hex(of: $0) }
        try rewriteJournal { entries in
            guard case .runFinished(let verdict, _) = try #require(entries.last).event else { return }
            entries[entries.count - 1].event = .runFinished(verdict, kept: kept)
        }
    }

    /// Makes everything again that follows from the journal, as an honest run would.
    mutating func renderAgain() async throws {
        let before = files
        files = try await withTemporaryDirectory { directory in
            let run = RunDirectory(url: directory.appending(path: "run"))
            try run.create()
            for (path, bytes) in before
            where path == "journal.jsonl" || path.hasPrefix("evidence/") || RunDirectory.isKept(path) {
                let url = run.url.appending(path: path)
                try PrivateFile.makeDirectory(url.deletingLastPathComponent().path)
                try Data(bytes).write(to: url)
            }
            let receipt = try await Self.rendering().bundle(of: run, to: directory.appending(path: "out"))
            return try await ForgeryFixture(receipt).files
        }
    }

    // MARK: The run

    private static func record(keptIn run: RunDirectory) throws -> RunRecord {
        var record = RunRecordFixture.failing
        record.header.build = "test-build"
        let store = EvidenceStore(directory: run.evidenceDirectory, redactor: Redactor([]))
        for (id, text) in [("SH-01", "HTTP/1.1 200 OK"), ("SH-02", "HTTP/1.1 502 Bad Gateway")] {
            record.results[CheckID(id)]?.evidence = [try store.store(Evidence("GET of \(id)", text: text))]
        }
        return record
    }

    private static func events(of record: RunRecord) -> [JournalEvent] {
        var events: [JournalEvent] = [
            .runStarted(record.header, record.plan), .targetIdentified(["api.server": "uvicorn"]),
        ]
        for phase in Phase.allCases where phase <= .validation {
            events.append(.phaseStarted(phase))
            for row in record.rows where row.descriptor.phase == phase {
                events += [.checkStarted(row.descriptor.id), .checkFinished(row.result)]
            }
            events.append(.phaseFinished(phase))
        }
        events.append(.undoState([]))
        for phase in Phase.allCases where phase > .validation {
            events += [.phaseStarted(phase), .phaseFinished(phase)]
        }
        return events
    }

    private static func keepFiles(in run: RunDirectory, _ record: RunRecord) throws {
        func keep(_ text: String, _ path: String) throws {
            let url = run.url.appending(path: path)
            try PrivateFile.makeDirectory(url.deletingLastPathComponent().path)
            try Data(text.utf8).write(to: url)
        }
        try keep(
            "{\"level\":\"info\",\"message\":\"began\"}\n{\"level\":\"info\",\"message\":\"ended\"}\n",
            "logs/plumbline.jsonl")
        try keep("{\"account\":\"123456789012\"}\n", "aws/identity.json")
        try keep("{\"p99\":9.25}\n", "metrics/LAT-01/1.json")
        try keep(#"{"replacements": {"api-key": 3}, "renderings": []}"#, "redaction.json")
        try Baseline(record: RunRecordFixture.passing, metrics: [:]).save(to: run, redactor: Redactor([]))
        let changes = ChangeRecord(from: JobFixture.start, to: JobFixture.start, changes: [], eventsRead: 7)
        try SnapshotFolder(run: run, redactor: Redactor([])).keep(changes)
        let undone = UndoRecord(
            id: "u1", runID: record.header.runID, checkID: "CB-01", what: "proxy mlflow disabled",
            openedAt: JobFixture.start, lease: .seconds(60),
            actions: [
                .http(.init(method: "POST", url: "http://proxy.localhost/proxies/mlflow", expectedStatuses: [200]))
            ])
        let entries = [UndoEvent.opened(undone), .closed(id: "u1", by: "run")].map {
            UndoEntry(seq: 0, at: JobFixture.start, event: $0)
        }
        try DurableFile.write(try entries.lines(redactor: Redactor([])), to: URL(fileURLWithPath: run.undoHistoryPath))
    }
}
