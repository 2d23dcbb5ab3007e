import FaultInjection
import Foundation
import MLflowClient
import RunModel

/// How what a check makes in MLflow is taken away again. Written into the undo log before it is made.
struct MLflowUndo: Sendable {
    let context: CheckContext
    /// The way on which a DELETE keeps its body (contract §13); nil when there is none.
    let deleteRoute: MLflowRoute?

    /// How long a check may use what it made before the guardian takes it away.
    private static let lease = Duration.seconds(900)
    /// What a model that cannot be removed is marked with.
    static let deletedTag = "plumbline.deleted"

    /// Writes the undo of an experiment down, with all its runs.
    func willCreateExperiment(_ name: String) throws -> String {
        let query = Self.encoded(name)
        let action = UndoAction.find(
            .init(
                search: try request(
                    .proxy, "GET", "/mlflow/experiments/get-by-name?experiment_name=\(query)", statuses: [200, 404]),
                identifierPath: "experiment.experiment_id",
                then: try request(
                    .proxy, "POST", "/mlflow/experiments/delete",
                    body: ["experiment_id": .string(UndoAction.FindAction.placeholder)], statuses: [200, 404])))
        return try open("experiment \(name)", [action])
    }

    func willUpload(_ paths: [String]) throws -> String {
        // 400 is how a server refuses a path that it would never have taken.
        let actions = try paths.map { path in
            let escaped = path.split(separator: "/").map { Self.encoded(String($0)) }.joined(separator: "/")
            return UndoAction.http(
                try request(
                    .proxy, "DELETE", "/mlflow-artifacts/artifacts/\(escaped)", statuses: [200, 204, 400, 404]))
        }
        return try open("\(paths.count) artifacts under \(paths.first ?? "")", actions)
    }

    /// A model goes with its versions. Where no way keeps the body of a DELETE it is marked instead.
    func willCreateModel(_ name: String) throws -> String {
        guard let deleteRoute else {
            let mark: JSONValue = ["name": .string(name), "key": .string(Self.deletedTag), "value": "true"]
            let action = try request(
                .proxy, "POST", "/mlflow/registered-models/set-tag", body: mark, statuses: [200, 404])
            return try open("registered model \(name) (can only be marked as deleted)", [.http(action)])
        }
        let action = try request(
            deleteRoute, "DELETE", "/mlflow/registered-models/delete", body: ["name": .string(name)],
            statuses: [200, 404])
        return try open("registered model \(name)", [.http(action)])
    }

    /// Takes away what this check wrote down, or everything of the run that stands under the ids.
    func take(back ids: [String]) async throws -> [String] {
        var failures: [String] = []
        for id in ids.reversed() {
            let report = try await context.undoReplay.run(.record(id: id), by: "run", patience: .seconds(15))
            failures += report.failed.map { "\($0.record.what): \($0.reason)" }
        }
        return failures
    }

    private func open(_ what: String, _ actions: [UndoAction]) throws -> String {
        let record = UndoRecord(
            runID: context.runID, checkID: context.descriptor.id, what: what, openedAt: Date(), lease: Self.lease,
            actions: actions)
        try context.undoLog.open(record)
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

    private static func encoded(_ text: String) -> String { MLflowClient.percentEncoded(text) }
}
