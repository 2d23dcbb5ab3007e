import Foundation

/// Draws what a quantile might have been, had the same run been made again.
///
/// The k-th smallest of n values drawn from a distribution lies at its Beta(k, n + 1 − k) quantile, so one draw costs a
/// search in the histogram instead of n drawings, and millions of requests compare as fast as hundreds.
struct QuantileBootstrap {
    private let values: [Double]
    private let cumulative: [Double]
    let count: Double

    init(_ histogram: LatencyHistogram) {
        var sum = 0
        var cumulative: [Double] = []
        for bucket in histogram.buckets {
            sum += bucket.count
            cumulative.append(Double(sum))
        }
        values = histogram.buckets.map { max(1, Double($0.microseconds)) }
        self.cumulative = cumulative.map { $0 / Double(max(1, sum)) }
        count = Double(sum)
    }

    /// The logarithm of the value at a share (0…1) of the distribution, in microseconds.
    func logarithm(at share: Double) -> Double {
        var low = 0
        var high = cumulative.count - 1
        while low < high {
            let middle = (low + high) / 2
            if cumulative[middle] >= share { high = middle } else { low = middle + 1 }
        }
        return log(values[low])
    }

    /// - Parameter samples: how many independent samples the run is worth.
    func draw(_ share: Double, of samples: Double, _ generator: inout SeededGenerator) -> Double {
        let samples = max(1, samples)
        let rank = min(samples, max(1, (share * samples).rounded(.up)))
        return logarithm(at: generator.beta(rank, samples + 1 - rank))
    }
}
