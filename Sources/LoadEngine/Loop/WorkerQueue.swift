/// Workers that are ready, or thinking, in the order in which they go on. Thinking takes all of them the same time, so
/// the order of arrival is the order of departure.
struct WorkerQueue {
    private var ring: [(readyAt: Int64, worker: Int)]
    private var head = 0
    private(set) var count = 0

    init(capacity: Int) { ring = Array(repeating: (0, 0), count: max(1, capacity)) }

    /// When the first is ready; never when there is none.
    var nextAt: Int64 { count == 0 ? .max : ring[head].readyAt }

    mutating func append(_ worker: Int, readyAt: Int64) {
        precondition(count < ring.count, "more workers than the schedule allows")
        ring[(head + count) % ring.count] = (readyAt, worker)
        count += 1
    }

    /// The first worker, if it is ready by this time.
    mutating func take(_ elapsed: Int64) -> Int? {
        guard nextAt <= elapsed else { return nil }
        defer {
            head = head + 1 == ring.count ? 0 : head + 1
            count -= 1
        }
        return ring[head].worker
    }
}
