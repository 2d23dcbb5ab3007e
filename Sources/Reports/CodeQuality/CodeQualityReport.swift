import Diagnosis
import Formats
import RunModel

/// GitLab's Code Quality report: an entry for each finding that has a place in the repository.
struct CodeQualityReport {
    struct Entry: Encodable {
        let description: String
        let checkName: String
        let fingerprint: String
        let severity: String
        let location: Location

        private enum CodingKeys: String, CodingKey {
            case description
            case checkName = "check_name"
            case fingerprint, severity, location
        }
    }

    struct Location: Encodable {
        let path: String
        let lines: Lines
    }

    struct Lines: Encodable { let begin: Int }

    let entries: [Entry]

    init(_ document: Document) {
        entries = document.findings.compactMap { row in
            guard let place = SourcePlace(of: row) else { return nil }
            let finding = row.finding
            return Entry(
                description: VisibleText.line("\(finding.title) (\(finding.root)). \(finding.cause)", limit: 1000),
                checkName: VisibleText.line(finding.id, limit: 200),
                fingerprint: Digest.sha256Hex(of: finding.fingerprint(in: document.header.environment)),
                severity: Self.severity(finding.priority),
                location: Location(path: place.path, lines: Lines(begin: place.line)))
        }
    }

    private static func severity(_ priority: Finding.Priority) -> String {
        switch priority {
        case .p0: "blocker"
        case .p1: "critical"
        case .p2: "major"
        case .p3: "minor"
        }
    }
}
