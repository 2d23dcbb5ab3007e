import Foundation
import HTTPClient
import Processes
import RunModel
import Settings
import UndoLog

/// Takes back what earlier runs left changed, without running anything.
public struct UndoRun: Sendable {
    private let configuration: Configuration
    private let store: any StateStore
    private let performer: UndoPerformer

    public init(configuration: Configuration, store: any StateStore) {
        self.configuration = configuration
        self.store = store
        performer = configuration.undoPerformer(
            environment: LaunchEnvironment.variables, http: HTTPClient(configuration.httpClientConfiguration))
    }

    private func logs(of directory: StateDirectory, copy: (any UndoLogCopy)? = nil) -> UndoLogs {
        UndoLogs(stateDirectory: directory.url.path, copy: copy, key: configuration.keyValue)
    }

    /// What is open, oldest first, over all runs, and the logs that could not be read.
    public func openRecords() async throws -> (records: [UndoRecord], problems: [UndoLogError]) {
        try await store.read { logs(of: $0).openRecords() }
    }

    /// Why an action is not performed with this configuration; nil when it is.
    public func refusal(of action: UndoAction) -> String? { performer.refusal(action) }

    /// Undoes everything that is open.
    ///
    /// - Parameter notify: gets sentences for people while the state is fetched.
    /// - Throws: ``StateError`` while a run is under way: what is open then is what it is testing with.
    public func undoAll(notify: @escaping @Sendable (String) -> Void = { _ in }) async throws -> UndoReport {
        let held = try await store.hold(for: "undo", now: Date(), notify: notify, onLoss: notify)
        let report = await logs(of: held.directory, copy: held.undoCopy).undoAll(by: "undo", performer: performer)
        do throws(StateError) {
            try await held.checkpoint()
        } catch {
            await held.release()
            throw error
        }
        await held.release()
        return report
    }

    /// Waits for the end of a run, undoes what it left open and what its leases have run out on.
    ///
    /// - Parameters:
    ///   - directory: that the run works in.
    ///   - copy: keeps the undo logs elsewhere too; what cannot be kept there is undone all the same.
    public func guardRun(
        _ run: RunID, in directory: StateDirectory, copy: (any UndoLogCopy)?
    ) async throws -> UndoReport {
        let log = logs(of: directory, copy: copy).log(of: run)
        let report = try await UndoGuardian.run(replay: UndoReplay(log: log, performer: performer))
        // Whoever takes over undoes it once more if it does not hear of it.
        if !report.undone.isEmpty { try? await log.secure() }
        return report
    }
}
