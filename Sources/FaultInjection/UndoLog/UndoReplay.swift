import Formats
import Foundation
import Glibc
import RunModel

/// Takes back what the log says is open. Only one process at a time does so.
public struct UndoReplay: Sendable {
    /// Which of the open records.
    public enum Selection: Sendable {
        case all
        case run(RunID)
        case record(id: String)
        case records(Set<String>)
        /// Those whose lease has ended by this moment.
        case expired(Date)

        func includes(_ record: UndoRecord) -> Bool {
            switch self {
            case .all: true
            case .run(let id): record.runID == id
            case .record(let id): record.id == id
            case .records(let ids): ids.contains(record.id)
            case .expired(let moment): record.leaseEnds <= moment
            }
        }
    }

    private let log: UndoLog
    private let performer: UndoPerformer
    private let pause: Duration

    /// - Parameter pause: between two attempts; it doubles up to 16 times its length.
    public init(log: UndoLog, performer: UndoPerformer, pause: Duration = .milliseconds(250)) {
        self.log = log
        self.performer = performer
        self.pause = pause
    }

    /// Undoes the newest first, each until it succeeds or the patience is used up, and closes what is undone.
    ///
    /// A change whose request may still be on its way is undone at once, and again when it would have arrived; others may
    /// undo meanwhile.
    ///
    /// - Parameters:
    ///   - by: who does it, for the log: `run`, `guardian`, `undo`, `resume`.
    ///   - isAnswered: every request that made a change was answered, so none is on its way.
    /// - Throws: ``UndoLogError`` when the log cannot be used, or another process is undoing for longer than the patience.
    public func run(
        _ selection: Selection, by: String, patience: Duration = .seconds(30), isAnswered: Bool = false
    ) async throws(UndoLogError) -> UndoReport {
        var report = UndoReport()
        let arriving = try await pass(selection, by: by, patience: patience, isLast: isAnswered, &report)
        guard let longest = arriving.map(Self.settlingTime).max() else { return report }
        await Self.pause(for: longest)
        _ = try await pass(.records(Set(arriving.map(\.id))), by: by, patience: patience, isLast: true, &report)
        return report
    }

    /// Undoes once, under the lock.
    ///
    /// - Parameter isLast: closes everything that is undone.
    /// - Returns: what is undone, and stays open because it may still arrive.
    private func pass(
        _ selection: Selection, by: String, patience: Duration, isLast: Bool, _ report: inout UndoReport
    ) async throws(UndoLogError) -> [UndoRecord] {
        if try log.openRecords().filter(selection.includes).isEmpty { return [] }
        let until = ContinuousClock.now + patience
        let lock = try await ReplayLock(path: log.path, until: until)
        defer { lock.release() }
        var arriving: [UndoRecord] = []
        for record in try log.openRecords().filter(selection.includes).reversed() {
            if let failure = await undo(record, until: until) {
                try log.fail(record.id, by: by, reason: failure.description)
                report.failed.append(UndoReport.Failure(record: record, reason: failure.description))
            } else if !isLast, Self.settlingTime(of: record) > .zero {
                arriving.append(record)
            } else {
                try log.close(record.id, by: by)
                report.undone.append(record)
            }
        }
        return arriving
    }

    /// A change whose lease has ended arrived long ago.
    private static func settlingTime(of record: UndoRecord) -> Duration {
        guard let seconds = record.settling, record.leaseEnds > Date() else { return .zero }
        return .seconds(seconds)
    }

    /// Waits in a cancelled task too: it still has to undo.
    private static func pause(for duration: Duration) async {
        await Task.detached { try? await Task.sleep(for: duration) }.value
    }

    /// All actions are tried even when one fails, so that as much as possible is taken back.
    private func undo(_ record: UndoRecord, until: ContinuousClock.Instant) async -> UndoFailure? {
        var firstFailure: UndoFailure?
        for action in record.actions {
            if let failure = await retry(action, until: until) { firstFailure = firstFailure ?? failure }
        }
        return firstFailure
    }

    private func retry(_ action: UndoAction, until: ContinuousClock.Instant) async -> UndoFailure? {
        var wait = pause
        while true {
            do {
                try await performer.perform(action)
                return nil
            } catch {
                guard ContinuousClock.now + wait < until, !Task.isCancelled else { return error }
                try? await Task.sleep(for: wait)
                wait = min(wait * 2, pause * 16)
            }
        }
    }
}

/// What a replay did.
public struct UndoReport: Hashable, Sendable {
    public struct Failure: Hashable, Sendable {
        public var record: UndoRecord
        public var reason: String
    }

    public var undone: [UndoRecord] = []
    /// Still open: a human is needed.
    public var failed: [Failure] = []

    public init() {}

    public var isComplete: Bool { failed.isEmpty }
}

/// The lock under which records are undone: a file beside the log, so that appending to the log stays possible.
private struct ReplayLock {
    private let descriptor: Int32

    init(path: String, until: ContinuousClock.Instant) async throws(UndoLogError) {
        let path = path + ".lock"
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw UndoLogError(.notWritable, path: path, detail: String(cString: strerror(errno)))
        }
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            let isBusy = errno == EWOULDBLOCK
            if !isBusy && errno == EINTR { continue }
            guard isBusy, ContinuousClock.now < until else {
                let detail = isBusy ? "another process is undoing" : String(cString: strerror(errno))
                Glibc.close(descriptor)
                throw UndoLogError(.busy, path: path, detail: detail)
            }
            // A cancelled task still has to undo: its sleep ends at once, so give way instead.
            do { try await Task.sleep(for: .milliseconds(20)) } catch { usleep(2000) }
        }
    }

    func release() { Glibc.close(descriptor) }
}
