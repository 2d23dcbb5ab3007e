import FaultInjection
import Foundation
import RunModel
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
            let started = ContinuousClock.now
            let run = try await stack.run(Self.core)
            let results = Self.campaign(try await stack.results())
            #expect(results.count == 67, "\(run.error.text.suffix(2000))")
            for result in results {
                #expect(result.status == .passed, "\(result.id): \(result.outcome)")
                #expect(result.subject != .model, "\(result.id)")
            }
            #expect(run.ending == .exited(0))
            #expect(try await stack.isSteady())
            print("67 tests in \(started.duration(to: .now).readable)")
        }
    }

    /// Contract §2.2 (detailed health and the open breaker's answer are 500), §5.4.1 (no growing back-off), §5.6 and §13
    /// (dependency checks stall liveness). What an open breaker says of itself is hidden (§5.4.3).
    static let deviationsOfB: [CheckID: String] = [
        "CB-09": "back-off does not grow", "HE-02": "got 500", "HE-03": "detailed health answers 500",
        "HE-04": "detailed health answers 500", "HE-14": "got 500", "HE-18": "got 500",
        "HE-23": "detailed health answers 500", "LD-03": "HTTP_500", "LD-09": "HTTP_500",
        "CH-06": "block the event loop",
    ]

    @Test func `on profile B exactly the deviations fail that the contract predicts`() async throws {
        // The pause of the deployment, because the stall of CH-06 comes of it.
        try await CampaignStack.with(profile: "B", recovery: 2, probePause: 1) { stack in
            let run = try await stack.run(Self.core)
            let results = Self.campaign(try await stack.results())
            #expect(results.count == 67, "\(run.error.text.suffix(2000))")
            let failed = results.filter { $0.status == .failed }
            #expect(Set(failed.map(\.id)) == Set(Self.deviationsOfB.keys))
            for result in failed {
                let part = Self.deviationsOfB[result.id] ?? "?"
                #expect("\(result.outcome)".contains(part), "\(result.id): \(result.outcome)")
            }
            let rest = results.filter { ![.failed, .passed].contains($0.status) }
            #expect(rest.map(\.id) == ["CB-12"], "\(rest.map { "\($0.id) \($0.outcome)" })")
            #expect(rest.allSatisfy { $0.status == .inconclusive })
            #expect(try await stack.isSteady())
        }
    }

    @Test func `on a production environment without leave nothing is injected, and each test says why`() async throws {
        try await CampaignStack.with(profile: "fixed") { stack in
            let path = stack.directory.appending(path: "production.yaml").path
            let text = try String(contentsOfFile: stack.configurationPath, encoding: .utf8)
            try (text + "\nproduction: true\n").write(toFile: path, atomically: true, encoding: .utf8)
            let before = stack.faultLog
            for words in [["--only", "CB-*", "--only", "CH-*"], Self.core] {
                _ = try await stack.run(words + ["--resume", "never"], configuration: path)
                let results = Self.campaign(try await stack.results())
                let faulty = results.filter { ["CB-02", "CB-08", "CH-01", "CH-02"].contains($0.id.rawValue) }
                #expect(faulty.count == 4)
                for result in faulty {
                    #expect(result.status == .skipped, "\(result.id): \(result.outcome)")
                    #expect(
                        result.outcome.message.contains("production") || result.outcome.message.contains("--allow"),
                        "\(result.outcome.message)")
                }
            }
            #expect(stack.faultLog == before)
        }
    }
}
