import Foundation
import Glibc
import HTTPClient

/// A sandbox directory as `up`, `down`, `status` and `scenario` see it.
struct RunningSandbox: Sendable {
    let directory: SandboxDirectory
    var ledger: ProcessLedger { ProcessLedger(directory: directory) }

    enum Condition: Equatable {
        case absent
        /// Every part of a complete stack runs.
        case running
        /// Something runs or is left, but not the whole stack: an earlier start or stack was cut off.
        case broken(missing: [String])
    }

    func condition() -> Condition {
        let running = ledger.running()
        guard let state = SandboxState.load(directory) else { return running.isEmpty ? .absent : .broken(missing: []) }
        let records = Dictionary(ledger.records().map { ($0.name, $0.record) }) { first, _ in first }
        let missing = state.parts.filter { !(records[$0.name]?.isRunning ?? false) }.map(\.name)
        return missing.isEmpty ? .running : .broken(missing: missing)
    }

    /// Starts a whole stack in the directory, which must hold none. Leaves nothing behind when it fails.
    func start(
        _ options: StackOptions, python: String, report: @escaping @Sendable (String, Duration) -> Void
    ) async throws -> SandboxState {
        try directory.prepare()
        let stack = Stack(
            directory: directory, ports: try StackPorts.find(), options: options, secrets: StackSecrets(),
            programs: try Programs.find(python: python))
        do {
            let parts = try await StackStart(stack, report: report).run()
            let records = Dictionary(ledger.records().map { ($0.name, $0.record) }) { first, _ in first }
            try stack.writeConfiguration()
            let state = SandboxState(stack, parts: parts, records: records)
            try state.save(directory)
            return state
        } catch {
            // Not the cancelled task's: taking down must not be cut off by what ended the start.
            try await Task.detached { try await stop() }.value
            throw error
        }
    }

    /// Ends every process of this sandbox, also of one that crashed, and removes everything but the logs.
    func stop() async throws {
        unlink(directory.token)
        try await ledger.stopAll()
        if FileManager.default.fileExists(atPath: directory.marker) { directory.clear() }
    }
}
