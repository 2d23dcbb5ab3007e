import Formats

/// JUnit XML: `failure` for failed and timed out, `error` for error and inconclusive, `skipped` for skipped and blocked.
///
/// A muted failure is skipped with its owner's reason, so that a pipeline that reads this file judges as the gate does.
struct JUnitReport {
    let document: Document

    init(_ document: Document) { self.document = document }

    var text: String {
        let areas = document.areas
        var lines = ["<?xml version=\"1.0\" encoding=\"UTF-8\"?>"]
        let all = areas.flatMap(\.rows)
        // The schema that Jenkins checks against knows no count of skipped cases here.
        lines.append("<testsuites name=\"plumbline\" \(Self.total(all)) time=\"\(Self.time(all))\">")
        for area in areas { lines += suite(area) }
        lines.append("</testsuites>")
        return lines.joined(separator: "\n") + "\n"
    }

    private func suite(_ area: AreaRow) -> [String] {
        let started = area.rows.compactMap { $0.result?.startedAt }.min() ?? document.header.startedAt
        // The common schema takes a moment without a fraction and without a zone.
        let moment = String(Timestamp.text(started).prefix(19))
        var lines = [
            "  <testsuite name=\"\(XMLText.escaped(area.category.title))\" \(Self.counts(area.rows))"
                + " time=\"\(Self.time(area.rows))\" timestamp=\"\(moment)\" hostname=\"plumbline\">",
            "    <properties>",
        ]
        let properties = [("environment", document.header.environment), ("run", document.header.runID.rawValue)]
        lines += properties.map { "      <property name=\"\($0.0)\" value=\"\(XMLText.escaped($0.1))\"/>" }
        lines.append("    </properties>")
        for row in area.rows { lines += testCase(row) }
        return lines + ["  </testsuite>"]
    }

    private func testCase(_ row: CheckRow) -> [String] {
        let name = XMLText.escaped("\(row.descriptor.id) \(row.descriptor.title)")
        let open =
            "    <testcase classname=\"plumbline.\(row.descriptor.category.rawValue)\" name=\"\(name)\""
            + " time=\"\(Self.time([row]))\""
        let body = outcome(row) + attempts(row)
        return body.isEmpty ? [open + "/>"] : [open + ">"] + body + ["    </testcase>"]
    }

    private func outcome(_ row: CheckRow) -> [String] {
        let message = XMLText.escaped(row.message)
        switch Self.kind(row) {
        case .passed: return []
        case .skipped:
            guard let mute = row.result?.muted, row.result?.status != .skipped else {
                return ["      <skipped message=\"\(message)\"/>"]
            }
            let reason = "muted by \(mute.owner) until \(mute.expires): \(mute.reason); \(row.status): \(row.message)"
            return ["      <skipped message=\"\(XMLText.escaped(reason))\"/>"]
        case .failed: return [problem("failure", row, message)]
        case .error: return [problem("error", row, message)]
        }
    }

    private func problem(_ element: String, _ row: CheckRow, _ message: String) -> String {
        var detail = row.message
        if case .failed(let mismatch)? = row.result?.outcome {
            detail += "\nexpected: \(mismatch.expected)\ngot: \(mismatch.got)"
        }
        if let reproduction = row.result?.reproduction { detail += "\nreproduce: \(reproduction)" }
        for evidence in row.result?.evidence ?? [] { detail += "\nevidence: \(evidence.path)" }
        return "      <\(element) message=\"\(message)\" type=\"\(row.status)\">\(XMLText.escaped(detail))</\(element)>"
    }

    private func attempts(_ row: CheckRow) -> [String] {
        guard let attempts = row.result?.earlierAttempts, !attempts.isEmpty else { return [] }
        let text = attempts.map { "earlier attempt: \($0.outcome.status.rawValue): \($0.outcome.message)" }
        return ["      <system-out>\(XMLText.escaped(text.joined(separator: "\n")))</system-out>"]
    }

    private enum Kind { case passed, failed, error, skipped }

    private static func kind(_ row: CheckRow) -> Kind {
        guard let result = row.result else { return .skipped }
        switch result.status {
        case .passed, .flaky: return .passed
        case .skipped, .blocked: return .skipped
        case .failed, .timeout: return result.muted == nil ? .failed : .skipped
        case .error, .inconclusive: return result.muted == nil ? .error : .skipped
        }
    }

    private static func total(_ rows: [CheckRow]) -> String {
        func count(_ kind: Kind) -> Int { rows.count { Self.kind($0) == kind } }
        return "tests=\"\(rows.count)\" failures=\"\(count(.failed))\" errors=\"\(count(.error))\""
    }

    private static func counts(_ rows: [CheckRow]) -> String {
        total(rows) + " skipped=\"\(rows.count { kind($0) == .skipped })\""
    }

    /// Seconds with three decimals.
    private static func time(_ rows: [CheckRow]) -> String {
        // A journal may give any duration, and Jenkins reads no negative ones.
        let sum = rows.reduce(0) { $0 + max(0, $1.result?.duration.milliseconds ?? 0) }
        let milliseconds = Int(clamping: sum.rounded())
        let fraction = String(milliseconds % 1000)
        return "\(milliseconds / 1000)." + String(repeating: "0", count: 3 - fraction.count) + fraction
    }
}
