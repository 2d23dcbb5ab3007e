import AWSClient
import RunModel

/// The command that takes a change back, with the names of the change in it.
struct ChangeUndo {
    let subject: ChangeSubject
    private var parameters: AWSDocument? { subject.parameters }

    init(_ subject: ChangeSubject) { self.subject = subject }

    /// Nil for changes that the event alone does not tell how to take back, and for names that are not plain.
    var command: String? {
        switch subject.name {
        case "RevokeSecurityGroupIngress", "RevokeSecurityGroupEgress", "AuthorizeSecurityGroupIngress",
            "AuthorizeSecurityGroupEgress":
            rules
        case "CreateNetworkAclEntry":
            line("ec2 delete-network-acl-entry", [("network-acl-id", "networkAclId"), ("rule-number", "ruleNumber")])
                .map { $0 + (parameters?["egress"]?.text == "true" ? " --egress" : " --ingress") }
        case "DeleteSecret": line("secretsmanager restore-secret", [("secret-id", "secretId")])
        case "DisableKey": line("kms enable-key", [("key-id", "keyId")])
        case "ScheduleKeyDeletion": line("kms cancel-key-deletion", [("key-id", "keyId")])
        case "DetachRolePolicy":
            line("iam attach-role-policy", [("role-name", "roleName"), ("policy-arn", "policyArn")])
        case "AttachRolePolicy":
            line("iam detach-role-policy", [("role-name", "roleName"), ("policy-arn", "policyArn")])
        case "DeregisterTargets", "RegisterTargets": targets
        case "AssociateWebACL": line("wafv2 disassociate-web-acl", [("resource-arn", "resourceArn")])
        case "UpdateService" where parameters?["desiredCount"]?.text == "0":
            line("ecs update-service", [("cluster", "cluster"), ("service", "service")])
                .map { $0 + " --desired-count COUNT" }
        case "ModifyDBInstance" where parameters?["publiclyAccessible"]?.text == "true":
            line("rds modify-db-instance", [("db-instance-identifier", "dBInstanceIdentifier")])
                .map { $0 + " --no-publicly-accessible --apply-immediately" }
        default: nil
        }
    }

    private func line(_ call: String, _ options: [(option: String, parameter: String)]) -> String? {
        var words = ["aws", call]
        for (option, parameter) in options {
            guard let value = parameters?[parameter]?.text.flatMap(Self.plain) else { return nil }
            words.append("--\(option) \(value)")
        }
        return words.joined(separator: " ")
    }

    /// The opposite of the call with one rule of its own.
    private var rules: String? {
        guard let group = parameters?["groupId"]?.text.flatMap(Self.plain),
            let rule = (parameters?["ipPermissions"].map(ChangeSubject.elements) ?? []).first,
            let kind = rule["ipProtocol"]?.text.flatMap(Self.plain)
        else { return nil }
        let verb = subject.name.hasPrefix("Revoke") ? "authorize" : "revoke"
        let way = subject.name.hasSuffix("Ingress") ? "ingress" : "egress"
        var text = "IpProtocol=\(kind)"
        if let from = rule["fromPort"]?.text.flatMap(Self.plain), let to = rule["toPort"]?.text.flatMap(Self.plain) {
            text += ",FromPort=\(from),ToPort=\(to)"
        }
        let peers = [
            ("groups", "groupId", "UserIdGroupPairs=[{GroupId="), ("ipRanges", "cidrIp", "IpRanges=[{CidrIp="),
            ("ipv6Ranges", "cidrIpv6", "Ipv6Ranges=[{CidrIpv6="),
            ("prefixListIds", "prefixListId", "PrefixListIds=[{PrefixListId="),
        ]
        for (list, name, word) in peers {
            let named = (rule[list].map(ChangeSubject.elements) ?? []).lazy.compactMap { $0[name]?.text }.first
            if let peer = named.flatMap(Self.plain) { text += ",\(word)\(peer)}]" }
        }
        return "aws ec2 \(verb)-security-group-\(way) --group-id \(group) --ip-permissions '\(text)'"
    }

    private var targets: String? {
        let call = subject.name == "RegisterTargets" ? "elbv2 deregister-targets" : "elbv2 register-targets"
        guard let start = line(call, [("target-group-arn", "targetGroupArn")]) else { return nil }
        let named = (parameters?["targets"].map(ChangeSubject.elements) ?? []).prefix(10).compactMap {
            target -> String? in
            guard let id = target["id"]?.text.flatMap(Self.plain) else { return nil }
            return "Id=\(id)" + (target["port"]?.text.flatMap(Self.plain).map { ",Port=\($0)" } ?? "")
        }
        return named.isEmpty ? nil : start + " --targets " + named.joined(separator: " ")
    }

    /// Names come from outside: one that a shell could read as more than a word is in no command.
    private static func plain(_ text: String) -> String? {
        let isPlain =
            !text.isEmpty && text.utf8.count <= 300 && !text.hasPrefix("-")
            && text.utf8.allSatisfy { byte in
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                    || "-_./:+@=".utf8.contains(byte)
            }
        return isPlain || text == "-1" ? text : nil
    }
}
