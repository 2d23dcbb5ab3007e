import AWSClient
import Formats
import Foundation
import RunModel
import Secrets

/// Reads one CloudTrail event as a change: who, what, which resource, from where, and the values before and after it.
struct TrailChange {
    let event: AWSDocument
    private let subject: ChangeSubject
    private var parameters: AWSDocument? { subject.parameters }

    init(_ event: AWSDocument) {
        self.event = event
        subject = ChangeSubject(event)
    }

    /// The change; nil for events of no interest and for events without name or time.
    func change() -> Change? {
        guard let name = event["eventName"]?.text, let source = event["eventSource"]?.text,
            var kind = ChangeKinds.kind(name: name, source: source),
            let at = event["eventTime"]?.text.flatMap(Timestamp.date)
        else { return nil }
        let actor = TrailActor(event)
        if actor.isScaling { kind = .scaling }
        var values = TrailValues(subject, kind: kind).values
        if kind == .database, changesPassword {
            kind = .databasePassword
            values.after["master password"] = "changed"
        }
        return Change(
            id: event["eventID"]?.text ?? "\(name) \(Timestamp.text(at))", origin: .cloudTrail, kind: kind, at: at,
            actor: actor.name, action: name, resources: resources, subjects: subject.names,
            isAutomatic: actor.isAutomatic, undo: ChangeUndo(subject).command, before: values.before,
            after: values.after, sourceAddress: event["sourceIPAddress"]?.text, errorCode: event["errorCode"]?.text)
    }

    /// RDS never logs the password; that the parameter is there is the evidence (contract §7.5).
    private var changesPassword: Bool {
        parameters?["masterUserPassword"] != nil || parameters?["manageMasterUserPassword"]?.text == "true"
            || event["responseElements"]?["pendingModifiedValues"]?["masterUserPassword"] != nil
    }

    /// Parameters that name what was changed, most telling first.
    static let naming = [
        "dBInstanceIdentifier", "dBParameterGroupName", "dBSubnetGroupName", "secretId", "ruleArn", "targetGroupArn",
        "listenerArn", "loadBalancerArn", "groupId", "groupName", "networkAclId", "routeTableId", "subnetId",
        "networkInterfaceId", "natGatewayId", "prefixListId", "vpcEndpointId", "vpcId", "service", "serviceName",
        "family", "taskDefinition", "cluster", "bucketName", "roleName", "userName", "policyName", "policyArn",
        "replicationGroupId", "cacheClusterId", "serviceId", "instanceId", "certificateArn", "repositoryName",
        "resourceId", "resourceArn", "keyId", "hostedZoneId", "stackName", "task", "name",
    ]

    /// As the request wrote them; without any, what the event is about by its canonical name.
    private var resources: [String] {
        var found: [String] = []
        func add(_ text: String?) {
            if let text, !text.isEmpty, !found.contains(text) { found.append(text) }
        }
        for name in Self.naming { add(parameters?[name]?.text) }
        add(event["responseElements"]?["taskDefinition"]?["taskDefinitionArn"]?.text)
        add(event["responseElements"]?["groupId"]?.text)
        if case .list(let named)? = event["resources"] { for resource in named { add(resource["ARN"]?.text) } }
        return found.isEmpty ? subject.names : found
    }
}

/// Who is behind an event: a person, a role's session, or AWS itself.
struct TrailActor {
    let name: String
    /// Whether AWS did it on its own, to follow load or to replace tasks: no decision of anybody's.
    let isAutomatic: Bool
    /// Whether it followed load.
    let isScaling: Bool

    /// Service-linked roles under which AWS scales and places tasks.
    private static let automatic: [(role: String, name: String, scales: Bool)] = [
        ("AWSServiceRoleForApplicationAutoScaling_", "Application Auto Scaling", true),
        ("AWSServiceRoleForAutoScaling", "EC2 Auto Scaling", true), ("AWSServiceRoleForECS", "Amazon ECS", false),
    ]

    init(_ event: AWSDocument) {
        let identity = event["userIdentity"]
        let role = identity?["sessionContext"]?["sessionIssuer"]?["userName"]?.text ?? ""
        let arn = identity?["arn"]?.text ?? ""
        let own = Self.automatic.first { role.hasPrefix($0.role) || arn.contains(":assumed-role/\($0.role)") }
        let isScaler = identity?["invokedBy"]?.text?.hasSuffix("autoscaling.amazonaws.com") == true
        isScaling = own?.scales ?? isScaler
        isAutomatic = own != nil || isScaler
        name = own?.name ?? (isScaler ? "Application Auto Scaling" : Self.person(identity, arn: arn))
    }

    /// The session of an assumed role is the person behind it; the role alone says little.
    private static func person(_ identity: AWSDocument?, arn: String) -> String {
        guard let identity else { return "unknown" }
        switch identity["type"]?.text {
        case "AssumedRole", "Role":
            if let range = arn.range(of: ":assumed-role/") { return session(String(arn[range.upperBound...])) }
            return identity["sessionContext"]?["sessionIssuer"]?["userName"]?.text ?? arn
        case "Root": return "root"
        case "AWSService": return identity["invokedBy"]?.text ?? "an AWS service"
        case "IdentityCenterUser":
            let id = identity["onBehalfOf"]?["userId"]?.text ?? identity["principalId"]?.text
            return identity["userName"]?.text ?? id.map { "IAM Identity Center user \($0)" }
                ?? "an Identity Center user"
        case "AWSAccount": return "account \(identity["accountId"]?.text ?? identity["principalId"]?.text ?? "unknown")"
        case "IAMUser", "WebIdentityUser", "SAMLUser": return identity["userName"]?.text ?? arn
        default:
            return identity["userName"]?.text ?? (arn.isEmpty ? identity["principalId"]?.text : arn) ?? "unknown"
        }
    }

    /// `ada@example.com (Operator)` of `AWSReservedSSO_Operator_0123456789abcdef/ada@example.com`: the person of a permission set.
    private static func session(_ text: String) -> String {
        guard let match = text.wholeMatch(of: #/AWSReservedSSO_(.+)_[0-9a-f]{16}\/(.+)/#) else { return text }
        return "\(match.2) (\(match.1))"
    }
}
