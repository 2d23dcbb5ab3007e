import Foundation
import PostgresClient
import TestSupport

extension InjectedDefect {
    static let all: [InjectedDefect] = database + tls + services + stores

    /// One defect of each kind, for every day; the others when `ci/test --full` asks for all.
    private static let everyDay: Set<String> = [
        "wrong database password", "core table dropped", "connections nearly exhausted", "expired certificate",
        "proxy strips the key", "auth answers 500", "load balancer: /api/mlflow goes to MLflow",
        "wrong discovery name", "artifact serving off", "wrong Redis password",
    ]

    static let selected: [InjectedDefect] =
        ProcessInfo.processInfo.environment["PLUMBLINE_FULL_TESTS"] == nil
        ? all.filter { everyDay.contains($0.name) } : all

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
        // Five places stay, for the services and for the check that is to notice.
        InjectedDefect(
            name: "connections nearly exhausted", only: ["SH-0*", "DB-01", "DB-11"],
            fails: ["DB-11": "connections run out"]
        ) { try await connections($0, leaving: 5) },
        // The API loses its database too, and says so.
        InjectedDefect(
            name: "connections exhausted", only: ["SH-01", "SH-06", "SH-62", "DB-01"],
            fails: ["DB-01": "53300", "SH-62": "53300"], related: ["SH-06"]
        ) { try await connections($0, leaving: 0) },
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
        certificate("expired certificate", "certificate-expired", "has expired"),
        certificate("wrong host certificate", "certificate-wrong-host", "ostname mismatch"),
        certificate("self-signed certificate", "certificate-self-signed", "self-signed"),
        InjectedDefect(
            name: "certificate about to expire", only: certificateChecks,
            fails: ["SH-35": "expires in 8 days", "SH-36": "expires in 8 days", "SH-37": "expires in 8 days"]
        ) { try await scenario($0, "certificate-expiring") },
        InjectedDefect(
            name: "expired certificate of the database", only: certificateChecks,
            fails: ["DB-01": "certificate that is not to be trusted", "DB-18": "certificate has expired"]
        ) { try await scenario($0, "postgres-certificate-expired") },
        InjectedDefect(
            name: "wrong host certificate of the database", only: certificateChecks,
            fails: ["DB-01": "does not match host name", "DB-18": "address mismatch"]
        ) { try await scenario($0, "postgres-certificate-wrong-host") },
        InjectedDefect(
            name: "expired certificate of Redis", only: certificateChecks,
            fails: ["RD-01": "certificate has expired", "RD-08": "certificate has expired"]
        ) { try await scenario($0, "redis-certificate-expired") },
    ]

    private static let certificateChecks = ["SH-01", "SH-3*", "DB-01", "DB-18", "RD-01", "RD-08"]

    /// A faulty certificate of the load balancer is seen on each of its hosts, and by every request to them.
    private static func certificate(_ name: String, _ scenario: String, _ word: String) -> InjectedDefect {
        InjectedDefect(
            name: name, only: certificateChecks,
            fails: ["SH-35": word, "SH-36": word, "SH-37": word], related: ["SH-01", "SD-01"]
        ) { try await Self.scenario($0, scenario) }
    }

    static let services: [InjectedDefect] = [
        InjectedDefect(
            name: "proxy strips the key", only: ["AU-50", "SH-0*", "SH-5*", "SH-6*", "DB-01"],
            fails: ["AU-50": "the proxy drops the header"]
        ) { stack in
            let bare = "location /api/mlflow/ { proxy_pass http://api; }"
            return try await balancer(
                stack, bare,
                """
                location /api/mlflow/ {
                    proxy_set_header Host $http_host; proxy_set_header Connection "";
                    proxy_set_header Authorization ""; proxy_set_header X-API-Key ""; proxy_pass http://api;
                }
                """)
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
            related: ["SH-5*", "AU-01", "ML-01"]
        ) { try await authBehaviour($0, "500") },
        InjectedDefect(
            name: "load balancer: /api/mlflow goes to MLflow", fails: ["SH-52": "MLflow"],
            related: ["AU-0*", "AU-1*", "AU-50", "SH-60", "ML-01"]
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
            name: "one node of the load balancer is out of order", only: ["SH-32", "SH-33", "DB-01"],
            fails: ["SH-32": "127.0.0.1: 503"]
        ) { stack in
            let host = "server_name api.localhost;"
            return try await balancer(stack, host, host + #" if ($server_addr = "127.0.0.1") { return 503; }"#)
        },
        InjectedDefect(
            name: "wrong MLflow address", only: ["SH-*", "DB-*", "RD-*"],
            fails: ["SH-60": "127.0.0.1:9", "SH-07": "mlflow"]
        ) { try await scenario($0, "api-wrong-mlflow-address") },
        InjectedDefect(
            name: "wrong discovery name in the API", only: ["SH-0*", "SH-6*", "DB-0*", "RD-01"],
            fails: ["SH-60": "mlflow.hokusai-wrong.invalid", "SH-07": "mlflow"]
        ) { try await scenario($0, "api-wrong-discovery-name") },
        InjectedDefect(
            name: "wrong discovery name", only: ["SH-0*", "SH-5*", "DB-01"],
            fails: ["SH-56": "mlflow.hokusai-wrong.invalid has no address"]
        ) { stack in
            try configured(stack, [("[mlflow.localhost,", "[mlflow.hokusai-wrong.invalid,")])
        },
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
            try configured(stack, [("${file:secrets/redis-password}\n  tls", "\(try wrongSecret(stack))\n  tls")])
        },
    ]
}
