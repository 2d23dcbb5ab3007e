import Diagnosis
import Formats
import RunModel

/// What the documents say that stand on a pull request, where every line costs attention and the place is limited.
extension DocumentFields {
    static func addPullRequest(_ fields: inout TemplateFields<Document>) {
        fields.text("verdict_mark") { document in
            switch document.verdict.word {
            case .pass: "✅"
            case .warnings, .inconclusive: "⚠️"
            case .fail, .stopped, .undoIncomplete, .interrupted: "❌"
            }
        }
        fields.prepared("status_line") { statusLine($0) }
        fields.list("shown_findings", finding) { Array($0.findings.prefix($0.maximumRows)) }
        fields.optionalText("more_findings") { document in
            let more = document.assessment.findings.count - document.maximumRows
            return more > 0 ? Figure.count(more, "more cause") : nil
        }
        fields.optionalText("failing_names") { document in
            names(document.rows.filter(\.isFailing).sorted(by: worse).map(\.descriptor.id), document)
        }
        fields.optionalText("doubt_names") { document in names(document.assessment.doubts.map(\.check), document) }
        fields.optionalPrepared("artifact_link") { link("Bundle", to: $0.header.change["artifact_url"]) }
        fields.optionalPrepared("pipeline_link") { link("pipeline", to: $0.header.change["pipeline_url"]) }
    }

    private static func worse(_ left: CheckRow, _ right: CheckRow) -> Bool {
        let (first, second) = (left.descriptor, right.descriptor)
        if first.isCritical != second.isCritical { return first.isCritical }
        let weights = (HealthScore.weight(of: first.severity), HealthScore.weight(of: second.severity))
        return weights.0 == weights.1 ? first.id < second.id : weights.0 > weights.1
    }

    private static func statusLine(_ document: Document) -> String {
        var counts: [Status?: Int] = [:]
        for row in document.rows { counts[row.result?.status, default: 0] += 1 }
        func sum(_ statuses: Status?...) -> Int { statuses.reduce(0) { $0 + (counts[$1] ?? 0) } }
        return [
            ("❌", sum(.failed, .timeout, .error), "failing"),
            ("⚠️", sum(.inconclusive, .blocked, .flaky, nil), "could not tell or flaky"),
            ("✅", sum(.passed), "passed"), ("➖", sum(.skipped), "skipped"),
        ].filter { $0.1 > 0 }.map { "\($0.0) \($0.1) \($0.2)" }.joined(separator: " · ")
    }

    /// As many as the place has room for, and how many more there are.
    private static func names(_ ids: [CheckID], _ document: Document) -> String? {
        guard !ids.isEmpty else { return nil }
        // A name takes a fraction of the room of a cause.
        let room = document.maximumRows.multipliedReportingOverflow(by: 8)
        let shown = ids.prefix(room.overflow ? .max : room.partialValue).map(\.rawValue).joined(separator: ", ")
        let more = ids.count - min(ids.count, room.overflow ? .max : room.partialValue)
        return more > 0 ? "\(shown) and \(more) more" : shown
    }

    /// An address from the pipeline's environment, if it is one that a browser opens and nothing in it can end the link.
    private static func link(_ title: String, to address: String?) -> String? {
        guard let address, address.hasPrefix("https://") || address.hasPrefix("http://"), address.utf8.count < 1000,
            address.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"()<>[]\\\"'`|".utf8.contains($0) })
        else { return nil }
        return "[\(title)](\(address))"
    }
}
