import Foundation
import RunModel

/// Reads what pytest printed, for runs that ended before their XML was written.
enum PytestConsole {
    /// The lines of `-v` (`path::test PASSED`), of the short summary (`FAILED path::test - message`), and as a last resort
    /// the count line (`3 passed, 1 failed in 0.12s`).
    static func read(_ text: String) -> SuiteResults {
        var results = SuiteResults(source: "console of pytest")
        var index: [String: Int] = [:]
        func note(_ id: String, _ status: SuiteResults.Test.Status, message: String? = nil) {
            if let position = index[id] {
                // An error in teardown comes after PASSED, and a message after FAILED.
                if status != .passed { results.tests[position].status = status }
                if let message { results.tests[position].message = message }
                return
            }
            guard results.tests.count < SuiteResults.largestCount else { return }
            let (name, className) = names(of: id)
            index[id] = results.tests.count
            results.tests.append(
                .init(name: name, className: className, status: status, time: nil, message: message))
        }
        for bytes in text.utf8.split(separator: UInt8(ascii: "\n")) {
            // Most lines are no results; a regular expression over megabytes of them would take minutes.
            guard bytes.count <= 2000, bytes.contains(UInt8(ascii: ":")) else { continue }
            let line = withoutColours(Substring(bytes))
            guard line.contains("::") else { continue }
            if let match = line.wholeMatch(of: #/(\S.*::.*?)\s+(PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS)\b.*/#) {
                note(String(match.1), status(match.2))
            } else if let match = line.wholeMatch(of: #/(FAILED|ERROR)\s+(\S+?::.*?)(?:\s+-\s+(.*))?/#) {
                note(String(match.2), status(match.1), message: match.3.map(String.init))
            }
        }
        if results.tests.isEmpty { results.tests = counted(text) }
        return results
    }

    /// The test during which the runner ended: of `-v` the name without a word after it, of a crash the first function of
    /// a test in the stack that Python's fault handler prints.
    static func running(console: String, errors: String) -> String? {
        let last = console.utf8.suffix(16_384).split(separator: UInt8(ascii: "\n")).map {
            withoutColours(Substring($0))
        }
        .last { $0.contains(".py::") }
        if let last, !last.contains(#/\b(PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS)\b/#),
            let match = last.wholeMatch(of: #/(\S+\.py::.*?)\s*/#)
        {
            return String(match.1)
        }
        let stack = withoutColours(errors.suffix(65_536))
        guard stack.contains("most recent call first") else { return nil }
        return stack.firstMatch(of: #/File "([^"]+)", line (\d+) in (test\w*)/#).map {
            "\($0.1)::\($0.3) (line \($0.2))"
        }
    }

    /// Tests without names, from the line of counts.
    private static func counted(_ text: String) -> [SuiteResults.Test] {
        let last = text.utf8.suffix(16_384).split(separator: UInt8(ascii: "\n")).map { String(Substring($0)) }
        guard let line = last.last(where: { $0.contains(" in ") && $0.contains("ed") }) else { return [] }
        var tests: [SuiteResults.Test] = []
        for match in withoutColours(line.prefix(2000)).matches(
            of: #/\b(\d{1,6}) (passed|failed|error|errors|skipped)\b/#)
        {
            let status: SuiteResults.Test.Status =
                switch match.2 {
                case "passed": .passed
                case "failed": .failed
                case "skipped": .skipped
                default: .error
                }
            for number in 0..<min(Int(match.1) ?? 0, 10_000) {
                tests.append(.init(name: "\(match.2) test \(number + 1)", className: "", status: status))
            }
        }
        return tests
    }

    private static func status(_ word: Substring) -> SuiteResults.Test.Status {
        switch word {
        case "PASSED", "XPASS": .passed
        case "SKIPPED", "XFAIL": .skipped
        case "ERROR": .error
        default: .failed
        }
    }

    private static func names(of id: String) -> (name: String, className: String) {
        let parts = id.split(separator: "::", omittingEmptySubsequences: true).map(String.init)
        return (parts.last ?? id, parts.dropLast().joined(separator: "::"))
    }

    private static func withoutColours(_ line: some StringProtocol) -> String {
        String(line).replacing(#/\u{1B}\[[0-9;]*[A-Za-z]/#, with: "")
    }
}
