import AWSClient

extension AWSSnapshotCollector {
    func loadBalancing(_ item: AWSItem, _ snapshot: AWSSnapshot) async -> Update {
        switch item {
        case .loadBalancers: await loadBalancers()
        case .loadBalancerAttributes: await loadBalancerAttributes(snapshot)
        case .listeners: await listeners(snapshot)
        case .rules: await rules(snapshot)
        case .targetGroups: await targetGroups()
        case .targetHealth: await targetHealth(snapshot)
        default: await certificates(snapshot)
        }
    }

    private func loadBalancers() async -> Update {
        let (client, names) = (client, Set(settings.loadBalancers))
        // Asking by name would fail as a whole when one of them does not exist.
        let answer = await Collected.from { () async throws(AWSError) -> [LoadBalancing.LoadBalancer] in
            try await client.all(LoadBalancing.describeLoadBalancers()) { $0.loadBalancers }
        }
        return { snapshot in
            switch answer {
            case .value(let all): snapshot.loadBalancers = .value(all.filter { names.contains($0.loadBalancerName) })
            case .failed: snapshot.loadBalancers = answer
            }
        }
    }

    private func arns(_ snapshot: AWSSnapshot) -> [String: String] {
        guard case .value(let balancers)? = snapshot.loadBalancers else { return [:] }
        return Dictionary(balancers.map { ($0.loadBalancerName, $0.loadBalancerArn) }, uniquingKeysWith: { a, _ in a })
    }

    private func loadBalancerAttributes(_ snapshot: AWSSnapshot) async -> Update {
        let (client, arns) = (client, arns(snapshot))
        let answers = await each(arns.keys.sorted()) { (name) async throws(AWSError) -> [String: String] in
            let answer = try await client.call(LoadBalancing.describeLoadBalancerAttributes(arns[name] ?? name))
            return Dictionary(answer.attributes.map { ($0.key, $0.value ?? "") }, uniquingKeysWith: { $1 })
        }
        return { $0.loadBalancerAttributes = answers }
    }

    private func listeners(_ snapshot: AWSSnapshot) async -> Update {
        let (client, arns) = (client, arns(snapshot))
        let answers = await each(arns.keys.sorted()) { (name) async throws(AWSError) -> [LoadBalancing.Listener] in
            try await client.all(LoadBalancing.describeListeners(loadBalancer: arns[name] ?? name)) { $0.listeners }
        }
        return { $0.listeners = answers }
    }

    private func allListeners(_ snapshot: AWSSnapshot) -> [LoadBalancing.Listener] {
        snapshot.listeners.sorted { $0.key < $1.key }.flatMap { _, answer -> [LoadBalancing.Listener] in
            if case .value(let listeners) = answer { return listeners }
            return []
        }
    }

    private func rules(_ snapshot: AWSSnapshot) async -> Update {
        let client = client
        let answers = await each(allListeners(snapshot).map(\.listenerArn)) {
            (arn) async throws(AWSError) -> [LoadBalancing.Rule] in
            try await client.all(LoadBalancing.describeRules(listener: arn)) { $0.rules }
        }
        return { $0.rules = answers }
    }

    private func targetGroups() async -> Update {
        let client = client
        let answer = await Collected.from { () async throws(AWSError) -> [LoadBalancing.TargetGroup] in
            try await client.all(LoadBalancing.describeTargetGroups()) { $0.targetGroups }
        }
        return { $0.targetGroups = answer }
    }

    private func targetHealth(_ snapshot: AWSSnapshot) async -> Update {
        guard case .value(let groups)? = snapshot.targetGroups else { return { _ in } }
        let arns = Dictionary(groups.map { ($0.targetGroupName, $0.targetGroupArn) }, uniquingKeysWith: { a, _ in a })
        let client = client
        let answers = await each(arns.keys.sorted()) { (name) async throws(AWSError) -> [LoadBalancing.TargetHealth] in
            try await client.call(LoadBalancing.describeTargetHealth(arns[name] ?? name)).targetHealthDescriptions
        }
        return { $0.targetHealth = answers }
    }

    private func certificates(_ snapshot: AWSSnapshot) async -> Update {
        let arns = Set(allListeners(snapshot).flatMap { $0.certificates.compactMap(\.certificateArn) })
        let client = client
        // Certificates of IAM cannot be described by the certificate manager.
        let answers = await each(arns.filter { $0.contains(":acm:") }.sorted()) {
            (arn) async throws(AWSError) -> CertificateManager.Certificate in
            try await client.call(CertificateManager.describeCertificate(arn)).certificate
        }
        return { $0.certificates = answers }
    }
}
