import Foundation
import MLflowClient
import RunModel

extension RegistrationSession {
    /// Reads everything again and compares it with what was written.
    func readBack() async throws -> Outcome {
        let problems =
            try await runProblems() + (try await modelProblems()) + (try await artifactProblems())
        guard problems.isEmpty else {
            return .failed(
                .deviation(.mlflow, .readBack),
                "\(problems.count) things read back differently", expected: "what was written",
                got: problems.joined(separator: "; "))
        }
        return .passed("run, parameters, metrics, files, model, version, tags and alias read back as written")
    }

    private func runProblems() async throws -> [String] {
        let id = try need(state.run, "run")
        let client = client
        let run = try await calls("get run") { () async throws(MLflowError) in try await client.run(id) }
        let parameters = Dictionary((run.data?.params ?? []).map { ($0.key, $0.value) }) { $1 }
        let metrics = Dictionary((run.data?.metrics ?? []).map { ($0.key, $0.value) }) { $1 }
        var problems: [String] = []
        for parameter in Self.parameters where parameters[parameter.key] != parameter.value {
            problems.append("parameter \(parameter.key) is \(parameters[parameter.key] ?? "missing")")
        }
        for (key, value) in Self.metrics where metrics[key] != value {
            problems.append("metric \(key) is \(metrics[key].map { "\($0)" } ?? "missing")")
        }
        if run.info.experiment_id != state.experiment {
            problems.append("the run is in experiment \(run.info.experiment_id)")
        }
        return problems
    }

    private func modelProblems() async throws -> [String] {
        let name = try need(state.model, "model")
        let number = try need(state.version, "version")
        let client = client
        let version = try await calls("get model version") { () async throws(MLflowError) in
            try await client.version(number, of: name)
        }
        let aliased = try await calls("get version by alias") { () async throws(MLflowError) in
            try await client.version(alias: "staging", of: name)
        }
        let found = try await calls("search model versions") { () async throws(MLflowError) in
            try await client.searchVersions(filter: "name='\(name)'")
        }
        let tags = Dictionary((version.tags ?? []).map { ($0.key, $0.value) }) { $1 }
        var problems = try versionTags().filter { tags[$0.key] != $0.value }
            .map { "tag \($0.key) is \(tags[$0.key] ?? "missing")" }
        if version.run_id != state.run { problems.append("the version's run is \(version.run_id ?? "missing")") }
        if aliased.version != number { problems.append("the alias leads to version \(aliased.version)") }
        if !found.contains(where: { $0.version == number }) { problems.append("the search does not find the version") }
        return problems
    }

    private func artifactProblems() async throws -> [String] {
        let run = try need(state.run, "run")
        let root = try need(state.modelStorePath, "artifact path")
        let (client, path) = (client, state.modelPath)
        let listed = try await calls("list artifacts") { () async throws(MLflowError) in
            try await client.artifacts(of: run, path: path)
        }
        var problems: [String] = []
        for file in RegistrationModel.files(run: run, madeAt: Date()) {
            let bytes = try await calls("download \(file.path)") { () async throws(MLflowError) in
                try await client.downloadArtifact("\(root)/\(file.path)", maximumBytes: 1 << 20)
            }
            // The definition carries the moment it was made.
            let isSame = file.path == "MLmodel" ? bytes.count == file.bytes.count : bytes == file.bytes
            if !isSame { problems.append("\(file.path) has \(bytes.count) other bytes") }
        }
        if !listed.contains(where: { $0.path.hasSuffix("MLmodel") }) {
            problems.append(
                "the list of the run's artifacts lacks MLmodel (\(listed.map(\.path).joined(separator: ", ")))")
        }
        return problems
    }

    /// Takes everything away in reverse and looks whether it is gone.
    mutating func cleanUp() async throws -> Outcome {
        let failures = await undo.take(back: undoIDs)
        undoIDs = []
        var left: [String] = failures
        do throws(MLflowError) {
            if let model = state.model,
                try await Self.found({ () async throws(MLflowError) in try await client.model(model) }) != nil
            {
                left.append(undo.deleteRoute == nil ? "model \(model), marked as deleted" : "model \(model)")
            }
            if let experiment = state.experiment,
                let found = try await Self.found({ () async throws(MLflowError) in
                    try await client.experiment(experiment)
                }),
                found.lifecycle_stage != "deleted"
            {
                left.append("experiment \(found.name)")
            }
            if let run = state.run,
                let found = try await Self.found({ () async throws(MLflowError) in try await client.run(run) }),
                found.info.lifecycle_stage != "deleted"
            {
                left.append("run \(run)")
            }
        } catch {
            return .inconclusive(
                .obstacle(.hidden, of: .mlflow), "nobody can tell whether everything is gone: \(error)")
        }
        if let root = state.modelStorePath, let files = try? await client.storedArtifacts(path: root),
            files.contains(where: { $0.is_dir != true })
        {
            left.append("\(files.count) artifacts under \(root)")
        }
        guard left.isEmpty else {
            return .failed(
                .deviation(.mlflow, .readBack),
                "something of this registration is left", expected: "nothing that is not marked deleted",
                got: left.joined(separator: "; "))
        }
        return .passed("model, artifacts, run and experiment are gone")
    }

    /// What is there; nil only when MLflow says that there is no such thing.
    private static func found<Thing: Sendable>(
        _ look: () async throws(MLflowError) -> Thing
    ) async throws(MLflowError) -> Thing? {
        do {
            return try await look()
        } catch  where error.isMissing {
            return nil
        }
    }
}
