import RunModel

/// A document of its own for one part of the platform: what was tried, what holds, what failed.
struct AreaPage {
    /// The name of its file, without ending.
    let name: String
    let title: String
    let categories: Set<RunModel.Category>

    var path: String { "reports/areas/\(name).md" }

    static let all = [
        AreaPage(
            name: "service-health", title: "Service health",
            categories: [.serviceHealth, .integration, .unit, .discovery, .probes]),
        AreaPage(name: "database", title: "Database and Redis", categories: [.database, .redis]),
        AreaPage(name: "mlflow", title: "MLflow", categories: [.mlflow]),
        AreaPage(name: "model-registration", title: "Model registration", categories: [.registration]),
        AreaPage(name: "authentication", title: "Authentication", categories: [.authentication, .credentials]),
        AreaPage(name: "infrastructure", title: "Infrastructure", categories: [.aws, .permissions, .environment]),
        AreaPage(
            name: "performance", title: "Performance, load and chaos",
            categories: [.performance, .load, .chaos, .suites]),
    ]

    func rows(of document: Document) -> [CheckRow] {
        document.rows.filter { holds($0.descriptor) }
    }

    /// Whether a finding is seen by a check of the area.
    func isSeen(_ finding: FindingRow) -> Bool {
        let checks = [finding.finding.root] + finding.finding.consequences
        return checks.contains { id in
            finding.document.descriptors[id].map(holds) ?? false
        }
    }

    /// What AWS says is infrastructure, whatever it is about.
    private func holds(_ descriptor: CheckDescriptor) -> Bool {
        descriptor.id.rawValue.hasPrefix("AWS-")
            ? name == "infrastructure" : categories.contains(descriptor.category)
    }

    /// By the written rule, as for the areas of the health report.
    func status(in document: Document) -> String {
        AreaRow(category: .suites, rows: rows(of: document), part: nil).status
    }
}
