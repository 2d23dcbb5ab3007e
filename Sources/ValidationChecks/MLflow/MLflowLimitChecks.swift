import CheckKit
import Formats
import Foundation
import HTTPClient
import MLflowClient
import Settings

/// What the server must take, and what it must refuse (contract §3.4).
struct MLflowLimitChecks: CheckFamily {
    func checks(for configuration: Configuration) -> [any Check] { [Self.limits] }

    /// One call at a limit or beyond it.
    private struct Attempt: Sendable {
        var what: String
        var isAllowed: Bool
        var call: @Sendable () async throws(MLflowError) -> Void

        init(_ what: String, isAllowed: Bool, _ call: @escaping @Sendable () async throws(MLflowError) -> Void) {
            self.what = what
            self.isAllowed = isAllowed
            self.call = call
        }

        /// Nil when the server keeps the limit.
        func problem() async -> String? {
            do throws(MLflowError) {
                try await call()
                return isAllowed ? nil : "\(what) is taken"
            } catch {
                let answer = "\(error.status ?? 0) \(error.errorCode ?? error.message)"
                if isAllowed { return "\(what) is refused: \(answer)" }
                return error.status == 400 ? nil : "\(what) is answered \(answer)"
            }
        }
    }

    static let limits = MLflowCheck(
        id: "ML-24", title: "The server keeps its limits on both sides",
        intent: "Values up to the limit must be taken, longer ones refused.",
        procedure:
            "For the limits of the server's version: parameter values, keys, run and experiment tags, experiment names, batches and pages, each at its limit and one beyond.",
        severity: .low, writes: true, deadline: .seconds(90)
    ) { context in
        try await MLflowWorkspace.with(context) { space in
            let run = try await space.createRun()
            let version = await context.mlflowVersion()
            let limits = MLflowLimits.of(version)
            let attempts =
                cutValues(limits, space.client, run.info.run_id) + runAttempts(limits, space, run.info.run_id)
                + searchAttempts(limits, space)
            var problems: [String] = []
            for attempt in attempts { if let problem = await attempt.problem() { problems.append(problem) } }
            let named = version.map { "MLflow \($0)" } ?? "the newest MLflow known"
            return problems.isEmpty
                ? .passed("\(attempts.count) limits of \(named) hold")
                : .failed(
                    .deviation(.mlflow, .limit),
                    "limits differ from those of \(named)", expected: "taken up to the limit, 400 beyond",
                    got: problems.joined(separator: "; "))
        }
    }

    private static func text(_ count: Int) -> String { String(repeating: "x", count: count) }

    private static func runAttempts(_ limits: MLflowLimits, _ space: MLflowWorkspace, _ run: String) -> [Attempt] {
        let (client, experiment) = (space.client, space.experiment)
        func batch(_ metrics: Int, _ parameters: Int, _ tags: Int, isAllowed: Bool) -> Attempt {
            // Keys of their own, because a parameter cannot be logged again with another value.
            let mark = "\(metrics)-\(parameters)-\(tags)-"
            let now = Date().millisecondsSince1970
            return Attempt(
                "a batch of \(metrics) metrics, \(parameters) parameters, \(tags) tags", isAllowed: isAllowed
            ) { () async throws(MLflowError) in
                try await client.logBatch(
                    run, metrics: (0..<metrics).map { MetricPoint("m\(mark)\($0)", 1, timestamp: now) },
                    parameters: (0..<parameters).map { KeyValue("p\(mark)\($0)", "v") },
                    tags: (0..<tags).map { KeyValue("t\(mark)\($0)", "v") })
            }
        }
        func parameter(_ key: Int, _ value: Int, isAllowed: Bool) -> Attempt {
            Attempt("a parameter with a key of \(key) and a value of \(value)", isAllowed: isAllowed) {
                () async throws(MLflowError) in
                try await client.logParameter(run, KeyValue(text(key), text(value)))
            }
        }
        func experimentTag(_ value: Int, isAllowed: Bool) -> Attempt {
            Attempt("an experiment tag of \(value)", isAllowed: isAllowed) { () async throws(MLflowError) in
                try await client.setExperimentTag(experiment, KeyValue("long", text(value)))
            }
        }
        return [
            parameter(1, limits.parameterValue, isAllowed: true), parameter(limits.key, 1, isAllowed: true),
            parameter(limits.key + 1, 1, isAllowed: false),
            Attempt("a run tag of \(limits.runTag)", isAllowed: true) { () async throws(MLflowError) in
                try await client.setTag(run, KeyValue("at the limit", text(limits.runTag)))
            },
            experimentTag(limits.experimentTag, isAllowed: true),
            experimentTag(limits.experimentTag + 1, isAllowed: false),
            batch(limits.metricsInBatch, 0, 0, isAllowed: true),
            batch(limits.metricsInBatch + 1, 0, 0, isAllowed: false),
            batch(0, limits.parametersInBatch, 0, isAllowed: true),
            batch(0, limits.parametersInBatch + 1, 0, isAllowed: false),
            batch(0, 0, limits.tagsInBatch, isAllowed: true),
            batch(0, 0, limits.tagsInBatch + 1, isAllowed: false),
            batch(limits.allInBatch - 19, 10, 10, isAllowed: false),
        ]
    }

    private static func searchAttempts(_ limits: MLflowLimits, _ space: MLflowWorkspace) -> [Attempt] {
        let client = space.client
        func experiments(_ count: Int, isAllowed: Bool) -> Attempt {
            Attempt("a page of \(count) experiments", isAllowed: isAllowed) { () async throws(MLflowError) in
                let body: JSONValue = ["max_results": .integer(Int64(count)), "filter": "name = 'no such name'"]
                try await client.require("POST", "/mlflow/experiments/search", body: body)
            }
        }
        func models(_ count: Int, isAllowed: Bool) -> Attempt {
            Attempt("a page of \(count) models", isAllowed: isAllowed) { () async throws(MLflowError) in
                let query = [("max_results", String(count)), ("filter", "name = 'no such name'")]
                try await client.require("GET", "/mlflow/registered-models/search", query: query)
            }
        }
        func name(_ length: Int, isAllowed: Bool) -> Attempt {
            // The undo finds them by the beginning of their names.
            let name = "plumbline-\(space.token)-".padding(toLength: length, withPad: "x", startingAt: 0)
            return Attempt("an experiment name of \(length)", isAllowed: isAllowed) { () async throws(MLflowError) in
                _ = try await client.createExperiment(name, tags: [space.tag])
            }
        }
        return [
            experiments(limits.experimentsInPage, isAllowed: true),
            experiments(limits.experimentsInPage + 1, isAllowed: false), experiments(0, isAllowed: false),
            models(limits.modelsInPage, isAllowed: true), models(limits.modelsInPage + 1, isAllowed: false),
            name(limits.experimentName, isAllowed: true), name(limits.experimentNameRefused, isAllowed: false),
        ]
    }

    /// A value beyond its limit is refused, or cut off where the server is set to do so; it must not be taken whole.
    private static func cutValues(_ limits: MLflowLimits, _ client: MLflowClient, _ run: String) -> [Attempt] {
        let (parameter, tag) = (text(limits.parameterValue + 1), text(limits.runTag + 1))
        return [
            Attempt("a parameter value of \(parameter.count)", isAllowed: false) { () async throws(MLflowError) in
                try await client.logParameter(run, KeyValue("long", parameter))
                let kept = try await client.run(run).data?.params?.first { $0.key == "long" }?.value ?? ""
                if kept.count < parameter.count { throw cut(kept.count) }
            },
            Attempt("a run tag of \(tag.count)", isAllowed: false) { () async throws(MLflowError) in
                try await client.setTag(run, KeyValue("long", tag))
                let kept = try await client.run(run).data?.tags?.first { $0.key == "long" }?.value ?? ""
                if kept.count < tag.count { throw cut(kept.count) }
            },
        ]
    }

    /// Cut off counts as refused.
    private static func cut(_ length: Int) -> MLflowError {
        MLflowError(kind: .refused, status: 400, message: "cut to \(length)", call: "read back")
    }
}
