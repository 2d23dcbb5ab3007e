import CheckKit
import Formats
import HTTPClient
import MLflowClient
import RunModel
import Settings

/// The server itself, its error answers, and the ways to it (contract §3).
struct MLflowServer: CheckFamily {
    func checks(for configuration: Configuration) -> [any Check] {
        [
            Self.answers, Self.directHealth, Self.version, Self.errors,
        ] + Self.mounts
    }

    static let answers = MLflowCheck(
        id: "ML-01", title: "MLflow answers through the API",
        intent: "The working route of every client.",
        procedure: "Search experiments with max_results=1 through `services.mlflow` with the key ‘api’.",
        severity: .critical, isCritical: true, dependsOn: [], risk: "No client reaches the model registry.",
        remediation: Remediation(
            summary:
                "502 and 504: the link to MLflow; 401: the key or a proxy that strips it; 403: the rights; 404: the route.",
            command:
                "curl -sS \"$REGISTRY_URL/api/mlflow/api/2.0/mlflow/experiments/search?max_results=1\" -H \"Authorization: Bearer $HOKUSAI_API_KEY\""
        )
    ) { context in
        let client = try context.mlflow()
        let found = try await context.mlflowCalls("search experiments") { () async throws(MLflowError) in
            try await client.searchExperiments(maximum: 1)
        }
        return .passed("\(found.count) experiment in the answer")
    }

    static let directHealth = MLflowCheck(
        id: "ML-02", title: "MLflow itself is healthy", intent: "Tells MLflow's own state from that of the way to it.",
        procedure: "GET /health and /mlflow/health of `services.mlflow_direct`.", severity: .high, needsDirect: true,
        dependsOn: []
    ) { context in
        var answers: [String] = []
        var symptom = Symptom.obstacle(.nothingToLookAt, of: .mlflow)
        for path in ["/health", "/mlflow/health"] {
            let response = try await context.ask(
                HTTPRequest(url: try context.url(of: .mlflowDirect, path: path), deadline: .seconds(15)))
            let text = response.text.filter { !$0.isWhitespace }
            if response.status == 200, text == "OK" || text == "{\"status\":\"ok\"}" {
                return .passed("\(path) answers 200")
            }
            answers.append("\(path) \(response.status)")
            symptom = context.symptom(of: response)
        }
        return .failed(
            symptom,
            "MLflow's health page does not answer 200", expected: "200", got: answers.joined(separator: ", "))
    }

    static let version = MLflowCheck(
        id: "ML-03", title: "MLflow's version is known and supported",
        intent: "2.9, 2.22 and 3.x differ in artifacts, tables and limits.",
        procedure: "GET /version behind the proxy, then directly.", severity: .low
    ) { context in
        guard let version = await context.askForMLflowVersion() else {
            return .inconclusive(.obstacle(.hidden, of: .mlflow), "no way to MLflow shows its version page")
        }
        context.recorder.establish(.mlflowVersion, "\(version)")
        return MLflowLimits.supported.contains(version)
            ? .passed("MLflow \(version)")
            : .failed(
                .deviation(.mlflow, .version),
                "MLflow \(version) is not a version this was made for", expected: "2.9 to 3.x", got: "\(version)")
    }

    /// What must be refused, and how (contract §3.4, §11 pattern 33).
    static let errors = MLflowCheck(
        id: "ML-04", title: "Mistakes are refused by name",
        intent: "A client can only react to an error that is named by its code.",
        procedure:
            "Send a search beyond the limit, an experiment that does not exist, a call removed since 2.0, a model that does not exist.",
        severity: .low
    ) { context in
        let client = try context.mlflow()
        let cases: [(String, String, String, [(String, String)], JSONValue?, Set<Int>, String?)] = [
            (
                "a search beyond the limit", "POST", "/mlflow/experiments/search", [], ["max_results": 1_000_000],
                [400], "INVALID_PARAMETER_VALUE"
            ),
            (
                "an experiment that does not exist", "GET", "/mlflow/experiments/get", [("experiment_id", "999999999")],
                nil, [404], "RESOURCE_DOES_NOT_EXIST"
            ),
            ("a call removed since 2.0", "GET", "/mlflow/experiments/list", [], nil, [404], nil),
            (
                "a model that does not exist", "GET", "/mlflow/registered-models/get",
                [("name", "plumbline-no-such-model")], nil, [404], "RESOURCE_DOES_NOT_EXIST"
            ),
        ]
        var problems: [String] = []
        for (what, method, path, query, body, statuses, code) in cases {
            let response = try await context.mlflowCalls(what) { () async throws(MLflowError) in
                try await client.send(method, path, query: query, body: body)
            }
            if let outage = context.outage(in: [response]) { return outage }
            let got = (try? response.json(JSONValue.self))?["error_code"]?.string
            if !statuses.contains(response.status) || (code != nil && got != code) {
                problems.append("\(what): \(response.status) \(got ?? "without error_code")")
            }
        }
        guard problems.isEmpty else {
            return .failed(
                .deviation(.mlflow, .refusal),
                "mistakes are answered otherwise", expected: "4xx with error_code",
                got: problems.joined(separator: "; "))
        }
        return .passed("\(cases.count) mistakes refused by name")
    }

    /// Which paths lead to MLflow (contract §3.1).
    static let mounts: [MLflowCheck] = [
        mount(
            "ML-08", "The bare /api/2.0 path works as a tracking URI",
            "/api/2.0/mlflow/experiments/search?max_results=1",
            known: "the third mount loses its prefix"),
        mount(
            "ML-09", "The registry's /mlflow path serves ajax-api",
            "/mlflow/ajax-api/2.0/mlflow/experiments/search?max_results=1",
            known: nil, part: .balancer),
    ]

    private static func mount(_ id: CheckID, _ title: String, _ path: String, known: String?, part: SystemPart? = nil)
        -> MLflowCheck
    {
        MLflowCheck(
            id: id, title: title,
            intent: "Clients are set up with one of several base addresses; not all of them work.",
            procedure: "GET `\(path)` of the registry with a key.", severity: .low, part: part,
            remediation: Remediation(summary: "Use `/api/mlflow` below the registry as the tracking URI.")
        ) { context in
            let response = try await context.ask(
                HTTPRequest(
                    url: try context.url(of: .registry, path: path),
                    headers: [CheckContext.bearer(try context.key(.api))], deadline: .seconds(20)))
            context.promised([200], holding: ["\"experiments\""], answered: response)
            guard response.status == 200 else {
                if part == .balancer, try !LoadBalancerSign.isSeen(in: response, context) {
                    return .skipped(
                        "no load balancer is seen in front of the registry, so no rule of it leads past the API")
                }
                if let outage = context.outage(in: [response]) { return outage }
                return .failed(
                    known == nil ? context.symptom(of: response) : .lost(.prefix),
                    "this path does not lead to MLflow\(known.map { ": " + $0 } ?? "")", expected: "200",
                    got: EndpointCheck.shown(response))
            }
            guard (try? response.json(JSONValue.self))?["experiments"]?.array != nil else {
                return .failed(
                    .deviation(.mlflow, .shape, ["experiments"]),
                    "this path answers 200 with something else than experiments",
                    expected: "experiments", got: EndpointCheck.shown(response))
            }
            return .passed("200 with experiments")
        }
    }
}
