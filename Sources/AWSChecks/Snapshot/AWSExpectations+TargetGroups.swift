import AWSClient

extension AWSExpectations {
    /// The role that answers behind a target group: that of the ECS service which registers in it; else of the group that shares
    /// a rule with it (blue and green); else of the service whose tasks are its targets; else the role whose name it carries.
    func role(ofTargetGroup name: String, arn: String, snapshot: AWSSnapshot) -> String? {
        if let role = linkedRole(ofTargetGroup: arn, snapshot) { return role }
        for arns in snapshot.forwards where arns.contains(arn) {
            if let role = arns.compactMap({ linkedRole(ofTargetGroup: $0, snapshot) }).first { return role }
        }
        if let role = role(ofTargets: name, snapshot) { return role }
        let words = name.split { !($0.isLetter || $0.isNumber) }.map(String.init)
        return roles.first { words.contains($0) }
    }

    private func linkedRole(ofTargetGroup arn: String, _ snapshot: AWSSnapshot) -> String? {
        guard case .value(let services)? = snapshot.services else { return nil }
        return settings.ecsServices.sorted { $0.key < $1.key }.first { _, service in
            let links = services.first { $0.serviceName == service }?.loadBalancers ?? []
            return links.contains {
                $0.targetGroupArn == arn || $0.advancedConfiguration?.alternateTargetGroupArn == arn
            }
        }?.key
    }

    private func role(ofTargets name: String, _ snapshot: AWSSnapshot) -> String? {
        guard case .value(let targets)? = snapshot.targetHealth[name], !targets.isEmpty else { return nil }
        let ids = Set(targets.map(\.target.id))
        return settings.ecsServices.sorted { $0.key < $1.key }.first { _, service in
            guard case .value(let tasks)? = snapshot.tasks[service] else { return false }
            let addresses = tasks.filter { $0.lastStatus != "STOPPED" }.flatMap { task in
                task.containers.flatMap { ($0.networkInterfaces ?? []).compactMap(\.privateIpv4Address) }
            }
            return !ids.isDisjoint(with: addresses)
        }?.key
    }

    /// Whether a target group counts: a configured one; without configuration one that a configured service registers in, or that
    /// a watched load balancer leads to. Where neither is known, one whose name carries the environment.
    func isWatched(_ group: LoadBalancing.TargetGroup, in snapshot: AWSSnapshot) -> Bool {
        if !settings.targetGroups.isEmpty { return settings.targetGroups.contains(group.targetGroupName) }
        if linkedRole(ofTargetGroup: group.targetGroupArn, snapshot) != nil { return true }
        guard case .value(let balancers)? = snapshot.loadBalancers, !snapshot.rules.isEmpty else {
            return group.targetGroupName.contains(environment)
        }
        return snapshot.forwards.contains { $0.contains(group.targetGroupArn) }
            || balancers.contains { group.loadBalancerArns.contains($0.loadBalancerArn) }
    }

    /// The largest share of requests that a rule of a watched load balancer gives a group, 0…1; nil where no rule leads to it.
    static func share(ofTargetGroup arn: String, in snapshot: AWSSnapshot) -> Double? {
        snapshot.actions.compactMap { RouteTarget.groups(of: $0).first { $0.arn == arn }?.share }.max()
    }
}

extension AWSSnapshot {
    /// The actions of every rule and default of the watched load balancers.
    var actions: [[LoadBalancing.Action]] {
        var found = allListeners.map(\.defaultActions)
        for case .value(let rules) in rules.values { found += rules.map(\.actions) }
        return found
    }

    /// The target groups that stand together in one action.
    var forwards: [[String]] { actions.map { RouteTarget.groups(of: $0).map(\.arn) }.filter { !$0.isEmpty } }
}
