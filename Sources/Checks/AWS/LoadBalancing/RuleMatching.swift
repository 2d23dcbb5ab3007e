import AWSClient

/// What the conditions of a listener rule match, and how the sets of two rules lie to each other.
struct RuleMatching {
    /// One condition: all of them must hold; within one, any value may.
    struct Condition: Hashable {
        /// `host-header`, `path-pattern`, `header:<name>`, `http-request-method`, `query-string`, `source-ip`.
        var field: String
        var patterns: [String]
        var ignoresCase: Bool
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

    func patterns(_ field: String) -> [String]? { conditions.first { $0.field == field }?.patterns }

    /// Whether every request that `other` matches is matched here too.
    func covers(_ other: RuleMatching) -> Bool {
        conditions.allSatisfy { own in
            other.conditions.contains { theirs in
                theirs.field == own.field
                    && theirs.patterns.allSatisfy { pattern in
                        own.patterns.contains {
                            WildcardPattern($0, own.ignoresCase).covers(WildcardPattern(pattern, own.ignoresCase))
                        }
                    }
            }
        }
    }
}

/// A pattern of a rule: `*` stands for any run of characters, `?` for one.
struct WildcardPattern: Hashable {
    private let characters: [Character]

    init(_ text: String, _ ignoresCase: Bool) { characters = Array(ignoresCase ? text.lowercased() : text) }

    /// Whether everything that `other` matches is matched here.
    func covers(_ other: WildcardPattern) -> Bool {
        let (own, theirs) = (characters, other.characters)
        var reachable = Set([0])
        // Walks the other pattern; a position of ours is reachable when all it has matched so far is matched.
        func closed(_ positions: Set<Int>) -> Set<Int> {
            var result = positions
            for position in positions {
                var next = position
                while next < own.count, own[next] == "*" {
                    next += 1
                    result.insert(next)
                }
            }
            return result
        }
        reachable = closed(reachable)
        for character in theirs {
            var next: Set<Int> = []
            for position in reachable where position < own.count {
                switch own[position] {
                case "*": next.insert(position)
                case "?": if character != "*" { next.insert(position + 1) }
                default: if character == own[position] { next.insert(position + 1) }
                }
            }
            reachable = closed(next)
            if reachable.isEmpty { return false }
        }
        return reachable.contains(own.count)
    }

    /// Whether some text is matched by both.
    func overlaps(_ other: WildcardPattern) -> Bool {
        let (left, right) = (characters, other.characters)
        var seen: Set<[Int]> = []
        var waiting = [[0, 0]]
        while let state = waiting.popLast() {
            guard seen.insert(state).inserted else { continue }
            let (i, j) = (state[0], state[1])
            if i == left.count, j == right.count { return true }
            if i < left.count, left[i] == "*" {
                waiting.append([i + 1, j])
                if j < right.count { waiting.append([i, j + 1]) }
            }
            if j < right.count, right[j] == "*" {
                waiting.append([i, j + 1])
                if i < left.count { waiting.append([i + 1, j]) }
            }
            if i < left.count, j < right.count, left[i] != "*", right[j] != "*",
                left[i] == right[j] || left[i] == "?" || right[j] == "?"
            {
                waiting.append([i + 1, j + 1])
            }
        }
        return false
    }
}
