import CheckKit
import Formats
import HTTPClient
import MLflowClient
import RunModel
import Settings

/// What the API's proxy does to requests and answers, compared with MLflow itself where it is reachable (contract §13).
struct MLflowProxy: CheckFamily {
    func checks(for configuration: Configuration) -> [any Check] {
        [Self.sameAnswers, Self.deleteBodies, Self.repeatedParameters, Self.sameDownload]
    }

    static let sameAnswers = MLflowCheck(
        id: "ML-05", title: "Proxy and MLflow itself give the same answer",
        intent: "What the proxy changes, clients see and nobody else.",
        procedure: "Send the same reads both ways and compare status, headers and body.", needsDirect: true
    ) { context in
        let (proxy, direct) = (try context.mlflow(.proxy), try context.mlflow(.direct))
        // Reads of what other checks do not change meanwhile.
        let reads: [(String, [(String, String)])] = [
            ("/mlflow/experiments/search", [("max_results", "5"), ("filter", "name = 'Default'")]),
            ("/mlflow/experiments/get", [("experiment_id", "0")]),
            ("/mlflow/registered-models/search", [("max_results", "5"), ("filter", "name = 'no such name'")]),
            ("/mlflow/experiments/get-by-name", [("experiment_name", "no such name & more=1")]),
        ]
        var differences: [String] = []
        var statuses: [Int] = []
        for (path, query) in reads {
            let (left, right) = try await context.mlflowCalls(path) { () async throws(MLflowError) in
                (try await proxy.send("GET", path, query: query), try await direct.send("GET", path, query: query))
            }
            if let outage = context.outage(in: [left, right]) { return outage }
            if left.status != right.status {
                differences.append("\(path): \(left.status) through the proxy, \(right.status) directly")
            } else if (try? left.json(JSONValue.self)) != (try? right.json(JSONValue.self)) {
                differences.append("\(path): another body")
            }
            differences += ProxiedHeaders.differences(left.headers, from: right.headers).map { "\(path): \($0)" }
            statuses.append(left.status)
        }
        guard differences.isEmpty else {
            return .failed(
                .lost(.answer),
                "the proxy changes answers", expected: "the same both ways", got: differences.joined(separator: "; "))
        }
        guard statuses.contains(200) else {
            return .inconclusive(
                .obstacle(.prerequisite, of: .mlflow),
                "every read is refused both ways alike (\(statuses)), so nothing was read")
        }
        return .passed("\(reads.count) reads are the same both ways, headers included: \(statuses)")
    }

    static let deleteBodies = MLflowCheck(
        id: "ML-06", title: "The proxy keeps the body of a DELETE",
        intent: "Without it no model or version can be deleted through the registry.",
        procedure: "Delete a model that does not exist: a body that arrives is answered 404, a lost one 400.",
        severity: .medium, risk: "Models can be made but not removed by clients.",
        remediation: Remediation(
            summary: "Let the proxy send the body for every method, not for POST, PUT and PATCH only.")
    ) { context in
        try await lossless(
            context, expecting: 404, named: "404 RESOURCE_DOES_NOT_EXIST: the body arrived",
            part: .body, losing: 400,
            loss: "the body of a DELETE is lost on the way, a known defect up to profile B"
        ) { (client) async throws(MLflowError) in
            try await client.send(
                "DELETE", "/mlflow/registered-models/delete", body: ["name": "plumbline-no-such-model"])
        }
    }

    static let repeatedParameters = MLflowCheck(
        id: "ML-07", title: "The proxy keeps repeated query parameters",
        intent: "A list in a query is sent as the same name several times; only the last survives.",
        procedure: "Search models with two order_by parameters of which only the first is invalid: it must be refused.",
        severity: .low,
        remediation: Remediation(summary: "Let the proxy pass the query string on as it came.")
    ) { context in
        let query = [("max_results", "1"), ("order_by", "no_such_column ASC"), ("order_by", "name ASC")]
        return try await lossless(
            context, expecting: 400, named: "the first of two order_by was seen and refused",
            part: .repeatedQuery, losing: 200,
            loss:
                "of a repeated query parameter only the last survives, a known defect up to profile B"
        ) { (client) async throws(MLflowError) in
            try await client.send("GET", "/mlflow/registered-models/search", query: query)
        }
    }

    /// Sends one request through the proxy and, where MLflow itself is reachable, directly: a loss that both ways show is
    /// not the proxy's.
    private static func lossless(
        _ context: CheckContext, expecting status: Int, named: String, part: Loss, losing lost: Int, loss: String,
        _ send: (MLflowClient) async throws(MLflowError) -> HTTPResponse
    ) async throws -> Outcome {
        let proxy = try context.mlflow()
        let proxied = try await context.mlflowCalls("ask through the proxy") { () async throws(MLflowError) in
            try await send(proxy)
        }
        // It asks for nothing that exists.
        context.recorder.judge(fault: [.status([lost])], repaired: [.status([status])], isHarmless: true)
        context.recorder.blameLastExchange(proxied)
        var direct: HTTPResponse?
        if context.configuration.services.mlflowDirect != nil {
            let client = try context.mlflow(.direct)
            direct = try? await send(client)
        }
        if proxied.status == status {
            return .passed(named + (direct?.status == status ? ", the same as directly" : ""))
        }
        if let outage = context.outage(in: [proxied] + (direct.map { [$0] } ?? [])) { return outage }
        let told = direct.map { "; directly \(EndpointCheck.shown($0))" } ?? ""
        if let direct, direct.status != status {
            return .failed(
                .deviation(.mlflow, .refusal),
                "MLflow itself answers otherwise", expected: "\(status)",
                got: EndpointCheck.shown(proxied) + told)
        }
        return .failed(.lost(part), loss, expected: "\(status)", got: EndpointCheck.shown(proxied) + told)
    }

    static let sameDownload = MLflowCheck(
        id: "ML-47", title: "An artifact downloads with the same bytes and headers both ways",
        intent: "A browser opens or saves a file by its headers; a proxy that loses them changes what users get.",
        procedure: "Upload a text, a JSON and a binary file through the proxy, download each both ways, compare.",
        severity: .low, writes: true, needsDirect: true
    ) { context in
        try await MLflowWorkspace.with(context) { space in
            let run = try await space.createRun()
            let root = try space.storePath(of: run)
            let paths = ["a.txt", "b.json", "c.bin"].map { "\(root)/\($0)" }
            try await space.willUpload(paths, of: run)
            let (proxy, direct) = (space.client, try context.mlflow(.direct))
            var differences: [String] = []
            for (index, path) in paths.enumerated() {
                let sent = PatternedBytes.make(300, seed: UInt64(index + 1))
                let (left, right) = try await context.mlflowCalls("download") { () async throws(MLflowError) in
                    try await proxy.uploadArtifact(sent, to: path)
                    return (try await proxy.artifactAnswer(path), try await direct.artifactAnswer(path))
                }
                let name = path.dropFirst(root.count + 1)
                if left.body != sent || right.body != sent { differences.append("\(name): other bytes") }
                differences += ProxiedHeaders.differences(left.headers, from: right.headers).map { "\(name): \($0)" }
            }
            return differences.isEmpty
                ? .passed("\(paths.count) files, bytes and headers")
                : .failed(
                    .lost(.answer),
                    "the proxy changes downloads", expected: "the same both ways",
                    got: differences.joined(separator: "; "))
        }
    }
}

extension CheckContext {
    /// The failure of a check that looks at how answers differ, where one of them says that somebody on the way is out of order: it
    /// says nothing of the rest. Nil where none does.
    func outage(in responses: [HTTPResponse]) -> Outcome? {
        guard let response = responses.first(where: { (502...504).contains($0.status) }) else { return nil }
        return .failed(
            symptom(of: response), "somebody on the way is out of order", expected: "an answer of MLflow",
            got: EndpointCheck.shown(response))
    }
}

/// Which headers of an answer a proxy must leave as they are.
enum ProxiedHeaders {
    /// Those of one connection and one message (RFC 9110 §7.6.1), and those that name who answered and when.
    private static let ofTheHop: Set<String> = [
        "connection", "keep-alive", "transfer-encoding", "content-length", "date", "server", "via", "te", "trailer",
        "upgrade",
    ]

    /// What got lost or changed, in words; headers that the proxy adds are its own affair.
    static func differences(_ proxied: HTTPHeaders, from direct: HTTPHeaders) -> [String] {
        let names = Set(direct.map { $0.name.lowercased() }).subtracting(ofTheHop)
        return names.sorted().compactMap { name in
            let (left, right) = (proxied.values(name), direct.values(name))
            if left == right { return nil }
            return left.isEmpty ? "\(name) is lost" : "\(name) is ‘\(left.joined(separator: ", "))’"
        }
    }
}
