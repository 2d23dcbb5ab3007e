import CheckKit
import Formats
import PostgresClient
import RunModel
import Settings

/// Concurrent connections and the time an answer takes (contract §8.5).
struct DatabaseLoad: CheckFamily {
    func checks(for configuration: Configuration) -> [any Check] {
        let pools = [("DB-30", 5), ("DB-31", 10), ("DB-32", 20), ("DB-33", 50)]
        return pools.map { DatabasePool(id: CheckID($0.0), size: $0.1) }
            + [DatabaseLatency(), DatabaseStatementTimeout(), DatabaseTemporaryWrite()]
    }

    /// The value below which a share of the values lies, by the nearest-rank rule; values in milliseconds.
    static func percentile(_ share: Double, of values: [Double]) -> Double {
        let sorted = values.sorted()
        guard !sorted.isEmpty else { return .nan }
        return sorted[min(sorted.count - 1, max(0, Int(clamping: (share * Double(sorted.count)).rounded(.up)) - 1))]
    }

    static func measure(_ name: String, _ values: [Double], _ context: CheckContext, labels: [String: String] = [:])
        -> String
    {
        var words: [String] = []
        context.recorder.measure(Metric("\(name).samples", Double(values.count), .count, labels: labels))
        for (title, share) in [("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("max", 1)] {
            let value = percentile(share, of: values)
            context.recorder.measure(Metric("\(name).\(title)", value, .milliseconds, labels: labels))
            // Of fewer samples a percentile is the word of chance.
            guard share == 1 || Double(values.count) * (1 - share) > 9.99 else { continue }
            words.append("\(title) \((value * 10).rounded() / 10) ms")
        }
        return words.joined(separator: ", ")
    }
}

struct DatabasePool {
    let id: CheckID
    let size: Int
}

extension DatabasePool: Check {
    var descriptor: CheckDescriptor {
        CheckDescriptor(
            id: id, title: "\(size) connections stand at once",
            intent:
                "MLflow's own pool is 5 with 10 more on demand for each worker; the platform is meant for 100 at once.",
            procedure: "Open \(size) connections at the same time, run one statement on each, close them.",
            category: .database, phase: .validation, severity: size > 20 ? .medium : .high,
            needs: [.reach(.database)] + (size > 20 ? [.load] : []), dependsOn: ["DB-01", "DB-11"],
            excludes: [Exclusion(rawValue: "database-connections")], deadline: .seconds(60),
            risk: "The service fails as soon as more than a few people use it.",
            remediation: Remediation(
                summary: "Raise max_connections, or put a pooler in front.",
                terraform: "parameter { name = \"max_connections\" value = \"200\" apply_method = \"pending-reboot\" }")
        )
    }

    private enum Attempt: Sendable {
        case connected(PostgresConnection, Double)
        case refused(PostgresError)
        /// SELECT 1 gave something else.
        case wrong(String)
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        let target = try context.databaseConfiguration()
        context.reproduce(on: target, sql: "SELECT 1")
        let limit = context.databaseConnectTimeout
        let attempts = await withTaskGroup(of: Attempt.self) { group in
            for _ in 0..<size {
                group.addTask {
                    let start = ContinuousClock.now
                    do throws(PostgresError) {
                        let connection = try await PostgresConnection.connect(target, deadline: limit)
                        let answer = try await connection.query("SELECT 1", deadline: .seconds(10))
                        guard answer.scalar == "1" else { return .wrong(answer.scalar ?? "nothing") }
                        return .connected(connection, (ContinuousClock.now - start).milliseconds)
                    } catch {
                        return .refused(error)
                    }
                }
            }
            return await group.reduce(into: [Attempt]()) { $0.append($1) }
        }
        var times: [Double] = []
        var refusals: [PostgresError] = []
        var wrong: [String] = []
        for attempt in attempts {
            switch attempt {
            case .connected(let connection, let time):
                times.append(time)
                await connection.close()
            case .refused(let error): refusals.append(error)
            case .wrong(let answer): wrong.append(answer)
            }
        }
        if let answer = wrong.first {
            return .failed(
                .deviation(.database, .value), "\(wrong.count) of \(size) connections answer SELECT 1 otherwise",
                expected: "1", got: answer)
        }
        if let first = refusals.first {
            return .failed(
                .noDatabase(first, at: target),
                "\(refusals.count) of \(size) connections fail", expected: "fewer than 1 %", got: first.description)
        }
        let told = DatabaseLoad.measure("database.pool", times, context, labels: ["size": "\(size)"])
        let slowest = times.max() ?? 0
        let allowed = context.threshold("connect_ms", default: 2000)
        guard slowest <= allowed else {
            return .failed(
                .excess(.database, .time),
                "connecting takes too long under \(size) at once", expected: "at most \(allowed) ms", got: told)
        }
        return .passed("\(size) at once: \(told)")
    }
}

private struct DatabaseLatency {}

extension DatabaseLatency: Check {
    var descriptor: CheckDescriptor {
        CheckDescriptor(
            id: "DB-34", title: "The database answers quickly",
            intent: "Every call of MLflow makes several statements: their latency multiplies.",
            procedure: "Run SELECT 1 on one connection 200 times, one after the other.", category: .database,
            phase: .validation, severity: .medium, needs: [.reach(.database)], dependsOn: ["DB-01"],
            excludes: [Exclusion(rawValue: "database-connections")], deadline: .seconds(60),
            remediation: Remediation(
                summary: "Compare with the instance's CPU and network; a t3.micro runs out of credits."))
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        let connection = try await context.connectToDatabase()
        var times: [Double] = []
        var wrong: String?
        for _ in 0..<200 {
            let start = ContinuousClock.now
            do throws(PostgresError) {
                let answer = try await connection.query("SELECT 1", deadline: context.databaseStatementTimeout)
                if answer.scalar != "1" { wrong = answer.scalar ?? "nothing" }
            } catch {
                throw Stop.failed(
                    .database(error), "SELECT 1 fails", expected: "200 answers", got: "\(error) after \(times.count)")
            }
            times.append((ContinuousClock.now - start).milliseconds)
        }
        await connection.close()
        if let wrong {
            return .failed(.deviation(.database, .value), "SELECT 1 is answered otherwise", expected: "1", got: wrong)
        }
        let told = DatabaseLoad.measure("database.select1", times, context)
        let allowed = context.threshold("p95_ms", default: 100)
        guard DatabaseLoad.percentile(0.95, of: times) <= allowed else {
            return .failed(
                .excess(.database, .time), "SELECT 1 is slow", expected: "p95 of at most \(allowed) ms", got: told)
        }
        return .passed(told)
    }
}

private struct DatabaseStatementTimeout {}

extension DatabaseStatementTimeout: Check {
    var descriptor: CheckDescriptor {
        CheckDescriptor(
            id: "DB-35", title: "The server honours a statement timeout",
            intent: "The only thing that ends a statement whose client has gone.",
            procedure: "Set statement_timeout to 300 ms for one session and run pg_sleep(10).", category: .database,
            phase: .validation, severity: .medium, needs: [.reach(.database)], dependsOn: ["DB-01"],
            deadline: .seconds(30))
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        let connection = try await context.connectToDatabase(settings: ["statement_timeout": "300"])
        context.reproduce(on: connection.configuration, sql: "SET statement_timeout = 300; SELECT pg_sleep(10)")
        let start = ContinuousClock.now
        do throws(PostgresError) {
            _ = try await connection.query("SELECT pg_sleep(10)", deadline: .seconds(8))
            return .failed(
                .deviation(.database, .limit, ["statement_timeout"]), "the timeout has no effect",
                expected: "SQLSTATE 57014 after 300 ms", got: "10 s of sleep")
        } catch {
            let took = ContinuousClock.now - start
            context.recorder.measure(Metric("database.statement_timeout", took.milliseconds, .milliseconds))
            guard error.kind == .statementTimeout else {
                return .failed(
                    .database(error), "the statement ends in another way", expected: "SQLSTATE 57014",
                    got: error.description)
            }
            guard took < .seconds(3) else {
                return .failed(
                    .excess(.database, .time, path: "statement_timeout"), "the timeout comes late",
                    expected: "about 300 ms", got: took.readable)
            }
            return .passed("ended with \(error.sqlState ?? "?") after \(took.readable), set to 300 ms, at most 3 s")
        }
    }
}

private struct DatabaseTemporaryWrite {}

extension DatabaseTemporaryWrite: Check {
    var descriptor: CheckDescriptor {
        CheckDescriptor(
            id: "DB-36", title: "A write goes through, and is rolled back",
            intent: "Rights on paper are one thing; a full disk or a read-only server shows only in a write.",
            procedure:
                "In one transaction that is rolled back: create a table, insert, read; run INSERT, UPDATE and DELETE on `experiments` that touch no row.",
            category: .database, phase: .validation, severity: .critical, isCritical: true,
            needs: [.reach(.database), .writes], dependsOn: ["DB-01", "DB-08"], deadline: .seconds(40),
            risk: "The platform reads and cannot write.",
            remediation: Remediation(
                summary: "The SQLSTATE tells: 42501 rights, 25006 read-only, 53100 disk full.",
                command: "psql -c 'SHOW default_transaction_read_only'"))
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        let connection = try await context.connectToDatabase(settings: ["lock_timeout": "2000"])
        let table = "plumbline_\(context.runID.rawValue.lowercased().filter { $0.isLetter || $0.isNumber })"
        let statements = [
            "BEGIN", "CREATE TABLE \(table) (value text)", "INSERT INTO \(table) VALUES ('written')",
            "SELECT value FROM \(table)",
            "INSERT INTO experiments (name) SELECT name FROM experiments WHERE false",
            "UPDATE experiments SET name = name WHERE false", "DELETE FROM experiments WHERE false",
        ]
        context.reproduce(on: connection.configuration, sql: (statements + ["ROLLBACK"]).joined(separator: "; "))
        var read: String?
        var lines: [String] = []
        defer {
            context.recorder.attach(
                Evidence("statements of one transaction", text: lines.joined(separator: "\n") + "\n"))
        }
        for statement in statements {
            do throws(PostgresError) {
                let rows = try await connection.query(statement, deadline: context.databaseStatementTimeout)
                if statement.hasPrefix("SELECT") { read = rows.scalar }
                lines.append("\(statement): \(statement.hasPrefix("SELECT") ? read ?? "NULL" : "done")")
            } catch {
                lines.append("\(statement): \(error)")
                // A session that ends takes its transaction with it.
                await connection.close()
                return .failed(.database(error), "a write fails", expected: "success", got: "\(statement): \(error)")
            }
        }
        do throws(PostgresError) {
            _ = try await connection.query("ROLLBACK", deadline: .seconds(5))
            lines.append("ROLLBACK: done")
        } catch {
            lines.append("ROLLBACK: \(error)")
        }
        await connection.close()
        guard read == "written" else {
            return .failed(
                .deviation(.database, .readBack), "what was written does not read back", expected: "written",
                got: read ?? "nothing")
        }
        return .passed("created, written, read, rolled back")
    }
}
