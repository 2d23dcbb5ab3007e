import Formats
import Foundation
import Synchronization

/// Objects that were written to buckets.
final class AccountObjects: Sendable {
    private let state = Mutex<[String: [UInt8]]>([:])
    subscript(_ key: String) -> [UInt8]? {
        get { state.withLock { $0[key] } }
        set { state.withLock { $0[key] = newValue } }
    }
}

/// What an account answers to one call.
struct AccountAnswers {
    enum Content {
        case document(JSONValue)
        case bytes([UInt8])
    }

    /// A refusal by the service.
    struct Problem: Error {
        var name: String
        var code: String
        var status = 400
    }

    let account: PlantedAccount
    let call: AccountCall
    let objects: AccountObjects

    private static let home = (account: "210987654321", region: "eu-west-1")

    private func held(_ path: String...) -> JSONValue? {
        guard call.region == Self.home.region || ["sts", "iam"].contains(call.service) else { return nil }
        return path.reduce(account.holdings as JSONValue?) { $0?[$1] }
    }

    private func known(_ path: String..., code: String) throws -> JSONValue {
        let value = path.reduce(account.holdings as JSONValue?) { $0?[$1] }
        guard let value, call.region == Self.home.region || call.service == "iam" else {
            throw Problem(name: path.joined(separator: " "), code: code)
        }
        return value
    }

    /// - Throws: ``Problem`` for what AWS refuses.
    func content() throws -> Content {
        switch call.service {
        case "s3": return try object()
        case "ecs": return .document(try containers())
        case "ecr": return .document(try registry())
        case "elasticloadbalancing": return .document(try balancing())
        case "ec2": return .document(try network())
        case "monitoring": return .document(try figures())
        case "logs": return .document(try logs())
        case "iam": return .document(try identities())
        case "secretsmanager": return .document(try secret())
        case "servicediscovery": return .document(try discovery())
        default: return .document(try other())
        }
    }

    private func unknownOperation() -> Problem { Problem(name: call.action, code: "UnknownOperationException") }

    private func containers() throws -> JSONValue {
        let isOurs = call["cluster"].isEmpty || call["cluster"] == "orion-core"
        guard isOurs else { throw Problem(name: "cluster", code: "ClusterNotFoundException") }
        let ecs = held("ecs")
        func elements(_ name: String) -> [JSONValue] { ecs?[name]?.array ?? [] }
        let tasks = (ecs?["tasks"]?.object ?? [:]).values.flatMap { $0.array ?? [] }
        let families = ecs?["taskDefinitions"]?.object ?? [:]
        switch call.operation {
        case "DescribeClusters":
            let names = call.list("clusters")
            return ["clusters": .array(elements("clusters").filter { names.contains($0["clusterName"]?.string ?? "") })]
        case "DescribeServices":
            let names = call.list("services")
            let found = elements("services").filter { names.contains($0["serviceName"]?.string ?? "") }
            if found.isEmpty, elements("clusters").isEmpty {
                throw Problem(name: "cluster", code: "ClusterNotFoundException")
            }
            return ["services": .array(found)]
        case "ListTasks":
            let own = ecs?["tasks"]?[call["serviceName"]]?.array ?? []
            if elements("clusters").isEmpty { throw Problem(name: "cluster", code: "ClusterNotFoundException") }
            return [
                "taskArns": .array(
                    own.filter { $0["desiredStatus"]?.string == call["desiredStatus"] }.compactMap { $0["taskArn"] })
            ]
        case "DescribeTasks":
            let arns = call.list("tasks")
            return ["tasks": .array(tasks.filter { arns.contains($0["taskArn"]?.string ?? "") })]
        case "ListTaskDefinitions":
            let own = families[call["familyPrefix"]]?.array ?? []
            return ["taskDefinitionArns": .array(own.compactMap { $0["taskDefinitionArn"] })]
        case "DescribeTaskDefinition":
            let all = families.values.flatMap { $0.array ?? [] }
            guard let found = all.first(where: { $0["taskDefinitionArn"]?.string == call["taskDefinition"] }) else {
                throw Problem(name: call["taskDefinition"], code: "ClientException")
            }
            return ["taskDefinition": found]
        default: throw unknownOperation()
        }
    }

    private func registry() throws -> JSONValue {
        let owner = call["registryId"].isEmpty ? Self.home.account : call["registryId"]
        guard owner == Self.home.account else { throw Problem(name: owner, code: "AccessDeniedException") }
        if call.operation == "GetDownloadUrlForLayer" {
            return ["downloadUrl": .string("https://layers.example/" + call["layerDigest"])]
        }
        guard call.operation == "BatchGetImage" else { throw unknownOperation() }
        let name = "\(owner)/\(call.region)/\(call["repositoryName"])"
        guard let images = account.holdings["ecr"]?["images"]?[name]?.array else {
            throw Problem(name: name, code: "RepositoryNotFoundException")
        }
        let (tag, digest) = (call["imageIds.1.imageTag"], call["imageIds.1.imageDigest"])
        let found = images.first { image in
            tag.isEmpty
                ? image["digest"]?.string == digest : image["tags"]?.array?.contains(.string(tag)) == true
        }
        guard let found else {
            return [
                "images": [],
                "failures": [["failureCode": "ImageNotFound", "failureReason": "Requested image not found"]],
            ]
        }
        return [
            "images": [
                [
                    "repositoryName": .string(call["repositoryName"]),
                    "imageId": ["imageDigest": found["digest"] ?? .null, "imageTag": .string(tag)],
                    "imageManifest": .string(found["manifest"]?.text ?? ""),
                ]
            ], "failures": [],
        ]
    }

    private func balancing() throws -> JSONValue {
        let all = held("elb")
        let missing = "LoadBalancerNotFound"
        func pairs(_ table: String, _ name: String) throws -> JSONValue {
            let members = try known("elb", table, name, code: missing).object ?? [:]
            return [
                "Attributes": .array(
                    members.sorted { $0.key < $1.key }.map { ["Key": .string($0.key), "Value": $0.value] })
            ]
        }
        switch call.operation {
        case "DescribeLoadBalancers": return ["LoadBalancers": all?["loadBalancers"] ?? []]
        case "DescribeLoadBalancerAttributes":
            return try pairs("attributes", call.part("LoadBalancerArn", fromEnd: 1))
        case "DescribeListeners":
            let name = call.part("LoadBalancerArn", fromEnd: 1)
            return ["Listeners": try known("elb", "listeners", name, code: missing)]
        case "DescribeListenerCertificates":
            return ["Certificates": try known("elb", "listenerCertificates", call.part("ListenerArn"), code: missing)]
        case "DescribeRules": return ["Rules": try known("elb", "rules", call.part("ListenerArn"), code: missing)]
        case "DescribeTargetGroups": return ["TargetGroups": all?["targetGroups"] ?? []]
        case "DescribeTargetGroupAttributes":
            return try pairs("targetGroupAttributes", call.part("TargetGroupArn", fromEnd: 1))
        case "DescribeTargetHealth":
            let name = call.part("TargetGroupArn", fromEnd: 1)
            return ["TargetHealthDescriptions": try known("elb", "targetHealth", name, code: missing)]
        default: throw unknownOperation()
        }
    }

    private func network() throws -> JSONValue {
        let all = held("ec2")
        let lists = all?["prefixLists"]?.object ?? [:]
        let sets = [
            "DescribeSecurityGroups": ("securityGroupInfo", "securityGroups"),
            "DescribeNetworkAcls": ("networkAclSet", "networkAcls"),
            "DescribeRouteTables": ("routeTableSet", "routeTables"), "DescribeSubnets": ("subnetSet", "subnets"),
            "DescribeNetworkInterfaces": ("networkInterfaceSet", "networkInterfaces"),
            "DescribeNatGateways": ("natGatewaySet", "natGateways"),
            "DescribeVpcEndpoints": ("vpcEndpointSet", "vpcEndpoints"),
        ]
        if let (element, name) = sets[call.operation] {
            guard let value = all?[name] else { return [element: []] }
            return [element: network(value)]
        }
        switch call.operation {
        case "DescribeManagedPrefixLists":
            return [
                "prefixListSet": .array(
                    lists.sorted { $0.key < $1.key }.map {
                        ["prefixListId": .string($0.key), "prefixListName": $0.value["name"] ?? .null]
                    })
            ]
        case "GetManagedPrefixListEntries":
            guard let list = lists[call["PrefixListId"]] else {
                throw Problem(name: call["PrefixListId"], code: "InvalidPrefixListID.NotFound")
            }
            return ["entrySet": .array((list["entries"]?.array ?? []).map { ["cidr": $0] })]
        default: throw unknownOperation()
        }
    }

    /// EC2 calls some members otherwise than the data does.
    private func network(_ value: JSONValue) -> JSONValue {
        let names = [
            "groups": call.operation == "DescribeVpcEndpoints" ? "groupSet" : "groups",
            "routeTableIds": "routeTableIdSet", "subnetIds": "subnetIdSet",
        ]
        switch value {
        case .array(let elements): return .array(elements.map { network($0) })
        case .object(let members):
            return .object(Dictionary(members.map { (names[$0.key] ?? $0.key, network($0.value)) }) { $1 })
        default: return value
        }
    }

    private func figures() throws -> JSONValue {
        switch call.operation {
        case "DescribeAlarms":
            var kinds = call.list("AlarmTypes")
            if kinds.isEmpty { kinds = ["MetricAlarm"] }
            return [
                "MetricAlarms": kinds.contains("MetricAlarm") ? held("alarms", "metric") ?? [] : [],
                "CompositeAlarms": kinds.contains("CompositeAlarm") ? held("alarms", "composite") ?? [] : [],
            ]
        case "GetMetricData":
            var results: [JSONValue] = []
            while case let prefix = "MetricDataQueries.\(results.count + 1)", !call["\(prefix).Id"].isEmpty {
                results.append(series(prefix))
            }
            return ["MetricDataResults": .array(results)]
        default: throw unknownOperation()
        }
    }

    private func series(_ prefix: String) -> JSONValue {
        let metric = prefix + ".MetricStat.Metric"
        var dimensions: [String: String] = [:]
        while case let dimension = "\(metric).Dimensions.\(dimensions.count + 1)",
            let name = call.parameters["\(dimension).Name"]
        {
            dimensions[name] = call["\(dimension).Value"]
        }
        let found = held("metrics")?.array?.first { entry in
            entry["namespace"]?.string == call["\(metric).Namespace"]
                && entry["name"]?.string == call["\(metric).MetricName"]
                && (entry["where"]?.object ?? [:]).allSatisfy { dimensions[$0.key] == $0.value.string }
        }
        let values = found?["values"]?.array ?? []
        let end = Timestamp.date(call["EndTime"]) ?? account.now
        let moments = values.indices.map {
            JSONValue.string(Timestamp.text(end.addingTimeInterval(Double($0 - values.count) * 60)))
        }
        return [
            "Id": .string(call["\(prefix).Id"]), "StatusCode": "Complete", "Values": .array(values),
            "Timestamps": .array(moments),
        ]
    }

    private func logs() throws -> JSONValue {
        let missing = "ResourceNotFoundException"
        if call.operation == "DescribeLogGroups" {
            let groups = held("logs")?.object ?? [:]
            let own = groups.keys.filter { $0.hasPrefix(call["logGroupNamePrefix"]) }.sorted()
            return [
                "logGroups": .array(
                    own.map {
                        ["logGroupName": .string($0), "retentionInDays": groups[$0]?["retentionInDays"] ?? .null]
                    })
            ]
        }
        guard call.operation == "FilterLogEvents" else { throw unknownOperation() }
        let events = try known("logs", call["logGroupName"], "events", code: missing).array ?? []
        let (begin, end) = (Int64(call["startTime"]) ?? 0, Int64(call["endTime"]) ?? .max)
        let matching = events.compactMap { event -> (Int64, JSONValue)? in
            let moment = account.now.addingTimeInterval(-(event["secondsAgo"]?.number ?? 0))
            let at = Int64(moment.timeIntervalSince1970 * 1000)
            let message = event["message"]?.string ?? ""
            guard begin <= at, at < end, Self.matches(message, call["filterPattern"]) else { return nil }
            return (
                at,
                ["timestamp": .integer(at), "message": .string(message), "logStreamName": event["stream"] ?? .null]
            )
        }.sorted { $0.0 < $1.0 }.map(\.1)
        let from = Int(call["nextToken"]) ?? 0
        let page = matching.dropFirst(from).prefix(Int(call["limit"]) ?? 10_000)
        var answer: [String: JSONValue] = ["events": .array(Array(page))]
        if from + page.count < matching.count { answer["nextToken"] = .string("\(from + page.count)") }
        return .object(answer)
    }

    /// `?a ?"b c"`: any of the terms; an empty pattern takes everything.
    private static func matches(_ message: String, _ pattern: String) -> Bool {
        let terms = pattern.matches(of: /\?"([^"]+)"|\?(\S+)/).map { String($0.1 ?? $0.2 ?? "") }
        return terms.isEmpty || terms.contains { message.contains($0) }
    }

    private func identities() throws -> JSONValue {
        switch call.operation {
        case "SimulatePrincipalPolicy":
            let denied = account.holdings["iam"]?["denied"]?[call["PolicySourceArn"]]?.array ?? []
            return [
                "EvaluationResults": .array(
                    call.list("ActionNames").map { action in
                        let decision = denied.contains(.string(action)) ? "implicitDeny" : "allowed"
                        return ["EvalActionName": .string(action), "EvalDecision": .string(decision)]
                    })
            ]
        case "GetRole":
            let role = try known("iam", "roles", call["RoleName"], code: "NoSuchEntity")
            let trust = role["trust"]?.string?.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
            return ["Role": ["Arn": role["arn"] ?? .null, "AssumeRolePolicyDocument": .string(trust)]]
        default: throw unknownOperation()
        }
    }

    private func secret() throws -> JSONValue {
        let all = held("secrets")?.object ?? [:]
        let id = call["SecretId"]
        guard let (_, found) = all.first(where: { $0.key == id || $0.value["arn"]?.string == id }) else {
            throw Problem(name: id, code: "ResourceNotFoundException")
        }
        guard call.operation == "GetSecretValue" else { return found }
        let fields = (found["fields"]?.array ?? []).compactMap(\.string)
        var content: [String: JSONValue] = [:]
        for field in fields { content[field] = .string("visibly-fake-\(field)") }
        return ["SecretString": .string(JSONValue.object(content).text)]
    }

    private func discovery() throws -> JSONValue {
        let all = held("cloudMap")
        switch call.operation {
        case "ListNamespaces": return ["Namespaces": all?["namespaces"] ?? []]
        case "ListServices": return ["Services": all?["services"]?[call["Filters.1.Values.1"]] ?? []]
        case "ListInstances":
            return ["Instances": try known("cloudMap", "instances", call["ServiceId"], code: "ServiceNotFound")]
        default: throw unknownOperation()
        }
    }

    private func other() throws -> JSONValue {
        switch call.action {
        case "sts:GetCallerIdentity": return account.holdings["identity"] ?? .null
        case "acm:DescribeCertificate":
            let certificate = try known(
                "acm", call.part("CertificateArn"), code: "ResourceNotFoundException")
            return ["Certificate": certificate]
        case "rds:DescribeDBInstances":
            let instances = (held("rds", "instances")?.array ?? []).filter {
                $0["dbInstanceIdentifier"]?.string == call["DBInstanceIdentifier"]
            }
            guard !instances.isEmpty else { throw Problem(name: "instance", code: "DBInstanceNotFound", status: 404) }
            return ["DBInstances": .array(instances)]
        case "rds:DescribeDBParameters":
            let values = try known("rds", "parameters", call["DBParameterGroupName"], code: "DBParameterGroupNotFound")
            return [
                "Parameters": .array(
                    (values.object ?? [:]).sorted { $0.key < $1.key }.map {
                        ["ParameterName": .string($0.key), "ParameterValue": $0.value]
                    })
            ]
        case "rds:DescribePendingMaintenanceActions":
            return ["PendingMaintenanceActions": held("rds", "pendingMaintenance") ?? []]
        case "elasticache:DescribeReplicationGroups":
            let groups = held("elasticache", "replicationGroups")?.array ?? []
            guard !groups.isEmpty else {
                throw Problem(name: "group", code: "ReplicationGroupNotFoundFault", status: 404)
            }
            return ["ReplicationGroups": .array(groups)]
        case "elasticache:DescribeCacheClusters": return ["CacheClusters": held("elasticache", "clusters") ?? []]
        case "elasticache:DescribeCacheSubnetGroups":
            return ["CacheSubnetGroups": held("elasticache", "subnetGroups") ?? []]
        case "ssm:DescribeParameters":
            let name = call["ParameterFilters.1.Values.1"]
            return ["Parameters": .array([held("parameters", name)].compactMap(\.self))]
        case "cloudtrail:LookupEvents":
            let events = (held("trail")?.array ?? []).map { JSONValue.object(["CloudTrailEvent": .string($0.text)]) }
            return ["Events": .array(events)]
        case "servicequotas:GetServiceQuota":
            let value = try known("quotas", call["QuotaCode"], code: "NoSuchResourceException")
            return ["Quota": ["QuotaCode": .string(call["QuotaCode"]), "Value": value]]
        default: throw unknownOperation()
        }
    }

    private func object() throws -> Content {
        guard let bucket = account.holdings["s3"]?[call.bucket] else {
            throw Problem(name: call.bucket, code: "NoSuchBucket", status: 404)
        }
        let place = call.bucket + "/" + call.key
        switch call.operation {
        case "ListBucket": return .bytes([])
        case "GetBucketVersioning": return .document(bucket["versioning"] ?? [:])
        case "GetEncryptionConfiguration": return .document(bucket["encryption"] ?? [:])
        case "GetBucketPublicAccessBlock": return .document(bucket["publicAccess"] ?? [:])
        case "GetLifecycleConfiguration": return .document(bucket["lifecycle"] ?? [:])
        case "GetReplicationConfiguration": return .document(bucket["replication"] ?? [:])
        case "GetBucketPolicy":
            guard let policy = bucket["policy"], policy != .null else {
                throw Problem(name: "policy", code: "NoSuchBucketPolicy", status: 404)
            }
            return .bytes(Array(policy.text.utf8))
        case "PutObject":
            objects[place] = call.body
            return .bytes([])
        case "DeleteObject":
            objects[place] = nil
            return .bytes([])
        case "GetObject":
            guard let body = objects[place] else { throw Problem(name: place, code: "NoSuchKey", status: 404) }
            return .bytes(body)
        default: throw unknownOperation()
        }
    }
}
