import Foundation
import Synchronization

@testable import plumbline_sandbox

/// Everything around one registry API, in memory, with a clock that moves only when told or paused on.
final class RegistryWorld: Sendable {
    enum Health: Sendable {
        case up
        case refusing
        case hanging
        /// Answers after so many seconds.
        case slow(Double)
    }

    struct State: Sendable {
        var now = 1_800_000_000.0
        var mlflow = Health.up
        var postgres = Health.up
        var redis = Health.up
        var queue = Health.up
        var auth = Health.up
        var authStatus: Int?
        var calls: [OutgoingCall] = []
        var kept: [String: String] = [:]
        /// What MLflow answers to paths that the world does not know.
        var upstream = OutgoingAnswer(status: 404, headers: ["content-type": "text/html"], body: Array("<html>".utf8))
        /// Keys by name of the presented text; the value is the body of the validation.
        var keys: [String: JSONValue] = [
            "hk_test_sandbox_admin": ["user_id": "u1", "key_id": "k1", "is_admin": true, "scopes": ["model:write"]],
            "hk_test_sandbox_writer": ["user_id": "u2", "key_id": "k2", "scopes": ["model:write"]],
            "hk_test_sandbox_reader": ["user_id": "u3", "key_id": "k3", "scopes": ["model:read"]],
            "hk_test_sandbox_poor": ["user_id": "u4", "key_id": "k4", "has_sufficient_balance": false],
        ]
        var debitStatus = 200
    }

    static let queueURL = "redis://queue.localhost:6379/0"
    static let redisURL = "redis://cache.localhost:6379/0"

    private let state = Mutex(State())

    func change(_ edit: (inout State) -> Void) { state.withLock { edit(&$0) } }
    func wait(_ seconds: Double) { state.withLock { $0.now += seconds } }
    var calls: [OutgoingCall] { state.withLock { $0.calls } }
    func calls(to path: String) -> [OutgoingCall] { calls.filter { $0.url.contains(path) } }

    /// An API of a profile in this world; `environment` overrides the settings of a small deployment.
    func api(
        _ profile: ProfileName, defects: String = "", environment: [String: String] = [:]
    ) throws -> RegistryAPI {
        let standard = [
            "SANDBOX_PROFILE": profile.rawValue, "SANDBOX_DEFECTS": defects, "DB_PASSWORD": "sandbox",
            "MLFLOW_TRACKING_URI": "http://mlflow.localhost:5000", "REDIS_URL": Self.redisURL,
            "SANDBOX_QUEUE_URL": Self.queueURL, "HOKUSAI_AUTH_SERVICE_URL": "http://auth.localhost:8000",
            "MLFLOW_CB_FAILURE_THRESHOLD": "5", "MLFLOW_CB_RECOVERY_TIMEOUT": "5",
            "MLFLOW_CB_MAX_RECOVERY_ATTEMPTS": "5", "MODEL_30_PREWARM_ENABLED": "false",
        ]
        let settings = try RegistrySettings(environment: standard.merging(environment) { _, new in new })
        return RegistryAPI(settings: settings, dependencies: dependencies(settings))
    }

    private func dependencies(_ settings: RegistrySettings) -> RegistryDependencies {
        RegistryDependencies(
            http: { call async throws(OutgoingFailure) in try self.answer(call) },
            openDatabase: { _ async throws(DependencyFailure) in
                try self.pass(self.state.withLock { $0.postgres }, limit: settings.database.connectTimeout)
            },
            redis: { url, commands async throws(DependencyFailure) in
                let health = self.state.withLock { url == Self.queueURL ? $0.queue : $0.redis }
                try self.pass(health, limit: settings.redisTimeout)
                return commands.map { self.redisAnswer($0) }
            },
            pause: { self.wait($0) }, now: { self.state.withLock { $0.now } }, checksSideBySide: false)
    }

    private func pass(_ health: Health, limit: Double) throws(DependencyFailure) {
        switch health {
        case .up: break
        case .refusing: throw DependencyFailure(message: "connection refused")
        case .hanging:
            wait(limit)
            throw DependencyFailure(isTimeout: true, message: "no answer in \(limit) s")
        case .slow(let seconds): wait(seconds)
        }
    }

    private func redisAnswer(_ words: [String]) -> RedisValue {
        state.withLock { state in
            switch words.first {
            case "PING": return .text("PONG")
            case "INFO": return .text("connected_clients:1\r\nused_memory_human:1.00M\r\n")
            case "GET": return state.kept[words[1]].map(RedisValue.text) ?? .null
            case "SETEX":
                state.kept[words[1]] = words[3]
                return .text("OK")
            default: return .integer(0)
            }
        }
    }

    private func answer(_ call: OutgoingCall) throws(OutgoingFailure) -> OutgoingAnswer {
        let now = state.withLock { state in
            state.calls.append(call)
            return state
        }
        let isAuth = call.url.hasPrefix("http://auth.localhost")
        switch isAuth ? now.auth : now.mlflow {
        case .up: break
        case .refusing: throw .connect("connection refused")
        case .hanging:
            wait(call.deadline)
            throw .timeout("no answer in \(call.deadline) s")
        case .slow(let seconds): wait(seconds)
        }
        return isAuth ? authAnswer(call, now) : mlflowAnswer(call, now)
    }

    private func authAnswer(_ call: OutgoingCall, _ now: State) -> OutgoingAnswer {
        if let status = now.authStatus { return OutgoingAnswer(status: status) }
        if call.url.hasSuffix("/debit") {
            let body: JSONValue = ["reason": "no credit", "reason_code": "INSUFFICIENT_BALANCE"]
            return OutgoingAnswer(status: now.debitStatus, body: Array(body.text().utf8))
        }
        let key = call.headers["authorization"]?.dropFirst("Bearer ".count) ?? ""
        guard let body = now.keys[String(key)] else { return OutgoingAnswer(status: 401) }
        return OutgoingAnswer(status: 200, body: Array(body.text().utf8))
    }

    private func mlflowAnswer(_ call: OutgoingCall, _ now: State) -> OutgoingAnswer {
        if call.url.contains("experiments/get-by-name") {
            let body: JSONValue = ["error_code": "RESOURCE_DOES_NOT_EXIST", "message": "none"]
            return OutgoingAnswer(status: 404, body: Array(body.text().utf8))
        }
        if call.url.contains("search") { return OutgoingAnswer(status: 200, body: Array("{}".utf8)) }
        return now.upstream
    }
}

extension RegistryAPI {
    /// Answers a request given as `METHOD /target`.
    func ask(
        _ line: String, headers: ServiceHeaders = .init(), body: JSONValue? = nil
    ) async -> ServiceResponse {
        let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
        return await respond(
            to: ServiceRequest(
                parts[0], parts[1], headers: headers, body: body.map { Array($0.text().utf8) } ?? []))
    }

    func ask(_ line: String, key: String) async -> ServiceResponse {
        await ask(line, headers: ["authorization": "Bearer " + key])
    }
}

extension ServiceResponse {
    var text: String { String(decoding: bytes, as: UTF8.self) }
}
