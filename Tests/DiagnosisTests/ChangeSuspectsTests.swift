import Foundation
import RunModel
import TestSupport
import Testing

@testable import Diagnosis

/// Which changes a finding names.
@Suite struct ChangeSuspectsTests {
    private func change(
        _ id: String, _ kind: Change.Kind, minutesBefore minutes: Double, error: String? = nil
    ) -> Change {
        Change(
            id: id, origin: .cloudTrail, kind: kind, at: RunRecordFixture.start.addingTimeInterval(-60 * minutes),
            actor: "deploy/ci-42", action: "Changed", resources: ["thing"], errorCode: error)
    }

    private func record(_ changes: [Change]) -> ChangeRecord {
        ChangeRecord(
            from: RunRecordFixture.start.addingTimeInterval(-86_400), to: RunRecordFixture.start, changes: changes,
            eventsRead: changes.count)
    }

    private func suspects(of root: CheckID, _ changes: [Change]) -> [String]? {
        Assessment(of: RunRecordFixture.failing, changes: record(changes)).findings.first { $0.root == root }?.changes
            .map(\.id)
    }

    @Test("A finding names what fits and came before it: the typical kind first, then the newest, at most three")
    func ranks() {
        let changes = [
            change("old-service", .service, minutesBefore: 300), change("new-service", .service, minutesBefore: 5),
            change("image", .image, minutesBefore: 1), change("definition", .taskDefinition, minutesBefore: 2),
            change("password", .databasePassword, minutesBefore: 1),
        ]
        #expect(suspects(of: "SH-02", changes) == ["new-service", "old-service", "definition"])
    }

    @Test("What was refused, came later or is of another kind is no suspect")
    func leavesOut() {
        let changes = [
            change("refused", .service, minutesBefore: 5, error: "AccessDenied"),
            change("later", .service, minutesBefore: -600), change("bucket", .bucket, minutesBefore: 5),
        ]
        #expect(suspects(of: "SH-02", changes) == [])
    }

    @Test("A check on AWS names changes of its service, a check of the team's own the newest of all")
    func byCheck() {
        let changes = [
            change("rule", .listenerRule, minutesBefore: 50), change("network", .network, minutesBefore: 40),
            change("password", .databasePassword, minutesBefore: 30), change("code", .code, minutesBefore: 20),
            change("bucket", .bucket, minutesBefore: 10),
        ]
        var run = RunRecordFixture()
        for (id, category) in [("AWS-ALB-02", .aws), ("PRB-09", .probes)] as [(CheckID, RunModel.Category)] {
            run.add(id, "holds", category, outcome: .failed(.unrecorded, "it does not", expected: "1", got: "2"))
        }
        let findings = Assessment(of: run.record, changes: record(changes)).findings
        #expect(findings.first { $0.root == "AWS-ALB-02" }?.changes.map(\.id) == ["rule"])
        #expect(findings.first { $0.root == "PRB-09" }?.changes.map(\.id) == ["bucket", "code", "password"])
    }

    @Test("A fault of Plumbline itself has no suspects")
    func ownFault() {
        let everything = Change.Kind.allCases.map { change($0.rawValue, $0, minutesBefore: 5) }
        #expect(suspects(of: "PRB-01", everything) == [])
    }

    @Test("Every kind of change is a suspect somewhere")
    func covers() {
        let kinds = Category.allCases.flatMap { category in
            ChangeSuspects.kinds(of: CheckDescriptor(id: "X", title: "", category: category, phase: .validation)) ?? []
        }
        let named = Set(Rule.all.flatMap { $0.changes ?? [] } + kinds)
        #expect(Change.Kind.allCases.filter { !named.contains($0) } == [.other])
    }
}
