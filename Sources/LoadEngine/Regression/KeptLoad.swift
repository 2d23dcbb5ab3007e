import RunModel

/// A load run as it is kept for later comparison: one file under `metrics/` of a run's directory and of its bundle.
public struct KeptLoad: Hashable, Sendable, Codable {
    /// The check that ran it.
    public var check: CheckID
    /// What tells it apart from the other loads of its check; the same in every run.
    public var load: String
    /// Version of the comparison's method that it was kept for.
    public var method: Int
    /// With lossless histograms, so that runs can also be merged.
    public var report: LoadReport

    public init(check: CheckID, load: String, method: Int = RegressionTest.version, report: LoadReport) {
        self.check = check
        self.load = load
        self.method = method
        self.report = report
    }

    var title: String { "\(check) \(load)" }
}

extension RegressionTest {
    /// Compares all loads of a run with those of an earlier one; every quantile of every endpoint of every load stands
    /// under the one error rate.
    public func compare(_ current: [KeptLoad], to baseline: [KeptLoad]) -> Result {
        guard !current.isEmpty else { return .notComparable("this run keeps no loads") }
        guard !baseline.isEmpty else { return .notComparable("the baseline keeps no loads") }
        let earlier = Dictionary(baseline.map { ($0.title, $0) }) { first, _ in first }
        var pairs: [Pair] = []
        var obstacles: [Obstacle] = []
        var notes: [String] = []
        for now in current.sorted(by: { $0.title < $1.title }) {
            do throws(Incomparable) {
                guard let before = earlier[now.title] else { throw Incomparable("the baseline has no such load") }
                pairs += try self.pairs(now, before)
                if let note = Self.errorNote(now.report, before.report) { notes.append("\(now.title): \(note)") }
            } catch {
                obstacles.append(Obstacle(load: now.title, reason: error.reason))
            }
        }
        var result = judge(pairs)
        result.notCompared = obstacles
        result.notes = notes
        if pairs.isEmpty, let first = obstacles.first { result.verdict = .notComparable(first.reason) }
        return result
    }

    private func pairs(_ current: KeptLoad, _ baseline: KeptLoad) throws(Incomparable) -> [Pair] {
        guard current.method == baseline.method, current.method == Self.version else {
            throw Incomparable(
                "kept for version \(baseline.method) of the comparison then and version \(current.method) now; this build compares version \(Self.version)"
            )
        }
        return try pairs(current.report, baseline.report).map { pair in
            var pair = pair
            pair.name = "\(current.title), \(pair.name)"
            return pair
        }
    }
}
