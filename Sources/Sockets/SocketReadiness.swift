import Foundation
import Glibc
import Synchronization

/// Waits for any number of sockets on one thread of its own, so that no wait ever occupies the concurrency pool.
///
/// The owner of a descriptor keeps it open until its wait has returned.
public final class SocketReadiness: Sendable {
    /// What the caller wants to do next with the socket.
    public enum Interest: Sendable { case reading, writing }

    /// Why a wait ended. `ready` includes hang-up and error: the next call on the socket tells which.
    public enum Outcome: Sendable, Equatable { case ready, timedOut, cancelled }

    /// The loop that every adapter shares.
    public static let shared = SocketReadiness()

    private struct Waiter {
        var descriptor: Int32
        var events: Int16
        var deadline: ContinuousClock.Instant
        var continuation: CheckedContinuation<Outcome, Never>
    }

    private struct State {
        var waiters: [UInt64: Waiter] = [:]
        var cancelledBeforeWaiting: Set<UInt64> = []
        var nextIdentifier: UInt64 = 0
        var hasThread = false
    }

    private let state = Mutex(State())
    private let wakeUp = SocketPair()

    /// A loop with a thread of its own, which starts at the first wait and lives as long as the process.
    public init() {}

    /// Waits until the socket is ready, the deadline has passed or the task is cancelled.
    public func wait(
        for interest: Interest, on descriptor: Int32, until deadline: ContinuousClock.Instant
    ) async -> Outcome {
        let identifier = state.withLock { state in
            state.nextIdentifier += 1
            return state.nextIdentifier
        }
        let events = Int16(interest == .reading ? POLLIN : POLLOUT)
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let waiter = Waiter(
                    descriptor: descriptor, events: events, deadline: deadline, continuation: continuation)
                add(waiter, identifier)
            }
        } onCancel: {
            cancel(identifier)
        }
        state.withLock { _ = $0.cancelledBeforeWaiting.remove(identifier) }
        return outcome
    }

    private func add(_ waiter: Waiter, _ identifier: UInt64) {
        let (wasCancelled, needsThread) = state.withLock { state in
            if state.cancelledBeforeWaiting.remove(identifier) != nil { return (true, false) }
            state.waiters[identifier] = waiter
            defer { state.hasThread = true }
            return (false, !state.hasThread)
        }
        if wasCancelled { return waiter.continuation.resume(returning: .cancelled) }
        if needsThread {
            let thread = Thread { self.run() }
            thread.name = "sockets"
            thread.start()
        }
        wakeUp.signal()
    }

    private func cancel(_ identifier: UInt64) {
        let continuation = state.withLock { state in
            guard let waiter = state.waiters.removeValue(forKey: identifier) else {
                state.cancelledBeforeWaiting.insert(identifier)
                return CheckedContinuation<Outcome, Never>?.none
            }
            return waiter.continuation
        }
        continuation?.resume(returning: .cancelled)
        wakeUp.signal()
    }

    private func run() {
        while true {
            let waiting = state.withLock {
                $0.waiters.map { ($0.key, $0.value.descriptor, $0.value.events, $0.value.deadline) }
            }
            var polled = waiting.map { pollfd(fd: $0.1, events: $0.2, revents: 0) }
            polled.append(pollfd(fd: wakeUp.receiver, events: Int16(POLLIN), revents: 0))
            _ = poll(&polled, nfds_t(polled.count), Self.milliseconds(until: waiting.map(\.3).min()))
            wakeUp.drain()
            let now = ContinuousClock.now
            var finished: [(CheckedContinuation<Outcome, Never>, Outcome)] = []
            state.withLock { state in
                for (index, entry) in waiting.enumerated() {
                    let isReady = polled[index].revents != 0
                    guard isReady || entry.3 <= now, let waiter = state.waiters.removeValue(forKey: entry.0) else {
                        continue
                    }
                    finished.append((waiter.continuation, isReady ? .ready : .timedOut))
                }
            }
            for (continuation, outcome) in finished { continuation.resume(returning: outcome) }
        }
    }

    /// Rounded up, so that the loop never wakes just before the deadline only to sleep again.
    private static func milliseconds(until deadline: ContinuousClock.Instant?) -> Int32 {
        guard let deadline else { return -1 }
        let left = ContinuousClock.now.duration(to: deadline)
        if left <= .zero { return 0 }
        let (seconds, attoseconds) = left.components
        if seconds > 3600 { return 3_600_000 }
        return Int32(seconds) * 1000 + Int32((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
