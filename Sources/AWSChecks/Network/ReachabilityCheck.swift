import CheckKit
import RunModel

/// AWS-NET-01: everyone in the request's flow can reach the next, as far as groups, lists and routes decide.
struct ReachabilityCheck: Check, SnapshotCheck {
    let items = NetworkRoles.items
    let passingNote = "every flow passes security groups, network ACLs and routes"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-NET-01", "The services can reach each other through security groups, network ACLs and routes",
            intent: "A missing rule shows as a time-out far away from its cause.",
            procedure:
                "Follows each configured flow and its answers over security groups, network ACLs in rule order, route tables and "
                + "public addresses. SH-60 to SH-62 ask the services themselves whether the links work, AWS-NET-05 tries what can be tried from here.",
            severity: .critical, isCritical: true,
            risk: "Requests hang until a time-out, breakers open, health checks fail.",
            remediation: Remediation(
                summary: "Add the rule that the path names as missing.",
                command:
                    "aws ec2 authorize-security-group-ingress --group-id TARGET_GROUP --protocol tcp --port PORT --source-group SOURCE_GROUP",
                terraform: """
                    resource "aws_vpc_security_group_ingress_rule" "flow" {
                      security_group_id            = TARGET_GROUP
                      referenced_security_group_id = SOURCE_GROUP
                      ip_protocol                  = "tcp"
                      from_port                    = PORT
                      to_port                      = PORT
                    }
                    """))
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        let roles = NetworkRoles(
            snapshot: snapshot, settings: expectations.settings, model: try NetworkModel(snapshot),
            expectations: expectations)
        for flow in expectations.settings.flows {
            let ends = flow.split(separator: ">").map { $0.trimmingCharacters(in: .whitespaces) }
            guard ends.count == 2 else {
                analysis.unknown(
                    .runLacks(.setting("aws.flows")), "`aws.flows` has ‘\(flow)’; write it as from>to")
                continue
            }
            if ends.contains("cache"), expectations.settings.cacheCluster == nil { continue }
            analysis.look(at: flow) { analysis in
                guard let port = roles.port(ends[1]) else {
                    throw Stop.inconclusive(.runLacks(.setting("aws.ports")), "`aws.ports` has no \(ends[1])")
                }
                try examine(flow, roles, ends[0], ends[1], port, &analysis)
            }
        }
        return analysis
    }

    private func examine(
        _ flow: String, _ roles: NetworkRoles, _ from: String, _ to: String, _ port: Int, _ analysis: inout Analysis
    ) throws {
        var open = 0
        for source in try roles.endpoints(from, facing: to) {
            for target in try roles.endpoints(to) {
                let result = roles.model.reachability(from: source, to: target, port: port)
                if let blocking = result.blocking {
                    if let reason = blocking.undecided {
                        throw Stop.inconclusive(
                            .obstacle(.notCollected, of: .aws(.flow, flow)), "\(blocking.element): \(reason)")
                    }
                    analysis.found(
                        .networkBlock(.aws(.flow, flow), .rule),
                        flow, "tcp \(port) does not pass: \(blocking.element): \(blocking.detail)",
                        expected: "\(source.name) reaches \(target.name):\(port)", got: blocking.detail)
                    analysis.remarks.append(result.path)
                    return
                }
                open += 1
                if open == 1 { analysis.remarks.append(result.path) }
            }
        }
    }
}
