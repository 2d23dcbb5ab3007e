import Foundation
import Glibc

extension Stack {
    /// PostgreSQL refuses to run as root: then it runs as `postgres`, who keeps the right to pass directories that are
    /// closed to others, such as a checkout under /root.
    private var unprivileged: [String] {
        guard geteuid() == 0 else { return [] }
        return [
            "setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--inh-caps=+dac_override",
            "--ambient-caps=+dac_override",
        ]
    }

    private var superuserPasswordFile: String { directory.work + "/superuser-password" }

    var postgres: Part {
        // Speed over durability: the data is gone after `down` anyway.
        let settings = [
            "listen_addresses=127.0.0.1", "port=\(ports.postgres)", "unix_socket_directories=", "fsync=off",
            "synchronous_commit=off", "full_page_writes=off", "max_connections=100", "shared_buffers=64MB",
            "log_connections=off", "timezone=UTC",
        ]
        let tls =
            options.hasTLS
            ? [
                "ssl=on", "ssl_cert_file=\(directory.certificate(Part.postgres))",
                "ssl_key_file=\(directory.certificateKey(Part.postgres))",
            ] : []
        return Part(
            title: "PostgreSQL", address: "127.0.0.1:\(ports.postgres)",
            launch: launch(
                Part.postgres,
                unprivileged + [programs.postgresBinaries + "/postgres", "-D", directory.databaseFiles]
                    + (settings + tls).flatMap { ["-c", $0] }, stopSignal: SIGQUIT),
            readiness: .postgres(port: ports.postgres, password: secrets.superuserPassword), patience: 20)
    }

    /// Makes the cluster; its files belong to the user that the server runs as.
    func initialiseDatabase() async throws {
        let manager = FileManager.default
        try manager.createDirectory(atPath: directory.databaseFiles, withIntermediateDirectories: true)
        try directory.writePrivately(secrets.superuserPassword, to: superuserPasswordFile)
        if geteuid() == 0, let owner = getpwnam("postgres") {
            chown(directory.databaseFiles, owner.pointee.pw_uid, owner.pointee.pw_gid)
            chown(superuserPasswordFile, owner.pointee.pw_uid, owner.pointee.pw_gid)
        }
        chmod(directory.databaseFiles, 0o700)
        let initialise = launch(
            "initdb",
            unprivileged + [
                programs.postgresBinaries + "/initdb", "--pgdata=\(directory.databaseFiles)", "--username=postgres",
                "--auth=scram-sha-256", "--pwfile=\(superuserPasswordFile)", "--encoding=UTF8", "--locale=C",
                "--no-sync", "--no-instructions",
            ])
        try await initialise.complete(in: directory, deadline: .seconds(60))
        try refuseUnencryptedConnections()
    }

    /// As the deployment's instance with `rds.force_ssl`: who comes without TLS is turned away.
    private func refuseUnencryptedConnections() throws {
        guard options.hasTLS else { return }
        let file = directory.databaseFiles + "/pg_hba.conf"
        let rules = try String(contentsOfFile: file, encoding: .utf8).split(
            separator: "\n", omittingEmptySubsequences: false
        )
        .map { $0.hasPrefix("host ") ? "hostssl" + $0.dropFirst(4) : String($0) }
        try Data(rules.joined(separator: "\n").utf8).write(to: URL(filePath: file), options: [])
    }

    /// Creates the role, both databases and the API's own tables (contract §8).
    func createDatabases() async throws {
        let script = directory.work + "/databases.sql"
        let password = secrets.databasePassword.replacing("'", with: "''")
        let roles = """
            CREATE ROLE mlflow LOGIN PASSWORD '\(password)';
            CREATE DATABASE mlflow_db OWNER mlflow STRATEGY file_copy;
            CREATE DATABASE mlflow OWNER mlflow STRATEGY file_copy;
            \\connect mlflow_db
            ALTER SCHEMA public OWNER TO mlflow;
            SET ROLE mlflow;

            """
        try directory.writePrivately(
            roles + String(decoding: PackageResources.schema_sql, as: UTF8.self), to: script)
        let run = launch(
            "psql",
            [
                programs.postgresBinaries + "/psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1",
                "--file=\(script)",
            ],
            environment: [
                "PGHOST": "127.0.0.1", "PGPORT": "\(ports.postgres)", "PGUSER": "postgres", "PGDATABASE": "postgres",
                "PGPASSWORD": secrets.superuserPassword, "PGCONNECT_TIMEOUT": "5",
            ])
        try await run.complete(in: directory, deadline: .seconds(30))
        unlink(script)
    }

    var redis: Part {
        Part(
            title: "Redis", address: "127.0.0.1:\(ports.redis)",
            launch: launch(Part.redis, [programs.redisServer, redisConfiguration]),
            readiness: .redis(port: ports.redis, password: secrets.redisPassword), patience: 10)
    }

    private var redisConfiguration: String { directory.redisFiles + "/redis.conf" }

    /// A port of its own for TLS; the other one stays for the fault proxy.
    private var redisTLS: String {
        guard options.hasTLS else { return "" }
        return """
            tls-port \(ports.redisTLS)
            tls-cert-file "\(directory.certificate(Part.redis))"
            tls-key-file "\(directory.certificateKey(Part.redis))"
            tls-ca-cert-file "\(directory.authority)"
            tls-auth-clients no
            """
    }

    /// In a file and not on the command line, which every user of the machine can read.
    func writeRedisConfiguration() throws {
        try directory.writePrivately(
            """
            bind 127.0.0.1
            port \(ports.redis)
            \(redisTLS)
            requirepass \(secrets.redisPassword)
            dir "\(directory.redisFiles)"
            save ""
            appendonly no
            daemonize no
            maxmemory 64mb

            """, to: redisConfiguration)
    }
}
