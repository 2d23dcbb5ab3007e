import AWSClient

/// The rules of one listener in the order in which they are tried.
struct ListenerRules {
    struct Entry {
        var priority: Int
        var rule: LoadBalancing.Rule
        var matching: RuleMatching
        var target: String

        var text: String {
            let conditions = matching.conditions.map { "\($0.field) \($0.texts.joined(separator: " or "))" }
            return "rule \(priority) (\(conditions.joined(separator: " and ")))"
        }
    }

    let loadBalancer: String
    let listener: LoadBalancing.Listener
    let entries: [Entry]

    init(loadBalancer: String, listener: LoadBalancing.Listener, rules: [LoadBalancing.Rule]) {
        (self.loadBalancer, self.listener) = (loadBalancer, listener)
        entries = rules.compactMap { rule in
            Int(rule.priority).map {
                Entry(
                    priority: $0, rule: rule, matching: RuleMatching(rule), target: Self.target(of: rule.actions))
            }
        }.sorted { $0.priority < $1.priority }
    }

    /// Every listener of the watched load balancers whose rules are known.
    static func all(in snapshot: AWSSnapshot, _ analysis: inout Analysis) throws -> [ListenerRules] {
        var result: [ListenerRules] = []
        for balancer in try snapshot.loadBalancers.known() {
            analysis.look(at: balancer.loadBalancerName) { analysis in
                for listener in try snapshot.listeners[balancer.loadBalancerName].known() {
                    let rules = try snapshot.rules[listener.listenerArn].known()
                    result.append(
                        ListenerRules(loadBalancer: balancer.loadBalancerName, listener: listener, rules: rules))
                }
            }
        }
        return result
    }

    /// What a rule's actions lead to, as a text that is equal for equal targets.
    static func target(of actions: [LoadBalancing.Action]) -> String {
        actions.map { action in
            let groups =
                action.forwardConfig?.targetGroups.compactMap(\.targetGroupArn).sorted() ?? action.targetGroupArn.map {
                    [$0]
                }
                ?? []
            if !groups.isEmpty { return groups.joined(separator: "+") }
            return action.targetGroupArn ?? action.fixedResponseConfig?.statusCode ?? action.type
        }.joined(separator: ",")
    }

    var name: String { "\(loadBalancer):\(listener.port ?? 0)" }
}
