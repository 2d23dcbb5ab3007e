import Foundation
import TestSupport
import Testing

@testable import DegradationChecks

@Suite struct OutsideNumberTests {
    private static func handle<Value>(_ text: String, _ read: (FileHandle) -> Value) async throws -> Value {
        try await withTemporaryDirectory { directory in
            let file = directory.appending(path: "report.xml")
            try Data(text.utf8).write(to: file)
            let handle = try FileHandle(forReadingFrom: file)
            defer { try? handle.close() }
            return read(handle)
        }
    }

    static let readers: [NumberReader] = [
        NumberReader("the tests of JUnit") { text in
            let xml = "<testsuites tests=\"\(text)\" failures=\"\(text)\" errors=\"9223372036854775807\"></testsuites>"
            return try await handle(xml) { JUnitReport.read($0) }.announced.map { Double($0.tests) }
        },
        NumberReader("the failures of JUnit", accepts: Set(HostileNumber.texts)) { text in
            let suite = "<testsuite tests=\"1\" failures=\"\(text)\" errors=\"9223372036854775807\"></testsuite>"
            return try await handle("<a>\(suite)\(suite)</a>") { JUnitReport.read($0) }.announced.map {
                Double($0.failures)
            }
        },
        NumberReader("the time of a test of JUnit", accepts: ["1e300", "9223372036854775808", "1e19"]) { text in
            try await handle("<testsuite><testcase name=\"a\" time=\"\(text)\"/></testsuite>") { JUnitReport.read($0) }
                .tests.first?.time
        },
        NumberReader("the hits of a covered line") { text in
            try await handle("<c><class filename=\"a\"><line number=\"1\" hits=\"\(text)\"/></class></c>") { handle in
                var report = CoverageReport()
                report.add(handle, name: "a")
                return report.ratio
            }
        },
        NumberReader("the number of a covered line", accepts: ["-1"]) { text in
            try await handle("<c><class filename=\"a\"><line number=\"\(text)\" hits=\"1\"/></class></c>") { handle in
                var report = CoverageReport()
                report.add(handle, name: "a")
                return report.ratio
            }
        },
        NumberReader("the counts of pytest", accepts: ["-1"]) { text in
            let tests = PytestConsole.read("= \(text) passed in 0.1s =").tests
            return tests.isEmpty ? nil : Double(tests.count)
        },
    ]

    @Test("no number from outside ends the process or is taken for one", arguments: readers, HostileNumber.texts)
    func table(reader: NumberReader, text: String) async {
        let problem = await reader.problem(with: text)
        #expect(problem == nil, "\(reader) of ‘\(text)’")
    }
}
