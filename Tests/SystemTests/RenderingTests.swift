import ArtifactBundle
import Foundation
import RunModel
import TestSupport
import Testing

@testable import Job

extension JobOnStackTests {
    private func text(_ path: String, of bundle: String) async throws -> String {
        String(decoding: try await BundleReader(URL(fileURLWithPath: bundle)).bytes(of: path), as: UTF8.self)
    }

    @Test(
        "one command goes from a configuration to a verified bundle with every document, and renders it again to the byte"
    )
    func wholeRun() async throws {
        try await withStack { fixture in
            let end = await (try fixture.start("", ["--allow", "writes", "--skip", "LD-*"])).end()
            let answer = try #require(end.json, "\(end.errors.suffix(2000))")
            #expect([0, 3, 5].contains(end.status), "\(end.errors.suffix(2000))")
            let bundle = try #require(answer["bundle"]?.string)
            let verified = try await fixture.plumbline("verify", bundle, "--json")
            #expect(verified.status == 0 && verified.json?["missingPhases"] == [], "\(verified.output)")

            let paths = Set(
                try await BundleReader(URL(fileURLWithPath: bundle)).verification().manifest?.entries.map(\.path) ?? [])
            for path in [
                "verdict.json", "SUMMARY.md", "journal.jsonl", "undo.jsonl", "redaction.json", "logs/plumbline.jsonl",
                "state/1-setup.json", "state/2-core-tests.json", "state/3-validation.json",
                "state/4-documentation.json",
                "state/5-handoff.json", "reports/COMPREHENSIVE_HEALTH_REPORT.md", "reports/working_components.md",
                "reports/failing_components.md", "reports/RECOMMENDATIONS.md", "reports/INFRASTRUCTURE_TEAM_HANDOFF.md",
                "reports/REVIEW_CHECKLIST.md", "reports/junit.xml",
            ] { #expect(paths.contains(path), "\(path) is not in the bundle") }

            let original = try #require(answer["sha256"]?.string)
            for name in ["one", "two"] {
                let rendered = try await fixture.plumbline("render", "--state", "state", "--out", name)
                #expect(rendered.status == 0, "\(rendered.errors)")
                #expect(rendered.output.hasPrefix(original + "  "), "\(rendered.output)")
            }
            let again = try await fixture.plumbline("render", bundle, "--out", "three")
            #expect(again.output.hasPrefix(original + "  "), "from the bundle: \(again.output) \(again.errors)")

            for (_, key) in fixture.stack.state.keys {
                for path in paths where !path.hasPrefix("evidence/") || path.hasSuffix("json") {
                    #expect(try await !text(path, of: bundle).contains(key), "\(path) holds a key")
                }
            }
            let log = try await text("logs/plumbline.jsonl", of: bundle).split(separator: "\n")
            let runID = answer["runID"]?.string
            #expect(log.allSatisfy { line in (try? JSON.decode(JSONValue.self, from: Data(line.utf8))) != nil })
            #expect(
                log.contains {
                    $0.contains(runID ?? "?") && $0.contains("\"check\":\"CB-01\"") && $0.contains("\"phase\"")
                })
        }
    }

    @Test(
        "with MLflow stopped the gate fails, the cause is named with its error and a command, and what works is still listed"
    )
    func mlflowStopped() async throws {
        try await withStack { fixture in
            try await fixture.stack.apply(scenario: "mlflow-stopped")
            let end = await (try fixture.start("", ["--skip", "LD-*", "--skip", "AWS-*"])).end()
            try await fixture.stack.apply(scenario: "none")
            #expect(end.status == 3, "\(end.errors.suffix(2000))")
            let bundle = try #require(end.json?["bundle"]?.string)
            let failing = try await text("reports/failing_components.md", of: bundle)
            #expect(failing.contains("MLflow"))
            #expect(failing.contains("curl "), "no command to reproduce it")
            #expect(failing.contains("502") || failing.contains("refused") || failing.contains("Failed to connect"))
            let working = try await text("reports/working_components.md", of: bundle)
            #expect(working.contains("PostgreSQL"))
            let verified = try await fixture.plumbline("verify", bundle)
            #expect(verified.status == 0)
        }
    }
}
