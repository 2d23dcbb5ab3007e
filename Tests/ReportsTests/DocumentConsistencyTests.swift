import Foundation
import RunModel
import Testing

@testable import Reports

@Suite struct DocumentConsistencyTests {
    @Test(
        "Every link of a document leads to a document of the bundle, to evidence, or to a heading",
        arguments: SampleRun.allCases)
    func linksLead(run: SampleRun) throws {
        let files = try run.files()
        let evidence = Set(run.record.results.values.flatMap(\.evidence).map(\.path))
        for (path, text) in files where path.hasSuffix(".md") {
            for target in Self.links(in: text) where target != "#" {
                let parts = target.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
                let file = parts[0].isEmpty ? path : Self.resolved(String(parts[0]), from: path)
                #expect(files[file] != nil || evidence.contains(file), "\(path): \(target) leads nowhere")
                guard parts.count == 2, let document = files[file] else { continue }
                #expect(Self.anchors(in: document).contains(String(parts[1])), "\(path): \(target) has no heading")
            }
        }
    }

    @Test("A number that stands in several documents is the same in all of them", arguments: SampleRun.allCases)
    func numbersAgree(run: SampleRun) throws {
        let files = try run.files()
        let places: [(what: String, pattern: String, documents: [String])] = [
            (
                "coverage", #"[Cc]overage(?:: planned checks that said something \|)? ([\d.]+ %)"#,
                ["SUMMARY", "COMPREHENSIVE_HEALTH_REPORT", "REVIEW_CHECKLIST"]
            ),
            ("planned", #"\*\*planned\*\* \| \*\*(\d+)\*\*"#, ["SUMMARY", "COMPREHENSIVE_HEALTH_REPORT"]),
            (
                "root causes", #"(\d+) root cause|Root causes \| (\d+) root"#,
                ["COMPREHENSIVE_HEALTH_REPORT", "failing_components", "RECOMMENDATIONS", "INFRASTRUCTURE_TEAM_HANDOFF"]
            ),
            (
                "failing", #"(\d+) checks? failing|Failing \| (\d+) check"#,
                ["COMPREHENSIVE_HEALTH_REPORT", "failing_components", "INFRASTRUCTURE_TEAM_HANDOFF"]
            ),
            (
                "working", #"(\d+) checks? of|Working \| (\d+) check"#,
                ["COMPREHENSIVE_HEALTH_REPORT", "working_components"]
            ),
            (
                "tests of the original suite",
                #"(\d+ of \d+)(?:\*\*)? (?:tests of the original suite )?ran|\*\*(\d+ of \d+) ran"#,
                ["COMPREHENSIVE_HEALTH_REPORT", "ORIGINAL_TESTS", "REVIEW_CHECKLIST"]
            ),
            ("evidence", #"(\d+) pieces?"#, ["EVIDENCE_INDEX", "REVIEW_CHECKLIST"]),
            (
                "availability of the API", #"\| API \| \**[a-z ]+\** \| ([^|]+) \|"#,
                ["SUMMARY", "COMPREHENSIVE_HEALTH_REPORT", "working_components"]
            ),
        ]
        for place in places {
            let found = try place.documents.map { name in
                let path = name == "SUMMARY" ? "SUMMARY.md" : "reports/\(name).md"
                return (name, try Self.first(place.pattern, in: try #require(files[path])))
            }
            #expect(found.allSatisfy { $0.1 != nil }, "\(place.what): \(found)")
            #expect(Set(found.map { $0.1 }).count == 1, "\(place.what): \(found)")
        }
    }

    @Test("Statuses add up to what was planned, in every document and table", arguments: SampleRun.allCases)
    func statusesAddUp(run: SampleRun) throws {
        let files = try run.files()
        let summary = try #require(files["SUMMARY.md"])
        let planned = try #require(
            try Self.first(#"\*\*planned\*\* \| \*\*(\d+)\*\*"#, in: summary).flatMap { Int($0) })
        let counted = try Self.all(
            #"\| (?:passed|failed|error|timeout|inconclusive|blocked|skipped|flaky|not run) \| (\d+) \|"#, in: summary)
        #expect(counted.compactMap { Int($0) }.reduce(0, +) == planned)
        let report = try #require(files["reports/COMPREHENSIVE_HEALTH_REPORT.md"])
        let areas = report.split(separator: "\n").drop { $0 != "## Areas" }.dropFirst(3).prefix { $0.hasPrefix("|") }
        let cells = areas.map { row in row.split(separator: "|").compactMap { Int($0.filter { $0 != " " }) } }
        #expect(cells.map { $0[0] }.reduce(0, +) == planned)
        for row in cells { #expect(row[0] == row.dropFirst().reduce(0, +), "\(row)") }
        let lines = try #require(files["reports/results.csv"]).split(separator: "\r\n")
        #expect(lines.count == planned + 1)
    }

    @Test(
        "The checklist gives each document its size, and leaves a reviewer ten boxes at most",
        arguments: SampleRun.allCases)
    func checklistIsShort(run: SampleRun) throws {
        let files = try run.files()
        let checklist = try #require(files["reports/REVIEW_CHECKLIST.md"])
        for (path, text) in files where path != "reports/REVIEW_CHECKLIST.md" {
            let size = "| \(MarkdownText.escaped(path)) | \(Figure.bytes(text.utf8.count)) |"
            #expect(checklist.contains(size), "\(size)")
        }
        #expect(checklist.split(separator: "\n").count { $0.hasPrefix("- [ ]") } <= 10)
    }

    private static func links(in text: String) -> [String] {
        var fence: Substring?
        return text.split(separator: "\n").flatMap { line -> [String] in
            let ticks = line.prefix { $0 == "`" }
            if let open = fence {
                if ticks == line, ticks.count >= open.count { fence = nil }
                return []
            }
            if ticks.count >= 3 {
                fence = ticks
                return []
            }
            return ((try? all(#"(?<!\\)\]\(([^)\s]+)\)"#, in: String(line))) ?? [])
        }
    }

    private static func resolved(_ target: String, from path: String) -> String {
        var folders = path.split(separator: "/").dropLast().map(String.init)
        for part in target.split(separator: "/") {
            if part == ".." { folders = Array(folders.dropLast()) } else { folders.append(String(part)) }
        }
        return folders.joined(separator: "/")
    }

    /// As GitHub makes them of headings.
    private static func anchors(in text: String) -> Set<String> {
        Set(
            text.split(separator: "\n").filter { $0.hasPrefix("#") }.map { line in
                String(
                    line.drop { $0 == "#" }.drop { $0 == " " }.lowercased()
                        .filter { $0.isLetter || $0.isNumber || $0 == " " || $0 == "-" || $0 == "_" }
                        .map { $0 == " " ? "-" : $0 })
            })
    }

    private static func first(_ pattern: String, in text: String) throws -> String? { try all(pattern, in: text).first }

    /// What the groups of a pattern hold, match by match.
    private static func all(_ pattern: String, in text: String) throws -> [String] {
        let expression = try NSRegularExpression(pattern: pattern)
        let whole = NSRange(text.startIndex..., in: text)
        return expression.matches(in: text, range: whole).compactMap { match in
            (1..<match.numberOfRanges).lazy.compactMap { Range(match.range(at: $0), in: text) }.first.map {
                String(text[$0])
            }
        }
    }
}
