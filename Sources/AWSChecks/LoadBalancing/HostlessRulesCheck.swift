import CheckKit
import RunModel

/// AWS-ALB-03: no rule without a host takes paths that belong to another host.
struct HostlessRulesCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.loadBalancers, .listeners, .rules]
    let passingNote = "no rule takes another host's paths"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-ALB-03", "No rule without a host condition takes another host's paths",
            intent: "`/api*` for any host took the auth service's `/api/v1/*`.",
            severity: .high,
            needs: [.part(.balancer)], risk: "A host answers with the bodies of the wrong service.",
            remediation: Remediation(
                summary: "Add a host-header condition to the rule, or put the other host's rule before it.",
                command:
                    "aws elbv2 modify-rule --rule-arn ARN --conditions Field=host-header,Values=HOST Field=path-pattern,Values=PATH"
            ))
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        for rules in try ListenerRules.all(in: snapshot, &analysis) {
            for (index, entry) in rules.entries.enumerated() {
                guard entry.matching.patterns("host-header") == nil, entry.matching.patterns("path-pattern") != nil
                else { continue }
                guard let (path, later) = taken(by: entry, at: index, rules) else { continue }
                let hosts = later.matching.texts("host-header") ?? []
                analysis.found(
                    .ruleOrder(.aws(.listenerRule, rules.name)),
                    rules.name, "\(entry.text) has no host and takes \(path) of \(hosts.joined(separator: ", "))",
                    expected: "\(later.text) decides for its host", got: "rule \(entry.priority) comes first")
            }
        }
        return analysis
    }

    /// The first path that a rule without host takes from a later rule of a host.
    private func taken(
        by entry: ListenerRules.Entry, at index: Int, _ rules: ListenerRules
    ) -> (path: String, later: ListenerRules.Entry)? {
        let paths = Array(
            zip(entry.matching.texts("path-pattern") ?? [], entry.matching.patterns("path-pattern") ?? []))
        for later in rules.entries[(index + 1)...] where later.target != entry.target {
            guard let hosts = later.matching.patterns("host-header") else { continue }
            let theirs = later.matching.patterns("path-pattern") ?? [Self.anything]
            for (path, pattern) in paths where theirs.contains(where: pattern.overlaps) {
                if !isServed(path, hosts, before: index, rules) { return (path, later) }
            }
        }
        return nil
    }

    private static let anything = WildcardPattern("*", ignoringCase: false)

    /// Whether an earlier rule has settled the path for the host already; `/api*` counts as settled by `/api/*`.
    private func isServed(
        _ path: String, _ hosts: [WildcardPattern], before index: Int, _ rules: ListenerRules
    ) -> Bool {
        let text = path.hasSuffix("*") && !path.hasSuffix("/*") ? String(path.dropLast()) + "/*" : path
        let narrowed = WildcardPattern(text, ignoringCase: false)
        return rules.entries[..<index].contains { earlier in
            guard let theirHosts = earlier.matching.patterns("host-header") else { return false }
            let coversHosts = hosts.allSatisfy { host in theirHosts.contains { $0.covers(host) } }
            let theirPaths = earlier.matching.patterns("path-pattern") ?? [Self.anything]
            return coversHosts && theirPaths.contains { $0.covers(narrowed) }
        }
    }
}
