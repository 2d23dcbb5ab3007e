import AWSClient

/// Where the actions of a rule lead.
enum RouteTarget {
    /// A target group with the share of the requests that it gets, 0…1.
    struct Group: Hashable {
        let arn: String
        let share: Double
    }

    /// The groups of a forward; all shares are 0 where every weight is.
    static func groups(of actions: [LoadBalancing.Action]) -> [Group] {
        guard let action = actions.first(where: { $0.type == "forward" }) else { return [] }
        let listed = (action.forwardConfig?.targetGroups ?? []).compactMap { target in
            target.targetGroupArn.map { (arn: $0, weight: target.weight ?? 1) }
        }
        guard !listed.isEmpty else { return action.targetGroupArn.map { [Group(arn: $0, share: 1)] } ?? [] }
        let total = listed.reduce(0) { $0 + max(0, $1.weight) }
        return listed.map { Group(arn: $0.arn, share: total == 0 ? 0 : Double(max(0, $0.weight)) / Double(total)) }
    }

    /// The action that decides: those before it only ask who the client is.
    static func last(of actions: [LoadBalancing.Action]) -> LoadBalancing.Action? {
        actions.first { ["forward", "redirect", "fixed-response"].contains($0.type) } ?? actions.last
    }
}
