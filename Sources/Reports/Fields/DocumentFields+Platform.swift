import Diagnosis
import Formats
import RunModel

/// What a run says of the platform beyond its single checks: services, endpoints, connections, loads, patterns.
extension DocumentFields {
    static func addPlatform(_ fields: inout TemplateFields<Document>) {
        fields.list("services", service) { $0.services }
        fields.list("operational_services", service) { $0.services.filter { $0.state == "working" } }
        fields.list("failed_services", service) { $0.services.filter { $0.state.hasSuffix("failing") } }
        fields.list("endpoints", endpoint) { $0.tables.endpoints }
        fields.list("failing_endpoints", endpoint) { $0.tables.failingEndpoints }
        fields.list("integrations", integration) { $0.tables.integrations }
        fields.list("error_patterns", errorPattern) { $0.tables.errorPatterns }
        fields.list("success_metrics", successMetric) { SuccessMetric.all(in: $0) }
        fields.list("latencies", latency) { $0.tables.latencies.filter { !$0.load.isEmpty } }
        fields.list("baselines", latency) { document in
            document.tables.latencies.filter { row in
                row.load.isEmpty && document.record.results[row.check]?.status == .passed
            }
        }
        fields.list("sweeps", sweep) { $0.tables.sweeps }
        fields.list("figures", figure) { $0.tables.figures }
        fields.text("percentile_floors") { _ in
            LatencyRow.columns.filter { $0.hasPrefix("p") }.map {
                "\($0) needs \(Figure.oneDecimal(LatencyRow.floor(of: $0)))"
            }.joined(separator: ", ")
        }
    }

    private static var sweep: TemplateFields<SweepRow> {
        TemplateFields { fields in
            fields.text("endpoint") { $0.endpoint }
            fields.text("check") { $0.check.rawValue }
            fields.prepared("chart") { $0.chart }
        }
    }

    private static var service: TemplateFields<ServiceRow> {
        TemplateFields { fields in
            fields.text("name") { $0.part.rawValue }
            fields.text("state") { $0.state }
            fields.flag("is_failing") { $0.state.hasSuffix("failing") }
            fields.text("passed") { $0.passed }
            fields.text("availability") { $0.availability }
            fields.text("error_rate") { $0.errorRate }
            fields.text("latency") { $0.latency }
            fields.text("recovery") { $0.recovery }
            fields.text("coverage") { $0.coverage }
            fields.list("failing", check) { $0.rows.filter(\.isFailing) }
        }
    }

    private static var endpoint: TemplateFields<EndpointRow> {
        TemplateFields { fields in
            fields.text("component") { words($0.component) }
            fields.text("method") { $0.method }
            fields.text("path") { $0.path }
            fields.text("status") { $0.statusText }
            fields.text("count") { String($0.count) }
            fields.text("median") { $0.median }
            fields.text("checks") { row in
                row.checks.count > 3
                    ? "\(row.checks[0]) and \(row.checks.count - 1) more"
                    : row.checks.map(\.rawValue).joined(separator: ", ")
            }
        }
    }

    private static var integration: TemplateFields<IntegrationRow> {
        TemplateFields { fields in
            fields.text("from") { words($0.from) }
            fields.text("to") { words($0.to) }
            fields.text("state") { $0.state }
            fields.text("held") { String($0.held) }
            fields.text("failed") { String($0.failed) }
            fields.text("check_count") { String($0.checks.count) }
        }
    }

    private static var errorPattern: TemplateFields<ErrorPattern> {
        TemplateFields { fields in
            fields.text("fingerprint") { $0.fingerprint }
            fields.text("count") { String($0.checks.count) }
            fields.text("checks") { $0.checks.map(\.rawValue).joined(separator: ", ") }
            fields.text("example") { $0.example }
        }
    }

    private static var successMetric: TemplateFields<SuccessMetric> {
        TemplateFields { fields in
            fields.text("name") { $0.name }
            fields.text("value") { $0.value }
            fields.text("wanted") { $0.wanted }
            fields.text("verdict") { $0.verdict }
        }
    }

    static var figure: TemplateFields<FigureRow> {
        TemplateFields { fields in
            fields.text("name") { $0.name }
            fields.text("value") { $0.value }
            fields.text("check") { $0.checks }
        }
    }

    static var latency: TemplateFields<LatencyRow> {
        TemplateFields { fields in
            fields.text("endpoint") { $0.endpoint }
            fields.optionalText("load") { $0.load }
            fields.text("check") { $0.check.rawValue }
            fields.text("requests") { $0.requests.map(Figure.oneDecimal) ?? "–" }
            fields.text("rate") { $0.rate.map { "\(Figure.oneDecimal($0))/s" } ?? "–" }
            fields.text("errors") { $0.errors.map(Figure.share) ?? "–" }
            for column in LatencyRow.columns { fields.text(column) { $0.text(column) } }
        }
    }
}
