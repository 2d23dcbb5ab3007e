import RunModel
import TestSupport
import Testing

@testable import Diagnosis

@Suite struct AssessmentTests {
    @Test("A healthy run has no finding, a full score and a passing verdict")
    func findsNothing() {
        let assessment = Assessment(of: RunRecordFixture.passing)
        #expect(assessment.findings == [])
        #expect(assessment.doubts == [])
        #expect(assessment.health.score == 100)
        #expect(assessment.health.coverage == 1)
        #expect(assessment.verdict.word == .pass)
    }

    @Test("A chain of blocked checks is told as one cause, with its rule, its priority and a way to verify")
    func collapsesChain() throws {
        let assessment = Assessment(of: RunRecordFixture.failing)
        let first = try #require(assessment.findings.first)
        #expect(first.id == "mlflow-down/SH-02")
        #expect(first.root == "SH-02")
        #expect(first.consequences == ["REG-01", "REG-02", "REG-03"])
        #expect(first.priority == .p0)
        #expect(first.component == "MLflow")
        #expect(first.impact == "Clients cannot read or register models.")
        #expect(first.verification.hasPrefix("curl"))
        #expect(assessment.flaky == ["DB-01"])
    }

    @Test("What nobody could tell is a doubt and no finding")
    func keepsDoubtsApart() {
        let assessment = Assessment(of: RunRecordFixture.failing)
        #expect(assessment.doubts.map(\.check) == ["AWS-00"])
        #expect(assessment.doubts.first?.consequences == ["AWS-01"])
        #expect(!assessment.findings.contains { $0.root == "AWS-00" })
    }

    @Test("A muted failure is told last, and a fault of Plumbline is not blamed on the system")
    func weighsMutedAndErrors() throws {
        let findings = Assessment(of: RunRecordFixture.failing).findings
        #expect(findings.first { $0.root == "TLS-01" }?.priority == .p3)
        let error = try #require(findings.first { $0.root == "PRB-01" })
        #expect(error.owner == "plumbline")
        #expect(error.id.hasPrefix("unclassified/"))
    }

    @Test("Every failed, timed out and broken check stands in exactly one finding")
    func coversEveryFault() {
        let record = RunRecordFixture.failing
        let assessment = Assessment(of: record)
        let named =
            assessment.findings.flatMap { [$0.root] + $0.consequences }
            + assessment.doubts.flatMap { [$0.check] + $0.consequences }
        let expected = record.results.values.filter {
            [.failed, .timeout, .error, .blocked, .inconclusive].contains($0.status)
        }
        #expect(named.sorted() == expected.map(\.id).sorted())
    }

    @Test("A failure whose dependency failed as well is a consequence of it")
    func followsDependencies() throws {
        var run = RunRecordFixture()
        run.add("A", "a", outcome: .failed(.unrecorded, "a", expected: "1", got: "2"))
        run.add("B", "b", dependsOn: ["A"], outcome: .passed("b"))
        run.add("C", "c", dependsOn: ["B"], outcome: .failed(.unrecorded, "c", expected: "1", got: "2"))
        let findings = Assessment(of: run.record).findings
        #expect(findings.map(\.root) == ["A"])
        #expect(findings.first?.consequences == ["C"])
    }

    @Test("A circle of blocked checks ends, and its members are not lost")
    func survivesCircles() {
        var run = RunRecordFixture()
        run.add("A", "a", dependsOn: ["B"], outcome: .blocked(by: "B"))
        run.add("B", "b", dependsOn: ["A"], outcome: .blocked(by: "A"))
        run.add("C", "c", dependsOn: ["C"], outcome: .failed(.unrecorded, "c", expected: "1", got: "2"))
        run.add("D", "d", dependsOn: ["gone"], outcome: .blocked(by: "gone"))
        let assessment = Assessment(of: run.record)
        let named = assessment.doubts.flatMap { [$0.check] + $0.consequences }
        #expect(Set(named).isSuperset(of: ["A", "B", "D"]))
        #expect(assessment.findings.map(\.root) == ["C"])
    }

    @Test("One cause that several checks saw is one finding")
    func mergesByRule() {
        var run = RunRecordFixture()
        for id in ["X-1", "X-2", "X-3"] as [CheckID] {
            let answer = HTTPAnswer(.mlflow, path: "/api/mlflow/health", status: 502, by: .api)
            run.add(id, "MLflow", outcome: .failed(.answer(answer), "no MLflow", expected: "200", got: "502"))
        }
        let findings = Assessment(of: run.record).findings
        #expect(findings.map(\.id) == ["mlflow-down/X-1"])
        #expect(findings.first?.consequences == ["X-2", "X-3"])
        #expect(findings.first?.evidence.map(\.check) == ["X-1", "X-2", "X-3"])
    }

    @Test("A host from which nothing comes is one finding, whatever was asked of it, and each host its own")
    func tellsSilentPlacesApart() {
        var run = RunRecordFixture()
        func failure(_ component: Component, _ place: String, _ manner: NoConnection.Manner = .refused) -> Outcome {
            .failed(
                .noConnection(NoConnection(component, at: place, manner)), "nothing", expected: "an answer", got: "")
        }
        run.header.target["database"] = "mlflow@127.0.0.1:5432/mlflow_db"
        run.header.target["redis"] = "127.0.0.1:6379"
        for id in ["A-1", "A-2", "A-3"] as [CheckID] { run.add(id, "a", outcome: failure(.api, "api.localhost:8001")) }
        run.add("A-4", "a", .mlflow, outcome: failure(.mlflow, "mlflow.localhost:5000"))
        run.add("D-1", "d", .database, outcome: failure(.database, "127.0.0.1:5432"))
        run.add("R-1", "r", .redis, outcome: failure(.redis, "127.0.0.1:6379"))
        run.add("X-1", "x", outcome: failure(Component(.dnsName, "elsewhere"), "elsewhere.localhost", .unresolved))
        let findings = Assessment(of: run.record).findings
        let causes = Dictionary(uniqueKeysWithValues: findings.map { ($0.root, ($0.id, $0.consequences)) })
        #expect(findings.count == 5)
        #expect(causes["A-1"]?.0 == "service-refuses/A-1")
        #expect(causes["A-1"]?.1 == ["A-2", "A-3"])
        #expect(causes["A-4"]?.0 == "mlflow-down/A-4")
        #expect(causes["D-1"]?.0 == "database-refuses/D-1")
        #expect(causes["R-1"]?.0 == "redis-unreachable/R-1")
        #expect(causes["X-1"]?.0 == "name-unresolved/X-1")
        #expect(findings.first { $0.root == "A-1" }?.title.contains("api.localhost:8001 (api)") == true)
    }
}
