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

    static let privileges = DatabaseQuestion(
        id: "DB-08", title: "The user may read and write MLflow's tables",
        intent: "MLflow needs SELECT, INSERT, UPDATE and DELETE on each of its tables.",
        sql: """
            SELECT count(DISTINCT t.tablename), string_agg(t.tablename || ' ' || p, ', ' ORDER BY t.tablename, p)
              FILTER (WHERE NOT has_table_privilege(format('%I.%I', t.schemaname, t.tablename), p))
            FROM pg_tables t, unnest(ARRAY['SELECT','INSERT','UPDATE','DELETE']) p
            WHERE t.tablename IN (\(MLflowSchema.coreTableList)) AND t.schemaname NOT IN ('pg_catalog','information_schema')
            """, severity: .critical, isCritical: true,
        risk: "MLflow reads but cannot write: every registration fails.",
        remediation: Remediation(
            summary: "Grant what is missing, as the owner of the tables.",
            command:
                "psql \"$ADMIN_DSN\" -c 'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO mlflow; GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO mlflow'"
        )
    ) { rows, _ in
        guard let row = rows.rows.first, row.count == 2, let count = row[0].flatMap({ Int($0) }) else {
            return .inconclusive(.obstacle(.hidden, of: .database), "the rights cannot be read")
        }
        if let lacking = row[1] {
            let missing = lacking.split(separator: ",").map { String($0.drop { $0 == " " }) }
            let tables = Set(missing.compactMap { $0.split(separator: " ").first })
            return .failed(
                .deviation(.database, .rights, missing),
                "the user lacks rights on \(tables.count) of MLflow's tables",
                expected: "SELECT, INSERT, UPDATE, DELETE on all", got: "without " + missing.joined(separator: "; "))
        }
        let all = MLflowSchema.coreTables.count
        guard count == all else {
            return .inconclusive(
                .obstacle(.prerequisite, of: .database),
                "only \(count) of the \(all) core tables are there, so nothing is known of the rights on all of them")
        }
        return .passed("SELECT, INSERT, UPDATE and DELETE on \(count) of \(all) core tables")
    }

    static let schemaPrivileges = DatabaseQuestion(
        id: "DB-09", title: "The user may connect, create in the schema, and write",
        intent:
            "Migrations create tables; sequences number the rows; a role or a server that is set to read-only refuses all of it.",
        sql: """
            SELECT has_database_privilege(current_database(), 'CONNECT'), has_schema_privilege('public', 'USAGE'),
                   has_schema_privilege('public', 'CREATE'),
                   (SELECT count(*) FROM pg_sequences s
                    WHERE NOT has_sequence_privilege(format('%I.%I', s.schemaname, s.sequencename), 'USAGE')),
                   NOT pg_is_in_recovery() AND current_setting('transaction_read_only')::bool
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
        if row.count == 5, row[3] != "0" { missing.append("USAGE on \(row[3] ?? "?") sequences") }
        if row.count == 5, row[4] != "f" { missing.append("writing: default_transaction_read_only is on") }
        guard missing.isEmpty, row.count == 5 else {
            return .failed(
                .deviation(.database, .rights, missing),
                "the user lacks rights", expected: names.joined(separator: ", "),
                got: "without " + missing.joined(separator: ", "))
        }
        return .passed("CONNECT, USAGE, CREATE and all sequences, and transactions may write")
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
        intent: "Above 80 % of max_connections the next deployment finds no place.",
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
        // The session that asks is one of them.
        guard numbers.count == 3, numbers[0] >= 1, numbers[1] > 0 else {
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
            WITH own AS (SELECT * FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend')
            SELECT (SELECT count(*) FROM own), old.pid, old.usename, extract(epoch FROM now() - old.xact_start)::int,
                   left(regexp_replace(old.query, '\\s+', ' ', 'g'), 120)
            FROM (SELECT 1) one LEFT JOIN own old ON old.xact_start < now() - interval '5 minutes'
            ORDER BY 4 DESC NULLS LAST LIMIT 20
            """, severity: .medium,
        remediation: Remediation(
            summary: "Look at what the session does, then end it.", command: "psql -c 'SELECT pg_cancel_backend(PID)'")
    ) { rows, _ in
        guard let first = rows.rows.first, first.count == 5, let sessions = first[0].flatMap({ Int($0) }), sessions >= 1
        else { return .inconclusive(.obstacle(.hidden, of: .database), "the sessions cannot be seen") }
        guard first[1] != nil else {
            return .passed("\(sessions) sessions, none with a transaction older than 5 minutes")
        }
        return .failed(
            .excess(.database, .time),
            "\(rows.rows.count) transactions are older than 5 minutes", expected: "none",
            got: "process \(first[1] ?? "?") of \(first[2] ?? "?") for \(first[3] ?? "?") s: \(first[4] ?? "hidden")")
    }

    static let blocked = DatabaseQuestion(
        id: "DB-13", title: "No statement waits for another's lock",
        intent: "Blocked statements pile up until all connections are taken.",
        sql: """
            SELECT (SELECT count(*) FROM pg_stat_activity), held.pid, array_to_string(pg_blocking_pids(held.pid), ','),
                   extract(epoch FROM now() - held.query_start)::int, left(regexp_replace(held.query, '\\s+', ' ', 'g'), 120)
            FROM (SELECT 1) one LEFT JOIN pg_stat_activity held
              ON cardinality(pg_blocking_pids(held.pid)) > 0 AND held.query_start < now() - interval '2 seconds' LIMIT 20
            """, severity: .high,
        remediation: Remediation(
            summary: "End the session that holds the lock.", command: "psql -c 'SELECT pg_terminate_backend(PID)'")
    ) { rows, _ in
        guard let first = rows.rows.first, first.count == 5, let sessions = first[0].flatMap({ Int($0) }), sessions >= 1
        else { return .inconclusive(.obstacle(.hidden, of: .database), "the sessions cannot be seen") }
        guard first[1] != nil else { return .passed("none of \(sessions) sessions waits for a lock for 2 s or more") }
        return .failed(
            .excess(.database, .locks),
            "\(rows.rows.count) statements wait for a lock", expected: "none",
            got:
                "process \(first[1] ?? "?") waits for \(first[2] ?? "?") since \(first[3] ?? "?") s: \(first[4] ?? "hidden")"
        )
    }

    static let size = DatabaseQuestion(
        id: "DB-14", title: "The database's size is known",
        intent: "The instance starts with 20 GB and grows to 100.",
        sql: """
            SELECT pg_database_size(current_database()), (SELECT string_agg(relname || ' ' || pg_total_relation_size(relid), ', ')
             FROM (SELECT relname, relid FROM pg_stat_user_tables ORDER BY pg_total_relation_size(relid) DESC LIMIT 5) largest)
            """, severity: .low
    ) { rows, context in
        guard let bytes = rows.scalar.flatMap(Double.init(finite:)), bytes > 0 else {
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
        guard row.count == 3, let isReplica = row[0], ["t", "f"].contains(isReplica) else {
            return .inconclusive(.obstacle(.hidden, of: .database), "the figures cannot be read")
        }
        if isReplica == "t" {
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
        // The identifiers of no server are as old as nothing.
        guard numbers.count == 3, numbers[2] > 0 else {
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
