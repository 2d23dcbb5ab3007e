import CheckKit
import Formats
import Foundation
import MLflowClient
import RunModel

/// One registration under way: the client, what exists already, and how it is taken away.
struct RegistrationSession: Sendable {
    let context: CheckContext
    let client: MLflowClient
    let undo: MLflowUndo
    var state: RegistrationState
    /// Records of the undo log that stand open for this registration, oldest first.
    var undoIDs: [String]

    static let parameters = [
        KeyValue("algorithm", "linear"), KeyValue("features", "3"), KeyValue("seed", "42"),
        KeyValue("note", "made by plumbline, safe to delete"),
    ]
    static let metrics = [("accuracy", 0.9), ("precision", 0.875), ("recall", 0.8125), ("f1", 0.84375)]

    init(_ context: CheckContext) async throws {
        self.context = context
        client = try context.mlflow()
        undo = MLflowUndo(context: context, deleteRoute: try await MLflowUndo.deleteRoute(context))
        state = RegistrationState(facts: context.facts) ?? .fresh(context.runID)
        undoIDs = (context.facts[.registrationUndo] ?? "").split(separator: ",").map(String.init)
    }

    /// Makes sure that what the steps before this one made is still there. After a crash the undo has taken it away
    /// while their results are reused: then it is made anew.
    mutating func prepare(before step: RegistrationStep) async throws {
        guard step != .experiment else {
            state = .fresh(context.runID)
            undoIDs = []
            return
        }
        if let experiment = state.experiment, let found = try? await client.experiment(experiment),
            found.lifecycle_stage == "active"
        {
            return
        }
        guard step != .cleanUp else { return }
        context.log.info("what earlier steps made is gone, making it again")
        state = .fresh(context.runID)
        undoIDs = []
        for earlier in RegistrationStep.allCases where earlier.rawValue > 2 && earlier.rawValue < step.rawValue {
            _ = try await perform(earlier)
        }
    }

    /// Performs a step and leaves what it made as facts.
    mutating func perform(_ step: RegistrationStep) async throws -> Outcome {
        let outcome = try await outcome(of: step)
        state.leave(in: context.recorder)
        context.recorder.establish(.registrationUndo, undoIDs.joined(separator: ","))
        return outcome
    }

    /// Takes away what all the steps so far have made.
    func giveUp() async { await undo.take(back: undoIDs) }

    private mutating func outcome(of step: RegistrationStep) async throws -> Outcome {
        switch step {
        case .key, .deletion: .error("\(step.id) is no step of the session")
        case .experiment: try await createExperiment()
        case .run: try await createRun()
        case .values: try await logValues()
        case .artifact: try await uploadModel()
        case .model: try await registerModel()
        case .version: try await createVersion()
        case .tags: try await tagVersion()
        case .alias: try await promote()
        case .readBack: try await readBack()
        case .cleanUp: try await cleanUp()
        }
    }

    /// What an earlier step made; its absence means that Plumbline lost it.
    func need(_ value: String?, _ what: String) throws -> String {
        guard let value else { throw Stop(.error("no \(what) is known although the step before passed")) }
        return value
    }

    /// Runs calls whose failure is the failure of the step.
    func calls<Value: Sendable>(
        _ what: String, _ body: () async throws(MLflowError) -> Value
    ) async throws -> Value {
        try await context.mlflowCalls(what, .proxy, body)
    }
}
