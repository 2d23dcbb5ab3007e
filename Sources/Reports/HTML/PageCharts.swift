import Diagnosis
import Formats
import RunModel

/// The pictures of what the run measured, each with its figures. A picture without figures is left out.
struct PageCharts {
    private static let maximumCurves = 8
    private static let width = 720.0
    private static let height = 260.0
    private static let left = 70.0
    private static let bottom = 220.0

    let page: Page

    /// Response times by percentile, on a logarithmic axis.
    var percentiles: String {
        let all = page.document.tables.latencies.filter { row in
            LatencyRow.columns.count { row.value($0).map(Self.isDrawable) ?? false } >= 3
        }
        let columns = LatencyRow.columns.filter { column in
            all.contains { $0.value(column).map(Self.isDrawable) ?? false }
        }
        let shown = Array(
            all.sorted { (Self.worst($1), Self.name($0), $0.check) < (Self.worst($0), Self.name($1), $1.check) }
                .prefix(Self.maximumCurves))
        let values = shown.flatMap { row in columns.compactMap(row.value) }.filter(Self.isDrawable)
        guard let least = values.min(), let most = values.max() else { return "" }
        let axis = LogarithmicAxis(from: least, to: most, bottom: Self.bottom, top: 14)
        var content = axis.ticks.map { tick in
            let y = axis.position(tick)
            return Drawing.line(Self.left, y, Self.width - 20, y)
                + Drawing.text(Self.left - 8, y + 4, Figure.milliseconds(tick), anchor: "end")
        }.joined()
        let step = (Self.width - Self.left - 60) / Double(columns.count - 1)
        for (index, column) in columns.enumerated() {
            content += Drawing.text(
                Self.left + 20 + step * Double(index), Self.bottom + 22, column, anchor: "middle")
        }
        for (series, row) in shown.enumerated() {
            let known = columns.enumerated().compactMap { index, column in
                row.value(column).flatMap { value in
                    Self.isDrawable(value)
                        ? (
                            (x: Self.left + 20 + step * Double(index), y: axis.position(value)),
                            "\(Self.name(row)) \(column): \(Figure.milliseconds(value))"
                        ) : nil
                }
            }
            content += Drawing.curve(known.map(\.0), series: series, titles: known.map(\.1))
        }
        let figures = Drawing.table(
            "response times by percentile", ["What"] + columns + ["Check"],
            all.prefix(200).map { row in [Self.name(row)] + columns.map(row.text) + [row.check.rawValue] })
        let rest = all.count > shown.count ? "<p>Drawn are the \(shown.count) slowest of \(all.count).</p>" : ""
        return figure(
            "Response times by percentile", Drawing.key(shown.map { "\(Self.name($0)) (\($0.check))" }), content,
            rest + figures)
    }

    private static func name(_ row: LatencyRow) -> String {
        row.load.isEmpty ? row.endpoint : "\(row.endpoint), \(row.load)"
    }

    /// A logarithmic axis has no place for zero.
    private static func isDrawable(_ value: Double) -> Bool { value.isFinite && value > 0 }

    private static func worst(_ row: LatencyRow) -> Double {
        LatencyRow.columns.compactMap(row.value).filter(\.isFinite).max() ?? 0
    }

    /// Throughput by the number of clients, with the number at which more of them bring nothing.
    var sweep: String {
        var series: [String: [(clients: Double, rate: Double)]] = [:]
        var knees: [String: Double] = [:]
        for result in page.rows.compactMap(\.result) {
            for metric in result.measurements where metric.value.isFinite {
                let endpoint = metric.labels["endpoint"] ?? result.id.rawValue
                if metric.name == "http.sweep_rate", let text = metric.labels["clients"],
                    let clients = Double(finite: text), clients > 0, metric.value >= 0
                {
                    series[endpoint, default: []].append((clients, metric.value))
                } else if metric.name == "http.knee" {
                    knees[endpoint] = metric.value
                }
            }
        }
        let shown = series.filter { $0.value.count > 1 }.sorted { $0.key < $1.key }.prefix(Self.maximumCurves)
        let points = shown.flatMap(\.value)
        guard let most = points.map(\.rate).max(), most > 0, let largest = points.map(\.clients).max(),
            let smallest = points.map(\.clients).min()
        else { return "" }
        let across = LogarithmicAxis(
            from: smallest, to: max(largest, smallest * 2), bottom: Self.left + 20, top: Self.width - 40)
        func y(_ rate: Double) -> Double { Self.bottom - rate / most * (Self.bottom - 14) }
        var content = ""
        for share in [0, 0.5, 1] {
            content += Drawing.line(Self.left, y(share * most), Self.width - 20, y(share * most))
            content += Drawing.text(
                Self.left - 8, y(share * most) + 4, "\(Figure.oneDecimal(share * most))/s", anchor: "end")
        }
        for clients in Set(points.map(\.clients)).sorted() {
            content += Drawing.text(across.position(clients), Self.bottom + 22, clients.wholeText, anchor: "middle")
        }
        var rows: [[String]] = []
        for (index, (endpoint, levels)) in shown.enumerated() {
            let levels = levels.sorted { $0.clients < $1.clients }
            content += Drawing.curve(
                levels.map { (across.position($0.clients), y($0.rate)) }, series: index,
                titles: levels.map {
                    "\(endpoint), \($0.clients.wholeText) clients: \(Figure.oneDecimal($0.rate)) a second"
                })
            if let knee = knees[endpoint], knee > 0 {
                let x = across.position(knee)
                content +=
                    "<line class=\"knee\" stroke=\"#666\" stroke-dasharray=\"4 3\" x1=\"\(Drawing.number(x))\" y1=\"14\" x2=\"\(Drawing.number(x))\" y2=\"\(Drawing.number(Self.bottom))\"/>"
            }
            let knee = knees[endpoint].map(\.wholeText) ?? "not found"
            rows += levels.map { [endpoint, $0.clients.wholeText, Figure.oneDecimal($0.rate), knee] }
        }
        return figure(
            "Calls a second by number of clients", Drawing.key(shown.map(\.key)), content,
            "<p>A dashed line stands at the knee: more clients bring no more calls a second.</p>"
                + Drawing.table("concurrency sweep", ["Endpoint", "Clients", "Calls a second", "Knee"], rows))
    }

    /// The share of answers while a dependency was broken.
    var availability: String {
        var rows: [(name: String, share: Double, check: CheckID)] = []
        for row in page.rows {
            for metric in row.result?.measurements ?? []
            where metric.name == "chaos.availability" && (0...1).contains(metric.value) {
                rows.append(
                    ("\(row.descriptor.id) \(metric.labels["endpoint"] ?? "")", metric.value, row.descriptor.id))
            }
        }
        guard !rows.isEmpty else { return "" }
        let shown = rows.prefix(40)
        let height = Double(shown.count) * 22 + 26
        var content = ""
        for share in [0, 0.5, 1.0] {
            let x = 250 + share * 380
            content += Drawing.line(x, 0, x, height - 22)
            content += Drawing.text(x, height - 6, Figure.share(share), anchor: "middle")
        }
        for (index, row) in shown.enumerated() {
            let y = Double(index) * 22 + 2
            content += Drawing.text(242, y + 13, String(row.name.prefix(36)), anchor: "end")
            content += Drawing.rectangle(
                250, y, max(row.share * 380, 1), 16, style: "available",
                title: "\(row.name): \(Figure.share(row.share))", link: Page.link(to: row.check))
            content += Drawing.text(250 + row.share * 380 + 6, y + 13, Figure.share(row.share))
        }
        return figure(
            "Availability while a dependency is broken", "", content,
            Drawing.table(
                "availability during chaos", ["Check and endpoint", "Availability"],
                rows.prefix(200).map { [$0.name, Figure.share($0.share)] }), height: height)
    }

    private func figure(
        _ title: String, _ key: String, _ content: String, _ figures: String, height: Double = PageCharts.height
    ) -> String {
        "<figure><figcaption>\(PageText.escaped(title))</figcaption>\(key)"
            + Drawing.frame(title, width: Self.width, height: height, content) + figures + "</figure>"
    }
}
