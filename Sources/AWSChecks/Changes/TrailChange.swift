import AWSClient
import Formats
import Foundation
import RunModel
import Secrets

/// Reads one CloudTrail event as a change: who, what, which resource, from where, and the values after it.
struct TrailChange {
    let event: AWSDocument
    private var parameters: AWSDocument? { event["requestParameters"] }

    init(_ event: AWSDocument) { self.event = event }

    /// The change; nil for events of no interest and for events without name or time.
    func change() -> Change? {
        guard let name = event["eventName"]?.text, let source = event["eventSource"]?.text,
            var kind = ChangeKinds.kind(name: name, source: source),
            let at = event["eventTime"]?.text.flatMap(Timestamp.date)
        else { return nil }
        var after = values(of: kind)
        if kind == .database, changesPassword {
            kind = .databasePassword
            after["master password"] = "changed"
        }
        return Change(
            id: event["eventID"]?.text ?? "\(name) \(Timestamp.text(at))", origin: .cloudTrail, kind: kind, at: at,
            actor: actor, action: name, resources: resources, after: after,
            sourceAddress: event["sourceIPAddress"]?.text, errorCode: event["errorCode"]?.text)
    }

    /// The session of an assumed role is the person behind it; the role alone says little.
    private var actor: String {
        guard let identity = event["userIdentity"] else { return "unknown" }
        let arn = identity["arn"]?.text ?? ""
        switch identity["type"]?.text {
        case "AssumedRole":
            if let range = arn.range(of: ":assumed-role/") { return String(arn[range.upperBound...]) }
            return identity["sessionContext"]?["sessionIssuer"]?["userName"]?.text ?? arn
        case "Root": return "root"
        case "AWSService": return identity["invokedBy"]?.text ?? "an AWS service"
        case "IAMUser", "WebIdentityUser", "SAMLUser": return identity["userName"]?.text ?? arn
        default:
            return identity["userName"]?.text ?? (arn.isEmpty ? identity["principalId"]?.text : arn) ?? "unknown"
        }
    }

    /// RDS never logs the password; that the parameter is there is the evidence (contract §7.5).
    private var changesPassword: Bool {
        parameters?["masterUserPassword"] != nil || parameters?["manageMasterUserPassword"]?.text == "true"
            || event["responseElements"]?["pendingModifiedValues"]?["masterUserPassword"] != nil
    }

    /// Parameters that name what was changed, most telling first.
    private static let naming = [
        "dBInstanceIdentifier", "dBParameterGroupName", "secretId", "ruleArn", "targetGroupArn", "listenerArn",
        "loadBalancerArn", "groupId", "groupName", "networkAclId", "routeTableId", "subnetId", "networkInterfaceId",
        "natGatewayId", "vpcId", "service", "serviceName", "family", "taskDefinition", "cluster", "bucketName",
        "roleName", "userName", "policyName", "policyArn", "replicationGroupId", "cacheClusterId", "serviceId",
        "instanceId", "certificateArn", "repositoryName", "resourceId", "task", "name",
    ]

    private var resources: [String] {
        var found: [String] = []
        func add(_ text: String?) {
            if let text, !text.isEmpty, !found.contains(text) { found.append(text) }
        }
        for name in Self.naming { add(parameters?[name]?.text) }
        add(event["responseElements"]?["taskDefinition"]?["taskDefinitionArn"]?.text)
        add(event["responseElements"]?["groupId"]?.text)
        if case .list(let named)? = event["resources"] { for resource in named { add(resource["ARN"]?.text) } }
        return found
    }

    private func values(of kind: Change.Kind) -> [String: String] {
        var values: [String: String] = [:]
        switch kind {
        case .taskDefinition:
            for container in elements(parameters?["containerDefinitions"]) {
                guard let name = container["name"]?.text else { continue }
                values["\(name) image"] = container["image"]?.text
                values["\(name) cpu"] = container["cpu"]?.text
                values["\(name) memory"] = container["memory"]?.text
            }
        case .securityGroup: values["rules"] = securityGroupRules
        case .network:
            for name in ["ruleNumber", "ruleAction", "cidrBlock", "destinationCidrBlock", "egress"] {
                values[name] = parameters?[name]?.text
            }
        case .secret: break
        default: values = plainValues
        }
        return values
    }

    /// Parameters that are one value and do not look secret.
    private var plainValues: [String: String] {
        guard case .fields(let fields)? = parameters else { return [:] }
        var values: [String: String] = [:]
        for field in fields {
            guard let text = field.value.text, !Self.naming.contains(field.name) || field.name == "taskDefinition",
                !HiddenValue.isSecret(name: field.name, value: text)
            else { continue }
            values[field.name] = text.excerpt(300)
        }
        return values
    }

    /// `tcp 5000 from sg-1, tcp 443 from 0.0.0.0/0`
    private var securityGroupRules: String? {
        let permissions = elements(parameters?["ipPermissions"])
        let rules = permissions.flatMap { permission -> [String] in
            let kind = permission["ipProtocol"]?.text ?? "?"
            let from = permission["fromPort"]?.text ?? "all"
            let to = permission["toPort"]?.text ?? from
            let ports = from == to ? from : "\(from)-\(to)"
            let peers =
                elements(permission["groups"]).compactMap { $0["groupId"]?.text }
                + elements(permission["ipRanges"]).compactMap { $0["cidrIp"]?.text }
                + elements(permission["ipv6Ranges"]).compactMap { $0["cidrIpv6"]?.text }
            return peers.map { "\(kind) \(ports) from \($0)" }
        }
        if !rules.isEmpty { return rules.joined(separator: ", ") }
        return elements(parameters?["securityGroupRuleIds"]).compactMap(\.text).joined(separator: ", ").nonEmptyText
    }

    /// EC2 wraps its lists in `{"items": […]}`.
    private func elements(_ document: AWSDocument?) -> [AWSDocument] {
        switch document {
        case .list(let elements): elements
        case .fields: elements(document?["items"])
        default: []
        }
    }
}

extension String {
    var nonEmptyText: String? { isEmpty ? nil : self }
}
