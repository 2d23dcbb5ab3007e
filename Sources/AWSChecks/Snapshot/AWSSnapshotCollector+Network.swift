import AWSClient
import HTTPClient

extension AWSSnapshotCollector {
    func network(_ item: AWSItem) async -> Update {
        let client = client
        switch item {
        case .securityGroups:
            let answer = await Collected.from { () async throws(AWSError) -> [EC2.SecurityGroup] in
                try await client.all(EC2.describeSecurityGroups()) { $0.securityGroupInfo }
            }
            return { $0.securityGroups = answer }
        case .networkACLs:
            let answer = await Collected.from { () async throws(AWSError) -> [EC2.NetworkACL] in
                try await client.all(EC2.describeNetworkACLs()) { $0.networkAclSet }
            }
            return { $0.networkACLs = answer }
        case .routeTables:
            let answer = await Collected.from { () async throws(AWSError) -> [EC2.RouteTable] in
                try await client.all(EC2.describeRouteTables()) { $0.routeTableSet }
            }
            return { $0.routeTables = answer }
        case .subnets:
            let answer = await Collected.from { () async throws(AWSError) -> [EC2.Subnet] in
                try await client.all(EC2.describeSubnets()) { $0.subnetSet }
            }
            return { $0.subnets = answer }
        default:
            let answer = await Collected.from { () async throws(AWSError) -> [EC2.NetworkInterface] in
                try await client.all(EC2.describeNetworkInterfaces()) { $0.networkInterfaceSet }
            }
            return { $0.networkInterfaces = answer }
        }
    }

    /// Asks the services themselves on the paths that target groups and container health checks rely on.
    func healthPaths(_ snapshot: AWSSnapshot) async -> Update {
        let bases = ["api": services.api, "mlflow": services.mlflowDirect, "auth": services.auth].compactMapValues(
            \.self)
        let expectations = AWSExpectations(settings: settings, environment: "")
        var wanted: [String: Set<String>] = [:]
        for group in (try? snapshot.targetGroups.known()) ?? [] {
            let role = expectations.role(
                ofTargetGroup: group.targetGroupName, arn: group.targetGroupArn, snapshot: snapshot)
            if let role, let path = group.healthCheckPath { wanted[role, default: []].insert(path) }
        }
        for (role, service) in settings.ecsServices {
            for path in TaskDefinitionFacts.healthPaths(ofService: service, in: snapshot) {
                wanted[role, default: []].insert(path)
            }
        }
        var answers: [String: [HealthPathAnswer]] = [:]
        for (role, paths) in wanted {
            guard let base = bases[role] else { continue }
            for path in paths.sorted() { answers[role, default: []].append(await answer(base, path)) }
        }
        return { [answers] in $0.healthPaths = answers }
    }

    private func answer(_ base: String, _ path: String) async -> HealthPathAnswer {
        let request = HTTPRequest(url: base + path, deadline: .seconds(10), maximumBodyBytes: 1 << 20)
        do throws(HTTPError) {
            return HealthPathAnswer(path: path, status: try await http.send(request).status)
        } catch {
            return HealthPathAnswer(path: path, problem: error.message)
        }
    }
}
