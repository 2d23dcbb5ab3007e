import Foundation
import RunModel
import Testing

@testable import AWSChecks

/// A failure with the change behind it. The labels were written down before any ranking was measured with them.
struct SuspectScenario: Sendable, CustomTestStringConvertible {
    let name: String
    let check: CheckID
    let category: RunModel.Category
    let symptom: Symptom
    /// What a check writes of it.
    let resource: String
    let message: String
    let expected: String
    let got: String
    /// Where the failing request went, for checks that make requests.
    let path: Path
    /// The changes behind it, any of which may be named first, oldest first.
    let right: [TrailEvent]
    var testDescription: String { name }

    init(
        _ name: String, _ check: CheckID, in category: RunModel.Category = .aws, _ symptom: Symptom, _ resource: String,
        _ message: String, expected: String = "as configured", got: String = "not so", path: Path = Path(),
        right: TrailEvent...
    ) {
        self.name = name
        self.check = check
        self.category = category
        self.symptom = symptom
        self.resource = resource
        self.message = message
        self.expected = expected
        self.got = got
        self.path = path
        self.right = right
    }
}

extension SuspectScenario {
    private static func group(_ name: String) -> String { TidePlatform.group(name) }

    private static func call(_ chain: Component...) -> Path {
        Path(zip(chain, chain.dropFirst()).map { Path.Edge.call($0, $1, held: $1 != chain.last) })
    }

    /// At least twenty, over network, load balancer, services, data, identity, names and keys.
    static let all: [SuspectScenario] = network + balancing + services + data + identityAndNames

    private static let network: [SuspectScenario] = [
        .init(
            "database group revoked", "AWS-NET-01", .networkBlock(.aws(.flow, "api>database"), .rule), "api>database",
            "tcp 5432 does not pass: security group ingress of tide-pg in subnet-0a1b00000000000cc (\(group("database"))): no rule allows tcp 5432 from \(group("api"))",
            right: .init(
                "ec2", "RevokeSecurityGroupIngress",
                #"{"groupId":"\#(group("database"))","ipPermissions":{"items":[{"ipProtocol":"tcp","fromPort":5432,"toPort":5432,"groups":{"items":[{"groupId":"\#(group("api"))"}]},"ipRanges":{},"ipv6Ranges":{}}]}}"#
            )),
        .init(
            "rule of the API's group modified in a nested request", "AWS-NET-01",
            .networkBlock(.aws(.flow, "load-balancer>api"), .rule), "load-balancer>api",
            "tcp 8001 does not pass: security group ingress of tide-api in subnet-0a1b00000000000aa (\(group("api"))): no rule allows tcp 8001 from \(group("edge"))",
            right: .init(
                "ec2", "ModifySecurityGroupRules",
                #"{"ModifySecurityGroupRulesRequest":{"GroupId":"\#(group("api"))","SecurityGroupRule":{"SecurityGroupRuleId":"sgr-0a1b0000000000001","tag":1,"SecurityGroupRule":{"IpProtocol":"tcp","FromPort":8002,"ToPort":8002,"ReferencedGroupId":"\#(group("edge"))"}}}}"#
            )),
        .init(
            "network ACL entry denies the tracker", "AWS-NET-01",
            .networkBlock(.aws(.flow, "api>mlflow"), .rule), "api>mlflow",
            "tcp 5000 does not pass: network ACL acl-0a1b000000000001a ingress of subnet-0a1b00000000000aa: rule 90 denies tcp 5000 (peer 10.7.0.4)",
            right: .init(
                "ec2", "CreateNetworkAclEntry",
                #"{"networkAclId":"acl-0a1b000000000001a","ruleNumber":90,"egress":false,"ruleAction":"deny","aclProtocol":"6","cidrBlock":"10.7.0.0/16","portRange":{"from":5000,"to":5000}}"#
            )),
        .init(
            "default route deleted", "AWS-NET-03", .networkBlock(.aws(.subnet, "subnet-0a1b00000000000aa"), .route),
            "subnet-0a1b00000000000aa", "tasks have no way out: route table rtb-0a1b000000000001a has no default route",
            right: .init(
                "ec2", "DeleteRoute", #"{"routeTableId":"rtb-0a1b000000000001a","destinationCidrBlock":"0.0.0.0/0"}"#)),
        .init(
            "NAT gateway deleted", "AWS-NET-03",
            .networkBlock(.aws(.subnet, "subnet-0a1b00000000000aa"), .route), "subnet-0a1b00000000000aa",
            "the default route of rtb-0a1b000000000001a leads to nat-0a1b000000000001d, which is gone (blackhole)",
            right: .init(
                "ec2", "DeleteNatGateway",
                #"{"DeleteNatGatewayRequest":{"NatGatewayId":"nat-0a1b000000000001d"}}"#)),
        .init(
            "managed prefix list lost the office", "AWS-NET-01",
            .networkBlock(.aws(.flow, "internet>load-balancer"), .rule), "internet>load-balancer",
            "tcp 443 does not pass: security group ingress of tide-edge in subnet-0a1b00000000000bb (\(group("edge"))): no rule allows tcp 443 from 198.51.100.1",
            right: .init(
                "ec2", "ModifyManagedPrefixList",
                #"{"ModifyManagedPrefixListRequest":{"PrefixListId":"pl-0a1b000000000001c","CurrentVersion":3,"RemoveEntry":{"tag":1,"Cidr":"198.51.100.0/24"}}}"#
            )),
        .init(
            "DNS of the VPC switched off", "AWS-MAP-03", .missing(.aws(.namespace, "tide.internal")), "tide.internal",
            "names of the namespace do not resolve within the network",
            right: .init(
                "ec2", "ModifyVpcAttribute",
                #"{"vpcId":"\#(TidePlatform.vpc)","enableDnsSupport":{"value":false}}"#)),
    ]

    private static let balancing: [SuspectScenario] = [
        .init(
            "health check path changed", "AWS-ALB-01",
            .ailment(.aws(.targetGroup, "tide-api-blue"), .targetUnhealthy, says: "Target.ResponseCodeMismatch"),
            "tide-api-blue", "target 10.7.0.4:8001 is unhealthy", expected: "healthy on /healthz", got: "unhealthy",
            right: .init(
                "elasticloadbalancing", "ModifyTargetGroup",
                #"{"targetGroupArn":"\#(TidePlatform.targetGroup("tide-api-blue"))","healthCheckPath":"/healthz"}"#)),
        .init(
            "targets deregistered", "AWS-ALB-01", .ailment(.aws(.targetGroup, "tide-tracker"), .noTarget),
            "tide-tracker", "no target is registered",
            right: .init(
                "elasticloadbalancing", "DeregisterTargets",
                #"{"targetGroupArn":"\#(TidePlatform.targetGroup("tide-tracker"))","targets":[{"id":"10.7.0.9","port":5000}]}"#,
                by: .user("night-shift"))),
        .init(
            "rule sends the tracker's paths to the API", "AWS-ALB-03",
            .ruleOrder(.aws(.listenerRule, TidePlatform.rule)), "tide-edge",
            "rule 10 (\(TidePlatform.rule)) takes /mlflow/*",
            right: .init(
                "elasticloadbalancing", "ModifyRule",
                #"{"ruleArn":"\#(TidePlatform.rule)","actions":[{"type":"forward","targetGroupArn":"\#(TidePlatform.targetGroup("tide-api-blue"))"}]}"#
            )),
        .init(
            "listener deleted", "AWS-ALB-04", .missing(.aws(.listener, "tide-edge:443")), "tide-edge",
            "no listener on 443", expected: "an HTTPS listener", got: "none",
            right: .init(
                "elasticloadbalancing", "DeleteListener", #"{"listenerArn":"\#(TidePlatform.listener)"}"#)),
        .init(
            "balancer got another group", "SH-01", in: .serviceHealth,
            .noConnection(.init(.api, at: "api.tide.example", .timedOut)), "api",
            "no connection within 5 s", path: call(.vantage, .api),
            right: .init(
                "elasticloadbalancing", "SetSecurityGroups",
                #"{"loadBalancerArn":"\#(TidePlatform.balancer)","securityGroups":["\#(group("lab"))"]}"#)),
        .init(
            "certificate removed from the listener", "AWS-ALB-06",
            .certificate(.aws(.certificate, TidePlatform.certificate), at: "api.tide.example", .wrongName), "tide-edge",
            "the certificate does not name api.tide.example",
            right: .init(
                "elasticloadbalancing", "RemoveListenerCertificates",
                #"{"listenerArn":"\#(TidePlatform.listener)","certificates":[{"certificateArn":"\#(TidePlatform.certificate)"}]}"#
            )),
        .init(
            "web ACL put before the balancer", "SH-01", in: .serviceHealth,
            .answer(HTTPAnswer(.api, path: "/health", status: 403, by: .balancer)), "api", "403 from the balancer",
            path: call(.vantage, .api),
            right: .init(
                "wafv2", "AssociateWebACL",
                #"{"webACLArn":"arn:aws:wafv2:eu-west-3:210987654321:regional/webacl/strict/3e3e","resourceArn":"\#(TidePlatform.balancer)"}"#
            )),
    ]

    private static let services: [SuspectScenario] = [
        .init(
            "service scaled to nothing by a person", "AWS-ECS-01",
            .ailment(.aws(.ecsService, "tide-api"), .scaledToZero), "tide-api", "desired 0",
            right: .init(
                "ecs", "UpdateService", #"{"cluster":"tide-cluster","service":"tide-api","desiredCount":0}"#,
                by: .identityCentre(role: "Operator", person: "ada@tide.example"))),
        .init(
            "new revision crashes", "AWS-ECS-03", .ailment(.aws(.ecsService, "tide-tracker"), .taskStopped),
            "tide-tracker", "4 tasks stopped in the last hour: essential container exited with 1",
            right: .init(
                "ecs", "RegisterTaskDefinition",
                #"{"family":"tide-tracker","containerDefinitions":[{"name":"main","image":"tracker:2.0","command":["serve","--password","hunter2"]}]}"#,
                response:
                    #"{"taskDefinition":{"taskDefinitionArn":"arn:aws:ecs:eu-west-3:210987654321:task-definition/tide-tracker:18"}}"#
            ),
            .init(
                "ecs", "UpdateService",
                #"{"cluster":"tide-cluster","service":"tide-tracker","taskDefinition":"tide-tracker:18"}"#)),
        .init(
            "auth service stopped", "SH-03", in: .serviceHealth,
            .noConnection(.init(.auth, at: "gate.tide.example", .refused)), "auth", "connection refused",
            path: call(.vantage, .auth),
            right: .init(
                "ecs", "UpdateService",
                #"{"cluster":"arn:aws:ecs:eu-west-3:210987654321:cluster/tide-cluster","service":"arn:aws:ecs:eu-west-3:210987654321:service/tide-cluster/tide-gate","desiredCount":0}"#
            )),
        .init(
            "image deleted", "AWS-ECS-06",
            .missing(.aws(.image, "210987654321.dkr.ecr.eu-west-3.amazonaws.com/tide/api:1.9")), "tide-api",
            "image 210987654321.dkr.ecr.eu-west-3.amazonaws.com/tide/api:1.9 does not exist",
            right: .init(
                "ecr", "BatchDeleteImage",
                #"{"repositoryName":"tide/api","imageIds":[{"imageTag":"1.9"}]}"#)),
        .init(
            "scaling limited", "LAT-03", in: .performance, .excess(.api, .time, path: "/api/models"), "api",
            "p95 4,200 ms", path: call(.vantage, .api),
            right: .init(
                "application-autoscaling", "RegisterScalableTarget",
                #"{"serviceNamespace":"ecs","resourceId":"service/tide-cluster/tide-api","scalableDimension":"ecs:service:DesiredCount","minCapacity":1,"maxCapacity":1}"#
            )),
        .init(
            "tracker unreachable through the API", "SH-02", in: .serviceHealth,
            .answer(
                HTTPAnswer(.mlflow, path: "/mlflow/health", status: 502, by: .api, says: "Connection refused")),
            "mlflow",
            "502", path: call(.vantage, .api, .mlflow),
            right: .init(
                "ecs", "UpdateService",
                #"{"cluster":"tide-cluster","service":"tide-tracker","desiredCount":0,"forceNewDeployment":false}"#)),
        .init(
            "registry entry removed", "AWS-MAP-02",
            .ailment(.aws(.discoveryService, "tracker"), .noInstance), "tracker", "no instance is registered",
            right: .init(
                "servicediscovery", "DeregisterInstance",
                #"{"serviceId":"srv-tidetracker0000","instanceId":"0123456789abcdef"}"#)),
    ]

    private static let data: [SuspectScenario] = [
        .init(
            "master password changed", "DB-01", in: .database,
            .error(ForeignError(.database, .authentication, code: "28P01", says: "password authentication failed")),
            "database", "password authentication failed", path: call(.vantage, .database),
            right: .init(
                "rds", "ModifyDBInstance",
                #"{"dBInstanceIdentifier":"tide-pg","masterUserPassword":"****","applyImmediately":true}"#,
                response: #"{"dBInstanceIdentifier":"tide-pg","pendingModifiedValues":{"masterUserPassword":"****"}}"#,
                by: .identityCentre(role: "DBA", person: "grace@tide.example"))),
        .init(
            "database made public", "AWS-RDS-02", .exposed(.aws(.databaseInstance, "tide-pg"), .access),
            "tide-pg", "publicly accessible",
            right: .init(
                "rds", "ModifyDBInstance", #"{"dBInstanceIdentifier":"tide-pg","publiclyAccessible":true}"#)),
        .init(
            "parameter group lowered the connections", "DB-04", in: .database,
            .error(ForeignError(.database, .exhausted, code: "53300", says: "too many connections")), "database",
            "too many connections", path: call(.vantage, .database),
            right: .init(
                "rds", "ModifyDBParameterGroup",
                #"{"dBParameterGroupName":"tide-pg16","parameters":[{"parameterName":"max_connections","parameterValue":"20","applyMethod":"pending-reboot"}]}"#
            )),
        .init(
            "secret deleted by ARN", "AWS-SEC-01", .ailment(.aws(.secret, "tide/app"), .beingDeleted), "tide/app",
            "is scheduled for deletion",
            right: .init(
                "secretsmanager", "DeleteSecret",
                #"{"secretId":"\#(TidePlatform.secret)","recoveryWindowInDays":7}"#)),
        .init(
            "key of the secret disabled", "AWS-ECS-03",
            .ailment(
                .aws(.ecsService, "tide-api"), .taskStopped, says: "ResourceInitializationError: AccessDeniedException"),
            "tide-api",
            "ResourceInitializationError: unable to pull secrets: Access to KMS is not allowed: \(TidePlatform.key)",
            right: .init("kms", "DisableKey", #"{"keyId":"\#(TidePlatform.key)"}"#)),
        .init(
            "cache demands TLS", "RD-01", in: .redis, .error(ForeignError(.redis, .connectionLost)), "redis",
            "the connection was closed", path: call(.vantage, .redis),
            right: .init(
                "elasticache", "ModifyReplicationGroup",
                #"{"replicationGroupId":"tide-redis","transitEncryptionEnabled":true,"applyImmediately":true}"#)),
        .init(
            "bucket policy denies", "AWS-S3-08", .permissionDenied(action: "s3:PutObject"), "tide-artifacts",
            "PutObject is denied with an explicit deny in the bucket's policy",
            right: .init(
                "s3", "PutBucketPolicy",
                #"{"bucketName":"tide-artifacts","bucketPolicy":{"Statement":[{"Effect":"Deny","Action":"s3:PutObject"}]}}"#
            )),
        .init(
            "object lifecycle expires artifacts", "AWS-S3-06",
            .setting(.aws(.bucket, "tide-artifacts"), "lifecycle", .expiry), "tide-artifacts",
            "objects expire after 1 day",
            right: .init(
                "s3", "PutBucketLifecycle",
                #"{"bucketName":"tide-artifacts","LifecycleConfiguration":{"Rule":{"Status":"Enabled","Expiration":{"Days":1}}}}"#
            )),
    ]

    private static let identityAndNames: [SuspectScenario] = [
        .init(
            "task role lost its policy", "AWS-S3-08", .permissionDenied(action: "s3:GetObject"), "tide-artifacts",
            "role tide-task is not authorized to perform s3:GetObject",
            right: .init(
                "iam", "DetachRolePolicy",
                #"{"roleName":"tide-task","policyArn":"arn:aws:iam::210987654321:policy/tide-artifacts"}"#,
                in: "us-east-1")),
        .init(
            "host name points elsewhere", "SH-01", in: .serviceHealth,
            .noConnection(.init(.api, at: "api.tide.example", .unresolved)), "api", "the name does not resolve",
            path: call(.vantage, Component(.dnsName, "api.tide.example"), .api),
            right: .init(
                "route53", "ChangeResourceRecordSets",
                #"{"hostedZoneId":"Z0TIDE0000001","changeBatch":{"changes":[{"action":"DELETE","resourceRecordSet":{"name":"api.tide.example.","type":"A","aliasTarget":{"dNSName":"tide-edge-1.eu-west-3.elb.amazonaws.com."}}}]}}"#,
                in: "us-east-1")),
        .init(
            "parameter of the tracker's address changed", "SH-02", in: .mlflow,
            .answer(
                HTTPAnswer(.mlflow, path: "/mlflow/health", status: 502, by: .api, says: "Name or service not known")),
            "mlflow", "502: Name or service not known", path: call(.vantage, .api, .mlflow),
            right: .init(
                "ssm", "PutParameter", #"{"name":"/tide/api/tracker-url","type":"String","overwrite":true}"#)),
        .init(
            "certificate deleted", "AWS-ALB-06", .missing(.aws(.certificate, TidePlatform.certificate)),
            "tide-edge", "certificate \(TidePlatform.certificate) does not exist",
            right: .init("acm", "DeleteCertificate", #"{"certificateArn":"\#(TidePlatform.certificate)"}"#)),
    ]
}
