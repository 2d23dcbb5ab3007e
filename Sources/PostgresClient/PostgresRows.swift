/// The rows of an answer, all values in PostgreSQL's text form.
public struct PostgresRows: Sendable, Equatable {
    public var columns: [String]
    /// One array per row, nil for NULL.
    public var rows: [[String?]]
    /// How many rows a statement without result set changed; nil when the server does not say.
    public var affected: Int?

    public init(columns: [String] = [], rows: [[String?]] = [], affected: Int? = nil) {
        self.columns = columns
        self.rows = rows
        self.affected = affected
    }

    /// The first value of the first row.
    public var scalar: String? { rows.first?.first ?? nil }

    /// The values of one column; empty when there is no such column.
    public func column(_ name: String) -> [String?] {
        guard let index = columns.firstIndex(of: name) else { return [] }
        return rows.map { $0.indices.contains(index) ? $0[index] : nil }
    }
}

/// How much of an answer is taken before the query is cancelled.
public struct PostgresResultLimits: Sendable {
    public var rows: Int
    /// Sum over all values, bytes, and ``cellCost`` for each of them: a row of nothing but NULLs takes room too.
    public var bytes: Int

    /// What a value costs beside its text, in bytes.
    static let cellCost = 16

    public init(rows: Int = 10_000, bytes: Int = 4 << 20) {
        self.rows = rows
        self.bytes = bytes
    }
}
