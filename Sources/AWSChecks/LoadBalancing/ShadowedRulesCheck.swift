import CheckKit
import RunModel

/// AWS-ALB-02: every rule can match; none is hidden behind an earlier one that leads elsewhere.
struct ShadowedRulesCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.loadBalancers, .listeners, .rules]
    let passingNote = "no rule is hidden behind an earlier one"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-ALB-02", "Every listener rule can match",
            intent: "A rule behind one that matches all its requests never does anything.",
            severity: .high, needs: [.part(.balancer)],
            risk: "Requests go to another service than the rule's author meant.",
            remediation: Remediation(
                summary: "Give the narrower rule the smaller priority, or remove it.",
                command: "aws elbv2 set-rule-priorities --rule-priorities RuleArn=ARN,Priority=N"))
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        for rules in try ListenerRules.all(in: snapshot, &analysis) {
            var covering = CoveringRules()
            for (index, entry) in rules.entries.enumerated() {
                defer { covering.add(entry.matching, at: index) }
                guard let earlier = Self.covering(entry.matching, covering, rules) else { continue }
                let names = earlier.map(\.text).joined(separator: " and ")
                analysis.found(
                    .ruleOrder(.aws(.listenerRule, rules.name)),
                    rules.name,
                    "\(entry.text) can never match: \(names) \(earlier.count == 1 ? "comes" : "come") first and "
                        + "\(earlier.count == 1 ? "matches" : "match together") all of it",
                    expected: "a request for which rule \(entry.priority) decides",
                    got: earlier.allSatisfy { $0.target == entry.target }
                        ? "a rule without effect"
                        : "\(earlier.map { "rule \($0.priority)" }.joined(separator: " and ")) \(earlier.count == 1 ? "sends" : "send") it elsewhere"
                )
            }
        }
        return analysis
    }

    /// One earlier rule that takes everything, else several that do so together; nil where something is left.
    private static func covering(
        _ rule: RuleMatching, _ covering: CoveringRules, _ rules: ListenerRules
    ) -> [ListenerRules.Entry]? {
        func one(for rule: RuleMatching) -> ListenerRules.Entry? {
            covering.candidates(for: rule).lazy.map { rules.entries[$0] }.first { $0.matching.covers(rule) }
        }
        if let whole = one(for: rule) { return [whole] }
        guard let parts = rule.single, parts.count > 1 else { return nil }
        var found: [ListenerRules.Entry] = []
        for part in parts {
            guard let next = one(for: part) else { return nil }
            if !found.contains(where: { $0.priority == next.priority }) { found.append(next) }
        }
        return found
    }
}
