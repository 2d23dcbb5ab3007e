import Formats
import Foundation
import MLflowClient
import RunModel
import UndoLog

/// How what a check makes in MLflow is taken away again. Written into the undo log before it is made.
package struct MLflowUndo: Sendable {
    let context: CheckContext
    /// The way on which a DELETE keeps its body (contract §13); nil when there is none.
    package let deleteRoute: MLflowRoute?

    package init(context: CheckContext, deleteRoute: MLflowRoute? = nil) {
        self.context = context
        self.deleteRoute = deleteRoute
    }

    /// How long a check may use what it made before the guardian takes it away.
    private static let lease = Duration.seconds(900)
    /// What a model that cannot be removed is marked with.
    static let deletedTag = "plumbline.deleted"

    /// The mark by which everything that a run makes can be found.
    package static func tag(of run: RunID) -> KeyValue { KeyValue("plumbline.run", run.rawValue) }

    /// The way that the deletion step found, or the same search for runs that left that step out.
    package static func deleteRoute(_ context: CheckContext) async throws -> MLflowRoute? {
        if let route = context.facts[.mlflowDeleteRoute].flatMap(MLflowRoute.init(rawValue:)) { return route }
        for route in MLflowRoute.allCases where route.trackingURI(context.configuration.services) != nil {
            let client = try context.mlflow(route)
            do throws(MLflowError) {
                try await client.deleteModel("plumbline-no-such-model-\(context.runID)")
            } catch {
                if error.errorCode == "RESOURCE_DOES_NOT_EXIST" { return route }
            }
        }
        return nil
    }

    /// Writes the undo of an experiment down, with all its runs.
    ///
    /// - Parameter name: the experiment is found by it, and by every longer name that begins with it.
    package func willCreateExperiment(_ name: String) async throws -> String {
        let search: JSONValue = ["max_results": 100, "filter": .string("name LIKE '\(name)%'")]
        let action = UndoAction.find(
            .init(
                search: try request(.proxy, "POST", "/mlflow/experiments/search", body: search, statuses: [200]),
                identifierPath: "experiments[*].experiment_id",
                then: try request(
                    .proxy, "POST", "/mlflow/experiments/delete",
                    body: ["experiment_id": .string(UndoAction.FindAction.placeholder)], statuses: [200, 404])))
        return try await open("experiment \(name)", [action])
    }

    /// Writes the undo of uploads down: everything below the run that they are for.
    ///
    /// MLflow 2.9 deletes folders but not files in a store that is a directory. Where the paths do not name the run, only the
    /// files themselves may be taken away.
    package func willUpload(_ paths: [String], of run: String) async throws -> String {
        // 400 is how a server refuses a path that it would never have taken.
        let actions = try Set(paths.map { Self.folder(of: run, in: $0) ?? $0 }).sorted().map { path in
            let escaped = path.split(separator: "/").map { PercentEncoding.encode($0) }.joined(separator: "/")
            return UndoAction.http(
                try request(
                    .proxy, "DELETE", "/mlflow-artifacts/artifacts/\(escaped)", statuses: [200, 204, 400, 404]))
        }
        return try await open("\(paths.count) artifacts under \(paths.first ?? "")", actions)
    }

    /// `1/abc` of `1/abc/artifacts/model/MLmodel` for the run `abc`; nil where the path does not lead through the run.
    package static func folder(of run: String, in path: String) -> String? {
        let steps = path.split(separator: "/")
        guard let index = steps.firstIndex(where: { $0 == run }) else { return nil }
        return steps[...index].joined(separator: "/")
    }

    /// A model goes with its versions. Where no way keeps the body of a DELETE it is marked instead.
    package func willCreateModel(_ name: String) async throws -> String {
        guard let deleteRoute else {
            let mark: JSONValue = ["name": .string(name), "key": .string(Self.deletedTag), "value": "true"]
            let action = try request(
                .proxy, "POST", "/mlflow/registered-models/set-tag", body: mark, statuses: [200, 404])
            return try await open("registered model \(name) (can only be marked as deleted)", [.http(action)])
        }

        let action = try request(
            deleteRoute, "DELETE", "/mlflow/registered-models/delete", body: ["name": .string(name)],
            statuses: [200, 404])
        return try await open("registered model \(name)", [.http(action)])
    }

    /// Takes away what stands under the ids, newest first, in a cancelled task too. What cannot be taken away is noted next to the
    /// check's outcome and stays open in the undo log.
    ///
    /// What a request without an answer may still make is looked for again at the end of the run.
    ///
    /// - Returns: what is left, in words.
    @discardableResult
    package func take(back ids: [String]) async -> [String] {
        await context.takeBack(.records(Set(ids)), patience: .seconds(15))
    }

    private func open(_ what: String, _ actions: [UndoAction]) async throws -> String {
        let record = UndoRecord(
            runID: context.runID, checkID: context.descriptor.id, what: what, openedAt: Date(), lease: Self.lease,
            actions: actions, settling: context.configuration.limits.lateArrival)
        try await context.undoLog.writeAhead(record)
        return record.id
    }

    private func request(
        _ route: MLflowRoute, _ method: String, _ path: String, body: JSONValue? = nil, statuses: [Int]
    ) throws -> UndoAction.HTTPAction {
        guard let uri = route.trackingURI(context.configuration.services) else {
            throw Stop.skipped("there is no way over \(route.title)")
        }

        let key = context.configuration.keys["api"]
        return UndoAction.HTTPAction(
            method: method, url: uri + route.root + path,
            headers: body == nil ? [:] : ["Content-Type": "application/json"],
            body: try body.map { try JSON.text($0) }, expectedStatuses: statuses,
            secretHeader: key.map { UndoAction.SecretHeader(name: "Authorization", prefix: "Bearer ", secret: $0.name) }
        )
    }
}
