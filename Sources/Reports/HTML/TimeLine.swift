import Diagnosis
import Formats
import Foundation
import RunModel

/// Phases, checks by area, faults and changes over the time of the run, as a picture with one lane for each.
struct TimeLine {
    private static let left = 150.0
    private static let width = 820.0
    private static let laneHeight = 22.0
    /// A lane with more checks than these is drawn in steps, each with its worst status.
    private static let maximumBars = 80
    private static let steps = 240

    private let page: Page
    private let start: Date
    private let length: Double

    init(_ page: Page) {
        self.page = page
        let record = page.document.record
        start = record.header.startedAt
        let ends = record.results.values.map { $0.startedAt.addingTimeInterval($0.duration.seconds) }
        let end = ends.reduce(record.lastActivity) { max($0, $1) }
        length = max(end.timeIntervalSince(start), 0.001)
    }

    var markup: String {
        guard page.rows.contains(where: { $0.result != nil }) else { return "" }
        var lanes: [(name: String, content: (Double) -> String)] = [("Phases", phases)]
        let faults = page.rows.filter { $0.descriptor.breaksSomething && $0.result != nil }
        if !faults.isEmpty { lanes.append(("Faults", { bars(faults, $0, style: "fault") })) }
        for area in page.areas {
            let done = area.rows.filter { $0.result != nil }
            if !done.isEmpty { lanes.append((area.category.title, { bars(done, $0) })) }
        }
        if !changesInside.isEmpty { lanes.append(("Changes", changes)) }
        let height = Double(lanes.count) * Self.laneHeight + 30
        var content = axis(height - 24)
        for (index, lane) in lanes.enumerated() {
            let y = Double(index) * Self.laneHeight + 4
            content += Drawing.text(Self.left - 8, y + 14, lane.name, anchor: "end") + lane.content(y)
        }
        return Drawing.frame(
            "Time line of phases, faults, checks and changes", width: Self.left + Self.width + 20, height: height,
            content)
    }

    /// What the picture cannot say in words: faults with the recovery that was measured, and changes.
    var figures: String {
        let faults = page.rows.filter { $0.descriptor.breaksSomething }.compactMap(\.result).sorted {
            ($0.startedAt, $0.id) < ($1.startedAt, $1.id)
        }
        guard !faults.isEmpty else { return "" }
        let rows = faults.prefix(200).map { result in
            let recoveries = result.measurements.filter { $0.name == "fault.recovery_time" }.map {
                Duration.seconds(clamping: $0.value).readable
            }
            return [
                result.id.rawValue, Timestamp.text(result.startedAt), result.duration.readable,
                recoveries.isEmpty ? "–" : recoveries.joined(separator: ", "), result.status.rawValue,
            ]
        }
        return Drawing.table(
            "faults and recovery", ["Check", "Began", "Took", "Recovery of the service", "Status"], rows)
    }

    private func x(_ date: Date) -> Double {
        let share = date.timeIntervalSince(start) / length
        return Self.left + (share.isFinite ? min(max(share, 0), 1) : 0) * Self.width
    }

    private func axis(_ bottom: Double) -> String {
        (0...5).map { step in
            let share = Double(step) / 5
            let position = Self.left + share * Self.width
            return Drawing.line(position, 0, position, bottom)
                + Drawing.text(
                    position, bottom + 16, step == 0 ? "0 s" : Duration.seconds(clamping: share * length).readable,
                    anchor: step == 5 ? "end" : "middle")
        }.joined()
    }

    /// Without those that make the documents: the page is one of them, and cannot tell when they end.
    private func phases(_ y: Double) -> String {
        page.document.record.phases.filter { $0.phase <= .validation }.sorted { $0.phase < $1.phase }.map { phase in
            let from = x(phase.startedAt)
            let to = x(phase.finishedAt ?? page.document.record.lastActivity)
            let took = phase.finishedAt.map { $0.duration(since: phase.startedAt).readable } ?? "not finished"
            return Drawing.rectangle(
                from, y, max(to - from, 2), 16, style: "phase", title: "\(phase.phase.title): \(took)")
        }.joined()
    }

    private func bars(_ rows: [CheckRow], _ y: Double, style: String? = nil) -> String {
        rows.count > Self.maximumBars ? stepped(rows, y, style) : single(rows, y, style)
    }

    /// What went wrong is drawn last, so that nothing hides it.
    private func single(_ rows: [CheckRow], _ y: Double, _ style: String?) -> String {
        let sorted = rows.sorted { (Self.rank($0), $0.descriptor.id) < (Self.rank($1), $1.descriptor.id) }
        return sorted.map { row in
            guard let result = row.result else { return "" }
            let from = x(result.startedAt)
            let to = x(result.startedAt.addingTimeInterval(result.duration.seconds))
            return Drawing.rectangle(
                from, y, max(to - from, 2.5), 16, style: style ?? Page.mark(result.status).style,
                title: "\(row.descriptor.id) \(result.status.rawValue), \(result.duration.readable)",
                link: Page.link(to: row.descriptor.id))
        }.joined()
    }

    private func stepped(_ rows: [CheckRow], _ y: Double, _ style: String?) -> String {
        var worst = [CheckRow?](repeating: nil, count: Self.steps)
        var counts = [Int](repeating: 0, count: Self.steps)
        for row in rows {
            guard let result = row.result else { continue }
            let end = result.startedAt.addingTimeInterval(result.duration.seconds)
            let last = step(end)
            for index in step(result.startedAt)...max(last, step(result.startedAt)) {
                counts[index] += 1
                if worst[index].map({ Self.rank($0) < Self.rank(row) }) ?? true { worst[index] = row }
            }
        }
        let width = Self.width / Double(Self.steps)
        return worst.indices.map { index in
            guard let row = worst[index] else { return "" }
            return Drawing.rectangle(
                Self.left + Double(index) * width, y, width + 0.2, 16,
                style: style ?? Page.mark(row.result?.status).style,
                title: "\(Figure.count(counts[index], "check")); worst: \(row.descriptor.id) \(row.status)",
                link: Page.link(to: row.descriptor.id))
        }.joined()
    }

    private func step(_ date: Date) -> Int {
        min(Int(clamping: (x(date) - Self.left) / Self.width * Double(Self.steps)), Self.steps - 1)
    }

    private static func rank(_ row: CheckRow) -> Int {
        switch row.result?.status {
        case .failed: 7
        case .timeout: 6
        case .error: 5
        case .inconclusive: 4
        case .blocked: 3
        case .flaky: 2
        case .passed: 1
        case .skipped, nil: 0
        }
    }

    /// Changes while the run went on; earlier ones are listed beside the picture.
    private var changesInside: [Change] { (page.changes?.changes ?? []).filter { $0.at >= start } }

    private func changes(_ y: Double) -> String {
        changesInside.prefix(200).map { change in
            Drawing.rectangle(
                x(change.at) - 2, y, 4, 16, style: "change",
                title: "\(Timestamp.text(change.at)), \(change.actor): \(change.action)")
        }.joined()
    }
}
