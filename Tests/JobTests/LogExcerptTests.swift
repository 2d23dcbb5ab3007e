import ArtifactBundle
import Formats
import Foundation
import RunModel
import Secrets
import TestSupport
import Testing

@testable import Job

@Suite struct LogExcerptTests {
    private static let limit = 4000
    private static let lines = (0..<200).map { "{\"message\":\"line \($0) of a long log\"}\n" }

    private func run(in directory: URL, log: String) throws -> RunDirectory {
        let run = RunDirectory(url: directory.appending(path: "run"))
        try run.create()
        try Data(log.utf8).write(to: URL(fileURLWithPath: run.logPath))
        return run
    }

    private func excerpts(of run: RunDirectory) throws -> [String: LogExcerpt.Cut] {
        try run.takeExcerpts(limit: Self.limit, redactor: Redactor([]), now: JobFixture.start)
    }

    @Test("an excerpt is the first and last whole lines, and a line between them that says how much is missing")
    func excerpt() async throws {
        try await withTemporaryDirectory { directory in
            let whole = Self.lines.joined()
            let run = try run(in: directory, log: whole)
            let cut = try #require(try excerpts(of: run)["logs/plumbline.jsonl"])
            let text = try String(contentsOf: run.bundled("logs/plumbline.jsonl"), encoding: .utf8)
            let shown = text.split(separator: "\n").map { $0 + "\n" }
            let mark = try #require(shown.firstIndex { $0.contains("left out") })
            #expect(shown[..<mark].map(String.init) == Array(Self.lines.prefix(mark)))
            let tail = shown[(mark + 1)...].map(String.init)
            #expect(tail == Array(Self.lines.suffix(tail.count)) && !tail.isEmpty && mark > 0)
            let kept = shown.map(\.utf8.count).reduce(0, +) - shown[mark].utf8.count
            #expect(cut == LogExcerpt.Cut(whole: whole.utf8.count, leftOut: whole.utf8.count - kept))
            #expect(kept <= Self.limit)
            let line = try JSON.decode([String: String].self, from: Data(shown[mark].utf8))
            #expect(line["level"] == "warning" && line["message"] == cut.description)
            #expect(try String(contentsOfFile: run.logPath, encoding: .utf8) == whole)
        }
    }

    @Test("a log that is short enough is kept whole, and one line that is longer than an excerpt is left out whole")
    func lengths() async throws {
        try await withTemporaryDirectory { directory in
            let short = try run(in: directory.appending(path: "short"), log: Self.lines.prefix(20).joined())
            #expect(try excerpts(of: short).isEmpty)
            #expect(short.bundled("logs/plumbline.jsonl").path == short.logPath)
            let line = String(repeating: "x", count: Self.limit * 3) + "\n"
            let one = try run(in: directory.appending(path: "one"), log: line)
            #expect(
                try excerpts(of: one)["logs/plumbline.jsonl"]
                    == LogExcerpt.Cut(whole: line.utf8.count, leftOut: line.utf8.count))
        }
    }

    @Test("a bundle with an excerpt is sound and gives the same bytes again; the run that goes on has the whole log")
    func bundle() async throws {
        try await withTemporaryDirectory { directory in
            let run = try run(in: directory, log: Self.lines.joined())
            _ = try excerpts(of: run)
            let journal = try Journal.open(
                path: run.journalPath, redactor: Redactor([]), now: JobFixture.ticking()
            ).journal
            let plan = JobFixture.plan([JobFixture.descriptor("A-1")])
            for event in [.runStarted(JobFixture.header(), plan), .interrupted(.terminated), .undoState([])]
                as [JournalEvent]
            {
                try journal.append(event)
            }
            let verdict = Verdict(of: try Rendering.record(of: run))
            try journal.append(.runFinished(verdict, kept: try run.keptDigests()))
            journal.close()

            let rendering = Rendering(documents: try DocumentSet(), build: "test")
            let first = try await rendering.bundle(of: run, to: directory.appending(path: "one"))
            let claims = try await BundleClaims.examine(first.url.path, rendering: rendering)
            #expect(claims.finding == .sound, "\(claims.contradictions) \(claims.notCompared)")
            let log = try await BundleReader(first.url).bytes(of: "logs/plumbline.jsonl")
            #expect(log.count < Self.limit + 500)
            let again = try await rendering.bundle(ofBundle: first.url.path, to: directory.appending(path: "two"))
            #expect(again.sha256 == first.sha256)

            run.removeExcerpts()
            let whole = try await rendering.bundle(of: run, to: directory.appending(path: "three"))
            #expect(
                try await BundleReader(whole.url).bytes(of: "logs/plumbline.jsonl") == Array(Self.lines.joined().utf8))
        }
    }

    @Test("only a signal cuts the log: whoever waits for the run gets all of it")
    func onlySignals() {
        #expect(Interruption.terminated.isSignal && Interruption.interrupted.isSignal)
        #expect(!Interruption.deadline.isSignal && !Interruption.safety.isSignal)
    }
}
