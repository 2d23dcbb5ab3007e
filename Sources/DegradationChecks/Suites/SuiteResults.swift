import Foundation

/// What a test suite reported, from whichever source.
struct SuiteResults: Hashable, Sendable, Codable {
    struct Test: Hashable, Sendable, Codable {
        enum Status: String, Hashable, Sendable, Codable { case passed, failed, error, skipped }

        var name: String
        var className: String
        var status: Status
        /// In seconds; nil where the report gives none.
        var time: Double?
        var message: String?
        /// The stack trace or other text, as far as it was kept.
        var details: String?
    }

    /// Where the results come from: `JUnit XML`, `console`.
    var source: String
    var tests: [Test] = []
    /// What is wrong with the report itself, such as being cut off.
    var problems: [String] = []
    /// The test that had begun and not ended, where the console tells.
    var running: String?
    /// What the report says of itself, where it does: tests and failures with errors.
    var announced: Announced?

    struct Announced: Hashable, Sendable, Codable {
        var tests: Int
        var failures: Int
    }

    /// More tests than any suite has; further ones are not kept.
    static let largestCount = 100_000

    func count(_ status: Test.Status) -> Int { tests.count { $0.status == status } }
    var bad: [Test] { tests.filter { $0.status == .failed || $0.status == .error } }
    /// Tests that really ran.
    var executed: Int { tests.count - count(.skipped) }

    var summary: String {
        "\(tests.count) tests: \(count(.passed)) passed, \(count(.failed)) failed, \(count(.error)) errors, "
            + "\(count(.skipped)) skipped (\(source))"
    }
}
