/// MLflow's REST as the API itself uses it, with the SDK's own retries in front (contract §5.5).
struct MLflowAccess: Sendable {
    var settings: RegistrySettings.MLflow
    var dependencies: RegistryDependencies

    struct Failure: Error, Sendable, Equatable {
        /// The class the original would name, for `error_type`.
        var type: String
        var message: String
        /// MLflow's own `error_code`, when it sent one.
        var code: String?
        var isTimeout = false
    }

    /// One call under `/api/2.0/mlflow/`; throws for anything but 200.
    func call(
        _ method: String = "GET", _ path: String, query: [(name: String, value: String)] = [], body: JSONValue? = nil,
        deadline: Double? = nil
    ) async throws(Failure) -> JSONValue {
        var url = "\(settings.trackingURI)/api/2.0/mlflow/\(path)"
        if !query.isEmpty { url += "?" + QueryText.text(query) }
        var headers = ServiceHeaders()
        if let token = settings.token { headers["authorization"] = "Bearer " + token }
        if body != nil { headers["content-type"] = "application/json" }
        let call = OutgoingCall(
            method: method, url: url, headers: headers, body: body.map { Array($0.text().utf8) },
            deadline: deadline ?? settings.requestTimeout)
        let answer = try await answer(to: call)
        let json = answer.json
        guard answer.status == 200 else {
            let message = json?["message"]?.string ?? String(decoding: answer.body.prefix(200), as: UTF8.self)
            throw Failure(
                type: "RestException", message: "HTTP \(answer.status): \(message)",
                code: json?["error_code"]?.string)
        }
        return json ?? .object([])
    }

    /// Sends, and sends again after refusals and 5xx as the SDK's session does: at once, then after 2, 4, 8 … s.
    private func answer(to call: OutgoingCall) async throws(Failure) -> OutgoingAnswer {
        var attempt = 0
        while true {
            do throws(OutgoingFailure) {
                let answer = try await dependencies.http(call)
                guard answer.status >= 500, attempt < settings.requestRetries else { return answer }
            } catch {
                let isRefusal = if case .connect = error { true } else { false }
                guard isRefusal, attempt < settings.requestRetries else {
                    let isTimeout = if case .timeout = error { true } else { false }
                    throw Failure(
                        type: "MlflowException", message: "API request failed: \(error.message)", isTimeout: isTimeout)
                }
            }
            if attempt > 0 { await dependencies.pause(Double(1 << min(attempt, 6))) }
            attempt += 1
        }
    }
}
