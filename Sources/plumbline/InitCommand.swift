import ArgumentParser
import Foundation
import Job
import Settings

struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Write a first configuration, with every section explained.")

    @Argument(help: "The file to write; it must not exist.")
    var file = "plumbline.yaml"

    @Option(name: .long, help: "The name of the environment.")
    var environment = "development"

    func run() async throws {
        let text = Self.text(environment: environment)
        // What is written must be accepted: an environment name with a slash is refused here and not in the first run.
        _ = try Configuration.parse(text, path: file, environment: [:])
        do {
            try Data(text.utf8).write(to: URL(fileURLWithPath: file), options: .withoutOverwriting)
        } catch {
            throw CommandFailure.usage("\(file) cannot be written: \(error.localizedDescription)")
        }
        StandardOutput.write("\(file)\n")
        StandardError.write("Fill in the services, then: plumbline plan --config \(file)\n")
    }

    func validate() throws {
        if FileManager.default.fileExists(atPath: file) {
            throw ValidationError("\(file) exists; it is not replaced. Give another name, or remove it")
        }
    }

    static func text(environment: String) -> String {
        """
        # The target of Plumbline. Secrets are references, never values:
        # ${env:NAME}, ${file:PATH} (relative to this file) or ${secretsmanager:ID#FIELD}.
        version: 1
        environment: \(environment)
        # True refuses faults, unless faults.allowed_in_production lists the dependency.
        production: \(environment == "production")

        services:
          api: https://api.example.com
          # registry: https://registry.example.com        # default: the URL of api
          # auth: https://auth.example.com
          # mlflow: https://registry.example.com/api/mlflow
          # mlflow_direct: http://mlflow.internal:5000     # where this place reaches it

        keys:
          api: ${env:HOKUSAI_API_KEY}
          # reader: ${env:READER_KEY}                      # further keys for the cases of authentication

        # database:
        #   host: database.internal
        #   user: mlflow
        #   password: ${env:DB_PASSWORD}
        #   name: mlflow_db
        #   tls: require                                   # disable, prefer, require (the default), verify-full

        # redis: { host: cache.internal, tls: true, password: "${env:REDIS_AUTH_TOKEN}" }

        # aws: { region: us-east-1, cluster: hokusai-\(environment), account: "000000000000" }

        # The circuit breaker as it is meant to be set.
        breaker: { failure_threshold: 5, recovery_timeout: 60s, patience: 30s }

        # Means to break dependencies; also needs --allow faults.
        # faults:
        #   toxiproxy: http://toxiproxy.internal:8474
        #   proxies: { mlflow: mlflow, postgres: postgres, redis: redis }
        #   ecs_services: { mlflow: hokusai-mlflow-\(environment) }  # where there is no proxy: left without tasks
        #   commands:                                      # and for what neither can break
        #     memory: { start: [fill-memory, "85"], stop: [free-memory], probe: [memory-is-filled] }
        #   lease: 120s                                    # a fault undoes itself after this time
        #   stop_after: 90s                                # API or auth silent for so long: undo all, end the run

        # Instances with other settings: a command on this machine, or a task of the same service.
        # launch:
        #   command: [serve-api, --port, "{port}"]
        #   # ecs: { task_definition: hokusai-api-\(environment), container: hokusai-api, subnets: [subnet-1], security_groups: [sg-1] }
        #   variants: { reset-raises: { FAIL_RESET: "1" } }

        gate: { minimum_coverage: 0 }
        limits: { parallel_checks: 8, run_deadline: 60m }

        """
    }
}
