import CheckKit
import PostgresClient
import RunModel

/// A check that asks the database one thing and judges the rows. Families make it.
struct DatabaseQuestion {
    var id: CheckID
    var title: String
    var intent: String
    var sql: String
    var severity = Severity.medium
    var isCritical = false
    var dependsOn: [CheckID] = ["DB-01"]
    var risk = ""
    var remediation = Remediation()
    var judge: @Sendable (PostgresRows, CheckContext) throws -> Outcome
}

extension DatabaseQuestion: Check {
    var descriptor: CheckDescriptor {
        CheckDescriptor(
            id: id, title: title, intent: intent,
            procedure: "Ask the database:\n\n    \(sql.replacing("\n", with: "\n    "))", category: .database,
            phase: .validation, severity: severity, isCritical: isCritical, needs: [.reach(.database)],
            dependsOn: dependsOn, deadline: .seconds(40), risk: risk, remediation: remediation)
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        let connection = try await context.connectToDatabase()
        let rows = try await context.ask(connection, sql)
        await connection.close()
        return try judge(rows, context)
    }
}
