import ArgumentParser
import Foundation
import Job
import RunModel
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
        # ${env:NAME}, ${file:PATH} (relative to this file) or ${secretsmanager:ID#FIELD}. What they give in keys, passwords,
        # headers, bodies, conditions, commands, their variables and queries of URLs is masked in everything that is written;
        # in hosts and names it is shown. ${env:NAME|secret} and ${env:NAME|public} say otherwise.
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
          # discovery_names: [mlflow.hokusai-\(environment).local]   # private names that must resolve inside the network
          # pid_files: { api: /run/api.pid }               # a service on this machine: its processor time and memory

        # Parts that this deployment is without; checks of them are skipped:
        # \(SystemPart.allCases.map(\.rawValue).joined(separator: ", ")).
        # absent: [balancer]

        # The key that the checks work with, and one for each case of authentication.
        keys:
          api: ${env:HOKUSAI_API_KEY}                      # in profile B of an administrator of the registry
          # reader: ${env:READER_KEY}                      # valid, without an administrator's rights
          # revoked: ${env:REVOKED_KEY}
          # expired: ${env:EXPIRED_KEY}
          # other_service: ${env:OTHER_SERVICE_KEY}        # valid for another service than `platform`
          # poor: ${env:POOR_KEY}                          # of an account without balance
          # auth_admin: ${env:AUTH_ADMIN_TOKEN}            # makes and revokes keys, for tests that need one of their own

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
        #     # Commands and suites get PATH, HOME, certificates and proxies, and what `environment: { … }` names for them.
        #   lease: 120s                                    # a fault undoes itself after this time
        #   effect_timeout: 20s                            # until the target must feel a fault; else the test is inconclusive
        #   recovery_timeout: 60s                          # until it must be well again after the undo
        #   stop_after: 90s                                # API or auth silent for so long: undo all, end the run

        # Instances with other settings: a command on this machine, or a task of the same service.
        # launch:
        #   command: [serve-api, --port, "{port}"]
        #   # ecs: { task_definition: hokusai-api-\(environment), container: hokusai-api, subnets: [subnet-1], security_groups: [sg-1] }
        #   variants:                                      # builds or settings by name, as variables; without one its test is skipped
        #     without-memory-library: { DISABLE_PSUTIL: "1" }       # HE-11
        #     mlflow-status-raises: { FAIL_MLFLOW_STATUS: "1" }     # HE-15
        #     reset-raises: { FAIL_RESET: "1" }                     # HE-17
        #     without-metrics-library: { DISABLE_PROMETHEUS: "1" }  # HE-20

        # Test suites of your own, each a check SUITE-NAME.
        # suites:
        #   - name: unit
        #     working_directory: ../platform
        #     command: [python3, -m, pytest, -v, --junitxml=junit.xml]
        #     setup: [pip, install, -r, requirements.txt]    # once before it
        #     interpreter: python3
        #     minimum_version: "3.8"
        #     junit: junit.xml                               # below working_directory
        #     cobertura: coverage.xml
        #     expected_count: 67                             # fewer that ran are a failure
        #     critical: true                                 # false: its failure ends with 4 instead of 3
        #     deadline: 10m

        # Who answers for what is found; the hand-off prints it. Areas: \(Owner.areas.joined(separator: ", ")).
        # owners:
        #   database: { name: Data platform, channel: "#data-platform", contact: rota data-platform, escalation: head of data }

        # Files in which services write their logs, for the stack trace of a failure; without one the group of aws.log_groups.
        # logs: { api: /var/log/api.log, mlflow: /var/log/mlflow.log }

        # Where --state is s3://bucket/prefix/: how long a dead run keeps the next one waiting, and the key of the encryption.
        # state: { lease: 60s, kms_key: alias/plumbline }

        gate: { minimum_coverage: 0 }
        limits:
          parallel_checks: 8
          run_deadline: 60m
          # maximum_age: { load: 10m, database: 1h }       # older results are not reused when a run is taken up again

        """
    }
}
