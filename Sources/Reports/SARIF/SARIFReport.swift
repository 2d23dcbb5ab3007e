import Diagnosis
import Formats
import RunModel

/// SARIF 2.1.0 (OASIS): a result for each finding, at the line of the configuration that it belongs to.
///
/// GitHub refuses a whole file for one result without a place in the repository, so a run that knows no such place gives no
/// results, and says so in a notification.
struct SARIFReport: Encodable {
    let schema = "https://json.schemastore.org/sarif-2.1.0.json"
    let version = "2.1.0"
    let runs: [Run]

    /// GitHub shows 5,000 results of a file and takes 25,000.
    static let maximumResults = 5000

    private enum CodingKeys: String, CodingKey {
        case schema = "$schema"
        case version, runs
    }

    struct Run: Encodable {
        let tool: Tool
        let automationDetails: AutomationDetails
        let invocations: [Invocation]
        let results: [Result]
        let columnKind = "unicodeCodePoints"
    }

    struct AutomationDetails: Encodable { let id: String }
    struct Tool: Encodable { let driver: Driver }

    struct Driver: Encodable {
        let name = "plumbline"
        let semanticVersion: String
        let version: String
        let rules: [Rule]
    }

    struct Message: Encodable { let text: String }

    struct Rule: Encodable {
        let id: String
        let shortDescription: Message
        let fullDescription: Message
        let help: Message
        let defaultConfiguration: Configuration
        let properties: Properties

        struct Configuration: Encodable { let level: String }
        struct Properties: Encodable { let tags: [String] }
    }

    struct Invocation: Encodable {
        let executionSuccessful: Bool
        let exitCode: Int
        let startTimeUtc: String
        let endTimeUtc: String
        let toolExecutionNotifications: [Notification]
    }

    struct Notification: Encodable {
        let level: String
        let message: Message
    }

    struct Result: Encodable {
        let ruleId: String
        let ruleIndex: Int
        let level: String
        let message: Message
        let locations: [Location]
        let partialFingerprints: [String: String]
        let suppressions: [Suppression]?
    }

    struct Suppression: Encodable {
        let kind = "external"
        let justification: String
    }

    struct Location: Encodable {
        let physicalLocation: Physical
        let logicalLocations: [Logical]

        struct Physical: Encodable {
            let artifactLocation: Artifact
            let region: Region
        }
        struct Artifact: Encodable { let uri: String }
        struct Region: Encodable { let startLine: Int }
        struct Logical: Encodable {
            let name: String
            let kind = "resource"
        }
    }

    init(_ document: Document) {
        let findings = document.findings
        let placed = findings.compactMap { row in SourcePlace(of: row).map { (row, $0) } }.prefix(Self.maximumResults)
        var indices: [String: Int] = [:]
        var rules: [Rule] = []
        var results: [Result] = []
        for (row, place) in placed {
            let name = Self.ruleName(row.finding)
            let index = indices[name] ?? rules.count
            if index == rules.count {
                indices[name] = index
                rules.append(Self.rule(name, row.finding))
            }
            results.append(Self.result(row, name, index, at: place))
        }
        runs = [
            Run(
                tool: Tool(
                    driver: Driver(
                        semanticVersion: String(document.header.build.prefix { $0 != "+" && $0 != " " }),
                        version: document.header.build, rules: rules)),
                automationDetails: AutomationDetails(id: "plumbline/\(document.header.environment)/"),
                invocations: [Self.invocation(document, leftOut: findings.count - placed.count)], results: results)
        ]
    }

    /// The rule of a finding without its check: `mlflow-unreachable` of `mlflow-unreachable/SH-02`.
    private static func ruleName(_ finding: Finding) -> String {
        finding.id.split(separator: "/").first.map(String.init) ?? finding.id
    }

    private static func rule(_ name: String, _ finding: Finding) -> Rule {
        let fix = finding.remediation.summary
        return Rule(
            id: name, shortDescription: text(finding.title), fullDescription: text(finding.cause),
            help: text(fix.isEmpty ? "No fix is known; begin with the evidence in the bundle." : fix),
            defaultConfiguration: Rule.Configuration(level: level(finding.priority)),
            properties: Rule.Properties(tags: [finding.component, finding.owner].filter { !$0.isEmpty }))
    }

    private static func result(
        _ row: FindingRow, _ name: String, _ index: Int, at place: SourcePlace
    ) -> Result {
        let finding = row.finding
        return Result(
            ruleId: name, ruleIndex: index, level: level(finding.priority),
            message: text("\(finding.title) (\(finding.root)). \(finding.cause)"),
            locations: [
                Location(
                    physicalLocation: Location.Physical(
                        artifactLocation: Location.Artifact(uri: place.path),
                        region: Location.Region(startLine: place.line)),
                    logicalLocations: [Location.Logical(name: VisibleText.line(finding.component, limit: 200))])
            ],
            partialFingerprints: [
                "plumblineFinding/v1": Digest.sha256Hex(of: finding.fingerprint(in: row.document.header.environment))
            ],
            suppressions: row.mute.map {
                [Suppression(justification: "muted by \($0.owner) until \($0.expires): \($0.reason)")]
            })
    }

    private static func invocation(_ document: Document, leftOut: Int) -> Invocation {
        var notifications: [Notification] = []
        if leftOut > 0 {
            notifications.append(
                Notification(
                    level: "warning",
                    message: text(
                        "\(Figure.count(leftOut, "finding")) without a place in the repository stand in the other documents"
                    )
                ))
        }
        return Invocation(
            executionSuccessful: document.record.interruption == nil, exitCode: Int(document.verdict.exitCode),
            startTimeUtc: Timestamp.text(document.header.startedAt),
            endTimeUtc: Timestamp.text(document.record.lastActivity), toolExecutionNotifications: notifications)
    }

    private static func text(_ text: String) -> Message { Message(text: VisibleText.line(text, limit: 2000)) }

    private static func level(_ priority: Finding.Priority) -> String {
        switch priority {
        case .p0, .p1: "error"
        case .p2: "warning"
        case .p3: "note"
        }
    }
}
