/// What one `GET /health` found out about every dependency, before it is worded (contract §2.3).
struct DependencyReport: Sendable {
    var mlflow: MLflowMonitor.Status
    var redis: RedisCheck.Outcome
    var database: DatabaseCheck.Outcome
    var queue: JSONValue
    /// Seconds the slowest single check took.
    var slowest: Double

    init(
        _ mlflow: TimedCheck<MLflowMonitor.Status>, _ redis: TimedCheck<RedisCheck.Outcome>,
        _ queue: TimedCheck<JSONValue>, _ database: TimedCheck<DatabaseCheck.Outcome>
    ) {
        self.mlflow = mlflow.value
        self.redis = redis.value
        self.queue = queue.value
        self.database = database.value
        slowest = max(mlflow.seconds, redis.seconds, queue.seconds, database.seconds)
    }

    var queueWord: String { queue["status"]?.string ?? "unknown" }

    var databaseWord: String { database.isUsable ? "healthy" : "unhealthy" }
}

/// What a check found and how many seconds it took.
struct TimedCheck<Value: Sendable>: Sendable {
    var value: Value
    var seconds: Double
}

/// The overall word of `/health`.
enum OverallHealth: String, Sendable {
    case healthy, degraded, unhealthy

    /// As built (contract §2.3): `unhealthy` needs one unhealthy service and not a single healthy one.
    static func asBuilt(_ words: [String]) -> OverallHealth {
        let isClean = !words.contains { ["unhealthy", "degraded", "recovering"].contains($0) }
        if isClean { return .healthy }
        let isDead = words.contains("unhealthy") && !words.contains("healthy")
        return isDead ? .unhealthy : .degraded
    }

    /// As the 67 tests were written: the critical database decides alone (CH-02, CH-09); two impaired systems together
    /// are unhealthy (HE-05, HE-21); one alone is degraded (CH-01, CH-05). Redis and the queue it carries are one system.
    static func asDocumented(mlflow: String, redis: String, queue: String, postgres: String) -> OverallHealth {
        if postgres == "unhealthy" { return .unhealthy }
        let isStoreImpaired = ["unhealthy", "degraded"].contains(redis) || ["unhealthy", "degraded"].contains(queue)
        let isMLflowImpaired = ["unhealthy", "degraded"].contains(mlflow)
        if isStoreImpaired, isMLflowImpaired { return .unhealthy }
        return isStoreImpaired || mlflow != "healthy" ? .degraded : .healthy
    }
}
