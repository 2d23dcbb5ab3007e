import HTTPClient
import MLflowClient
import RunModel

/// The server itself, its error answers, and the ways to it (contract §3).
struct MLflowServer: CheckFamily {
    func checks(for configuration: Configuration) -> [any Check] {
        [
            Self.answers, Self.directHealth, Self.version, Self.errors, Self.sameAnswers, Self.deleteBodies,
            Self.repeatedParameters,
        ]
            + Self.mounts
    }

    static let answers = MLflowCheck(
        id: "ML-01", title: "MLflow answers through the API",
        intent: "The working route of every client (contract §3.1).",
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
        for path in ["/health", "/mlflow/health"] {
            let response = try await context.ask(
                HTTPRequest(url: try context.url(of: "mlflow-direct", path: path), deadline: .seconds(15)))
            if response.status == 200 { return .passed("\(path) answers 200") }
            answers.append("\(path) \(response.status)")
        }
        return .failed(
            "MLflow's health page does not answer 200", expected: "200", got: answers.joined(separator: ", "))
    }

    static let version = MLflowCheck(
        id: "ML-03", title: "MLflow's version is known and supported",
        intent: "2.9, 2.22 and 3.x differ in artifacts, tables and limits.",
        procedure: "GET /version behind the proxy, then directly.", severity: .low
    ) { context in
        for (base, path) in [
            ("mlflow", "/version"), ("mlflow", "/mlflow/version"), ("mlflow-direct", "/version"),
            ("mlflow-direct", "/mlflow/version"),
        ] {
            guard context.configuration.services.url(of: base) != nil else { continue }
            let response = try? await context.exchange(
                HTTPRequest(
                    url: try context.url(of: base, path: path), headers: [CheckContext.bearer(try context.key("api"))],
                    deadline: .seconds(15)))
            guard let response, response.status == 200,
                let match = response.text.firstMatch(of: #/^\s*"?(\d+)\.(\d+)\.(\d+)/#), let major = Int(match.1)
            else { continue }
            let version = "\(match.1).\(match.2).\(match.3)"
            context.recorder.establish("mlflow.version", version)
            return (2...3).contains(major)
                ? .passed("MLflow \(version)")
                : .failed("MLflow \(version) is not a version this was made for", expected: "2.9 to 3.x", got: version)
        }
        return .inconclusive("no way to MLflow shows its version page")
    }

    /// What must be refused, and how (contract §3.4, §11 pattern 33).
    static let errors = MLflowCheck(
        id: "ML-04", title: "Mistakes are refused by name",
        intent: "A client can only react to an error that is told by its code.",
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
            let got = (try? response.json(JSONValue.self))?["error_code"]?.string
            if !statuses.contains(response.status) || (code != nil && got != code) {
                problems.append("\(what): \(response.status) \(got ?? "without error_code")")
            }
        }
        guard problems.isEmpty else {
            return .failed(
                "mistakes are answered otherwise", expected: "4xx with error_code",
                got: problems.joined(separator: "; "))
        }
        return .passed("\(cases.count) mistakes refused by name")
    }

    static let sameAnswers = MLflowCheck(
        id: "ML-05", title: "Proxy and MLflow itself give the same answer",
        intent: "What the proxy changes, clients see and nobody else (contract §13).",
        procedure: "Send the same reads both ways and compare status, content type and body.", needsDirect: true
    ) { context in
        let (proxy, direct) = (try context.mlflow(.proxy), try context.mlflow(.direct))
        let reads: [(String, [(String, String)])] = [
            ("/mlflow/experiments/search", [("max_results", "5")]),
            ("/mlflow/experiments/get", [("experiment_id", "0")]),
            ("/mlflow/registered-models/search", [("max_results", "5")]),
            ("/mlflow/experiments/get-by-name", [("experiment_name", "no such name & more=1")]),
        ]
        var differences: [String] = []
        for (path, query) in reads {
            let answers = try await context.mlflowCalls(path) { () async throws(MLflowError) in
                (try await proxy.send("GET", path, query: query), try await direct.send("GET", path, query: query))
            }
            let (left, right) = answers
            if left.status != right.status {
                differences.append("\(path): \(left.status) through the proxy, \(right.status) directly")
            } else if (try? left.json(JSONValue.self)) != (try? right.json(JSONValue.self)) {
                differences.append("\(path): another body")
            }
        }
        guard differences.isEmpty else {
            return .failed(
                "the proxy changes answers", expected: "the same both ways", got: differences.joined(separator: "; "))
        }
        return .passed("\(reads.count) reads are the same both ways")
    }

    static let deleteBodies = MLflowCheck(
        id: "ML-06", title: "The proxy keeps the body of a DELETE",
        intent: "Without it no model or version can be deleted through the registry (contract §13).",
        procedure: "Delete a model that does not exist: a body that arrives is answered 404, a lost one 400.",
        severity: .medium, risk: "Models can be made but not removed by clients.",
        remediation: Remediation(
            summary: "Let the proxy send the body for every method, not for POST, PUT and PATCH only.")
    ) { context in
        let client = try context.mlflow()
        let response = try await context.mlflowCalls("delete") { () async throws(MLflowError) in
            try await client.send(
                "DELETE", "/mlflow/registered-models/delete", body: ["name": "plumbline-no-such-model"])
        }
        guard response.status == 404 else {
            return .failed(
                "the body of a DELETE is lost on the way, a known defect up to profile B (contract §13)",
                expected: "404 RESOURCE_DOES_NOT_EXIST", got: EndpointCheck.shown(response))
        }
        return .passed("404 RESOURCE_DOES_NOT_EXIST: the body arrived")
    }

    static let repeatedParameters = MLflowCheck(
        id: "ML-07", title: "The proxy keeps repeated query parameters",
        intent: "A list in a query is sent as the same name several times; only the last survives (contract §13).",
        procedure: "Search models with two order_by parameters of which only the first is invalid: it must be refused.",
        severity: .low,
        remediation: Remediation(summary: "Let the proxy pass the query string on as it came.")
    ) { context in
        let client = try context.mlflow()
        let query = [("max_results", "1"), ("order_by", "no_such_column ASC"), ("order_by", "name ASC")]
        let response = try await context.mlflowCalls("search") { () async throws(MLflowError) in
            try await client.send("GET", "/mlflow/registered-models/search", query: query)
        }
        guard response.status == 400 else {
            return .failed(
                "of a repeated query parameter only the last survives, a known defect up to profile B (contract §13)",
                expected: "400 for the first order_by", got: EndpointCheck.shown(response))
        }
        return .passed("the first of two order_by was seen and refused")
    }

    /// Which paths lead to MLflow (contract §3.1).
    static let mounts: [MLflowCheck] = [
        mount(
            "ML-08", "The bare /api/2.0 path works as a tracking URI",
            "/api/2.0/mlflow/experiments/search?max_results=1",
            known: "the third mount loses its prefix (contract §3.1, §11 pattern 31)"),
        mount(
            "ML-09", "The registry's /mlflow path serves ajax-api",
            "/mlflow/ajax-api/2.0/mlflow/experiments/search?max_results=1",
            known: nil),
    ]

    private static func mount(_ id: CheckID, _ title: String, _ path: String, known: String?) -> MLflowCheck {
        MLflowCheck(
            id: id, title: title,
            intent: "Clients are set up with one of several base addresses; not all of them work.",
            procedure: "GET `\(path)` of the registry with a key.", severity: .low,
            remediation: Remediation(summary: "Use `/api/mlflow` below the registry as the tracking URI.")
        ) { context in
            let response = try await context.ask(
                HTTPRequest(
                    url: try context.url(of: "registry", path: path),
                    headers: [CheckContext.bearer(try context.key("api"))], deadline: .seconds(20)))
            guard response.status == 200 else {
                return .failed(
                    "this path does not lead to MLflow\(known.map { ": " + $0 } ?? "")", expected: "200",
                    got: EndpointCheck.shown(response))
            }
            return .passed("200")
        }
    }
}
