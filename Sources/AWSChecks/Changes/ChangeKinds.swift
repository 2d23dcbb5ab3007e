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
            "ModifyVpcEndpoint": .network, "CreateManagedPrefixList": .network, "ModifyManagedPrefixList": .network,
            "DeleteManagedPrefixList": .network, "RestoreManagedPrefixListVersion": .network,
            "AssociateNatGatewayAddress": .network, "DisassociateNatGatewayAddress": .network,
            "ReleaseAddress": .network, "DisassociateAddress": .network, "CreateDhcpOptions": .network,
            "AssociateDhcpOptions": .network, "DeleteNetworkInterface": .network, "DeleteInternetGateway": .network,
            "DeleteVpcPeeringConnection": .network, "DeleteTransitGatewayVpcAttachment": .network,
            "UpdateSecurityGroupRuleDescriptionsIngress": .securityGroup,
        ],
        "rds": [
            "ModifyDBInstance": .database, "CreateDBInstance": .database, "DeleteDBInstance": .database,
            "RebootDBInstance": .database, "StopDBInstance": .database, "StartDBInstance": .database,
            "RestoreDBInstanceFromDBSnapshot": .database, "RestoreDBInstanceToPointInTime": .database,
            "ModifyDBParameterGroup": .database, "ResetDBParameterGroup": .database, "ModifyDBCluster": .database,
            "CreateDBParameterGroup": .database, "DeleteDBParameterGroup": .database,
            "ModifyDBClusterParameterGroup": .database, "CreateDBSubnetGroup": .database,
            "ModifyDBSubnetGroup": .database, "DeleteDBSubnetGroup": .database, "FailoverDBCluster": .database,
            "DeleteDBCluster": .database, "PromoteReadReplica": .database, "SwitchoverReadReplica": .database,
            "ModifyOptionGroup": .database, "ModifyCertificates": .database, "AddRoleToDBInstance": .database,
            "RemoveRoleFromDBInstance": .database,
        ],
        "secretsmanager": [
            "PutSecretValue": .secret, "UpdateSecret": .secret, "RotateSecret": .secret, "CreateSecret": .secret,
            "DeleteSecret": .secret, "RestoreSecret": .secret, "UpdateSecretVersionStage": .secret,
            "PutResourcePolicy": .secret, "DeleteResourcePolicy": .secret, "RotationSucceeded": .secret,
            "RotationFailed": .secret, "CancelRotateSecret": .secret,
        ],
        "ssm": [
            "PutParameter": .configuration, "DeleteParameter": .configuration, "DeleteParameters": .configuration,
            "LabelParameterVersion": .configuration, "UnlabelParameterVersion": .configuration,
        ],
        "elasticache": [
            "ModifyCacheCluster": .cache, "ModifyReplicationGroup": .cache, "DeleteCacheCluster": .cache,
            "DeleteReplicationGroup": .cache, "CreateCacheCluster": .cache, "CreateReplicationGroup": .cache,
            "RebootCacheCluster": .cache, "TestFailover": .cache, "ModifyCacheParameterGroup": .cache,
            "ResetCacheParameterGroup": .cache, "ModifyCacheSubnetGroup": .cache, "DeleteCacheSubnetGroup": .cache,
            "ModifyUser": .cache, "ModifyUserGroup": .cache, "DeleteUser": .cache,
            "ModifyReplicationGroupShardConfiguration": .cache, "IncreaseReplicaCount": .cache,
            "DecreaseReplicaCount": .cache,
        ],
        "servicediscovery": [
            "RegisterInstance": .discovery, "DeregisterInstance": .discovery, "CreateService": .discovery,
            "UpdateService": .discovery, "DeleteService": .discovery, "DeleteNamespace": .discovery,
            "CreatePrivateDnsNamespace": .discovery, "UpdatePrivateDnsNamespace": .discovery,
            "UpdateInstanceCustomHealthStatus": .discovery,
        ],
        "acm": [
            "RequestCertificate": .certificate, "ImportCertificate": .certificate, "DeleteCertificate": .certificate,
            "RenewCertificate": .certificate, "UpdateCertificateOptions": .certificate,
        ],
        "ecr": [
            "PutImage": .image, "BatchDeleteImage": .image, "DeleteRepository": .image, "PutImageTagMutability": .image,
            "PutLifecyclePolicy": .image, "SetRepositoryPolicy": .image, "DeleteRepositoryPolicy": .image,
            "CreateRepository": .image,
        ],
        "s3": [
            "CreateBucket": .bucket, "DeleteBucket": .bucket, "PutBucketLifecycle": .bucket,
            "PutBucketLifecycleConfiguration": .bucket, "DeleteBucketLifecycle": .bucket, "PutBucketPolicy": .bucket,
            "DeleteBucketPolicy": .bucket, "PutBucketVersioning": .bucket, "PutBucketEncryption": .bucket,
            "DeleteBucketEncryption": .bucket, "PutBucketPublicAccessBlock": .bucket,
            "DeleteBucketPublicAccessBlock": .bucket, "PutBucketReplication": .bucket,
            "DeleteBucketReplication": .bucket, "PutBucketAcl": .bucket, "PutBucketCors": .bucket,
            "DeleteBucketCors": .bucket, "PutBucketOwnershipControls": .bucket, "PutBucketWebsite": .bucket,
            "PutObjectLockConfiguration": .bucket, "PutBucketNotification": .bucket,
        ],
        "autoscaling": [
            "UpdateAutoScalingGroup": .scaling, "SetDesiredCapacity": .scaling, "SuspendProcesses": .scaling,
            "ResumeProcesses": .scaling, "DeleteAutoScalingGroup": .scaling, "PutScalingPolicy": .scaling,
        ],
        "application-autoscaling": [
            "RegisterScalableTarget": .scaling, "DeregisterScalableTarget": .scaling, "PutScalingPolicy": .scaling,
            "DeleteScalingPolicy": .scaling, "PutScheduledAction": .scaling, "DeleteScheduledAction": .scaling,
        ],
        "route53": [
            "ChangeResourceRecordSets": .dns, "CreateHostedZone": .dns, "DeleteHostedZone": .dns,
            "AssociateVPCWithHostedZone": .dns, "DisassociateVPCFromHostedZone": .dns, "UpdateHealthCheck": .dns,
            "DeleteHealthCheck": .dns,
        ],
        "kms": [
            "DisableKey": .encryptionKey, "EnableKey": .encryptionKey, "ScheduleKeyDeletion": .encryptionKey,
            "CancelKeyDeletion": .encryptionKey, "PutKeyPolicy": .encryptionKey, "RevokeGrant": .encryptionKey,
            "CreateGrant": .encryptionKey, "RetireGrant": .encryptionKey, "UpdateAlias": .encryptionKey,
            "DeleteAlias": .encryptionKey, "DeleteImportedKeyMaterial": .encryptionKey,
        ],
        "wafv2": firewall, "waf-regional": firewall, "waf": firewall,
        "cloudformation": [
            "CreateStack": .stack, "UpdateStack": .stack, "DeleteStack": .stack, "ExecuteChangeSet": .stack,
            "RollbackStack": .stack, "CancelUpdateStack": .stack, "ContinueUpdateRollback": .stack,
        ],
        "organizations": [
            "AttachPolicy": .identity, "DetachPolicy": .identity, "UpdatePolicy": .identity, "DeletePolicy": .identity,
            "EnablePolicyType": .identity, "DisablePolicyType": .identity, "MoveAccount": .identity,
        ],
        "logs": [
            "DeleteLogGroup": .configuration, "PutRetentionPolicy": .configuration,
            "AssociateKmsKey": .configuration, "PutResourcePolicy": .configuration,
        ],
    ]

    private static let firewall: [String: Change.Kind] = [
        "AssociateWebACL": .firewall, "DisassociateWebACL": .firewall, "UpdateWebACL": .firewall,
        "DeleteWebACL": .firewall, "CreateWebACL": .firewall, "UpdateIPSet": .firewall, "UpdateRuleGroup": .firewall,
        "UpdateRegexPatternSet": .firewall, "UpdateRule": .firewall,
    ]

    /// Services that act for the whole partition and log in its home region.
    static func isGlobal(_ source: String) -> Bool {
        ["iam", "route53", "organizations", "waf", "cloudfront", "sts", "globalaccelerator"].contains {
            source == "\($0).amazonaws.com"
        }
    }

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
