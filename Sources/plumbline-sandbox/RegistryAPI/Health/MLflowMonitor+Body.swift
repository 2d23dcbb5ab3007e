extension MLflowMonitor.Status {
    /// The answer of `GET /health/mlflow` without its closing timestamp (contract §2.4).
    func body(settings: RegistrySettings) -> JSONValue {
        let profile = settings.profile
        var details = breaker.status(now: moment, exposesMaximum: profile.exposesMaximumRecoveryAttempts)
        if settings.defects.contains(.statusFieldMissing) {
            details["failure_count"] = nil
            details["failure_threshold"] = nil
        }
        var body: JSONValue = [
            "circuit_breaker_state": .string(state.rawValue), "circuit_breaker_details": details,
            "connected": .bool(isConnected), "tracking_uri": .string(settings.mlflow.trackingURI),
            "connection_timeout": .number(settings.healthCheckTimeout), "error": .optional(error),
            "last_check_time": .string(Moment.naive(moment)),
        ]
        if profile.reportsNameResolution { body["dns_resolution"] = Self.nameResolution(settings.mlflow.trackingURI) }
        if let probe {
            if probe.isConnected, let duration = probe.duration {
                body["response_time_ms"] = .number(duration * 1000)
                if duration > settings.healthCheckTimeout { body["warning"] = "MLflow responds slowly" }
            } else {
                body["error_type"] = .optional(probe.errorType)
                // The original always says 2 and makes 3 (contract §5.4-5).
                body["connection_attempts"] = 2
            }
        } else {
            body["can_retry_in_seconds"] = breaker.timeUntilRetry(now: moment)
        }
        return body
    }

    /// Inside the API the resolver is never used, so its counters stay at zero (contract §2.4).
    private static func nameResolution(_ uri: String) -> JSONValue {
        let metrics: JSONValue = [
            "resolution_attempts": 0, "cache_hits": 0, "cache_misses": 0, "fallback_uses": 0, "errors": 0,
            "cache_hit_rate": 0.0, "cache_size": 0, "last_resolution_time": nil,
        ]
        return [
            "raw_uri": .string(uri), "metrics": metrics,
            "health": ["status": "healthy", "error_rate": 0.0, "cache_size": 0, "metrics": metrics],
            "resolved_uri": .string(uri),
        ]
    }

    /// The word of `/health` for MLflow (contract §2.3).
    var word: String {
        switch state {
        case .open: "degraded"
        case .halfOpen: "recovering"
        case .closed: isConnected ? "healthy" : "unhealthy"
        }
    }

    /// Why the word is not `healthy` though the probe may have been: HE-03 and HE-04 look for it.
    var reason: String? {
        switch state {
        case .open: "Circuit breaker is OPEN: MLflow calls are blocked until the recovery timeout has passed"
        case .halfOpen: "Circuit breaker is HALF_OPEN: recovery is being tested"
        case .closed: nil
        }
    }
}
