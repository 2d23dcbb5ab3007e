import CheckKit
import Formats
import PostgresClient
import RunModel
import Settings

/// What the database's own views say of its state (contract §8.5).
struct DatabaseHealth: CheckFamily {
    func checks(for configuration: Configuration) -> [any Check] {
        [
            Self.privileges, Self.schemaPrivileges, Self.roles, Self.capacity, Self.longRunning, Self.blocked,
            Self.size,
            Self.replication, Self.integrity,
        ]
    }

    private static let coreList = DatabaseSchema.coreTables.map { "'\($0)'" }.joined(separator: ",")

    static let privileges = DatabaseQuestion(
        id: "DB-08", title: "The user may read and write MLflow's tables",
        intent: "MLflow needs SELECT, INSERT, UPDATE and DELETE on each of its tables.",
        sql: """
            SELECT t.tablename, string_agg(p, ',') FROM pg_tables t, unnest(ARRAY['SELECT','INSERT','UPDATE','DELETE']) p
            WHERE t.tablename IN (\(coreList)) AND t.schemaname NOT IN ('pg_catalog','information_schema')
              AND NOT has_table_privilege(format('%I.%I', t.schemaname, t.tablename), p)
            GROUP BY 1 ORDER BY 1
            """, severity: .critical, isCritical: true,
        risk: "MLflow reads but cannot write: every registration fails.",
        remediation: Remediation(
            summary: "Grant what is missing, as the owner of the tables.",
            command:
                "psql \"$ADMIN_DSN\" -c 'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO mlflow; GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO mlflow'"
        )
    ) { rows, _ in
        guard rows.rows.isEmpty else {
            let missing = rows.rows.map { "\($0[0] ?? "?"): \($0[1] ?? "?")" }
            return .failed(
                .deviation(.database, .rights, missing),
                "the user lacks rights on \(missing.count) of MLflow's tables",
                expected: "SELECT, INSERT, UPDATE, DELETE on all", got: "without " + missing.joined(separator: "; "))
        }
        return .passed("SELECT, INSERT, UPDATE and DELETE on every core table")
    }

    static let schemaPrivileges = DatabaseQuestion(
        id: "DB-09", title: "The user may connect, and create in the schema",
        intent: "Migrations create tables; sequences number the rows.",
        sql: """
            SELECT has_database_privilege(current_database(), 'CONNECT'), has_schema_privilege('public', 'USAGE'),
                   has_schema_privilege('public', 'CREATE'),
                   (SELECT count(*) FROM pg_sequences s
                    WHERE NOT has_sequence_privilege(format('%I.%I', s.schemaname, s.sequencename), 'USAGE'))
            """, severity: .high,
        remediation: Remediation(
            summary: "Grant what is missing.",
            command:
                "psql \"$ADMIN_DSN\" -c 'GRANT USAGE, CREATE ON SCHEMA public TO mlflow; GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO mlflow'"
        )
    ) { rows, _ in
        let row = rows.rows.first ?? []
        let names = ["CONNECT on the database", "USAGE on schema public", "CREATE in schema public"]
        var missing = zip(names, row).filter { $0.1 != "t" }.map(\.0)
        if row.count == 4, row[3] != "0" { missing.append("USAGE on \(row[3] ?? "?") sequences") }
        guard missing.isEmpty, row.count == 4 else {
            return .failed(
                .deviation(.database, .rights, missing),
                "the user lacks rights", expected: names.joined(separator: ", "),
                got: "without " + missing.joined(separator: ", "))
        }
        return .passed("CONNECT, USAGE, CREATE and all sequences")
    }

    static let roles = DatabaseQuestion(
        id: "DB-10", title: "The platform's user is no superuser",
        intent: "The grants table of the run, and the one mistake in it that matters most.",
        sql: """
            SELECT r.rolname, r.rolsuper, r.rolcreaterole, r.rolcreatedb, r.rolcanlogin, r.rolconnlimit,
                   (SELECT string_agg(DISTINCT privilege_type, ',') FROM information_schema.role_table_grants g
                    WHERE g.grantee = r.rolname AND g.table_schema = 'public')
            FROM pg_roles r WHERE r.rolname NOT LIKE 'pg\\_%' ORDER BY 1
            """, severity: .medium, risk: "A leak in the API becomes a leak of the whole server.",
        remediation: Remediation(
            summary: "Take the attribute away; the user needs rights on its tables only.",
            command: "psql \"$ADMIN_DSN\" -c 'ALTER ROLE mlflow NOSUPERUSER NOCREATEROLE'")
    ) { rows, context in
        let user = context.configuration.database?.user
        guard let own = rows.rows.first(where: { $0[0] == user }) else {
            return .inconclusive(
                .obstacle(.hidden, of: .database),
                "the role \(user ?? "?") is not visible among \(rows.rows.count) roles")
        }
        guard own[1] == "f" else {
            return .failed(
                .exposed(.database, .superuser), "\(user ?? "?") is a superuser", expected: "an ordinary role",
                got: "superuser")
        }
        return .passed("\(rows.rows.count) roles; \(user ?? "?") is an ordinary one")
    }

    static let capacity = DatabaseQuestion(
        id: "DB-11", title: "Connections are left for everybody",
        intent: "Above 80 % of max_connections the next deployment finds no place (contract §8.5).",
        sql: """
            SELECT (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'),
                   current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int,
                   (SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction')
            """, severity: .high, isCritical: true,
        risk: "New connections are refused with SQLSTATE 53300.",
        remediation: Remediation(
            summary: "Find who holds the connections, lower the pools or raise max_connections.",
            command:
                "psql -c 'SELECT application_name, state, count(*) FROM pg_stat_activity GROUP BY 1, 2 ORDER BY 3 DESC'",
            terraform: "parameter { name = \"max_connections\" value = \"200\" apply_method = \"pending-reboot\" }")
    ) { rows, context in
        let numbers = (rows.rows.first ?? []).compactMap { $0.flatMap(Double.init(finite:)) }
        guard numbers.count == 3, numbers[1] > 0 else {
            return .inconclusive(.obstacle(.hidden, of: .database), "the figures cannot be read")
        }
        let share = numbers[0] / numbers[1]
        context.recorder.measure(Metric("database.connections", share, .ratio))
        let limit = context.threshold("share", default: 0.8)
        let told =
            "\(numbers[0].wholeText) of \(numbers[1].wholeText) connections, \(numbers[2].wholeText) idle in a transaction"
        return share > limit
            ? .failed(
                .excess(.database, .connections), "connections run out",
                expected: "at most \((limit * 100).wholeText) %",
                got: told) : .passed(told)
    }

    static let longRunning = DatabaseQuestion(
        id: "DB-12", title: "No statement runs for minutes",
        intent: "A forgotten transaction holds locks and keeps dead rows.",
        sql: """
            SELECT pid, usename, state, extract(epoch FROM now() - xact_start)::int, left(regexp_replace(query, '\\s+', ' ', 'g'), 120)
            FROM pg_stat_activity WHERE datname = current_database() AND xact_start < now() - interval '5 minutes'
              AND backend_type = 'client backend' ORDER BY 4 DESC LIMIT 20
            """, severity: .medium,
        remediation: Remediation(
            summary: "Look at what the session does, then end it.", command: "psql -c 'SELECT pg_cancel_backend(PID)'")
    ) { rows, _ in
        guard let first = rows.rows.first else { return .passed("no transaction is older than 5 minutes") }
        return .failed(
            .excess(.database, .time),
            "\(rows.rows.count) transactions are older than 5 minutes", expected: "none",
            got: "process \(first[0] ?? "?") of \(first[1] ?? "?") for \(first[3] ?? "?") s: \(first[4] ?? "hidden")")
    }

    static let blocked = DatabaseQuestion(
        id: "DB-13", title: "No statement waits for another's lock",
        intent: "Blocked statements pile up until all connections are taken.",
        sql: """
            SELECT pid, array_to_string(pg_blocking_pids(pid), ','), extract(epoch FROM now() - query_start)::int,
                   left(regexp_replace(query, '\\s+', ' ', 'g'), 120)
            FROM pg_stat_activity WHERE cardinality(pg_blocking_pids(pid)) > 0 AND query_start < now() - interval '2 seconds' LIMIT 20
            """, severity: .high,
        remediation: Remediation(
            summary: "End the session that holds the lock.", command: "psql -c 'SELECT pg_terminate_backend(PID)'")
    ) { rows, _ in
        guard let first = rows.rows.first else { return .passed("nobody waits for a lock") }
        return .failed(
            .excess(.database, .locks),
            "\(rows.rows.count) statements wait for a lock", expected: "none",
            got:
                "process \(first[0] ?? "?") waits for \(first[1] ?? "?") since \(first[2] ?? "?") s: \(first[3] ?? "hidden")"
        )
    }

    static let size = DatabaseQuestion(
        id: "DB-14", title: "The database's size is known",
        intent: "The instance starts with 20 GB and grows to 100 (contract §8.1).",
        sql: """
            SELECT pg_database_size(current_database()), (SELECT string_agg(relname || ' ' || pg_total_relation_size(relid), ', ')
             FROM (SELECT relname, relid FROM pg_stat_user_tables ORDER BY pg_total_relation_size(relid) DESC LIMIT 5) largest)
            """, severity: .low
    ) { rows, context in
        guard let bytes = rows.scalar.flatMap(Double.init(finite:)) else {
            return .inconclusive(.obstacle(.hidden, of: .database), "the size cannot be read")
        }
        context.recorder.measure(Metric("database.size", bytes, .bytes))
        let limit = context.threshold("bytes", default: 80e9)
        let told = "\((bytes / 1e6).wholeText) MB; largest tables: \(rows.rows.first?[1] ?? "none")"
        return bytes > limit
            ? .failed(
                .excess(.database, .storage),
                "the database is nearly as large as its disk", expected: "at most \((limit / 1e9).wholeText) GB",
                got: told)
            : .passed(told)
    }

    static let replication = DatabaseQuestion(
        id: "DB-15", title: "The server is the primary, and its replicas keep up",
        intent: "A log-in on a replica reads and cannot write.",
        sql: """
            SELECT pg_is_in_recovery(), (SELECT count(*) FROM pg_stat_replication),
                   (SELECT max(extract(epoch FROM replay_lag)) FROM pg_stat_replication)
            """, severity: .medium
    ) { rows, _ in
        let row = rows.rows.first ?? []
        guard row.count == 3 else {
            return .inconclusive(.obstacle(.hidden, of: .database), "the figures cannot be read")
        }
        if row[0] == "t" {
            return .failed(
                .deviation(.database, .role), "the configured host is a replica", expected: "the primary",
                got: "in recovery")
        }
        return .passed("primary with \(row[1] ?? "0") replicas\(row[2].map { ", \($0) s behind" } ?? "")")
    }

    static let integrity = DatabaseQuestion(
        id: "DB-16", title: "The server reports no deadlocks, checksum failures or worn-out identifiers",
        intent: "Three figures that nobody looks at until it is too late.",
        sql: """
            SELECT deadlocks, coalesce(checksum_failures, 0), (SELECT max(age(datfrozenxid)) FROM pg_database)
            FROM pg_stat_database WHERE datname = current_database()
            """, severity: .medium,
        remediation: Remediation(
            summary: "Deadlocks: look at the log. Identifiers: let autovacuum run.",
            command: "psql -c 'VACUUM (VERBOSE, FREEZE)'")
    ) { rows, context in
        let numbers = (rows.rows.first ?? []).compactMap { $0.flatMap(Double.init(finite:)) }
        guard numbers.count == 3 else {
            return .inconclusive(.obstacle(.hidden, of: .database), "the figures cannot be read")
        }
        context.recorder.measure(Metric("database.deadlocks", numbers[0], .count))
        let told =
            "\(numbers[0].wholeText) deadlocks, \(numbers[1].wholeText) checksum failures, oldest identifier \(numbers[2].wholeText)"
        // At two thousand million the server stops taking writes.
        return numbers[1] > 0 || numbers[2] > 1.5e9
            ? .failed(
                .excess(.database, .integrity),
                "the database is in danger", expected: "no checksum failures, identifiers below 1,500 million",
                got: told)
            : .passed(told)
    }
}
