import Formats
import Foundation
import RunModel
import Synchronization
import UndoLog

/// The one way to break something on purpose: guard, write-ahead, inject, watch, undo, wait for recovery.
///
/// One session at a time; a second one waits for the first to end.
public final class Faults: Sendable {
    private let log: UndoLog
    private let replay: UndoReplay
    private let runID: RunID
    private let policy: FaultPolicy
    private let lease: Duration
    private let lock: FaultLock?
    private let isLocked = Mutex(false)
    private let onStop: @Sendable (String) -> Void
    private let turns = Turns()

    /// - Parameters:
    ///   - log: of the run; its guardian runs before the first fault.
    ///   - lease: a fault undoes itself after this time.
    ///   - lock: taken before the first fault that others can feel; nil where the target has no means for one.
    ///   - onStop: called with the reason when a stop condition was met and its session is over.
    public init(
        log: UndoLog, performer: UndoPerformer, runID: RunID, policy: FaultPolicy, lease: Duration,
        lock: FaultLock? = nil,
        onStop: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.log = log
        self.replay = UndoReplay(log: log, performer: performer)
        self.runID = runID
        self.policy = policy
        self.lease = lease
        self.lock = lock
        self.onStop = onStop
    }

    /// Why the dependency must not be broken in this run; nil when it may.
    public func refusal(of dependency: String) -> String? { policy.refusal(of: dependency) }

    /// Runs `body` with permission to break the dependencies, undoes everything, and waits for recovery.
    ///
    /// - Parameters:
    ///   - isIsolated: breaks nothing that others share, such as the proxy of one launched instance: it need not wait for
    ///     its turn.
    ///   - stopConditions: watched on other tasks; the first one that is met cancels the body.
    ///   - recovered: whether the target is in steady state again.
    ///   - recoveryPatience: how long that may take.
    ///   - leftBehind: called with what could not be undone. It takes nothing from the body's result.
    /// - Throws: ``FaultError``, or what the body threw once everything is undone.
    public func session<Value: Sendable>(
        for checkID: CheckID, breaking dependencies: [String], isIsolated: Bool = false,
        stopConditions: [StopCondition] = [],
        recoveryPatience: Duration = .seconds(60), recovered: (@Sendable () async -> Bool)? = nil,
        leftBehind: @Sendable (String) -> Void,
        _ body: @escaping @Sendable (FaultSession) async throws -> Value
    ) async throws -> (value: Value, report: FaultReport) {
        let names = dependencies.joined(separator: ", ")
        for dependency in dependencies {
            if let refusal = policy.refusal(of: dependency) {
                throw FaultError(.refused, fault: names, detail: refusal)
            }
        }
        if !isIsolated { try await turns.take() }
        defer { if !isIsolated { turns.give() } }
        if !isIsolated { try await ensureLock(for: checkID, names) }
        let session = FaultSession(log: log, replay: replay, runID: runID, checkID: checkID, lease: lease)
        let result: Result<Ended<Value>, any Error>
        do {
            result = .success(try await Self.watched(session, stopConditions, body))
        } catch {
            result = .failure(error)
        }
        let (value, failure) = await end(session, result, names)
        if let failure { leftBehind("\(failure)") }
        var recoveryTime: Duration?
        if failure == nil, let recovered, let lastUndo = await session.lastUndo {
            recoveryTime = await Self.recovery(since: lastUndo, within: recoveryPatience, recovered)
            if let recoveryTime {
                await session.note(.recovered, nil, "recovered after \(recoveryTime.readable)")
            } else {
                await session.note(.unrecovered, nil, "not recovered in time")
            }
        }
        return (try value.get(), FaultReport(moments: await session.moments, recoveryTime: recoveryTime))
    }

    /// Undoes everything, and only then tells that a stop condition was met.
    ///
    /// - Returns: the body's result, and what could not be undone.
    private func end<Value: Sendable>(
        _ session: FaultSession, _ result: Result<Ended<Value>, any Error>, _ names: String
    ) async -> (value: Result<Value, any Error>, failure: FaultError?) {
        let failure: FaultError?
        do throws(FaultError) {
            try await session.end()
            failure = nil
        } catch {
            failure = error
        }
        let value: Result<Value, any Error>
        switch result {
        case .success(.body(let body)): value = .success(body)
        case .failure(let error): value = .failure(error)
        case .success(.stopped(let reason)):
            onStop("while \(names) was broken, \(reason)")
            value = .failure(FaultError(.stopped, fault: names, detail: reason))
        }
        return (value, failure)
    }

    /// Locks the target with the first session; later ones find it locked. Sessions that others can feel come one at a time.
    private func ensureLock(for checkID: CheckID, _ names: String) async throws(FaultError) {
        guard let lock, !isLocked.withLock({ $0 }) else { return }
        try await lock.take(for: checkID, log: log, replay: replay, breaking: names)
        isLocked.withLock { $0 = true }
    }

    /// How the body of a session ended.
    private enum Ended<Value: Sendable>: Sendable {
        case body(Value)
        case stopped(String)
    }

    private static func watched<Value: Sendable>(
        _ session: FaultSession, _ stopConditions: [StopCondition],
        _ body: @escaping @Sendable (FaultSession) async throws -> Value
    ) async throws -> Ended<Value> {
        // Nil when a condition was not met before its watch ended.
        try await withThrowingTaskGroup(of: Ended<Value>?.self) { group in
            group.addTask { .body(try await body(session)) }
            for condition in stopConditions {
                group.addTask { await condition.watch().map(Ended.stopped) }
            }
            defer { group.cancelAll() }
            while let ended = try await group.next() {
                if let ended { return ended }
            }
            throw CancellationError()
        }
    }

    private static func recovery(
        since undo: ContinuousClock.Instant, within patience: Duration, _ recovered: @Sendable () async -> Bool
    ) async -> Duration? {
        while undo.duration(to: .now) < patience {
            if await recovered() { return undo.duration(to: .now) }
            do { try await Task.sleep(for: .milliseconds(200)) } catch { return nil }
        }
        return nil
    }
}

/// A door that one at a time goes through, in the order of arrival.
private final class Turns: Sendable {
    private struct State {
        var isTaken = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    func take() async throws {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                if state.isTaken {
                    state.waiting.append(continuation)
                    return false
                }
                state.isTaken = true
                return true
            }
            if isFree { continuation.resume() }
        }
        if Task.isCancelled {
            give()
            throw CancellationError()
        }
    }

    func give() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard !state.waiting.isEmpty else {
                state.isTaken = false
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.resume()
    }
}
