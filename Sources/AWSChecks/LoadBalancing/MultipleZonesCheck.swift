import CheckKit
import RunModel

/// AWS-ALB-12: load balancers stand in at least two availability zones.
struct MultipleZonesCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.loadBalancers]
    let passingNote = "every load balancer stands in at least two zones"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-ALB-12", "The load balancers stand in at least two availability zones",
            intent: "One zone is one point of failure.", severity: .medium,
            needs: [.part(.balancer)], risk: "The outage of a zone is an outage of the service.",
            remediation: Remediation(
                summary: "Add subnets of another zone.",
                command: "aws elbv2 set-subnets --load-balancer-arn ARN --subnets A B"))
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        for balancer in try snapshot.loadBalancers.known() {
            analysis.look(at: balancer.loadBalancerName) { analysis in
                let zones = Set(balancer.availabilityZones.compactMap(\.zoneName))
                if zones.count < 2 {
                    analysis.found(
                        .setting(.aws(.loadBalancer, balancer.loadBalancerName), "AvailabilityZones", .differs),
                        balancer.loadBalancerName, "the load balancer stands in \(zones.count) zone",
                        expected: "at least 2 zones", got: zones.sorted().joined(separator: ", "))
                }
            }
        }
        return analysis
    }
}
