import CheckKit
import Formats
import Foundation
import HTTPClient
import RunModel

/// Finds out which behaviour profile the deployment has (contract §0.2), by requests without a key.
struct ProfileFingerprint: Check {
    var descriptor: CheckDescriptor {
        CheckDescriptor(
            id: DeploymentProfile.fingerprint, title: "The deployment's behaviour profile is known",
            intent:
                "Status codes, key-free paths and health bodies differ between the profiles; expectations follow what is found.",
            procedure:
                "GET /live, /health, /health/alb, /ready, /api/health/mlflow and /health?detailed=true without a key, 10 s each, and compare what answers with the marks of each profile.",
            category: .discovery, phase: .setup, severity: .high, isCritical: true, needs: [.reach(.api)],
            excludes: [.breaker], deadline: .seconds(45),
            risk: "Without the profile no check knows what to expect.",
            remediation: Remediation(
                summary:
                    "If the API answers and no profile fits, it is a build that behaves like none that is known here: compare the marks in the evidence."
            ))
    }

    /// One request and what its answer shows of the profile; nil where it shows nothing.
    private struct Probe: Sendable {
        var path: String
        var marks: @Sendable (HTTPResponse) -> [String: String]
    }

    /// How long the marks of one stage are waited for, side by side. Pages that touch a dependency may hang with it for
    /// minutes, and stall all others (contract §5.6): they come last, and only while they can tell more.
    private static let patience = Duration.seconds(10)

    func run(_ context: CheckContext) async throws -> Outcome {
        let (marks, silent) = try await observe(context)
        var lines = marks.map { "\($0): \($1)" }
        lines += silent.map { "\($0): no answer within \(Self.patience.readable)" }
        context.recorder.attach(
            Evidence("marks of the profile", text: lines.sorted().joined(separator: "\n") + "\n"))
        let fitting = Self.fitting(marks)
        guard fitting.count == 1, let profile = fitting.first else {
            let what =
                marks.isEmpty ? "nothing answers in time" : fitting.isEmpty ? "no profile fits" : "several profiles fit"
            return .inconclusive(
                .obstacle(.unknownProfile, of: .api),
                "\(what): \(lines.sorted().joined(separator: ", "))")
        }
        context.recorder.establish(.profile, profile.rawValue)
        guard silent.isEmpty else {
            return .passed("profile \(profile.rawValue), although \(silent.joined(separator: ", ")) did not answer")
        }
        return .passed("profile \(profile.rawValue)")
    }

    /// What each profile shows. The `fixed` one is the only one whose detailed health works (contract §2.2).
    private static let expected: [DeploymentProfile: [String: String]] = [
        .a: ["live": "401", "services": "dependencies", "alb": "404", "client-view": "401"],
        .m: ["live": "200", "services": "dependencies", "alb": "200", "detailed": "500", "client-view": "checks"],
        .b: ["live": "200", "services": "constant", "alb": "200", "ready-model-30": "yes", "client-view": "one call"],
        .fixed: [
            "live": "200", "services": "dependencies", "alb": "200", "detailed": "200", "client-view": "one call",
        ],
    ]

    /// The profiles that no mark speaks against. What was not seen speaks against none; without /live nothing is known.
    static func fitting(_ marks: [String: String]) -> [DeploymentProfile] {
        guard marks["live"] != nil else { return [] }
        return DeploymentProfile.allCases.filter { profile in
            expected[profile]?.allSatisfy { name, value in marks[name].map { $0 == value } ?? true } ?? false
        }
    }

    private static let stages: [[Probe]] = [
        [
            Probe(path: "/live") { ["live": "\($0.status)"] },
            Probe(path: "/health/alb") { ["alb": "\($0.status)"] },
        ],
        [
            Probe(path: "/health") { ["services": services(in: $0)] },
            Probe(path: "/api/health/mlflow") { clientView(in: $0).map { ["client-view": $0] } ?? [:] },
        ],
        [
            Probe(path: "/ready") { answer in
                if answer.status == 401 { return ["ready-model-30": "no key"] }
                return object(answer).map { ["ready-model-30": $0["model_30"] == nil ? "no" : "yes"] } ?? [:]
            },
            // Detailed health says 503 when it works and the system is unhealthy: also a sign that it works.
            Probe(path: "/health?detailed=true") { ["detailed": $0.status == 503 ? "200" : "\($0.status)"] },
        ],
    ]

    /// The marks, and the pages that gave no answer in time.
    ///
    /// - Throws: the error of /live when nothing accepts a connection.
    private func observe(_ context: CheckContext) async throws -> (marks: [String: String], silent: [String]) {
        var marks: [String: String] = [:]
        var silent: [String] = []
        for stage in Self.stages {
            if !silent.isEmpty, Self.fitting(marks).count == 1 { break }
            for (path, result) in try await Self.ask(stage, context) {
                switch result {
                case .success(let found): marks.merge(found) { $1 }
                case .failure(let error):
                    if error.code == .cancelled || path == "/live" && !error.code.isTimeout { throw error }
                    silent.append(path)
                }
            }
            if marks.isEmpty { break }
        }
        return (marks, silent.sorted())
    }

    private static func ask(
        _ probes: [Probe], _ context: CheckContext
    ) async throws -> [(path: String, result: Result<[String: String], HTTPError>)] {
        let url = try context.url(of: .api)
        return await withTaskGroup(of: (path: String, result: Result<[String: String], HTTPError>).self) { group in
            for probe in probes {
                group.addTask {
                    let request = HTTPRequest(url: url + probe.path, deadline: patience)
                    do {
                        return (probe.path, .success(probe.marks(try await context.exchange(request))))
                    } catch {
                        return (probe.path, .failure(error as? HTTPError ?? foreign(error, request)))
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
    }

    private static func foreign(_ error: any Error, _ request: HTTPRequest) -> HTTPError {
        HTTPError(code: .cancelled, message: "\(error)", method: request.method, url: request.url)
    }

    private static func services(in response: HTTPResponse) -> String {
        guard let services = object(response)?["services"]?.object else { return "none" }
        if Set(services.keys) == ["api", "dependency_checks"] { return "constant" }
        return services["mlflow"] != nil ? "dependencies" : "other"
    }

    /// The two generations of /api/health/mlflow (contract §2.5), also where they report that MLflow is down.
    private static func clientView(in response: HTTPResponse) -> String? {
        if response.status == 401 { return "401" }
        guard let body = object(response) else { return nil }
        if body["tracking_uri"] != nil, body["latency_ms"] != nil { return "one call" }
        let detail = body["detail"]?.object == nil ? body : body["detail"] ?? body
        return detail["mlflow_server"] != nil ? "checks" : nil
    }

    private static func object(_ response: HTTPResponse) -> JSONValue? {
        try? response.json(JSONValue.self)
    }
}
