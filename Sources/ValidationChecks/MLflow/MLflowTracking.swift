import CheckKit
import Formats
import Foundation
import MLflowClient
import RunModel
import Settings

/// Experiments, runs, metrics, parameters and tags (contract §3.4).
struct MLflowTracking: CheckFamily {
    func checks(for configuration: Configuration) -> [any Check] {
        [Self.experiments, Self.runs, Self.history, Self.constantParameters]
    }

    private static func now() -> Int64 { Date().millisecondsSince1970 }

    static let experiments = MLflowCheck(
        id: "ML-20", title: "Experiments can be made, found, renamed, deleted and restored",
        intent: "The whole life of an experiment.",
        procedure: "Create, get, get by name, search by filter, tag, rename, delete, restore, delete.", severity: .high,
        writes: true
    ) { context in
        try await MLflowWorkspace.with(context) { space in
            let (client, id, name) = (space.client, space.experiment, "plumbline-\(space.token)")
            let renamed = name + "-renamed"
            return try await context.mlflowCalls("experiment") { () async throws(MLflowError) -> Outcome in
                var problems: [String] = []
                if try await client.experiment(id).name != name { problems.append("get gives another name") }
                if try await client.experiment(named: name).experiment_id != id {
                    problems.append("get-by-name gives another id")
                }
                let found = try await client.searchExperiments(maximum: 10, filter: "name = '\(name)'")
                if found.map(\.experiment_id) != [id] { problems.append("the search finds \(found.count)") }
                try await client.setExperimentTag(id, KeyValue("purpose", "check é 🦉"))
                if try await client.experiment(id).tags?.contains(KeyValue("purpose", "check é 🦉")) != true {
                    problems.append("the tag does not read back")
                }
                try await client.deleteExperiment(id)
                if try await client.experiment(id).lifecycle_stage != "deleted" {
                    problems.append("it is not marked as deleted")
                }
                try await client.restoreExperiment(id)
                if try await client.experiment(id).lifecycle_stage != "active" {
                    problems.append("it does not come back")
                }
                try await client.renameExperiment(id, to: renamed)
                if try await client.experiment(id).name != renamed {
                    problems.append("the new name does not read back")
                }
                // Under its first name again, so that the undo finds it.
                try await client.renameExperiment(id, to: name)
                return problems.isEmpty
                    ? .passed("created, found, tagged, renamed, deleted and restored")
                    : .failed(
                        .deviation(.mlflow, .readBack),
                        "an experiment does not behave", expected: "every step reads back",
                        got: problems.joined(separator: "; "))
            }
        }
    }

    static let runs = MLflowCheck(
        id: "ML-21", title: "Runs take metrics, parameters and tags, one by one and in batches",
        intent: "What every training script does.",
        procedure: "Create a run, log a batch, set a tag, finish, read, search by metric and by tag.", severity: .high,
        writes: true
    ) { context in
        try await MLflowWorkspace.with(context) { space in
            let run = try await space.createRun()
            let (client, experiment, id, now) = (space.client, space.experiment, run.info.run_id, now())
            return try await context.mlflowCalls("run") { () async throws(MLflowError) -> Outcome in
                var problems: [String] = []
                try await client.logBatch(
                    id, metrics: (0..<10).map { MetricPoint("m\($0)", Double($0) / 4, timestamp: now) },
                    parameters: (0..<10).map { KeyValue("p\($0)", "value \($0)") },
                    tags: (0..<10).map { KeyValue("t\($0)", "tag \($0)") })
                try await client.setTag(id, KeyValue("note", "quote ' and \" and \\ and 🦉"))
                try await client.updateRun(id, status: .finished, endTime: now + 1)
                let read = try await client.run(id)
                if read.info.status != "FINISHED" { problems.append("status is \(read.info.status ?? "missing")") }
                if read.data?.metrics?.count != 10 {
                    problems.append("\(read.data?.metrics?.count ?? 0) of 10 metrics")
                }
                if read.data?.params?.count != 10 {
                    problems.append("\(read.data?.params?.count ?? 0) of 10 parameters")
                }
                if read.data?.tags?.contains(KeyValue("note", "quote ' and \" and \\ and 🦉")) != true {
                    problems.append("a tag with special characters does not read back")
                }
                for filter in ["metrics.m4 = 1", "tags.t3 = 'tag 3'", "params.p2 = 'value 2'"] {
                    let found = try await client.searchRuns(in: [experiment], filter: filter)
                    if found.map(\.info.run_id) != [id] {
                        problems.append("the search ‘\(filter)’ finds \(found.count)")
                    }
                }
                try await client.deleteRun(id)
                if try await client.run(id).info.lifecycle_stage != "deleted" {
                    problems.append("it is not marked as deleted")
                }
                return problems.isEmpty
                    ? .passed("30 values in one batch, read back and found")
                    : .failed(
                        .deviation(.mlflow, .readBack),
                        "a run does not behave", expected: "every value reads back",
                        got: problems.joined(separator: "; "))
            }
        }
    }

    static let history = MLflowCheck(
        id: "ML-22", title: "A metric keeps its whole history",
        intent: "Learning curves are drawn from it; without max_results MLflow 3.9 answers none.",
        procedure: "Log ten values of one metric, read the history with max_results.", writes: true
    ) { context in
        try await MLflowWorkspace.with(context) { space in
            let run = try await space.createRun()
            let (client, id, now) = (space.client, run.info.run_id, now())
            let points = (0..<10).map {
                MetricPoint("loss", 1 / Double($0 + 1), timestamp: now + Int64($0), step: Int64($0))
            }
            let read = try await context.mlflowCalls("metric history") { () async throws(MLflowError) in
                for point in points { try await client.logMetric(id, point) }
                return try await client.metricHistory(id, "loss")
            }
            let sorted = read.sorted { $0.step < $1.step }
            return sorted == points
                ? .passed("10 values with step and time")
                : .failed(
                    .deviation(.mlflow, .readBack),
                    "the history differs from what was logged", expected: "10 values",
                    got: "\(read.count) values: \(sorted.map { "\($0.value)" }.joined(separator: ", "))")
        }
    }

    static let constantParameters = MLflowCheck(
        id: "ML-23", title: "A parameter cannot be changed once logged",
        intent: "A run must stay what it was.",
        procedure: "Log a parameter, the same again, then another value: the last must be refused with 400.",
        severity: .low, writes: true
    ) { context in
        try await MLflowWorkspace.with(context) { space in
            let run = try await space.createRun()
            let (client, id) = (space.client, run.info.run_id)
            try await context.mlflowCalls("log parameter") { () async throws(MLflowError) in
                try await client.logParameter(id, KeyValue("seed", "42"))
                try await client.logParameter(id, KeyValue("seed", "42"))
            }
            do throws(MLflowError) {
                try await client.logParameter(id, KeyValue("seed", "43"))
            } catch {
                if error.status == 400 { return .passed("refused with \(error.errorCode ?? "400")") }
                return context.outcome(of: error, "change a parameter", .proxy)
            }
            return .failed(.deviation(.mlflow, .refusal), "a parameter was changed", expected: "400", got: "success")
        }
    }
}
