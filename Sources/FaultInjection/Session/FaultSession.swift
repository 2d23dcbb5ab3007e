import Formats
import Foundation
import RunModel
import UndoLog

/// The time in which one check may break things. When it ends, however it ends, all is undone.
public actor FaultSession {
    /// A fault that is on.
    public struct Open: Hashable, Sendable {
        let id: String
        public let summary: String
    }

    private let log: UndoLog
    private let replay: UndoReplay
    private let runID: RunID
    private let checkID: CheckID
    private let lease: Duration
    private var open: [Open] = []
    private var hasEnded = false
    private(set) var moments: [FaultMoment] = []
    private(set) var lastUndo: ContinuousClock.Instant?

    init(log: UndoLog, replay: UndoReplay, runID: RunID, checkID: CheckID, lease: Duration) {
        self.log = log
        self.replay = replay
        self.runID = runID
        self.checkID = checkID
        self.lease = lease
    }

    /// Writes the undo down, injects, and looks whether the fault is on.
    @discardableResult
    public func inject(_ injector: any FaultInjector) async throws(FaultError) -> Open {
        let actions = try await injector.undoActions()
        guard !Task.isCancelled, !hasEnded else {
            throw FaultError(.stopped, fault: injector.summary, detail: "the test was ending; it was never on")
        }
        let record = UndoRecord(
            runID: runID, checkID: checkID, what: injector.summary, openedAt: Date(), lease: lease, actions: actions)
        do {
            try await log.writeAhead(record)
        } catch {
            throw FaultError(.undoLog, fault: injector.summary, detail: "\(error)")
        }
        // Writing it down may have taken a while, and the session may be over.
        guard !Task.isCancelled, !hasEnded else {
            try? log.close(record.id, by: "run")
            throw FaultError(.stopped, fault: injector.summary, detail: "the test was ending; it was never on")
        }
        let fault = Open(id: record.id, summary: injector.summary)
        open.append(fault)
        try await injector.inject()
        note(.injected, fault.id, "injected: \(injector.summary)")
        guard try await injector.isInPlace() else {
            throw FaultError(.noEffect, fault: injector.summary, detail: "it is not in place after injection")
        }
        return fault
    }

    /// Takes one fault back before the session ends. Works in a cancelled task too.
    public func undo(_ fault: Open) async throws(FaultError) {
        guard open.contains(fault) else { return }
        let replay = replay
        // A new task, because the undo must not be cancelled with the test.
        let result = await Task { () async -> Result<UndoReport, UndoLogError> in
            do throws(UndoLogError) {
                return .success(try await replay.run(.record(id: fault.id), by: "run"))
            } catch {
                return .failure(error)
            }
        }.value
        switch result {
        case .failure(let error):
            throw FaultError(.undoIncomplete, fault: fault.summary, detail: "\(error)")
        case .success(let report):
            if let failure = report.failed.first {
                throw FaultError(.undoIncomplete, fault: fault.summary, detail: failure.reason)
            }
        }
        open.removeAll { $0 == fault }
        lastUndo = .now
        note(.undone, fault.id, "undone: \(fault.summary)")
    }

    /// Takes everything back, newest first.
    func undoAll() async throws(FaultError) {
        var firstFailure: FaultError?
        for fault in open.reversed() {
            do throws(FaultError) {
                try await undo(fault)
            } catch {
                firstFailure = firstFailure ?? error
            }
        }
        if let firstFailure { throw firstFailure }
    }

    /// Waits until the fault can be felt at the target.
    ///
    /// - Returns: how long that took.
    /// - Throws: `noEffect` when it cannot be felt within the patience.
    @discardableResult
    public func confirmEffect(
        of fault: Open, within patience: Duration, every interval: Duration = .milliseconds(100),
        _ isFelt: @Sendable () async -> Bool
    ) async throws(FaultError) -> Duration {
        let start = ContinuousClock.now
        repeat {
            if await isFelt() {
                note(.felt, fault.id, "felt: \(fault.summary)")
                return start.duration(to: .now)
            }
            do { try await Task.sleep(for: interval) } catch { break }
        } while start.duration(to: .now) < patience
        throw FaultError(.noEffect, fault: fault.summary, detail: "not felt by the target within \(patience.readable)")
    }

    /// No fault can be opened any more; then everything is undone.
    func end() async throws(FaultError) {
        hasEnded = true
        try await undoAll()
    }

    func note(_ kind: FaultMoment.Kind, _ fault: String? = nil, _ what: String) {
        moments.append(FaultMoment(at: Date(), what: what, kind: kind, fault: fault))
    }
}

/// What happened around a fault.
public struct FaultReport: Hashable, Sendable, Codable {
    public var moments: [FaultMoment]
    /// From the last undo to steady state; nil when that was not reached in time, or not looked for.
    public var recoveryTime: Double?

    public init(moments: [FaultMoment], recoveryTime: Duration?) {
        self.moments = moments
        self.recoveryTime = recoveryTime?.seconds
    }
}
