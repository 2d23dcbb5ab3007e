import Foundation

/// Changes that have nothing to do with a failure: of other teams, networks, clusters, accounts and regions, of AWS's own scaling,
/// and of the platform's other parts.
enum CrowdOfChanges {
    /// Not the platform's: never behind a failure of it.
    static let strangers: [TrailEvent] = others + elsewhere

    /// What AWS did on its own to the platform.
    static let scaling: [TrailEvent] = [2, 3, 4, 3].map { count in
        .init(
            "ecs", "UpdateService", #"{"cluster":"tide-cluster","service":"tide-api","desiredCount":\#(count)}"#,
            by: .scaling)
    }

    /// The platform's, on parts that no scenario is about.
    static let unrelated: [TrailEvent] = [
        .init("secretsmanager", "CreateSecret", #"{"name":"tide/app/spare"}"#),
        .init(
            "elasticloadbalancing", "ModifyTargetGroupAttributes",
            #"{"targetGroupArn":"\#(TidePlatform.targetGroup("tide-api-green"))","attributes":[{"key":"deregistration_delay.timeout_seconds","value":"60"}]}"#
        ),
        .init(
            "ecs", "UpdateClusterSettings",
            #"{"cluster":"tide-cluster","settings":[{"name":"containerInsights","value":"enabled"}]}"#),
    ]

    /// Other teams in the same account and region.
    private static let others: [TrailEvent] = [
        .init(
            "ec2", "RevokeSecurityGroupIngress",
            #"{"groupId":"\#(TidePlatform.group("lab"))","ipPermissions":{"items":[{"ipProtocol":"tcp","fromPort":5432,"toPort":5432,"groups":{"items":[{"groupId":"\#(TidePlatform.group("api"))"}]}}]}}"#
        ),
        .init(
            "ec2", "AuthorizeSecurityGroupIngress",
            #"{"groupId":"\#(TidePlatform.group("far"))","ipPermissions":{"items":[{"ipProtocol":"tcp","fromPort":22,"toPort":22,"ipRanges":{"items":[{"cidrIp":"0.0.0.0/0"}]}}]}}"#
        ),
        .init(
            "ec2", "ModifySecurityGroupRules",
            #"{"ModifySecurityGroupRulesRequest":{"GroupId":"\#(TidePlatform.group("far"))","SecurityGroupRule":{"SecurityGroupRuleId":"sgr-0e0e000000000001"}}}"#
        ),
        .init("ec2", "DeleteRoute", #"{"routeTableId":"rtb-0e0e000000000001e","destinationCidrBlock":"0.0.0.0/0"}"#),
        .init(
            "ec2", "CreateNetworkAclEntry",
            #"{"networkAclId":"acl-0e0e000000000001e","ruleNumber":1,"egress":false,"ruleAction":"deny","cidrBlock":"0.0.0.0/0"}"#
        ),
        .init("ec2", "DeleteNatGateway", #"{"DeleteNatGatewayRequest":{"NatGatewayId":"nat-0e0e000000000001e"}}"#),
        .init(
            "ec2", "ModifyManagedPrefixList",
            #"{"ModifyManagedPrefixListRequest":{"PrefixListId":"pl-0e0e000000000001e","RemoveEntry":{"Cidr":"10.0.0.0/8"}}}"#
        ),
        .init("ec2", "ModifyVpcAttribute", #"{"vpcId":"vpc-0e0e000000000001e","enableDnsSupport":{"value":false}}"#),
        .init("ecs", "UpdateService", #"{"cluster":"lab-cluster","service":"lab-api","desiredCount":0}"#),
        .init("ecs", "UpdateService", #"{"cluster":"lab-cluster","service":"tide-api","desiredCount":0}"#),
        .init("ecs", "UpdateService", #"{"cluster":"tide-cluster","service":"tide-api-canary","desiredCount":0}"#),
        .init(
            "ecs", "RegisterTaskDefinition",
            #"{"family":"tide-tracker-lab","containerDefinitions":[{"name":"m","image":"x:1"}]}"#),
        .init(
            "ecs", "RegisterTaskDefinition",
            #"{"family":"lab-api","containerDefinitions":[{"name":"m","image":"x:2"}]}"#),
        .init("ecs", "StopTask", #"{"cluster":"lab-cluster","task":"aaaaaaaaaaaaaaaa"}"#),
        .init("ecr", "BatchDeleteImage", #"{"repositoryName":"lab/api","imageIds":[{"imageTag":"1.9"}]}"#),
        .init("ecr", "PutImage", #"{"repositoryName":"tide/api-lab","imageTag":"1.9"}"#),
        .init(
            "elasticloadbalancing", "ModifyTargetGroup",
            #"{"targetGroupArn":"\#(TidePlatform.targetGroup("lab-api"))","healthCheckPath":"/x"}"#),
        .init(
            "elasticloadbalancing", "ModifyRule",
            #"{"ruleArn":"\#(TidePlatform.rule.replacing("tide-edge", with: "lab-edge"))","actions":[]}"#),
        .init(
            "elasticloadbalancing", "DeleteListener",
            #"{"listenerArn":"\#(TidePlatform.listener.replacing("tide-edge", with: "tide-edge-lab"))"}"#),
        .init("rds", "ModifyDBInstance", #"{"dBInstanceIdentifier":"lab-pg","masterUserPassword":"****"}"#),
        .init("rds", "ModifyDBInstance", #"{"dBInstanceIdentifier":"tide-pg-copy","publiclyAccessible":true}"#),
        .init(
            "rds", "ModifyDBParameterGroup",
            #"{"dBParameterGroupName":"lab-pg16","parameters":[{"parameterName":"max_connections","parameterValue":"10"}]}"#
        ),
        .init(
            "elasticache", "ModifyReplicationGroup",
            #"{"replicationGroupId":"lab-redis","transitEncryptionEnabled":true}"#),
        .init("secretsmanager", "PutSecretValue", #"{"secretId":"lab/app"}"#),
        .init(
            "secretsmanager", "DeleteSecret",
            #"{"secretId":"arn:aws:secretsmanager:eu-west-3:210987654321:secret:tide/app-old-Zz9yXw"}"#),
        .init(
            "kms", "DisableKey",
            #"{"keyId":"arn:aws:kms:eu-west-3:210987654321:key/9e9e9e9e-0000-4000-8000-000000000009"}"#),
        .init("ssm", "PutParameter", #"{"name":"/lab/api/tracker-url","overwrite":true}"#),
        .init("s3", "PutBucketPolicy", #"{"bucketName":"lab-artifacts","bucketPolicy":{}}"#),
        .init("s3", "PutBucketLifecycle", #"{"bucketName":"tide-artifacts-archive","LifecycleConfiguration":{}}"#),
        .init(
            "iam", "DetachRolePolicy", #"{"roleName":"lab-task","policyArn":"arn:aws:iam::210987654321:policy/lab"}"#,
            in: "us-east-1"),
        .init("iam", "DeleteRolePolicy", #"{"roleName":"tide-task-lab","policyName":"x"}"#, in: "us-east-1"),
        .init(
            "route53", "ChangeResourceRecordSets",
            #"{"hostedZoneId":"Z0LAB00000001","changeBatch":{"changes":[{"action":"UPSERT","resourceRecordSet":{"name":"api.lab.example.","type":"A"}}]}}"#,
            in: "us-east-1"),
        .init(
            "acm", "DeleteCertificate",
            #"{"certificateArn":"arn:aws:acm:eu-west-3:210987654321:certificate/9c9c9c9c-0000-4000-8000-000000000009"}"#
        ),
        .init(
            "wafv2", "AssociateWebACL",
            #"{"webACLArn":"arn:aws:wafv2:eu-west-3:210987654321:regional/webacl/strict/3e3e","resourceArn":"\#(TidePlatform.balancer.replacing("tide-edge", with: "lab-edge"))"}"#
        ),
        .init("servicediscovery", "DeregisterInstance", #"{"serviceId":"srv-lab000000000001","instanceId":"x"}"#),
        .init(
            "application-autoscaling", "RegisterScalableTarget",
            #"{"serviceNamespace":"ecs","resourceId":"service/lab-cluster/lab-api","minCapacity":0,"maxCapacity":0}"#),
        .init("cloudformation", "UpdateStack", #"{"stackName":"lab-stack"}"#),
    ]

    /// The same names in another account and in another region.
    private static let elsewhere: [TrailEvent] = [
        .init(
            "ecs", "UpdateService", #"{"cluster":"tide-cluster","service":"tide-api","desiredCount":0}"#,
            in: "us-west-2"),
        .init(
            "ecs", "UpdateService", #"{"cluster":"tide-cluster","service":"tide-tracker","desiredCount":0}"#,
            account: "111122223333"),
        .init(
            "rds", "ModifyDBInstance", #"{"dBInstanceIdentifier":"tide-pg","masterUserPassword":"****"}"#,
            account: "111122223333"),
        .init(
            "rds", "ModifyDBInstance", #"{"dBInstanceIdentifier":"tide-pg","publiclyAccessible":true}"#, in: "us-west-2"
        ),
        .init("secretsmanager", "DeleteSecret", #"{"secretId":"tide/app"}"#, account: "111122223333"),
        .init("iam", "DetachRolePolicy", #"{"roleName":"tide-task"}"#, in: "us-east-1", account: "111122223333"),
        .init(
            "elasticache", "ModifyReplicationGroup",
            #"{"replicationGroupId":"tide-redis","transitEncryptionEnabled":true}"#, in: "us-west-2"),
        .init(
            "ec2", "DeleteRoute", #"{"routeTableId":"rtb-0d0d000000000001d","destinationCidrBlock":"0.0.0.0/0"}"#,
            in: "us-west-2"),
        .init(
            "ec2", "RevokeSecurityGroupIngress", #"{"groupId":"sg-0d0d000000000001d","ipPermissions":{}}"#,
            account: "111122223333"),
    ]
}
