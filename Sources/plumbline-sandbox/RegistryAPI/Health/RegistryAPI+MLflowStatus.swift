import Formats

extension RegistryAPI {
    /// `GET /health/mlflow` (contract §2.4, §5.4-3).
    func mlflowStatus() async -> ServiceResponse {
        if defects.contains(.healthMLflowRaises) { return unknownState(error: "MLflow status is not available") }
        let status = await monitor.status()
        if status.state == .open, profile.openBreakerAnswer == .serializationError {
            return unknownState(error: "Object of type datetime is not JSON serializable")
        }
        var body = status.body(settings: settings)
        body["timestamp"] = timestamp
        return .json(status.state == .open ? 503 : 200, body)
    }

    /// What every error of the MLflow status becomes.
    private func unknownState(error: String) -> ServiceResponse {
        .json(
            500,
            [
                "error": .string(error), "connected": false, "circuit_breaker_state": "UNKNOWN",
                "timestamp": timestamp,
            ], spaced: true)
    }

    /// `POST /health/mlflow/reset`: who may call it is decided by the key layer.
    func resetBreaker() -> ServiceResponse {
        if defects.contains(.resetRaises) { return .detail(500, "Reset failed: breaker is not available") }
        monitor.reset()
        return .json(
            200,
            [
                "message": "Circuit breaker reset successfully", "timestamp": timestamp,
                "reset_by": "manual_api_call",
            ])
    }

    /// `GET /health/status`: a detailed health, which is why it fails wherever that does (contract §2.2).
    func serviceStatus() async -> ServiceResponse {
        let report = await dependencyReport()
        let mlflow = profile.readinessProbes > 1 ? await monitor.status() : report.mlflow
        let health = healthBody(report, isDetailed: true)
        guard profile.detailWorks else {
            return .detail(500, RequestValidationError.notText(members: health["services"]?.members ?? []))
        }
        let details = mlflow.breaker.status(
            now: mlflow.moment, exposesMaximum: profile.exposesMaximumRecoveryAttempts)
        return .json(
            200,
            [
                "timestamp": timestamp, "api_version": "1.0.0", "service_name": "hokusai-registry",
                "overall_health": health["status"] ?? nil, "services": health["services"] ?? nil,
                "mlflow": ["status": mlflow.body(settings: settings), "circuit_breaker": details],
                "system_info": health["system_info"] ?? nil, "uptime_seconds": uptime,
                "environment": .string(settings.environmentName),
            ])
    }

    /// Always 0 as built (contract §2.2); whole seconds where it is reported.
    var uptime: JSONValue {
        profile.reportsUptime ? .integer(Int(clamping: dependencies.now() - startedAt)) : 0
    }
}
