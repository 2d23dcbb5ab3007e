import ArtifactBundle
import Formats
import Foundation
import RunModel
import TestSupport
import Testing
import UndoLog

@testable import Job

/// Bundles that somebody changed and sealed again, so that every digest fits.
@Suite struct ForgedBundleTests {
    /// One thing that a forger does, and how it must be named.
    struct Forgery: Sendable, CustomTestStringConvertible {
        let name: String
        let kind: Contradiction.Kind
        /// The entry that is named.
        let path: String
        let forge: @Sendable (inout ForgeryFixture) async throws -> Void

        init(
            _ name: String, _ kind: Contradiction.Kind, _ path: String,
            _ forge: @escaping @Sendable (inout ForgeryFixture) async throws -> Void
        ) {
            self.name = name
            self.kind = kind
            self.path = path
            self.forge = forge
        }

        var testDescription: String { name }
    }

    static let documents: [Forgery] = [
        Forgery("the summary says that all is green", .rendering, "SUMMARY.md") {
            $0.files["SUMMARY.md"] = Array("# All green\n".utf8)
        },
        Forgery("the verdict passes", .rendering, "verdict.json") {
            try $0.replace("\"fail\"", "\"pass\"", in: "verdict.json")
        },
        Forgery("a failure is gone from JUnit's report", .rendering, "reports/junit.xml") {
            try $0.replace("<failure", "<system-out", in: "reports/junit.xml")
        },
        Forgery("a status is another one in the machine-readable results", .rendering, "reports/results.json") {
            try $0.replace("\"failed\"", "\"passed\"", in: "reports/results.json")
        },
        Forgery("a failure passes in the page", .rendering, "reports/report.html") {
            try $0.replace(">failed<", ">passed<", in: "reports/report.html")
        },
        Forgery("a check works in the metrics", .rendering, "reports/openmetrics.txt") {
            try $0.replace("status=\"failed\"} 0", "status=\"failed\"} 1", in: "reports/openmetrics.txt")
        },
        Forgery("the page has a script of somebody else", .rendering, "reports/report.html") {
            try $0.replace("</body>", "<script>alert(1)</script></body>", in: "reports/report.html")
        },
        Forgery("a row is gone from the table of results", .rendering, "reports/results.csv") {
            let lines = String(decoding: $0.files["reports/results.csv"] ?? [], as: UTF8.self).split(separator: "\r\n")
            $0.files["reports/results.csv"] = Array(lines.dropLast().joined(separator: "\r\n").utf8)
        },
        Forgery("the comment for the pull request leaves the causes out", .rendering, "reports/pr-comment.md") {
            $0.files["reports/pr-comment.md"] = Array(($0.files["reports/pr-comment.md"] ?? []).prefix(100))
        },
        Forgery("a space is added to a document", .rendering, "reports/REVIEW_CHECKLIST.md") {
            $0.files["reports/REVIEW_CHECKLIST.md", default: []].append(UInt8(ascii: " "))
        },
        Forgery("a checkpoint says that a check passed", .rendering, "state/3-validation.json") {
            try $0.replace("\"failed\"", "\"passed\"", in: "state/3-validation.json")
        },
        Forgery("the report of what fails is gone", .missing, "reports/failing_components.md") {
            $0.files["reports/failing_components.md"] = nil
        },
        Forgery("a checkpoint is gone", .missing, "state/2-core-tests.json") {
            $0.files["state/2-core-tests.json"] = nil
        },
        Forgery("a report is added", .unaccounted, "reports/APPROVAL.md") {
            $0.files["reports/APPROVAL.md"] = Array("Approved.\n".utf8)
        },
        Forgery("a page is added where a reader begins", .unaccounted, "README.html") {
            $0.files["README.html"] = Array("<h1>All green</h1>".utf8)
        },
        Forgery("the manifest is that of another environment", .run, "manifest.json") { $0.environment = "production" },
        Forgery("the manifest is that of another run", .run, "manifest.json") { $0.runID = "20260101T000000Z-000000" },
    ]

    static let evidence: [Forgery] = [
        Forgery("a piece of evidence is gone", .missing, "evidence/") { $0.files[try $0.evidencePath] = nil },
        Forgery("a piece of evidence is another one under the same name", .evidence, "evidence/") {
            $0.files[try $0.evidencePath] = Array("HTTP/1.1 204 No Content".utf8)
        },
        Forgery("a piece of evidence is another one under its own digest", .missing, "evidence/") {
            $0.files[try $0.evidencePath] = nil
            $0.files["evidence/\(Digest.sha256Hex(of: "HTTP 200")).txt"] = Array("HTTP 200".utf8)
        },
        Forgery("a piece of evidence is added", .unaccounted, "evidence/") {
            $0.files["evidence/\(Digest.sha256Hex(of: "HTTP 200")).txt"] = Array("HTTP 200".utf8)
        },
    ]

    static let journal: [Forgery] = [
        Forgery("the last line of the journal is torn", .journal, "journal.jsonl") {
            $0.files["journal.jsonl"]?.removeLast(40)
        },
        Forgery("only the journal's last newline is gone", .journal, "journal.jsonl") {
            $0.files["journal.jsonl"]?.removeLast()
        },
        Forgery("the last line of the journal is gone", .end, "journal.jsonl") {
            try $0.rewriteJournal { $0.removeLast() }
        },
        Forgery("the journal ends after the core tests", .end, "journal.jsonl") {
            try $0.rewriteJournal { $0.removeLast($0.count / 2) }
        },
        Forgery("a line of the journal is changed", .journal, "journal.jsonl") {
            try $0.replace("Failed to connect", "Managed to connect", in: "journal.jsonl")
        },
        Forgery("two lines of the journal change places", .journal, "journal.jsonl") {
            var lines = ($0.files["journal.jsonl"] ?? []).split(separator: 10).map { Array($0) + [10] }
            lines.swapAt(4, 5)
            $0.files["journal.jsonl"] = lines.flatMap(\.self)
        },
        Forgery("a failed check is taken out of the journal, which is chained again", .rendering, "SUMMARY.md") {
            try $0.rewriteJournal { entries in
                entries.removeAll {
                    if case .checkFinished(let result) = $0.event { result.id == "SH-02" } else { false }
                }
            }
        },
        Forgery("a check ends before its phase begins, the journal chained again", .order, "journal.jsonl") {
            try $0.rewriteJournal { entries in
                let index = try #require(
                    entries.firstIndex {
                        if case .checkFinished(let result) = $0.event { result.id == "SH-02" } else { false }
                    })
                entries.insert(entries.remove(at: index), at: 2)
            }
        },
        Forgery("a check ends a second time, the journal chained again", .order, "journal.jsonl") {
            try $0.rewriteJournal { entries in
                let index = try #require(
                    entries.lastIndex { if case .checkFinished = $0.event { true } else { false } })
                entries.insert(entries[index], at: index)
            }
        },
        Forgery("something comes after the end of the run, the journal chained again", .order, "journal.jsonl") {
            try $0.rewriteJournal { $0.append(JournalEntry(seq: 0, at: JobFixture.start, event: .undoState([]))) }
        },
        Forgery("what is left to undo is not said, the journal chained again", .order, "journal.jsonl") {
            try $0.rewriteJournal { $0.removeAll { if case .undoState = $0.event { true } else { false } } }
        },
        Forgery("a result is another one, the journal chained again", .verdict, "journal.jsonl") {
            try $0.rewriteOutcome(of: "SH-02", andVerdict: false)
        },
        Forgery("result and verdict are others, the journal chained again", .rendering, "SUMMARY.md") {
            try $0.rewriteOutcome(of: "SH-02", andVerdict: true)
        },
        Forgery("the verdict alone is another one, the journal chained again", .verdict, "journal.jsonl") {
            try $0.rewriteJournal { entries in
                guard case .runFinished(_, let kept) = try #require(entries.last).event else { return }
                entries[entries.count - 1].event = .runFinished(Verdict(of: RunRecordFixture.passing), kept: kept)
            }
        },
    ]

    static let kept: [Forgery] = [
        Forgery("a measurement is better", .kept, "metrics/LAT-01/1.json") {
            try $0.replace("9.25", "1.25", in: "metrics/LAT-01/1.json")
        },
        Forgery("the AWS snapshot is of another account", .kept, "aws/identity.json") {
            try $0.replace("123456789012", "210987654321", in: "aws/identity.json")
        },
        Forgery("a line is gone from the log", .kept, "logs/plumbline.jsonl") {
            try $0.replace("{\"level\":\"info\",\"message\":\"ended\"}\n", "", in: "logs/plumbline.jsonl")
        },
        Forgery("the log is gone", .missing, "logs/plumbline.jsonl") { $0.files["logs/plumbline.jsonl"] = nil },
        Forgery("a log is added", .unaccounted, "logs/approval.txt") {
            $0.files["logs/approval.txt"] = Array("approved\n".utf8)
        },
        Forgery("the run is compared with a worse one", .kept, "baseline/record.json") {
            try $0.replace("\"passed\"", "\"failed\"", in: "baseline/record.json")
        },
        Forgery("the change record says that more was read", .kept, "metrics/changes.json") {
            try $0.replace("7", "9", in: "metrics/changes.json")
        },
        Forgery("an AWS item is gone", .missing, "aws/identity.json") { $0.files["aws/identity.json"] = nil },
        Forgery("the counts of what was masked are others", .kept, "redaction.json") {
            try $0.replace("3", "1", in: "redaction.json")
        },
        Forgery("the counts of what was masked are nonsense that the journal names", .redaction, "redaction.json") {
            $0.files["redaction.json"] = Array("[]".utf8)
            try $0.nameKeptFilesAgain()
        },
        Forgery("the undo log is gone", .missing, "undo.jsonl") { $0.files["undo.jsonl"] = nil },
        Forgery("a line of the undo log is changed", .undo, "undo.jsonl") {
            try $0.replace("mlflow", "redis", in: "undo.jsonl")
        },
        Forgery("what was not undone is left out of the journal", .undo, "undo.jsonl") {
            try $0.rewriteUndoLog { $0.removeLast() }
            try $0.nameKeptFilesAgain()
        },
        Forgery("the undo log is that of another run", .undo, "undo.jsonl") {
            try $0.rewriteUndoLog { entries in
                guard case .opened(var record) = entries[0].event else { return }
                record.runID = RunID(rawValue: "20260101T000000Z-000000")
                entries[0].event = .opened(record)
            }
            try $0.nameKeptFilesAgain()
        },
    ]

    @Test("the bundle that is forged below is sound, and says what was compared")
    func honest() async throws {
        let claims = try await ForgeryFixture.make().claims()
        #expect(
            claims.finding == .sound, "\(claims.verification.problems) \(claims.contradictions) \(claims.notCompared)")
        #expect(claims.verdict?.word == .fail)
        #expect(claims.compared.count == 5, "\(claims.compared)")
    }

    @Test(
        "a forged bundle whose digests all fit is named by what is wrong",
        arguments: documents + evidence + journal + kept)
    func named(forgery: Forgery) async throws {
        var fixture = try await ForgeryFixture.make()
        try await forgery.forge(&fixture)
        let claims = try await fixture.claims()
        #expect(
            claims.verification.isSound, "the forger left a digest that does not fit: \(claims.verification.problems)")
        #expect(claims.finding == .notSound)
        #expect(
            claims.contradictions.contains { $0.kind == forgery.kind && $0.path?.hasPrefix(forgery.path) == true },
            "\(claims.contradictions)")
    }

    /// What only says that another build or other templates made it is not held against a bundle, and does not make it sound.
    @Test(
        "what cannot be compared is never called forged, and never sound",
        arguments: [
            Forgery("another build", .rendering, "SUMMARY.md") {
                $0.renderer.build = "0.0.1+elsewhere"
                $0.files["SUMMARY.md"] = Array("# All green\n".utf8)
            },
            Forgery("other templates", .rendering, "SUMMARY.md") {
                $0.renderer.templates = String(repeating: "0", count: 64)
                $0.files["SUMMARY.md"] = Array("# All green\n".utf8)
            },
            Forgery("another build that makes one document more", .rendering, "reports/report.html") {
                $0.renderer.build = "9.9.9+elsewhere"
                $0.files["reports/report.html"] = Array("<p>".utf8)
            },
            Forgery("evidence that is said to hold a secret", .missing, "evidence/") {
                let path = try $0.evidencePath
                $0.files[path] = nil
                $0.files["withheld.json"] = Array(
                    "{\"entries\":[{\"path\":\"\(path)\",\"secrets\":[\"api-key\"]}]}".utf8)
            },
            Forgery("a journal that does not name what was kept", .kept, "metrics/LAT-01/1.json") {
                try $0.replace("9.25", "1.25", in: "metrics/LAT-01/1.json")
                try $0.rewriteJournal { entries in
                    guard case .runFinished(let verdict, _) = try #require(entries.last).event else { return }
                    entries[entries.count - 1].event = .runFinished(verdict)
                }
            },
        ])
    func notCompared(forgery: Forgery) async throws {
        var fixture = try await ForgeryFixture.make()
        try await forgery.forge(&fixture)
        let claims = try await fixture.claims()
        #expect(claims.finding == .notCompared, "\(claims.contradictions)")
        #expect(claims.notCompared.contains { $0.contains(forgery.path) }, "\(claims.notCompared)")
        // All the rest was compared all the same.
        #expect(claims.compared.contains { $0.contains("the same bytes") }, "\(claims.compared)")
    }

    @Test("what another build made to the same byte was compared")
    func otherBuildSameBytes() async throws {
        var fixture = try await ForgeryFixture.make()
        fixture.renderer.build = "0.0.1+elsewhere"
        #expect(try await fixture.claims().finding == .sound)
    }

    @Test("the one forgery that rewrites everything is sound: only a signature could tell")
    func whole() async throws {
        var fixture = try await ForgeryFixture.make()
        try fixture.rewriteOutcome(of: "SH-02", andVerdict: true)
        try fixture.replace("9.25", "1.25", in: "metrics/LAT-01/1.json")
        try fixture.nameKeptFilesAgain()
        try await fixture.renderAgain()
        let claims = try await fixture.claims()
        #expect(claims.finding == .sound, "\(claims.contradictions)")
    }

    @Test("a run that was interrupted says so itself, and its partial bundle is sound")
    func interrupted() async throws {
        var fixture = try await ForgeryFixture.make()
        try fixture.rewriteJournal { entries in
            let kept =
                if case .runFinished(_, let kept) = try #require(entries.last).event { kept } else {
                    nil as [String: String]?
                }
            let end = try #require(entries.firstIndex { $0.event == .phaseStarted(.validation) })
            entries.removeSubrange(end...)
            for event in [JournalEvent.interrupted(.terminated), .undoState([])] {
                entries.append(JournalEntry(seq: 0, at: JobFixture.start, event: event))
            }
            let verdict = Verdict(of: try RunRecord(entries, path: "j"))
            entries.append(JournalEntry(seq: 0, at: JobFixture.start, event: .runFinished(verdict, kept: kept)))
        }
        // What results named that are no more.
        for path in fixture.files.keys where path.hasPrefix("evidence/") { fixture.files[path] = nil }
        try await fixture.renderAgain()
        let claims = try await fixture.claims()
        #expect(claims.finding == .sound, "\(claims.contradictions)")
        #expect(claims.missingPhases.contains(.validation))
        #expect(claims.verdict?.exitCode == 143)
    }
}
