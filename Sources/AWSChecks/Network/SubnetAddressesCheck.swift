import CheckKit
import Formats
import RunModel

/// AWS-NET-07: the subnets of tasks and load balancers have addresses left.
struct SubnetAddressesCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.subnets, .services, .loadBalancers]
    let passingNote = "every subnet in use has addresses left"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-NET-07", "The subnets in use have addresses left",
            intent: "Each task takes an address, and a deployment starts new tasks before the old ones go.",
            procedure:
                "Reads the free addresses of the subnets of tasks and load balancers; a load balancer needs 8 to grow "
                + "(Application Load Balancer guide, \"Subnets\").", severity: .high,
            risk: "Tasks do not start, load balancers do not grow: the subnet has insufficient free addresses.",
            remediation: Remediation(
                summary: "Add a larger subnet to the service, or remove what is not used.",
                command: "aws ec2 describe-network-interfaces --filters Name=subnet-id,Values=SUBNET"))
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        var users: [String: [(name: String, least: Double)]] = [:]
        for service in try snapshot.services.known() {
            for subnet in service.networkConfiguration?.awsvpcConfiguration?.subnets ?? [] {
                users[subnet, default: []].append((service.serviceName, expectations.threshold("addresses", 5)))
            }
        }
        for balancer in try snapshot.loadBalancers.known() {
            for subnet in balancer.availabilityZones.compactMap(\.subnetId) {
                users[subnet, default: []].append(
                    (balancer.loadBalancerName, expectations.threshold("balancer_addresses", 8)))
            }
        }
        let subnets = try snapshot.subnets.known()
        for (subnet, users) in users.sorted(by: { $0.key < $1.key }) {
            analysis.look(at: subnet) { analysis in
                guard let free = subnets.first(where: { $0.subnetId == subnet })?.availableIpAddressCount else {
                    return
                }
                let short = users.filter { Double(free) < $0.least }
                guard let least = short.map(\.least).max() else { return }
                analysis.found(
                    .setting(.aws(.subnet, subnet), "AvailableIpAddressCount", .differs), subnet,
                    "\(free) addresses are free for \(short.map(\.name).joined(separator: ", "))",
                    expected: "at least \(least.wholeText) free addresses", got: "\(free)")
            }
        }
        return analysis
    }
}
