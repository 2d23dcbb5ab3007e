import HTTPClient
import PostgresClient
import RedisClient

extension HTTPClientConfiguration {
    /// Asks whether a part answers at all; its certificate is for plumbline to judge.
    static let readiness = HTTPClientConfiguration(tls: TLS(verifies: false))
}

extension Part.Readiness {
    /// Nil when the part works, else what it said.
    func problem(_ client: HTTPClient) async -> String? {
        switch self {
        case .http(let url, let host, let statuses):
            return await httpProblem(client, url, host: host, statuses)
        case .redis(let port, let password):
            do {
                let configuration = RedisConfiguration(host: "127.0.0.1", port: port, password: password)
                let connection = try await RedisConnection.connect(configuration, deadline: .seconds(2))
                _ = try await connection.command(["PING"], deadline: .seconds(2))
                await connection.close()
                return nil
            } catch {
                return "\(error)"
            }
        case .postgres(let port, let password):
            do {
                let configuration = PostgresConfiguration(
                    host: "127.0.0.1", port: port, user: "postgres", password: password, database: "postgres")
                let connection = try await PostgresConnection.connect(configuration, deadline: .seconds(2))
                await connection.close()
                return nil
            } catch {
                return "\(error)"
            }
        }
    }

    private func httpProblem(
        _ client: HTTPClient, _ url: String, host: String?, _ statuses: [Int]
    ) async -> String? {
        let headers = host.map { [HTTPHeader("Host", $0)] } ?? []
        let request = HTTPRequest(
            url: url, headers: headers, deadline: .seconds(5), maximumBodyBytes: 1 << 20, bodyOverflow: .truncate,
            reusesConnection: false)
        do {
            let response = try await client.send(request)
            guard statuses.contains(response.status) else {
                return "GET \(url) answered \(response.status), expected \(statuses)"
            }
            return nil
        } catch {
            return "GET \(url): \(error)"
        }
    }
}
