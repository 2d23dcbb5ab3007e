import CheckKit
import Formats
import RedisClient
import RunModel
import Secrets
import Settings
import Sockets

/// Redis: cache of key verdicts and the queue of finished models (contract §4.3, §5.8, §9.4).
struct RedisHealth: CheckFamily {
    func checks(for configuration: Configuration) -> [any Check] {
        [
            RedisQuestion(
                id: "RD-01", title: "Redis accepts the password and answers",
                intent:
                    "Without Redis every request costs a call of the auth service, and finished models wait in memory.",
                severity: .high, dependsOn: [],
                remediation: Remediation(
                    summary:
                        "Compare the token with the secret, and the security group with the tasks'.",
                    command: "REDISCLI_AUTH=\"$REDIS_AUTH_TOKEN\" redis-cli -h \"$REDIS_HOST\" --tls PING",
                    terraform: "transit_encryption_enabled = true"), examine: Self.ping),
            RedisQuestion(
                id: "RD-02", title: "Redis asks for a password",
                intent: "An open Redis gives away every cached key.", severity: .high, examine: Self.refusesStrangers),
            RedisQuestion(
                id: "RD-03", title: "Redis answers quickly", intent: "It is asked before every request with a key.",
                examine: Self.latency),
            RedisQuestion(
                id: "RD-04", title: "Redis has memory left and evicts nothing",
                intent: "An evicted verdict costs a call; an evicted queue entry is a lost model.",
                remediation: Remediation(
                    summary: "Take a larger node type, or give the queue a database of its own.",
                    terraform: "parameter { name = \"maxmemory-policy\" value = \"volatile-lru\" }"),
                examine: Self.memory),
            RedisQuestion(
                id: "RD-05", title: "The queues are short and nothing is dead",
                intent: "Messages in the dead letter queue are models that nobody heard of.",
                severity: .high, examine: Self.queues),
            RedisQuestion(
                id: "RD-06", title: "Redis is the primary and takes writes",
                intent: "A replica, or a server whose last save failed, refuses to write.", examine: Self.persistence),
            RedisQuestion(
                id: "RD-07", title: "The connection to Redis is encrypted when it leaves the machine",
                intent: "Keys travel in clear otherwise.", severity: .high, examine: Self.encryption),
            RedisQuestion(
                id: "RD-08", title: "The certificate of Redis is valid and stays so",
                intent: "Clients that verify it are rejected all at once on the day it ends.", severity: .high,
                dependsOn: [], isOmitted: { $0.redis?.usesTLS == false ? "`redis.tls` is false" : nil },
                examine: Self.certificate),
        ]
    }

    @Sendable static func ping(_ context: CheckContext) async throws -> Outcome {
        let connection = try await context.connectToRedis()
        let reply = try await context.ask(connection, ["PING"])
        let server = try await context.ask(connection, ["INFO", "server"]).information
        await connection.close()
        guard reply.text == "PONG" else {
            return .failed(
                .deviation(.redis, .value, ["PING"]), "PING is answered otherwise", expected: "PONG", got: "\(reply)")
        }
        guard let version = server["redis_version"] ?? server["valkey_version"], version.contains(".") else {
            return .failed(
                .deviation(.redis, .version), "what answers there does not say that it is Redis",
                expected: "redis_version",
                got: server.isEmpty ? "no INFO" : server.keys.sorted().prefix(8).joined(separator: ", "))
        }
        guard server["redis_mode"] != "sentinel" else {
            return .failed(
                .deviation(.redis, .role, ["sentinel"]), "the configured host is a sentinel",
                expected: "a Redis with data",
                got: "redis_mode sentinel")
        }
        context.recorder.establish(.redisVersion, version)
        context.recorder.measure(Metric("redis.connect", connection.connectDuration.milliseconds, .milliseconds))
        return .passed("Redis \(version), connected in \(connection.connectDuration.readable)")
    }

    @Sendable static func refusesStrangers(_ context: CheckContext) async throws -> Outcome {
        var target = try context.redisConfiguration()
        let hasPassword = target.password != nil
        target.password = nil
        do throws(RedisError) {
            let connection = try await RedisConnection.connect(target, deadline: .seconds(5))
            _ = try await connection.command(["PING"], deadline: .seconds(5))
            await connection.close()
            return hasPassword
                ? .failed(
                    .exposed(.redis, .withoutPassword), "Redis answers without a password", expected: "NOAUTH",
                    got: "PONG")
                : .failed(
                    .exposed(.redis, .withoutPassword), "Redis is configured and works without a password",
                    expected: "a password", got: "none")
        } catch {
            context.recorder.attach(Evidence("PING without a password", text: error.description))
            return error.kind == .authentication
                ? .passed("refused with \(error.code ?? "an error")") : context.outcome(ofConnecting: error, to: target)
        }
    }

    @Sendable static func latency(_ context: CheckContext) async throws -> Outcome {
        let connection = try await context.connectToRedis()
        var times: [Double] = []
        for _ in 0..<200 {
            let start = ContinuousClock.now
            do throws(RedisError) {
                _ = try await connection.command(["PING"], deadline: .seconds(5))
            } catch {
                throw Stop.failed(
                    .redis(error), "PING fails", expected: "200 answers", got: "\(error) after \(times.count)")
            }
            times.append((ContinuousClock.now - start).milliseconds)
        }
        await connection.close()
        let told = DatabaseLoad.measure("redis.ping", times, context)
        let allowed = context.threshold("p95_ms", default: 50)
        return DatabaseLoad.percentile(0.95, of: times) <= allowed
            ? .passed(told)
            : .failed(.excess(.redis, .time), "Redis is slow", expected: "p95 of at most \(allowed) ms", got: told)
    }

    @Sendable static func memory(_ context: CheckContext) async throws -> Outcome {
        let connection = try await context.connectToRedis()
        let memory = try await context.ask(connection, ["INFO", "memory"]).information
        let stats = try await context.ask(connection, ["INFO", "stats"]).information
        await connection.close()
        return try judge(memory, stats, context)
    }

    /// A figure of INFO; 0 where the server has none.
    private static func figure(_ name: String, _ information: [String: String]) throws -> Double {
        guard let text = information[name] else { return 0 }
        guard let number = Double(finite: text), number >= 0 else {
            throw Stop.inconclusive(
                .obstacle(.hidden, of: .redis), "Redis says \(name) ‘\(text.excerpt(40))’, which is no figure")
        }
        return number
    }

    static func judge(
        _ memory: [String: String], _ stats: [String: String], _ context: CheckContext
    ) throws -> Outcome {
        let needed = [("used_memory", memory), ("maxmemory", memory), ("evicted_keys", stats)]
        let missing = needed.filter { $0.1[$0.0] == nil }.map(\.0)
        guard missing.isEmpty else {
            return .inconclusive(
                .obstacle(.hidden, of: .redis), "INFO of this server has no \(missing.joined(separator: ", "))")
        }
        let used = try figure("used_memory", memory)
        guard used > 0 else {
            return .inconclusive(.obstacle(.hidden, of: .redis), "a Redis without any memory in use is none")
        }
        let limit = try figure("maxmemory", memory)
        let evicted = try figure("evicted_keys", stats)
        context.recorder.measure(Metric("redis.memory", used, .bytes))
        context.recorder.measure(Metric("redis.evicted", evicted, .count))
        let told =
            "\(memory["used_memory_human"] ?? "?") of \(limit > 0 ? memory["maxmemory_human"] ?? "?" : "no limit"), \(evicted.wholeText) keys evicted"
        let isFull = limit > 0 && used > 0.9 * limit
        return isFull || evicted > 0
            ? .failed(
                .excess(.redis, .memory),
                isFull ? "Redis is full" : "Redis has evicted keys", expected: "less than 90 % and no evictions",
                got: told)
            : .passed(told)
    }

    @Sendable static func queues(_ context: CheckContext) async throws -> Outcome {
        let connection = try await context.connectToRedis()
        let main = "hokusai:model_ready_queue"
        var depths: [(String, Int64)] = []
        for (title, key) in [("main", main), ("processing", main + ":processing"), ("dead", main + ":dlq")] {
            let reply = try await context.ask(connection, ["LLEN", key])
            guard let depth = reply.number else {
                return .inconclusive(.obstacle(.hidden, of: .queue), "LLEN \(key) is answered with no number: \(reply)")
            }
            context.recorder.measure(Metric("redis.queue", Double(depth), .count, labels: ["queue": title]))
            depths.append((title, depth))
        }
        await connection.close()
        let told = depths.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
        if depths[2].1 > 0 {
            return .failed(
                .excess(.queue, .queue), "messages are dead", expected: "an empty dead letter queue", got: told)
        }
        let limit = Int64(clamping: context.threshold("depth", default: 100))
        return depths.contains { $0.1 > limit }
            ? .failed(.excess(.queue, .queue), "messages pile up", expected: "at most \(limit) in a queue", got: told)
            : .passed("\(told); at most \(limit) in a queue, none dead")
    }

    @Sendable static func persistence(_ context: CheckContext) async throws -> Outcome {
        let connection = try await context.connectToRedis()
        let replication = try await context.ask(connection, ["INFO", "replication"]).information
        let persistence = try await context.ask(connection, ["INFO", "persistence"]).information
        await connection.close()
        let role = replication["role"] ?? "unknown"
        let save = persistence["rdb_last_bgsave_status"] ?? "unknown"
        guard role == "master" else {
            return .failed(
                .deviation(.redis, .role), "the configured host is a replica", expected: "role master",
                got: "role \(role)")
        }
        guard ["ok", "err"].contains(save) else {
            return .inconclusive(
                .obstacle(.hidden, of: .redis),
                "INFO of this server does not report its last save (rdb_last_bgsave_status)")
        }
        return save == "err"
            ? .failed(
                .ailment(.redis, .state, says: save), "the last save failed, so writes are refused", expected: "ok",
                got: save)
            : .passed("primary with \(replication["connected_slaves"] ?? "0") replicas, last save \(save)")
    }

    @Sendable static func encryption(_ context: CheckContext) async throws -> Outcome {
        let connection = try await context.connectToRedis()
        await connection.close()
        let peer = connection.peer.map { "\($0.version) \($0.cipher)" } ?? "no TLS"
        context.recorder.attach(
            Evidence("connection to Redis", text: "address \(connection.address.text)\n\(peer)\n"))
        return encryption(connection.peer, to: connection.address)
    }

    static func encryption(_ peer: TLSPeer?, to address: IPAddress) -> Outcome {
        if let peer { return .passed("\(peer.version) with \(peer.cipher)") }
        return address.isThisMachine
            ? .passed("not encrypted, and on this machine only")
            : .failed(
                .exposed(.redis, .plainText), "the connection to Redis is not encrypted", expected: "TLS", got: "no TLS"
            )
    }
}

/// A check of Redis. The family makes it.
struct RedisQuestion {
    var id: CheckID
    var title: String
    var intent: String
    var severity = Severity.medium
    var dependsOn: [CheckID] = ["RD-01"]
    var remediation = Remediation()
    /// Why there is nothing to look at under a configuration.
    var isOmitted: @Sendable (Configuration) -> String? = { _ in nil }
    var examine: @Sendable (CheckContext) async throws -> Outcome
}

extension RedisQuestion: Check {
    var descriptor: CheckDescriptor {
        CheckDescriptor(
            id: id, title: title, intent: intent,
            procedure: "Connect with the configured password and ask Redis itself.",
            category: .redis, phase: .validation, severity: severity, needs: [.reach(.redis)], dependsOn: dependsOn,
            deadline: .seconds(30), remediation: remediation)
    }

    func omission(under configuration: Configuration) -> String? { isOmitted(configuration) }

    func run(_ context: CheckContext) async throws -> Outcome { try await examine(context) }
}
