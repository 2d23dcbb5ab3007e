import Formats
import Synchronization

extension DedicatedThread {
    /// How the wait ended. After `timedOut` and `cancelled` the thread finishes by itself and its value is dropped.
    public enum Completion<Value: Sendable>: Sendable {
        case finished(Value)
        case timedOut
        case cancelled
    }

    private final class Hand<Value: Sendable>: Sendable {
        let value = Mutex<Value?>(nil)
        let bell = SocketPair()
    }

    /// Does the work on a thread of its own and waits for it until the deadline.
    public static func run<Value: Sendable>(
        named name: String, until deadline: ContinuousClock.Instant, _ work: @escaping @Sendable () -> Value
    ) async -> Completion<Value> {
        let hand = Hand<Value>()
        start(named: name) {
            let value = work()
            hand.value.withLock { $0 = value }
            hand.bell.signal()
        }
        let outcome = await SocketReadiness.shared.wait(for: .reading, on: hand.bell.receiver, until: deadline)
        if let value = hand.value.withLock({ $0 }) { return .finished(value) }
        return outcome == .cancelled ? .cancelled : .timedOut
    }
}
