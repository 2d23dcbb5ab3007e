import AWSClient
import RunModel
import Secrets

/// What an event says of the values before and after it; never a secret.
struct TrailValues {
    struct Values {
        var before: [String: String] = [:]
        var after: [String: String] = [:]
    }

    let subject: ChangeSubject
    let kind: Change.Kind
    private var parameters: AWSDocument? { subject.parameters }
    private var response: AWSDocument? { subject.event["responseElements"] }

    /// Values kept of one event.
    private static let most = 40
    /// Names that the record of earlier changes says nothing of: they list what is added or taken away.
    static let listing: Set<String> = ["rules", "targets"]

    init(_ subject: ChangeSubject, kind: Change.Kind) {
        self.subject = subject
        self.kind = kind
    }

    var values: Values {
        switch subject.service {
        case "secretsmanager": return Values()
        case "ecs" where kind == .taskDefinition: return Values(after: containers)
        case "ec2" where kind == .securityGroup: return taken(securityGroupRules)
        case "route53": return records
        case "rds" where subject.name == "ModifyDBParameterGroup": return Values(after: databaseParameters)
        case "rds" where subject.name == "ModifyDBInstance": return Values(before: replaced, after: plain)
        default: return taken(plain)
        }
    }

    /// What is revoked, deleted or removed was there before, and is not there after.
    private func taken(_ values: [String: String]) -> Values {
        let isTaken = ["Delete", "Revoke", "Deregister", "Remove", "Detach", "Disassociate"].contains {
            subject.name.hasPrefix($0)
        }
        return isTaken ? Values(before: values) : Values(after: values)
    }

    private var containers: [String: String] {
        var values: [String: String] = [:]
        for container in parameters?["containerDefinitions"].map(ChangeSubject.elements) ?? [] {
            guard let name = container["name"]?.text else { continue }
            for setting in ["image", "cpu", "memory"] { values["\(name) \(setting)"] = container[setting]?.text }
        }
        return values
    }

    // MARK: Security groups

    /// `tcp 5000 from sg-1, tcp 443 from 0.0.0.0/0`
    private var securityGroupRules: [String: String] {
        var values = plain.filter { !$0.key.hasPrefix("ip") && !$0.key.hasPrefix("SecurityGroupRule") }
        let permissions = parameters?["ipPermissions"].map(ChangeSubject.elements) ?? []
        let told = ["securityGroupRuleSet", "revokedSecurityGroupRuleSet"].flatMap {
            response?[$0].map(ChangeSubject.elements) ?? []
        }
        let rules = permissions.flatMap(Self.rules(of:)) + (permissions.isEmpty ? told.map(Self.rule) : [])
        if !rules.isEmpty { values["rules"] = rules.joined(separator: ", ") }
        for entry in modifiedRules {
            guard let id = entry["SecurityGroupRuleId"]?.text, let rule = entry["SecurityGroupRule"] else { continue }
            values["rule \(id)"] = Self.rule(rule)
        }
        let ids = (parameters?["securityGroupRuleIds"].map(ChangeSubject.elements) ?? []).compactMap {
            $0.text ?? $0["securityGroupRuleId"]?.text
        }
        if rules.isEmpty, !ids.isEmpty { values["rules"] = ids.joined(separator: ", ") }
        return values
    }

    /// One element is written without a list.
    private var modifiedRules: [AWSDocument] {
        guard let entry = parameters?["SecurityGroupRule"] else { return [] }
        return entry["SecurityGroupRuleId"] == nil ? ChangeSubject.elements(entry) : [entry]
    }

    private static func rules(of permission: AWSDocument) -> [String] {
        let peers =
            ["groups": "groupId", "ipRanges": "cidrIp", "ipv6Ranges": "cidrIpv6", "prefixListIds": "prefixListId"]
            .sorted { $0.key < $1.key }
            .flatMap { list, name in
                (permission[list].map(ChangeSubject.elements) ?? []).compactMap { $0[name]?.text }
            }
        return peers.map { "\(ports(permission)) from \($0)" }
    }

    private static func rule(_ rule: AWSDocument) -> String {
        let group = rule["referencedGroupInfo"]?["groupId"]?.text ?? rule["referencedGroupId"]?.text
        let peer =
            group ?? ["cidrIpv4", "cidrIpv6", "prefixListId"].lazy.compactMap { rule[$0]?.text }.first ?? "?"
        return "\(ports(rule)) from \(peer)"
    }

    private static func ports(_ rule: AWSDocument) -> String {
        let from = rule["fromPort"]?.text ?? "all"
        let to = rule["toPort"]?.text ?? from
        let kind = rule["ipProtocol"]?.text ?? "?"
        return "\(kind == "-1" ? "all" : kind) \(from == to ? from : "\(from)-\(to)")"
    }

    // MARK: Names, databases

    private var records: Values {
        var values = Values()
        for change in parameters?["changeBatch"]?["changes"].map(ChangeSubject.elements) ?? [] {
            guard let set = change["resourceRecordSet"], let name = set["name"]?.text else { continue }
            let targets =
                (set["resourceRecords"].map(ChangeSubject.elements) ?? []).compactMap { $0["value"]?.text }
                + [set["aliasTarget"]?["dNSName"]?.text].compactMap(\.self)
            let key = "\(set["type"]?.text ?? "record") \(ChangeSubject.host(name))"
            let text = HiddenValue.masked(text: targets.joined(separator: ", ")).excerpt(300)
            if change["action"]?.text == "DELETE" { values.before[key] = text } else { values.after[key] = text }
        }
        return values
    }

    private var databaseParameters: [String: String] {
        var values: [String: String] = [:]
        for parameter in parameters?["parameters"].map(ChangeSubject.elements) ?? [] {
            guard let name = parameter["parameterName"]?.text, let value = parameter["parameterValue"]?.text,
                !HiddenValue.isSecret(name: name, value: value)
            else { continue }
            values[name] = value.excerpt(300)
        }
        return values
    }

    /// RDS answers a modification with the values that hold until it is carried out.
    private var replaced: [String: String] {
        var values: [String: String] = [:]
        for (name, after) in plain {
            if let before = response?[name]?.text, before != after { values[name] = before.excerpt(300) }
        }
        return values
    }

    // MARK: Parameters as they are

    /// Parameters that are one value, with those of nested blocks by their path, and do not look secret.
    private var plain: [String: String] {
        var values: [String: String] = [:]
        guard case .fields(let fields)? = parameters else { return values }
        for field in fields where field.value.text == nil || !isName(field.name) {
            flatten(field.value, field.name, field.name, depth: 0, into: &values)
        }
        return values
    }

    private func isName(_ name: String) -> Bool {
        // A service's task definition is what it is changed to.
        TrailChange.naming.contains { $0.caseInsensitiveCompare(name) == .orderedSame }
            && !(kind == .service && name == "taskDefinition")
    }

    private func flatten(
        _ document: AWSDocument, _ path: String, _ name: String, depth: Int, into values: inout [String: String]
    ) {
        guard values.count < Self.most, depth < 8, !Self.isHidden(name, subject.service) else { return }
        switch document {
        case .scalar(let text):
            guard !text.isEmpty, !HiddenValue.isSecret(name: name, value: text) else { return }
            values[path] = HiddenValue.masked(text: text.excerpt(300))
        case .list(let elements):
            let texts = elements.compactMap(\.text)
            if texts.count == elements.count {
                let shown = texts.joined(separator: ", ")
                guard !texts.isEmpty, !HiddenValue.isSecret(name: name, value: shown) else { return }
                values[path] = HiddenValue.masked(text: shown.excerpt(300))
                return
            }
            for (index, element) in elements.enumerated() {
                flatten(element, "\(path)[\(index)]", name, depth: depth + 1, into: &values)
            }
        case .fields(let fields):
            if fields.count == 1, fields[0].name == "items" {
                return flatten(fields[0].value, path, name, depth: depth + 1, into: &values)
            }
            for field in fields {
                flatten(field.value, "\(path).\(field.name)", field.name, depth: depth + 1, into: &values)
            }
        case .null: return
        }
    }

    /// What may hold anything: scripts, command lines, environments, and the values of parameters.
    private static func isHidden(_ name: String, _ service: String) -> Bool {
        ["userdata", "command", "entrypoint", "environment", "healthcheck", "templatebody", "parameters"].contains(
            name.lowercased()) || (service == "ssm" && name.lowercased() == "value")
    }
}
