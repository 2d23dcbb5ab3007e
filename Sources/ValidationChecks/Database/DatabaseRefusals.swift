import CheckKit
import Formats
import Foundation
import PostgresClient
import RunModel
import Settings
import Sockets

/// Mistakes that must be told apart: each is provoked on purpose and must fail fast and by its own name (contract §8.5).
struct DatabaseRefusals: CheckFamily {
    func checks(for configuration: Configuration) -> [any Check] {
        [
            DatabaseRefusal(
                id: "DB-20", title: "A wrong password is refused at once", kinds: [.authentication], state: "28P01"
            ) { $0.password = "plumbline-wrong-password" },
            DatabaseRefusal(
                id: "DB-21", title: "An unknown user is refused at once", kinds: [.authentication], state: "28P01"
            ) { $0.user = "plumbline_nobody" },
            DatabaseRefusal(
                id: "DB-22", title: "A database that does not exist is called missing", kinds: [.databaseMissing],
                state: "3D000"
            ) { $0.database = "plumbline_missing" },
            DatabaseRefusal(
                id: "DB-23", title: "A port without a listener is refused or silent, never accepted",
                kinds: [.refused, .timeout, .unreachable], state: nil
            ) { $0.port = 1 },
            // An address of RFC 5737 that belongs to nobody. Packets to it vanish, as behind a closed security group, unless
            // a router on the way answers for it.
            DatabaseRefusal(
                id: "DB-25", title: "A host that is not there is given up in time",
                kinds: [.timeout, .unreachable, .refused], state: nil
            ) { $0.host = "192.0.2.1" },
            FallbackDatabase(),
        ]
    }
}

struct DatabaseRefusal {
    var id: CheckID
    var title: String
    var kinds: [PostgresError.Kind]
    var state: String?
    /// What is made wrong.
    var spoil: @Sendable (inout PostgresConfiguration) -> Void
}

extension DatabaseRefusal: Check {
    var descriptor: CheckDescriptor {
        CheckDescriptor(
            id: id, title: title,
            intent: "When it happens for real, the error must name the cause and come within a second.",
            procedure: "Connect with one wrong value and read SQLSTATE or socket error and the time it took.",
            category: .database, phase: .validation, severity: .low, needs: [.reach(.database)], dependsOn: ["DB-01"],
            deadline: .seconds(30), risk: "A wrong setting looks like an outage.")
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        var target = try context.databaseConfiguration()
        spoil(&target)
        context.reproduce(on: target, sql: "SELECT 1")
        let start = ContinuousClock.now
        do throws(PostgresError) {
            let connection = try await PostgresConnection.connect(target, deadline: .seconds(5))
            await connection.close()
            return .failed(
                .deviation(.database, .refusal),
                "the server accepts \(target)", expected: kinds.map(\.rawValue).joined(separator: " or "),
                got: "a connection")
        } catch {
            let took = ContinuousClock.now - start
            context.recorder.attach(Evidence("connect to \(target)", text: "\(error)\nafter \(took.readable)\n"))
            let fitting = kinds.contains(error.kind) && (state == nil || error.sqlState == state)
            // Trust and peer authentication look for the role only: 28000 for a missing one.
            guard fitting || (error.kind == .authentication && error.sqlState == "28000") else {
                return .failed(
                    .deviation(.database, .refusal, [error.kind.rawValue]),
                    "the error names another mistake",
                    expected:
                        "\(kinds.map(\.rawValue).joined(separator: " or "))\(state.map { " with SQLSTATE \($0)" } ?? "")",
                    got: error.description)
            }
            guard took < .seconds(2) || error.kind == .timeout && took < .seconds(6) else {
                return .failed(
                    .excess(.database, .time),
                    "the refusal takes long", expected: "at most 2 s, 6 s for silence", got: took.readable)
            }
            return .passed(
                "\(error.kind.rawValue)\(error.sqlState.map { " \($0)" } ?? "") after \(took.readable), at most \(error.kind == .timeout ? "6 s" : "2 s")"
            )
        }
    }
}

private struct FallbackDatabase {}

extension FallbackDatabase: Check {
    var descriptor: CheckDescriptor {
        CheckDescriptor(
            id: "DB-24", title: "The fallback database hides nothing",
            intent:
                "The API falls back to the legacy database `mlflow`, which hides that the primary is gone.",
            procedure: "Connect to the fallback database; it may be missing, or must have MLflow's tables too.",
            category: .database, phase: .validation, severity: .low, needs: [.reach(.database)], dependsOn: ["DB-01"],
            deadline: .seconds(30), risk: "The API works on old data and nobody sees it.",
            remediation: Remediation(
                summary: "Drop the legacy database, or take DATABASE_FALLBACK_NAME out of the API's task.",
                terraform: "environment = [{ name = \"DATABASE_FALLBACK_NAME\", value = \"\" }]"))
    }

    func omission(under configuration: Configuration) -> String? {
        configuration.database?.fallbackName?.isEmpty == false ? nil : "no `database.fallback_name` is configured"
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        let name = context.configuration.database?.fallbackName ?? ""
        let target = try context.databaseConfiguration(name: name)
        context.reproduce(on: target, sql: "SELECT 1")
        do throws(PostgresError) {
            let connection = try await PostgresConnection.connect(target, deadline: context.databaseConnectTimeout)
            let tables: PostgresRows
            do {
                tables = try await connection.query(
                    "SELECT count(*) FROM pg_tables WHERE tablename = 'experiments'", deadline: .seconds(10))
            } catch {
                return .inconclusive(.database(error), "the fallback database does not answer: \(error)")
            }
            await connection.close()
            context.recorder.attach(
                Evidence("tables `experiments` in \(name)", text: "\(tables.scalar ?? "NULL")\n"))
            guard let count = tables.scalar.flatMap({ Int($0) }) else {
                return .inconclusive(.obstacle(.hidden, of: .database), "the fallback database counts no tables")
            }
            guard count > 0 else { return .passed("‘\(name)’ exists, with 0 tables `experiments`") }
            return .failed(
                .deviation(.database, .fallback, [name]),
                "the fallback database \(name) has experiments of its own", expected: "no second set of data",
                got: "a table `experiments` in \(name)")
        } catch {
            context.recorder.attach(Evidence("connect to \(target)", text: error.description))
            if error.kind == .databaseMissing { return .passed("‘\(name)’ does not exist") }
            return context.outcome(ofConnecting: error, to: target)
        }
    }
}
