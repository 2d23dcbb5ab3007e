import Formats
import Foundation
import Job
import Processes
import RunModel
import Settings
import TestSupport
import Testing

/// The 67 tests against the local stack, in the profiles that the contract describes.
@Suite(.serialized) struct CampaignTests {
    static let core = ["--allow", "load,faults"] + ["CB-*", "HE-*", "LD-*", "CH-*"].flatMap { ["--only", $0] }

    static func campaign(_ results: [CheckResult]) -> [CheckResult] {
        results.filter { result in ["CB-", "HE-", "LD-", "CH-"].contains { result.id.rawValue.hasPrefix($0) } }
    }

    @Test func `on a system as it was meant all 67 pass, each on a live or launched subject`() async throws {
        try await CampaignStack.with(profile: "fixed") { stack in
            let run = try await stack.run(Self.core)
            let results = Self.campaign(try await stack.results())
            #expect(results.count == 67, "\(run.error.text.suffix(2000))")
            for result in results {
                #expect(result.status == .passed, "\(result.id): \(result.outcome)")
                #expect(result.subject != .model, "\(result.id)")
            }
            #expect(run.ending == .exited(0))
            #expect(try await stack.isSteady())
            let time = try await stack.coreTestsDuration()
            let sum = CampaignComparison([], results).sequentialTime
            print("phase 2 on fixed: 67 tests in \(time.readable); their durations add up to \(sum.readable)")
        }
    }

    @Test func `one test after the other takes longer than side by side, and comes to the same`() async throws {
        try await CampaignStack.with(profile: "fixed") { stack in
            var times: [String: Duration] = [:]
            var statuses: [String: [CheckID: Status]] = [:]
            for (name, limit) in [("side by side", 8), ("one by one", 1)] {
                let path = stack.directory.appending(path: "parallel-\(limit).yaml").path
                let text = try String(contentsOfFile: stack.configurationPath, encoding: .utf8)
                try text.replacing("\nlimits:\n", with: "\nlimits:\n  parallel_checks: \(limit)\n").write(
                    toFile: path, atomically: true, encoding: .utf8)
                _ = try await stack.run(Self.core + ["--resume", "never"], configuration: path)
                let results = Self.campaign(try await stack.results())
                statuses[name] = Dictionary(uniqueKeysWithValues: results.map { ($0.id, $0.status) })
                times[name] = try await stack.coreTestsDuration()
            }
            #expect(statuses["side by side"] == statuses["one by one"])
            let (parallel, sequential) = (try #require(times["side by side"]), try #require(times["one by one"]))
            #expect(parallel < sequential)
            print("phase 2 on fixed: \(parallel.readable) side by side, \(sequential.readable) one by one")
        }
    }

    @Test func `on profile B exactly the deviations fail that the contract predicts`() async throws {
        try await Self.compare("B", Deviation.ofB)
    }

    @Test func `on profile A, which the original campaign met, exactly the predicted deviations fail`() async throws {
        try await Self.compare("A", Deviation.ofA)
    }

    @Test func `on profile M exactly the predicted deviations fail`() async throws {
        try await Self.compare("M", Deviation.ofM)
    }

    private static func compare(_ profile: String, _ deviations: [Deviation]) async throws {
        // The pause of the deployment, because the stall of CH-06 comes of it.
        try await CampaignStack.with(profile: profile, recovery: 2, probePause: 1) { stack in
            let run = try await stack.run(core)
            let results = campaign(try await stack.results())
            #expect(results.count == 67, "\(run.error.text.suffix(2000))")
            let comparison = CampaignComparison(deviations, results)
            #expect(comparison.surprises.isEmpty, "\(comparison.surprises.joined(separator: "\n"))")
            #expect(results.allSatisfy { $0.subject != .model })
            #expect(try await stack.isSteady())
            print("profile \(profile), \(results.count { $0.status == .passed }) of 67 passed\n\(comparison.table)")
        }
    }

    @Test func `on a production environment without leave nothing is injected, and each test says why`() async throws {
        try await CampaignStack.with(profile: "fixed") { stack in
            let path = stack.directory.appending(path: "production.yaml").path
            let text = try String(contentsOfFile: stack.configurationPath, encoding: .utf8)
            try (text + "\nproduction: true\n").write(toFile: path, atomically: true, encoding: .utf8)
            let before = stack.faultLog
            let breaking = try Self.breaking(stack.configuration())
            #expect(breaking.count > 20)
            for words in [Array(Self.core.dropFirst(2)), Self.core] {
                _ = try await stack.run(words + ["--resume", "never"], configuration: path)
                let results = Self.campaign(try await stack.results()).filter { breaking.contains($0.id) }
                #expect(Set(results.map(\.id)) == breaking)
                for result in results {
                    #expect(result.status == .skipped, "\(result.id): \(result.outcome)")
                    #expect(
                        result.outcome.message.contains("production") || result.outcome.message.contains("--allow"),
                        "\(result.id): \(result.outcome.message)")
                }
            }
            #expect(stack.faultLog == before)
            #expect(stack.log("memory-pressure") == "")
        }
    }

    /// The tests that cannot say anything without breaking something; CB-02 is one of those that fall back to the reference.
    private static func breaking(_ configuration: Configuration) throws -> Set<CheckID> {
        let descriptors = Catalogue.checks(for: configuration).map(\.descriptor).filter { $0.original != nil }
        let needing = descriptors.filter { $0.needs.contains { $0.rawValue.hasPrefix("faults:") } }
        return Set(needing.map(\.id) + ["CB-02"])
    }
}
