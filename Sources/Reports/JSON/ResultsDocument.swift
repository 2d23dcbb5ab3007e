import Diagnosis
import Foundation
import RunModel

/// `results.json`: everything for machines, in one file.
struct ResultsDocument: Encodable {
    /// Rises when a reader of an older version would be misled.
    let schemaVersion = 1
    let run: RunHeader
    let verdict: Verdict
    let missingPhases: [String]
    let interruption: Interruption?
    let openUndos: [String]
    let health: Health
    let legacyHealth: LegacyHealth
    let trend: Trend?
    let findings: [Finding]
    let doubts: [Doubt]
    let results: [Row]

    struct Health: Encodable {
        let score: Double?
        let coverage: Double
        let parts: [HealthScore.Part]
    }

    struct LegacyHealth: Encodable {
        let score: Double?
        let coverage: Double
        let components: [LegacyHealthScore.Component]
    }

    struct Row: Encodable {
        let id: CheckID
        let title: String
        let category: RunModel.Category
        let phase: String
        let severity: Severity
        let isCritical: Bool
        let dependsOn: [CheckID]
        /// A status, or `not-run` when the run ended before the check.
        let status: String
        let result: CheckResult?
    }

    init(_ document: Document) {
        let assessment = document.assessment
        run = document.header
        verdict = assessment.verdict
        missingPhases = document.missingPhases.map(\.name)
        interruption = document.record.interruption
        openUndos = document.record.openUndos
        health = Health(
            score: assessment.health.score, coverage: assessment.health.coverage, parts: assessment.health.parts)
        legacyHealth = LegacyHealth(
            score: assessment.legacyHealth.score, coverage: assessment.legacyHealth.coverage,
            components: assessment.legacyHealth.components)
        trend = assessment.trend
        findings = document.findings.map { row in
            var finding = row.finding
            finding.verification = row.verification.line
            finding.remediation.command = finding.remediation.command.map(row.named)
            return finding
        }
        doubts = assessment.doubts
        results = document.rows.map { row in
            var result = row.result
            // JSON has no word for what is no number.
            result?.measurements.removeAll { !$0.value.isFinite }
            return Row(
                id: row.descriptor.id, title: row.descriptor.title, category: row.descriptor.category,
                phase: row.descriptor.phase.name, severity: row.descriptor.severity,
                isCritical: row.descriptor.isCritical, dependsOn: row.descriptor.dependsOn,
                status: row.result?.status.rawValue ?? "not-run", result: result)
        }
    }
}
