import RunModel

/// The score of the original campaign: 11 components, each right or wrong (contract §1.2). It is kept for the trend only.
///
/// Its expectations are known to be wrong: a healthy deployment of today reaches 54.5 %. Checks that observe a component
/// leave the fact `legacy.<key>` with the HTTP status or the number of running tasks, or a word such as `timeout`.
public struct LegacyHealthScore: Hashable, Sendable, Codable {
    public struct Component: Hashable, Sendable, Codable {
        public var key: LegacyComponent
        public var legacyExpectation: String
        /// What was seen; nil when the run did not look.
        public var observed: String?
        /// Nil when the run did not look.
        public var passed: Bool?
    }

    /// Expected HTTP statuses; nil stands for "at least one running task".
    static let expectations: [(component: LegacyComponent, status: Int?)] = [
        (.authRoot, 404), (.authHealth, 200), (.registryRoot, 404), (.registryHealth, 503), (.apiHealth, 200),
        (.authService, nil), (.apiService, nil), (.mlflowService, nil), (.mlflowHealth, 404), (.mlflowVersion, 404),
        (.mlflowExperiments, 401),
    ]

    public var components: [Component]

    public init(of record: RunRecord) { self.init(of: Rows(of: record)) }

    init(of rows: Rows) {
        components = Self.expectations.map { component, status in
            let observed = rows.fact(.legacy(component))
            let passed: Bool? = observed.map { text in
                if let status { return text == String(status) }
                return (Int(text) ?? 0) > 0
            }
            return Component(
                key: component, legacyExpectation: status.map { "HTTP \($0)" } ?? "at least 1 running task",
                observed: observed, passed: passed)
        }
    }

    public var passed: Int { components.filter { $0.passed == true }.count }
    public var measured: Int { components.filter { $0.passed != nil }.count }

    /// 0…100; nil when nothing was measured.
    public var score: Double? { measured > 0 ? Double(passed) / Double(measured) * 100 : nil }

    /// 0…1.
    public var coverage: Double { Double(measured) / Double(components.count) }
}
