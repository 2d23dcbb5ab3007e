import AWSChecks
import CheckKit
import FaultInjection
import Foundation
import HTTPClient
import Logging
import PerformanceChecks
import RunModel
import Secrets
import Settings
import TestSupport
import UndoLog

@testable import Job

/// The catalogue put to a wrong system, check by check and each by itself: no check is spared because another one failed.
struct WrongSystemRun {
    /// A check may take so long; one that takes longer has not passed.
    private static let longest = Duration.seconds(5)
    /// A load plans its time by what the check may take.
    private static let longestLoad = Duration.seconds(15)
    /// As many as may wait at the same time.
    private static let sideBySide = 32

    let results: [CheckResult]
    /// Checks that the configuration has nothing for, with the plan's reason.
    let notFed: [CheckID: String]

    /// - Parameters:
    ///   - profile: the fact that expectations go by.
    ///   - isSelected: further narrows what is run.
    static func of(
        _ system: WrongSystem, profile: DeploymentProfile, database: PostgresServer? = nil, databaseName: String = "",
        where isSelected: @Sendable (CheckDescriptor) -> Bool = { _ in true }
    ) async throws -> WrongSystemRun {
        try await withTemporaryDirectory { directory in
            let servers = try Servers(system)
            defer { servers.stop() }
            let configuration = try configuration(servers, directory, database, databaseName)
            let checks = Catalogue.checks(for: configuration)
            let options = RunOptions(allowances: Set(Allowance.allCases))
            let plan = JobPlan.make(
                checks, configuration: configuration, options: options,
                identity: RunIdentity(environment: [:], executable: "/dev/null"))
            let shared = AWSSnapshotStore()
            let byID = Dictionary(checks.map { ($0.descriptor.id, $0) }) { first, _ in first }
            let chosen = plan.selected.map(\.descriptor).filter { system.isPut(to: $0) && isSelected($0) }
            let results = try await run(chosen, byID, facts(profile)) { id in
                try runner(directory.appending(path: id.rawValue), configuration, shared)
            }
            var notFed: [CheckID: String] = [:]
            for entry in plan.entries where entry.decision != .run {
                if case .skip(let reason) = entry.decision { notFed[entry.descriptor.id] = reason }
            }
            return WrongSystemRun(results: results, notFed: notFed)
        }
    }

    private static func run(
        _ descriptors: [CheckDescriptor], _ checks: [CheckID: any Check], _ facts: [FactName: String],
        _ runner: (CheckID) throws -> CheckRunner
    ) async throws -> [CheckResult] {
        try await withThrowingTaskGroup(of: CheckResult?.self) { group in
            var results: [CheckResult] = []
            for (index, descriptor) in descriptors.enumerated() {
                if index >= sideBySide, let result = try await group.next() ?? nil { results.append(result) }
                var descriptor = descriptor
                descriptor.deadline = min(
                    descriptor.deadline, descriptor.needs.contains(.load) ? longestLoad : longest)
                guard let check = checks[descriptor.id] else { continue }
                // One for each, so that none waits for another's turn to break something.
                let runner = try runner(descriptor.id)
                group.addTask { [descriptor] in try await runner.run(check, descriptor, facts: facts) }
            }
            for try await result in group { if let result { results.append(result) } }
            return results.sorted { $0.id < $1.id }
        }
    }

    private static func facts(_ profile: DeploymentProfile) -> [FactName: String] {
        [
            .profile: profile.rawValue, .mlflowVersion: "3.9.0", .mlflowDeleteRoute: "proxy",
            .registration("token"): "t", .registration("experiment"): "1", .registration("run"): "abc",
            .registration("artifact_uri"): "mlflow-artifacts:/1/abc/artifacts", .registration("model"): "m",
            .registration("version"): "1", .suiteStart("shell"): "2026-01-01T00:00:00Z",
        ]
    }

    private static func runner(
        _ directory: URL, _ configuration: Configuration, _ store: AWSSnapshotStore
    ) throws -> CheckRunner {
        let (evidence, metrics) = (directory.appending(path: "evidence"), directory.appending(path: "metrics"))
        for folder in [evidence, metrics] {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        }
        let http = HTTPClient()
        let log = UndoLog(path: directory.path + "/undo.jsonl")
        let performer = UndoPerformer(transport: http) { _ in nil }
        let runID = RunID(rawValue: "20260102T030405Z-9f8a7b")
        let faults = Faults(
            log: log, performer: performer, runID: runID,
            policy: FaultPolicy(environment: "staging", isProduction: false, allowedInProduction: [], isAllowed: true),
            lease: .seconds(20))
        let services = RunServices(
            configuration: configuration, runID: runID, http: http, undoLog: log,
            undoReplay: UndoReplay(log: log, performer: performer), faults: faults,
            environment: ["PATH": "/usr/bin:/bin", "SET": "yes"], vantage: "a test"
        )
        .with(store)
        .with(LoadArchive(directory: metrics, baseline: directory.appending(path: "baseline")))
        return CheckRunner(
            services: services, evidence: EvidenceStore(directory: evidence, redactor: Redactor([])),
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, attempts: AttemptRule(), now: { Date() },
            metrics: MetricsStore(directory: metrics, redactor: Redactor([])), grace: .milliseconds(20))
    }

    /// Everything that a check may need, so that each of them is put to the test.
    private static func configuration(
        _ servers: Servers, _ directory: URL, _ database: PostgresServer?, _ databaseName: String
    ) throws -> Configuration {
        let keys = ["api", "reader", "revoked", "expired", "other_service", "poor", "auth_admin"]
        let environment = Dictionary(uniqueKeysWithValues: keys.map { ("KEY_\($0)", "hk_test_fake_\($0)_00000000") })
            .merging(["DB": PostgresServer.password, "RD": "fake-redis-password", "AWS": "testing-fake-secret"]) { $1 }
        let url = servers.http.url
        let text = """
            environment: staging
            services:
              api: \(url)
              registry: \(url)
              auth: \(url)
              mlflow: \(url)/api/mlflow
              mlflow_direct: \(url)
              discovery_names: [plumbline-no-such-name.localhost]
            keys: { \(keys.map { "\($0): \"${env:KEY_\($0)}\"" }.joined(separator: ", ")) }
            database:
              host: 127.0.0.1
              port: \(database?.port ?? servers.database.port)
              user: mlflow
              password: ${env:DB}
              name: \(databaseName.isEmpty ? "mlflow_db" : databaseName)
              fallback_name: postgres
              connect_timeout: 2s
              statement_timeout: 2s
            redis: { host: 127.0.0.1, port: \(servers.redis.port), password: "${env:RD}" }
            aws:
              endpoint_url: \(servers.aws.url)
              account: "000000000000"
              access_key_id: ${env:AWS}
              secret_access_key: ${env:AWS}
              target_groups: [hokusai-api-tg]
              cache_cluster: hokusai-redis
            breaker: { failure_threshold: 2, recovery_timeout: 200ms, patience: 2s }
            faults:
              toxiproxy: \(servers.toxiproxy.url)
              proxies: { mlflow: mlflow, postgres: postgres, redis: redis, auth: auth, queue: queue }
              commands: { memory: { start: ["true"], stop: ["true"] } }
              effect_timeout: 300ms
              recovery_timeout: 300ms
              stop_after: 2s
            launch:
              command: [/usr/bin/python3, -S, -c, \(Self.quoted(Self.instance)), "{port}"]
              start_timeout: 3s
              variants: { without-memory-library: {}, mlflow-status-raises: {}, reset-raises: {}, without-metrics-library: {} }
            requirements: { environment: [NOT_SET], tools: [plumbline-no-such-program] }
            suites:
              - { name: shell, command: [/bin/sh, -c, "true"], interpreter: plumbline-no-such-program, cobertura: none.xml, working_directory: \(directory.path) }
            probes:
              - { name: page, target: "\(url)/", conditions: ["json.shop == open"] }
              - { name: port, kind: tcp, target: "127.0.0.1:1" }
              - { name: name, kind: dns, target: plumbline-no-such-name.localhost }
              - { name: certificate, kind: tls, target: "127.0.0.1:\(servers.redis.port)" }
              - { name: rows, kind: sql, target: SELECT 1, conditions: ["value == 1"] }
            limits: { load_window: 200ms }
            thresholds: { RG-21.allow_webhooks: 1, PF-01.stop_p99_ms: 8000 }
            """
        return try Configuration.parse(
            text, path: directory.appending(path: "test.yaml").path, environment: environment)
    }

    /// An instance that is another program than the service.
    private static let instance = """
        import socket, sys
        server = socket.create_server(('127.0.0.1', int(sys.argv[1])))
        body = b'{"status":"ok"}'
        while True:
            client, _ = server.accept()
            client.recv(65536)
            client.sendall(b'HTTP/1.1 200 OK\\r\\nContent-Type: application/json\\r\\nConnection: close\\r\\nContent-Length: %d\\r\\n\\r\\n' % len(body) + body)
            client.close()
        """

    private static func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n") + "\""
    }

    /// The wrong system's servers, and a fault proxy that does as it is told.
    private final class Servers {
        let http: LoopbackHTTPServer
        let aws: LoopbackHTTPServer
        let toxiproxy: LoopbackHTTPServer
        let database: PostgresDouble
        let redis: RedisDouble

        init(_ system: WrongSystem) throws {
            http = try LoopbackHTTPServer(recordsRequests: false, respond: system.http)
            aws = try LoopbackHTTPServer(recordsRequests: false, respond: system.aws)
            toxiproxy = try LoopbackHTTPServer(recordsRequests: false) { request in
                .json(
                    #"{"name":"mlflow","listen":"127.0.0.1:9","upstream":"127.0.0.1:9","enabled":false,"toxics":[]}"#,
                    status: request.method == "DELETE" ? 204 : 200)
            }
            database = try PostgresDouble(columns: system.database.columns, rows: system.database.rows)
            redis = try RedisDouble(information: system.redis)
        }

        func stop() {
            for server in [http, aws, toxiproxy] { server.stop() }
            database.stop()
            redis.stop()
        }
    }
}

extension WrongSystem {
    func isPut(to descriptor: CheckDescriptor) -> Bool {
        guard let needs else { return true }
        return needs.contains { need in
            switch need {
            case .database: descriptor.needs.contains(.reach(.database))
            case .redis: descriptor.needs.contains(.reach(.redis))
            case .aws: descriptor.needs.contains(.aws)
            }
        }
    }
}
