import Formats
import RedisClient
import RunModel
import Sockets

extension CheckContext {
    /// The configured Redis.
    ///
    /// - Throws: ``Stop`` with `skipped` when none is configured: then it counts as disabled.
    package func redisConfiguration() throws -> RedisConfiguration {
        guard let redis = services.configuration.redis else {
            throw Stop.skipped("disabled: the configuration has no `redis` section")
        }
        if let password = redis.password, !password.isResolved {
            throw Stop.skipped("the Redis password is configured as \(password.source), which gives no value")
        }
        let tls = redis.usesTLS ? TLSConfiguration(serverName: redis.host, rootCertificates: redis.caFile) : nil
        return RedisConfiguration(host: redis.host, port: redis.port, password: redis.password?.reveal(), tls: tls)
    }

    /// Connects and logs in, and ends the check with the cause when that fails.
    package func connectToRedis() async throws -> RedisConnection {
        let target = try redisConfiguration()
        reproduce(on: target, ["PING"])
        do throws(RedisError) {
            let connection = try await RedisConnection.connect(target, deadline: .seconds(5))
            recorder.touch(.call(.vantage, .redis, held: true))
            return connection
        } catch {
            recorder.touch(.call(.vantage, .redis, held: false))
            recorder.attach(Evidence("connect to \(target)", text: error.description))
            if let fault = error.cliFault {
                recorder.verify(
                    with: Verification(
                        .redis, command(on: target, ["PING"]), fault: fault,
                        repaired: [.contains("PONG"), .lacks("AUTH failed")]))
            }
            throw Stop(outcome(ofConnecting: error, to: target))
        }
    }

    /// Sends a command and keeps its answer as evidence. An error ends the check.
    package func ask(_ connection: RedisConnection, _ words: [String]) async throws -> RedisReply {
        reproduce(on: connection.configuration, words)
        do throws(RedisError) {
            let reply = try await connection.command(words, deadline: .seconds(5))
            recorder.attach(Evidence(words.joined(separator: " "), text: "\(reply.text ?? "\(reply)")"))
            return reply
        } catch {
            recorder.attach(Evidence(words.joined(separator: " "), text: error.description))
            if error.kind == .permission {
                throw Stop.inconclusive(.redis(error), "the user may not run \(words[0]): \(error)")
            }
            throw Stop.failed(.redis(error), "\(words[0]) fails", expected: "an answer", got: error.description)
        }
    }

    package func outcome(ofConnecting error: RedisError, to target: RedisConfiguration) -> Outcome {
        if error.isReachability, error.kind != .refused, !PrivateHost.isAnswerable(target.host) {
            return .inconclusive(.noRedis(error, at: target), notReachable("Redis \(target)", error.description))
        }
        let what: String =
            switch error.kind {
            case .refused: "nobody listens on \(NetworkAddress(host: target.host, port: target.port))"
            case .timeout: "Redis does not answer in time"
            case .nameNotResolved: "the name of the Redis host has no address"
            case .authentication: "Redis refuses the password"
            case .certificate: "Redis shows a certificate that is not to be trusted"
            case .tls: "Redis and the configuration disagree about TLS"
            case .protocol: "what listens there is no Redis, or speaks TLS"
            default: "the connection to Redis fails"
            }
        return .failed(.noRedis(error, at: target), what, expected: "a connection to \(target)", got: error.description)
    }

    private func reproduce(on target: RedisConfiguration, _ words: [String]) {
        recorder.reproduce(with: command(on: target, words))
    }

    private func command(on target: RedisConfiguration, _ words: [String]) -> String {
        var variable = "REDIS_AUTH_TOKEN"
        if case .environment(let name) = services.configuration.redis?.password?.source { variable = name }
        let login = target.password == nil ? "" : "REDISCLI_AUTH=\"$\(variable)\" "
        let tls = target.tls.map { " --tls" + ($0.rootCertificates.map { " --cacert \"\($0)\"" } ?? "") } ?? ""
        let command = words.map { "\"\($0.replacing("\"", with: "\\\""))\"" }.joined(separator: " ")
        return "\(login)redis-cli -h \(target.host) -p \(target.port)\(tls) \(command)"
    }
}

extension RedisError {
    /// What redis-cli says while a connection fails like this one; nil where it connects all the same. That Redis refuses the
    /// reader's own password says nothing of any other fault.
    fileprivate var cliFault: [Verification.Condition]? {
        switch kind {
        // redis-cli trusts a certificate whatever name it is for.
        case .certificate: nil
        case .authentication:
            [.contains("WRONGPASS"), .contains("NOAUTH"), .contains("AUTH failed"), .contains("without any password")]
        default:
            [
                .contains("Could not connect"), .contains("Error:"), .contains("Connection reset"),
                .contains("closed the connection"), .contains("LOADING"), .contains("SSL"),
                .exit([Verification.ended]),
            ]
        }
    }
}
