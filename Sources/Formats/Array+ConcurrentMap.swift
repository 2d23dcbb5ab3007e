import Dispatch
import Synchronization

extension Array where Element: Sendable {
    /// The same as `map`, with the elements side by side on all processors. For work of the processor alone: it waits for nothing.
    ///
    /// - Throws: what the first element that throws does, in the order of the array.
    public func concurrentMap<Value: Sendable>(
        _ transform: @Sendable (Element) throws -> Value
    ) rethrows -> [Value] {
        guard count > 1 else { return try map(transform) }
        let made = Mutex([Result<Value, any Error>?](repeating: nil, count: count))
        DispatchQueue.concurrentPerform(iterations: count) { place in
            let result = Result { try transform(self[place]) }
            made.withLock { $0[place] = result }
        }
        return try made.withLock(\.self).compactMap(\.self).map { try $0.get() }
    }
}
