import RunModel

/// Which events of CloudTrail are changes that can break the platform, and what kind each is.
enum ChangeKinds {
    /// Kind by event name, by event source without `.amazonaws.com`. Events that only read never get here.
    private static let byName: [String: [String: Change.Kind]] = [
        "ecs": [
            "RegisterTaskDefinition": .taskDefinition, "DeregisterTaskDefinition": .taskDefinition,
            "DeleteTaskDefinitions": .taskDefinition, "CreateService": .service, "UpdateService": .service,
            "DeleteService": .service, "UpdateServicePrimaryTaskSet": .service, "CreateCluster": .service,
            "UpdateCluster": .service, "UpdateClusterSettings": .service, "DeleteCluster": .service, "RunTask": .task,
            "StopTask": .task, "StartTask": .task, "PutClusterCapacityProviders": .service,
        ],
        "elasticloadbalancing": [
            "CreateRule": .listenerRule, "ModifyRule": .listenerRule, "DeleteRule": .listenerRule,
            "SetRulePriorities": .listenerRule, "CreateListener": .loadBalancer, "ModifyListener": .loadBalancer,
            "DeleteListener": .loadBalancer, "CreateTargetGroup": .targetGroup, "ModifyTargetGroup": .targetGroup,
            "ModifyTargetGroupAttributes": .targetGroup, "DeleteTargetGroup": .targetGroup,
            "RegisterTargets": .targetGroup, "DeregisterTargets": .targetGroup, "CreateLoadBalancer": .loadBalancer,
            "DeleteLoadBalancer": .loadBalancer, "ModifyLoadBalancerAttributes": .loadBalancer,
            "SetSecurityGroups": .securityGroup, "SetSubnets": .network, "AddListenerCertificates": .certificate,
            "RemoveListenerCertificates": .certificate,
        ],
        "ec2": [
            "AuthorizeSecurityGroupIngress": .securityGroup, "AuthorizeSecurityGroupEgress": .securityGroup,
            "RevokeSecurityGroupIngress": .securityGroup, "RevokeSecurityGroupEgress": .securityGroup,
            "ModifySecurityGroupRules": .securityGroup, "CreateSecurityGroup": .securityGroup,
            "DeleteSecurityGroup": .securityGroup, "ModifyNetworkInterfaceAttribute": .securityGroup,
            "CreateNetworkAcl": .network, "DeleteNetworkAcl": .network, "CreateNetworkAclEntry": .network,
            "ReplaceNetworkAclEntry": .network, "DeleteNetworkAclEntry": .network,
            "ReplaceNetworkAclAssociation": .network, "CreateRoute": .network, "ReplaceRoute": .network,
            "DeleteRoute": .network, "AssociateRouteTable": .network, "DisassociateRouteTable": .network,
            "ReplaceRouteTableAssociation": .network, "DeleteRouteTable": .network, "CreateSubnet": .network,
            "DeleteSubnet": .network, "ModifySubnetAttribute": .network, "ModifyVpcAttribute": .network,
            "DeleteNatGateway": .network, "CreateNatGateway": .network, "DetachInternetGateway": .network,
            "AttachInternetGateway": .network, "CreateVpcEndpoint": .network, "DeleteVpcEndpoints": .network,
            "ModifyVpcEndpoint": .network,
        ],
        "rds": [
            "ModifyDBInstance": .database, "CreateDBInstance": .database, "DeleteDBInstance": .database,
            "RebootDBInstance": .database, "StopDBInstance": .database, "StartDBInstance": .database,
            "RestoreDBInstanceFromDBSnapshot": .database, "RestoreDBInstanceToPointInTime": .database,
            "ModifyDBParameterGroup": .database, "ResetDBParameterGroup": .database, "ModifyDBCluster": .database,
        ],
        "secretsmanager": [
            "PutSecretValue": .secret, "UpdateSecret": .secret, "RotateSecret": .secret, "CreateSecret": .secret,
            "DeleteSecret": .secret, "RestoreSecret": .secret, "UpdateSecretVersionStage": .secret,
            "PutResourcePolicy": .secret, "DeleteResourcePolicy": .secret, "RotationSucceeded": .secret,
            "RotationFailed": .secret, "CancelRotateSecret": .secret,
        ],
        "ssm": ["PutParameter": .configuration, "DeleteParameter": .configuration, "DeleteParameters": .configuration],
        "elasticache": [
            "ModifyCacheCluster": .cache, "ModifyReplicationGroup": .cache, "DeleteCacheCluster": .cache,
            "DeleteReplicationGroup": .cache, "CreateCacheCluster": .cache, "CreateReplicationGroup": .cache,
            "RebootCacheCluster": .cache, "TestFailover": .cache,
        ],
        "servicediscovery": [
            "RegisterInstance": .discovery, "DeregisterInstance": .discovery, "CreateService": .discovery,
            "UpdateService": .discovery, "DeleteService": .discovery, "DeleteNamespace": .discovery,
            "CreatePrivateDnsNamespace": .discovery,
        ],
        "acm": [
            "RequestCertificate": .certificate, "ImportCertificate": .certificate, "DeleteCertificate": .certificate,
            "RenewCertificate": .certificate,
        ],
        "ecr": [
            "PutImage": .image, "BatchDeleteImage": .image, "DeleteRepository": .image, "PutImageTagMutability": .image,
        ],
        "s3": [
            "CreateBucket": .bucket, "DeleteBucket": .bucket, "PutBucketLifecycle": .bucket,
            "PutBucketLifecycleConfiguration": .bucket, "DeleteBucketLifecycle": .bucket, "PutBucketPolicy": .bucket,
            "DeleteBucketPolicy": .bucket, "PutBucketVersioning": .bucket, "PutBucketEncryption": .bucket,
            "DeleteBucketEncryption": .bucket, "PutBucketPublicAccessBlock": .bucket,
            "DeleteBucketPublicAccessBlock": .bucket, "PutBucketReplication": .bucket,
            "DeleteBucketReplication": .bucket, "PutBucketAcl": .bucket,
        ],
        "autoscaling": ["UpdateAutoScalingGroup": .service],
        "application-autoscaling": [
            "RegisterScalableTarget": .service, "DeregisterScalableTarget": .service, "PutScalingPolicy": .service,
        ],
    ]

    /// Prefixes of the calls of IAM that change what somebody may do.
    private static let identityVerbs = [
        "Attach", "Detach", "Put", "Delete", "Create", "Update", "Add", "Remove", "Set", "Deactivate", "Enable", "Tag",
        "Untag",
    ]

    /// The kind of an event; nil for those that are no change worth keeping.
    static func kind(name: String, source: String) -> Change.Kind? {
        let service = source.hasSuffix(".amazonaws.com") ? String(source.dropLast(14)) : source
        if service == "iam" { return identityVerbs.contains { name.hasPrefix($0) } ? .identity : nil }
        return byName[service]?[name]
    }
}
