import Foundation
import HTTPClient
import PostgresClient
import RunModel
import TestSupport

extension InjectedDefect {
    static let all: [InjectedDefect] = database + tls + services + stores

    static let database: [InjectedDefect] = [
        InjectedDefect(name: "wrong database password", fails: ["DB-01": "28P01"]) { stack in
            try configured(stack, [("${file:secrets/database-password}\n  name", "\(try wrongSecret(stack))\n  name")])
        },
        InjectedDefect(name: "database user renamed", fails: ["DB-01": "\"postgres_old\""]) { stack in
            try configured(stack, [("  user: mlflow\n", "  user: postgres_old\n")])
        },
        InjectedDefect(name: "database missing", fails: ["DB-01": "3D000"]) { stack in
            try configured(stack, [("  name: mlflow_db\n", "  name: mlflow_gone\n")])
        },
        InjectedDefect(name: "core table dropped", fails: ["DB-04": "without input_tags"], related: ["DB-08"]) {
            stack in
            try await sql(
                stack, "ALTER TABLE input_tags RENAME TO input_tags_gone",
                undo: "ALTER TABLE input_tags_gone RENAME TO input_tags")
        },
        InjectedDefect(
            name: "SELECT-only grant", fails: ["DB-08": "lacks rights"], related: ["DB-36"]
        ) { stack in
            let rights = "INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public"
            return try await sql(stack, "REVOKE \(rights) FROM mlflow", undo: "GRANT \(rights) TO mlflow")
        },
        InjectedDefect(
            name: "connections exhausted", only: ["SH-0*", "DB-*"], fails: ["DB-11": "connections run out"],
            related: ["DB-*"]
        ) { stack in
            let first = try await database(stack)
            let places = try await first.query(
                "SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int - (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')",
                deadline: .seconds(5))
            let free = Int(places.scalar ?? "") ?? 0
            var held = [first]
            // Five places stay, for the services and for the check that is to notice.
            for _ in 0..<max(0, free - 5) { held.append(try await database(stack)) }
            return Injection(configuration: stack.configuration) { [held] in
                for connection in held { await connection.close() }
            }
        },
        InjectedDefect(name: "statement hang", only: ["DB-*"], fails: ["DB-05": "does not end in time"]) { stack in
            let holder = try await database(stack)
            _ = try await holder.query("BEGIN", deadline: .seconds(5))
            _ = try await holder.query("LOCK TABLE alembic_version IN ACCESS EXCLUSIVE MODE", deadline: .seconds(10))
            var injection = try configured(stack, [("  user: mlflow\n", "  user: mlflow\n  statement_timeout: 2s\n")])
            let undo = injection.undo
            injection.undo = {
                await holder.close()
                try await undo()
            }
            return injection
        },
    ]

    static let tls: [InjectedDefect] = [
        ("expired certificate", TestCertificate.Fault.expired, "expired"),
        ("wrong host certificate", .wrongHost, "hostname mismatch"),
        ("self-signed certificate", .selfSigned, "self-signed"),
    ].map { name, fault, word in
        InjectedDefect(name: name, only: ["SH-37"], fails: ["SH-37": word]) { try await tlsServer($0, fault) }
    }

    static let services: [InjectedDefect] = [
        InjectedDefect(
            name: "proxy strips the key", only: ["AU-50", "SH-61"], fails: ["AU-50": "the proxy drops the header"]
        ) { stack in
            let proxy = try LoopbackHTTPServer { _ in .json(#"{"detail":"API key required"}"#, status: 401) }
            var injection = try configured(stack, [("  mlflow: \(stack.state.urls.mlflow)", "  mlflow: \(proxy.url)")])
            let undo = injection.undo
            injection.undo = {
                proxy.stop()
                try await undo()
            }
            return injection
        },
        InjectedDefect(
            name: "auth down", only: ["SH-*", "DB-*", "RD-*"], fails: ["SH-61": "no verdict", "SH-03": "502"],
            related: ["SH-5*"]
        ) { try await scenario($0, "auth-down") },
        InjectedDefect(
            name: "auth slow", only: ["SH-0*", "SH-6*", "DB-0*"], fails: ["SH-61": "in time"],
            related: ["SH-03", "SH-60"]
        ) { try await authBehaviour($0, "slow=7") },
        InjectedDefect(
            name: "auth answers 500", only: ["SH-*", "DB-0*", "RD-*"], fails: ["SH-61": "no verdict", "SH-03": "500"],
            related: ["SH-5*"]
        ) { try await authBehaviour($0, "500") },
        InjectedDefect(
            name: "load balancer: /api/mlflow goes to MLflow", fails: ["SH-52": "MLflow"],
            related: ["AU-0*", "AU-1*", "AU-50", "SH-60"]
        ) { stack in
            try await balancer(
                stack, "location /api/mlflow/ { proxy_pass http://api; }",
                "location /api/mlflow/ { proxy_pass http://mlflow; }")
        },
        InjectedDefect(
            name: "load balancer: the auth host's /api goes to the API", only: ["SH-*", "DB-0*", "RD-*"],
            fails: ["SH-53": "the API"]
        ) { stack in
            try await balancer(
                stack, "location / { proxy_pass http://auth; }",
                "location /api/ { proxy_pass http://api; } location / { proxy_pass http://auth; }")
        },
        InjectedDefect(
            name: "wrong MLflow address", only: ["SH-*", "DB-*", "RD-*"],
            fails: ["SH-60": "127.0.0.1:9", "SH-07": "mlflow"], related: []
        ) { try await scenario($0, "api-wrong-mlflow-address") },
    ]

    static let stores: [InjectedDefect] = [
        InjectedDefect(
            name: "artifact store read-only", only: ["ML-01", "ML-41", "SH-0*", "DB-0*"], allow: "writes",
            fails: ["ML-41": "500"]
        ) { stack in
            let store = stack.directory.appending(path: "artifacts")
            let aside = stack.directory.appending(path: "artifacts-aside")
            let files = FileManager.default
            try files.moveItem(at: store, to: aside)
            // A file where the directory was: not even root can write below it.
            try Data().write(to: store)
            return Injection(configuration: stack.configuration) {
                try FileManager.default.removeItem(at: store)
                try FileManager.default.moveItem(at: aside, to: store)
            }
        },
        InjectedDefect(
            name: "artifact serving off", only: ["ML-01", "ML-41", "RG-*", "SH-0*", "DB-0*"], allow: "writes",
            fails: ["ML-41": "ARTIFACTS_DISABLED", "RG-06": "artifact serving is switched off"]
        ) { try await scenario($0, "artifacts-disabled") },
        InjectedDefect(name: "wrong Redis password", fails: ["RD-01": "refuses the password"]) { stack in
            try configured(stack, [("${file:secrets/redis-password}\n\naws", "\(try wrongSecret(stack))\n\naws")])
        },
    ]
}
