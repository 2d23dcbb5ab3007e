import Foundation
import RunModel
import TestSupport
import Testing

@testable import Diagnosis

/// Outages as real deployments show them, each as the results that checks leave of it.
@Suite struct OutageTests {
    private typealias Run = InferenceTests.Run

    private static let toAPI = Path.Edge.call(.vantage, .api, held: true)
    private static let toMLflow = Path.Edge.call(.vantage, .mlflow, held: true)

    private static func broken(_ component: Component) -> Path.Edge { .call(.vantage, component, held: false) }

    private static func silent(_ component: Component, _ manner: NoConnection.Manner = .silent) -> Symptom {
        .noConnection(NoConnection(component, at: "10.0.0.1:1", manner))
    }

    private static func report(_ component: Component, _ reason: ForeignError.Reason, says: String = "") -> Symptom {
        .report(by: .api, ForeignError(component, reason, says: says))
    }

    private static func page(_ component: Component, status: Int, by responder: Responder = .unknown) -> Symptom {
        .answer(
            HTTPAnswer(
                component, path: "/page", status: status, by: responder,
                says: "<html><head><title>\(status) Bad Gateway</title></head></html>"))
    }

    @Test("An API that hangs while its port accepts connections is the one cause, whatever was asked behind it")
    func hungAPI() {
        var run = Run()
        run.pass("SD-02", [Self.toAPI], .discovery)
        run.fail("SH-01", Self.silent(.api), [Self.broken(.api)], isCritical: true)
        run.exclude(.breaker)
        run.fail("SH-05", Self.silent(.api), [Self.broken(.api)], isCritical: true)
        run.fail(
            "ML-01",
            .answer(
                HTTPAnswer(
                    .mlflow, method: "POST", path: "http://api.example.com/api/mlflow/x", status: 0,
                    says: "POST http://api.example.com/api/mlflow/x: timeout after 10 s")),
            [Self.broken(.api)], isCritical: true)
        run.pass("ML-02", [Self.toMLflow], .mlflow)
        #expect(run.findings.map(\.fault) == [Cause(.api, .hung)])
        #expect(run.findings.first?.consequences.count == 2)
    }

    @Test(
        "Pages that ask MLflow and stay silent while everything answers promptly lie in the API; a late MLflow takes them over"
    )
    func lateProbe() {
        for pace in [0.1, 3.2] {
            var run = Run()
            run.fail("CB-20", Self.silent(.api), [Self.broken(.api)], isCritical: true)
            run.exclude(.breaker)
            run.pass("SH-10", [Self.toAPI])
            run.pass("ML-02", [Self.toMLflow], .mlflow)
            run.pass("ML-01", [Self.toAPI, .call(.api, .mlflow, held: true)], .mlflow)
            run.fixture.results["ML-01"]?.duration = .seconds(pace)
            #expect(run.findings.map(\.fault) == [Cause(pace < 1 ? .api : .mlflow, .slow)])
        }
    }

    @Test("PostgreSQL that accepts and says nothing is hung, not cut off, and takes MLflow and the API's reports along")
    func hungDatabase() {
        var run = Run()
        run.pass("SD-07", [.call(.vantage, .database, held: true)], .discovery)
        run.fail("DB-01", Self.silent(.database, .timedOut), [Self.broken(.database)], isCritical: true)
        run.fail("SH-07", Self.report(.database, .timedOut), [Self.toAPI], isCritical: true)
        run.fail("SH-08", Self.report(.mlflow, .timedOut), [Self.toAPI], isCritical: true)
        run.fail("ML-02", Self.silent(.mlflow), [Self.broken(.mlflow)], isCritical: true)
        #expect(run.findings.map(\.fault) == [Cause(.database, .hung)])
        #expect(run.findings.first?.consequences.count == 3)
    }

    @Test("A gateway's page in front of MLflow blames MLflow, also where the API's proxy hands it on")
    func gatewayBeforeMLflow() {
        var run = Run()
        run.fail("ML-02", Self.page(.mlflow, status: 502), [Self.broken(.mlflow)], isCritical: true)
        run.fail("AU-01", Self.page(.mlflow, status: 502), [Self.toAPI, .call(.api, .mlflow, held: false)])
        run.fail("SH-07", Self.report(.mlflow, .other, says: "502 Bad Gateway"), [Self.toAPI])
        run.pass("SH-10", [Self.toAPI])
        #expect(run.findings.map(\.fault) == [Cause(.mlflow, .stopped)])
    }

    @Test("A stopped API behind a balancer is the cause, although the balancer accepts connections for it")
    func stoppedBehindBalancer() {
        var run = Run()
        let way: [Path.Edge] = [.call(.vantage, .balancer, held: true), .call(.balancer, .api, held: false)]
        run.fail("SH-01", Self.page(.api, status: 502, by: .balancer), way, isCritical: true)
        run.fail("AU-01", Self.page(.mlflow, status: 502, by: .balancer), way, isCritical: true)
        run.fail("CB-20", .breaker(.reset), [Self.broken(.api)])
        run.pass("SD-02", [Self.toAPI], .discovery)
        run.pass(
            "DB-05",
            [.call(.vantage, .database, held: true), Self.toAPI, .call(.api, .mlflow, held: false)], .database)
        #expect(run.findings.map(\.fault) == [Cause(.api, .stopped)])
    }

    @Test("Redis down: the queue's fallback is its consequence")
    func redisWithQueue() {
        var run = Run()
        run.fail("RD-01", Self.silent(.redis, .refused), [Self.broken(.redis)])
        run.fail("SH-01", .deviation(Deviation(.queue, .fallback, ["unhealthy"])), [Self.toAPI], isCritical: true)
        #expect(run.findings.map(\.fault) == [Cause(.redis, .stopped)])
        #expect(run.findings.first?.priority == .p1)
    }

    @Test("A schema that MLflow refuses to start with is the cause, and MLflow not running its consequence")
    func schemaBehind() {
        var run = Run()
        run.fail(
            "DB-05", .deviation(Deviation(.database, .schema, ["alembic_version"])),
            [.call(.vantage, .database, held: true)])
        run.fail("ML-02", Self.silent(.mlflow, .refused), [Self.broken(.mlflow)], isCritical: true)
        run.fail("SH-07", Self.report(.mlflow, .refused), [Self.toAPI])
        #expect(run.findings.map(\.fault) == [Cause(.database, .schema)])
    }

    @Test(
        "What S3 says through MLflow's artifact routes is of the store",
        arguments: [
            ("INTERNAL_ERROR An error occurred (AccessDenied) when calling PutObject", Cause(.artifactStore, .rights)),
            ("An error occurred (NoSuchBucket) when calling the PutObject operation", nil),
            ("Could not connect to the endpoint URL: http://10.0.0.9/artifacts", nil),
        ] as [(String, Cause?)])
    func artifactStore(says: String, cause: Cause?) {
        var run = Run()
        run.fail(
            "ML-41",
            .answer(
                HTTPAnswer(
                    .mlflow, method: "PUT", path: "/api/2.0/mlflow-artifacts/artifacts/a", status: 500, by: .mlflow,
                    says: says)), [Self.toMLflow], isCritical: true)
        run.pass("ML-02", [Self.toMLflow], .mlflow)
        let causes = run.findings.flatMap { ($0.fault.map { [$0] } ?? []) + $0.candidates }
        #expect(causes.contains { $0.component == .artifactStore || $0.about == .artifactStore }, "\(causes)")
        if let cause { #expect(run.findings.map(\.fault) == [cause]) }
    }

    @Test("An expired certificate is one cause for every service behind it")
    func expiredCertificate() {
        var run = Run()
        for (id, component) in [("SH-01", Component.api), ("SH-03", .auth)] as [(CheckID, Component)] {
            run.fail(
                id, .certificate(component, at: "x.example.com:443", .expired), [Self.broken(component)],
                isCritical: true)
        }
        run.fail(
            "ML-01",
            .answer(
                HTTPAnswer(
                    .mlflow, path: "https://x.example.com/api", status: 0,
                    says: "GET https://x.example.com/api: certificate expired after 9 ms")), [Self.broken(.api)])
        #expect(run.findings.map(\.fault) == [Cause(.balancer, .certificateExpired)])
    }

    @Test(
        "What the API says of MLflow in the auth service's name is the auth service's outage, and unseen it is left open"
    )
    func authBehindMLflow() {
        for isSeen in [false, true] {
            var run = Run()
            run.fail(
                "SH-09",
                Self.report(.mlflow, .other, says: "HTTP 503: {\"detail\":\"Authentication service unavailable\"}"),
                [Self.toAPI], isCritical: true)
            run.fail("SH-01", Self.report(.mlflow, .other, says: "degraded"), [Self.toAPI], isCritical: true)
            run.fail(
                "SH-17",
                .answer(
                    HTTPAnswer(
                        .api, path: "/", status: 503, by: .api,
                        says: "{\"detail\":\"Authentication service unavailable\"}")),
                [.call(.api, .auth, held: false), Self.toAPI], isCritical: true)
            run.pass("ML-02", [Self.toMLflow], .mlflow)
            if isSeen { run.pass("SH-03", [.call(.vantage, .auth, held: true)]) }
            let setting = Cause(.api, .misconfigured, about: .auth)
            #expect(run.findings.map(\.fault) == [isSeen ? setting : nil])
            #expect(
                Set(run.findings.first?.candidates ?? []) == (isSeen ? [] : [Cause(.auth, .stopped), setting]))
            #expect(isSeen || run.findings.first?.priority == .p1)
        }
    }

    @Test("Who is unwell in the very words of another's answer goes through that one")
    func quotedAnswer() {
        let words = "{\"detail\":\"Rate limit exceeded\"}"
        var run = Run()
        run.fail(
            "SH-03", .answer(HTTPAnswer(.auth, path: "/health", status: 429, by: .auth, says: words)),
            [.call(.vantage, .auth, held: true)], isCritical: true)
        run.fail("SH-09", Self.report(.mlflow, .other, says: "HTTP 401: \(words)"), [Self.toAPI], isCritical: true)
        run.fail("CB-20", .breaker(.reset), [Self.toAPI])
        run.pass("ML-02", [Self.toMLflow], .mlflow)
        #expect(run.findings.map(\.fault) == [Cause(.auth, .exhausted)])
    }

    @Test(
        "A service called unwell without a reason, which answers us, is no second cause next to one that its reporter needs"
    )
    func reportWithoutReason() {
        var run = Run()
        run.fail("SH-03", Self.silent(.auth), [Self.broken(.auth)], isCritical: true)
        for id in ["SH-01", "SH-02"] as [CheckID] {
            run.fail(id, Self.report(.mlflow, .other, says: "degraded"), [Self.toAPI], isCritical: true)
            run.fixture.results[id]?.duration = .seconds(5)
        }
        run.fail(
            "SH-07", Self.report(.mlflow, .other, says: "Circuit breaker open - MLflow temporarily unavailable"),
            [Self.toAPI])
        run.fail("AU-01", Self.report(.auth, .timedOut), [.call(.api, .auth, held: false), Self.toAPI])
        run.pass("ML-02", [Self.toMLflow], .mlflow)
        #expect(run.findings.map(\.fault) == [Cause(.auth, .hung)])
    }

    @Test("Of a report without a reason the time tells: at once it is the setting, after waiting it is the connection")
    func weighsTime() {
        for (seconds, cause) in [
            (0.3, Cause(.api, .misconfigured, about: .redis)), (2.1, Cause(Component(.flow, "api>redis"), .blocked)),
        ] {
            var run = Run()
            for id in ["HE-01", "SH-01"] as [CheckID] {
                run.fail(id, .deviation(Deviation(.queue, .fallback, ["unhealthy"])), [Self.toAPI])
                run.fixture.results[id]?.duration = .seconds(seconds)
            }
            run.pass("RD-01", [.call(.vantage, .redis, held: true)], .redis)
            run.pass("SH-10", [Self.toAPI])
            let finding = run.findings.first
            #expect(run.findings.map(\.fault) == [cause])
            #expect(finding?.confidence == .medium)
            #expect(finding?.rival != nil)
        }
    }

    @Test("Two outages that have nothing to do with each other stay two, also where the API reports both")
    func twoReports() {
        var run = Run()
        run.fail("SH-07", Self.report(.database, .authentication), [Self.toAPI])
        run.pass("DB-01", [.call(.vantage, .database, held: true)], .database)
        run.fail("RD-01", Self.silent(.redis, .refused), [Self.broken(.redis)])
        run.fail("SH-01", Self.report(.redis, .refused), [Self.toAPI])
        #expect(
            Set(run.findings.compactMap(\.fault)) == [
                Cause(.api, .misconfigured, about: .database), Cause(.redis, .stopped),
            ])
        #expect(run.findings.count == 2)
    }

    @Test("An API that is killed and comes back is told with when it went and when it answered again")
    func restarted() throws {
        var run = Run()
        run.pass("A-1", [Self.toAPI])
        run.fail("A-2", Self.silent(.api, .refused), [Self.broken(.api)], isCritical: true)
        run.fail("A-3", Self.silent(.api, .refused), [Self.broken(.api)], isCritical: true)
        run.pass("A-4", [Self.toAPI])
        let finding = try #require(run.findings.first)
        let results = run.fixture.record.results
        #expect(run.findings.count == 1)
        #expect(finding.fault?.component == .api)
        let course = try #require(finding.course)
        #expect(course.episodes == 1)
        #expect(course.lastGood == results["A-1"]?.startedAt)
        #expect(course.first == results["A-2"]?.startedAt)
        #expect(course.last == results["A-3"]?.startedAt)
        #expect(course.recovered == results["A-4"]?.startedAt)
    }

    @Test(
        "A check that could not see the part does not end a fault: an answer of somebody in front, a port that accepts")
    func unseenIsNoEnd() throws {
        var run = Run()
        let way: [Path.Edge] = [.call(.vantage, .api, held: false)]
        run.fail("A-1", Self.page(.api, status: 502), way, isCritical: true)
        run.pass("A-2", [Self.toAPI, .call(.api, .mlflow, held: false), Self.toMLflow], .database)
        run.pass("A-3", [Self.toAPI], .discovery)
        run.fail("A-4", Self.page(.api, status: 502), way, isCritical: true)
        let finding = try #require(run.findings.first)
        #expect(finding.fault == Cause(.api, .stopped))
        #expect(finding.course == nil)
    }

    @Test("What has nothing to do with a part that is slow or fails at times is no consequence of it")
    func partialOutage() {
        var run = Run()
        // An upload that ends in a time-out, while everything else of MLflow answers.
        run.fail("ML-42", Self.silent(.mlflow), [Self.toMLflow, Self.broken(.mlflow)])
        run.pass("ML-43", [Self.toMLflow], .mlflow)
        run.fail("SH-70", .exposed(.breaker, .access), [Self.toAPI])
        run.fail(
            "CH-09", .deviation(.api, .value, ["unhealthy, degraded, degraded, healthy"]),
            [Self.toAPI, .call(.api, .mlflow, held: false)])
        run.fixture.results["CH-09"]?.faults = [FaultMoment(at: RunRecordFixture.start, what: "cut")]
        run.fail("AU-01", Self.report(.mlflow, .timedOut), [Self.toAPI])
        let findings = run.findings
        #expect(findings.first { $0.root == "ML-42" }?.consequences == ["AU-01"])
        #expect(Set(findings.map(\.root)) == ["ML-42", "SH-70", "CH-09"])
    }

    @Test("Who may use the breaker does not follow from what it guards")
    func exposedBreaker() {
        var run = Run()
        run.fail("ML-02", Self.silent(.mlflow, .refused), [Self.broken(.mlflow)], isCritical: true)
        run.fail("SH-70", .exposed(.breaker, .access), [Self.toAPI])
        #expect(Set(run.findings.map(\.fault)) == [Cause(.mlflow, .stopped), Cause(.breaker, .exposed)])
    }

    @Test("What nobody knows the cause of never stands above a cause that is known")
    func unknownIsLast() {
        var run = Run()
        run.fixture.add(
            "A-1", "a check", severity: .critical, isCritical: true, outcome: .timeout("no end"),
            path: Path([.call(.vantage, Component(.suite, "x"), held: false)]))
        run.fail("R-1", Self.silent(.redis, .refused), [Self.broken(.redis)])
        #expect(run.findings.count == 2)
        #expect(run.findings.first?.fault == Cause(.redis, .stopped))
        #expect(run.findings.last?.priority != .p0)
    }

    @Test(
        "What fails while Plumbline itself breaks something, and what passes then, tells nothing of the platform's state"
    )
    func ownFaults() {
        var run = Run()
        run.fail("A-1", Self.silent(.mlflow, .refused), [Self.broken(.mlflow)])
        run.pass("CH-1", [Self.toMLflow], .chaos)
        run.fixture.results["CH-1"]?.faults = [FaultMoment(at: RunRecordFixture.start, what: "cut")]
        #expect(run.findings.map(\.fault) == [Cause(.mlflow, .stopped)])
    }

    // MARK: - Asking again

    @Test("Causes that nothing tells apart name the look that would, and its answer decides")
    func asksAgain() throws {
        var run = Run()
        run.fail("SH-07", Self.report(.database, .timedOut), [Self.toAPI], isCritical: true)
        let questions = Inference(of: run.fixture.record).questions
        #expect(questions.first?.look == .directly(.database))
        let question = try #require(questions.first)
        var record = run.fixture.record
        record.questions = [
            AskedQuestion(
                question.text, between: question.between,
                result: CheckResult(
                    id: "ASK-01", outcome: .passed("PostgreSQL answers SELECT 1"),
                    startedAt: RunRecordFixture.start.addingTimeInterval(60), duration: .milliseconds(5),
                    path: Path([.call(.vantage, .database, held: true)])))
        ]
        let finding = try #require(Assessment(of: record).findings.first)
        #expect(finding.fault == Cause(Component(.flow, "api>database"), .blocked))
        #expect(finding.evidence.contains { $0.check == "ASK-01" })
        #expect(finding.root == "SH-07")
        // Without what was asked it is open again.
        #expect(Assessment(of: record, using: .all.subtracting(.questions)).findings.first?.fault == nil)
    }

    @Test(
        "Each line of the table has a look",
        arguments: [
            ([Cause(.redis, .stopped), Cause(.api, .misconfigured, about: .redis)], Question.Look.directly(.redis)),
            ([Cause(.database, .locked), Cause(.database, .hung)], .directly(.database)),
            ([Cause(.api, .stopped), Cause(.mlflow, .stopped)], .directly(.api)),
            (
                [Cause(.api, .misconfigured, about: .redis), Cause(Component(.flow, "api>redis"), .blocked)],
                .through(.api, .redis)
            ),
            ([Cause(.database, .hung), Cause(Component(.flow, "vantage>database"), .blocked)], .directly(.database)),
            ([Cause(.api, .stopped), Cause(.api, .misconfigured, about: .mlflow)], .directly(.api)),
            ([Cause(.api, .garbage), Cause(.api, .misconfigured)], .withoutTLS(.api)),
        ] as [([Cause], Question.Look)])
    func table(causes: [Cause], look: Question.Look) {
        #expect(Question.all(between: causes).first?.look == look)
    }

    @Test("Where a service cannot be asked itself, its tasks and the addresses of its name can")
    func otherLooks() {
        let stopped = Question.all(between: [Cause(.mlflow, .stopped), Cause(.api, .misconfigured, about: .mlflow)])
        #expect(stopped.prefix(2).map(\.look) == [.directly(.mlflow), .tasks(.mlflow)])
        let silent = Question.all(between: [Cause(.api, .hung), Cause(Component(.flow, "vantage>api"), .blocked)])
        #expect(silent.map(\.look).contains(.atEachAddress(.api)))
    }

    @Test("Tasks that run rule out that their service stopped, and tasks that stopped say why")
    func tasksDecide() throws {
        for runs in [true, false] {
            var run = Run()
            run.fail("SH-08", Self.report(.mlflow, .refused), [Self.toAPI], isCritical: true)
            let question = try #require(
                Inference(of: run.fixture.record).questions.first { $0.look == .tasks(.mlflow) })
            let service = Component(.ecsService, "mlflow")
            let edge = Path.Edge(.mlflow, .runsOn, service, passed: runs ? 1 : 0, failed: runs ? 0 : 1)
            let report = ForeignError(.mlflow, .notReady, says: "OutOfMemoryError: container killed")
            var record = run.fixture.record
            record.questions = [
                AskedQuestion(
                    question.text, between: question.between,
                    result: CheckResult(
                        id: "ASK-01",
                        outcome: runs
                            ? .passed("1 of 1 tasks run")
                            : .failed(.report(by: service, report), "none runs", expected: "one", got: "none"),
                        startedAt: RunRecordFixture.start.addingTimeInterval(60), duration: .milliseconds(5),
                        path: Path([edge])))
            ]
            let findings = Assessment(of: record).findings
            #expect(
                findings.map(\.fault) == [
                    runs ? Cause(.api, .misconfigured, about: .mlflow) : Cause(.mlflow, .stopped)
                ])
        }
    }

    // MARK: - Over runs

    @Test("A finding says in which run it began, for how many it lasts, and which change fits where it began")
    func history() throws {
        var run = Run()
        run.fail("RD-01", Self.silent(.redis, .refused), [Self.broken(.redis)])
        func past(_ days: Double, failing: [CheckID], passing: [CheckID]) -> RunHistory.Past {
            let at = RunRecordFixture.start.addingTimeInterval(-86400 * days)
            return RunHistory.Past(
                run: RunID(startedAt: at, random: 1), startedAt: at, commit: "c\(Int(days))", failing: failing,
                passing: passing, causes: [])
        }
        let history = RunHistory([
            past(1, failing: ["RD-01"], passing: []), past(2, failing: [], passing: []),
            past(3, failing: ["RD-01"], passing: []), past(4, failing: [], passing: ["RD-01"]),
            past(5, failing: ["RD-01"], passing: []),
        ])
        func change(_ id: String, days: Double) -> Change {
            Change(
                id: id, origin: .cloudTrail, kind: .cache, at: RunRecordFixture.start.addingTimeInterval(-86400 * days),
                actor: "role/deploy", action: "ModifyReplicationGroup", resources: ["redis"])
        }
        let changes = ChangeRecord(
            from: RunRecordFixture.start.addingTimeInterval(-86400 * 9), to: RunRecordFixture.start,
            changes: [change("early", days: 4.5), change("fits", days: 3.5), change("late", days: 0.5)], eventsRead: 3)
        let finding = try #require(
            Assessment(of: run.fixture.record, history: history, changes: changes).findings.first)
        let told = try #require(finding.history)
        #expect(told.runs == 3)
        #expect(told.firstSeen == history.runs[2].startedAt)
        #expect(told.lastGoodCommit == "c4")
        #expect(told.firstBadCommit == "c3")
        #expect(told.firstBadChange?.id == "fits")
        #expect(Assessment(of: run.fixture.record).findings.first?.history == nil)
    }
}

extension InferenceTests.Run {
    /// Says what the check that was added last shares with nobody.
    mutating func exclude(_ exclusion: Exclusion) {
        fixture.entries[fixture.entries.count - 1].descriptor.excludes = [exclusion]
    }
}
