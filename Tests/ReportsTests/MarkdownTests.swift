import RunModel
import TestSupport
import Testing

@testable import Reports

@Suite struct MarkdownTests {
    @Test("Tables, code and headings stay whole, whatever the target answers", arguments: SampleRun.allCases)
    func staysWhole(run: SampleRun) throws {
        for (path, text) in try run.files() where path.hasSuffix(".md") {
            #expect(MarkdownLint.faults(in: text) == [], "\(path)")
            #expect(!text.contains("nil"), "\(path)")
            #expect(!text.contains("{{") && !text.contains("\n\n\n"), "\(path)")
        }
    }

    @Test("The lint finds what it is for")
    func lintFinds() {
        #expect(!MarkdownLint.faults(in: "| a | b |\n| - | - |\n| 1 |\n").isEmpty)
        #expect(!MarkdownLint.faults(in: "```\nopen").isEmpty)
        #expect(!MarkdownLint.faults(in: "a <script>").isEmpty)
        #expect(!MarkdownLint.faults(in: "a\u{202E}b").isEmpty)
        #expect(MarkdownLint.faults(in: "| a \\| b | c |\n| - | - |\n").isEmpty)
    }

    @Test(
        "Text from outside opens no markup",
        arguments: [
            ("a|b", "a\\|b"), ("`x`", "\\`x\\`"), ("<b>&", "&lt;b&gt;&amp;"), ("a\nb\r\n\tc", "a b c"),
            ("# h", "\\# h"), ("- x", "\\- x"), ("1. x", "1\\. x"), ("53.3 %", "53.3 %"), ("-64.7", "-64.7"),
            ("---", "\\---"), ("2026-01-01", "2026-01-01"),
            ("snake_case_name", "snake_case_name"), ("_em_", "\\_em\\_"), ("[l](u)", "\\[l\\](u)"),
            ("![i](u)", "\\!\\[i\\](u)"), ("@team", "@\u{200B}team"), ("a\u{202E}b", "a‹U+202E›b"),
            ("\u{1B}[31m", "‹U+001B›\\[31m"), ("**b** ~~s~~", "\\*\\*b\\*\\* \\~\\~s\\~\\~"), ("\\", "\\\\"), ("", ""),
        ])
    func escapes(text: String, expected: String) {
        #expect(MarkdownText.escaped(text) == expected)
    }

    @Test("Code is fenced by more backticks than it holds")
    func fencesCode() {
        #expect(MarkdownText.code("a`b``c") == "```a`b``c```")
        #expect(MarkdownText.code("`a`") == "`` `a` ``")
        #expect(MarkdownText.block("x\n````\ny") == "`````text\nx\n````\ny\n`````")
        #expect(MarkdownText.block("") == "")
    }

    @Test("The verdict and its reason stand in the first lines of the summary")
    func opensWithVerdict() throws {
        let lines = try #require(try SampleRun.failing.files()["SUMMARY.md"]).split(separator: "\n")
        #expect(lines[0] == "# FAIL: staging")
        #expect(lines[1].contains("MLflow is not running (SH-02)"))
    }

    @Test("What fails is told with its error, its time, its reproduction, and what waits behind it")
    func tellsFailure() throws {
        let text = try #require(try SampleRun.failing.files()["reports/failing_components.md"])
        for part in [
            "MLflow is not running", "Failed to connect to MLflow server: Connection refused",
            "2026-02-03T04:05:09.", "curl -sS -H \"X-API-Key: $HOKUSAI_API_KEY\"", "| REG-03 A model is registered",
            "Clients cannot read or register models.", "](../evidence/abab",
        ] {
            #expect(text.contains(part), "\(part)")
        }
        let working = try #require(try SampleRun.failing.files()["reports/working_components.md"])
        #expect(working.contains("SH-01") && working.contains("**flaky**") && !working.contains("SH-02"))
    }

    @Test("A run without an end says at the top which phases are missing")
    func saysWhatIsMissing() throws {
        for (path, text) in try SampleRun.partial.files() where path.hasSuffix(".md") {
            let head = text.split(separator: "\n").prefix(8).joined(separator: "\n")
            #expect(head.contains("Missing: Core tests (phase 2), Validation (phase 3)"), "\(path)")
            #expect(head.contains("SIGTERM"), "\(path)")
        }
    }

    @Test("The trend names checks of the earlier run that this run does not have")
    func namesLostChecks() throws {
        let text = try #require(try SampleRun.failing.files()["reports/COMPREHENSIVE_HEALTH_REPORT.md"])
        #expect(text.contains("| Passed then, unknown now | 1 | LAT-01 |"))
        #expect(text.contains("| New failures | 4 | HE-06, PRB-02, SH-02, TLS-01 |"))
    }

    @Test("The trend says how response times compare, where they were compared, and results.json says so too")
    func tellsOfResponseTimes() throws {
        var run = RunRecordFixture()
        run.add(
            "PF-99", "No response time is worse", .performance,
            outcome: .failed(.unrecorded, "slower", expected: "same", got: "slower"),
            facts: [.responseTimeComparison: "slower; /health p95 12 ms → 15 ms (+25 %)"])
        let set = ReportSet(templates: try Templates())
        let files = try set.files(for: run.record, baseline: RunRecordFixture.passing)
            .mapValues { String(decoding: $0, as: UTF8.self) }
        let report = try #require(files["reports/COMPREHENSIVE_HEALTH_REPORT.md"])
        #expect(report.contains("Response times against the baseline: slower; /health p95 12 ms → 15 ms"))
        let results = try #require(files["reports/results.json"])
        #expect(results.contains("\"responseTimes\" : \"slower; /health p95"))
        let uncompared = try #require(try SampleRun.failing.files()["reports/COMPREHENSIVE_HEALTH_REPORT.md"])
        #expect(!uncompared.contains("Response times against"))
    }

    @Test("A comment stays under its limit and keeps the verdict, the failures' names, the bundle and the marker")
    func shedsSections() throws {
        var run = RunRecordFixture()
        for index in 0..<150 {
            run.add(
                CheckID("ERR-\(index)"), "Check \(index)",
                outcome: .failed(.unrecorded, String(repeating: "long ", count: 400), expected: "a", got: "b"))
            run.add(CheckID("OK-\(index)"), "Check \(index)", outcome: .passed(String(repeating: "fine ", count: 400)))
        }
        let files = try ReportSet(templates: Templates()).files(for: run.record, baseline: RunRecordFixture.passing)
        let comment = String(decoding: try #require(files["reports/pr-comment.md"]), as: UTF8.self)
        #expect(comment.count <= MarkdownReport.commentLimit)
        #expect(comment.hasPrefix("### ⚠️ Plumbline: WARNINGS"))
        #expect((0..<150).allSatisfy { comment.contains("ERR-\($0)") })
        #expect(comment.contains("plumbline-staging-") && comment.contains("shortened"))
        #expect(comment.split(separator: "\n").last?.hasPrefix("<!-- plumbline:") == true)
        #expect(!comment.contains("OK-1"))
        #expect(MarkdownLint.faults(in: comment) == [])
    }
}
