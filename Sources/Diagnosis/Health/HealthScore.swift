import RunModel

/// How much of what was measured works, with its parts. It advises; the gate decides by rules.
///
/// Each check weighs by its severity. A check that could say nothing lowers the coverage and never the score. Checks on
/// the reference model alone say nothing of the deployment and are left out.
public struct HealthScore: Hashable, Sendable, Codable {
    /// The share of one area.
    public struct Part: Hashable, Sendable, Codable {
        public var category: Category
        /// Weights of the checks that passed; a flaky one counts half.
        public var passed: Double
        /// Weights of the checks that said something.
        public var conclusive: Double
        /// Weights of the checks that were planned.
        public var planned: Double

        /// 0…100; nil when no check said anything.
        public var score: Double? { conclusive > 0 ? passed / conclusive * 100 : nil }
        /// 0…1.
        public var coverage: Double { planned > 0 ? conclusive / planned : 0 }
    }

    public var parts: [Part]

    public init(of record: RunRecord) { self.init(of: record, Rows(of: record)) }

    init(of record: RunRecord, _ rows: Rows) {
        var parts: [Category: Part] = [:]
        let entries = record.plan.entries
        for place in entries.indices where entries[place].isPlanned {
            let category = entries[place].descriptor.category
            let result = rows[entries[place].descriptor.id]?.result
            if result?.subject == .model { continue }
            let weight = Self.weight(of: entries[place].descriptor.severity)
            var part = parts[category] ?? Part(category: category, passed: 0, conclusive: 0, planned: 0)
            part.planned += weight
            if let status = result?.status, status.isConclusive {
                part.conclusive += weight
                part.passed += status == .passed ? weight : status == .flaky ? weight / 2 : 0
            }
            parts[category] = part
        }
        self.parts = parts.values.sorted { $0.category < $1.category }
    }

    /// 0…100; nil when no check said anything.
    public var score: Double? {
        let conclusive = parts.reduce(0) { $0 + $1.conclusive }
        return conclusive > 0 ? parts.reduce(0) { $0 + $1.passed } / conclusive * 100 : nil
    }

    /// 0…1.
    public var coverage: Double {
        let planned = parts.reduce(0) { $0 + $1.planned }
        return planned > 0 ? parts.reduce(0) { $0 + $1.conclusive } / planned : 0
    }

    /// What a check counts, by its severity.
    public static func weight(of severity: Severity) -> Double {
        switch severity {
        case .critical: 4
        case .high: 3
        case .medium: 2
        case .low: 1
        }
    }
}
