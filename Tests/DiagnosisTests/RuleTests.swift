import RunModel
import TestSupport
import Testing

@testable import Diagnosis

@Suite struct RuleTests {
    @Test(
        "A known symptom is given its known cause",
        arguments: [
            ("password authentication failed for user \"postgres\"", .database, "database-wrong-user"),
            ("FATAL: password authentication failed for user \"mlflow\"", .database, "database-password-drift"),
            ("database \"mlflow\" does not exist", .database, "database-missing"),
            ("connect to 10.0.0.5:5432 timed out", .database, "database-silent"),
            ("502: could not resolve host mlflow.hokusai.local", .mlflow, "mlflow-name-unresolved"),
            ("HTTP 502 Failed to connect to MLflow server", .mlflow, "mlflow-down"),
            ("HTTP 504 from the MLflow proxy after 30 s", .mlflow, "mlflow-blocked-by-network"),
            ("401: Invalid or expired API key", .authentication, "auth-service-id-wrong"),
            ("503: Authentication service unavailable", .authentication, "auth-service-down"),
            ("403 REGISTRY_ADMIN_REQUIRED", .registration, "registry-admin-required"),
            ("GET /health?detailed=true answered 500", .integration, "health-detail-defect"),
            ("detailed health answers 500 even while all is well", .integration, "health-detail-defect"),
            ("/health?detailed=true: error rate 100.0 % (HTTP_500: 50)", .load, "health-detail-defect"),
            ("back-off does not grow: retries every 1.0 s", .unit, "breaker-back-off-constant"),
            ("/live after 7.2 s: dependency checks block the event loop", .chaos, "event-loop-blocked"),
            ("the body of a DELETE is lost on the way", .mlflow, "proxy-loses-parts"),
            ("of a repeated query parameter only the last survives", .mlflow, "proxy-loses-parts"),
            ("/api/mlflow/health of registry is answered by MLflow", .serviceHealth, "proxy-routed-to-mlflow"),
            ("/api/v1/keys of auth is answered by the API", .serviceHealth, "auth-routed-to-registry"),
            ("hokusai-api: api runs an older image than api:1 means now", .aws, "image-outdated"),
            ("hokusai-api: revision 9 brought back image of revision 7", .aws, "setting-reverted"),
            ("standard_init_linux: exec format error", .aws, "image-architecture"),
            ("redis: connect timed out", .redis, "redis-unreachable"),
            ("target group api: 2 targets unhealthy", .aws, "targets-unhealthy"),
            ("curl: connection refused", .serviceHealth, "service-refuses"),
            ("something new", .serviceHealth, nil),
        ] as [(String, RunModel.Category, String?)])
    func namesCause(text: String, category: RunModel.Category, rule: String?) {
        #expect(match(text, category)?.id == rule)
    }

    @Test("A number is a symptom only as a whole word, and what was expected is none")
    func readsWholeWords() {
        #expect(match("MLflow took 1502 ms", .mlflow) == nil)
        #expect(match("MLflow took 502 ms", .mlflow) == nil)
        #expect(match("MLflow answered 502 in 3 ms", .mlflow)?.id == "mlflow-down")
        var descriptor = CheckDescriptor(id: "X", title: "x", category: .mlflow, phase: .validation)
        descriptor.risk = "502"
        let result = CheckResult(
            id: "X", outcome: .failed("MLflow", expected: "HTTP 502", got: "HTTP 200"),
            startedAt: RunRecordFixture.start, duration: .zero)
        let observation = Observation(descriptor, result, profile: nil)
        #expect(!observation.mentions("502"))
        #expect(observation.mentions("http 200"))
        #expect(!observation.mentions(""))
    }

    @Test("Rules have unique names, and each says how to mend and who does it")
    func areComplete() {
        #expect(Set(Rule.all.map(\.id)).count == Rule.all.count)
        for rule in Rule.all {
            #expect(!rule.remediation.summary.isEmpty && !rule.owner.isEmpty && !rule.cause.isEmpty, "\(rule.id)")
            #expect(rule.patterns.allSatisfy { (1...46).contains($0) }, "\(rule.id)")
            #expect(!rule.symptom.words.isEmpty || !rule.symptom.checks.isEmpty, "\(rule.id) fits everything")
        }
    }

    private func match(_ text: String, _ category: RunModel.Category) -> Rule? {
        let descriptor = CheckDescriptor(id: "X", title: "x", category: category, phase: .validation)
        let result = CheckResult(
            id: "X", outcome: .failed(text, expected: "fine", got: "not fine"), startedAt: RunRecordFixture.start,
            duration: .zero)
        let observation = Observation(descriptor, result, profile: .b)
        return Rule.all.first { $0.symptom.matches(observation) }
    }
}
