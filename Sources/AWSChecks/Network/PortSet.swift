/// A set of ports as ranges in order that do not touch.
struct PortSet: Hashable, Sendable, CustomStringConvertible {
    private(set) var ranges: [ClosedRange<Int>]

    init(_ range: ClosedRange<Int>) { ranges = [range] }

    var isEmpty: Bool { ranges.isEmpty }

    /// How many ports are in the set.
    var count: Int { ranges.reduce(0) { $0 + $1.count } }

    /// Whether any port of the range is in the set.
    func overlaps(_ range: ClosedRange<Int>) -> Bool { ranges.contains { $0.overlaps(range) } }

    mutating func subtract(_ range: ClosedRange<Int>) {
        ranges = ranges.flatMap { own -> [ClosedRange<Int>] in
            guard own.overlaps(range) else { return [own] }
            var rest: [ClosedRange<Int>] = []
            if own.lowerBound < range.lowerBound { rest.append(own.lowerBound...range.lowerBound - 1) }
            if own.upperBound > range.upperBound { rest.append(range.upperBound + 1...own.upperBound) }
            return rest
        }
    }

    var description: String {
        ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }.joined(separator: ", ")
    }
}
