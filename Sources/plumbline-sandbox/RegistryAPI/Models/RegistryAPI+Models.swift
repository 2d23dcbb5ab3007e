extension RegistryAPI {
    /// The model endpoints (contract §2.7): those that ask MLflow here, the canned ones in `CannedModels`.
    static func addModels(to table: inout RouteTable<Route>, _ profile: Profile) {
        for prefix in profile.modelPrefixes {
            table.get(prefix + "/") { api, call in await api.listModels(call.request.query("name")) }
            table.post(prefix + "/register") { api, call in await api.registerModel(call) }
            if profile.registryRule == .admin {
                table.post(prefix + "/tokenized-registration-events") { api, call in
                    await api.tokenizedRegistration(call)
                }
            }
            CannedModels.add(to: &table, prefix: prefix)
            table.get(prefix + "/contributors/{address}/impact") { api, call in api.contributorImpact(call) }
            table.get(prefix + "/{id}/lineage") { api, call in await api.lineage(call) }
            let version = prefix + "/{name}/{version}"
            table.get(version) { api, call in await api.modelVersion(call) }
            table.add(["PATCH"], version, .init(worker: .occupies) { api, call in await api.updateVersion(call) })
            table.add(["DELETE"], version, .init(worker: .occupies) { api, call in await api.deleteVersion(call) })
            table.post(version + "/transition") { api, call in await api.transition(call) }
        }
    }

    /// Errors of MLflow are swallowed: an outage looks like an empty registry (contract §2.7).
    private func listModels(_ name: String?) async -> ServiceResponse {
        let query = name.map { [("filter", "name='\($0.replacing("'", with: ""))'")] } ?? []
        guard let found = try? await mlflow.call("GET", "registered-models/search", query: query) else {
            return .json(200, ["models": []])
        }
        let models = (found["registered_models"]?.array ?? []).map { model -> JSONValue in
            let latest = model["latest_versions"]?.array?.last
            return [
                "name": model["name"] ?? nil, "version": latest?["version"] ?? nil,
                "status": latest?["status"] ?? nil, "created_at": model["creation_timestamp"] ?? nil,
                "tags": Self.tags(model["tags"]),
            ]
        }
        return .json(200, ["models": .array(models)])
    }

    private func modelVersion(_ call: RoutedRequest) async -> ServiceResponse {
        let missing = ServiceResponse.detail(404, "Model not found: \(call["name"]):\(call["version"])")
        guard
            let found = try? await mlflow.call(
                "GET", "model-versions/get", query: [("name", call["name"]), ("version", call["version"])]),
            let version = found["model_version"]
        else { return missing }
        return .json(
            200,
            [
                "name": version["name"] ?? nil, "version": version["version"] ?? nil,
                "status": version["status"] ?? nil, "description": version["description"] ?? "",
                "created_at": version["creation_timestamp"] ?? nil, "tags": Self.tags(version["tags"]),
            ])
    }

    private func updateVersion(_ call: RoutedRequest) async -> ServiceResponse {
        guard let body = JSONValue.parse(call.request.body), body.members != nil else {
            return RequestValidationError.notJSON().response
        }
        let request: JSONValue = [
            "name": .string(call["name"]), "version": .string(call["version"]),
            "description": body["description"] ?? "",
        ]
        do throws(MLflowAccess.Failure) {
            _ = try await mlflow.call("PATCH", "model-versions/update", body: request)
            return .json(200, ["message": "Model updated successfully"])
        } catch {
            return .detail(500, "Failed to update model")
        }
    }

    private func deleteVersion(_ call: RoutedRequest) async -> ServiceResponse {
        let request: JSONValue = ["name": .string(call["name"]), "version": .string(call["version"])]
        do throws(MLflowAccess.Failure) {
            _ = try await mlflow.call("DELETE", "model-versions/delete", body: request)
            return .json(200, ["message": "Model deleted successfully"])
        } catch {
            return .detail(500, "Failed to delete model")
        }
    }

    /// As an alias in lower case and a tag, which is how B implements stages.
    private func transition(_ call: RoutedRequest) async -> ServiceResponse {
        let stage = JSONValue.parse(call.request.body)?["stage"]?.string ?? "Production"
        let name = JSONValue.string(call["name"])
        let version = JSONValue.string(call["version"])
        do throws(MLflowAccess.Failure) {
            _ = try await mlflow.call(
                "POST", "registered-models/alias",
                body: ["name": name, "alias": .string(stage.lowercased()), "version": version])
            _ = try await mlflow.call(
                "POST", "model-versions/set-tag",
                body: ["name": name, "version": version, "key": "lifecycle_stage", "value": .string(stage)])
            return .json(200, ["message": .string("Model transitioned to \(stage)")])
        } catch {
            return .detail(500, "Failed to transition model")
        }
    }

    private func lineage(_ call: RoutedRequest) async -> ServiceResponse {
        let now = dependencies.now()
        if let refusal = limits.refusal(
            of: "lineage", peer: call.request.peerAddress, perMinute: 100, now: now)
        {
            return refusal
        }
        let id = call["id"]
        do throws(MLflowAccess.Failure) {
            let found = try await mlflow.call(
                "GET", "model-versions/search", query: [("filter", "name='\(id.replacing("'", with: ""))'")])
            let versions = found["model_versions"]?.array ?? []
            guard !versions.isEmpty else { return .detail(404, "Model \(id) not found") }
            let numbers = versions.compactMap { $0["version"]?.string.flatMap(Int.init) }
            let lineage = versions.map { version -> JSONValue in
                ["version": version["version"] ?? nil, "run_id": version["run_id"] ?? nil]
            }
            return .json(
                200,
                [
                    "model_id": .string(id), "lineage": .array(lineage), "total_versions": .integer(versions.count),
                    "latest_version": numbers.max().map(JSONValue.integer) ?? .null,
                ])
        } catch {
            return .detail(500, "Failed to read model lineage")
        }
    }

    private func contributorImpact(_ call: RoutedRequest) -> ServiceResponse {
        if let refusal = limits.refusal(
            of: "impact", peer: call.request.peerAddress, perMinute: 100, now: dependencies.now())
        {
            return refusal
        }
        let address = call["address"]
        guard address.count == 42, address.hasPrefix("0x"), address.dropFirst(2).allSatisfy(\.isHexDigit) else {
            return .detail(400, "Invalid Ethereum address format")
        }
        return .json(
            200,
            [
                "address": .string(address), "total_models_improved": 0, "total_improvement_score": 0.0,
                "contributions": [], "first_contribution": nil, "last_contribution": nil,
            ])
    }

    /// MLflow's array of keys and values as one object.
    private static func tags(_ tags: JSONValue?) -> JSONValue {
        .object(
            (tags?.array ?? []).compactMap { tag in
                tag["key"]?.string.map { .init(name: $0, value: tag["value"] ?? nil) }
            })
    }
}
