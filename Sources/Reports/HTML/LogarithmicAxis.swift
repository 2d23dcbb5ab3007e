import Foundation

/// Positions on an axis on which every factor of ten is as long as the next.
struct LogarithmicAxis {
    private let from: Double
    private let to: Double
    private let bottom: Double
    private let top: Double

    /// - Parameters:
    ///   - from: the least value, positive.
    ///   - bottom: where the least value stands; the largest stands at `top`.
    init(from least: Double, to most: Double, bottom: Double, top: Double) {
        from = log10(least)
        to = max(log10(most), from + 0.1)
        self.bottom = bottom
        self.top = top
    }

    func position(_ value: Double) -> Double { bottom + (log10(value) - from) / (to - from) * (top - bottom) }

    /// Powers of ten within the axis, or its ends when there are fewer than two.
    var ticks: [Double] {
        let powers = stride(from: from.rounded(.up), through: to, by: 1).map { pow(10, $0) }
        return powers.count > 1 ? powers : [pow(10, from), pow(10, to)]
    }
}
