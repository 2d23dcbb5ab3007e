import CheckKit
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
                "GET /live, /health, /health/alb, /ready and /health?detailed=true without a key, and compare with the marks of each profile.",
            category: .discovery, phase: .setup, severity: .high, isCritical: true, needs: [.reach(.api)],
            excludes: [.breaker], deadline: .seconds(90),
            risk: "Without the profile no check knows what to expect.",
            remediation: Remediation(
                summary:
                    "If the API answers and no profile fits, the contract has changed: compare the marks in the evidence."
            ))
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        let marks = try await observe(context)
        context.recorder.attach(
            Evidence("marks of the profile", text: marks.map { "\($0): \($1)" }.sorted().joined(separator: "\n") + "\n")
        )
        let fitting = DeploymentProfile.allCases.filter { profile in
            Self.expected[profile]?.allSatisfy { marks[$0.key] == $0.value } ?? false
        }
        guard fitting.count == 1, let profile = fitting.first else {
            let seen = marks.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)" }.joined(separator: ", ")
            return .inconclusive(
                .obstacle(.unknownProfile, of: .api),
                "the marks fit \(fitting.isEmpty ? "no profile" : "several profiles"): \(seen)")
        }
        context.recorder.establish(.profile, profile.rawValue)
        return .passed("profile \(profile.rawValue)")
    }

    /// What each profile shows. The `fixed` one is the only one whose detailed health works (contract §2.2).
    static let expected: [DeploymentProfile: [String: String]] = [
        .a: ["live": "401", "services": "dependencies", "alb": "404"],
        .m: ["live": "200", "services": "dependencies", "alb": "200", "detailed": "500"],
        .b: ["live": "200", "services": "constant", "alb": "200", "ready-model-30": "yes"],
        .fixed: ["live": "200", "services": "dependencies", "alb": "200", "detailed": "200"],
    ]

    private func observe(_ context: CheckContext) async throws -> [String: String] {
        var marks: [String: String] = [:]
        marks["live"] = "\(try await context.get("/live", deadline: .seconds(20)).status)"
        let health = try await context.get("/health", deadline: .seconds(60))
        marks["services"] = Self.services(in: health)
        marks["alb"] = "\(try await context.get("/health/alb", deadline: .seconds(20)).status)"
        let ready = try await context.get("/ready", deadline: .seconds(60))
        marks["ready-model-30"] =
            ready.status == 401 ? "no key" : (Self.object(ready)?["model_30"] != nil ? "yes" : "no")
        // Detailed health says 503 when it works and the system is unhealthy: also a sign that it works.
        let detailed = try await context.get("/health?detailed=true", deadline: .seconds(60)).status
        marks["detailed"] = detailed == 503 ? "200" : "\(detailed)"
        return marks
    }

    private static func services(in response: HTTPResponse) -> String {
        guard let services = object(response)?["services"] as? [String: Any] else { return "none" }
        if Set(services.keys) == ["api", "dependency_checks"] { return "constant" }
        return services["mlflow"] != nil ? "dependencies" : "other"
    }

    private static func object(_ response: HTTPResponse) -> [String: Any]? {
        try? JSONSerialization.jsonObject(with: Data(response.body)) as? [String: Any]
    }
}
