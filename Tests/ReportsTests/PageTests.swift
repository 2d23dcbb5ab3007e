import Diagnosis
import Formats
import Foundation
import RunModel
import TestSupport
import Testing

@testable import Reports

@Suite struct PageTests {
    private static let path = "reports/report.html"

    @Test("Nothing from outside becomes markup, in any place of the page")
    func escapes() throws {
        let page = try #require(try SampleRun.hostile.files()[Self.path])
        // What the template itself writes: one style, one script, and no other element that loads or runs anything.
        #expect(page.components(separatedBy: "<script").count == 2)
        #expect(page.components(separatedBy: "<style").count == 2)
        for element in [
            "<img", "<iframe", "<object", "<embed", "<link", "<base", "javascript:x\"", " style=\"", " onclick",
        ] {
            #expect(!page.contains(element), "\(element)")
        }
        for hidden in ["\u{202E}", "\u{0}", "\u{7}", "\u{1B}"] { #expect(!page.contains(hidden)) }
        #expect(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"))
    }

    @Test(
        "The policy names the hashes of the style and the script that stand in the page", arguments: SampleRun.allCases)
    func namesHashes(run: SampleRun) throws {
        let page = try #require(try run.files()[Self.path])
        for (element, directive) in [("style", "style-src"), ("script", "script-src")] {
            let start = try #require(page.firstRange(of: "<\(element)>"))
            let end = try #require(page.firstRange(of: "</\(element)>"))
            let text = String(page[start.upperBound..<end.lowerBound])
            #expect(page.contains("\(directive) 'sha256-\(SourceHash.of(text))'"))
        }
        #expect(page.contains("default-src 'none'"))
    }

    @Test("Every link within the page leads somewhere, and every name is there once", arguments: SampleRun.allCases)
    func linksLead(run: SampleRun) throws {
        let page = try #require(try run.files()[Self.path])
        let names = page.matches(of: #/ id="([^"]+)"/#).map { String($0.1) }
        #expect(Set(names).count == names.count)
        let missing = Set(page.matches(of: #/href="#([^"]+)"/#).map { String($0.1) }).subtracting(names)
        #expect(missing == [])
    }

    @Test(
        "Every check of the run stands in the page with its status, its message and its evidence",
        arguments: SampleRun.allCases)
    func holdsChecks(run: SampleRun) throws {
        let page = try #require(try run.files()[Self.path])
        for entry in run.record.plan.entries {
            #expect(page.contains("id=\"check-\(entry.descriptor.id)\""))
        }
        for result in run.record.results.values {
            #expect(page.contains(PageText.escaped(result.outcome.message)), "\(result.id)")
            for piece in result.evidence { #expect(page.contains("href=\"../\(piece.path)\"")) }
        }
    }

    @Test(
        "Kept evidence is shown from its beginning, of what failed more than of what passed, and says what is left out")
    func showsTranscripts() throws {
        let long = [UInt8](String(repeating: "<b>ä", count: 10_000).utf8)
        let set = ReportSet(templates: try Templates())
        let files = try set.files(for: RunRecordFixture.failing, evidence: { _ in long })
        let page = String(decoding: try #require(files[Self.path]), as: UTF8.self)
        #expect(page.contains("&lt;b&gt;ä&lt;b&gt;"))
        #expect(!page.contains("\u{FFFD}"))
        #expect(page.contains("\(long.count - Transcripts.maximumOfTrouble) more bytes"))
    }

    @Test(
        "Text is cut at whole characters and says by how much",
        arguments: [("aää", 2, "a", 4), ("aää", 3, "aä", 2), ("abc", 3, "abc", 0), ("", 0, "", 0), ("👩‍👩‍👧", 4, "👩", 14)])
    func cuts(text: String, limit: Int, kept: String, more: Int) {
        let result = PageText.clipped(text, limit)
        #expect(result.kept == kept)
        #expect(result.more == more)
    }

    @Test("The page says nothing of when the phases ended that make it")
    func leavesOutItsOwnPhases() throws {
        func page(endingAfter seconds: TimeInterval) throws -> String? {
            var record = RunRecordFixture.failing
            record.phases.removeAll { $0.phase > .validation }
            for phase in [Phase.documentation, .handOff] {
                record.phases.append(
                    PhaseRecord(
                        phase: phase, startedAt: record.lastActivity,
                        finishedAt: record.lastActivity.addingTimeInterval(seconds)))
            }
            return try ReportSet(templates: try Templates()).files(for: record)[Self.path]
                .map { String(decoding: $0, as: UTF8.self) }
        }
        #expect(try page(endingAfter: 0) == page(endingAfter: 7))
    }

    /// With `PLUMBLINE_PAGES` naming a directory, the pages that `ci/report-page` opens in a browser are written there.
    @Test("A page grows with its checks and no faster")
    func growsEvenly() throws {
        let thousand = try page(checks: 1000)
        let twoThousand = try page(checks: 2000)
        // The numbers themselves become longer.
        #expect(twoThousand.utf8.count < thousand.utf8.count * 21 / 10)
        guard let directory = ProcessInfo.processInfo.environment["PLUMBLINE_PAGES"] else { return }
        for run in SampleRun.allCases { try write(try #require(try run.files()[Self.path]), run.rawValue, directory) }
        try write(try page(checks: 350), "350", directory)
        try write(try page(checks: 10_000), "10000", directory)
    }

    private func write(_ page: String, _ name: String, _ directory: String) throws {
        try Data(page.utf8).write(to: URL(filePath: directory).appending(path: "\(name).html"))
    }

    private func page(checks count: Int) throws -> String {
        var run = RunRecordFixture()
        let categories = RunModel.Category.allCases
        for index in 0..<count {
            let category = categories[index % categories.count]
            let isFailing = index % 20 == 0
            run.add(
                CheckID("CHK-\(index)"), "Check number \(index) holds what it says", category,
                severity: isFailing ? .high : .medium,
                outcome: isFailing
                    ? .failed(.unrecorded, "answer \(index) is wrong", expected: "HTTP 200", got: "HTTP 500")
                    : .passed("200 in \(index % 90) ms, at most 100"),
                metrics: [Metric("http.time", Double(index % 90), .milliseconds, labels: ["endpoint": "/health"])],
                reproduction: "curl -sS http://api.localhost:8001/health")
        }
        let record = run.record
        let document = Document(record: record, assessment: Assessment(of: record), root: "../")
        return String(decoding: try Templates().page(document, evidence: nil, changes: nil), as: UTF8.self)
    }
}
