extension RegistryAPI {
    /// The evidenced routes of the other routers of B (contract §2.8) that need no machine learning behind them.
    static func addFurther(to table: inout RouteTable<Route>, _ profile: Profile) {
        guard profile.modelPrefixes.contains("/api/models") else { return }
        table.get("/api/v1/dspy/health") { _, _ in
            .json(200, ["status": "healthy", "total_executions": 0, "success_rate": 0])
        }
        table.get("/api/v1/dspy/programs") { _, _ in .json(200, ["programs": []]) }
        table.get("/api/v1/dspy/stats") { _, _ in .json(200, ["total_executions": 0, "success_rate": 0]) }
        table.get("/api/v1/dspy/execution/{id}") { _, _ in .detail(501, "Not implemented") }
        table.get("/api/v1/models/{id}/info") { api, call in await api.modelInformation(call["id"]) }
        table.get("/api/v1/models/{id}/health") { api, call in await api.modelHealth(call["id"]) }
        table.post("/api/v1/models/{id}/contributions") { api, call in await api.contribution(call) }
    }

    private func modelInformation(_ id: String) async -> ServiceResponse {
        guard let found = try? await mlflow.call("GET", "registered-models/get", query: [("name", id)]) else {
            return .detail(404, "Model \(id) not found")
        }
        return .json(200, ["model_id": .string(id), "model": found["registered_model"] ?? nil])
    }

    /// 200 even when unhealthy: the body tells.
    private func modelHealth(_ id: String) async -> ServiceResponse {
        let found = try? await mlflow.call("GET", "registered-models/get", query: [("name", id)])
        return .json(
            200,
            [
                "model_id": .string(id), "status": found == nil ? "unhealthy" : "healthy",
                "is_loaded": .bool(found != nil),
            ])
    }

    private func contribution(_ call: RoutedRequest) async -> ServiceResponse {
        let announced = call.request.headers["content-length"].flatMap(Int.init) ?? call.request.body.count
        guard announced <= 1_048_576 else { return .json(413, ["detail": ["error": "payload_too_large"]]) }
        guard let body = JSONValue.parse(call.request.body), body.members != nil else {
            return RequestValidationError.notJSON().response
        }
        guard (try? await mlflow.call("GET", "registered-models/get", query: [("name", call["id"])])) != nil else {
            return .detail(404, "Model \(call["id"]) not found")
        }
        guard await queue.publish(["event": "contribution", "model_id": .string(call["id"]), "body": body]) else {
            return .json(503, ["detail": ["error": "persistence_unavailable"]])
        }
        return .json(202, ["status": "accepted", "model_id": .string(call["id"])])
    }
}
