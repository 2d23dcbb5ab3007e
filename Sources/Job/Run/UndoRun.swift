import Foundation
import HTTPClient
import Processes
import RunModel
import Settings
import UndoLog

/// Takes back what earlier runs left changed, without running anything.
public struct UndoRun: Sendable {
    private let logs: UndoLogs
    private let performer: UndoPerformer
    private let lockPath: String

    public init(configuration: Configuration, state: StateDirectory) {
        logs = UndoLogs(stateDirectory: state.url.path, key: configuration.keyValue)
        lockPath = state.lockPath
        let http = HTTPClient(configuration.httpClientConfiguration)
        performer = configuration.undoPerformer(environment: LaunchEnvironment.variables, http: http)
    }

    /// What is open, oldest first, over all runs, and the logs that could not be read.
    public func openRecords() -> (records: [UndoRecord], problems: [UndoLogError]) { logs.openRecords() }

    /// Why an action is not performed with this configuration; nil when it is.
    public func refusal(of action: UndoAction) -> String? { performer.refusal(action) }

    /// Undoes everything that is open.
    ///
    /// - Throws: ``StateError/locked(path:owner:age:)`` while a run is under way: what is open then is what it is testing with.
    public func undoAll() async throws -> UndoReport {
        let lock = try EnvironmentLock.acquire(path: lockPath, run: "undo", now: Date())
        defer { withExtendedLifetime(lock) {} }
        return await logs.undoAll(by: "undo", performer: performer)
    }

    /// Waits for the end of a run, undoes what it left open and what its leases have run out on.
    public func guardRun(_ run: RunID) async throws -> UndoReport {
        try await UndoGuardian.run(replay: UndoReplay(log: logs.log(of: run), performer: performer))
    }
}
