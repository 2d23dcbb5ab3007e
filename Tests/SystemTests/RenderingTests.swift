import ArtifactBundle
import Formats
import Foundation
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

    /// The stack's configuration with a trail in which somebody left MLflow without tasks a minute ago.
    private func trailing(_ fixture: CrashFixture) throws -> String {
        let trail = fixture.directory.appending(path: "trail")
        try FileManager.default.createDirectory(at: trail, withIntermediateDirectories: true)
        let event = """
            {"Records":[{"eventID":"e1","eventName":"UpdateService","eventSource":"ecs.amazonaws.com","readOnly":false,
            "eventTime":"\(Timestamp.text(Date().addingTimeInterval(-60)).prefix(19))Z","sourceIPAddress":"198.51.100.7",
            "userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::123456789012:assumed-role/deploy/sam"},
            "requestParameters":{"cluster":"hokusai-sandbox","service":"hokusai-mlflow-sandbox","desiredCount":0}}]}
            """
        try Data(event.utf8).write(to: trail.appending(path: "events.json"))
        let original = try String(contentsOfFile: fixture.stack.configuration, encoding: .utf8)
        let text = original.replacing("\naws:\n", with: "\naws:\n  changes: { trail: \(trail.path) }\n")
        try #require(text != original)
        // Beside the original, whose secrets it refers to.
        let path = fixture.stack.directory.appending(path: "plumbline-trail.yaml")
        try Data(text.utf8).write(to: path)
        return path.path
    }

    @Test(
        "with MLflow stopped the gate fails, the cause is named with its error, the change before it and a command, and what works is still listed"
    )
    func mlflowStopped() async throws {
        try await withStack { fixture in
            try await fixture.stack.apply(scenario: "mlflow-stopped")
            let configuration = try trailing(fixture)
            let end = try await fixture.plumbline(
                "run", "--config", configuration, "--state", "state", "--out", "out", "--progress", "plain", "--json",
                "--skip", "LD-*", "--only", "SD-*", "--only", "SH-*", "--only", "ML-*", "--only", "DB-*", "--only",
                "AWS-CT-01")
            try await fixture.stack.apply(scenario: "none")
            #expect(end.status == 3, "\(end.errors.suffix(2000))")
            let bundle = try #require(end.json?["bundle"]?.string)
            let failing = try await text("reports/failing_components.md", of: bundle)
            #expect(failing.contains("MLflow"))
            #expect(failing.contains("curl "), "no command to reproduce it")
            #expect(failing.contains("502") || failing.contains("refused") || failing.contains("Failed to connect"))
            #expect(failing.contains("deploy/sam: UpdateService hokusai-mlflow-sandbox"), "\(failing)")
            let working = try await text("reports/working_components.md", of: bundle)
            #expect(working.contains("PostgreSQL"))
            let verified = try await fixture.plumbline("verify", bundle)
            #expect(verified.status == 0)
        }
    }
}
