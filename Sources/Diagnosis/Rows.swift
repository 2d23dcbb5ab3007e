import RunModel

/// One check with its result, held once: results are large, and diagnosis looks at each of them again and again.
final class Row: Sendable {
    let descriptor: CheckDescriptor
    let result: CheckResult

    init(_ descriptor: CheckDescriptor, _ result: CheckResult) {
        self.descriptor = descriptor
        self.result = result
    }

    var id: CheckID { result.id }
    var path: Path { result.path ?? .declared(by: descriptor) }
    /// Whether it says that the system is wrong, or was silent.
    var hasFailed: Bool { result.status == .failed || result.status == .timeout }
    /// Whether Plumbline itself broke something while it ran.
    var isUnderFault: Bool { !(result.faults?.isEmpty ?? true) }
}

/// The results of a run as diagnosis reads them.
struct Rows: Sendable {
    /// The planned checks that have a result, in the order of phase, category and id.
    let checks: [Row]
    /// What was asked again, in order.
    let asked: [Row]
    private let places: [CheckID: Int]

    init(of record: RunRecord) {
        let order = Dictionary(uniqueKeysWithValues: Category.allCases.enumerated().map { ($1, $0) })
        let entries = record.plan.entries
        var found: [Row] = []
        found.reserveCapacity(entries.count)
        for place in entries.indices {
            if let result = record.results[entries[place].descriptor.id] {
                found.append(Row(entries[place].descriptor, result))
            }
        }
        let keys = found.enumerated().map { place, row in
            (row.descriptor.phase.rawValue, order[row.descriptor.category] ?? 0, row.id.rawValue, place)
        }
        checks = keys.sorted { $0 < $1 }.map { found[$0.3] }
        asked = (record.questions ?? []).map { Row($0.descriptor, $0.result) }
        places = Dictionary(checks.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Of a check, and not of what was asked again.
    subscript(id: CheckID) -> Row? { places[id].map { checks[$0] } }

    /// A fact that some check established.
    func fact(_ name: FactName) -> String? {
        checks.filter { $0.result.facts[name] != nil }.min { $0.id < $1.id }?.result.facts[name]
    }
}
