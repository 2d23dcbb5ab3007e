import RunModel

extension Confidence {
    /// How often the first finding with this confidence named the true cause over the recorded single faults of the diagnosis
    /// benchmark. `DiagnosisBenchmarkTests` holds the figures to what the recordings give.
    public var precision: (right: Int, of: Int) {
        switch self {
        case .high: (76, 78)
        case .medium: (8, 8)
        case .low: (5, 5)
        }
    }

    /// `high (right in 21 of 22 recorded outages)`
    public var words: String { "\(rawValue) (right in \(precision.right) of \(precision.of) recorded outages)" }
}
