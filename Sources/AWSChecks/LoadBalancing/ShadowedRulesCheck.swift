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
                let candidates = covering.candidates(for: entry.matching).lazy.map { rules.entries[$0] }
                guard let earlier = candidates.first(where: { $0.matching.covers(entry.matching) }) else { continue }
                analysis.found(
                    .ruleOrder(.aws(.listenerRule, rules.name)),
                    rules.name, "\(entry.text) can never match: \(earlier.text) comes first and matches all of it",
                    expected: "a request for which rule \(entry.priority) decides",
                    got: earlier.target == entry.target
                        ? "a rule without effect" : "rule \(earlier.priority) sends it elsewhere")
            }
        }
        return analysis
    }
}
