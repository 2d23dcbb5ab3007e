import Formats

/// Experiments and runs.
extension MLflowClient {
    private struct ExperimentID: Decodable { var experiment_id: String }
    private struct ExperimentAnswer: Decodable { var experiment: Experiment }
    private struct ExperimentList: Decodable {
        var experiments: [Experiment]?
        var next_page_token: String?
    }
    private struct RunAnswer: Decodable { var run: Run }
    private struct RunList: Decodable {
        var runs: [Run]?
        var next_page_token: String?
    }
    private struct MetricList: Decodable {
        var metrics: [MetricPoint]?
        var next_page_token: String?
    }
    struct Nothing: Decodable {}

    /// - Returns: The id of the new experiment.
    public func createExperiment(
        _ name: String, artifactLocation: String? = nil, tags: [KeyValue] = []
    ) async throws(MLflowError) -> String {
        var body: [String: JSONValue] = ["name": .string(name), "tags": .array(tags.map(\.json))]
        if let artifactLocation { body["artifact_location"] = .string(artifactLocation) }
        let answer: ExperimentID = try await call("POST", "/mlflow/experiments/create", body: .object(body))
        return answer.experiment_id
    }

    public func experiment(_ id: String) async throws(MLflowError) -> Experiment {
        let answer: ExperimentAnswer = try await call("GET", "/mlflow/experiments/get", query: [("experiment_id", id)])
        return answer.experiment
    }

    public func experiment(named name: String) async throws(MLflowError) -> Experiment {
        let query = [("experiment_name", name)]
        let answer: ExperimentAnswer = try await call("GET", "/mlflow/experiments/get-by-name", query: query)
        return answer.experiment
    }

    /// Follows the pages up to the maximum.
    ///
    /// - Parameter viewType: `ACTIVE_ONLY` (also when nil), `DELETED_ONLY` or `ALL`.
    public func searchExperiments(
        maximum: Int = 100, filter: String? = nil, viewType: String? = nil
    ) async throws(MLflowError) -> [Experiment] {
        let path = "/mlflow/experiments/search"
        return try await pages(of: "POST \(path)", maximum: maximum) { (count, token) async throws(MLflowError) in
            // Mandatory in effect: without max_results the server answers 400 (contract §3.4).
            var body: [String: JSONValue] = ["max_results": .integer(Int64(count))]
            if let filter { body["filter"] = .string(filter) }
            if let viewType { body["view_type"] = .string(viewType) }
            if let token { body["page_token"] = .string(token) }
            let answer: ExperimentList = try await call("POST", path, body: .object(body))
            return Page(elements: answer.experiments ?? [], nextToken: answer.next_page_token)
        }
    }

    public func renameExperiment(_ id: String, to name: String) async throws(MLflowError) {
        let body: JSONValue = ["experiment_id": .string(id), "new_name": .string(name)]
        let _: Nothing = try await call("POST", "/mlflow/experiments/update", body: body)
    }

    /// Marks the experiment as deleted; its name stays taken.
    public func deleteExperiment(_ id: String) async throws(MLflowError) {
        let _: Nothing = try await call("POST", "/mlflow/experiments/delete", body: ["experiment_id": .string(id)])
    }

    public func restoreExperiment(_ id: String) async throws(MLflowError) {
        let _: Nothing = try await call("POST", "/mlflow/experiments/restore", body: ["experiment_id": .string(id)])
    }

    public func setExperimentTag(_ id: String, _ tag: KeyValue) async throws(MLflowError) {
        let body: JSONValue = [
            "experiment_id": .string(id), "key": .string(tag.key), "value": .string(tag.value),
        ]
        let _: Nothing = try await call("POST", "/mlflow/experiments/set-experiment-tag", body: body)
    }

    /// - Parameter startTime: milliseconds since 1970.
    public func createRun(
        in experiment: String, name: String, startTime: Int64, tags: [KeyValue] = []
    ) async throws(MLflowError) -> Run {
        let body: JSONValue = [
            "experiment_id": .string(experiment), "run_name": .string(name), "start_time": .integer(startTime),
            "tags": .array(tags.map(\.json)),
        ]
        let answer: RunAnswer = try await call("POST", "/mlflow/runs/create", body: body)
        return answer.run
    }

    public func run(_ id: String) async throws(MLflowError) -> Run {
        let answer: RunAnswer = try await call("GET", "/mlflow/runs/get", query: [("run_id", id)])
        return answer.run
    }

    /// Follows the pages up to the maximum.
    ///
    /// - Parameter viewType: `ACTIVE_ONLY` (also when nil), `DELETED_ONLY` or `ALL`.
    public func searchRuns(
        in experiments: [String], filter: String = "", maximum: Int = 100, viewType: String? = nil
    ) async throws(MLflowError) -> [Run] {
        let path = "/mlflow/runs/search"
        return try await pages(of: "POST \(path)", maximum: maximum) { (count, token) async throws(MLflowError) in
            var body: [String: JSONValue] = [
                "experiment_ids": .array(experiments.map { .string($0) }), "filter": .string(filter),
                "max_results": .integer(Int64(count)),
            ]
            if let viewType { body["run_view_type"] = .string(viewType) }
            if let token { body["page_token"] = .string(token) }
            let answer: RunList = try await call("POST", path, body: .object(body))
            return Page(elements: answer.runs ?? [], nextToken: answer.next_page_token)
        }
    }

    /// - Parameter endTime: milliseconds since 1970.
    public func updateRun(_ id: String, status: RunStatus, endTime: Int64? = nil) async throws(MLflowError) {
        var body: [String: JSONValue] = ["run_id": .string(id), "status": .string(status.rawValue)]
        if let endTime { body["end_time"] = .integer(endTime) }
        let _: Nothing = try await call("POST", "/mlflow/runs/update", body: .object(body))
    }

    /// Marks the run as deleted.
    public func deleteRun(_ id: String) async throws(MLflowError) {
        let _: Nothing = try await call("POST", "/mlflow/runs/delete", body: ["run_id": .string(id)])
    }

    public func logMetric(_ run: String, _ point: MetricPoint) async throws(MLflowError) {
        guard case .object(var body) = point.json else { return }
        body["run_id"] = .string(run)
        let _: Nothing = try await call("POST", "/mlflow/runs/log-metric", body: .object(body))
    }

    public func logParameter(_ run: String, _ parameter: KeyValue) async throws(MLflowError) {
        let body: JSONValue = [
            "run_id": .string(run), "key": .string(parameter.key), "value": .string(parameter.value),
        ]
        let _: Nothing = try await call("POST", "/mlflow/runs/log-parameter", body: body)
    }

    /// At most 1000 metrics, 100 parameters, 100 tags, 1000 in all (contract §3.4).
    public func logBatch(
        _ run: String, metrics: [MetricPoint] = [], parameters: [KeyValue] = [], tags: [KeyValue] = []
    ) async throws(MLflowError) {
        let body: JSONValue = [
            "run_id": .string(run), "metrics": .array(metrics.map(\.json)), "params": .array(parameters.map(\.json)),
            "tags": .array(tags.map(\.json)),
        ]
        let _: Nothing = try await call("POST", "/mlflow/runs/log-batch", body: body)
    }

    public func setTag(_ run: String, _ tag: KeyValue) async throws(MLflowError) {
        let body: JSONValue = ["run_id": .string(run), "key": .string(tag.key), "value": .string(tag.value)]
        let _: Nothing = try await call("POST", "/mlflow/runs/set-tag", body: body)
    }

    /// All values of a metric, in pages of at most 1000; without `max_results` MLflow 3.9 answers none (contract §13).
    public func metricHistory(
        _ run: String, _ key: String, maximum: Int = 1000
    ) async throws(MLflowError) -> [MetricPoint] {
        let path = "/mlflow/metrics/get-history"
        return try await pages(of: "GET \(path)", maximum: maximum) { (count, token) async throws(MLflowError) in
            var query = [("run_id", run), ("metric_key", key), ("max_results", String(count))]
            if let token { query.append(("page_token", token)) }
            let answer: MetricList = try await call("GET", path, query: query)
            return Page(elements: answer.metrics ?? [], nextToken: answer.next_page_token)
        }
    }
}
