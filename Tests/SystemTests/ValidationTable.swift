import Foundation
import RunModel

/// What the validation phase of one run cost, area by area, and what it found.
struct ValidationTable {
    struct Row {
        var area: RunModel.Category
        var checks: Int
        var summed: Duration
        /// Everything but passed, such as `failed: SH-12, SH-13`.
        var others: String
    }

    let rows: [Row]
    /// From the first check's start to the last one's end.
    let wall: Duration
    let summed: Duration

    init(_ run: ValidationRun) {
        let results = run.results.values.filter { run.descriptors[$0.id]?.phase == .validation }
        let areas = Dictionary(grouping: results) { run.descriptors[$0.id]?.category ?? .probes }
        rows = areas.sorted { $0.key < $1.key }.map { area, results in
            Row(
                area: area, checks: results.count, summed: results.reduce(.zero) { $0 + $1.duration },
                others: Self.others(results))
        }
        summed = rows.reduce(.zero) { $0 + $1.summed }
        let ends = results.map { $0.startedAt.addingTimeInterval($0.duration.seconds) }
        let start = results.map(\.startedAt).min()
        wall = start.flatMap { start in ends.max().map { .seconds($0.timeIntervalSince(start)) } } ?? .zero
    }

    private static func others(_ results: [CheckResult]) -> String {
        let kinds = Dictionary(grouping: results.filter { $0.status != .passed }) { $0.status.rawValue }
        let told = kinds.sorted { $0.key < $1.key }.map { status, results in
            "\(status): \(results.map(\.id.rawValue).sorted().joined(separator: ", "))"
        }
        return told.isEmpty ? "all passed" : told.joined(separator: "; ")
    }

    var checks: Int { rows.reduce(0) { $0 + $1.checks } }
    var speedUp: Double { wall > .zero ? summed / wall : 1 }

    var markdown: String {
        let lines = rows.map { "| \($0.area.title) | \($0.checks) | \(Self.text($0.summed)) | \($0.others) |" }
        return """
            | area | checks | seconds | what a fault-free profile B reports |
            | --- | --- | --- | --- |
            \(lines.joined(separator: "\n"))
            | **all** | **\(checks)** | **\(Self.text(summed))** | wall \(Self.text(wall)) s, speed-up \(String(format: "%.1f", speedUp)) |
            """
    }

    private static func text(_ duration: Duration) -> String { String(format: "%.1f", duration.seconds) }
}
