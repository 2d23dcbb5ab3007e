import AWSClient
import RunModel

/// What an event was made on, by the canonical names of `ResourceName`: found in the parameters that name it, and in nothing that the
/// request only refers to.
struct ChangeSubject {
    let service: String
    let name: String
    /// Without the wrapper of newer calls of EC2, such as `ModifySecurityGroupRulesRequest`.
    let parameters: AWSDocument?
    let event: AWSDocument

    init(_ event: AWSDocument) {
        self.event = event
        name = event["eventName"]?.text ?? ""
        let source = event["eventSource"]?.text ?? ""
        service = source.hasSuffix(".amazonaws.com") ? String(source.dropLast(14)) : source
        parameters = Self.unwrapped(event["requestParameters"])
    }

    /// The parameters inside of their only member, where that is called after the request.
    private static func unwrapped(_ parameters: AWSDocument?) -> AWSDocument? {
        guard case .fields(let fields)? = parameters, fields.count == 1, let only = fields.first,
            only.name.hasSuffix("Request"), case .fields = only.value
        else { return parameters }
        return only.value
    }

    /// Each once, most telling first; empty where the event does not say.
    var names: [String] {
        var found: [String] = []
        for name in named + [listenersBalancer].compactMap(\.self) where !found.contains(name) { found.append(name) }
        return found
    }

    private var named: [String] {
        switch service {
        case "ecs": containers
        case "elasticloadbalancing", "acm": arns + created
        case "ec2": network
        case "rds", "elasticache": stores
        case "secretsmanager": secrets
        case "ssm": texts("name", "names").map { ResourceName.name(service: "ssm", resource: Self.parameterPath($0)) }
        case "kms": keys
        case "s3": texts("bucketName").map { "s3:\($0)" }
        case "iam": identities
        case "ecr": texts("repositoryName").map { "ecr:repository/\($0)" }
        case "servicediscovery": discovery
        case "route53": records
        case "wafv2", "waf-regional", "waf":
            texts("resourceArn").compactMap(ResourceName.canonical) + texts("name", "webACLId").map { "wafv2:\($0)" }
        case "application-autoscaling": texts("resourceId").map { "ecs:\($0)" }
        case "autoscaling": texts("autoScalingGroupName").map { "autoscaling:\($0)" }
        case "cloudformation": stacks
        case "organizations": texts("targetId", "policyId").map { "organizations:\($0)" }
        case "logs": texts("logGroupName").map { "logs:log-group:\($0)" }
        default: []
        }
    }

    // MARK: By service

    private var containers: [String] {
        let cluster = parameters?["cluster"]?.text.map { $0.split(separator: "/").last.map(String.init) ?? $0 }
        func service(_ text: String) -> String {
            ResourceName.canonical(text) ?? "ecs:service/\(cluster ?? "default")/\(text)"
        }
        let services = texts("service", "serviceName").map(service)
        if !services.isEmpty { return services }
        if let group = event["responseElements"]?["task"]?["group"]?.text, group.hasPrefix("service:") {
            return [service(String(group.dropFirst(8)))]
        }
        let families = texts("family", "taskDefinition").map(Self.family)
        if !families.isEmpty { return families }
        let tasks = texts("task").map { ResourceName.canonical($0) ?? "ecs:task/\(cluster ?? "default")/\($0)" }
        return tasks.isEmpty
            ? texts("clusterName", "cluster").map { ResourceName.canonical($0) ?? "ecs:cluster/\($0)" } : tasks
    }

    private static func family(_ text: String) -> String {
        ResourceName.canonical(text)
            ?? ResourceName.name(service: "ecs", resource: "task-definition/\(text)")
    }

    private var arns: [String] {
        let rules = elements("rulePriorities").compactMap { $0["ruleArn"]?.text }
        return
            (texts("ruleArn", "listenerArn", "targetGroupArn", "loadBalancerArn", "resourceArns", "certificateArn")
            + rules).compactMap(ResourceName.canonical)
    }

    /// Of calls that make something, by the name it gets.
    private var created: [String] {
        switch name {
        case "CreateLoadBalancer": texts("name").map { "elasticloadbalancing:loadbalancer/\($0)" }
        case "CreateTargetGroup": texts("name").map { "elasticloadbalancing:targetgroup/\($0)" }
        default: []
        }
    }

    /// Rules and listeners have the name of their load balancer in theirs.
    private var listenersBalancer: String? {
        guard service == "elasticloadbalancing" else { return nil }
        return arns.lazy.compactMap(ResourceName.loadBalancer(ofListener:)).first
            .map { "elasticloadbalancing:loadbalancer/\($0)" }
    }

    private var network: [String] {
        let own = texts(
            "groupId", "networkAclId", "routeTableId", "natGatewayId", "vpcEndpointId", "vpcEndpointIds",
            "prefixListId",
            "networkInterfaceId", "internetGatewayId", "subnetId", "subnetIds")
        let made = name.hasPrefix("Create") ? [event["responseElements"]?["groupId"]?.text].compactMap(\.self) : []
        // A network is what is changed only where nothing in it is.
        return own.isEmpty || name.contains("InternetGateway") ? own + made + texts("vpcId") : own
    }

    private var stores: [String] {
        let kinds =
            service == "rds"
            ? [
                ("dBInstanceIdentifier", "db"), ("targetDBInstanceIdentifier", "db"),
                ("dBClusterIdentifier", "cluster"),
                ("dBParameterGroupName", "pg"), ("dBSubnetGroupName", "subgrp"),
            ]
            : [
                ("replicationGroupId", "replicationgroup"), ("cacheClusterId", "cluster"),
                ("cacheParameterGroupName", "parametergroup"), ("cacheSubnetGroupName", "subnetgroup"),
            ]
        // What an instance is moved to is not what is changed.
        for (parameter, kind) in kinds {
            let found = texts(parameter)
            if !found.isEmpty { return found.map { "\(service):\(kind):\($0.lowercased())" } }
        }
        return []
    }

    private var secrets: [String] {
        let named = texts("secretId", "name") + [event["additionalEventData"]?["SecretId"]?.text].compactMap(\.self)
        return named.map { text in
            ResourceName.canonical(text) ?? "secretsmanager:secret:\(text)"
        }
    }

    private var keys: [String] {
        let named = texts("keyId", "targetKeyId").map { text in
            ResourceName.canonical(text) ?? (text.hasPrefix("alias/") ? "kms:\(text)" : "kms:key/\(text)")
        }
        return named + listed
    }

    /// What CloudTrail itself lists.
    private var listed: [String] {
        guard case .list(let entries)? = event["resources"] else { return [] }
        return entries.compactMap { $0["ARN"]?.text.flatMap(ResourceName.canonical) }
    }

    private var identities: [String] {
        let own = texts("roleName").map { "iam:role/\($0)" } + texts("userName").map { "iam:user/\($0)" }
        return own.isEmpty ? texts("policyArn").compactMap(ResourceName.canonical) : own
    }

    private var discovery: [String] {
        let services = texts("serviceId").map { "servicediscovery:service/\($0)" }
        if !services.isEmpty { return services }
        return texts("id", "namespaceId").map {
            "servicediscovery:\($0.hasPrefix("ns-") ? "namespace" : "service")/\($0)"
        }
            + texts("name").map { "servicediscovery:name/\($0)" }
    }

    private var records: [String] {
        let changes = parameters?["changeBatch"]?["changes"].map(Self.elements) ?? []
        let names = changes.compactMap { $0["resourceRecordSet"]?["name"]?.text }
        return names.map { "route53:record/" + Self.host($0) }
            + texts("hostedZoneId").map { "route53:hostedzone/\($0)" }
    }

    private var stacks: [String] {
        texts("stackName").map { text in
            let path = (ResourceName.canonical(text) ?? text).split(separator: "/").map(String.init)
            return "cloudformation:stack/\(path.count > 1 ? path[1] : text)"
        }
    }

    /// `api.example.com` of `API.example.com.`.
    static func host(_ name: String) -> String {
        let plain = name.lowercased()
        return plain.hasSuffix(".") ? String(plain.dropLast()) : plain
    }

    static func parameterPath(_ name: String) -> String {
        "parameter/" + (name.hasPrefix("/") ? String(name.dropFirst()) : name)
    }

    // MARK: Reading

    /// The texts of parameters, in the order of the names; one that is a list gives each of its texts.
    private func texts(_ names: String...) -> [String] {
        names.flatMap { name -> [String] in
            switch parameters?[name] {
            case .scalar(let text)?: text.isEmpty ? [] : [text]
            case .fields?:
                [parameters?[name]?["content"]?.text].compactMap(\.self)
                    + elements(name).compactMap { $0.text ?? $0["content"]?.text }
            case .list?: elements(name).compactMap(\.text)
            case .null?, nil: []
            }
        }
    }

    private func elements(_ name: String) -> [AWSDocument] { parameters?[name].map(Self.elements) ?? [] }

    /// EC2 wraps its lists in `{"items": […]}`.
    static func elements(_ document: AWSDocument) -> [AWSDocument] {
        switch document {
        case .list(let elements): elements
        case .fields: document["items"].map(elements) ?? []
        default: []
        }
    }
}
