import Formats

/// `results.csv` (RFC 4180): one line for each check.
struct CSVReport {
    let document: Document

    init(_ document: Document) { self.document = document }

    private static let columns = [
        "id", "title", "area", "phase", "severity", "critical", "status", "message", "expected", "got", "started_at",
        "duration_ms", "attempts", "subject", "muted_by", "evidence",
    ]

    var text: String {
        ([Self.columns] + document.rows.map(fields)).map { $0.map(Self.quoted).joined(separator: ",") + "\r\n" }
            .joined()
    }

    private func fields(_ row: CheckRow) -> [String] {
        var expected = ""
        var got = ""
        if case .failed(let mismatch)? = row.result?.outcome { (expected, got) = (mismatch.expected, mismatch.got) }
        let descriptor = row.descriptor
        return [
            descriptor.id.rawValue, descriptor.title, descriptor.category.rawValue, descriptor.phase.name,
            descriptor.severity.rawValue, descriptor.isCritical ? "yes" : "no",
            row.result?.status.rawValue ?? "not-run",
            row.message, expected, got, row.result.map { Timestamp.text($0.startedAt) } ?? "",
            row.result.map { Figure.oneDecimal($0.duration.milliseconds) } ?? "",
            row.result.map { String($0.earlierAttempts.count + 1) } ?? "0", row.result?.subject.rawValue ?? "",
            row.result?.muted?.owner ?? "",
            row.result?.evidence.map(\.path).joined(separator: " ") ?? "",
        ]
    }

    /// One line, and never a formula: a spreadsheet runs what begins with one of these signs.
    private static func quoted(_ field: String) -> String {
        var text = VisibleText.line(field, limit: 2000)
        if let first = text.first, "=+-@".contains(first) { text = "'" + text }
        guard text.utf8.contains(where: { "\",;".utf8.contains($0) }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}
