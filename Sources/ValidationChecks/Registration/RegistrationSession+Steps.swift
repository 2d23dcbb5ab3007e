import CheckKit
import Formats
import Foundation
import MLflowClient
import RunModel

extension RegistrationSession {
    mutating func createExperiment() async throws -> Outcome {
        let name = state.experimentName
        undoIDs.append(try await undo.willCreateExperiment(name))
        let client = client
        let tags = [MLflowUndo.tag(of: context.runID)]
        let id = try await calls("create experiment") { () async throws(MLflowError) in
            try await client.createExperiment(name, tags: tags)
        }
        state.experiment = id
        return .passed("experiment \(id) ‘\(name)’")
    }

    mutating func createRun() async throws -> Outcome {
        let experiment = try need(state.experiment, "experiment")
        let (client, token, now) = (client, state.token, Date().millisecondsSince1970)
        let tags = [MLflowUndo.tag(of: context.runID), KeyValue("purpose", "registration check")]
        let run = try await calls("create run") { () async throws(MLflowError) in
            try await client.createRun(in: experiment, name: "plumbline-\(token)", startTime: now, tags: tags)
        }
        state.run = run.info.run_id
        state.artifactURI = run.info.artifact_uri
        return .passed("run \(run.info.run_id), artifacts at \(run.info.artifact_uri ?? "an unnamed place")")
    }

    mutating func logValues() async throws -> Outcome {
        let run = try need(state.run, "run")
        let (client, now) = (client, Date().millisecondsSince1970)
        try await calls("log parameters and metrics") { () async throws(MLflowError) in
            for parameter in Self.parameters { try await client.logParameter(run, parameter) }
            for (key, value) in Self.metrics {
                try await client.logMetric(run, MetricPoint(key, value, timestamp: now))
            }
        }
        return .passed("\(Self.parameters.count) parameters, \(Self.metrics.count) metrics")
    }

    mutating func uploadModel() async throws -> Outcome {
        let run = try need(state.run, "run")
        let uri = try need(state.artifactURI, "artifact location")
        guard let root = state.modelStorePath else {
            return .failed(
                .artifactChanged(.elsewhere),
                "new runs keep their artifacts where clients need credentials of their own",
                expected: "an artifact URI mlflow-artifacts:/…", got: uri)
        }
        let files = RegistrationModel.files(run: run, madeAt: Date())
        undoIDs.append(try await undo.willUpload(files.map { "\(root)/\($0.path)" }, of: run))
        let client = client
        let started = ContinuousClock.now
        try await calls("upload artifacts") { () async throws(MLflowError) in
            for file in files { try await client.uploadArtifact(file.bytes, to: "\(root)/\(file.path)") }
        }
        let took = ContinuousClock.now - started
        let bytes = files.reduce(0) { $0 + $1.bytes.count }
        return .passed("\(files.count) files, \(bytes) bytes in \(took.readable)")
    }

    mutating func registerModel() async throws -> Outcome {
        let name = state.modelName
        undoIDs.append(try await undo.willCreateModel(name))
        let client = client
        let tags = [MLflowUndo.tag(of: context.runID)]
        let model = try await calls("register model") { () async throws(MLflowError) in
            try await client.createModel(name, tags: tags, description: "made by plumbline, safe to delete")
        }
        state.model = model.name
        guard model.name == name else {
            return .failed(
                .deviation(.mlflow, .value, ["name"]), "the model got another name", expected: name, got: model.name)
        }
        return .passed("model ‘\(name)’")
    }

    mutating func createVersion() async throws -> Outcome {
        let name = try need(state.model, "model")
        let run = try need(state.run, "run")
        let uri = try need(state.artifactURI, "artifact location")
        let (client, path, tags) = (client, state.modelPath, [MLflowUndo.tag(of: context.runID)])
        let version = try await calls("create model version") { () async throws(MLflowError) in
            try await client.createVersion(of: name, source: "\(uri)/\(path)", run: run, tags: tags)
        }
        state.version = version.version
        guard version.status == nil || version.status == "READY" || version.status == "PENDING_REGISTRATION" else {
            return .failed(
                .ailment(.mlflow, .state, says: version.status ?? ""),
                "the version is not usable", expected: "READY",
                got: "\(version.status ?? "") for version \(version.version)")
        }
        return .passed("version \(version.version) is \(version.status ?? "there")")
    }

    mutating func tagVersion() async throws -> Outcome {
        let name = try need(state.model, "model")
        let version = try need(state.version, "version")
        let (client, tags) = (client, try versionTags())
        try await calls("tag model version") { () async throws(MLflowError) in
            for tag in tags { try await client.setVersionTag(version, of: name, tag) }
        }
        return .passed("\(tags.count) tags")
    }

    /// The tags that make a version a tokenised model (contract §3.5).
    func versionTags() throws -> [KeyValue] {
        [
            KeyValue("hokusai_token_id", state.tokenID), KeyValue("benchmark_metric", "accuracy"),
            KeyValue("benchmark_value", "0.9"), KeyValue("hokusai_status", "registered"),
            KeyValue("hokusai_proposal_identifier", "plumbline-\(state.token)"),
            KeyValue("mlflow_run_id", try need(state.run, "run")),
        ]
    }

    mutating func promote() async throws -> Outcome {
        let name = try need(state.model, "model")
        let version = try need(state.version, "version")
        let client = client
        try await calls("set alias") { () async throws(MLflowError) in
            try await client.setAlias("staging", of: name, to: version)
        }
        let staged = try await calls("transition stage") { () async throws(MLflowError) in
            try await client.transition(version, of: name, to: "Staging")
        }
        guard staged.current_stage == "Staging" else {
            return .failed(
                .deviation(.mlflow, .value, ["current_stage"]), "the stage did not change", expected: "Staging",
                got: staged.current_stage ?? "no stage")
        }
        return .passed("alias ‘staging’ and stage Staging")
    }
}
