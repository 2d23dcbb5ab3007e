import Foundation

extension Stack {
    /// The tracking server with PostgreSQL behind it and artifacts served from a directory. The static prefix is the
    /// contract's (§3.1): it moves the user interface, `/health` and `/version`, not the REST API.
    var mlflow: Part {
        let hosts = ["127.0.0.1", "localhost", "registry.localhost", "mlflow.hokusai-\(options.environmentName).local"]
        let password = Self.percentEncoded(secrets.databasePassword)
        return Part(
            title: "MLflow", address: "http://127.0.0.1:\(ports.mlflow)/mlflow",
            launch: launch(
                Part.mlflow,
                [
                    programs.python("python"), "-m", "mlflow", "server", "--host", "127.0.0.1", "--port",
                    "\(ports.mlflow)", "--static-prefix", "/mlflow", "--workers", "1", "--serve-artifacts",
                    "--artifacts-destination", directory.artifacts, "--allowed-hosts",
                    hosts.flatMap { [$0, $0 + ":*"] }.joined(separator: ","),
                ],
                environment: [
                    // The address holds the password, so it is no argument.
                    "MLFLOW_BACKEND_STORE_URI":
                        "postgresql+psycopg2://mlflow:\(password)@127.0.0.1:\(ports.postgres)/mlflow_db",
                    // Without background jobs: two processes instead of ten, half the memory.
                    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
                    "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true", "GIT_PYTHON_REFRESH": "quiet",
                    "PYTHONUNBUFFERED": "1",
                ]),
            readiness: .http(url: "http://127.0.0.1:\(ports.mlflow)/mlflow/health", host: nil, statuses: [200]),
            patience: 300)
    }

    /// moto as the AWS endpoint.
    var aws: Part {
        Part(
            title: "AWS (moto)", address: "http://127.0.0.1:\(ports.aws)",
            launch: launch(
                Part.aws, [programs.python("moto_server"), "-H", "127.0.0.1", "-p", "\(ports.aws)"],
                environment: awsEnvironment.merging([
                    "MOTO_ECS_SERVICE_RUNNING": "1", "PYTHONUNBUFFERED": "1",
                    // A certificate is issued at once, not after a minute.
                    "MOTO_ACM_VALIDATION_WAIT": "0",
                ]) { _, new in new }),
            readiness: .http(url: "http://127.0.0.1:\(ports.aws)/moto-api/", host: nil, statuses: [200]),
            patience: 60)
    }

    /// Fills the AWS endpoint with the topology of contract §9.
    func seedAWS() async throws {
        let script = directory.work + "/seed_aws.py"
        try directory.writePrivately(String(decoding: PackageResources.seed_aws_py, as: UTF8.self), to: script)
        let seed = launch(
            "aws-seed", [programs.python("python"), script, options.environmentName],
            environment: awsEnvironment.merging([
                "SEED_DATABASE_PORT": "\(ports.postgres)", "SEED_DATABASE_PASSWORD": secrets.databasePassword,
                "SEED_REDIS_TOKEN": secrets.redisPassword,
            ]) { _, new in new })
        try await seed.complete(in: directory, deadline: .seconds(90))
    }

    static func percentEncoded(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? text
    }
}
