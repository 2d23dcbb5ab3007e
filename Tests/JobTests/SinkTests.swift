import AWSChecks
import Foundation
import Logging
import RunModel
import Secrets
import TestSupport
import Testing

@testable import Job
@testable import UndoLog

/// Every way out of the process with a secret on it, and the proof that each of them needs the redactor.
@Suite struct SinkTests {
    private static let canary = "Zq83mVx0-Canary-27TyLw"
    private static let secret = Secret(name: "canary", source: .environment("C"), value: canary)

    /// Sends a text through every writer, into files of a directory.
    private func writeEverything(_ text: String, _ redactor: Redactor, in directory: URL) async throws {
        let run = RunDirectory(url: directory)
        try run.create()
        let log = LogSink(format: .json, level: .critical)
        log.redact(with: redactor)
        try log.append(toFile: run.logPath)
        log.logger("test").info("\(text)", metadata: ["with": "\(text)"])
        log.closeFile()

        let journal = try Journal.open(path: run.journalPath, redactor: redactor, now: JobFixture.ticking()).journal
        try journal.append(.runStarted(JobFixture.header(), JobFixture.plan([JobFixture.descriptor("A-1")])))
        var result = JobFixture.result("A-1", .failed(.unrecorded, text, expected: "a", got: text))
        result.evidence = [
            try EvidenceStore(directory: run.evidenceDirectory, redactor: redactor).store(Evidence("e", text: text))
        ]
        try journal.append(.checkFinished(result))
        journal.close()

        let folder = SnapshotFolder(run: run, redactor: redactor)
        try folder.keep(
            ChangeRecord(
                from: JobFixture.start, to: JobFixture.start,
                changes: [
                    Change(
                        id: "1", origin: .git, kind: .code, at: JobFixture.start, actor: "a", action: text,
                        resources: [])
                ], eventsRead: 0))

        let undo = UndoLog(path: directory.path + "/undo-log.jsonl")
        let change = UndoRecord(
            runID: JobFixture.header().runID, checkID: "A-1", what: text, openedAt: JobFixture.start,
            lease: .seconds(60),
            actions: [.command(.init(arguments: ["stop", text], deadline: .seconds(1)))])
        try redactor.use { try undo.open(change) }
        // As a log of a build that masked nothing would give it.
        let entry = UndoEntry(seq: 1, at: JobFixture.start, event: .opened(change))
        try run.keepUndoHistory([entry], redactor: redactor)

        let record = try Rendering.record(of: RunDirectory(url: directory.appending(path: "raw")))
        try Baseline(record: record, metrics: ["A-1/load.json": Array(text.utf8)]).save(to: run, redactor: redactor)

        try redactor.use {
            let message: RedactedText = "said \(text)"
            try Data(message.text.utf8).write(to: directory.appending(path: "messages.txt"))
        }
        try Data(redactor.redact(json: Array("{\"a\":\"\(text)\"}".utf8), for: .data).bytes)
            .write(to: directory.appending(path: "data.json"))
        try Data(redactor.redact(text, for: .files).text.utf8).write(to: directory.appending(path: "files.html"))
    }

    /// The files, by their path, that show the secret in any form.
    private func finds(_ directory: URL) throws -> Set<String> {
        let scanner = Redactor([Self.secret])
        let names = FileManager.default.enumerator(atPath: directory.path)?.compactMap { $0 as? String } ?? []
        return Set(
            names.filter { name in
                guard !name.hasPrefix("raw/"),
                    let data = FileManager.default.contents(atPath: directory.path + "/" + name)
                else { return false }
                return !scanner.leaks(in: [UInt8](data)).isEmpty
            })
    }

    private func scan(unredacted: Set<Sink>, _ text: String = canary) async throws -> Set<String> {
        try await withTemporaryDirectory { directory in
            // A record that another run left, with other secrets.
            let raw = RunDirectory(url: directory.appending(path: "raw"))
            try raw.create()
            let journal = try Journal.open(path: raw.journalPath, redactor: Redactor([]), now: JobFixture.ticking())
                .journal
            try journal.append(.runStarted(JobFixture.header(), JobFixture.plan([])))
            try journal.append(.undoState([text]))
            journal.close()
            try await writeEverything(text, Redactor([Self.secret], unredacted: unredacted), in: directory)
            return try finds(directory)
        }
    }

    @Test(
        "no writer lets a secret out, in whatever form it comes",
        arguments: [
            canary, Data(canary.utf8).base64EncodedString(), "%5A" + canary.dropFirst(), "\\u005a" + canary.dropFirst(),
        ])
    func closed(text: String) async throws {
        let found = try await scan(unredacted: [], text)
        #expect(found.isEmpty)
    }

    @Test(
        "with the redactor switched off at any single writer the scan finds the secret there", arguments: Sink.allCases)
    func open(sink: Sink) async throws {
        let found = try await scan(unredacted: [sink])
        #expect(found.count == 1, "\(sink): \(found)")
    }

    @Test("as many writers as finds, each in a place of its own")
    func counts() async throws {
        var places: Set<String> = []
        for sink in Sink.allCases { places.formUnion(try await scan(unredacted: [sink])) }
        print("writers: \(Sink.allCases.count), finds: \(places.count)")
        #expect(places.count == Sink.allCases.count)
    }

    @Test("an undo that was written down with a placeholder is performed with the value")
    func recoverable() async throws {
        try await withTemporaryDirectory { directory in
            let redactor = Redactor([Self.secret])
            let mark = directory.path + "/" + "mark"
            let path = directory.path + "/undo.jsonl"
            let record = UndoRecord(
                runID: JobFixture.header().runID, checkID: "A-1", what: "w", openedAt: JobFixture.start,
                lease: .seconds(60),
                actions: [
                    .command(
                        .init(
                            arguments: ["/bin/sh", "-c", "printf %s \"$1\" > \"$2\"", "sh", Self.canary, mark],
                            deadline: .seconds(20)))
                ])
            try redactor.use { try UndoLog(path: path).open(record) }
            let written = try String(contentsOfFile: path, encoding: .utf8)
            #expect(!written.contains(Self.canary) && written.contains("‹secret:canary›"))
            let again = UndoLog(path: path)
            let performer = UndoPerformer(
                transport: NoTransport(), permission: { _ in nil }, secret: { $0 == "canary" ? Self.canary : nil })
            let report = try await UndoReplay(log: again, performer: performer).run(
                .all, by: "test", patience: .seconds(20))
            #expect(report.isComplete)
            #expect(try String(contentsOfFile: mark, encoding: .utf8) == Self.canary)
        }
    }

    private struct NoTransport: FaultTransport {
        func send(
            method: String, url: String, headers: [String: String], body: String?, deadline: Duration
        ) async throws -> (status: Int, body: String) { (500, "") }
    }
}
