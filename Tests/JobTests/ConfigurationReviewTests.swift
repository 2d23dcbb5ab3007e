import Foundation
import RunModel
import Settings
import Testing

@testable import Job

/// What a configuration says in vain is said before a run, with the nearest name that means something.
@Suite struct ConfigurationReviewTests {
    private static let checks = ["HE-01", "HE-02", "LD-01", "SH-13"].map { JobFixture.descriptor(CheckID($0)) }

    private func remarks(_ yaml: String) throws -> [String] {
        ConfigurationReview.remarks(
            on: try JobFixture.configuration(yaml), checks: Self.checks, now: JobFixture.start)
    }

    @Test func `a sound configuration gives no remark`() throws {
        let yaml = """
            thresholds: { LD-01.p95_ms: 1 }
            gate: { critical: ['HE-*'] }
            mutes: [{ check: SH-13, owner: me, reason: known, expires: 2026-02-04 }]
            """
        #expect(try remarks(yaml) == [])
    }

    @Test(
        "each thing that is said in vain is told",
        arguments: [
            ("thresholds: { LD-1.p95_ms: 1 }", "there is no check LD-1; the nearest are LD-01"),
            ("thresholds: { p95_ms: 1 }", "expected CHECK.NAME"),
            ("gate: { critical: [XY-01] }", "no check matches ‘XY-01’; there are HE-*, LD-*, SH-*"),
            ("gate: { not_critical: ['LE-*'] }", "no check matches ‘LE-*’"),
            ("mutes: [{ check: SH-31, owner: me, reason: r, expires: 2030-01-01 }]", "there is no check SH-31"),
            ("mutes: [{ check: SH-13, owner: me, reason: r, expires: 2026-02-03 }]", "ended on 2026-02-03"),
        ])
    func inVain(yaml: String, says: String) throws {
        let remarks = try remarks(yaml)
        #expect(remarks.count == 1)
        #expect(remarks.first?.contains(says) == true, "\(remarks)")
    }

    @Test func `a pattern that selects nothing names the nearest checks`() {
        #expect(ConfigurationReview.problem(with: "he-*", checks: Self.checks) == nil)
        #expect(
            ConfigurationReview.problem(with: "HE-03", checks: Self.checks)
                == "no check matches ‘HE-03’; the nearest are HE-01, HE-02")
        #expect(ConfigurationReview.problem(with: "nothing*", checks: Self.checks)?.contains("there are HE-*") == true)
    }
}
