import AWSChecks
import AWSClient
import Formats
import Foundation
import HTTPClient
import RunModel
import Settings
import TestSupport

/// A moto account filled by the sandbox's own script, the services behind it, and the snapshot taken of both.
struct AWSAccount {
    let moto: MotoServer
    let configuration: Configuration
    let settings: AWSSettings
    private let services: LoopbackHTTPServer

    /// Starts moto and fills it; with `defects`, the planted ones come on top.
    static func start(defects: Bool = false, moto environment: [String: String] = [:]) async throws -> AWSAccount {
        let moto = try await MotoServer.seeded(environment: environment)
        if defects { try await moto.run([PythonEnvironment.script("plant-defects.py"), "development"]) }
        let services = try LoopbackHTTPServer { request in
            // What a deployment with the gateway answers (contract §9.3).
            switch request.path {
            case "/health", "/mlflow/health": .response(200, body: "ok")
            case "/mlflow": .response(401, body: "{}")
            default: .response(404, body: "{}")
            }
        }
        let text = """
            environment: development
            services:
              api: \(services.url)
              auth: \(services.url)
              mlflow_direct: \(services.url)
            aws:
              region: us-east-1
              endpoint_url: \(moto.url)
              account: "123456789012"
              secrets: [hokusai/app-secrets/development, hokusai/database/credentials, hokusai/redis/development/auth-token]
            """
        let configuration = try Configuration.parse(text, path: "test.yaml", environment: [:])
        guard let settings = configuration.aws else { throw PythonEnvironment.Problem("no aws section") }
        return AWSAccount(moto: moto, configuration: configuration, settings: settings, services: services)
    }

    /// What a configuration with this endpoint says of AWS.
    static func settings(endpoint: String?) throws -> AWSSettings {
        let line = endpoint.map { "\n  endpoint_url: \($0)" } ?? ""
        let text = "environment: development\naws:\n  region: us-east-1\(line)\n"
        guard let settings = try Configuration.parse(text, path: "test.yaml", environment: [:]).aws else {
            throw PythonEnvironment.Problem("no aws section")
        }
        return settings
    }

    var expectations: AWSExpectations {
        AWSExpectations(settings: settings, environment: configuration.environment)
    }

    /// All checks over the snapshot.
    var checks: [any SnapshotCheck] {
        AWSCatalogue.list.checks(for: configuration).compactMap { $0 as? any SnapshotCheck }
    }

    func collector(environment: [String: String] = [:]) -> AWSSnapshotCollector {
        AWSSnapshotCollector(
            configuration: configuration, settings: settings, environment: moto.environment.merging(environment) { $1 },
            http: HTTPClient(), runID: RunID(rawValue: "20260102T030405Z-9f8a7b"),
            retry: AWSRetry(maximumAttempts: 2, base: .milliseconds(10)))
    }

    func snapshot(
        of items: [AWSItem] = AWSItem.allCases, environment: [String: String] = [:]
    ) async -> AWSSnapshot {
        await AWSSnapshotStore().snapshot(of: items, collectedBy: collector(environment: environment))
    }
}
