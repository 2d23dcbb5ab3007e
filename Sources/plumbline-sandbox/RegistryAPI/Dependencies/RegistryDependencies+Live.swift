import Formats
import Foundation
import PostgresClient
import RedisClient

extension RegistryDependencies {
    /// The real ones: libcurl, libpq and our Redis connection.
    static func live(_ settings: RegistrySettings) -> RegistryDependencies {
        let http = OutgoingHTTP()
        let redisDeadline = Duration.seconds(clamping: settings.redisTimeout)
        return RegistryDependencies(
            http: { call async throws(OutgoingFailure) in try await http.send(call) },
            openDatabase: { name async throws(DependencyFailure) in try await open(name, settings.database) },
            redis: { url, commands async throws(DependencyFailure) in
                try await run(commands, on: url, deadline: redisDeadline)
            },
            pause: { seconds in try? await Task.sleep(for: .seconds(clamping: seconds)) }, now: { Moment.now })
    }

    private static func open(
        _ name: String, _ settings: RegistrySettings.Database
    ) async throws(DependencyFailure) {
        let configuration = PostgresConfiguration(
            host: settings.host, port: settings.port, user: settings.user, password: settings.password,
            database: name, applicationName: "registry-api")
        do throws(PostgresError) {
            let deadline = Duration.seconds(clamping: settings.connectTimeout)
            let connection = try await PostgresConnection.connect(configuration, deadline: deadline)
            await connection.close()
        } catch {
            throw DependencyFailure(isTimeout: error.kind == .timeout, message: error.description)
        }
    }

    private static func run(
        _ commands: [[String]], on url: String, deadline: Duration
    ) async throws(DependencyFailure) -> [RedisValue] {
        guard let configuration = RedisConfiguration(url: url) else {
            throw DependencyFailure(message: "not a Redis URL: expected redis://[:password@]host:port/number")
        }
        do throws(RedisError) {
            let connection = try await RedisConnection.connect(configuration, deadline: deadline)
            var answers: [RedisValue] = []
            for command in commands {
                let reply = try await connection.command(command, deadline: deadline)
                answers.append(RedisValue(reply))
            }
            await connection.close()
            return answers
        } catch {
            throw DependencyFailure(isTimeout: error.kind == .timeout, message: error.description)
        }
    }
}

extension RedisValue {
    init(_ reply: RedisReply) {
        if let text = reply.text {
            self = .text(text)
        } else if let number = reply.number {
            self = .integer(Int(number))
        } else {
            self = .null
        }
    }
}

extension RedisConfiguration {
    /// Reads `redis://[user][:password]@host[:port][/database]`. The local Redis speaks no TLS, so `rediss` is refused.
    init?(url text: String) {
        guard let parts = URLComponents(string: text), let address = NetworkAddress(text), parts.scheme == "redis"
        else { return nil }
        let database = Int(parts.path.dropFirst()) ?? 0
        let user = parts.user.flatMap { $0.isEmpty ? nil : $0 }
        self.init(
            host: address.host, port: address.port ?? 6379, user: user, password: parts.password, database: database)
    }
}
