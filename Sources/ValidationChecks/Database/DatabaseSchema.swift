import CheckKit
import Formats
import PostgresClient
import RunModel
import Settings

/// What must be in the database (contract §8.4).
struct DatabaseSchema: CheckFamily {
    func checks(for configuration: Configuration) -> [any Check] {
        [
            Self.version, Self.tls(configuration), Self.mlflowTables, MLflowRevisionCheck(), Self.apiSchema,
            Self.apiRevision,
        ]
    }

    static let coreTables = MLflowSchema.coreTables

    /// The tables of the API's own migrations, with the revision that made them.
    static let apiTables = [
        ("audit_logs", "003"), ("retention_policies", "003"), ("consent_records", "003"), ("dataset_licenses", "003"),
        ("inference_logs", "007"), ("benchmark_specs", "008"), ("used_attestations", "009"),
        ("score_transitions", "009"), ("evaluation_schedules", "011"), ("dataset_arrivals", "012"),
        ("contribution_lifecycle", "015"),
    ]

    private static let tables =
        "SELECT tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"

    static let version = DatabaseQuestion(
        id: "DB-02", title: "The server is a supported PostgreSQL",
        intent: "The instance is PostgreSQL 15; local stacks use 14.",
        sql: "SHOW server_version_num", severity: .low,
        remediation: Remediation(
            summary: "Plan the upgrade of the instance.",
            terraform: "engine_version = \"15\"")
    ) { rows, context in
        let number = Int(rows.scalar ?? "") ?? 0
        let lowest = Int(clamping: context.threshold("lowest_major", default: 14))
        let highest = Int(clamping: context.threshold("highest_major", default: 18))
        guard lowest <= number / 10_000, number / 10_000 <= highest else {
            return .failed(
                .deviation(.database, .version),
                "PostgreSQL \(number / 10_000) is not what the platform was tested with",
                expected: "major version \(lowest) to \(highest)", got: rows.scalar ?? "nothing")
        }
        return .passed("PostgreSQL \(number / 10_000).\(number % 10_000)")
    }

    static func tls(_ configuration: Configuration) -> DatabaseQuestion {
        DatabaseQuestion(
            id: "DB-03", title: "The connection is encrypted when it leaves the machine",
            intent: "Passwords and model data cross the network.",
            sql: "SELECT ssl, version, cipher FROM pg_stat_ssl WHERE pid = pg_backend_pid()", severity: .high,
            risk: "Whoever can read the network reads the data.",
            remediation: Remediation(
                summary: "Ask for TLS in the client and force it on the server.", command: nil,
                terraform: "parameter { name = \"rds.force_ssl\" value = \"1\" }")
        ) { rows, context in
            if rows.rows.first?.first == "t" {
                return .passed("TLS \(rows.rows[0][1] ?? "?") with \(rows.rows[0][2] ?? "?")")
            }
            guard rows.rows.first?.first == "f" else {
                return .inconclusive(
                    .obstacle(.hidden, of: .database), "the server does not report whether this connection is encrypted"
                )
            }
            let host = context.configuration.database?.host ?? ""
            if PrivateHost.isThisMachine(host) {
                return .passed("not encrypted, and on this machine only")
            }
            return .failed(
                .exposed(.database, .plainText), "the connection is not encrypted", expected: "TLS", got: "no TLS")
        }
    }

    static let mlflowTables = DatabaseQuestion(
        id: "DB-04", title: "MLflow's core tables are there",
        intent: "Without one of them MLflow answers 500 to whole groups of calls.", sql: tables, severity: .critical,
        isCritical: true, risk: "Experiments, runs or models cannot be read or written.",
        remediation: Remediation(
            summary: "Restore the table from the latest backup, or let MLflow migrate an empty database.",
            command: "mlflow db upgrade \"postgresql://mlflow:$DB_PASSWORD@$DB_HOST:5432/mlflow_db\"")
    ) { rows, _ in
        let present = Set(rows.rows.compactMap { $0.first ?? nil })
        let missing = coreTables.filter { !present.contains($0) }
        guard missing.isEmpty else {
            return .failed(
                .deviation(.database, .schema, missing),
                "\(missing.count) of MLflow's core tables are missing: \(missing.joined(separator: ", "))",
                expected: coreTables.joined(separator: ", "), got: "without \(missing.joined(separator: ", "))")
        }
        return .passed("all \(coreTables.count) core tables, \(present.count) tables in all")
    }

    static let apiSchema = DatabaseQuestion(
        id: "DB-06", title: "The API's own tables are there",
        intent: "The API's migrations make them before each deployment.", sql: tables, severity: .high,
        remediation: Remediation(
            summary: "Run the API's migrations as the one-off task of the deployment.",
            command: "aws ecs run-task --cluster \"$CLUSTER\" --task-definition hokusai-api-migrate-\"$ENVIRONMENT\"")
    ) { rows, context in
        if context.profile == .a { return .skipped("profile A has no migrations of the API") }
        let present = Set(rows.rows.compactMap { $0.first ?? nil })
        let missing = apiTables.filter { !present.contains($0.0) }
        guard missing.isEmpty else {
            let names = missing.map { "\($0.0) (migration \($0.1))" }.joined(separator: ", ")
            return .failed(
                .deviation(.database, .schema),
                "\(missing.count) of the API's tables are missing",
                expected: apiTables.map(\.0).joined(separator: ", "), got: "without \(names)")
        }
        return .passed("all \(apiTables.count) tables")
    }

    static let apiRevision = DatabaseQuestion(
        id: "DB-07", title: "The API's schema is at its newest revision",
        intent: "An older revision lacks columns that the code uses (016 is the head).",
        sql: "SELECT version_num FROM hokusai_alembic_version", severity: .high, dependsOn: ["DB-01", "DB-06"],
        remediation: Remediation(
            summary: "Run the API's migrations as the one-off task of the deployment.",
            command: "aws ecs run-task --cluster \"$CLUSTER\" --task-definition hokusai-api-migrate-\"$ENVIRONMENT\"")
    ) { rows, context in
        let revisions = rows.rows.compactMap { $0.first ?? nil }
        context.recorder.establish(.databaseAPIRevision, revisions.joined(separator: ","))
        let expected = Int(clamping: context.threshold("revision", default: 16))
        guard revisions.count == 1, let revision = Int(revisions[0]), revision >= expected else {
            return .failed(
                .deviation(.database, .schema, revisions),
                "the API's schema is not at revision \(expected)", expected: "one row, \(expected) or later",
                got: revisions.isEmpty ? "no row" : revisions.joined(separator: ", "))
        }
        return .passed("revision \(revisions[0])")
    }
}

/// DB-05: the revision of MLflow's schema is one that the server works with.
struct MLflowRevisionCheck {}

extension MLflowRevisionCheck: Check {
    var descriptor: CheckDescriptor {
        CheckDescriptor(
            id: "DB-05", title: "MLflow's schema is at the revision that its server works with",
            intent: "Two revisions, or none, mean a migration that broke off; an old one, a migration that never ran.",
            procedure:
                "Read `alembic_version`, ask MLflow for its version, and compare with what that version migrates to.",
            category: .database, phase: .validation, severity: .high, needs: [.reach(.database)],
            dependsOn: ["DB-01", "DB-04"], deadline: .seconds(60),
            risk: "Calls that need the new columns fail, or the server does not start.",
            remediation: Remediation(
                summary: "Finish the migration with the MLflow version that is deployed.",
                command: "mlflow db upgrade \"postgresql://mlflow:$DB_PASSWORD@$DB_HOST:5432/mlflow_db\""))
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        let connection = try await context.connectToDatabase()
        let rows = try await context.ask(connection, "SELECT version_num FROM alembic_version")
        await connection.close()
        let revisions = rows.rows.compactMap { $0.first ?? nil }
        context.recorder.establish(.databaseMLflowRevision, revisions.joined(separator: ","))
        guard revisions.count == 1, let revision = revisions.first else {
            return .failed(
                .deviation(.database, .schema, ["alembic_version"]),
                "MLflow's schema is not at one revision", expected: "one row", got: "\(revisions.count) rows")
        }
        guard let version = await context.mlflowVersion() else {
            let isKnown = MLflowRevisions.chain.contains(revision)
            return .inconclusive(
                .obstacle(.hidden, of: .mlflow),
                "revision \(revision)\(isKnown ? "" : ", which is none of MLflow's known ones"); no way to MLflow shows its version, so nobody can tell whether it fits"
            )
        }
        switch MLflowRevisions.judge(revision, of: version) {
        case .fits: return .passed("revision \(revision), as MLflow \(version) works with")
        case .unknown:
            return .inconclusive(
                .obstacle(.notComparable, of: .database),
                "revision \(revision) of MLflow \(version): both are newer than what is known here")
        case .wrong(let expected):
            return .failed(
                .deviation(.database, .schema, ["alembic_version"]),
                "MLflow's schema is not the one that MLflow \(version) works with", expected: "revision \(expected)",
                got: "revision \(revision)")
        }
    }
}
