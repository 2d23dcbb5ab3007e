import AWSClient
import CheckKit
import RunModel

/// AWS-NET-04: the subnets of tasks lead to the outside, the subnets of public load balancers to an internet gateway.
struct SubnetRoutesCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.subnets, .routeTables, .services, .loadBalancers]
    let passingNote = "every subnet in use has the route it needs"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-NET-04", "The subnets in use have a way out: NAT for tasks, an internet gateway for load balancers",
            intent: "Tasks without a way out cannot pull images or secrets; the service never starts.",
            severity: .high, risk: "Deployments fail with ResourceInitializationError; load balancers get no traffic.",
            remediation: Remediation(
                summary: "Associate the subnet with a route table that has a default route.",
                command:
                    "aws ec2 create-route --route-table-id TABLE --destination-cidr-block 0.0.0.0/0 --nat-gateway-id NAT"
            ))
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        let model = NetworkModel(
            subnets: try snapshot.subnets.known(), securityGroups: [], networkACLs: [],
            routeTables: try snapshot.routeTables.known())
        for service in try snapshot.services.known() {
            guard let network = service.networkConfiguration?.awsvpcConfiguration else { continue }
            for subnet in network.subnets {
                analysis.look(at: subnet) { analysis in
                    let route = defaultRoute(subnet, model)
                    let isPublic = network.assignPublicIp == "ENABLED"
                    let works = route.map { Self.leadsOut($0, isPublic: isPublic) } ?? false
                    if !works {
                        analysis.found(
                            .networkBlock(.aws(.subnet, subnet), .route),
                            subnet, "tasks of \(service.serviceName) have no way out of the subnet",
                            expected: "a default route to a NAT gateway (or an internet gateway and public addresses)",
                            got: route.map { Self.describe($0) } ?? "no default route")
                    }
                }
            }
        }
        for balancer in try snapshot.loadBalancers.known() where balancer.scheme == "internet-facing" {
            for subnet in balancer.availabilityZones.compactMap(\.subnetId) {
                analysis.look(at: subnet) { analysis in
                    let route = defaultRoute(subnet, model)
                    if route?.gatewayId?.hasPrefix("igw-") != true || route?.state == "blackhole" {
                        analysis.found(
                            .networkBlock(.aws(.subnet, subnet), .route),
                            subnet,
                            "\(balancer.loadBalancerName) faces the internet from a subnet without internet gateway",
                            expected: "a default route to an internet gateway",
                            got: route.map { Self.describe($0) } ?? "no default route")
                    }
                }
            }
        }
        return analysis
    }

    private func defaultRoute(_ subnet: String, _ model: NetworkModel) -> EC2.RouteTable.Route? {
        model.routeTables[subnet]?.routeSet.first { $0.destinationCidrBlock == "0.0.0.0/0" }
    }

    private static func leadsOut(_ route: EC2.RouteTable.Route, isPublic: Bool) -> Bool {
        guard route.state != "blackhole" else { return false }
        if route.gatewayId?.hasPrefix("igw-") == true { return isPublic }
        return route.natGatewayId != nil || route.transitGatewayId != nil || route.networkInterfaceId != nil
    }

    private static func describe(_ route: EC2.RouteTable.Route) -> String {
        "0.0.0.0/0 → \(route.natGatewayId ?? route.gatewayId ?? route.transitGatewayId ?? "nowhere") (\(route.state ?? "?"))"
    }
}
