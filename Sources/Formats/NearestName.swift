extension String {
    /// The candidate with the smallest edit distance, if it is near enough to be a slip of the keyboard.
    public func nearest(in candidates: some Sequence<String>) -> String? {
        let limit = max(1, count / 3)
        return candidates.map { (distance: editDistance(to: $0), name: $0) }
            .filter { $0.distance <= limit }
            .min { ($0.distance, $0.name) < ($1.distance, $1.name) }?.name
    }

    private func editDistance(to other: String) -> Int {
        let other = Array(other)
        var row = Array(0...other.count)
        for (index, character) in enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in other.indices {
                let substitution = diagonal + (character == other[column] ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = Swift.min(substitution, diagonal + 1, row[column] + 1)
            }
        }
        return row[other.count]
    }
}
