import Formats
import Foundation
import TestSupport
import Testing

@testable import DegradationChecks

@Suite struct JUnitReportTests {
    static func read(_ text: String, limits: XMLScanner.Limits = JUnitReport.limits) async throws -> SuiteResults {
        try await read(Array(text.utf8), limits: limits)
    }

    static func read(_ bytes: [UInt8], limits: XMLScanner.Limits = JUnitReport.limits) async throws -> SuiteResults {
        try await withTemporaryDirectory { directory in
            let file = directory.appending(path: "junit.xml")
            try Data(bytes).write(to: file)
            let handle = try FileHandle(forReadingFrom: file)
            defer { try? handle.close() }
            return JUnitReport.read(handle, limits: limits)
        }
    }

    static let sound = """
        <?xml version="1.0" encoding="utf-8"?>
        <!-- by a runner -->
        <testsuites><testsuite name="pytest" errors="1" failures="1" skipped="1" tests="5" time="0.5">
        <testcase classname="a.TestX" name="test_ok" time="0.010" />
        <testcase classname="a.TestX" name="test_bad" time="0.020"><failure message="1 &lt; 2 &amp; &#x41;">
        trace <![CDATA[<b> & ]]>end</failure></testcase>
        <testcase classname="a.TestX" name="test_skip" time="0"><skipped type="pytest.skip" message="why"/></testcase>
        <testcase classname="a.TestX" name="test_err"><error message="boom">E</error></testcase>
        <testcase classname="a.TestX" name="test_late" time="1,234.5"></testcase>
        </testsuite></testsuites>
        """

    @Test func `a sound report is read with statuses, times, messages and traces`() async throws {
        let results = try await Self.read(Self.sound)
        #expect(results.problems.isEmpty)
        #expect(results.tests.map(\.status) == [.passed, .failed, .skipped, .error, .passed])
        #expect(results.tests.map(\.time) == [0.01, 0.02, 0, nil, 1234.5])
        #expect(results.tests[1].message == "1 < 2 & A")
        #expect(results.tests[1].details == "\ntrace <b> & end")
        #expect(results.announced == .init(tests: 5, failures: 2))
    }

    @Test func `cut off anywhere, it gives the whole tests before the cut and says that it was cut`() async throws {
        let bytes = Array(Self.sound.utf8)
        let whole = try await Self.read(bytes)
        for length in stride(from: 0, to: bytes.count - 1, by: 13) {
            let results = try await Self.read(Array(bytes.prefix(length)))
            #expect(!results.problems.isEmpty, "cut at \(length)")
            #expect(results.tests == Array(whole.tests.prefix(results.tests.count)))
        }
    }

    @Test func `nested suites are counted once`() async throws {
        let results = try await Self.read(
            """
            <testsuites tests="2"><testsuite tests="2"><testsuite tests="1"><testcase name="a"/></testsuite>
            <testcase name="b"/></testsuite></testsuites>
            """)
        #expect(results.tests.map(\.name) == ["a", "b"])
        #expect(results.announced?.tests == 2)
    }

    @Test func `an entity bomb is not expanded`() async throws {
        let results = try await Self.read(
            """
            <?xml version="1.0"?>
            <!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;&lol;"><!ENTITY x SYSTEM "file:///etc/passwd">]>
            <testsuite><testcase name="&lol2;&x;"/></testsuite>
            """)
        #expect(results.tests.map(\.name) == ["&lol2;&x;"])
    }

    static let unsound: [(name: String, bytes: [UInt8])] = [
        ("empty", []),
        ("no XML", Array("Traceback (most recent call last):".utf8)),
        ("raw bytes", (0..<4000).map { UInt8(truncatingIfNeeded: $0 &* 31) }),
        ("control characters", Array("<testsuite><testcase name=\"a\u{1}\u{0}b\"><failure>\u{8}</failure>".utf8)),
        ("deep nesting", Array(String(repeating: "<testsuite>", count: 5000).utf8)),
        ("mismatched tags", Array("<testsuite><testcase name=\"a\"></testsuite>".utf8)),
        ("endless attribute", Array("<testsuite name=\"".utf8) + [UInt8](repeating: 120, count: 200_000)),
        ("endless name", Array("<".utf8) + [UInt8](repeating: 120, count: 200_000)),
        ("many attributes", Array(("<testsuite " + (0..<500).map { "a\($0)=\"1\" " }.joined() + ">").utf8)),
        ("two roots", Array("<testsuite></testsuite><testsuite></testsuite>".utf8)),
        ("unclosed comment", Array("<!-- ".utf8)),
        ("unclosed CDATA", Array("<testsuite><![CDATA[ x".utf8)),
    ]

    @Test("a report that is none is told as a problem", arguments: unsound)
    func hostile(name: String, bytes: [UInt8]) async throws {
        let results = try await Self.read(bytes)
        #expect(!results.problems.isEmpty)
        #expect(results.tests.count <= 1)
    }

    @Test func `a report larger than the limit is read to the limit`() async throws {
        let cases = (0..<20_000).map { "<testcase name=\"t\($0)\"/>" }.joined()
        var limits = XMLScanner.Limits()
        limits.size = 200 << 10
        let results = try await Self.read("<testsuite>\(cases)</testsuite>", limits: limits)
        #expect(results.problems.count == 1)
        #expect((1000..<20_000).contains(results.tests.count))
    }

    @Test func `a huge text is cut and the rest is read on`() async throws {
        let text = String(repeating: "x", count: 5 << 20)
        let results = try await Self.read(
            "<testsuite><testcase name=\"a\"><failure>\(text)</failure></testcase><testcase name=\"b\"/></testsuite>")
        #expect(results.tests.map(\.name) == ["a", "b"])
        #expect((results.tests[0].details?.utf8.count ?? 0) <= 20_000)
        #expect(results.problems.isEmpty)
    }
}

@Suite struct PytestConsoleTests {
    @Test func `verbose lines, the short summary and colours are read`() {
        let results = PytestConsole.read(
            """
            tests/test_a.py::TestX::test_one \u{1B}[32mPASSED\u{1B}[0m                    [ 20%]
            tests/test_a.py::test_two[a b] FAILED                          [ 40%]
            tests/test_a.py::test_three SKIPPED (why)                      [ 60%]
            tests/test_a.py::test_four PASSED                              [ 80%]
            tests/test_a.py::test_four ERROR                               [ 80%]
            =========================== short test summary info ============================
            FAILED tests/test_a.py::test_two[a b] - assert 1 == 2
            """)
        #expect(results.tests.map(\.name) == ["test_one", "test_two[a b]", "test_three", "test_four"])
        #expect(results.tests.map(\.status) == [.passed, .failed, .skipped, .error])
        #expect(results.tests[1].message == "assert 1 == 2")
        #expect(results.tests[0].className == "tests/test_a.py::TestX")
    }

    @Test func `without names the line of counts is used`() {
        let results = PytestConsole.read("....F\n====== 1 failed, 4 passed in 0.12s ======\n")
        #expect(results.count(.passed) == 4)
        #expect(results.count(.failed) == 1)
    }

    @Test func `other output gives nothing`() {
        #expect(PytestConsole.read("hello\n3 files changed in main\n").tests.isEmpty)
    }
}

@Suite struct CoverageReportTests {
    @Test func `two reports merge line by line, and the merged one reads back alike`() async throws {
        func xml(_ lines: String) -> String {
            "<coverage><packages><package><classes><class filename=\"a&amp;b.py\"><lines>\(lines)</lines></class></classes></package></packages></coverage>"
        }
        func add(_ text: String, to report: CoverageReport) async throws -> CoverageReport {
            try await withTemporaryDirectory { directory in
                let file = directory.appending(path: "c.xml")
                try Data(text.utf8).write(to: file)
                let handle = try FileHandle(forReadingFrom: file)
                defer { try? handle.close() }
                var report = report
                report.add(handle, name: "c.xml")
                return report
            }
        }
        var report = try await add(
            xml("<line number=\"1\" hits=\"1\"/><line number=\"2\" hits=\"0\"/>"), to: CoverageReport())
        report = try await add(xml("<line number=\"2\" hits=\"3\"/><line number=\"3\" hits=\"0\"/>"), to: report)
        #expect(report.hits == ["a&b.py": [1: 1, 2: 3, 3: 0]])
        #expect(report.ratio == 2.0 / 3.0)
        let again = try await add(report.cobertura, to: CoverageReport())
        #expect(again.hits == report.hits)
        #expect(again.problems.isEmpty)
    }
}
