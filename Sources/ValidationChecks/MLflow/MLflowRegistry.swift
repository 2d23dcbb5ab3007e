import CheckKit
import MLflowClient
import RunModel
import Settings

/// Registered models, versions, stages, aliases and tags (contract §3.4).
struct MLflowRegistry: CheckFamily {
    func checks(for configuration: Configuration) -> [any Check] { [Self.models, Self.versions] }

    static let models = MLflowCheck(
        id: "ML-30", title: "Registered models can be made, found, tagged and described",
        intent: "The upper half of the registry.",
        procedure:
            "Create a model, create it again (must be refused), get, search by name (GET), tag, update (PATCH), delete.",
        severity: .high, writes: true
    ) { context in
        try await MLflowWorkspace.with(context) { space in
            let name = "plumbline-model-\(space.token)"
            try await space.willCreateModel(name)
            let (client, mark) = (space.client, space.tag)
            return try await context.mlflowCalls("registered model") { () async throws(MLflowError) -> Outcome in
                var problems: [String] = []
                _ = try await client.createModel(name, tags: [KeyValue("a", "1"), mark], description: "first")
                do throws(MLflowError) {
                    _ = try await client.createModel(name)
                    problems.append("the same name was taken twice")
                } catch {
                    if error.errorCode != "RESOURCE_ALREADY_EXISTS" { problems.append("a double name: \(error)") }
                }
                try await client.setModelTag(name, KeyValue("b", "2 é"))
                _ = try await client.updateModel(name, description: "second 🦉")
                let read = try await client.model(name)
                if read.description != "second 🦉" { problems.append("description is \(read.description ?? "missing")") }
                if Set(read.tags ?? []) != [KeyValue("a", "1"), KeyValue("b", "2 é"), mark] {
                    problems.append("tags differ")
                }
                let found = try await client.searchModels(filter: "name = '\(name)'")
                if found.map(\.name) != [name] { problems.append("the search finds \(found.count)") }
                return problems.isEmpty
                    ? .passed("1 model made and found by name, 3 tags and the second description read back")
                    : .failed(
                        .deviation(.mlflow, .readBack),
                        "a model does not behave", expected: "every step reads back",
                        got: problems.joined(separator: "; "))
            }
        }
    }

    static let versions = MLflowCheck(
        id: "ML-31", title: "Versions can be made, tagged, staged and aliased",
        intent: "The lower half of the registry; both ways to promote a model are in use.",
        procedure:
            "Two versions of one model and one with a local source (must be refused), tags, transition to Production, an alias moved from one to the other and removed, search.",
        severity: .high, writes: true
    ) { context in
        try await MLflowWorkspace.with(context) { space in
            let name = "plumbline-model-\(space.token)"
            try await space.willCreateModel(name)
            let run = try await space.createRun()
            let (client, source) = (space.client, "\(run.info.artifact_uri ?? "runs:/\(run.info.run_id)")/model")
            let mark = space.tag
            let bodiesArrive = space.undo.deleteRoute == .proxy
            return try await context.mlflowCalls("model version") { () async throws(MLflowError) -> Outcome in
                var problems: [String] = []
                _ = try await client.createModel(name, tags: [mark])
                let first = try await client.createVersion(of: name, source: source, run: run.info.run_id)
                let second = try await client.createVersion(
                    of: name, source: source, run: run.info.run_id, tags: [KeyValue("x", "y"), mark])
                if (first.version, second.version) != ("1", "2") {
                    problems.append("versions \(first.version) and \(second.version)")
                }
                do throws(MLflowError) {
                    _ = try await client.createVersion(of: name, source: "file:///tmp/model")
                    problems.append("a version with a local source is taken")
                } catch {
                    if error.status != 400 { problems.append("a local source: \(error)") }
                }
                try await client.setVersionTag("1", of: name, KeyValue("checked", "yes"))
                if try await client.version("1", of: name).tags?.contains(KeyValue("checked", "yes")) != true {
                    problems.append("the version's tag does not read back")
                }
                let staged = try await client.transition("1", of: name, to: "Production")
                if staged.current_stage != "Production" {
                    problems.append("stage is \(staged.current_stage ?? "missing")")
                }
                let archived = try await client.transition("2", of: name, to: "Production", archiving: true)
                if archived.current_stage != "Production" { problems.append("the second version was not promoted") }
                if try await client.version("1", of: name).current_stage != "Archived" {
                    problems.append("the first version was not archived")
                }
                for version in ["1", "2"] {
                    try await client.setAlias("champion", of: name, to: version)
                    let leads = try await client.version(alias: "champion", of: name).version
                    if leads != version { problems.append("the alias leads to \(leads) instead of \(version)") }
                }
                if bodiesArrive {
                    try await client.deleteAlias("champion", of: name)
                    try await client.deleteVersion("1", of: name)
                }
                let found = try await client.searchVersions(filter: "name='\(name)'")
                let expected = bodiesArrive ? ["2"] : ["1", "2"]
                if found.map(\.version).sorted() != expected {
                    problems.append("the search finds \(found.count) versions")
                }
                return problems.isEmpty
                    ? .passed("two versions, stages and an alias that moved")
                    : .failed(
                        .deviation(.mlflow, .readBack),
                        "a version does not behave", expected: "every step reads back",
                        got: problems.joined(separator: "; "))
            }
        }
    }
}
