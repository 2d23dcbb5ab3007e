import CheckKit
import HTTPClient
import RunModel
import Settings

/// Every health and operations endpoint of the API, and the health page of each host (contract §2.2, §2.5, §4.5).
struct ServiceEndpoints: CheckFamily {
    func checks(for configuration: Configuration) -> [any Check] {
        (Self.hosts + Self.health + Self.operations + Self.middleware + Self.components).map(EndpointCheck.init)
    }

    /// The page each load balancer asks, host by host. These three decide whether there is a platform at all.
    static let hosts: [EndpointRule] = [
        EndpointRule(
            id: "SH-01", title: "The API answers /health", path: "/health", status: ByProfile(200),
            members: ["status", "version", "services", "timestamp"], body: [healthy], severity: .critical,
            isCritical: true, touchesBreaker: true, legacyComponent: .apiHealth,
            risk: "Without it the load balancer takes the API out of service.", remediation: restart("api"),
            cautions: [.b: constantHealth]),
        EndpointRule(
            id: "SH-02", title: "The registry host answers /health", service: .registry, path: "/health",
            status: ByProfile(200), members: ["status"], body: [healthy], severity: .critical, isCritical: true,
            touchesBreaker: true, legacyComponent: .registryHealth,
            risk: "Clients of the model registry get no answer.",
            remediation: restart("api"), cautions: [.b: constantHealth]),
        EndpointRule(
            id: "SH-03", title: "The auth service answers /health", service: .auth, path: "/health",
            status: ByProfile(200), members: ["status"], body: [authService], severity: .critical,
            isCritical: true, legacyComponent: .authHealth,
            risk: "Without the auth service every request with a key is refused.",
            remediation: restart("auth")),
    ]

    private static let constantHealth =
        "On this deployment /health is a constant: it says healthy whatever is broken. A pass proves that the process answers, and nothing of its dependencies; /ready tells of those."

    static let health: [EndpointRule] = [
        EndpointRule(
            id: "SH-04", title: "The load balancer's own health page answers", path: "/health/alb",
            status: ByProfile(a: 404, m: 200, b: 200, fixed: 200), members: ["status", "timestamp"]),
        EndpointRule(
            id: "SH-05", title: "The API says that it is alive", path: "/live",
            status: ByProfile(a: 401, m: 200, b: 200, fixed: 200), members: ["alive", "memory_usage_mb"],
            body: [isTrue("alive")], severity: .high),
        EndpointRule(
            id: "SH-06", title: "The API can serve traffic", path: "/ready",
            status: ByProfile(a: 401, m: 200, b: 200, fixed: 200),
            members: ["ready", "can_serve_traffic", "degraded_mode", "checks"], body: [isTrue("can_serve_traffic")],
            severity: .critical, isCritical: true, touchesBreaker: true,
            risk: "The API itself says that a critical dependency is missing, usually the database.",
            remediation: Remediation(
                summary: "Look at the failed item of `checks` in the answer and fix that dependency.",
                command: "curl -sS \"$API_URL/ready\" | jq '.checks[] | select(.passed | not)'"), deadline: .seconds(70)
        ),
        EndpointRule(
            id: "SH-07", title: "The API is ready and not degraded", path: "/ready",
            status: ByProfile(a: 401, m: 200, b: 200, fixed: 200), members: ["ready", "degraded_mode"],
            body: [isTrue("ready"), isFalse("degraded_mode")], severity: .high, touchesBreaker: true,
            risk: "MLflow is missing: models cannot be registered or read.", deadline: .seconds(70)),
        EndpointRule(
            id: "SH-08", title: "MLflow's health as the breaker sees it", path: "/health/mlflow",
            status: ByProfile(200),
            members: ["circuit_breaker_state", "circuit_breaker_details", "connected", "timestamp"],
            body: [isTrue("connected")], severity: .high, touchesBreaker: true, deadline: .seconds(70)),
        EndpointRule(
            id: "SH-09", title: "MLflow's health as a client sees it", path: "/api/health/mlflow",
            status: ByProfile(a: 401, m: 200, b: 200, fixed: 200), members: ["status"], severity: .high,
            risk: "The API cannot read the model registry.",
            remediation: Remediation(
                summary: "Give the API a tracking token of an administrator and the right tracking URI.",
                command: "curl -sS \"$API_URL/api/health/mlflow\"",
                terraform: """
                    environment = [{ name = "MLFLOW_TRACKING_URI", value = "http://mlflow.${var.namespace}:5000" }]
                    secrets     = [{ name = "MLFLOW_TRACKING_TOKEN", valueFrom = aws_secretsmanager_secret.mlflow_token.arn }]
                    """)),
        EndpointRule(
            id: "SH-10", title: "The detailed MLflow health answers", path: "/api/health/mlflow/detailed",
            status: ByProfile(a: 401, m: 200, b: 200, fixed: 200)),
        EndpointRule(
            id: "SH-11", title: "The MLflow connectivity page answers", path: "/api/health/mlflow/connectivity",
            status: ByProfile(a: 401, m: 200, b: 200, fixed: 200), members: ["status"]),
        EndpointRule(
            id: "SH-12", title: "Detailed health is served", path: "/health?detailed=true", status: ByProfile(200),
            part: .detailedHealth, knownDefects: [.a: 500, .m: 500, .b: 500], members: ["status", "services"],
            severity: .low,
            touchesBreaker: true,
            remediation: Remediation(
                summary: "Let the response model of `/health` carry objects in `services`."), deadline: .seconds(70)),
        EndpointRule(
            id: "SH-13", title: "The status summary is served", path: "/health/status", status: ByProfile(200),
            part: .detailedHealth, knownDefects: [.a: 500, .m: 500, .b: 500],
            members: ["overall_health", "services", "mlflow"],
            severity: .low, touchesBreaker: true,
            remediation: Remediation(
                summary: "Let the response model of `/health/status` carry objects in `services`."),
            deadline: .seconds(70)),
    ]

    static let operations: [EndpointRule] = [
        EndpointRule(
            id: "SH-14", title: "The API tells its version", path: "/version",
            status: ByProfile(a: 401, m: 200, b: 200, fixed: 200),
            members: ["version", "build_date", "git_commit", "api_version"], severity: .low),
        EndpointRule(
            id: "SH-15", title: "The version names the commit that was built", path: "/version",
            status: ByProfile(a: 401, m: 200, b: 200, fixed: 200),
            body: [
                EndpointRule.BodyRule(
                    expected: "git_commit is a commit", shown: .lacks("\"git_commit\":\"unknown\""),
                    problem: { body in
                        let commit = body["git_commit"]?.text ?? "nothing"
                        return commit == "unknown" || commit == "nothing" ? "git_commit is \(commit)" : nil
                    }, symptom: { _, component in .deviation(component, .constantVersion, ["git_commit"]) })
            ], severity: .low,
            risk: "Nobody can tell from outside whether a fix is deployed.",
            remediation: Remediation(summary: "Write commit and build date into the image at build time.")),
        EndpointRule(
            id: "SH-16", title: "Metrics are served as Prometheus text", path: "/metrics",
            status: ByProfile(a: 401, m: 200, b: 200, fixed: 200), part: .metrics, contentType: "text/plain",
            touchesBreaker: true, deadline: .seconds(70)),
        EndpointRule(
            id: "SH-17", title: "The service description needs a key and has its members", path: "/", key: .api,
            status: ByProfile(a: 404, m: 200, b: 200, fixed: 200), members: ["service", "version", "health_endpoints"],
            severity: .low),
        EndpointRule(
            id: "SH-18", title: "The interactive documentation is served", path: "/docs", status: ByProfile(200),
            contentType: "text/html", severity: .low),
        EndpointRule(
            id: "SH-57", title: "The reference documentation is served", path: "/redoc", status: ByProfile(200),
            contentType: "text/html", severity: .low),
        EndpointRule(
            id: "SH-19", title: "The OpenAPI description is served", path: "/openapi.json", status: ByProfile(200),
            members: ["openapi", "paths"], severity: .low),
        EndpointRule(
            id: "SH-20", title: "The debug page stays closed", path: "/debug", key: .api, status: ByProfile(404),
            risk: "A debug page tells strangers about the inside of the service."),
        EndpointRule(
            id: "SH-21", title: "The auth service describes itself", service: .auth, path: "/", status: ByProfile(200),
            absence: "this auth service has no description of itself", members: ["service"], severity: .low,
            legacyComponent: .authRoot),
        EndpointRule(
            id: "SH-22", title: "/health/live is not a page anything may rely on", path: "/health/live",
            status: ByProfile(404), severity: .low,
            risk: "A target group that asks this page would be unhealthy forever."),
        EndpointRule(
            id: "SH-23", title: "/health/ready is not a page anything may rely on", path: "/health/ready",
            status: ByProfile(404), severity: .low),
    ]

    static let middleware: [EndpointRule] = [
        EndpointRule(
            id: "SH-24", title: "HEAD on /health is refused as documented", method: "HEAD", path: "/health",
            status: ByProfile(405), severity: .low),
        EndpointRule(
            id: "SH-25", title: "POST on /health is refused", method: "POST", path: "/health", status: ByProfile(405),
            severity: .low),
        EndpointRule(
            id: "SH-26", title: "A CORS preflight passes without a key", method: "OPTIONS", path: "/models/",
            headers: [
                HTTPHeader("Origin", "https://client.example"), HTTPHeader("Access-Control-Request-Method", "GET"),
            ], status: ByProfile(a: 401, m: 200, b: 200, fixed: 200), severity: .low),
        EndpointRule(
            id: "SH-27", title: "The root needs a key", path: "/", status: ByProfile(401), members: []),
        EndpointRule(
            id: "SH-28", title: "An unknown path without a key is refused for the key", path: "/plumbline-no-such-path",
            status: ByProfile(401), severity: .low),
        EndpointRule(
            id: "SH-29", title: "An unknown path with a key is not found", path: "/plumbline-no-such-path", key: .api,
            status: ByProfile(404), severity: .low),
        EndpointRule(
            id: "SH-30", title: "Scanners are rejected before anything else", path: "/.env",
            status: ByProfile(a: 401, m: 401, b: 404, fixed: 404), severity: .medium,
            risk: "Scanner noise reaches MLflow and uses up its memory."),
    ]

    /// Those of the original campaign's components that are no other endpoint (contract §1.2), each with what a healthy
    /// deployment really answers.
    static let components: [EndpointRule] = [
        component("SH-41", "The registry's root asks for a key", "/", .registryRoot),
        component("SH-42", "MLflow's health behind the API asks for a key", "/api/mlflow/health", .mlflowHealth),
        component("SH-43", "MLflow's version behind the API asks for a key", "/api/mlflow/version", .mlflowVersion),
        component(
            "SH-44", "The experiments behind the API ask for a key", "/api/mlflow/api/2.0/mlflow/experiments/search",
            .mlflowExperiments),
    ]

    private static func component(_ id: CheckID, _ title: String, _ path: String, _ key: LegacyComponent)
        -> EndpointRule
    {
        EndpointRule(
            id: id, title: title, service: .registry, path: path, status: ByProfile(401), legacyComponent: key,
            risk: "An answer without a key opens the registry to everybody; none at all closes it to all.")
    }

    private static let healthy = EndpointRule.BodyRule(
        expected: "status healthy", shown: .contains("\"status\":\"healthy\""),
        problem: { body in
            let status = body["status"]?.text ?? "missing"
            if status == "healthy" { return nil }
            let bad = (body["services"]?.object ?? [:]).filter {
                $0.value.text != "healthy" && $0.value.text != "disabled"
            }
            let parts = bad.map { "\($0.key) \($0.value.text)" }.sorted()
            return "status is \(status)\(parts.isEmpty ? "" : " (\(parts.joined(separator: ", ")))")"
        })

    private static let authService = EndpointRule.BodyRule(
        expected: "a healthy auth service",
        problem: { body in
            // A page that names nobody is as good as any: who answers is found out in another way.
            if let service = body["service"]?.text, !service.contains("auth") {
                return "\(service) answers under the auth service's name"
            }
            let status = body["status"]?.text ?? "missing"
            return ["healthy", "ok"].contains(status.lowercased()) ? nil : "status is \(status)"
        })

    private static func isTrue(_ member: String) -> EndpointRule.BodyRule { isBoolean(member, true) }
    private static func isFalse(_ member: String) -> EndpointRule.BodyRule { isBoolean(member, false) }

    private static func isBoolean(_ member: String, _ expected: Bool) -> EndpointRule.BodyRule {
        EndpointRule.BodyRule(
            expected: "\(member) \(expected)", shown: .contains("\"\(member)\":\(expected)"),
            problem: { body in
                guard body[member]?.boolean != expected else { return nil }
                let failed = (body["checks"]?.array ?? []).filter {
                    $0["passed"]?.boolean == false && $0["critical"] != nil
                }
                let reasons = failed.map { "\($0["name"]?.text ?? "?"): \($0["error"]?.text ?? "no reason")" }
                let error = body["error"].map { $0 == .null ? [] : [$0.text] } ?? []
                let why = (reasons + error).joined(separator: "; ")
                return "\(member) is \(body[member]?.text ?? "missing")\(why.isEmpty ? "" : " (\(why))")"
            })
    }

    private static func restart(_ role: String) -> Remediation {
        Remediation(
            summary: "Look at the service's tasks and log; when they run, look at the target group's health check.",
            command:
                "aws ecs describe-services --cluster \"$CLUSTER\" --services \"$\(role.uppercased())_SERVICE\" --query 'services[0].[runningCount,desiredCount,events[0:5]]'"
        )
    }
}
