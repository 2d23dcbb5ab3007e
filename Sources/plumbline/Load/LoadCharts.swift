import Formats
import Foundation
import LoadEngine

/// Pictures of a run as HTML and SVG that need nothing else. Titles and names are escaped.
enum LoadCharts {
    private static let colours = ["#2f6fb0", "#c47f17", "#b3333b"]

    /// A bar for each doubling of the time, as long as its share of the answers.
    static func distribution(_ times: LatencyHistogram) -> String {
        let stretches = times.doublings
        guard let largest = stretches.map(\.share).max(), largest > 0 else { return "" }
        let rows = stretches.map { stretch in
            let width = String(format: "%.1f", stretch.share / largest * 100)
            let share = String(format: "%.2f", stretch.share * 100)
            return "<tr><td class=n>≤ \(stretch.upTo.readable)</td>"
                + "<td class=bars><span class=bar style=\"width: \(width)%\"></span></td><td class=n>\(share) %</td></tr>"
        }
        return "<h2>Distribution of response times</h2><table style=\"width: 100%\">\(rows.joined())</table>"
    }

    /// Lines over the seconds of the run, scaled to the largest value.
    static func lines(_ title: String, _ lines: [(name: String, values: [Double])]) -> String {
        let largest = lines.flatMap(\.values).max() ?? 0
        let count = lines.map(\.values.count).max() ?? 0
        guard count > 1, largest > 0 else { return "" }
        let paths = zip(lines, colours).map { line, colour in
            let points = line.values.enumerated().map { second, value in
                String(format: "%.1f,%.1f", Double(second) / Double(count - 1) * 1000, 155 - value / largest * 145)
            }
            return
                "<polyline fill=\"none\" stroke=\"\(colour)\" stroke-width=\"1.5\" vector-effect=\"non-scaling-stroke\" points=\"\(points.joined(separator: " "))\"/>"
        }
        let keys = zip(lines, colours).map { line, colour in
            "<span class=key style=\"color: \(colour)\">\(LoadPage.escaped(line.name))</span>"
        }
        let title = LoadPage.escaped(title)
        return "<h2>\(title)</h2><p>0 to \(String(format: "%.1f", largest)), over \(count) s \(keys.joined())</p>"
            + "<svg viewBox=\"0 0 1000 160\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"\(title)\">\(paths.joined())</svg>"
    }
}
