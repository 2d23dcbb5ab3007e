import Formats
import Foundation
import HTTPClient
import Processes
import RunModel
import Settings
import TestSupport
import Testing

/// A local stack of its own for one test, with breaker timings of its own, and the built `plumbline` to point at it.
struct CampaignStack: Sendable {
    let directory: URL
    private let scratch: URL

    /// Starts the stack, and takes it down after the body.
    static func with<Value>(
        profile: String, threshold: Int = 3, recovery: Int = 1, probePause: Double = 0.05, more: [String] = [],
        _ body: (CampaignStack) async throws -> Value
    ) async throws -> Value {
        try await withTemporaryDirectory { scratch in
            let stack = CampaignStack(directory: scratch.appending(path: "stack"), scratch: scratch)
            try await LocalStack.sandbox(
                [
                    "up", "--dir", stack.directory.path, "--profile", profile, "--breaker-threshold", "\(threshold)",
                    "--breaker-recovery", "\(recovery)", "--probe-pause", "\(probePause)",
                    "--probe-limit", "0.5",
                ] + more)
            try stack.relaxRates()
            let result: Result<Value, any Error>
            do { result = .success(try await body(stack)) } catch { result = .failure(error) }
            try await LocalStack.sandbox(["down", "--dir", stack.directory.path])
            return try result.get()
        }
    }

    /// How fast this machine is today is not what these tests are about; every other threshold stays the original's.
    private func relaxRates() throws {
        let text = try String(contentsOfFile: configurationPath, encoding: .utf8)
        try (text + "\nthresholds:\n  LD-01.rate: 0.5\n").write(
            toFile: configurationPath, atomically: true, encoding: .utf8)
    }

    var configurationPath: String { directory.appending(path: "plumbline.yaml").path }
    var statePath: String { scratch.appending(path: "state").path }

    func configuration() throws -> Configuration {
        try Configuration.load(path: configurationPath, environment: ProcessInfo.processInfo.environment)
    }

    /// The log of the fault proxy: every change of every proxy.
    var faultLog: String { log("fault-proxy") }

    /// The log of a part of the stack; empty when there is none.
    func log(_ part: String) -> String {
        (try? String(contentsOf: directory.appending(path: "logs/\(part).log"), encoding: .utf8)) ?? ""
    }

    func arguments(_ words: [String], configuration path: String? = nil) throws -> [String] {
        [try LocalStack.executable("plumbline"), words[0], "--config", path ?? configurationPath, "--state", statePath]
            + words.dropFirst()
    }

    /// `plumbline run` of the core tests to its end.
    func run(_ words: [String], configuration path: String? = nil) async throws -> CommandRun.Result {
        try await CommandRun.run(
            ProcessLaunch(
                arguments: try arguments(
                    ["run", "--out", scratch.appending(path: "out").path, "--progress", "none"] + words,
                    configuration: path)),
            deadline: .seconds(900))
    }

    /// The results of the newest run, by default in the stack's own state directory.
    func results(statePath: String? = nil) async throws -> [CheckResult] {
        struct Answer: Decodable { var results: [CheckResult] }
        let result = try await CommandRun.run(
            ProcessLaunch(arguments: [
                try LocalStack.executable("plumbline"), "results", "--json", "--state", statePath ?? self.statePath,
            ]), deadline: .seconds(60), outputLimit: 64 << 20)
        return try JSON.decode(Answer.self, from: Data(result.output.bytes)).results
    }

    /// How long the core tests of the newest run took from the first to the last.
    func coreTestsDuration() async throws -> Duration {
        let results = CampaignTests.campaign(try await results())
        let first = try #require(results.map(\.startedAt).min())
        let last = try #require(results.map { $0.startedAt.addingTimeInterval($0.duration.seconds) }.max())
        return .seconds(last.timeIntervalSince(first))
    }

    /// Whether no proxy is disturbed and no proxy of ours is left.
    func isSteady() async throws -> Bool {
        struct Proxy: Decodable {
            struct Toxic: Decodable { var name: String }
            var enabled: Bool
            var toxics: [Toxic]
        }
        let api = try #require(try configuration().faults.toxiproxyURL)
        let answer = try await HTTPClient().send(HTTPRequest(url: api + "/proxies"))
        let proxies = try answer.json([String: Proxy].self)
        return proxies.values.allSatisfy { $0.enabled && $0.toxics.isEmpty }
            && proxies.keys.allSatisfy { !$0.hasPrefix("plumbline-") }
    }
}
