import Formats
import Job

/// A table of plain text: columns as wide as their widest cell, the last one free.
struct TextTable {
    private var rows: [[String]]

    init(_ header: [String]) { rows = [header.map { $0.uppercased() }] }

    mutating func add(_ row: [String]) { rows.append(row.map(TerminalText.safe)) }

    var text: String { lines.map { $0 + "\n" }.joined() }

    var lines: [String] {
        let columns = rows[0].count
        let widths = (0..<columns).map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            row.enumerated()
                .map { column, cell in
                    column == columns - 1 ? cell : cell + String(repeating: " ", count: widths[column] - cell.count)
                }
                .joined(separator: "  ")
        }
    }
}
