import Formats
import Foundation
import RunModel
import Secrets
import TestSupport
import Testing

@testable import Job

@Suite struct JournalTests {
    static let events: [JournalEvent] = [
        .runStarted(
            JobFixture.header(), JobFixture.plan([JobFixture.descriptor("A-1"), JobFixture.descriptor("A-2")])),
        .phaseStarted(.setup), .checkStarted("A-1"), .checkFinished(JobFixture.result("A-1")), .phaseFinished(.setup),
        .runResumed(plan: JobFixture.plan([JobFixture.descriptor("A-1")]), dropped: ["A-1": ["age 2 h"]]),
        .checkFinished(JobFixture.result("A-1", .failed(.unrecorded, "m", expected: "e", got: "g\n\u{0}\u{2028}"))),
        .checkFinished(JobFixture.fullResult),
        .questionAnswered(
            AskedQuestion(
                "q", between: FailureMode.allCases.map { Cause(.api, $0, about: .mlflow) },
                result: JobFixture.result("ASK-01"))),
        .undoState(["proxy mlflow: refused"]), .interrupted(.terminated),
        .runFinished(Verdict(of: RunRecordFixture.passing)),
    ]

    private func write(_ events: [JournalEvent], to path: String, redactor: Redactor = Redactor([])) throws {
        let journal = try Journal.open(path: path, redactor: redactor, now: JobFixture.ticking()).journal
        for event in events { try journal.append(event) }
        journal.close()
    }

    private func bytes(of events: [JournalEvent] = JournalTests.events) async throws -> [UInt8] {
        try await withTemporaryDirectory { directory in
            let path = directory.appending(path: "journal.jsonl").path
            try write(events, to: path)
            return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        }
    }

    @Test("what is written is what is read, in order, each on a line of its own")
    func roundTrip() async throws {
        let bytes = try await bytes()
        #expect(bytes.filter { $0 == 0x0A }.count == Self.events.count)
        let contents = try JournalFormat.read(bytes, path: "j")
        #expect(contents.entries.map(\.event) == Self.events)
        #expect(contents.entries.map(\.seq) == Array(1...Self.events.count))
        #expect(contents.tornBytes == 0 && contents.wholeBytes == bytes.count)
    }

    @Test("a last line that was cut off at any byte is left out, and everything before it is kept")
    func tornTail() async throws {
        let bytes = try await bytes()
        let lastLine = (bytes.dropLast().lastIndex(of: 0x0A) ?? -1) + 1
        for end in lastLine..<bytes.count {
            let contents = try JournalFormat.read(Array(bytes[..<end]), path: "j")
            #expect(contents.entries.count == Self.events.count - 1)
            #expect(contents.tornBytes == end - lastLine)
        }
    }

    @Test("a torn line is cut off when the journal is opened, and the journal goes on where it was whole")
    func goesOn() async throws {
        let bytes = try await bytes()
        try await withTemporaryDirectory { directory in
            let path = directory.appending(path: "journal.jsonl").path
            try Data(bytes.dropLast(7)).write(to: URL(fileURLWithPath: path))
            let (journal, entries, torn) = try Journal.open(
                path: path, redactor: Redactor([]), now: JobFixture.ticking())
            #expect(entries.count == Self.events.count - 1)
            #expect(torn > 0)
            #expect(try journal.append(.interrupted(.deadline)).seq == Self.events.count)
            journal.close()
            let read = try Journal.entries(path: path)
            #expect(read.count == Self.events.count)
            #expect(read.last?.event == .interrupted(.deadline))
        }
    }

    @Test("a flipped byte at any place of a line that is not the last is refused, and the file is left as it is")
    func flippedByte() async throws {
        let bytes = try await bytes(of: [.phaseStarted(.setup), .checkStarted("A-1"), .phaseFinished(.setup)])
        let lines = bytes.indices.filter { bytes[$0] == 0x0A }
        for position in (lines[0] + 1)...lines[1] {
            for mask: UInt8 in [0x01, 0x20, 0x80] {
                var damaged = bytes
                damaged[position] ^= mask
                #expect(throws: JournalError.self, "position \(position), mask \(mask)") {
                    try JournalFormat.read(damaged, path: "j")
                }
            }
        }
    }

    @Test("damage is reported with its line, and opening changes nothing")
    func damageIsReported() async throws {
        var bytes = try await bytes()
        bytes[bytes.count / 2] ^= 1
        let line = bytes[..<(bytes.count / 2)].filter { $0 == 0x0A }.count + 1
        try await withTemporaryDirectory { directory in
            let path = directory.appending(path: "journal.jsonl").path
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            do {
                _ = try Journal.open(path: path, redactor: Redactor([]), now: { JobFixture.start })
                Issue.record("a damaged journal was opened")
            } catch {
                #expect("\(error)".contains("damaged at line \(line):"))
                #expect("\(error)".contains("--resume never"))
            }
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data(bytes))
        }
    }

    @Test("lines that are swapped, missing, doubled or from another journal are refused")
    func lineOrder() async throws {
        func lines(_ bytes: [UInt8]) -> [[UInt8]] { bytes.split(separator: 0x0A).map { Array($0) + [0x0A] } }
        let own = lines(try await bytes())
        let other = lines(
            try await bytes(of: [.phaseStarted(.coreTests), .phaseStarted(.validation), .phaseStarted(.setup)]))
        var swapped = own
        swapped.swapAt(2, 3)
        var missing = own
        missing.remove(at: 4)
        var headless = own
        headless.removeFirst()
        let doubled = own[..<3] + [own[2]] + own[3...]
        let foreign = own[..<2] + [other[2]] + own[3...]
        for (name, lines) in [
            ("swapped", swapped), ("missing", missing), ("headless", headless), ("doubled", Array(doubled)),
            ("foreign", Array(foreign)),
        ] {
            #expect(throws: JournalError.self, "\(name)") { try JournalFormat.read(lines.flatMap(\.self), path: "j") }
        }
    }

    @Test("an event that this version does not know is refused although its checksum fits")
    func unknownEvent() throws {
        let body = #"{"at":"2026-01-01T00:00:00.000Z","event":{"kind":"teleported"},"seq":1}"#
        let sum = Digest.sha256Hex(of: body).prefix(32)
        let line = body.dropLast() + ",\"sum\":\"\(sum)\"}\n"
        #expect(throws: JournalError.self) { try JournalFormat.read(Array(String(line).utf8), path: "j") }
        let known = body.replacing("teleported", with: "undo-state").replacing("\"}", with: "\",\"open\":[]}")
        let fits = known.dropLast() + ",\"sum\":\"\(Digest.sha256Hex(of: known).prefix(32))\"}\n"
        #expect(try JournalFormat.read(Array(String(fits).utf8), path: "j").entries.count == 1)
    }

    @Test("a journal that does not begin with the start of a run makes no record")
    func headless() async throws {
        let bytes = try await bytes(of: [.phaseStarted(.setup)])
        let entries = try JournalFormat.read(bytes, path: "j").entries
        for incomplete in [entries, []] {
            let error = #expect(throws: JournalError.self) { try RunRecord(incomplete, path: "j") }
            guard case .headless(path: "j")? = error else {
                Issue.record("another error: \(String(describing: error))")
                continue
            }
        }
    }

    @Test("secrets are masked in every field, and nothing that a target sends can break a line")
    func redaction() async throws {
        let secret = Secret(name: "db", source: .environment("P"), value: "sword\"fish\\1")
        let hostile = [
            "sword\"fish\\1", "-----BEGIN RSA PRIVATE KEY-----", "{\"x\":\"sword\\\"fish\\\\1\"}", "\u{0}\u{1F}\u{7F}",
            "-----END RSA PRIVATE KEY-----",
        ]
        let results = hostile.enumerated().map { index, text in
            CheckResult(
                id: CheckID("H-\(index)"), outcome: .failed(.unrecorded, text, expected: text, got: text),
                startedAt: JobFixture.start, duration: .zero,
                evidence: [EvidenceReference(title: text, sha256: "00", fileExtension: "txt", size: 1)],
                facts: [FactName(rawValue: text): text], reproduction: text)
        }
        try await withTemporaryDirectory { directory in
            let path = directory.appending(path: "journal.jsonl").path
            try write(results.map(JournalEvent.checkFinished), to: path, redactor: Redactor([secret]))
            let text = try String(contentsOfFile: path, encoding: .utf8)
            #expect(Redactor([secret]).leaks(in: Array(text.utf8)).isEmpty)
            let read = try Journal.entries(path: path)
            #expect(read.count == results.count)
            guard case .checkFinished(let first)? = read.first?.event else {
                Issue.record("another event came back")
                return
            }
            #expect(first.outcome == .failed(.unrecorded, "‹secret:db›", expected: "‹secret:db›", got: "‹secret:db›"))
            #expect(first.facts == [FactName(rawValue: "‹secret:db›"): "‹secret:db›"])
        }
    }

    @Test("when the disk is full the journal says so, keeps its whole lines, and takes nothing more")
    func fullDisk() async throws {
        try await withFullFileSystem { directory in
            let path = directory.appending(path: "journal.jsonl").path
            let journal = try Journal.open(path: path, redactor: Redactor([]), now: JobFixture.ticking()).journal
            let large = JournalEvent.checkFinished(
                JobFixture.result("A-1", .passed(String(repeating: "x", count: 30_000))))
            var written = 0
            var failure: (any Error)?
            while failure == nil, written < 100 {
                do {
                    try journal.append(large)
                    written += 1
                } catch { failure = error }
            }
            #expect(written > 0 && written < 100)
            #expect(String(describing: failure).contains("No space left on device"))
            // A short line would fit; after a line was lost it must not hide that.
            let error = #expect(throws: JournalError.self) { try journal.append(.phaseFinished(.setup)) }
            guard case .unwritable? = error else {
                Issue.record("another error: \(String(describing: error))")
                return
            }
            journal.close()
            #expect(try Journal.entries(path: path).count == written)
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)).last == 0x0A)
        }
    }

    /// A file system of 128 KiB, mounted for the closure.
    private func withFullFileSystem(_ body: (URL) async throws -> Void) async throws {
        guard geteuid() == 0 else {
            // A file size limit would kill the process; without root no small file system can be had.
            try await withTemporaryDirectory { directory in
                let path = directory.appending(path: "full")
                try FileManager.default.createSymbolicLink(atPath: path.path, withDestinationPath: "/dev/full")
                let journal = try Journal.open(path: path.path, redactor: Redactor([]), now: { JobFixture.start })
                    .journal
                #expect(throws: JournalError.self) { try journal.append(.phaseStarted(.setup)) }
            }
            return
        }
        try await withTemporaryDirectory { directory in
            try ServerProcess.run(["mount", "-t", "tmpfs", "-o", "size=128k", "plumbline-test", directory.path])
            defer { _ = try? ServerProcess.run(["umount", directory.path]) }
            try await body(directory)
        }
    }

    @Test("a run that goes on forgets what it dropped, and a phase with checks to come has not ended")
    func resumedRecord() throws {
        let plan = JobFixture.plan([
            JobFixture.descriptor("A-1", .environment, .setup), JobFixture.descriptor("B-1"),
            JobFixture.descriptor("B-2"),
        ])
        let events: [JournalEvent] = [
            .runStarted(JobFixture.header(), plan), .phaseStarted(.setup), .checkFinished(JobFixture.result("A-1")),
            .phaseFinished(.setup), .phaseStarted(.validation), .checkFinished(JobFixture.result("B-1")),
            .checkFinished(JobFixture.result("B-2")), .phaseFinished(.validation), .phaseStarted(.documentation),
            .phaseFinished(.documentation), .interrupted(.deadline),
            .runResumed(plan: plan, dropped: ["B-2": ["age 2 h"]]),
        ]
        let entries = events.enumerated().map { JournalEntry(seq: $0 + 1, at: JobFixture.start, event: $1) }
        let record = try RunRecord(entries, path: "j")
        #expect(record.results.keys.sorted() == ["A-1", "B-1"])
        #expect(record.interruption == nil && record.resumes.count == 1)
        #expect(record.phases.map(\.phase) == [.setup])
        #expect(record.missingPhases.contains(.validation))
        #expect(Verdict(of: record).exitCode == 5)
    }
}
