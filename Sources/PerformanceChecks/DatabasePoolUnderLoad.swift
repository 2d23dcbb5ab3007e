import CheckKit
import Formats
import LoadEngine
import PostgresClient
import RunModel

/// How many of the database's connections the platform takes while it is under load, and whether it gives them back.
struct DatabasePoolUnderLoad: Check {
    private static let paths = ["/ready", "/api/mlflow/api/2.0/mlflow/experiments/search?max_results=1"]

    var descriptor: CheckDescriptor {
        CheckDescriptor(
            id: "PF-09", title: "Under load the platform takes less than 80 % of the database's connections",
            intent:
                "Each call of `/ready` opens a connection, MLflow keeps up to 15 for each worker: together they may be more than there are.",
            procedure:
                "Count the server's connections by state every 250 ms while 20 workers call `/ready` and search experiments for 10 s; once more 3 s later.",
            category: .performance, phase: .validation, severity: .high,
            needs: [.reach(.api), .reach(.database), .key(.api), .load], dependsOn: ["ML-01", "DB-01"],
            excludes: [.loadWindow, .breaker, Exclusion(rawValue: "database-connections")], deadline: .seconds(120),
            awsActions: ["cloudwatch:DescribeAlarms"],
            risk: "The database refuses connections exactly when everyone is working.",
            remediation: Remediation(
                summary:
                    "Lower the pools (MLflow's --gunicorn-opts workers × 15), raise max_connections, or put a pooler between.",
                command:
                    "psql -c 'SELECT usename, application_name, state, count(*) FROM pg_stat_activity GROUP BY 1, 2, 3 ORDER BY 4 DESC'"
            ))
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        try await context.requireOwnAnswers(of: Self.paths, headers: [CheckContext.bearer(try context.key(.api))])
        let connection = try await context.connectToDatabase()
        let settings = try await context.ask(connection, "SHOW max_connections")
        guard let most = settings.scalar.flatMap(Double.init(finite:)), most > 0 else {
            return .inconclusive(.obstacle(.hidden, of: .database), "the server does not report its max_connections")
        }
        let before = try await ConnectionCount.read(connection)
        let sampling = Task { await ConnectionCount.series(connection) }
        var load = GuardedLoad(context)
        load.headers = [CheckContext.bearer(try context.key(.api))]
        let report: LoadReport
        do {
            report = try await load.run(Self.paths, .constantWorkers(.init(workers: 20, duration: .seconds(10))))
        } catch {
            sampling.cancel()
            throw error
        }
        sampling.cancel()
        let series = await sampling.value
        try await Task.sleep(for: .seconds(3))
        let after = try await ConnectionCount.read(connection)
        await connection.close()
        return judge(before, series, after, most: most, report, context)
    }

    private func judge(
        _ before: ConnectionCount, _ series: [ConnectionCount], _ after: ConnectionCount, most: Double,
        _ report: LoadReport, _ context: CheckContext
    ) -> Outcome {
        let lines = (["total,active,idle in transaction"] + series.map(\.line)).joined(separator: "\n") + "\n"
        context.recorder.attach(Evidence("connections during the load", fileExtension: "csv", text: lines))
        guard series.count >= 10, let peak = series.max(by: { $0.total < $1.total }) else {
            return .inconclusive(
                .obstacle(.tooFewSamples, of: .database),
                "only \(series.count) looks at the connections succeeded while the load ran")
        }
        let figures = [("before", before), ("peak", peak), ("after", after)]
        for (moment, count) in figures {
            context.recorder.measure(
                Metric("database.connections", Double(count.total), .count, labels: ["moment": moment]))
        }
        context.recorder.measure(
            Metric("database.connections.active", Double(series.map(\.active).max() ?? 0), .count))
        let got =
            "\(before.total) connections before, \(peak.total) of \(most.wholeText) at the peak (\(series.map(\.active).max() ?? 0) active, "
            + "\(series.map(\.idleInTransaction).max() ?? 0) idle in a transaction), \(after.total) afterwards; \(report.summary)"
        let errors = context.threshold("error_rate", default: 0.01)
        guard report.stopReason == nil, report.overall.answered > 0, report.overall.errorRate <= errors else {
            let reason = report.stopReason.map { "; the load was ended: \($0)" } ?? ""
            return .inconclusive(
                report.symptom(of: .api, paths: Self.paths),
                "requests that fail use no connections as an ordinary load does, so the peak says nothing\(reason): \(got)"
            )
        }
        let limit = context.threshold("share", default: 0.8)
        guard Double(peak.total) < limit * most else {
            return .failed(
                .excess(.database, .connections),
                "load takes the database's connections",
                expected: "less than \((limit * 100).wholeText) % of \(most.wholeText)",
                got: got)
        }
        return .passed(got)
    }
}

/// The client connections of a database server, except the one that counts them.
struct ConnectionCount: Sendable, Equatable {
    var total: Int
    var active: Int
    var idleInTransaction: Int

    var line: String { "\(total),\(active),\(idleInTransaction)" }

    private static let question = """
        SELECT count(*), count(*) FILTER (WHERE state = 'active'),
               count(*) FILTER (WHERE state LIKE 'idle in transaction%')
        FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
        """

    static func read(_ connection: PostgresConnection) async throws(PostgresError) -> ConnectionCount {
        let rows = try await connection.query(question, deadline: .seconds(5))
        let figures = (rows.rows.first ?? []).map { $0.flatMap(Int.init) ?? 0 }
        guard figures.count == 3 else { return ConnectionCount(total: 0, active: 0, idleInTransaction: 0) }
        return ConnectionCount(total: figures[0], active: figures[1], idleInTransaction: figures[2])
    }

    /// Counts until the task is cancelled; a look that fails is left out.
    static func series(_ connection: PostgresConnection) async -> [ConnectionCount] {
        var counts: [ConnectionCount] = []
        while !Task.isCancelled {
            if let count = try? await read(connection) { counts.append(count) }
            try? await Task.sleep(for: .milliseconds(100))
        }
        return counts
    }
}
