import AWSClient
import Foundation

@testable import AWSChecks
@testable import Formats
@testable import RunModel
@testable import Settings

/// A platform of other names in another region, in an account that it shares with other teams: what AWS says of it, and the
/// configuration that names it.
enum TidePlatform {
    static let account = "210987654321"
    static let region = "eu-west-3"
    static let vpc = "vpc-0a1b000000000001a"
    /// Security groups by what wears them; `lab` belongs to another team in the same VPC, `far` stands in another VPC.
    static let groups = [
        "edge": "sg-0a1b000000000001e", "api": "sg-0a1b000000000002a", "tracker": "sg-0a1b000000000003b",
        "gate": "sg-0a1b000000000004c", "database": "sg-0a1b000000000005d", "cache": "sg-0a1b000000000006e",
        "lab": "sg-0f0f000000000001f", "far": "sg-0e0e000000000001e",
    ]
    static func group(_ name: String) -> String { groups[name] ?? "" }

    static let balancer =
        "arn:aws:elasticloadbalancing:eu-west-3:210987654321:loadbalancer/app/tide-edge/50dc6c495c0c9188"
    static let rule =
        "arn:aws:elasticloadbalancing:eu-west-3:210987654321:listener-rule/app/tide-edge/50dc6c495c0c9188/0467ef3c8400ae65/9683b2d02a6cabee"
    static let listener =
        "arn:aws:elasticloadbalancing:eu-west-3:210987654321:listener/app/tide-edge/50dc6c495c0c9188/0467ef3c8400ae65"
    static let certificate = "arn:aws:acm:eu-west-3:210987654321:certificate/1c1c1c1c-0000-4000-8000-000000000001"
    static let key = "arn:aws:kms:eu-west-3:210987654321:key/2d2d2d2d-0000-4000-8000-000000000002"
    static let secret = "arn:aws:secretsmanager:eu-west-3:210987654321:secret:tide/app-Qw3rTy"
    static let parameter = "arn:aws:ssm:eu-west-3:210987654321:parameter/tide/api/tracker-url"

    static func targetGroup(_ name: String) -> String {
        "arn:aws:elasticloadbalancing:eu-west-3:210987654321:targetgroup/\(name)/73e2d6bc24d8a067"
    }

    static let configuration = """
        environment: tide
        services: {api: "https://api.tide.example", auth: "https://gate.tide.example", mlflow: "https://api.tide.example/mlflow"}
        aws:
          region: eu-west-3
          account: '210987654321'
          cluster: tide-cluster
          ecs_services: {api: tide-api, mlflow: tide-tracker, auth: tide-gate}
          load_balancers: [tide-edge]
          target_groups: [tide-api-blue, tide-api-green, tide-tracker, tide-gate]
          database_instance: tide-pg
          cache_cluster: tide-redis
          namespace: tide.internal
          discovery_services: [tracker]
          artifact_bucket: tide-artifacts
          buckets: [tide-artifacts]
          secrets: [tide/app]
          log_groups: [/tide/api]
        """

    /// What AWS says of the account, after the changes.
    static func snapshot(takenAt date: Date) throws -> AWSSnapshot {
        var snapshot = AWSSnapshot(takenAt: date, region: region)
        func read<Value: Decodable>(_ text: String) throws -> Value {
            try JSON.decode(Value.self, from: Data(text.utf8))
        }
        func securityGroup(_ name: String, _ vpc: String, _ rules: String = "") -> String {
            """
            {"groupId":"\(Self.group(name))","groupName":"\(name)-group","vpcId":"\(vpc)","ipPermissions":[\(rules)],\
            "ipPermissionsEgress":[]}
            """
        }
        let fromList = """
            {"ipProtocol":"tcp","fromPort":443,"toPort":443,"ipRanges":[],"ipv6Ranges":[],"groups":[],\
            "prefixListIds":[{"prefixListId":"pl-0a1b000000000001c"}]}
            """
        let all =
            [securityGroup("edge", vpc, fromList)]
            + ["api", "tracker", "gate", "database", "cache", "lab"].map { securityGroup($0, vpc) }
            + [securityGroup("far", "vpc-0e0e000000000001e")]
        snapshot.securityGroups = .value(try read("[\(all.joined(separator: ","))]"))
        let services =
            [("tide-api", "api", "tide-api-blue"), ("tide-tracker", "tracker", "tide-tracker")]
            + [("tide-gate", "gate", "tide-gate")]
        snapshot.services = .value(
            try read(
                "["
                    + services.map { name, wears, target in
                        """
                        {"serviceName":"\(name)","serviceArn":"arn:aws:ecs:eu-west-3:210987654321:service/tide-cluster/\(name)",\
                        "status":"ACTIVE","desiredCount":2,"runningCount":2,"pendingCount":0,\
                        "taskDefinition":"arn:aws:ecs:eu-west-3:210987654321:task-definition/\(name):18","deployments":[],\
                        "events":[],"serviceRegistries":[{"registryArn":\
                        "arn:aws:servicediscovery:eu-west-3:210987654321:service/srv-tide\(wears)0000"}],\
                        "loadBalancers":[{"targetGroupArn":"\(targetGroup(target))"}],"networkConfiguration":\
                        {"awsvpcConfiguration":{"subnets":["subnet-0a1b00000000000aa"],\
                        "securityGroups":["\(Self.group(wears))"]}}}
                        """
                    }.joined(separator: ",") + "]"))
        for (name, _, _) in services {
            snapshot.taskDefinitions[name] = .value(
                try read(
                    """
                    [{"taskDefinitionArn":"arn:aws:ecs:eu-west-3:210987654321:task-definition/\(name):18","family":"\(name)",\
                    "revision":18,"taskRoleArn":"arn:aws:iam::210987654321:role/tide-task",\
                    "executionRoleArn":"arn:aws:iam::210987654321:role/tide-pull","containerDefinitions":[{"name":"main",\
                    "image":"210987654321.dkr.ecr.eu-west-3.amazonaws.com/tide/api:1.9","environment":[],"secrets":\
                    [{"name":"APP","valueFrom":"\(secret):db::"},{"name":"TRACKER","valueFrom":"\(parameter)"}],\
                    "portMappings":[],"command":[]}]}]
                    """))
        }
        snapshot.loadBalancers = .value(
            try read(
                """
                [{"loadBalancerArn":"\(balancer)","loadBalancerName":"tide-edge","dnsName":"tide-edge-1.eu-west-3.elb.amazonaws.com",\
                "scheme":"internet-facing","type":"application","vpcId":"\(vpc)","availabilityZones":\
                [{"zoneName":"eu-west-3a","subnetId":"subnet-0a1b00000000000bb"}],"securityGroups":["\(Self.group("edge"))"]}]
                """))
        let targetGroups = ["tide-api-blue", "tide-api-green", "tide-tracker", "tide-gate"].map { name in
            """
            {"targetGroupArn":"\(targetGroup(name))","targetGroupName":"\(name)","vpcId":"\(vpc)","loadBalancerArns":["\(balancer)"]}
            """
        }
        snapshot.targetGroups = .value(try read("[\(targetGroups.joined(separator: ","))]"))
        snapshot.databases = .value(
            try read(
                """
                [{"dbInstanceIdentifier":"tide-pg","vpcSecurityGroups":[{"vpcSecurityGroupId":"\(Self.group("database"))"}],\
                "dbParameterGroups":[{"dbParameterGroupName":"tide-pg16"}],"dbSubnetGroup":{"dbSubnetGroupName":"tide-db",\
                "subnets":[{"subnetIdentifier":"subnet-0a1b00000000000cc"}]}}]
                """))
        snapshot.cacheClusters = .value(
            try read(
                """
                [{"cacheClusterId":"tide-redis-001","replicationGroupId":"tide-redis","cacheSubnetGroupName":"tide-cache",\
                "securityGroups":[{"securityGroupId":"\(Self.group("cache"))"}]}]
                """))
        let subnets = ["aa", "bb", "cc"].enumerated().map { index, end in
            #"{"subnetId":"subnet-0a1b00000000000\#(end)","vpcId":"\#(vpc)","cidrBlock":"10.7.\#(index).0/24"}"#
        }
        let other =
            #"{"subnetId":"subnet-0e0e00000000000ee","vpcId":"vpc-0e0e000000000001e","cidrBlock":"10.9.0.0/24"}"#
        snapshot.subnets = .value(try read("[\((subnets + [other]).joined(separator: ","))]"))
        snapshot.routeTables = .value(
            try read(
                """
                [{"routeTableId":"rtb-0a1b000000000001a","vpcId":"\(vpc)","routeSet":[{"destinationCidrBlock":"0.0.0.0/0",\
                "natGatewayId":"nat-0a1b000000000001d","state":"blackhole"}],"associationSet":\
                [{"subnetId":"subnet-0a1b00000000000aa","main":false}]},{"routeTableId":"rtb-0e0e000000000001e",\
                "vpcId":"vpc-0e0e000000000001e","routeSet":[],"associationSet":[{"subnetId":"subnet-0e0e00000000000ee"}]}]
                """))
        snapshot.networkACLs = .value(
            try read(
                """
                [{"networkAclId":"acl-0a1b000000000001a","vpcId":"\(vpc)","entrySet":[],"associationSet":\
                [{"subnetId":"subnet-0a1b00000000000aa"}]},{"networkAclId":"acl-0e0e000000000001e",\
                "vpcId":"vpc-0e0e000000000001e","entrySet":[],"associationSet":[{"subnetId":"subnet-0e0e00000000000ee"}]}]
                """))
        snapshot.listeners = [
            "tide-edge": .value(
                try read(
                    """
                    [{"listenerArn":"\(listener)","loadBalancerArn":"\(balancer)","port":443,"protocol":"HTTPS","certificates":\
                    [{"certificateArn":"\(certificate)"}],"defaultActions":[]}]
                    """))
        ]
        snapshot.namespaces = .value(try read(#"[{"id":"ns-tide000000000001","name":"tide.internal"}]"#))
        snapshot.discoveryServices = .value(
            try read(
                """
                [{"id":"srv-tidetracker0000","arn":"arn:aws:servicediscovery:eu-west-3:210987654321:service/srv-tidetracker0000",\
                "name":"tracker"}]
                """))
        snapshot.secrets = [
            "tide/app": .value(try read(#"{"arn":"\#(secret)","name":"tide/app","kmsKeyId":"\#(key)"}"#))
        ]
        return snapshot
    }
}
