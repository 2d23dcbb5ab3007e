extension RegistryAPI {
    /// Root, liveness, version, metrics, documents (contract §2.2).
    static func addOperations(to table: inout RouteTable<Route>, _ settings: RegistrySettings) {
        if settings.profile.servesRoot { table.get("/") { _, _ in .json(200, serviceInformation) } }
        table.get("/live") { api, _ in api.live() }
        table.get("/version") { _, _ in
            .json(
                200,
                ["version": "1.0.0", "build_date": "2025-01-01", "git_commit": "unknown", "api_version": "v1"])
        }
        table.get("/metrics") { api, _ in await api.metrics() }
        table.get("/debug") { _, _ in .detail(404, "Debug endpoint not available") }
        if settings.profile.reportsModel30, settings.environmentName != "production" {
            table.get("/sentry-debug") { _, _ in .internalError }
        }
        table.get("/openapi.json") { api, _ in .json(200, api.openAPI) }
        for path in ["/docs", "/redoc"] {
            table.get(path) { _, _ in
                .text(
                    200,
                    "<!DOCTYPE html><html><head><title>Registry API</title></head>"
                        + "<body><a href=\"/openapi.json\">openapi.json</a></body></html>\n",
                    type: "text/html; charset=utf-8")
            }
        }
    }

    private static let serviceInformation: JSONValue = [
        "service": "Hokusai Data Pipeline API", "version": "1.0.0", "health_check": "/health",
        "health_endpoints": ["/health", "/ready", "/live", "/health/mlflow", "/health/status"],
        "documentation": "/docs",
    ]

    private func live() -> ServiceResponse {
        if defects.contains(.mlflowFailureBreaksLive), monitor.snapshot.counters.isFailing { return .internalError }
        if defects.contains(.memoryFallbackRaises) { return .internalError }
        let memory = defects.contains(.memoryLibraryMissing) ? 0 : SystemUsage.residentBytes / 1_048_576
        return .json(200, ["alive": true, "uptime": uptime, "memory_usage_mb": .number(memory)])
    }

    private func metrics() async -> ServiceResponse {
        if defects.contains(.metricsFallbackRaises) { return .internalError }
        if defects.contains(.metricsLibraryMissing) {
            return .json(
                200,
                [
                    "requests_total": 0, "requests_per_second": 0.0, "average_response_time_ms": 0.0,
                    "active_connections": 0,
                ])
        }
        // Each scrape probes MLflow (contract §2.6).
        _ = await monitor.status()
        let page = MetricsPage(
            breaker: monitor.snapshot.breaker, counters: monitor.snapshot.counters, profile: profile,
            trackingURI: settings.mlflow.trackingURI, startedAt: startedAt,
            hidesGauges: defects.contains(.metricsWithoutGauges))
        return .text(200, page.text)
    }

    private var openAPI: JSONValue {
        var paths: JSONValue = [:]
        for route in routes.routes {
            var operations: JSONValue = paths[route.template] ?? [:]
            for method in route.methods {
                operations[method.lowercased()] = ["responses": ["200": ["description": "OK"]]]
            }
            paths[route.template] = operations
        }
        return ["openapi": "3.1.0", "info": ["title": "Registry API", "version": "1.0.0"], "paths": paths]
    }
}

extension ProbeCounters {
    /// Whether the last probe failed.
    var isFailing: Bool { attempts > 0 && !isConnected }
}
