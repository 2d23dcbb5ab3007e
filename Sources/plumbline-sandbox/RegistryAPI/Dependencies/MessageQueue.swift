import Synchronization

/// The publisher of registration events and its health (contract §5.7, §5.8): a webhook when one is configured, else a
/// Redis list, else memory.
final class MessageQueue: Sendable {
    static let listName = "hokusai:model_ready_queue"
    /// Contract §5.8.
    private static let memoryLimit = 1000

    private struct State {
        var breaker: MLflowBreaker
        var kept: [String] = []
    }

    private let webhookURL: String?
    private let redisURL: String?
    private let dependencies: RegistryDependencies
    private let state: Mutex<State>

    init(settings: RegistrySettings, dependencies: RegistryDependencies) {
        webhookURL = settings.webhookURL
        redisURL = settings.queueURL
        self.dependencies = dependencies
        // Contract §5.7: the Redis publisher opens at 3 for 30 s, the webhook's at 5 for 60 s.
        let policy =
            settings.webhookURL == nil
            ? BreakerPolicy(failureThreshold: 3, recoveryTimeout: 30, maximumRecoveryAttempts: 5) : .asBuilt
        state = Mutex(State(breaker: MLflowBreaker(policy: policy, now: dependencies.now())))
    }

    /// Hands one event on; false when it could not be.
    func publish(_ event: JSONValue) async -> Bool {
        guard webhookURL != nil || redisURL != nil else { return keep(event) }
        let now = dependencies.now()
        guard !state.withLock({ $0.breaker.isBlocking(now: now) }) else { return false }
        let delivered = await deliver(event)
        let end = dependencies.now()
        state.withLock { $0.breaker.record(success: delivered, now: end) }
        return delivered
    }

    /// The queue's own account; `status` is the word that `/health` shows.
    func health() async -> JSONValue {
        if let webhookURL { return await webhookHealth(webhookURL) }
        if let redisURL { return await redisHealth(redisURL) }
        let kept = state.withLock { $0.kept.count }
        return [
            "status": "degraded", "mode": "fallback",
            "statistics": ["messages_queued": .integer(kept)],
            "configuration": ["max_queue_size": .integer(Self.memoryLimit), "message_ttl_seconds": 3600],
        ]
    }

    private func deliver(_ event: JSONValue) async -> Bool {
        if let webhookURL {
            let call = OutgoingCall(
                method: "POST", url: webhookURL, headers: ["content-type": "application/json"],
                body: Array(event.text().utf8), deadline: 30)
            guard let answer = try? await dependencies.http(call) else { return false }
            return answer.status < 300
        }
        guard let redisURL else { return false }
        return (try? await dependencies.redis(redisURL, [["LPUSH", Self.listName, event.text()]])) != nil
    }

    private func keep(_ event: JSONValue) -> Bool {
        state.withLock { state in
            state.kept.append(event.text())
            if state.kept.count > Self.memoryLimit { state.kept.removeFirst() }
        }
        return true
    }

    private func redisHealth(_ url: String) async -> JSONValue {
        let start = dependencies.now()
        let lists = ["", ":processing", ":dlq"].map { ["LLEN", Self.listName + $0] }
        do {
            let answers = try await dependencies.redis(url, [["PING"], ["INFO"]] + lists)
            let information = answers.dropFirst().first?.text ?? ""
            let depths = answers.dropFirst(2).map { JSONValue.integer($0.integer ?? 0) }
            return [
                "status": "healthy", "latency_ms": .number((dependencies.now() - start) * 1000),
                "connected_clients": .integer(Int(Self.field("connected_clients", information)) ?? 0),
                "used_memory_human": .string(Self.field("used_memory_human", information)),
                "queue_depths": .object(
                    zip(["main", "processing", "dlq"], depths).map { .init(name: $0.0, value: $0.1) }),
                "circuit_breaker_stats": breakerStatistics,
            ]
        } catch {
            return ["status": "unhealthy", "error": .string(error.text), "circuit_breaker_stats": breakerStatistics]
        }
    }

    private func webhookHealth(_ url: String) async -> JSONValue {
        let start = dependencies.now()
        var health: JSONValue = ["status": "unhealthy", "webhook_url": .string(url)]
        do {
            let answer = try await dependencies.http(OutgoingCall(url: url, deadline: 5))
            health["status"] = answer.status < 500 ? "healthy" : "unhealthy"
            health["response_time_ms"] = .number((dependencies.now() - start) * 1000)
            health["last_status_code"] = .integer(answer.status)
        } catch {
            health["error"] = .string(error.message)
        }
        let word = state.withLock { $0.breaker.state.rawValue.lowercased() }
        health["circuit_breaker_state"] = .string(word)
        return health
    }

    private var breakerStatistics: JSONValue {
        let breaker = state.withLock { $0.breaker }
        return [
            "state": .string(breaker.state.rawValue), "failure_count": .integer(breaker.failures),
            "failure_threshold": .integer(breaker.policy.failureThreshold), "recovery_timeout": 30,
        ]
    }

    /// One `name:value` line of an INFO answer.
    private static func field(_ name: String, _ information: String) -> String {
        for line in information.split(whereSeparator: \.isNewline) where line.hasPrefix(name + ":") {
            return String(line.dropFirst(name.count + 1))
        }
        return ""
    }
}
