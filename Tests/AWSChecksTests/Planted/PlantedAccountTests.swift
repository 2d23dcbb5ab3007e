import Foundation
import RunModel
import Synchronization
import TestSupport
import Testing

/// An account that no script of ours filled, with one thing wrong at a time.
@Suite(.serialized) struct PlantedAccountTests {
    private static let judgements = Mutex<[String: PlantedJudgement]>([:])

    /// Made once for both tests.
    private static func judgement(_ planted: PlantedCase) async throws -> PlantedJudgement {
        if let known = judgements.withLock({ $0[planted.name] }) { return known }
        let judgement = try await PlantedJudgement.of(planted)
        judgements.withLock { $0[planted.name] = judgement }
        return judgement
    }

    /// All cases with `PLANTED_ACCOUNT=all`, as `ci/planted-account` runs them; otherwise every third of each kind.
    private static func cases() throws -> [PlantedCase] {
        let all = try PlantedAccount.cases.get()
        if ProcessInfo.processInfo.environment["PLANTED_ACCOUNT"] == "all" { return all }
        let kinds = [all.filter { $0.healthy != true }, all.filter { $0.healthy == true }]
        return kinds.flatMap { kind in kind.enumerated().filter { $0.offset % 3 == 0 }.map(\.element) }
    }

    @Test func `what is planted is found, and nothing else`() async throws {
        var judgements: [PlantedJudgement] = []
        for planted in try Self.cases() { judgements.append(try await Self.judgement(planted)) }
        let table = PlantedTable(judgements)
        print(table)
        #expect(table.broken == [])
        #expect(table.foundShare >= 0.95 && table.rightShare >= 0.98, "\(table)")
        #expect(table.falseAlarms == [] && table.openGates == [], "\(table)")
    }

    /// By the name of a case, the checks that must fail on it, each with words of its failure.
    @Test func `each check fails on what is planted for it`() async throws {
        let all = try PlantedAccount.cases.get()
        let table = try FailingCases.read([String: [String: String]].self, from: "planted-account")
        for (name, checks) in table.sorted(by: { $0.key < $1.key }) {
            let planted = try #require(all.first { $0.name == name }, "there is no case ‘\(name)’")
            let judgement = try await Self.judgement(planted)
            for (id, words) in checks {
                let found = judgement.outcomes.first { $0.descriptor.id.rawValue == id }
                let outcome = try #require(found?.outcome, "\(name): \(id) did not run")
                #expect(outcome.isFailure(of: CheckID(id), saying: words), "\(name): \(id): \(outcome.told)")
            }
        }
    }
}

/// The judgements of many cases, counted.
struct PlantedTable: CustomStringConvertible {
    let judgements: [PlantedJudgement]

    init(_ judgements: [PlantedJudgement]) { self.judgements = judgements }

    private var defects: [PlantedJudgement] { judgements.filter { $0.planted.healthy != true } }
    private var healthy: [PlantedJudgement] { judgements.filter { $0.planted.healthy == true } }

    var missed: [String] { defects.filter { !$0.isFound }.map(\.planted.name) }
    /// The share of the planted defects that were found, 0…1.
    var foundShare: Double { 1 - Double(missed.count) / Double(max(1, defects.count)) }
    private var failureCount: Int { defects.reduce(0) { $0 + $1.failures.count } }
    private var falseCount: Int { defects.reduce(0) { $0 + $1.falseFailures.count } }
    /// The share of the failures over defects that speak of what was planted, 0…1.
    var rightShare: Double { 1 - Double(falseCount) / Double(max(1, failureCount)) }
    var falseAlarms: [String] { healthy.filter { !$0.falseFailures.isEmpty }.map(\.planted.name) }
    var openGates: [String] { defects.filter { $0.planted.gate == true && !$0.closesGate }.map(\.planted.name) }
    var broken: [String] { judgements.flatMap(\.broken) }

    var description: String {
        var lines = [
            "PLANTED found \(defects.count - missed.count) of \(defects.count)",
            "PLANTED right \(failureCount - falseCount) of \(failureCount) failures",
            "PLANTED false alarms on \(falseAlarms.count) of \(healthy.count) healthy variations",
            "PLANTED gate closed in \(defects.count { $0.planted.gate == true } - openGates.count) of \(defects.count { $0.planted.gate == true })",
        ]
        for judgement in judgements {
            let name = judgement.planted.name
            if judgement.planted.healthy != true, !judgement.isFound {
                lines.append("MISSED \(name)")
                lines += judgement.failures.map { "  \($0.descriptor.id): \($0.texts.first ?? $0.outcome.message)" }
            }
            let failed = judgement.failures.map(\.descriptor.id.rawValue)
            if !failed.isEmpty { lines.append("FAILED on \(name): \(failed.joined(separator: " "))") }
            if judgement.planted.gate == true, !judgement.closesGate { lines.append("GATE OPEN \(name)") }
            lines += judgement.falseFailures.map { "FALSE \(name): \($0)" }
        }
        return lines.joined(separator: "\n")
    }
}
