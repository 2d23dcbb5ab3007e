import CheckKit
import Diagnosis
import Foundation
import TestSupport
import Testing

@testable import AWSChecks
@testable import RunModel
@testable import Settings

/// Which change a finding names first when there is a crowd of others: from the trail's files, over the record, to the finding.
@Suite struct SuspectRankingTests {
    private static let failure = RunRecordFixture.start

    /// One event of a file, with its name in the record.
    private struct Placed {
        let id: String
        let event: TrailEvent
        let minutesBefore: Double
    }

    struct Ranking {
        var first: String?
        var named: [String]
        var strangersListed: Int
        var isRight: Bool { first?.hasPrefix("right") == true }
        var isStranger: Bool { first?.hasPrefix("stranger") == true }
    }

    /// The right change is older than the whole crowd.
    private static func events(of scenario: SuspectScenario) -> [Placed] {
        var placed: [Placed] = scenario.right.enumerated().map { index, event in
            Placed(id: "right-\(index)", event: event, minutesBefore: 200 - Double(index))
        }
        if var refused = scenario.right.first {
            refused.error = "AccessDenied"
            placed.append(Placed(id: "refused", event: refused, minutesBefore: 3))
        }
        if let later = scenario.right.last { placed.append(Placed(id: "later", event: later, minutesBefore: -30)) }
        let crowd =
            CrowdOfChanges.strangers.map { ("stranger", $0) } + CrowdOfChanges.scaling.map { ("scaling", $0) }
            + CrowdOfChanges.unrelated.map { ("unrelated", $0) }
        for (index, (word, event)) in crowd.enumerated() {
            placed.append(Placed(id: "\(word)-\(index)", event: event, minutesBefore: 190 - Double(index) * 3))
        }
        return placed
    }

    /// Stands for the check that failed: what it found goes the way of every check over the snapshot.
    private struct FailedCheck: Check, SnapshotCheck {
        let scenario: SuspectScenario
        let items: [AWSItem] = []
        let passingNote = ""
        var descriptor: CheckDescriptor {
            CheckDescriptor(
                id: scenario.check, title: scenario.name, category: scenario.category, phase: .validation)
        }
        func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
            var analysis = Analysis()
            analysis.look(at: scenario.resource) { analysis in
                analysis.found(
                    scenario.symptom, scenario.resource, scenario.message, expected: scenario.expected,
                    got: scenario.got)
            }
            return analysis
        }
    }

    static func rank(_ scenario: SuspectScenario) async throws -> Ranking {
        let configuration = try Configuration.parse(TidePlatform.configuration, path: "tide.yaml", environment: [:])
        let expectations = try #require(AWSExpectations(configuration, environment: [:]))
        var snapshot = try TidePlatform.snapshot(takenAt: failure)
        let record = try await withTemporaryDirectory { directory in
            let texts = events(of: scenario).map { placed in
                placed.event.text(id: placed.id, at: failure.addingTimeInterval(-placed.minutesBefore * 60))
            }
            let log = "{\"Records\":[\(texts.joined(separator: ","))]}"
            try Data(log.utf8).write(to: directory.appending(path: "events.json"))
            return await AWSSnapshotCollector.changes(
                inTrailDirectory: directory.path, settings: expectations.settings,
                from: failure.addingTimeInterval(-86_400), to: failure.addingTimeInterval(3600))
        }
        snapshot.changes = .value(record)
        let changes = try #require(snapshot.changeRecord(expectations))

        let recorder = Recorder()
        let check = FailedCheck(scenario: scenario)
        var run = RunRecordFixture(environment: "tide")
        run.header.target = ["api": "https://api.tide.example", "auth": "https://gate.tide.example"]
        let outcome = check.outcome(over: snapshot, expectations, recorder: recorder)
        var path = scenario.path
        path.add(recorder.contents.path)
        run.add(scenario.check, scenario.name, scenario.category, severity: .critical, outcome: outcome, path: path)
        let findings = Assessment(of: run.record, changes: changes).findings
        let named = findings.first { $0.root == scenario.check }?.changes.map(\.id) ?? []
        return Ranking(
            first: named.first, named: named, strangersListed: changes.changes.count { $0.id.hasPrefix("stranger") })
    }

    @Test("The right change comes first in nine of ten scenarios, a stranger's never")
    func ranks() async throws {
        var lines: [String] = []
        var right = 0
        var strangers = 0
        for scenario in SuspectScenario.all {
            let ranking = try await Self.rank(scenario)
            right += ranking.isRight ? 1 : 0
            strangers += ranking.isStranger ? 1 : 0
            lines.append("\(scenario.name): \(ranking.named) listed \(ranking.strangersListed)")
        }
        let table =
            "right \(right) of \(SuspectScenario.all.count), strangers \(strangers)\n" + lines.joined(separator: "\n")
        print("SUSPECTS \(table)")
        #expect(SuspectScenario.all.count >= 20)
        #expect(right * 10 >= SuspectScenario.all.count * 9, "\(table)")
        #expect(strangers == 0, "\(table)")
    }
}
