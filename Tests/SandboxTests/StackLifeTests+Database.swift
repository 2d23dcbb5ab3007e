import PostgresClient
import Settings

extension StackLifeTests {
    /// The rows of a query in the stack's database.
    func query(_ database: DatabaseSettings, _ sql: String) async throws -> [[String?]] {
        let connection = try await PostgresConnection.connect(
            PostgresConfiguration(
                host: database.host, port: database.port, user: database.user, password: database.password?.reveal(),
                database: database.name, tls: .disable), deadline: .seconds(10))
        let rows = try await connection.query(sql, deadline: .seconds(10)).rows
        await connection.close()
        return rows
    }
}
