import RunModel
import TestSupport
import Testing

@testable import Diagnosis

/// Which cause a symptom is given.
@Suite struct RuleTests {
    @Test("A known symptom is given its known cause", arguments: Self.causes)
    func namesCause(example: SymptomExample) {
        #expect(rule(for: example.symptom, example.category, through: example.path)?.id == example.rule)
    }

    @Test("A word of the other side counts only as a whole word")
    func readsWholeWords() {
        let words = Words("Target is in 4010 states: Health checks failed with these codes: [401]")
        #expect(words.mentions("401"))
        #expect(!words.mentions("10"))
        #expect(words.mentions("HEALTH checks"))
        #expect(!words.mentions("heal"))
        #expect(!words.mentions(""))
    }

    @Test("Rules have unique names, and each says how to fix it and who does it")
    func areComplete() {
        #expect(Set(Rule.all.map(\.id)).count == Rule.all.count)
        for rule in Rule.all {
            #expect(!rule.remediation.summary.isEmpty && !rule.owner.isEmpty && !rule.cause.isEmpty, "\(rule.id)")
            #expect(rule.patterns.allSatisfy { (1...46).contains($0) }, "\(rule.id)")
            #expect(!rule.symptoms.isEmpty, "\(rule.id) fits nothing")
        }
    }

    @Test("Every rule explains at least one symptom that no rule before it explains", arguments: Rule.all.map(\.id))
    func isReachable(id: String) {
        #expect(Self.causes.contains { $0.rule == id }, "\(id) has no example")
    }

    private func rule(for symptom: Symptom, _ category: RunModel.Category, through path: Path?) -> Rule? {
        let descriptor = CheckDescriptor(id: "X", title: "x", category: category, phase: .validation)
        let result = CheckResult(
            id: "X", outcome: .failed(symptom, "text", expected: "fine", got: "not fine"),
            startedAt: RunRecordFixture.start, duration: .zero, path: path)
        guard let observation = Observation(descriptor, result) else { return nil }
        return Rule.all.first { $0.matches(observation) }
    }
}

/// A symptom and the rule that must explain it.
struct SymptomExample: Sendable, CustomTestStringConvertible {
    var symptom: Symptom
    var category = RunModel.Category.serviceHealth
    var path: Path?
    /// Nil where none must.
    var rule: String?

    init(_ symptom: Symptom, _ rule: String?, _ category: RunModel.Category = .serviceHealth, path: Path? = nil) {
        self.symptom = symptom
        self.rule = rule
        self.category = category
        self.path = path
    }

    var testDescription: String { "\(symptom.name) → \(rule ?? "none")" }
}

extension RuleTests {
    private static func database(_ reason: ForeignError.Reason, _ code: String, _ text: String) -> Symptom {
        .error(ForeignError(.database, reason, code: code, says: text))
    }

    private static func told(_ component: Component, _ reason: ForeignError.Reason, _ text: String) -> Symptom {
        .report(by: .api, ForeignError(component, reason, says: text))
    }

    private static func none(_ component: Component, _ manner: NoConnection.Manner) -> Symptom {
        .noConnection(NoConnection(component, at: "host:1", manner))
    }

    private static func answer(
        _ component: Component, _ status: Int, _ text: String = "", path: String = "/x", by responder: Responder = .api
    ) -> Symptom {
        .answer(HTTPAnswer(component, path: path, status: status, by: responder, says: text))
    }

    private static let service = Component.aws(.ecsService, "hokusai-api")
    private static let refused = "password authentication failed for user"

    static let causes: [SymptomExample] = data + access + mlflow + deployment + general

    private static let data: [SymptomExample] = [
        .init(database(.authentication, "28P01", "\(refused) \"postgres\""), "database-wrong-user", .database),
        .init(database(.authentication, "28P01", "\(refused) \"mlflow\""), "database-password-drift", .database),
        .init(told(.database, .authentication, "FATAL: \(refused) \"mlflow\""), "database-password-drift"),
        .init(database(.notFound, "3D000", "database \"mlflow\" does not exist"), "database-missing", .database),
        .init(told(.database, .notFound, "database \"mlflow\" does not exist"), "database-missing"),
        .init(.missing(.aws(.databaseInstance, "hokusai-mlflow")), "database-instance-missing", .aws),
        .init(database(.exhausted, "53300", "sorry, too many clients already"), "database-connections-exhausted"),
        .init(none(.database, .timedOut), "database-silent", .database),
        .init(told(.database, .timedOut, "connection timed out"), "database-silent"),
        .init(none(.database, .refused), "database-refuses", .database),
        .init(none(.database, .unresolved), "name-unresolved", .database),
        .init(none(.redis, .timedOut), "redis-unreachable", .redis),
        .init(told(.redis, .refused, "Error 111 connecting to redis:6379. Connection refused."), "redis-unreachable"),
        .init(told(.redis, .other, "Redis URL must specify one of the following schemes; scheme"), "redis-url"),
        .init(.deviation(.queue, .fallback, ["degraded"]), "queue-fallback"),
    ]

    private static let access: [SymptomExample] = [
        .init(none(.auth, .refused), "auth-service-down"),
        .init(answer(.auth, 503, by: .balancer), "auth-service-down"),
        .init(answer(.api, 503, "Authentication service unavailable"), "auth-service-down"),
        .init(answer(.mlflow, 403, "REGISTRY_ADMIN_REQUIRED"), "registry-admin-required", .registration),
        .init(answer(.mlflow, 403, "required_scope model:write"), "key-scope-missing", .registration),
        .init(answer(.api, 402, "insufficient balance"), "billing-refused"),
        .init(answer(.api, 401, "Invalid or expired API key"), "auth-service-id-wrong", .authentication),
        .init(.lost(.key), "key-not-forwarded", .authentication),
        .init(answer(.mlflow, 401, "API key required"), "key-not-forwarded", .mlflow, path: .route(to: .mlflow)),
        .init(answer(.auth, 401, "API key required"), "key-channel-mismatch", .authentication),
        .init(.misrouted(.auth, path: "/api/v1/keys", expected: .auth, got: .api), "auth-routed-to-registry"),
    ]

    private static let mlflow: [SymptomExample] = [
        .init(.lost(.body), "proxy-loses-parts", .mlflow),
        .init(.lost(.repeatedQuery), "proxy-loses-parts", .mlflow),
        .init(.lost(.prefix), "bare-api-mount", .mlflow),
        .init(
            .misrouted(.registry, path: "/api/mlflow/health", expected: .api, got: .mlflow), "proxy-routed-to-mlflow"),
        .init(answer(.mlflow, 403, "Invalid Host header"), "mlflow-host-check", .mlflow),
        .init(.artifactChanged(.nameEncoding), "artifact-name-encoding", .mlflow),
        .init(.artifactChanged(.content), "artifact-corrupted", .mlflow),
        .init(answer(.mlflow, 503, "ARTIFACTS_DISABLED"), "artifacts-disabled", .mlflow),
        .init(answer(.mlflow, 500, path: "/mlflow-artifacts/artifacts/x"), "artifacts-disabled", .mlflow),
        .init(
            answer(.mlflow, 400, "INVALID_PARAMETER_VALUE Missing value for max_results"), "max-results-missing",
            .mlflow),
        .init(.setting(.aws(.bucket, "b"), "LifecycleConfiguration", .expiry), "artifacts-expire", .aws),
        .init(
            .ailment(.aws(.targetGroup, "mlflow-tg"), .targetUnhealthy, says: "failed with these codes: [401]"),
            "target-group-path", .aws),
        .init(.missing(.aws(.listenerRule, "alb:443")), "https-rules-missing", .aws),
        .init(answer(.mlflow, 502, "Failed to resolve: Name or service not known"), "mlflow-name-unresolved", .mlflow),
        .init(told(.mlflow, .unresolved, "Name or service not known"), "mlflow-name-unresolved"),
        .init(.certificate(.mlflow, at: "m", .untrusted), "mlflow-certificate", .mlflow),
        .init(answer(.mlflow, 504), "mlflow-blocked-by-network", .mlflow),
        .init(answer(.mlflow, 502, "Failed to connect to MLflow server"), "mlflow-down", .mlflow),
        .init(told(.mlflow, .refused, "[Errno 111] Connection refused"), "mlflow-down", .integration),
        .init(answer(.api, 500, path: "/health/mlflow"), "breaker-serialization", .integration),
        .init(.breaker(.constantBackOff), "breaker-back-off-constant", .unit),
        .init(.deviation(.mlflow, .addresses), "mlflow-urls-differ"),
    ]

    private static let deployment: [SymptomExample] = [
        .init(.ailment(service, .taskStopped, says: "exec format error"), "image-architecture", .aws),
        .init(.ailment(.aws(.image, "api"), .wrongArchitecture), "image-architecture", .aws),
        .init(.ailment(service, .taskStopped, says: "ImportError: no module"), "image-broken", .aws),
        .init(.ailment(service, .outdated), "image-outdated", .aws),
        .init(.setting(.aws(.taskDefinition, "api"), "image", .reverted), "setting-reverted", .aws),
        .init(.ailment(service, .taskStopped, says: "ResourceInitializationError: secret"), "secret-unreadable", .aws),
        .init(.runLacks(.setting("HOKUSAI_API_KEY")), "settings-missing", .environment),
        .init(.ailment(service, .tooFewTasks), "tasks-missing", .aws),
        .init(.ailment(service, .scaledToZero), "tasks-missing", .aws),
        .init(.ailment(service, .taskUnhealthy), "task-unhealthy", .aws),
        .init(.missing(.aws(.cluster, "hokusai")), "resource-missing", .aws),
        .init(
            .ailment(.aws(.targetGroup, "api-tg"), .targetUnhealthy, says: "Target.Timeout"), "targets-unhealthy", .aws),
        .init(.ailment(.aws(.targetGroup, "api-tg"), .noTarget), "targets-unhealthy", .aws),
    ]

    private static let general: [SymptomExample] = [
        .init(answer(.api, 500, path: "/health?detailed=true"), "health-detail-defect", .integration),
        .init(answer(.api, 500, path: "/health/status"), "health-detail-defect", .integration),
        .init(.eventLoopBlocked(.api), "event-loop-blocked", .chaos),
        .init(.deviation(.api, .constantVersion, ["git_commit"]), "version-constant"),
        .init(told(.api, .other, "model_30_warmed: warming"), "cold-start"),
        .init(answer(.api, 503, "persistence_unavailable"), "contributions-bucket"),
        .init(answer(.api, 500, "MLFLOW_TRACKING_URI is not set"), "settings-missing"),
        .init(answer(.api, 500, "HuggingFace token not configured"), "huggingface-token"),
        .init(none(.api, .unresolved), "name-unresolved"),
        .init(.certificate(.api, at: "a", .expired), "certificate-untrusted"),
        .init(.certificate(.api, at: "a", .wrongName), "certificate-untrusted"),
        .init(answer(.api, 503, by: .balancer), "no-healthy-target"),
        .init(none(.api, .timedOut), "service-silent"),
        .init(none(.api, .refused), "service-refuses"),
        .init(none(.api, .tls), "protocol-mismatch"),
        .init(.deviation(.api, .contradiction), nil),
        .init(.certificate(.api, at: "a", .expiresSoon), nil),
    ]
}
