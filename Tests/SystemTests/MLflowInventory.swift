import Foundation
import HTTPClient
import MLflowClient
import PostgresClient
import TestSupport

/// Everything in MLflow that bears Plumbline's name, seen three ways: its REST interface, its tables, its artifact store.
struct MLflowInventory {
    /// What is not marked as deleted, in words.
    var left: [String] = []
    /// The names of the experiments that runs have made so far, all of them marked as deleted if nothing is left.
    var experiments: [String] = []
    /// Experiments without the tag of the run that made them.
    var untagged: [String] = []

    static func take(of stack: LocalStack) async throws -> MLflowInventory {
        var inventory = MLflowInventory()
        try await inventory.ask(stack)
        try await inventory.readTables(stack)
        inventory.listFiles(stack)
        return inventory
    }

    private mutating func ask(_ stack: LocalStack) async throws {
        let client = MLflowClient(
            http: HTTPClient(), trackingURI: stack.state.urls.mlflow,
            headers: [HTTPHeader("Authorization", "Bearer \(stack.state.keys["admin"] ?? "")")])
        let all = try await client.searchExperiments(
            maximum: 50_000, filter: "name LIKE 'plumbline%'", viewType: "ALL")
        experiments = all.map(\.name)
        untagged = all.filter { experiment in
            let run = experiment.tags?.first { $0.key == "plumbline.run" }?.value ?? "none"
            return !experiment.name.contains(run)
        }.map(\.name)
        left += all.filter { $0.lifecycle_stage != "deleted" }.map { "REST: experiment \($0.name)" }
        for start in stride(from: 0, to: all.count, by: 50) {
            let ids = all[start..<min(start + 50, all.count)].map(\.experiment_id)
            let runs = try await client.searchRuns(in: ids, maximum: 50_000, viewType: "ALL")
            left += runs.filter { $0.info.lifecycle_stage != "deleted" }.map { "REST: run \($0.info.run_id)" }
        }
        left += try await client.searchModels(filter: "name LIKE 'plumbline%'", maximum: 50_000)
            .map { "REST: model \($0.name)" }
        left += try await client.searchVersions(filter: "name LIKE 'plumbline%'", maximum: 50_000)
            .map { "REST: version \($0.version) of \($0.name)" }
    }

    /// What the tables hold, whatever the interface shows of it.
    private mutating func readTables(_ stack: LocalStack) async throws {
        let ours = "(SELECT experiment_id FROM experiments WHERE name LIKE 'plumbline%')"
        let queries = [
            "SELECT 'experiment ' || name FROM experiments WHERE name LIKE 'plumbline%' AND lifecycle_stage <> 'deleted'",
            "SELECT 'run ' || run_uuid FROM runs WHERE (experiment_id IN \(ours) OR name LIKE 'plumbline%') AND lifecycle_stage <> 'deleted'",
            "SELECT 'model ' || name FROM registered_models WHERE name LIKE 'plumbline%'",
            "SELECT 'version ' || name || ' ' || version FROM model_versions WHERE name LIKE 'plumbline%'",
            "SELECT 'tag ' || key || ' of model ' || name FROM registered_model_tags WHERE name LIKE 'plumbline%'",
            "SELECT 'tag ' || key || ' of version ' || name FROM model_version_tags WHERE name LIKE 'plumbline%'",
            "SELECT 'alias ' || alias || ' of model ' || name FROM registered_model_aliases WHERE name LIKE 'plumbline%'",
        ]
        let connection = try await InjectedDefect.database(stack)
        for query in queries {
            let answer = try await connection.query(query, deadline: .seconds(20))
            left += answer.rows.compactMap { $0.first ?? nil }.map { "table: \($0)" }
        }
        await connection.close()
    }

    /// Nobody but Plumbline stores artifacts on a stack of its own.
    private mutating func listFiles(_ stack: LocalStack) {
        let store = stack.directory.appending(path: "artifacts")
        let files = FileManager.default.enumerator(at: store, includingPropertiesForKeys: [.isRegularFileKey])
        while let file = files?.nextObject() as? URL {
            guard (try? file.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile) == true else { continue }
            left.append("file: \(file.path.dropFirst(store.path.count))")
        }
    }
}
