import ArtifactBundle
import Formats
import Foundation
import RunModel
import TestSupport
import Testing

/// Scenarios of the diagnosis benchmark on a live stack. What inference makes of all of them, recorded, `DiagnosisBenchmarkTests`
/// shows; here the job of today makes the observations.
extension JobOnStackTests {
    private struct Scenario: Decodable {
        var name: String
        var steps: [JSONValue]
        /// Alternatives stand in one text, with ` | ` between them.
        var causes: [String]

        static func named(_ name: String) throws -> Scenario {
            let labels = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .appending(path: "DiagnosisTests/Benchmark/scenarios.json")
            let all = try JSON.decode([Scenario].self, from: Data(contentsOf: labels))
            return try #require(all.first { $0.name == name })
        }

        /// Puts it in force.
        func make(_ fixture: CrashFixture) async throws {
            let file = fixture.directory.appending(path: "scenario.json")
            let text: JSONValue = [
                "name": .string(name), "summary": "", "component": "", "root_cause": "", "steps": .array(steps),
            ]
            try JSON.data(text).write(to: file)
            try await LocalStack.sandbox(["scenario", "--file", file.path, "--dir", fixture.stack.directory.path])
        }
    }

    /// What is read of `results.json`.
    private struct Results: Decodable {
        struct Finding: Decodable { var fault: Cause? }
        var findings: [Finding]
    }

    @Test(
        "The first cause that a run names is the one that was made",
        arguments: ["redis-stopped", "api-wrong-mlflow-address"])
    func firstCause(name: String) async throws {
        let scenario = try Scenario.named(name)
        try await withStack { fixture in
            try await scenario.make(fixture)
            let selection = ["SD-*", "SH-0*", "SH-1*", "DB-0*", "RD-0*", "ML-0*", "HE-01"].flatMap { ["--only", $0] }
            let end = await (try fixture.start("", selection)).end()
            try await fixture.stack.apply(scenario: "none")
            let bundle = try #require(end.json?["bundle"]?.string, "\(end.errors.suffix(2000))")
            let bytes = try await BundleReader(URL(filePath: bundle)).bytes(of: "reports/results.json")
            let named = try JSON.decode(Results.self, from: Data(bytes)).findings.map { $0.fault?.description ?? "–" }
            let first = try #require(named.first)
            #expect(scenario.causes.flatMap { $0.components(separatedBy: " | ") }.contains(first), "\(named)")
        }
    }
}
