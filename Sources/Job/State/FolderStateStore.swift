import Foundation
import UndoLog

/// The state in a directory of this machine, or of a file system that it shares.
public struct FolderStateStore: StateStore {
    private let path: String
    private let environment: String

    public init(path: String, environment: String) {
        self.path = path
        self.environment = environment
    }

    public func hold(
        for run: String, now: Date, notify: @escaping @Sendable (String) -> Void,
        onLoss: @escaping @Sendable (String) -> Void
    ) async throws(StateError) -> any HeldState {
        let directory = try open()
        return HeldFolder(
            path: path, directory: directory,
            lock: try EnvironmentLock.acquire(path: directory.lockPath, run: run, now: now))
    }

    public func read<Value>(_ work: (StateDirectory) async throws -> Value) async throws -> Value {
        try await work(open())
    }

    private func open() throws(StateError) -> StateDirectory {
        try StateDirectory.open(path: path, environment: environment)
    }
}

private struct HeldFolder: HeldState {
    let path: String
    let directory: StateDirectory
    let lock: EnvironmentLock

    var undoCopy: (any UndoLogCopy)? { nil }
    var guardianArguments: [String] { ["--state", path] }
    var account: String? { nil }

    func note(run: String, since: Date) { lock.note(run: run, since: since) }
    func checkpoint() {}
    func deliver(_ delivery: Delivery) -> String? { nil }
    func link(to location: String, expires: Duration) -> String? { nil }
    /// The kernel lets go of the lock with its last reference.
    func release() {}
}
