extension RegistryAPI {
    /// `GET /ready`: the database is critical, MLflow is not, profile B also waits for a model (contract §2.2).
    func ready() async -> ServiceResponse {
        var checks: [JSONValue] = []
        let databaseCheck = DatabaseCheck(settings: settings.database, dependencies: dependencies)
        let database = await databaseCheck.run()
        checks.append([
            "name": "database", "passed": .bool(database.isUsable), "error": .optional(database.text),
            "critical": true, "connection_details": database.isUsable ? nil : databaseCheck.connectionDetails,
        ])
        let (mlflowCheck, isMLflowReady) = await mlflowReadiness()
        checks.append(mlflowCheck)
        let isDegraded = mlflowCheck["degraded_mode"]?.bool ?? false
        var isReady = database.isUsable && isMLflowReady
        var canServe = database.isUsable && (isMLflowReady || !defects.contains(.readyMLflowCritical))
        if profile.reportsModel30 {
            checks.append(model30Check)
            if model30.isEnabled, model30.current.state != .warmed { isReady = false }
            if model30.blocksTraffic { canServe = false }
        }
        var body: JSONValue = [
            "ready": .bool(isReady), "can_serve_traffic": .bool(canServe), "checks": .array(checks),
            "degraded_mode": .bool(canServe && (isDegraded || !isMLflowReady)),
        ]
        if profile.reportsModel30 {
            body["model_30"] = model30.current.body
            body["warmup_duration_ms"] = model30.current.body["duration_ms"]
        }
        return .json(canServe ? 200 : 503, body)
    }

    /// The MLflow check: the first probe tells the connection, the second one's snapshot the breaker's state.
    private func mlflowReadiness() async -> (check: JSONValue, isReady: Bool) {
        let connection = await monitor.status()
        let status = profile.readinessProbes > 1 ? await monitor.status() : connection
        var check: JSONValue = ["name": "mlflow", "passed": false, "error": nil, "critical": false]
        if defects.contains(.readyMLflowCritical) { check["critical"] = true }
        switch status.state {
        case .open:
            check["error"] = "Circuit breaker open - MLflow temporarily unavailable"
            check["degraded_mode"] = true
        case .halfOpen:
            check["passed"] = .bool(!defects.contains(.readyRecoveringFails))
            check["recovering"] = true
        case .closed:
            check["passed"] = .bool(connection.isConnected)
            check["error"] = .optional(connection.error)
        }
        if profile.reportsNameResolution { check["dns_status"] = "healthy" }
        return (check, check["passed"]?.bool ?? false)
    }

    private var model30Check: JSONValue {
        let record = model30.current
        return [
            "name": "model_30_warmed", "passed": .bool(record.state == .warmed), "critical": .bool(model30.isEnabled),
            "warmup_state": .string(record.state.rawValue), "warmed_at": .optional(record.warmedAt.map(Moment.naive)),
            "last_error": .optional(record.lastError), "duration_ms": .optional(record.duration.map { $0 * 1000 }),
        ]
    }
}
