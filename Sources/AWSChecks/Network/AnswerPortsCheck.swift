import CheckKit
import RunModel

/// AWS-NET-06: network ACLs let answers back to all ports that their clients use.
struct AnswerPortsCheck: Check, SnapshotCheck {
    let items = NetworkRoles.items
    let passingNote = "network ACLs leave open all ports to which answers come back"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-NET-06", "Network ACLs leave open the ports to which answers come back",
            intent:
                "An ACL that opens only some of the clients' ports drops the answers of every connection from the others.",
            procedure:
                "Follows the answers of each configured flow: tasks open connections from 32768-60999 (Linux), load balancers and "
                + "clients on the internet from 1024-65535.", severity: .high,
            risk: "Some connections hang until a time-out, at random.",
            remediation: Remediation(
                summary: "Open the whole range for answers.",
                command:
                    "aws ec2 create-network-acl-entry --network-acl-id ACL --rule-number NUMBER --protocol 6 --port-range From=1024,To=65535 --egress --rule-action allow --cidr-block BLOCK"
            ))
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        let roles = NetworkRoles(
            snapshot: snapshot, settings: expectations.settings, model: try NetworkModel(snapshot),
            expectations: expectations)
        for flow in expectations.settings.flows {
            let ends = flow.split(separator: ">").map { $0.trimmingCharacters(in: .whitespaces) }
            // A flow that is written otherwise, or without a port, is said by AWS-NET-01.
            guard ends.count == 2, let port = roles.port(ends[1]) else { continue }
            if ends.contains("cache"), expectations.settings.cacheCluster == nil { continue }
            analysis.look(at: flow) { analysis in
                var warnings: Set<String> = []
                for source in try roles.endpoints(ends[0], facing: ends[1]) {
                    for target in try roles.endpoints(ends[1]) {
                        let result = roles.model.reachability(from: source, to: target, port: port)
                        for hop in result.hops {
                            guard let warning = hop.warning, warnings.insert(warning).inserted else { continue }
                            analysis.found(
                                .networkBlock(.aws(.flow, flow), .rule), flow, "\(hop.element): \(warning)",
                                expected: "every port of the client is open for answers", got: warning)
                        }
                    }
                }
            }
        }
        return analysis
    }
}
