import AWSClient

/// What the conditions of a listener rule match, and how the sets of two rules lie to each other.
struct RuleMatching {
    /// One condition: all of them must hold; within one, any value may.
    struct Condition: Hashable {
        /// `host-header`, `path-pattern`, `header:<name>`, `http-request-method`, `query-string`, `source-ip`.
        let field: String
        let texts: [String]
        let patterns: [WildcardPattern]

        init(field: String, patterns texts: [String], ignoresCase: Bool) {
            self.field = field
            self.texts = texts
            patterns = texts.map { WildcardPattern($0, ignoringCase: ignoresCase) }
        }

        private init(field: String, text: String, pattern: WildcardPattern) {
            (self.field, texts, patterns) = (field, [text], [pattern])
        }

        fileprivate var single: [Condition] {
            zip(texts, patterns).map { Condition(field: field, text: $0.0, pattern: $0.1) }
        }
    }

    let conditions: [Condition]

    init(_ rule: LoadBalancing.Rule) {
        conditions = rule.conditions.map { condition in
            switch condition.field {
            case "host-header":
                Condition(
                    field: "host-header", patterns: condition.hostHeaderConfig?.values ?? condition.values,
                    ignoresCase: true)
            case "path-pattern":
                Condition(
                    field: "path-pattern", patterns: condition.pathPatternConfig?.values ?? condition.values,
                    ignoresCase: false)
            case "http-header":
                Condition(
                    field: "header:" + (condition.httpHeaderConfig?.httpHeaderName ?? "").lowercased(),
                    patterns: condition.httpHeaderConfig?.values ?? [], ignoresCase: true)
            case "query-string":
                Condition(
                    field: "query-string",
                    patterns: condition.queryStringConfig?.values.map { ($0.key ?? "") + "=" + ($0.value ?? "") } ?? [],
                    ignoresCase: true)
            case "http-request-method":
                Condition(
                    field: condition.field, patterns: condition.httpRequestMethodConfig?.values ?? [],
                    ignoresCase: false)
            default:
                Condition(
                    field: condition.field, patterns: condition.sourceIpConfig?.values ?? condition.values,
                    ignoresCase: false)
            }
        }
    }

    /// The values of a condition as they were written; nil without one.
    func texts(_ field: String) -> [String]? { condition(field)?.texts }

    func patterns(_ field: String) -> [WildcardPattern]? { condition(field)?.patterns }

    private func condition(_ field: String) -> Condition? { conditions.first { $0.field == field } }

    private init(_ conditions: [Condition]) { self.conditions = conditions }

    /// The rule as rules that have one value in each condition; nil where there would be too many.
    var single: [RuleMatching]? {
        var found = [RuleMatching([])]
        for condition in conditions {
            guard !condition.texts.isEmpty, found.count * condition.texts.count <= 128 else { return nil }
            found = found.flatMap { rule in
                condition.single.map { RuleMatching(rule.conditions + [$0]) }
            }
        }
        return found
    }

    /// Whether every request that `other` matches is matched here too.
    func covers(_ other: RuleMatching) -> Bool {
        conditions.allSatisfy { own in
            other.conditions.contains { theirs in
                theirs.field == own.field
                    && theirs.patterns.allSatisfy { pattern in own.patterns.contains { $0.covers(pattern) } }
            }
        }
    }
}

/// Finds, among rules that were added, those that may cover another one, without looking at all of them: a pattern covers
/// only patterns that begin with what it begins with.
struct CoveringRules {
    private struct Key: Hashable {
        let field: String
        let prefix: ArraySlice<Unicode.Scalar>
    }

    private var indices: [Key: [Int]] = [:]
    /// Rules without a condition cover everything.
    private var unconditional: [Int] = []

    /// Adds a rule under that of its conditions which fewest others stand under: rules of one host differ by their paths.
    mutating func add(_ rule: RuleMatching, at index: Int) {
        let choices = rule.conditions.filter { !$0.patterns.isEmpty }.map { condition in
            Set(condition.patterns.map { Key(field: condition.field, prefix: $0.literalPrefix) })
        }
        guard let keys = choices.min(by: { count(under: $0) < count(under: $1) }) else {
            return unconditional.append(index)
        }
        for key in keys { indices[key, default: []].append(index) }
    }

    private func count(under keys: Set<Key>) -> Int { keys.reduce(0) { $0 + (indices[$1]?.count ?? 0) } }

    /// In the order in which they were added.
    func candidates(for rule: RuleMatching) -> [Int] {
        var found = Set(unconditional)
        for condition in rule.conditions {
            guard let prefix = condition.patterns.first?.literalPrefix else { continue }
            for length in 0...prefix.count {
                found.formUnion(indices[Key(field: condition.field, prefix: prefix.prefix(length))] ?? [])
            }
        }
        return found.sorted()
    }
}
