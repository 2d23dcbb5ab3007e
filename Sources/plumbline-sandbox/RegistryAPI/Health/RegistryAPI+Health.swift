extension RegistryAPI {
    static func addHealth(to table: inout RouteTable<Route>, _ profile: Profile) {
        table.get("/health") { api, call in await api.health(call.request) }
        if profile.servesLoadBalancerHealth {
            table.get("/health/alb") { api, _ in .json(200, ["status": "healthy", "timestamp": api.timestamp]) }
        }
        table.get("/ready") { api, _ in await api.ready() }
        table.get("/health/mlflow") { api, _ in await api.mlflowStatus() }
        table.post("/health/mlflow/reset") { api, _ in api.resetBreaker() }
        table.get("/health/status") { api, _ in await api.serviceStatus() }
    }

    private func health(_ request: ServiceRequest) async -> ServiceResponse {
        let isDetailed: Bool
        switch BooleanParameter.read(request.query("detailed")) {
        case .value(let value): isDetailed = value ?? false
        case .unreadable(let input): return RequestValidationError.boolean("detailed", input).response
        }
        if profile.health == .constant, !isDetailed { return constantHealth() }
        let report = await dependencyReport()
        let body = healthBody(report, isDetailed: isDetailed)
        if let refusal = brokenBy(report) { return refusal }
        if let seconds = defects.amount(.latencyAmplified), report.slowest > 0.08 { await dependencies.pause(seconds) }
        // The response model allows only text in `services`, and detailed mode puts objects there (contract §2.2).
        if isDetailed, !profile.detailWorks { return .internalError }
        let isUnhealthy = body["status"]?.string == "unhealthy"
        if isUnhealthy, case .dependencies(let status) = profile.health { return .json(status, body) }
        return .json(200, body)
    }

    private func constantHealth() -> ServiceResponse {
        .json(
            200,
            [
                "status": "healthy", "version": "1.0.0",
                "services": ["api": "healthy", "dependency_checks": "skipped"], "timestamp": timestamp,
                "system_info": nil,
            ])
    }

    private func brokenBy(_ report: DependencyReport) -> ServiceResponse? {
        if defects.contains(.redisFailureBreaksHealth), case .unhealthy = report.redis { return .internalError }
        if defects.contains(.queueFailureBreaksHealth), report.queueWord == "unhealthy" { return .internalError }
        return nil
    }

    /// Checks everything once; one after the other where one worker does all, else side by side.
    func dependencyReport() async -> DependencyReport {
        let databaseCheck = DatabaseCheck(settings: settings.database, dependencies: dependencies)
        let redisCheck = RedisCheck(url: settings.redisURL, dependencies: dependencies)
        let askMLflow = { @Sendable in await self.monitor.status() }
        let askQueue = { @Sendable in await self.queue.health() }
        let askDatabase = { @Sendable in await databaseCheck.run() }
        let askRedis: @Sendable () async -> RedisCheck.Outcome = {
            self.defects.contains(.redisFailureHidden) ? .healthy : await redisCheck.run()
        }
        guard !profile.blocksWorker, dependencies.checksSideBySide else {
            return await DependencyReport(timed(askMLflow), timed(askRedis), timed(askQueue), timed(askDatabase))
        }
        async let mlflow = timed(askMLflow)
        async let redis = timed(askRedis)
        async let queueHealth = timed(askQueue)
        async let database = timed(askDatabase)
        return await DependencyReport(mlflow, redis, queueHealth, database)
    }

    private func timed<Value: Sendable>(_ work: @Sendable () async -> Value) async -> TimedCheck<Value> {
        let start = dependencies.now()
        let value = await work()
        return TimedCheck(value: value, seconds: dependencies.now() - start)
    }

    /// The body of `/health` (contract §2.2).
    func healthBody(_ report: DependencyReport, isDetailed: Bool) -> JSONValue {
        let services = serviceWords(report, isDetailed: isDetailed)
        return [
            "status": .string(overall(report).rawValue), "version": "1.0.0", "services": services,
            "timestamp": timestamp, "system_info": isDetailed ? SystemUsage.current.body : nil,
        ]
    }

    private func overall(_ report: DependencyReport) -> OverallHealth {
        if defects.contains(.overallAlwaysHealthy) { return .healthy }
        let mlflow = mlflowWord(report)
        let overall: OverallHealth =
            profile.health == .documented
            ? .asDocumented(
                mlflow: mlflow, redis: report.redis.word, queue: report.queueWord, postgres: report.databaseWord)
            : .asBuilt([mlflow, report.redis.word, report.queueWord, report.databaseWord])
        if defects.contains(.overallNeverUnhealthy), overall == .unhealthy { return .degraded }
        return overall
    }

    private func mlflowWord(_ report: DependencyReport) -> String {
        let word = report.mlflow.word
        return word == "recovering" && defects.contains(.recoveringReportedHealthy) ? "healthy" : word
    }

    private func serviceWords(_ report: DependencyReport, isDetailed: Bool) -> JSONValue {
        var services: JSONValue = ["mlflow": .string(mlflowWord(report))]
        if isDetailed {
            var details = report.mlflow.body(settings: settings)
            if let reason = report.mlflow.reason, !defects.contains(.reasonTextMissing) {
                details["reason"] = .string(reason)
            }
            services["mlflow_details"] = details
        }
        services["redis"] = .string(report.redis.word)
        if isDetailed, case .unhealthy(let error) = report.redis {
            services["redis_error"] = .string(shown(error))
        }
        services["message_queue"] = .string(report.queueWord)
        if isDetailed { services["message_queue_details"] = report.queue }
        services["postgres"] = .string(report.databaseWord)
        if case .fallback(let warning) = report.database { services["postgres_warning"] = .string(warning) }
        if isDetailed, let text = report.database.text {
            services["postgres_details"] = [
                "status": .string(report.database.isUsable ? "healthy_fallback" : "unhealthy"),
                report.database.isUsable ? "message" : "error": .string(shown(text)),
                "primary_db": .string(settings.database.name),
                "fallback_db": .string(settings.database.fallbackName),
            ]
        }
        // A constant, added after the roll-up; it says nothing, so `fixed` leaves it out (CH-06).
        if profile.health != .documented { services["external_api"] = "healthy" }
        return services
    }

    private func shown(_ error: String) -> String {
        guard defects.contains(.timeoutTextMissing) else { return error }
        return error.lowercased().contains("time") ? "failed" : error
    }
}
