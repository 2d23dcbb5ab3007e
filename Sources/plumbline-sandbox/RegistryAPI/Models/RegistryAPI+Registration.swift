import Formats

extension RegistryAPI {
    private static let modelTypes = ["lead_scoring", "classification", "regression", "ranking"]

    /// `POST /models/register`: an experiment, a run, a model and a version in MLflow, then an event (contract §2.7).
    func registerModel(_ call: RoutedRequest) async -> ServiceResponse {
        if let refusal = limits.refusal(
            of: "register", peer: call.request.peerAddress, perMinute: 20, now: dependencies.now())
        {
            return refusal
        }
        guard let body = JSONValue.parse(call.request.body), body.members != nil else {
            return RequestValidationError.notJSON().response
        }
        var mistakes = RequestValidationError.missing(
            ["model_name", "model_type", "model_data"].filter { body[$0] == nil }, in: body)
        let type = body["model_type"]?.string ?? ""
        if let given = body["model_type"], !Self.modelTypes.contains(type) {
            mistakes = mistakes + .literal("model_type", expected: Self.modelTypes, input: given)
        }
        // It must be an object (contract §13.1): clients that send text are refused.
        if let given = body["model_data"], given.members == nil {
            mistakes = mistakes + .notObject("model_data", input: given)
        }
        guard mistakes.items.isEmpty else { return mistakes.response }
        guard let name = body["model_name"]?.string else {
            return RequestValidationError.missing(["model_name"], in: body).response
        }
        do throws(MLflowAccess.Failure) {
            let version = try await register(name, type: type)
            let id = "\(name)/\(version)"
            _ = await queue.publish(["event": "model_registered", "model_id": .string(id)])
            return .json(
                201,
                [
                    "model_id": .string(id), "model_name": .string(name), "version": .string(version),
                    "status": "registered", "registration_timestamp": timestamp,
                ])
        } catch {
            return .detail(500, "Failed to register model")
        }
    }

    private func register(_ name: String, type: String) async throws(MLflowAccess.Failure) -> String {
        let milliseconds = JSONValue.integer(Int(clamping: dependencies.now() * 1000))
        let run = try await mlflow.call(
            "POST", "runs/create",
            body: ["experiment_id": .string(try await experimentID()), "start_time": milliseconds])
        let info = run["run"]?["info"]
        let runID = info?["run_id"] ?? nil
        _ = try await mlflow.call(
            "POST", "runs/log-parameter", body: ["run_id": runID, "key": "model_type", "value": .string(type)])
        do throws(MLflowAccess.Failure) {
            _ = try await mlflow.call("POST", "registered-models/create", body: ["name": .string(name)])
        } catch {
            guard error.code == "RESOURCE_ALREADY_EXISTS" else { throw error }
        }
        let source = (info?["artifact_uri"]?.string ?? "mlflow-artifacts:/") + "/model"
        let created = try await mlflow.call(
            "POST", "model-versions/create",
            body: ["name": .string(name), "source": .string(source), "run_id": runID])
        _ = try await mlflow.call(
            "POST", "runs/update", body: ["run_id": runID, "status": "FINISHED", "end_time": milliseconds])
        return created["model_version"]?["version"]?.string ?? "1"
    }

    private func experimentID() async throws(MLflowAccess.Failure) -> String {
        let name = settings.mlflow.experimentName
        do throws(MLflowAccess.Failure) {
            let found = try await mlflow.call(
                "GET", "experiments/get-by-name", query: [("experiment_name", name)])
            return found["experiment"]?["experiment_id"]?.string ?? "0"
        } catch {
            guard error.code == "RESOURCE_DOES_NOT_EXIST" else { throw error }
        }
        let created = try await mlflow.call("POST", "experiments/create", body: ["name": .string(name)])
        return created["experiment_id"]?.string ?? "0"
    }

    /// `POST /models/tokenized-registration-events` (B): hands one event to the queue (contract §2.7).
    func tokenizedRegistration(_ call: RoutedRequest) async -> ServiceResponse {
        if let refusal = limits.refusal(
            of: "tokenized", peer: call.request.peerAddress, perMinute: 30, now: dependencies.now())
        {
            return refusal
        }
        guard let caller = call.caller, RegistryAccess.mayWrite(caller) else {
            return .detail(403, "Insufficient permissions for this operation")
        }
        guard let body = JSONValue.parse(call.request.body), body.members != nil else {
            return RequestValidationError.notJSON().response
        }
        let texts = ["model_name", "version", "token_id", "proposal_identifier", "metric_name", "mlflow_run_id"]
        var missing = texts.filter { (body[$0]?.string ?? "").isEmpty }
        if !(body["baseline_value"]?.number?.isFinite ?? false) { missing.append("baseline_value") }
        guard missing.isEmpty else { return RequestValidationError.missing(missing, in: body).response }
        guard await queue.publish(body) else { return .detail(502, "Failed to emit model registration event") }
        let parts = ["model_name", "version", "token_id"].compactMap { body[$0]?.string }
        return .json(
            200,
            [
                "status": "ok", "model_id": .string(parts.joined(separator: "/")),
                "model_name": body["model_name"] ?? nil, "version": body["version"] ?? nil, "event_emitted": true,
            ])
    }
}
