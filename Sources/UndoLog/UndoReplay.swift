import Foundation

/// Takes back what the log of one run says is open. Any number of processes may do so at once: each record is undone by one of
/// them, and no lock is held on the log while an undo is under way.
public struct UndoReplay: Sendable {
    /// Which of the open records.
    public enum Selection: Sendable {
        case all
        case record(id: String)
        case records(Set<String>)
        /// Those whose lease has ended by this moment.
        case expired(Date)

        func includes(_ record: UndoRecord) -> Bool {
            switch self {
            case .all: true
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
    /// A change whose request may still be on its way is undone at once, and again when it would have arrived.
    ///
    /// - Parameters:
    ///   - by: who does it, for the log: `run`, `guardian`, `undo`, `resume`.
    ///   - isAnswered: every request that made a change was answered, so none is on its way.
    /// - Throws: ``UndoLogError`` when the log cannot be used.
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

    /// Undoes once.
    ///
    /// - Parameter isLast: closes everything that is undone.
    /// - Returns: what is undone, and stays open because it may still arrive.
    private func pass(
        _ selection: Selection, by: String, patience: Duration, isLast: Bool, _ report: inout UndoReport
    ) async throws(UndoLogError) -> [UndoRecord] {
        let until = ContinuousClock.now + patience
        var arriving: [UndoRecord] = []
        for open in try log.openUndos().filter({ selection.includes($0.record) }).reversed() {
            let record = open.record
            guard let claim = try await UndoClaim.take(log: log.path, seq: open.seq, until: until) else {
                report.failed.append(UndoReport.Failure(record: record, reason: "another process is undoing it"))
                continue
            }
            defer { withExtendedLifetime(claim) {} }
            // Who had the claim before may have undone it.
            guard try log.openUndos().contains(open) else { continue }
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
        return .seconds(clamping: seconds)
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
    /// Logs that could not be used: what is open there is not known.
    public var problems: [UndoLogError] = []

    public init() {}

    public var isComplete: Bool { failed.isEmpty && problems.isEmpty }
}
