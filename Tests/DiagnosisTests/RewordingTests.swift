import Formats
import Foundation
import RunModel
import TestSupport
import Testing

@testable import Diagnosis

/// Diagnosis reads no sentence of ours.
@Suite struct RewordingTests {
    /// A run on the local stack as it was recorded, a made-up one, and one with every symptom that has a known cause.
    private static func records() throws -> [RunRecord] {
        var everything = RunRecordFixture()
        for (index, example) in RuleTests.causes.enumerated() {
            everything.add(
                CheckID("X-\(index)"), "x", example.category,
                outcome: .failed(example.symptom, "\(example.symptom)", expected: "fine", got: "\(example.symptom)"),
                path: example.path)
        }
        return [try recorded(), RunRecordFixture.failing, everything.record]
    }

    static func recorded() throws -> RunRecord {
        let url = try #require(Bundle.module.url(forResource: "run", withExtension: "json", subdirectory: "Recorded"))
        return try JSON.decode(RunRecord.self, from: Data(contentsOf: url))
    }

    @Test("With every message of ours replaced, the findings are the same")
    func rewording() throws {
        for record in try Self.records() {
            let original = Assessment(of: record).findings.map(Essence.init)
            let reworded = Assessment(of: Self.reworded(record)).findings.map(Essence.init)
            #expect(!original.isEmpty)
            #expect(original == reworded)
        }
    }

    @Test("The recorded run has the causes that are known of it")
    func recordedCauses() throws {
        let findings = Assessment(of: try Self.recorded()).findings
        #expect(
            findings.map(\.id) == [
                "proxy-loses-parts/ML-06", "undecided/ML-42", "bare-api-mount/ML-08", "breaker-serialization/HE-14",
                "artifact-name-encoding/ML-46", "exhausted/PF-05", "health-detail-defect/HE-02",
                "breaker-back-off-constant/CB-09", "version-constant/SH-15",
            ])
    }

    /// What a finding says of the system, without the words of the checks.
    private struct Essence: Equatable {
        var id: String
        var title: String
        var cause: String
        var consequences: [CheckID]
        var priority: Finding.Priority
        var owner: String

        init(_ finding: Finding) {
            id = finding.id
            title = finding.title
            // Where no rule has words for a cause, the finding quotes what the check saw.
            cause = finding.evidence.reduce(finding.cause) { $0.replacing($1.observation, with: "quoted") }
            consequences = finding.consequences
            priority = finding.priority
            owner = finding.owner
        }
    }

    private static func reworded(_ record: RunRecord) -> RunRecord {
        var record = record
        for (id, result) in record.results {
            let words = "lorem \(id) 502 mlflow timed out ipsum"
            switch result.outcome {
            case .failed(var mismatch):
                mismatch.message = words
                mismatch.expected = "dolor"
                mismatch.got = "sit amet: connection refused"
                record.results[id]?.outcome = .failed(mismatch)
            case .inconclusive(var uncertainty):
                uncertainty.reason = words
                record.results[id]?.outcome = .inconclusive(uncertainty)
            case .passed: record.results[id]?.outcome = .passed(words)
            case .error: record.results[id]?.outcome = .error(words)
            case .timeout: record.results[id]?.outcome = .timeout(words)
            case .flaky: record.results[id]?.outcome = .flaky(words)
            case .skipped, .blocked: continue
            }
        }
        return record
    }
}
