import Formats
import Foundation
import MLflowClient
import RunModel

/// A place in MLflow for one check: an experiment of its own and whatever the check adds, all taken away at the end and
/// written into the undo log first.
package struct MLflowWorkspace: Sendable {
    let context: CheckContext
    package let client: MLflowClient
    package let undo: MLflowUndo
    /// Part of every name this check gives.
    package let token: String
    /// What everything that can carry a tag is marked with.
    package let tag: KeyValue
    private(set) var undoIDs: [String] = []
    package private(set) var experiment = ""

    /// Makes a workspace, runs the body in it and takes it away, however the body ends.
    package static func with(
        _ context: CheckContext, _ body: (inout MLflowWorkspace) async throws -> Outcome
    ) async throws -> Outcome {
        var workspace = try await MLflowWorkspace(context)
        let outcome: Outcome
        do {
            try await workspace.createExperiment()
            outcome = try await body(&workspace)
        } catch {
            await workspace.takeAway()
            throw error
        }
        await workspace.takeAway()
        return outcome
    }

    private init(_ context: CheckContext) async throws {
        self.context = context
        client = try context.mlflow()
        tag = MLflowUndo.tag(of: context.runID)
        undo = MLflowUndo(context: context, deleteRoute: try await MLflowUndo.deleteRoute(context))
        let random = String(UInt32.random(in: 0...0xFFFF), radix: 16)
        token = "\(context.runID.rawValue)-\(context.descriptor.id.rawValue.lowercased())-\(random)"
    }

    private mutating func createExperiment() async throws {
        let name = "plumbline-\(token)"
        undoIDs.append(try await undo.willCreateExperiment(name))
        let (client, tags) = (client, [tag])
        experiment = try await context.mlflowCalls("create experiment") { () async throws(MLflowError) in
            try await client.createExperiment(name, tags: tags)
        }
    }

    /// Starts a run in the workspace's experiment.
    package func createRun() async throws -> Run {
        let (client, experiment, token, tag) = (client, experiment, token, tag)
        return try await context.mlflowCalls("create run") { () async throws(MLflowError) in
            try await client.createRun(
                in: experiment, name: "plumbline-\(token)", startTime: Date().millisecondsSince1970,
                tags: [tag])
        }
    }

    /// Where the HTTP artifact endpoints keep the files of a run.
    ///
    /// - Throws: ``Stop`` with `inconclusive` when the run's files are elsewhere (contract §3.4, artifact traps).
    package func storePath(of run: Run) throws -> String {
        let uri = run.info.artifact_uri ?? "an unnamed place"
        guard let path = MLflowClient.storePath(of: uri) else {
            throw Stop.inconclusive(
                .artifactChanged(.elsewhere),
                "new runs keep their artifacts at \(uri), which clients reach without the server; the HTTP endpoints serve another store"
            )
        }
        return path
    }

    package mutating func willUpload(_ paths: [String], of run: Run) async throws {
        undoIDs.append(try await undo.willUpload(paths, of: run.info.run_id))
    }

    package mutating func willCreateModel(_ name: String) async throws {
        undoIDs.append(try await undo.willCreateModel(name))
    }

    private mutating func takeAway() async {
        await undo.take(back: undoIDs)
        undoIDs = []
    }
}
