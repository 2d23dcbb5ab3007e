import Formats
import Foundation
import Secrets

/// Reads JUnit XML, in the many forms that runners write it.
enum JUnitReport {
    /// Room for ``SuiteResults/largestCount`` tests with a few hundred bytes each. Reading ends there.
    static let limits = XMLScanner.Limits(size: 64 << 20)

    /// The largest file that is opened, in bytes.
    static let largestFile = limits.size

    /// The most that is kept of names and texts, of all tests together, in bytes. Reading ends there.
    private static let largestText = 8 << 20

    /// Reads as far as the file is sound; what is wrong with it is a problem of the results, not an error.
    static func read(_ handle: FileHandle, limits: XMLScanner.Limits = limits) -> SuiteResults {
        var results = SuiteResults(source: "JUnit XML")
        var scanner = XMLScanner(handle, limits: limits)
        var state = State()
        do {
            while let event = try scanner.next() {
                state.take(event, into: &results)
                if results.tests.count >= SuiteResults.largestCount {
                    results.problems.append("more than \(SuiteResults.largestCount) tests; the rest was not read")
                    break
                }
                if state.kept >= largestText {
                    results.problems.append("more than \(largestText >> 20) MiB of texts; the rest was not read")
                    break
                }
            }
        } catch {
            results.problems.append("the JUnit XML is not sound \(error)")
        }
        results.announced = state.announced
        return results
    }

    private struct State {
        var path: [String] = []
        var current: SuiteResults.Test?
        var details = ""
        /// Bytes of names and texts.
        var kept = 0
        var announced: SuiteResults.Announced?

        mutating func take(_ event: XMLScanner.Event, into results: inout SuiteResults) {
            switch event {
            case .start(let name, let attributes):
                path.append(name)
                start(name, attributes)
            case .text(let text):
                if current != nil, ["failure", "error"].contains(path.last), details.utf8.count < 16_384 {
                    details += text
                }
            case .end(let name):
                path.removeLast()
                guard name == "testcase", var test = current else { return }
                test.details = details.isEmpty ? nil : details.excerpt(16_384)
                kept += [test.name, test.className, test.message ?? "", details].reduce(0) { $0 + $1.utf8.count }
                results.tests.append(test)
                current = nil
            }
        }

        private mutating func start(_ name: String, _ attributes: [String: String]) {
            switch name {
            case "testsuite", "testsuites": announce(name, attributes)
            case "testcase":
                details = ""
                current = SuiteResults.Test(
                    name: attributes["name"] ?? "(no name)", className: attributes["classname"] ?? "",
                    status: .passed, time: attributes["time"].flatMap(Self.seconds))
            case "failure", "error":
                // A second one, as of a teardown, does not hide the first.
                if current?.status == .passed || current?.status == .skipped {
                    current?.status = name == "error" ? .error : .failed
                    current?.message = attributes["message"]
                }
            case "skipped":
                if current?.status == .passed {
                    current?.status = .skipped
                    current?.message = attributes["message"]
                }
            default: break
            }
        }

        /// Only the outermost elements that carry numbers count: inner suites are part of them.
        private mutating func announce(_ name: String, _ attributes: [String: String]) {
            guard let tests = attributes["tests"].flatMap({ Int($0) }), tests >= 0 else { return }
            let outer = path.dropLast().contains { $0 == "testsuite" } || hasOuterTotals
            if outer { return }
            let failures = ["failures", "errors"].compactMap { attributes[$0].flatMap { Int($0) } }.reduce(0) {
                $0.clampedSum(with: $1)
            }
            if name == "testsuites" { hasOuterTotals = true }
            announced = SuiteResults.Announced(
                tests: tests.clampedSum(with: announced?.tests ?? 0),
                failures: failures.clampedSum(with: announced?.failures ?? 0))
        }

        private var hasOuterTotals = false

        /// Some runners write a comma for the thousands.
        private static func seconds(_ text: String) -> Double? {
            guard let value = Double(finite: text.replacing(",", with: "")), value >= 0 else { return nil }
            return value
        }
    }
}
