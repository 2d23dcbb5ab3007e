/// One thing the snapshot holds. A check names the items it reads; what is called, the policy and the preflight follow from that.
public enum AWSItem: String, CaseIterable, Sendable, Codable, Hashable {
    case identity, permissions
    case clusters, services, tasks, taskDefinitions, images
    case loadBalancers, loadBalancerAttributes, listeners, rules, targetGroups, targetHealth, certificates
    case securityGroups, networkACLs, routeTables, subnets, networkInterfaces
    case databases, replicationGroups, cacheClusters, cacheSubnets
    case secrets, secretShapes
    case namespaces, discoveryServices, discoveryInstances
    case buckets, bucketVersioning, bucketEncryption, bucketPublicAccess, bucketPolicies, bucketLifecycles
    case bucketReplication, artifactRoundTrip
    case metrics, alarms, logEvents
    case changes, declaredChanges
    case healthPaths, connections

    /// The IAM actions that collecting it calls, without those of the items it is collected from.
    public var actions: [String] {
        switch self {
        case .identity: ["sts:GetCallerIdentity"]
        case .permissions: ["iam:SimulatePrincipalPolicy"]
        case .clusters: ["ecs:DescribeClusters"]
        case .services: ["ecs:DescribeServices"]
        case .tasks: ["ecs:ListTasks", "ecs:DescribeTasks"]
        case .taskDefinitions: ["ecs:ListTaskDefinitions", "ecs:DescribeTaskDefinition"]
        case .images: ["ecr:BatchGetImage"]
        case .loadBalancers: ["elasticloadbalancing:DescribeLoadBalancers"]
        case .loadBalancerAttributes: ["elasticloadbalancing:DescribeLoadBalancerAttributes"]
        case .listeners: ["elasticloadbalancing:DescribeListeners"]
        case .rules: ["elasticloadbalancing:DescribeRules"]
        case .targetGroups: ["elasticloadbalancing:DescribeTargetGroups"]
        case .targetHealth: ["elasticloadbalancing:DescribeTargetHealth"]
        case .certificates: ["acm:DescribeCertificate"]
        case .securityGroups: ["ec2:DescribeSecurityGroups"]
        case .networkACLs: ["ec2:DescribeNetworkAcls"]
        case .routeTables: ["ec2:DescribeRouteTables"]
        case .subnets: ["ec2:DescribeSubnets"]
        case .networkInterfaces: ["ec2:DescribeNetworkInterfaces"]
        case .databases: ["rds:DescribeDBInstances"]
        case .replicationGroups: ["elasticache:DescribeReplicationGroups"]
        case .cacheClusters: ["elasticache:DescribeCacheClusters"]
        case .cacheSubnets: ["elasticache:DescribeCacheSubnetGroups"]
        case .secrets: ["secretsmanager:DescribeSecret"]
        case .secretShapes: ["secretsmanager:GetSecretValue"]
        case .namespaces: ["servicediscovery:ListNamespaces"]
        case .discoveryServices: ["servicediscovery:ListServices"]
        case .discoveryInstances: ["servicediscovery:ListInstances"]
        case .buckets: ["s3:ListBucket"]
        case .bucketVersioning: ["s3:GetBucketVersioning"]
        case .bucketEncryption: ["s3:GetEncryptionConfiguration"]
        case .bucketPublicAccess: ["s3:GetBucketPublicAccessBlock"]
        case .bucketPolicies: ["s3:GetBucketPolicy"]
        case .bucketLifecycles: ["s3:GetLifecycleConfiguration"]
        case .bucketReplication: ["s3:GetReplicationConfiguration"]
        case .artifactRoundTrip: ["s3:PutObject", "s3:GetObject", "s3:DeleteObject"]
        case .metrics: ["cloudwatch:GetMetricData"]
        case .alarms: ["cloudwatch:DescribeAlarms"]
        case .logEvents: ["logs:FilterLogEvents"]
        case .changes: ["cloudtrail:LookupEvents"]
        case .declaredChanges, .healthPaths, .connections: []
        }
    }

    /// The items it is collected from.
    public var sources: [AWSItem] {
        switch self {
        case .permissions: [.identity]
        case .taskDefinitions: [.services]
        case .images: [.taskDefinitions]
        case .loadBalancerAttributes, .listeners: [.loadBalancers]
        case .rules, .certificates: [.listeners]
        case .targetHealth: [.targetGroups]
        case .discoveryServices: [.namespaces]
        case .discoveryInstances: [.discoveryServices]
        case .metrics: [.loadBalancers, .targetGroups]
        case .logEvents: [.services, .tasks]
        case .healthPaths: [.targetGroups, .taskDefinitions]
        default: []
        }
    }

    /// The items and all they are collected from, each once, sources first.
    public static func closure(of items: [AWSItem]) -> [AWSItem] {
        var found: [AWSItem] = []
        func add(_ item: AWSItem) {
            guard !found.contains(item) else { return }
            item.sources.forEach(add)
            found.append(item)
        }
        items.forEach(add)
        return found
    }

    /// Every action that collecting the items calls, sorted.
    public static func actions(for items: [AWSItem]) -> [String] {
        Set(closure(of: items).flatMap(\.actions)).sorted()
    }
}
