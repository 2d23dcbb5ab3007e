import CheckKit
import Formats
import Foundation
import HTTPClient
import Job
import Logging
import MLflowClient
import RunModel
import Settings
import TestSupport
import Testing
import UndoLog

@testable import Job

/// Plumbline and MLflow's own client read what the other has registered, both through the API's proxy with a key.
extension JobOnStackTests {
    @Test("the official client reads back a model that Plumbline registered, loads it and predicts with it")
    func officialClientReads() async throws {
        try await withStack { fixture in
            let steps = try RegistrationSteps(fixture)
            try await steps.perform("RG-03", through: "RG-11")
            let facts = steps.facts
            let name = try #require(facts[.registration("model")])
            let seen = try await fixture.officialClient(["read", name, "staging"])
            #expect(seen["experiment"] == .string("plumbline-\(facts[.registration("token")] ?? "")"))
            #expect(seen["version"]?["run_id"]?.string == facts[.registration("run")])
            #expect(seen["version"]?["version"]?.text == facts[.registration("version")])
            #expect(seen["version"]?["stage"] == "Staging")
            #expect(seen["version"]?["status"] == "READY")
            #expect(seen["version"]?["tags"]?["hokusai_status"] == "registered")
            #expect(seen["version"]?["tags"]?["benchmark_metric"] == "accuracy")
            #expect(seen["version"]?["tags"]?["plumbline.run"]?.string == steps.runID.rawValue)
            #expect(seen["found"] == [.string(facts[.registration("version")] ?? "")])
            #expect(seen["model"]?["tags"] == ["plumbline.run": .string(steps.runID.rawValue)])
            #expect(seen["run"]?["parameters"]?["algorithm"] == "linear")
            #expect(seen["run"]?["metrics"]?["recall"]?.text == "0.8125")
            #expect(seen["run"]?["tags"]?["plumbline.run"]?.string == steps.runID.rawValue)
            let weights = Digest.sha256Hex(of: #"{"weights": [0.5, -1.25, 2.0], "bias": 0.75}"#.utf8 + [10])
            #expect(seen["files"]?["data/weights.json"]?.string == weights)
            #expect(seen["files"]?.object?.count == 4)
            // 0.75 + 0.5·1 − 1.25·2 + 2·3, and the bias alone.
            #expect(seen["prediction"] == [4.75, 0.75])
            try await steps.perform("RG-12", through: "RG-12")
            #expect(try await MLflowInventory.take(of: fixture.stack).left == [])
        }
    }

    @Test("Plumbline reads back a model that the official client registered") func plumblineReads() async throws {
        try await withStack { fixture in
            let name = "client-\(UUID().uuidString.lowercased())"
            let made = try await fixture.officialClient(["register", name, "made.by", "the official client"])
            let client = fixture.client
            let experiment = try await client.experiment(named: name)
            #expect(experiment.experiment_id == made["experiment_id"]?.text)
            #expect(experiment.tags?.contains(KeyValue("made.by", "the official client")) == true)

            let run = try await client.run(try #require(made["run_id"]?.string))
            #expect(run.info.status == "FINISHED")
            #expect(run.info.run_name == name)
            #expect(Set(run.data?.params ?? []) == [KeyValue("depth", "3"), KeyValue("note", "é 🦉")])
            #expect(run.data?.metrics?.first { $0.key == "accuracy" }?.value == 0.9)
            #expect(run.data?.tags?.contains(KeyValue("purpose", "read back")) == true)
            let history = try await client.metricHistory(run.info.run_id, "loss").sorted { $0.step < $1.step }
            let losses: [Double] = (1...5).map { 1 / Double($0) }
            #expect(history.map(\.value) == losses)

            let version = try await client.version(alias: "champion", of: name)
            #expect(version.version == made["version"]?.string)
            #expect(version.run_id == run.info.run_id)
            #expect(version.source == made["source"]?.string)
            #expect(
                Set(version.tags ?? []) == [
                    KeyValue("hokusai_token_id", "TOKEN-1"), KeyValue("benchmark_value", "0.9"),
                ])
            let model = try await client.model(name)
            #expect(model.description == "by the official client")
            #expect(model.aliases?.map(\.alias) == ["champion"] && model.aliases?.first?.version == version.version)
            #expect(try await client.searchVersions(filter: "name='\(name)'").map(\.version) == [version.version])

            let root = try #require(MLflowClient.storePath(of: run.info.artifact_uri ?? "")) + "/model"
            let expected = try #require(made["files"]?.object)
            #expect(expected.count == 3)
            for (path, digest) in expected {
                let bytes = try await client.downloadArtifact("\(root)/\(path)")
                #expect(.string(Digest.sha256Hex(of: bytes)) == digest, "\(path)")
            }
            let listed = try await client.artifacts(of: run.info.run_id, path: "model/data")
            #expect(listed.map(\.path) == ["model/data/with space+&.txt"])

            for path in expected.keys { try await client.deleteArtifact("\(root)/\(path)") }
            let removed = try await fixture.officialClient(["remove", name, experiment.experiment_id])
            #expect(removed["experiment"] == "deleted")
            await #expect { try await client.model(name) } throws: { ($0 as? MLflowError)?.isMissing == true }
        }
    }
}

extension CrashFixture {
    private var key: String { stack.state.keys["admin"] ?? "" }

    /// Plumbline's client, on the way that clients are told to take.
    fileprivate var client: MLflowClient {
        MLflowClient(
            http: HTTPClient(), trackingURI: stack.state.urls.mlflow,
            headers: [HTTPHeader("Authorization", "Bearer \(key)")])
    }

    /// The official client on the same way.
    fileprivate func officialClient(_ arguments: [String]) async throws -> JSONValue {
        let output = try await PythonEnvironment.find().run(
            [PythonEnvironment.script("mlflow_client.py")] + arguments,
            environment: ["MLFLOW_TRACKING_URI": stack.state.urls.mlflow, "MLFLOW_TRACKING_TOKEN": key])
        return try JSON.decode(JSONValue.self, from: output)
    }
}

/// The registration's own checks, step by step, so that one can look between two of them.
private final class RegistrationSteps {
    let runID = RunID(startedAt: Date())
    private(set) var facts: [FactName: String] = [:]
    private let configuration: Configuration
    private let log: UndoLog

    init(_ fixture: CrashFixture) throws {
        configuration = try Configuration.load(path: fixture.stack.configuration, environment: [:])
        log = UndoLog(path: fixture.directory.path + "/undo.jsonl")
    }

    /// Performs the steps from one to another, each of which must pass.
    func perform(_ first: CheckID, through last: CheckID) async throws {
        let http = HTTPClient(configuration.httpClientConfiguration)
        let replay = UndoReplay(
            log: log,
            performer: UndoPerformer(transport: http, permission: { _ in nil }, secret: configuration.keyValue))
        for check in Catalogue.checks(for: configuration) {
            let descriptor = check.descriptor
            guard descriptor.category == .registration, descriptor.id >= first, descriptor.id <= last else { continue }
            let recorder = Recorder()
            let context = CheckContext(
                services: RunServices(
                    configuration: configuration, runID: runID, http: http, undoLog: log, undoReplay: replay,
                    environment: [:], vantage: "test"), descriptor: descriptor, facts: facts, recorder: recorder,
                log: Logger(label: "registration"))
            let outcome = try await check.run(context)
            #expect(outcome.status == .passed, "\(descriptor.id): \(outcome.message)")
            facts.merge(recorder.contents.facts) { $1 }
        }
    }
}
