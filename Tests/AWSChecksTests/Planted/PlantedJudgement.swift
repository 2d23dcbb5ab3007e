import AWSClient
import CheckKit
import Foundation
import RunModel
import Settings

@testable import AWSChecks

/// What the checks make of one planted case.
struct PlantedJudgement: Sendable {
    let planted: PlantedCase
    /// By check; those that depend on one that did not pass are blocked, as in a run.
    private(set) var outcomes: [(descriptor: CheckDescriptor, outcome: Outcome, texts: [String])] = []

    /// Reads the account as a run does, and has every check decide.
    static func of(_ planted: PlantedCase) async throws -> PlantedJudgement {
        let account = try PlantedAccount.with(planted)
        let configuration = try PlantedAccount.configuration.get()
        let snapshot = await account.snapshot(configuration, endpoint: AccountEndpoint(account))
        return try PlantedJudgement(planted, snapshot, configuration)
    }

    private init(_ planted: PlantedCase, _ snapshot: AWSSnapshot, _ configuration: Configuration) throws {
        self.planted = planted
        let expectations = AWSExpectations(configuration, environment: [:])
        guard let expectations else { return }
        var states: [CheckID: Status] = [:]
        let checks = AWSCatalogue.list.checks(for: configuration).compactMap { $0 as? any SnapshotCheck }
        var waiting = checks.filter { !($0 is VantagePointCheck) }
        while !waiting.isEmpty {
            let ids = Set(waiting.map(\.descriptor.id))
            let ready = waiting.filter { $0.descriptor.dependsOn.allSatisfy { !ids.contains($0) } }
            waiting.removeAll { check in ready.contains { $0.descriptor.id == check.descriptor.id } }
            for check in ready {
                let descriptor = check.descriptor
                let obstacle = descriptor.dependsOn.first { ![nil, .passed, .skipped].contains(states[$0]) }
                if let obstacle {
                    states[descriptor.id] = .blocked
                    outcomes.append((descriptor, .blocked(by: obstacle), []))
                    continue
                }
                let outcome = check.outcome(over: snapshot, expectations)
                states[descriptor.id] = outcome.status
                let problems = (try? check.analyse(snapshot, expectations.deciding(descriptor.id)))?.problems ?? []
                outcomes.append(
                    (
                        descriptor, outcome,
                        problems.map { "\($0.resource): \($0.message), expected \($0.expected), got \($0.got)" }
                    ))
            }
            if ready.isEmpty { break }
        }
    }

    var failures: [(descriptor: CheckDescriptor, outcome: Outcome, texts: [String])] {
        outcomes.filter { $0.outcome.status == .failed }
    }

    private static func mentions(_ text: String, _ words: [String]) -> Bool {
        let text = text.lowercased()
        return words.allSatisfy { text.contains($0.lowercased()) }
    }

    /// Whether somebody said what is wrong, in the way the label asks for.
    var isFound: Bool {
        let alternatives = planted.finds ?? []
        if let most = planted.atMost, failures.count > most { return false }
        if planted.outcome == "inconclusive" {
            let reasons = outcomes.filter { $0.outcome.status == .inconclusive }.map(\.outcome.message)
            return failures.isEmpty && reasons.contains { text in alternatives.contains { Self.mentions(text, $0) } }
        }
        return failures.contains { failure in
            failure.texts.contains { text in alternatives.contains { Self.mentions(text, $0) } }
        }
    }

    /// Failing checks none of whose problems speaks of what was planted.
    var falseFailures: [String] {
        let words = (planted.finds ?? []) + (planted.about ?? []).map { [$0] }
        return failures.filter { failure in
            planted.healthy == true
                || !failure.texts.contains { text in words.contains { Self.mentions(text, $0) } }
        }.map { "\($0.descriptor.id): \($0.texts.first ?? $0.outcome.message)" }
    }

    var closesGate: Bool { failures.contains { $0.descriptor.isCritical } }

    /// Checks that broke.
    var broken: [String] {
        outcomes.filter { $0.outcome.status == .error }.map { "\($0.descriptor.id): \($0.outcome.message)" }
    }
}

extension PlantedAccount {
    /// Every item but those that ask something else than AWS.
    static let items = AWSItem.allCases.filter { ![.connections, .declaredChanges].contains($0) }

    func collector(_ configuration: Configuration, endpoint: AccountEndpoint) -> AWSSnapshotCollector {
        let now = now
        return AWSSnapshotCollector(
            configuration: configuration, settings: configuration.aws ?? Self.noSettings,
            environment: ["AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "visibly-fake"],
            http: endpoint, runID: RunID(rawValue: "20260310T120000Z-0a1b2c"),
            retry: AWSRetry(maximumAttempts: 2, sleep: { _ in }), now: { now })
    }

    private static var noSettings: AWSSettings { fatalError("the planted configuration has an aws section") }

    func snapshot(_ configuration: Configuration, endpoint: AccountEndpoint) async -> AWSSnapshot {
        let now = now
        return await AWSSnapshotStore(now: { now }).snapshot(
            of: Self.items, collectedBy: collector(configuration, endpoint: endpoint))
    }
}
