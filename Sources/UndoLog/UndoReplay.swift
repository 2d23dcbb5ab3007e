import Formats
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

    /// What becomes of a change whose request was sent and never answered: it may be made after the undo has looked, and an answer
    /// such as "there is no such thing" proves nothing before then.
    public enum LateArrivals: Sendable {
        /// Every request was answered: there is none.
        case none
        /// Undone now, and left open: whoever ends the run looks again.
        case leftOpen
        /// Undone now, and once more when it would have arrived. One that would have to be waited for longer than this is left open
        /// as not undone; nil waits as long as it takes.
        case awaited(atMost: Duration?)
    }

    private let log: UndoLog
    private let performer: UndoPerformer
    private let pause: Duration
    private let now: @Sendable () -> Date

    /// - Parameter pause: between two attempts; it doubles up to 16 times its length.
    public init(
        log: UndoLog, performer: UndoPerformer, pause: Duration = .milliseconds(250),
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.log = log
        self.performer = performer
        self.pause = pause
        self.now = now
    }

    /// Undoes the newest first, each until it succeeds or the patience is used up, and closes what is undone.
    ///
    /// - Parameter by: who does it, for the log: `run`, `guardian`, `undo`, `resume`.
    /// - Throws: ``UndoLogError`` when the log cannot be used.
    public func run(
        _ selection: Selection, by: String, patience: Duration = .seconds(30),
        lateArrivals: LateArrivals = .awaited(atMost: nil)
    ) async throws(UndoLogError) -> UndoReport {
        var report = UndoReport()
        let arriving = try await pass(selection, by: by, patience: patience, closingAll: lateArrivals.isNone, &report)
        guard case .awaited(let longest) = lateArrivals, let last = arriving.map(\.until).max() else { return report }
        let limit = longest.map { now().addingTimeInterval($0.seconds) } ?? .distantFuture
        for (record, until) in arriving where until > limit {
            report.failed.append(
                UndoReport.Failure(
                    record: record,
                    reason: "it was taken back, and may still be made until \(Timestamp.text(until)): look again then"))
        }
        await Self.pause(for: .seconds(clamping: min(last, limit).timeIntervalSince(now())))
        _ = try await pass(
            .records(Set(arriving.filter { $0.until <= limit }.map(\.record.id))), by: by, patience: patience,
            closingAll: true, &report)
        return report
    }

    /// Undoes once.
    ///
    /// - Parameter closingAll: what may still arrive, too.
    /// - Returns: what is undone, and stays open because it may still arrive until a moment.
    private func pass(
        _ selection: Selection, by: String, patience: Duration, closingAll: Bool, _ report: inout UndoReport
    ) async throws(UndoLogError) -> [(record: UndoRecord, until: Date)] {
        let until = ContinuousClock.now + patience
        var arriving: [(record: UndoRecord, until: Date)] = []
        for open in try log.openUndos().filter({ selection.includes($0.record) }).reversed() {
            let record = open.record
            guard let claim = try await UndoClaim.take(log: log.path, seq: open.seq, until: until) else {
                report.failed.append(UndoReport.Failure(record: record, reason: "another process is undoing it"))
                continue
            }
            defer { withExtendedLifetime(claim) {} }
            // Who had the claim before may have undone it.
            guard try log.openUndos().contains(where: { $0.seq == open.seq }) else { continue }
            if let failure = await undo(record, until: until) {
                try log.fail(record.id, by: by, reason: failure.description)
                report.failed.append(UndoReport.Failure(record: record, reason: failure.description))
            } else if !closingAll, let settles = settlingEnd(of: open) {
                if open.settles == nil { try log.settle(record.id, by: by, until: settles) }
                arriving.append((record, settles))
            } else {
                try log.close(record.id, by: by)
                report.undone.append(record)
            }
        }
        return arriving
    }

    /// Until when the change may still be made: from the first time that it was taken back, because nobody sends the request again
    /// then. Nil when that moment has passed, or nothing can be on its way. A change whose lease has ended arrived long ago.
    private func settlingEnd(of open: OpenUndo) -> Date? {
        guard let seconds = open.record.settling, open.record.leaseEnds > now() else { return nil }
        let end = open.settles ?? now().addingTimeInterval(min(max(0, seconds), Self.longestSettling))
        return end > now() ? end : nil
    }

    /// In seconds. A log comes from a file.
    private static let longestSettling = 3600.0

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
                guard !error.isFinal, ContinuousClock.now + wait < until, !Task.isCancelled else { return error }
                try? await Task.sleep(for: wait)
                wait = min(wait * 2, pause * 16)
            }
        }
    }
}

extension UndoReplay.LateArrivals {
    fileprivate var isNone: Bool { if case .none = self { true } else { false } }
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
