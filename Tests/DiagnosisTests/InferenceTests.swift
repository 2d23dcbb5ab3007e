import Foundation
import RunModel
import TestSupport
import Testing

@testable import Diagnosis

/// How causes follow from symptoms, paths and passes: general statements, each on a run made for it.
@Suite struct InferenceTests {
    /// A run with the platform's five parts, of which all work unless a test says otherwise.
    struct Run {
        var fixture = RunRecordFixture()

        mutating func pass(_ id: CheckID, _ edges: [Path.Edge], _ category: RunModel.Category = .serviceHealth) {
            fixture.add(id, "\(id)", category, outcome: .passed(""), path: Path(edges))
        }

        mutating func fail(_ id: CheckID, _ symptom: Symptom, _ edges: [Path.Edge], isCritical: Bool = false) {
            fixture.add(
                id, "\(id)", severity: isCritical ? .critical : .medium, isCritical: isCritical,
                outcome: .failed(symptom, "\(id)", expected: "fine", got: "not fine"), path: Path(edges))
        }

        var findings: [Finding] { Assessment(of: fixture.record).findings }
    }

    private static let toAPI = Path.Edge.call(.vantage, .api, held: true)

    private static func report(_ component: Component, _ reason: ForeignError.Reason) -> Symptom {
        .report(by: .api, ForeignError(component, reason))
    }

    private static func refused(_ component: Component) -> Symptom {
        .noConnection(NoConnection(component, at: "10.0.0.1:1", .refused))
    }

    @Test("A dependency that is down itself takes what its users report of it along")
    func absorbsReports() throws {
        var run = Run()
        run.fail("R-1", Self.refused(.redis), [.call(.vantage, .redis, held: false)])
        run.fail(
            "A-1", Self.report(.redis, .refused), [Self.toAPI, .call(.api, .redis, held: false)], isCritical: true)
        let finding = try #require(run.findings.first)
        #expect(run.findings.count == 1)
        #expect(finding.fault == Cause(.redis, .stopped))
        #expect(finding.consequences == ["A-1"])
        // Redis out of order hinders clients and stops none.
        #expect(finding.priority == .p1)
        #expect(finding.path == [PathObservation(from: .vantage, to: .redis, held: false, check: "R-1")])
    }

    @Test(
        "What the API reports of a dependency that answers us lies in its settings or in what is between",
        arguments: [
            (ForeignError.Reason.refused, Cause(.api, .misconfigured, about: .database)),
            (.unresolved, Cause(.api, .misconfigured, about: .database)),
            (.authentication, Cause(.api, .misconfigured, about: .database)),
            (.timedOut, Cause(Component(.flow, "api>database"), .blocked)),
            (.connectionLost, Cause(Component(.flow, "api>database"), .blocked)),
        ])
    func exoneratesDependency(reason: ForeignError.Reason, cause: Cause) throws {
        var run = Run()
        run.fail("A-1", Self.report(.database, reason), [Self.toAPI, .call(.api, .database, held: false)])
        run.pass("D-1", [.call(.vantage, .database, held: true)], .database)
        let finding = try #require(run.findings.first)
        #expect(run.findings.count == 1)
        #expect(finding.fault == cause)
        #expect(finding.candidates.isEmpty)
        #expect(finding.rival?.against == (reason == .unresolved ? nil : "D-1 passed"))
    }

    @Test("Without a look at the dependency itself the run says that it cannot tell, and is never P0 by guess")
    func abstains() throws {
        var run = Run()
        run.fail(
            "A-1", Self.report(.database, .timedOut), [Self.toAPI, .call(.api, .database, held: false)],
            isCritical: true)
        let finding = try #require(run.findings.first)
        #expect(run.findings.count == 1)
        #expect(finding.fault == nil)
        #expect(
            Set(finding.candidates) == [Cause(.database, .hung), Cause(Component(.flow, "api>database"), .blocked)])
        #expect(finding.priority == .p1)
        #expect(finding.confidence == .low)
        #expect(finding.unobservable.count == 1)
        #expect(finding.id == "undecided/A-1")
    }

    @Test("A service that fails some requests and answers later ones does not stand still")
    func tellsUnstable() throws {
        var run = Run()
        for id in ["A-1", "A-3"] as [CheckID] {
            run.fail(id, Self.refused(.api), [.call(.vantage, .api, held: false)])
            run.pass(CheckID(id.rawValue + "-later"), [Self.toAPI])
        }
        #expect(run.findings.map(\.fault) == [Cause(.api, .unstable)])
    }

    @Test("What passed before a fault began does not speak against it, and the finding says since when")
    func followsTime() throws {
        var run = Run()
        run.pass("A-1", [Self.toAPI])
        run.fail("A-2", Self.refused(.api), [.call(.vantage, .api, held: false)])
        let finding = try #require(run.findings.first)
        #expect(finding.fault == Cause(.api, .stopped))
        #expect(finding.since == run.fixture.record.results["A-2"]?.startedAt)
    }

    @Test("The balancer's own answer speaks of the service in front, whatever was asked behind it")
    func blamesTheDoor() {
        var run = Run()
        for (id, asked) in [("A-1", Component.api), ("M-1", .mlflow)] as [(CheckID, Component)] {
            run.fail(
                id, .answer(HTTPAnswer(asked, path: "/health", status: 502, by: .balancer)),
                [.call(.vantage, .balancer, held: true), .call(.balancer, .api, held: false)])
        }
        #expect(run.findings.compactMap(\.fault).map(\.mode) == [.stopped])
    }

    @Test("Two causes at once are two findings")
    func tellsTwo() {
        var run = Run()
        run.fail("R-1", Self.refused(.redis), [.call(.vantage, .redis, held: false)])
        run.fail("D-4", .deviation(Deviation(.database, .schema, ["runs"])), [.call(.vantage, .database, held: true)])
        run.fail("A-1", Self.report(.redis, .refused), [Self.toAPI])
        #expect(Set(run.findings.compactMap(\.fault)) == [Cause(.redis, .stopped), Cause(.database, .schema)])
    }

    @Test("An empty run, a run of contradictions and circles of components end with an answer")
    func survivesBadInput() {
        #expect(Assessment(of: RunRecordFixture().record).findings.isEmpty)
        var run = Run()
        let a = Component(.unknown, "<b>a</b>|`"), b = Component(.unknown, "b\n\n# c")
        run.fail(
            "X-1", Self.refused(a), [.call(.vantage, a, held: false), .call(a, b, held: true), .call(b, a, held: true)])
        run.pass("X-2", [.call(.vantage, a, held: true), .call(b, b, held: true)])
        run.fail("X-3", Self.refused(b), [.call(.vantage, b, held: false)])
        let findings = run.findings
        #expect(Set(findings.flatMap { [$0.root] + $0.consequences }) == ["X-1", "X-3"])
        #expect(findings == run.findings)
    }

    @Test("The same run gives the same findings, in whatever order its results came")
    func isDeterministic() {
        var run = Run()
        for number in 0..<40 {
            let component: Component = [.redis, .database, .mlflow, .auth][number % 4]
            run.fail(
                CheckID("X-\(number)"),
                number.isMultiple(of: 3) ? Self.report(component, .timedOut) : Self.refused(component),
                [Self.toAPI, .call(.api, component, held: false)])
        }
        let record = run.fixture.record
        var turned = record
        turned.plan.entries.reverse()
        #expect(Assessment(of: record).findings == Assessment(of: turned).findings)
    }
}
