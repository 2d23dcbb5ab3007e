import Foundation
import RunModel
import TestSupport
import Testing

@testable import Diagnosis

/// Causes that look alike, each with what tells it from its rival.
@Suite struct RivalTests {
    private typealias Run = InferenceTests.Run

    private static let toAPI = Path.Edge.call(.vantage, .api, held: true)
    private static let toMLflow = Path.Edge.call(.vantage, .mlflow, held: true)

    private static func broken(_ component: Component) -> Path.Edge { .call(.vantage, component, held: false) }

    private static func silent(_ component: Component) -> Symptom {
        .noConnection(NoConnection(component, at: "10.0.0.1:1", .silent))
    }

    private static func report(_ component: Component, _ reason: ForeignError.Reason, says: String = "") -> Symptom {
        .report(by: .api, ForeignError(component, reason, says: says))
    }

    @Test("A page of the API that reports a dependency with a status of 503 does not put the API itself out of order")
    func singlePage() {
        var run = Run()
        run.fail("SH-06", Self.report(.database, .timedOut), [Self.broken(.api)], isCritical: true)
        run.pass("DB-01", [.call(.vantage, .database, held: true)], .database)
        #expect(run.findings.map(\.fault) == [Cause(Component(.flow, "api>database"), .blocked)])
    }

    @Test("What a setting leads to is the cause where it is out of order itself, not who has the setting")
    func brokenGoal() {
        var run = Run()
        run.fail("SH-06", Self.report(.redis, .refused), [Self.broken(.api)], isCritical: true)
        run.fail("RD-01", .noConnection(NoConnection(.redis, at: "10.0.0.1:1", .refused)), [Self.broken(.redis)])
        #expect(run.findings.map(\.fault) == [Cause(.redis, .stopped)])
    }

    @Test("A silent page that asks MLflow speaks of MLflow only where its service answers anything")
    func silentProbe() {
        for answers in [true, false] {
            var run = Run()
            run.fail("CB-20", Self.silent(.api), [Self.broken(.api)], isCritical: true)
            run.exclude(.breaker)
            if answers { run.pass("SH-10", [Self.toAPI]) }
            let finding = run.findings.first
            #expect(finding?.fault == (answers ? nil : Cause(.api, .hung)))
            #expect(answers == finding?.candidates.contains(Cause(.mlflow, .hung)))
        }
    }

    @Test("Credentials of the API that are refused are its setting, also where callers get through with theirs")
    func ownCredentials() {
        var run = Run()
        run.fail("SH-09", Self.report(.mlflow, .authentication, says: "HTTP 401: no"), [Self.toAPI], isCritical: true)
        run.pass("ML-01", [Self.toAPI, .call(.api, .mlflow, held: true)], .mlflow)
        run.pass("ML-02", [Self.toMLflow], .mlflow)
        #expect(run.findings.map(\.fault) == [Cause(.api, .misconfigured, about: .mlflow)])
    }

    @Test(
        "Who ends a connection in good order is another server than was meant, and who breaks it stands between",
        arguments: [
            ("Empty reply from server", Cause(.api, .misconfigured, about: .mlflow)),
            ("Remote end closed connection without response", Cause(.api, .misconfigured, about: .mlflow)),
            ("Recv failure: Connection reset by peer", Cause(Component(.flow, "api>mlflow"), .blocked)),
        ])
    func endsInGoodOrder(says: String, cause: Cause) {
        var run = Run()
        run.fail("SH-09", Self.report(.mlflow, .connectionLost, says: says), [Self.toAPI], isCritical: true)
        run.pass("ML-02", [Self.toMLflow], .mlflow)
        #expect(run.findings.map(\.fault) == [cause])
    }

    @Test("How long a look through the API took does not overrule the reason that a page of it gave")
    func paceIsNoReason() {
        var run = Run()
        run.fail("SH-06", Self.report(.database, .authentication), [Self.toAPI], isCritical: true)
        var record = run.fixture.record
        record.questions = [
            AskedQuestion(
                "The API asked for PostgreSQL", between: [],
                result: CheckResult(
                    id: "ASK-01",
                    outcome: .failed(Self.report(.database, .refused), "at once", expected: "fine", got: "not fine"),
                    startedAt: RunRecordFixture.start.addingTimeInterval(60), duration: .milliseconds(5),
                    path: Path([Self.toAPI])))
        ]
        let finding = Assessment(of: record).findings.first
        #expect(finding?.fault == nil)
        #expect(
            Set(finding?.candidates ?? []) == [
                Cause(.api, .misconfigured, about: .database), Cause(.database, .refused),
            ])
    }

    @Test("Who says in its own name that it does not know a page, works")
    func refusesInOwnName() {
        var run = Run()
        run.fail("SH-09", Self.report(.mlflow, .connectionLost), [Self.toAPI], isCritical: true)
        var record = run.fixture.record
        record.questions = [
            AskedQuestion(
                "MLflow asked directly", between: [],
                result: CheckResult(
                    id: "ASK-01",
                    outcome: .failed(
                        .answer(HTTPAnswer(.mlflow, path: "/health", status: 404, by: .mlflow)), "not found",
                        expected: "200", got: "404"),
                    startedAt: RunRecordFixture.start.addingTimeInterval(60), duration: .milliseconds(5),
                    path: Path([Self.toMLflow])))
        ]
        #expect(
            Assessment(of: record).findings.map(\.fault) == [Cause(Component(.flow, "api>mlflow"), .blocked)])
    }

    @Test(
        "Two broken connections of one service stay two, although what the one leads to needs what the other leads to")
    func twoConnections() {
        var run = Run()
        run.fail("SH-06", Self.report(.database, .timedOut), [Self.toAPI, .call(.api, .database, held: false)])
        run.fail("SH-09", Self.report(.mlflow, .connectionLost), [Self.toAPI, .call(.api, .mlflow, held: false)])
        run.pass("DB-01", [.call(.vantage, .database, held: true)], .database)
        run.pass("ML-02", [Self.toMLflow], .mlflow)
        #expect(
            Set(run.findings.compactMap(\.fault)) == [
                Cause(Component(.flow, "api>database"), .blocked), Cause(Component(.flow, "api>mlflow"), .blocked),
            ])
    }

    @Test(
        "A gateway that fails by turns takes along what compared an answer with none; an address that differs is a node of it"
    )
    func failsByTurns() {
        for isOfNode in [false, true] {
            var run = Run()
            let way: [Path.Edge] = [.call(.vantage, .balancer, held: true), .call(.balancer, .api, held: false)]
            let page = HTTPAnswer(.api, path: "/health", status: 502, by: .balancer, says: "<html>502</html>")
            run.fail("SH-01", .answer(page), way, isCritical: true)
            run.fail("ML-05", .lost(.answer), way + [Self.toMLflow])
            if isOfNode { run.fail("SH-32", .deviation(.balancer, .inconsistent), way) }
            run.pass("SH-10", [Self.toAPI])
            #expect(run.findings.map(\.fault) == [Cause(isOfNode ? .balancer : .api, .unstable)])
        }
    }

    @Test("A key that the proxy drops is one cause, with the refusals that follow")
    func lostKey() {
        var run = Run()
        run.fail("AU-50", .lost(.key), [Self.toAPI, .call(.api, .mlflow, held: true)], isCritical: true)
        run.fail("AU-01", .answer(HTTPAnswer(.api, path: "/", status: 401, by: .api)), [Self.toAPI], isCritical: true)
        run.fail("SH-79", .deviation(.auth, .addresses), [.call(.vantage, .auth, held: true), Self.toAPI])
        #expect(run.findings.map(\.fault) == [Cause(.proxy, .defect, about: .mlflow)])
    }

    @Test("A service that is late makes others late that need it; it is the cause, and their silence is not")
    func lateDependency() {
        var run = Run()
        run.pass("SH-03", [.call(.vantage, .auth, held: true)])
        run.fixture.results["SH-03"]?.duration = .seconds(7)
        for id in ["SH-01", "SH-02"] as [CheckID] {
            run.fail(id, Self.report(.mlflow, .other, says: "degraded"), [Self.toAPI], isCritical: true)
            run.fixture.results[id]?.duration = .seconds(5)
        }
        run.fail("HE-13", Self.silent(.api), [Self.broken(.api), .call(.api, .auth, held: false)], isCritical: true)
        run.exclude(.breaker)
        run.fail("AU-01", Self.report(.auth, .timedOut), [.call(.api, .auth, held: false), Self.toAPI])
        run.pass("SH-34", [.call(.vantage, .auth, held: true)])
        run.fixture.results["SH-34"]?.duration = .seconds(7)
        run.pass("ML-02", [Self.toMLflow], .mlflow)
        run.fixture.results["ML-02"]?.duration = .seconds(6)
        run.pass("SH-10", [Self.toAPI])
        #expect(run.findings.map(\.fault) == [Cause(.auth, .slow)])
    }

    @Test("No deployment makes a certificate expire")
    func expiryHasNoAuthor() {
        var run = Run()
        run.fail("SH-01", .certificate(.api, at: "x.example.com:443", .expired), [Self.broken(.api)], isCritical: true)
        let at = RunRecordFixture.start.addingTimeInterval(-1200)
        let changes = ChangeRecord(
            from: at.addingTimeInterval(-3600), to: RunRecordFixture.start,
            changes: [
                Change(
                    id: "deploy", origin: .cloudTrail, kind: .taskDefinition, at: at, actor: "role/deploy",
                    action: "RegisterTaskDefinition", resources: ["api"])
            ], eventsRead: 1)
        let finding = Assessment(of: run.fixture.record, changes: changes).findings.first
        #expect(finding?.fault == Cause(.balancer, .certificateExpired))
        #expect(finding?.changes.isEmpty == true)
    }

    @Test("Who accepted a connection at first and refuses it later stopped in between")
    func stopsInTheMiddle() {
        var run = Run()
        run.pass("SD-08", [.call(.vantage, .redis, held: true)], .discovery)
        run.fail("RD-01", .noConnection(NoConnection(.redis, at: "10.0.0.1:1", .refused)), [Self.broken(.redis)])
        #expect(run.findings.map(\.fault) == [Cause(.redis, .stopped)])
    }

    @Test(
        "A connection that holds for some checks and not for others fails by turns, and no setting does so; nor is it the connection where what it leads to does",
        arguments: [false, true])
    func connectionByTurns(isSeen: Bool) {
        var run = Run()
        let way: (Bool) -> [Path.Edge] = { [Self.toAPI, .call(.api, .mlflow, held: $0)] }
        run.fail("SH-09", Self.report(.mlflow, .connectionLost, says: "Empty reply from server"), way(false))
        run.pass("ML-01", way(true), .mlflow)
        run.fail("AU-01", Self.report(.mlflow, .timedOut), way(false))
        run.pass("ML-02", [Self.toMLflow], .mlflow)
        run.pass("ML-03", way(true), .mlflow)
        if isSeen {
            run.fail("ML-05", .noConnection(NoConnection(.mlflow, at: "10.0.0.1:1", .refused)), [Self.broken(.mlflow)])
            run.pass("ML-06", [Self.toMLflow], .mlflow)
        }
        let cause = Cause(isSeen ? .mlflow : Component(.flow, "api>mlflow"), .unstable)
        #expect(run.findings.map(\.fault) == [cause])
        #expect(run.findings.first?.course?.episodes ?? 0 > 1)
    }

    @Test(
        "Who waited at a component while the API got no answer of it tells that the component is silent, not the connection"
    )
    func waitsToo() {
        for pace in [0.1, 12] {
            var run = Run()
            run.fail("AU-01", Self.report(.auth, .timedOut), [Self.toAPI, .call(.api, .auth, held: false)])
            run.pass("SH-03", [.call(.vantage, .auth, held: true)])
            run.fixture.results["SH-03"]?.duration = .seconds(pace)
            run.fail("ML-01", Self.report(.auth, .timedOut), [Self.toAPI, .call(.api, .auth, held: false)])
            run.pass("SH-34", [.call(.vantage, .auth, held: true)])
            let blocked = Cause(Component(.flow, "api>auth"), .blocked)
            #expect(run.findings.map(\.fault) == [pace < 1 ? blocked : Cause(.auth, .hung)])
        }
    }
}
