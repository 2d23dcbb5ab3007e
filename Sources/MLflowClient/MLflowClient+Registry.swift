import Formats

/// Registered models and their versions.
extension MLflowClient {
    private struct ModelAnswer: Decodable { var registered_model: RegisteredModel }
    private struct ModelList: Decodable {
        var registered_models: [RegisteredModel]?
        var next_page_token: String?
    }
    private struct VersionAnswer: Decodable { var model_version: ModelVersion }
    private struct VersionList: Decodable {
        var model_versions: [ModelVersion]?
        var next_page_token: String?
    }

    public func createModel(
        _ name: String, tags: [KeyValue] = [], description: String = ""
    ) async throws(MLflowError) -> RegisteredModel {
        let body: JSONValue = [
            "name": .string(name), "tags": .array(tags.map(\.json)), "description": .string(description),
        ]
        let answer: ModelAnswer = try await call("POST", "/mlflow/registered-models/create", body: body)
        return answer.registered_model
    }

    public func model(_ name: String) async throws(MLflowError) -> RegisteredModel {
        let answer: ModelAnswer = try await call("GET", "/mlflow/registered-models/get", query: [("name", name)])
        return answer.registered_model
    }

    /// Follows the pages up to the maximum. Only GET exists for this search (contract §3.4).
    public func searchModels(filter: String? = nil, maximum: Int = 100) async throws(MLflowError) -> [RegisteredModel] {
        let path = "/mlflow/registered-models/search"
        return try await pages(of: "GET \(path)", maximum: maximum) { (count, token) async throws(MLflowError) in
            var query = [("max_results", String(count))]
            if let filter { query.append(("filter", filter)) }
            if let token { query.append(("page_token", token)) }
            let answer: ModelList = try await call("GET", path, query: query)
            return Page(elements: answer.registered_models ?? [], nextToken: answer.next_page_token)
        }
    }

    public func updateModel(_ name: String, description: String) async throws(MLflowError) -> RegisteredModel {
        let body: JSONValue = ["name": .string(name), "description": .string(description)]
        let answer: ModelAnswer = try await call("PATCH", "/mlflow/registered-models/update", body: body)
        return answer.registered_model
    }

    /// Removes the model and its versions. Answers 400 through a proxy that drops the body of a DELETE (contract §13).
    public func deleteModel(_ name: String) async throws(MLflowError) {
        let _: Nothing = try await call(
            "DELETE", "/mlflow/registered-models/delete", body: ["name": .string(name)])
    }

    public func setModelTag(_ name: String, _ tag: KeyValue) async throws(MLflowError) {
        let body: JSONValue = ["name": .string(name), "key": .string(tag.key), "value": .string(tag.value)]
        let _: Nothing = try await call("POST", "/mlflow/registered-models/set-tag", body: body)
    }

    /// - Parameter source: `runs:/<run>/model`, `mlflow-artifacts:/…` or `s3://…`; local paths are refused.
    public func createVersion(
        of name: String, source: String, run: String? = nil, tags: [KeyValue] = [], description: String = ""
    ) async throws(MLflowError) -> ModelVersion {
        var body: [String: JSONValue] = [
            "name": .string(name), "source": .string(source), "tags": .array(tags.map(\.json)),
            "description": .string(description),
        ]
        if let run { body["run_id"] = .string(run) }
        let answer: VersionAnswer = try await call("POST", "/mlflow/model-versions/create", body: .object(body))
        return answer.model_version
    }

    public func version(_ version: String, of name: String) async throws(MLflowError) -> ModelVersion {
        let query = [("name", name), ("version", version)]
        let answer: VersionAnswer = try await call("GET", "/mlflow/model-versions/get", query: query)
        return answer.model_version
    }

    /// Follows the pages up to the maximum. Only GET exists for this search (contract §3.4).
    public func searchVersions(filter: String, maximum: Int = 100) async throws(MLflowError) -> [ModelVersion] {
        let path = "/mlflow/model-versions/search"
        return try await pages(of: "GET \(path)", maximum: maximum) { (count, token) async throws(MLflowError) in
            var query = [("filter", filter), ("max_results", String(count))]
            if let token { query.append(("page_token", token)) }
            let answer: VersionList = try await call("GET", path, query: query)
            return Page(elements: answer.model_versions ?? [], nextToken: answer.next_page_token)
        }
    }

    public func setVersionTag(_ version: String, of name: String, _ tag: KeyValue) async throws(MLflowError) {
        let body: JSONValue = [
            "name": .string(name), "version": .string(version), "key": .string(tag.key), "value": .string(tag.value),
        ]
        let _: Nothing = try await call("POST", "/mlflow/model-versions/set-tag", body: body)
    }

    /// Stages are deprecated since MLflow 2.9 and still served.
    public func transition(
        _ version: String, of name: String, to stage: String, archiving: Bool = false
    ) async throws(MLflowError) -> ModelVersion {
        let body: JSONValue = [
            "name": .string(name), "version": .string(version), "stage": .string(stage),
            "archive_existing_versions": .boolean(archiving),
        ]
        let answer: VersionAnswer = try await call("POST", "/mlflow/model-versions/transition-stage", body: body)
        return answer.model_version
    }

    public func deleteVersion(_ version: String, of name: String) async throws(MLflowError) {
        let _: Nothing = try await call(
            "DELETE", "/mlflow/model-versions/delete",
            body: ["name": .string(name), "version": .string(version)])
    }

    public func setAlias(_ alias: String, of name: String, to version: String) async throws(MLflowError) {
        let body: JSONValue = ["name": .string(name), "alias": .string(alias), "version": .string(version)]
        let _: Nothing = try await call("POST", "/mlflow/registered-models/alias", body: body)
    }

    public func version(alias: String, of name: String) async throws(MLflowError) -> ModelVersion {
        let query = [("name", name), ("alias", alias)]
        let answer: VersionAnswer = try await call("GET", "/mlflow/registered-models/alias", query: query)
        return answer.model_version
    }

    public func deleteAlias(_ alias: String, of name: String) async throws(MLflowError) {
        let _: Nothing = try await call(
            "DELETE", "/mlflow/registered-models/alias",
            body: ["name": .string(name), "alias": .string(alias)])
    }
}
