import Foundation

/// Random numbers that are the same for the same seed, so that a comparison can be repeated (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// Evenly between 0 and 1, both left out.
    mutating func unit() -> Double { (Double(next() >> 11) + 0.5) / Double(1 << 53) }

    /// Mean 0, deviation 1 (Box and Muller).
    mutating func normal() -> Double {
        (-2 * log(unit())).squareRoot() * cos(2 * .pi * unit())
    }

    /// Gamma of a shape of at least 1 (Marsaglia and Tsang, 2000).
    private mutating func gamma(_ shape: Double) -> Double {
        let d = shape - 1 / 3
        let c = 1 / (9 * d).squareRoot()
        while true {
            let x = normal()
            let v = (1 + c * x) * (1 + c * x) * (1 + c * x)
            if v > 0, log(unit()) < 0.5 * x * x + d - d * v + d * log(v) { return d * v }
        }
    }

    /// Beta of two shapes of at least 1: where the k-th of n even numbers lies, with shapes k and n + 1 − k.
    mutating func beta(_ left: Double, _ right: Double) -> Double {
        let first = gamma(left)
        return first / (first + gamma(right))
    }
}
