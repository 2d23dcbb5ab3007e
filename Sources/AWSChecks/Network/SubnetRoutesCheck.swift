import AWSClient
import CheckKit
import RunModel

/// AWS-NET-04: tasks reach what starting them takes, the subnets of public load balancers an internet gateway.
struct SubnetRoutesCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [
        .subnets, .routeTables, .securityGroups, .networkACLs, .prefixLists, .natGateways, .vpcEndpoints, .services,
        .taskDefinitions, .loadBalancers,
    ]
    let passingNote = "every subnet in use has the way out that it needs"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-NET-04", "Tasks have a way out to images, secrets and logs, public load balancers one to the internet",
            intent: "Tasks without a way out cannot pull images or secrets; the service never starts.",
            procedure:
                "Follows the default route of each subnet in use, through the NAT gateway and the subnet it stands in, or the VPC "
                + "endpoints in its place, for what the running revisions fetch: ECR, S3, Secrets Manager, parameters, logs.",
            severity: .critical, isCritical: true,
            risk: "Deployments fail with ResourceInitializationError; load balancers get no traffic.",
            remediation: Remediation(
                summary:
                    "Repair the way that the finding names: the route, the NAT gateway, the endpoint or the group.",
                command:
                    "aws ec2 create-route --route-table-id TABLE --destination-cidr-block 0.0.0.0/0 --nat-gateway-id NAT"
            ))
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        let way = WayOut(
            model: try NetworkModel(snapshot), natGateways: snapshot.natGateways,
            endpoints: try snapshot.vpcEndpoints?.known() ?? [], region: expectations.settings.region)
        for service in try snapshot.services.known() {
            guard let network = service.networkConfiguration?.awsvpcConfiguration,
                let role = expectations.role(ofService: service.serviceName)
            else { continue }
            analysis.look(at: service.serviceName) { analysis in
                let task = try TaskReferences(
                    role: role, service: service.serviceName, in: snapshot, expectations.settings)
                let needs = WayOut.needs(of: task, region: expectations.settings.region)
                for subnet in network.subnets {
                    analysis.look(at: subnet) { analysis in
                        try examine(subnet, service.serviceName, network, needs, way, &analysis)
                    }
                }
            }
        }
        for balancer in try snapshot.loadBalancers.known() where balancer.scheme == "internet-facing" {
            for subnet in balancer.availabilityZones.compactMap(\.subnetId) {
                analysis.look(at: subnet) { analysis in
                    let route = way.model.routeTables[subnet]?.routeSet.first {
                        $0.destinationCidrBlock == "0.0.0.0/0"
                    }
                    if route?.gatewayId?.hasPrefix("igw-") != true || route?.state == "blackhole" {
                        analysis.found(
                            .networkBlock(.aws(.subnet, subnet), .route),
                            subnet,
                            "\(balancer.loadBalancerName) faces the internet from a subnet without internet gateway",
                            expected: "a default route to an internet gateway",
                            got: route.map { WayOut.describe($0) } ?? "no default route")
                    }
                }
            }
        }
        return analysis
    }

    private func examine(
        _ subnet: String, _ service: String, _ network: ECS.Service.Network.Configuration, _ needs: Set<WayOut.Need>,
        _ way: WayOut, _ analysis: inout Analysis
    ) throws {
        guard let block = way.model.subnets[subnet].flatMap({ IPv4Block($0.cidrBlock) }) else {
            throw Stop.inconclusive(
                .obstacle(.notCollected, of: .aws(.subnet, subnet)), "the subnet \(subnet) is not known")
        }
        let source = NetworkModel.Endpoint(
            name: service, address: block.hosts.first, subnetID: subnet, securityGroups: network.securityGroups,
            clientPorts: NetworkModel.linuxPorts)
        let table = way.model.routeTables[subnet]?.routeTableId ?? "no route table"
        var missing: [String] = []
        var needsRoute = needs.isEmpty
        for need in needs.sorted() {
            guard case .service(let name) = need, let endpoint = way.endpoint(for: name, from: source) else {
                needsRoute = true
                missing.append(need.name)
                continue
            }
            // With private DNS the name leads to the endpoint, whatever the route; without, to the public address.
            if let problem = endpoint.problem {
                if problem.contains("private DNS"),
                    case .open = try way.defaultRoute(of: subnet, isPublic: network.assignPublicIp == "ENABLED")
                {
                    needsRoute = true
                    missing.append(name)
                    continue
                }
                analysis.found(
                    .networkBlock(.aws(.subnet, subnet), .rule), subnet,
                    "tasks of \(service) do not reach \(name) through its endpoint: \(problem)",
                    expected: "\(endpoint.id) takes tcp 443 from \(service)", got: problem)
            }
        }
        guard needsRoute else { return }
        switch try way.defaultRoute(of: subnet, isPublic: network.assignPublicIp == "ENABLED") {
        case .closed(let reason):
            analysis.found(
                .networkBlock(.aws(.subnet, subnet), .route), subnet,
                "tasks of \(service) have no way out of the subnet\(missing.isEmpty ? "" : " to \(missing.joined(separator: ", "))")",
                expected:
                    "a default route to a NAT gateway (or an internet gateway and public addresses), or endpoints",
                got: "\(reason) in \(table)")
        case .open:
            guard !way.letsOut(network.securityGroups) else { return }
            analysis.found(
                .networkBlock(.aws(.ecsService, service), .rule), service,
                "its security groups \(network.securityGroups.joined(separator: ", ")) let nothing out on tcp 443"
                    + (missing.isEmpty ? "" : ", which \(missing.joined(separator: ", ")) takes"),
                expected: "an egress rule for tcp 443", got: "none that leads to public addresses")
        }
    }
}
