import Formats

/// Forwards one request to MLflow the way the original does, losses included (contract §3.2).
struct MLflowProxy: Sendable {
    /// Seconds (contract §3.2).
    static let timeout = 30.0
    private static let hopByHop: Set<String> = [
        "connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "expect", "proxy-authorization",
    ]

    var baseURL: String
    var profile: Profile
    var servesArtifacts: Bool
    var http: Outgoing

    func forward(_ rest: String, _ request: ServiceRequest, caller: Caller?) async -> ServiceResponse {
        if rest.contains("mlflow-artifacts"), !servesArtifacts {
            return .json(
                503,
                [
                    "detail": [
                        "error": "ARTIFACTS_DISABLED", "message": "Artifact serving is disabled on this deployment",
                    ]
                ])
        }
        do throws(OutgoingFailure) {
            let answer = try await http(call(rest, request, caller))
            return Self.response(answer, rest: rest)
        } catch {
            switch error {
            case .timeout: return .detail(504, "MLflow server request timeout after \(Self.timeout)s")
            case .connect: return .detail(502, "Failed to connect to MLflow server at \(baseURL)")
            case .other: return .detail(500, "Internal server error while proxying to MLflow")
            }
        }
    }

    private func call(_ rest: String, _ request: ServiceRequest, _ caller: Caller?) -> OutgoingCall {
        var headers = request.headers.removing(profile.proxyDrops.union(Self.hopByHop))
        if let caller {
            headers["X-Hokusai-User-Id"] = caller.userID
            headers["X-Hokusai-API-Key-Id"] = caller.keyID
        }
        let bodied: Set<String> = ["POST", "PUT", "PATCH"]
        let sendsBody =
            bodied.contains(request.method)
            || (request.method == "DELETE" && profile.proxyKeepsDeleteBodies && !request.body.isEmpty)
        return OutgoingCall(
            method: request.method, url: url(rest, request), headers: headers, body: sendsBody ? request.body : nil,
            deadline: Self.timeout)
    }

    private func url(_ rest: String, _ request: ServiceRequest) -> String {
        var path = rest
        if baseURL.contains("registry.hokus.ai") {
            path = path.replacing("api/2.0/mlflow", with: "ajax-api/2.0/mlflow")
        }
        let encoded = path.split(separator: "/", omittingEmptySubsequences: false)
            .map { PercentEncoding.encode($0) }.joined(separator: "/")
        let items = profile.proxyKeepsRepeatedParameters ? request.queryItems : Self.lastOfEach(request.queryItems)
        return "\(baseURL)/\(encoded)" + (items.isEmpty ? "" : "?" + QueryText.text(items))
    }

    /// A dictionary of the query keeps one value of a name, the last, at the place of the first.
    static func lastOfEach(_ items: [(name: String, value: String)]) -> [(name: String, value: String)] {
        var kept: [(name: String, value: String)] = []
        for item in items {
            if let index = kept.firstIndex(where: { $0.name == item.name }) {
                kept[index].value = item.value
            } else {
                kept.append(item)
            }
        }
        return kept
    }

    private static func response(_ answer: OutgoingAnswer, rest: String) -> ServiceResponse {
        let isHTML = answer.headers["content-type"]?.hasPrefix("text/html") ?? false
        if answer.status == 404, isHTML {
            return .json(
                404,
                [
                    "error_code": "RESOURCE_NOT_FOUND",
                    "message": .string("The requested resource was not found: \(rest)"),
                ], spaced: true)
        }
        let headers = answer.headers.removing(hopByHop.union(["content-length"]))
        return ServiceResponse(status: answer.status, headers: headers, body: .bytes(answer.body))
    }
}
