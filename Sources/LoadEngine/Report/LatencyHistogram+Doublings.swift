extension LatencyHistogram {
    /// A stretch of the distribution: what lies above half of a time and up to it.
    public struct Doubling: Hashable, Sendable {
        public var upTo: Duration
        /// Of all recorded durations, 0…1.
        public var share: Double
    }

    /// The distribution in stretches that double, from 50 µs or the stretch of the smallest value on; empty without values.
    public var doublings: [Doubling] {
        var edge = Int64(50)
        while edge * 2 < minimum.microseconds { edge *= 2 }
        var stretches: [Doubling] = []
        var below = 0
        while below < count {
            let upTo = count(atMost: .microseconds(edge))
            stretches.append(
                Doubling(upTo: .microseconds(edge), share: Double(upTo - below) / Double(count)))
            below = upTo
            edge *= 2
        }
        return stretches
    }
}

extension Duration {
    fileprivate var microseconds: Int64 { nanoseconds / 1000 }
}
