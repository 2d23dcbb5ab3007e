import Formats

/// Parts of inline SVG. Every text that is given is escaped here.
enum Drawing {
    /// Coordinates with one decimal, the same in every locale.
    static func number(_ value: Double) -> String {
        value.isFinite ? Figure.oneDecimal(min(max(value, -1e6), 1e6)) : "0"
    }

    static func rectangle(
        _ x: Double, _ y: Double, _ width: Double, _ height: Double, style: String, title: String = "",
        link: String? = nil
    ) -> String {
        let tooltip = title.isEmpty ? "" : "<title>\(PageText.escaped(title))</title>"
        let shape =
            "<rect class=\"\(style)\" x=\"\(number(x))\" y=\"\(number(y))\" width=\"\(number(width))\" height=\"\(number(height))\">\(tooltip)</rect>"
        return link.map { "<a href=\"#\($0)\" tabindex=\"-1\">\(shape)</a>" } ?? shape
    }

    static func text(_ x: Double, _ y: Double, _ text: String, anchor: String = "start") -> String {
        "<text x=\"\(number(x))\" y=\"\(number(y))\" text-anchor=\"\(anchor)\">\(PageText.escaped(text))</text>"
    }

    static func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double) -> String {
        "<line class=\"grid\" stroke=\"#999\" x1=\"\(number(x1))\" y1=\"\(number(y1))\" x2=\"\(number(x2))\" y2=\"\(number(y2))\"/>"
    }

    /// A line through points, with a dot on each.
    static func curve(_ points: [(x: Double, y: Double)], series: Int, titles: [String] = []) -> String {
        let colour = colours[series % colours.count]
        let path = points.map { "\(number($0.x)),\(number($0.y))" }.joined(separator: " ")
        var result =
            "<polyline class=\"c\(series % colours.count)\" fill=\"none\" stroke=\"\(colour)\" stroke-width=\"2\" points=\"\(path)\"/>"
        for (index, point) in points.enumerated() {
            let title = index < titles.count ? "<title>\(PageText.escaped(titles[index]))</title>" : ""
            result +=
                "<circle class=\"c\(series % colours.count) dot\" fill=\"\(colour)\" cx=\"\(number(point.x))\" cy=\"\(number(point.y))\" r=\"3.5\">\(title)</circle>"
        }
        return result
    }

    /// A scrolling frame around a picture that keeps its letters readable on a narrow screen.
    static func frame(_ label: String, width: Double, height: Double, _ content: String) -> String {
        let label = PageText.escaped(label)
        return
            "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"\(label), scrolls\"><svg role=\"group\" aria-label=\"\(label)\" viewBox=\"0 0 \(number(width)) \(number(height))\" font-size=\"12\" font-family=\"sans-serif\">\(content)</svg></div>"
    }

    /// The names of the lines, each with a sign of its colour.
    static func key(_ names: [String]) -> String {
        let items = names.enumerated().map { index, name in
            "<li><svg class=\"sign\" aria-hidden=\"true\" viewBox=\"0 0 12 12\" width=\"12\" height=\"12\"><circle class=\"c\(index % colours.count) dot\" fill=\"\(colours[index % colours.count])\" cx=\"6\" cy=\"6\" r=\"5\"/></svg> \(PageText.escaped(name))</li>"
        }
        return "<ul class=\"key\">\(items.joined())</ul>"
    }

    /// The figures of a picture as a table that opens.
    static func table(_ caption: String, _ head: [String], _ rows: [[String]]) -> String {
        func cells(_ row: [String]) -> String {
            row.enumerated().map { index, text in
                index == 0
                    ? "<th scope=\"row\">\(PageText.escaped(text))</th>"
                    : "<td class=\"n\">\(PageText.escaped(text))</td>"
            }.joined()
        }
        let titles = head.map { "<th scope=\"col\">\(PageText.escaped($0))</th>" }.joined()
        let label = PageText.escaped(caption)
        return
            "<details class=\"data\"><summary>The figures: \(label)</summary><div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Figures: \(label)\"><table><thead><tr>\(titles)</tr></thead><tbody>\(rows.map { "<tr>\(cells($0))</tr>" }.joined())</tbody></table></div></details>"
    }

    /// Told apart also by those who see few colours (after Okabe and Ito).
    static let colours = [
        "#0072b2", "#d55e00", "#008a64", "#a04f82", "#7a6500", "#3d7fb3", "#5a5a5a", "#8c2d04",
    ]
}
