import CheckKit
import Formats
import PostgresClient
import RunModel

/// The first thing to know of a database.
struct DatabaseConnection: Check {
    var descriptor: CheckDescriptor {
        CheckDescriptor(
            id: "DB-01", title: "The database accepts the API's user",
            intent: "Everything the platform stores is behind this log-in.",
            procedure: "Connect with host, user, password, database and TLS mode of the configuration; run SELECT 1.",
            category: .database, phase: .validation, severity: .critical, isCritical: true,
            needs: [.reach(.database)], deadline: .seconds(30),
            risk: "MLflow and the API lose their data: nothing can be registered, `/ready` answers 503.",
            remediation: Remediation(
                summary:
                    "Compare host, user, database and password with what the API's task gets; the user is `mlflow`, the database `mlflow_db`.",
                command:
                    "aws secretsmanager get-secret-value --secret-id \"hokusai/app-secrets/$ENVIRONMENT\" --query SecretString --output text | jq 'keys'",
                terraform: """
                    environment = [
                      { name = "DB_USER", value = "mlflow" },
                      { name = "DB_NAME", value = "mlflow_db" },
                    ]
                    secrets = [{ name = "DB_PASSWORD", valueFrom = "${aws_secretsmanager_secret.app.arn}:database_password::" }]
                    """))
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        let connection = try await context.connectToDatabase()
        let answer = try await context.ask(connection, "SELECT current_user, current_database(), version()")
        await connection.close()
        let session = connection.session
        context.recorder.measure(Metric("database.connect", session.connect.milliseconds, .milliseconds))
        context.recorder.establish(.databaseVersion, session.serverVersionText)
        let row = answer.rows.first ?? []
        guard let target = context.configuration.database, row.count == 3 else {
            return .failed(
                .deviation(.database, .shape), "the database answers nothing", expected: "user and database",
                got: "\(row)")
        }
        guard row[0] == target.user, row[1] == target.name else {
            return .failed(
                .deviation(.database, .value, ["current_user", "current_database"]),
                "the session belongs to somebody else", expected: "\(target.user) in \(target.name)",
                got: "\(row[0] ?? "?") in \(row[1] ?? "?")")
        }
        let limit = context.threshold("connect_ms", default: 2000)
        guard session.connect.milliseconds <= limit else {
            return .failed(
                .excess(.database, .time),
                "connecting takes too long", expected: "at most \(limit) ms",
                got: session.connect.readable)
        }
        return .passed(
            "PostgreSQL \(session.serverVersionText) as \(target.user) in \(target.name), connected in \(session.connect.readable)"
        )
    }
}
