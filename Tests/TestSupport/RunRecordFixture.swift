import Formats
import Foundation
import RunModel

/// Runs made up for the tests of diagnosis and reports, with every kind of outcome and fixed moments.
public struct RunRecordFixture {
    public var header: RunHeader
    public var entries: [PlanEntry] = []
    public var results: [CheckID: CheckResult] = [:]
    public var finishedPhases: [Phase] = [.setup, .coreTests, .validation]
    public var interruption: Interruption?
    public var openUndos: [String] = []

    /// 2026-02-03T04:05:06Z.
    public static let start = Date(timeIntervalSince1970: 1_770_091_506)

    public init(environment: String = "staging") {
        header = RunHeader(
            schema: 1, runID: RunID(startedAt: Self.start, random: 0xABCDEF), environment: environment,
            isProduction: false, startedAt: Self.start, build: "0.1.0 (test)",
            target: ["api": "http://api.localhost:8001", "mlflow": "http://mlflow.localhost:5000"],
            change: ["commit": "0123456789abcdef", "branch": "main"], options: ["allow": "writes"],
            vantage: "a test", gate: Gate())
    }

    /// Plans a check and, unless the outcome is nil, lets it end so.
    public mutating func add(
        _ id: CheckID, _ title: String, _ category: RunModel.Category = .serviceHealth, _ phase: Phase = .validation,
        severity: Severity = .medium, isCritical: Bool = false, dependsOn: [CheckID] = [], outcome: Outcome?,
        subject: Subject = .live, risk: String = "", remediation: Remediation = Remediation(),
        metrics: [Metric] = [], facts: [FactName: String] = [:], path: Path? = nil, reproduction: String? = nil,
        muted: Mute? = nil,
        earlierAttempts: [Attempt] = [], evidence: [EvidenceReference] = []
    ) {
        var descriptor = CheckDescriptor(id: id, title: title, category: category, phase: phase)
        descriptor.severity = severity
        descriptor.isCritical = isCritical
        descriptor.dependsOn = dependsOn
        descriptor.risk = risk
        descriptor.remediation = remediation
        var decision = PlanDecision.run
        if case .skipped(let reason)? = outcome { decision = .skip(reason) }
        entries.append(PlanEntry(descriptor: descriptor, decision: decision))
        guard let outcome else { return }
        var result = CheckResult(
            id: id, outcome: outcome, subject: subject,
            startedAt: Self.start.addingTimeInterval(Double(entries.count)), duration: .milliseconds(120))
        result.measurements = metrics
        result.facts = facts
        result.path = path
        result.reproduction = reproduction
        result.muted = muted
        result.earlierAttempts = earlierAttempts
        result.evidence = evidence
        results[id] = result
    }

    public var record: RunRecord {
        let phases = finishedPhases.map {
            PhaseRecord(
                phase: $0, startedAt: Self.start.addingTimeInterval(Double($0.rawValue) * 10),
                finishedAt: Self.start.addingTimeInterval(Double($0.rawValue) * 10 + 8.5))
        }
        return RunRecord(
            header: header, plan: Plan(entries: entries), results: results, phases: phases,
            interruption: interruption, openUndos: openUndos, lastActivity: Self.start.addingTimeInterval(42))
    }
}

extension RunRecordFixture {
    /// Everything works.
    public static var passing: RunRecord {
        var run = RunRecordFixture()
        run.add("ENV-01", "The environment is complete", .environment, .setup, outcome: .passed("all set"))
        run.add(
            "SH-01", "The API answers /health", isCritical: true, outcome: .passed("200 in 3 ms"),
            reproduction: "curl -sS http://api.localhost:8001/health")
        run.add(
            "DB-01", "PostgreSQL accepts a connection", .database, severity: .critical, isCritical: true,
            outcome: .passed("PostgreSQL 15"))
        run.add(
            "LAT-01", "Latency of /health", .performance, outcome: .passed("p99 9 ms"),
            metrics: ["p50": 2.5, "p95": 6, "p99": 9.25].sorted { $0.key < $1.key }.map {
                Metric("http.response_time.\($0.key)", $0.value, .milliseconds, labels: ["endpoint": "/health"])
            })
        return run.record
    }

    /// MLflow is down: one failure with a chain of blocked checks behind it, beside other troubles.
    public static var failing: RunRecord {
        var run = RunRecordFixture()
        run.add("ENV-01", "The environment is complete", .environment, .setup, outcome: .passed("all set"))
        run.add("SH-01", "The API answers /health", isCritical: true, outcome: .passed("200 in 3 ms"))
        run.add(
            "SH-02", "MLflow answers through the API", severity: .critical, isCritical: true, dependsOn: ["SH-01"],
            outcome: .failed(
                .answer(
                    HTTPAnswer(
                        .mlflow, path: "/api/mlflow/health", status: 502, by: .api,
                        says: "Failed to connect to MLflow server: Connection refused")),
                "MLflow answers through the API with 502", expected: "HTTP 200",
                got: "HTTP 502: Failed to connect to MLflow server: Connection refused"),
            risk: "Nobody can register or read models.",
            metrics: [Metric("http.response_time.p95", 56, .milliseconds, labels: ["endpoint": "/api/mlflow"])],
            reproduction: "curl -sS -H \"X-API-Key: $HOKUSAI_API_KEY\" http://api.localhost:8001/api/mlflow/health",
            evidence: [
                EvidenceReference(
                    title: "GET /api/mlflow/health", sha256: String(repeating: "ab", count: 32), fileExtension: "txt",
                    size: 211)
            ])
        run.add(
            "REG-01", "An experiment is created", .registration, dependsOn: ["SH-02"], outcome: .blocked(by: "SH-02"))
        run.add("REG-02", "A run is created", .registration, dependsOn: ["REG-01"], outcome: .blocked(by: "REG-01"))
        run.add(
            "REG-03", "A model is registered", .registration, severity: .high, dependsOn: ["REG-02"],
            outcome: .blocked(by: "REG-02"))
        run.add(
            "HE-06", "Detailed health answers", .integration, .coreTests,
            outcome: .failed(
                .answer(HTTPAnswer(.api, path: "/health?detailed=true", status: 500, by: .api)),
                "/health?detailed=true answers 500", expected: "HTTP 200", got: "HTTP 500"),
            risk: "Operators see no details.")
        run.add(
            "CB-01", "The breaker starts closed", .unit, .coreTests, severity: .high, outcome: .passed("closed"),
            subject: .model)
        run.add(
            "AWS-01", "The cluster's services run", .aws, dependsOn: ["AWS-00"], outcome: .blocked(by: "AWS-00"))
        run.add(
            "AWS-00", "The identity is known", .permissions, .setup,
            outcome: .inconclusive(
                .permissionDenied(action: "sts:GetCallerIdentity"), "no leave to call sts:GetCallerIdentity"))
        run.add("LD-01", "One request a second is served", .load, .coreTests, outcome: .skipped("needs --allow load"))
        run.add(
            "DB-01", "PostgreSQL accepts a connection", .database, severity: .critical, isCritical: true,
            outcome: .flaky("PostgreSQL 15, at the second attempt"),
            earlierAttempts: [
                Attempt(
                    outcome: .timeout("no answer within 5 s"), startedAt: RunRecordFixture.start, duration: .seconds(5))
            ])
        run.add(
            "TLS-01", "The certificate is valid",
            outcome: .failed(
                .certificate(.api, at: "api.localhost", .expiresSoon), "expires soon", expected: "30 days",
                got: "6 days"),
            muted: Mute(owner: "platform", reason: "renewal is ordered", expires: "2026-03-01"))
        run.add("PRB-01", "The team's probe", .probes, outcome: .error("the probe's program is missing"))
        run.add("PRB-02", "The slow probe", .probes, severity: .low, outcome: .timeout("no end within 30 s"))
        return run.record
    }

    /// Stopped by a signal in the second phase.
    public static var partial: RunRecord {
        var run = RunRecordFixture()
        run.add("ENV-01", "The environment is complete", .environment, .setup, outcome: .passed("all set"))
        run.add("CB-01", "The breaker starts closed", .unit, .coreTests, outcome: .passed("closed"))
        run.add("CB-02", "The breaker opens", .unit, .coreTests, outcome: nil)
        run.add("SH-01", "The API answers /health", isCritical: true, outcome: nil)
        run.finishedPhases = [.setup]
        run.interruption = .terminated
        return run.record
    }

    /// Every text that a hostile target could send, in every place where it ends up.
    public static var hostile: RunRecord {
        let text =
            "a|b `c` **d** <script>alert(1)</script> ]]> &amp; \u{202E}evil\u{202C} \u{0}\u{7}\u{1B}[31m"
            + "\n\n# heading\n| x | y |\n```\n::error::owned @everyone [l](javascript:x) ![i](http://h/p) \u{FFFF} end"
        var run = RunRecordFixture(environment: "staging")
        run.add(
            "SH-01", "The API answers \(text)", isCritical: true,
            outcome: .failed(
                .answer(HTTPAnswer(.api, path: text, status: 418, says: text)), text, expected: text, got: text),
            risk: text,
            remediation: Remediation(summary: text, command: text), facts: [FactName(rawValue: "name"): text],
            reproduction: text,
            evidence: [
                EvidenceReference(
                    title: text, sha256: String(repeating: "cd", count: 32), fileExtension: "txt", size: 9)
            ])
        run.add("SH-02", "=cmd()", dependsOn: ["SH-01"], outcome: .blocked(by: "SH-01"))
        run.add(
            "SH-03", "Passes", outcome: .passed(text),
            metrics: [
                Metric("http.response_time.p95", .infinity, .milliseconds, labels: ["endpoint": text]),
                Metric("http.response_time.p50", .nan, .milliseconds, labels: ["endpoint": text]),
            ])
        run.add("SH-04", "Skipped", outcome: .skipped(text))
        run.add("SH-05", "Unknown", outcome: .inconclusive(.unrecorded, text))
        return run.record
    }
}
