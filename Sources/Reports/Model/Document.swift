import Diagnosis
import RunModel

/// What a document is made from: a run, what diagnosis says of it, and where the document will stand.
struct Document: Sendable {
    /// What may be left out of a document that is too long for its place, in the order in which it goes.
    enum Section: CaseIterable { case passed, evidence, trend, details }

    let record: RunRecord
    let assessment: Assessment
    /// How many causes a document lists that is too long for its place with all of them.
    var maximumRows = Int.max
    /// From the document's folder to the bundle's root: `../` or nothing.
    private(set) var root: String
    var shed: Set<Section> = []
    /// The area that the document is about, where it is about one.
    var area: AreaPage?
    /// The documents that were made before this one, by path with their size in bytes.
    var made: [String: Int] = [:]
    let descriptors: [CheckID: CheckDescriptor]
    /// The profile that the fingerprint found.
    let profile: DeploymentProfile?
    /// Every check of the plan that was selected, with its result if it has one.
    private(set) var rows: [CheckRow]
    /// The parts of the platform with their states.
    let map: PlatformMap
    private let madeTables = Once<RunTables>()
    private var madeServices = Once<[ServiceRow]>()

    init(record: RunRecord, assessment: Assessment, root: String) {
        self.record = record
        self.assessment = assessment
        self.root = root
        descriptors = Dictionary(
            record.plan.entries.map { ($0.descriptor.id, $0.descriptor) }, uniquingKeysWith: { first, _ in first })
        let profile = record.fact(.profile).flatMap(DeploymentProfile.init(rawValue:))
        self.profile = profile
        map = PlatformMap(of: record, findings: assessment.findings)
        rows = record.plan.entries
            .filter { if case .notSelected = $0.decision { record.results[$0.descriptor.id] != nil } else { true } }
            .map {
                CheckRow(
                    descriptor: $0.descriptor, result: record.results[$0.descriptor.id], root: root, profile: profile)
            }
            .sorted {
                ($0.descriptor.phase, $0.descriptor.category, $0.descriptor.id)
                    < ($1.descriptor.phase, $1.descriptor.category, $1.descriptor.id)
            }
    }

    /// The same for a document that stands elsewhere.
    func at(root: String) -> Document {
        guard root != self.root else { return self }
        var document = self
        document.root = root
        document.madeServices = Once()
        document.rows = rows.map { $0.at(root: root) }
        return document
    }

    /// What all checks together measured.
    var tables: RunTables { madeTables.value { RunTables(rows) } }
    /// The availability matrix.
    var services: [ServiceRow] {
        madeServices.value { ServiceRow.Part.allCases.map { ServiceRow($0, self) } }
    }

    var header: RunHeader { record.header }
    var verdict: Verdict { assessment.verdict }

    /// The phases that were asked for and whose checks are not all here. Documents are written in the last two phases, which
    /// therefore cannot have ended.
    var missingPhases: [Phase] { record.missingPhases.filter { $0 <= .validation } }

    var bundleName: String { "plumbline-\(header.environment)-\(header.runID).tar.gz" }

    func rows(_ ids: [CheckID]) -> [CheckRow] {
        ids.compactMap { id in
            descriptors[id].map {
                CheckRow(descriptor: $0, result: record.results[id], root: root, profile: profile)
            }
        }
    }

    var notSelected: Int {
        record.plan.entries.count {
            if case .notSelected = $0.decision { record.results[$0.descriptor.id] == nil } else { false }
        }
    }

    /// The areas that have something to fix, in order.
    var areasOfFindings: [String] { Set(assessment.findings.map(\.owner)).sorted() }

    var findings: [FindingRow] {
        assessment.findings.map { FindingRow(finding: $0, document: self) }
    }

    /// The checks of each category that has any.
    var areas: [AreaRow] {
        Dictionary(grouping: rows, by: \.descriptor.category).sorted { $0.key < $1.key }.map { category, rows in
            AreaRow(
                category: category, rows: rows, part: assessment.health.parts.first { $0.category == category })
        }
    }
}

/// A check with its result. A reference: documents sort and filter thousands of them.
final class CheckRow: Sendable {
    let descriptor: CheckDescriptor
    let result: CheckResult?
    let root: String
    let profile: DeploymentProfile?
    /// Of the result; on its own, because a result is long and copying it only to look at its status is not free.
    private let outcome: Status?

    init(descriptor: CheckDescriptor, result: CheckResult?, root: String, profile: DeploymentProfile?) {
        self.descriptor = descriptor
        self.result = result
        outcome = result?.status
        self.root = root
        self.profile = profile
    }

    func at(root: String) -> CheckRow {
        CheckRow(descriptor: descriptor, result: result, root: root, profile: profile)
    }

    /// What is true on this deployment when the check passes.
    var title: String { descriptor.title(on: profile) }
    /// Why a pass proves little on this deployment; nil where it proves what it says.
    var caution: String? { profile.flatMap { descriptor.cautions?[$0.rawValue] } }
    /// Whether it was carried out, whatever came of it.
    var hasRun: Bool { outcome.map { $0 != .blocked && $0 != .skipped } ?? false }

    /// The status in words; a check that was not reached has none.
    var status: String { outcome?.rawValue ?? "not run" }
    var message: String {
        guard let result else { return "the run ended before this check" }
        return ([result.outcome.message] + (result.leftBehind ?? []).map { "left behind: \($0)" }).joined(
            separator: "; ")
    }
    var isWorking: Bool { outcome == .passed || outcome == .flaky }
    var isFailing: Bool { outcome == .failed || outcome == .timeout || outcome == .error }
}

/// A finding with the document that shows it.
struct FindingRow {
    let finding: Finding
    let document: Document

    var root: CheckRow? { document.rows([finding.root]).first }
    var mute: Mute? { root?.result?.muted }

    /// What was seen, in full.
    var error: String {
        guard let outcome = root?.result?.outcome else { return "" }
        guard case .failed(let mismatch) = outcome else { return outcome.message }
        return "\(mismatch.message)\nexpected: \(mismatch.expected)\ngot:      \(mismatch.got)"
    }

    /// Whether it alone closes the gate: a critical check that nobody has muted fails because of it.
    var closesGate: Bool { document.assessment.closing.contains(finding.id) }

    /// A command with what the run knows of the names that it leaves open.
    func named(_ command: String) -> String {
        (document.header.names ?? [:]).sorted { ($1.key.count, $0.key) < ($0.key.count, $1.key) }
            .reduce(command) { text, name in
                text.replacing("${\(name.key)}", with: ShellText.word(name.value))
                    .replacing("$\(name.key)", with: ShellText.word(name.value))
            }
    }
}

/// The checks of one category together.
struct AreaRow {
    let category: Category
    let rows: [CheckRow]
    let part: HealthScore.Part?

    /// By the written rule; an area in which nothing was said is inconclusive, and one in which nothing ran says so.
    var status: String {
        let statuses = rows.compactMap { $0.result?.status }
        if !statuses.isEmpty, statuses.allSatisfy({ $0 == .skipped }) { return "skipped" }
        return statuses.isEmpty ? "not run" : Status.rollUp(statuses).rawValue
    }

    func count(_ statuses: Status...) -> Int {
        rows.count { row in row.result.map { statuses.contains($0.status) } ?? false }
    }
}

/// A pair of texts.
struct Labelled {
    let name: String
    let value: String

    static func sorted(_ values: [String: String]) -> [Labelled] {
        values.sorted { $0.key < $1.key }.map { Labelled(name: $0.key, value: $0.value) }
    }
}
