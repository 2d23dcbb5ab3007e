import FaultInjection
import Foundation
import HTTPClient
import RunModel
import Settings

/// Takes back what earlier runs left changed, without running anything.
public struct UndoRun: Sendable {
    private let log: UndoLog
    private let replay: UndoReplay
    private let lockPath: String

    public init(configuration: Configuration, state: StateDirectory) {
        log = UndoLog(directory: state.url.path)
        lockPath = state.lockPath
        let http = HTTPClient(configuration.httpClientConfiguration)
        let performer = UndoPerformer(
            transport: http, secret: configuration.secretValue,
            aws: configuration.aws?.client(environment: ProcessInfo.processInfo.environment, http: http))
        replay = UndoReplay(log: log, performer: performer)
    }

    /// What is open, oldest first.
    public func openRecords() throws -> [UndoRecord] { try log.openRecords() }

    /// Undoes everything that is open.
    ///
    /// - Throws: ``StateError/locked(path:owner:age:)`` while a run is under way: what is open then is what it is testing with.
    public func undoAll() async throws -> UndoReport {
        let lock = try EnvironmentLock.acquire(path: lockPath, run: "undo", now: Date())
        defer { withExtendedLifetime(lock) {} }
        return try await replay.run(.all, by: "undo")
    }

    /// Waits for the end of a run, undoes what it left open and what its leases have run out on.
    public func guardRun(_ run: RunID) async throws -> UndoReport {
        try await UndoGuardian.run(replay: replay, runID: run)
    }
}
