"""Fills an empty AWS endpoint with the topology of contract §9.

usage: seed_aws.py ENVIRONMENT   (endpoint, region and credentials come from the AWS_* variables)

What the contract calls live is what is built: three services on Fargate, the auth, registry and main load balancers with
their rules, target groups with healthy targets, RDS, secrets, buckets, Cloud Map with the services attached.
"""

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor

import boto3
from botocore.config import Config

ENVIRONMENT = sys.argv[1]
REGION = os.environ["AWS_REGION"]
ACCOUNT = "123456789012"
SESSION = boto3.session.Session()
QUICK = Config(retries={"max_attempts": 2}, connect_timeout=5, read_timeout=30, s3={"addressing_style": "path"})

SERVICES = {
    # role: (port, address, units of processor, memory in MiB, path of the health check)
    "api": (8001, "10.0.1.101", "512", "1024", "/health"),
    "mlflow": (5000, "10.0.1.102", "1024", "2048", "/mlflow/health"),
    "auth": (8000, "10.0.1.103", "256", "512", "/health"),
}


def client(name):
    return SESSION.client(name, config=QUICK)


def named(resource, name):
    return [{"ResourceType": resource, "Tags": [{"Key": "Name", "Value": name}]}]


def network(ec2):
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=named("vpc", f"hokusai-{ENVIRONMENT}"))["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    subnets = {}
    for kind, first in (("private", 1), ("public", 101)):
        subnets[kind] = [
            ec2.create_subnet(
                VpcId=vpc, CidrBlock=f"10.0.{first + index}.0/24", AvailabilityZone=f"{REGION}{zone}",
                TagSpecifications=named("subnet", f"hokusai-{kind}-{zone}-{ENVIRONMENT}"),
            )["Subnet"]["SubnetId"]
            for index, zone in enumerate("abc")
        ]
    # Public subnets lead to an internet gateway, private ones to the one NAT gateway (contract §9.4).
    internet = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=internet, VpcId=vpc)
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=subnets["public"][0], AllocationId=address)["NatGateway"]["NatGatewayId"]
    for kind, way in (("public", {"GatewayId": internet}), ("private", {"NatGatewayId": nat})):
        table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
        ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", **way)
        for subnet in subnets[kind]:
            ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    groups = {}
    for name in ("alb", "ecs", "rds", "redis"):
        groups[name] = ec2.create_security_group(
            GroupName=f"hokusai-{name}-{ENVIRONMENT}", Description=f"hokusai {name}", VpcId=vpc
        )["GroupId"]

    def allow(inside, low, high, cidr=None, group=None):
        permission = {"IpProtocol": "tcp", "FromPort": low, "ToPort": high}
        if cidr:
            permission["IpRanges"] = [{"CidrIp": cidr}]
        else:
            permission["UserIdGroupPairs"] = [{"GroupId": groups[group]}]
        ec2.authorize_security_group_ingress(GroupId=groups[inside], IpPermissions=[permission])

    allow("alb", 80, 80, cidr="0.0.0.0/0")
    allow("alb", 443, 443, cidr="0.0.0.0/0")
    allow("ecs", 0, 65535, group="alb")
    # Without a rule from task to task the API cannot reach MLflow inside the network (contract §9.4).
    allow("ecs", 5000, 5000, group="ecs")
    allow("ecs", 8000, 8001, group="ecs")
    allow("rds", 5432, 5432, group="ecs")
    allow("redis", 6379, 6379, group="ecs")
    return vpc, subnets, groups


def target_group(elb, vpc, name, role, path=None, matcher="200"):
    port, address, _, _, health = SERVICES[role]
    arn = elb.create_target_group(
        Name=name, Protocol="HTTP", Port=port, VpcId=vpc, TargetType="ip", HealthCheckProtocol="HTTP",
        HealthCheckPath=path or health, HealthCheckIntervalSeconds=30, HealthCheckTimeoutSeconds=5,
        HealthyThresholdCount=2, UnhealthyThresholdCount=2, Matcher={"HttpCode": matcher},
    )["TargetGroups"][0]["TargetGroupArn"]
    elb.modify_target_group_attributes(
        TargetGroupArn=arn, Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": "30"}])
    elb.register_targets(TargetGroupArn=arn, Targets=[{"Id": address, "Port": port}])
    return arn


def load_balancer(elb, certificate, subnets, groups, name, default, rules):
    arn = elb.create_load_balancer(
        Name=f"hokusai-{name}-{ENVIRONMENT}", Subnets=subnets["public"], SecurityGroups=[groups["alb"]],
        Scheme="internet-facing", Type="application",
    )["LoadBalancers"][0]["LoadBalancerArn"]
    elb.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=[
        {"Key": "access_logs.s3.enabled", "Value": "true"},
        {"Key": "access_logs.s3.bucket", "Value": f"hokusai-alb-logs-{ENVIRONMENT}"},
        {"Key": "routing.http.desync_mitigation_mode", "Value": "defensive"}])
    elb.create_listener(
        LoadBalancerArn=arn, Protocol="HTTP", Port=80,
        DefaultActions=[{"Type": "redirect", "RedirectConfig": {
            "Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}}])
    listener = elb.create_listener(
        LoadBalancerArn=arn, Protocol="HTTPS", Port=443, SslPolicy="ELBSecurityPolicy-TLS-1-2-2017-01",
        Certificates=[{"CertificateArn": certificate}], DefaultActions=[default],
    )["Listeners"][0]["ListenerArn"]
    for priority, field, values, target in rules:
        key = "PathPatternConfig" if field == "path-pattern" else "HostHeaderConfig"
        elb.create_rule(
            ListenerArn=listener, Priority=priority, Conditions=[{"Field": field, key: {"Values": values}}],
            Actions=[{"Type": "forward", "TargetGroupArn": target}])


def balancers(vpc, subnets, groups):
    elb = client("elbv2")
    certificate = client("acm").request_certificate(
        DomainName="*.hokus.ai", ValidationMethod="DNS")["CertificateArn"]
    api = target_group(elb, vpc, f"hokusai-reg-api-{ENVIRONMENT}", "api")
    main = target_group(elb, vpc, f"hokusai-api-tg-{ENVIRONMENT}", "api")
    mlflow = target_group(elb, vpc, f"hokusai-reg-mlflow-{ENVIRONMENT}", "mlflow")
    auth = target_group(elb, vpc, f"hokusai-auth-tg-{ENVIRONMENT}", "auth")
    forward = lambda target: {"Type": "forward", "TargetGroupArn": target}
    path = "path-pattern"
    load_balancer(elb, certificate, subnets, groups, "auth", forward(auth), [
        (90, path, ["/health", "/"], auth), (100, path, ["/api/v1/*"], auth)])
    load_balancer(elb, certificate, subnets, groups, "registry", forward(api), [
        (50, path, ["/mlflow", "/mlflow/*"], mlflow), (105, path, ["/api/mlflow/*"], api),
        (110, path, ["/api/*"], api)])
    load_balancer(
        elb, certificate, subnets, groups, "main",
        {"Type": "fixed-response", "FixedResponseConfig": {
            "StatusCode": "404", "ContentType": "text/plain", "MessageBody": "Not Found"}},
        [(100, path, ["/api/*"], main)])
    return {"api": api, "mlflow": mlflow, "auth": auth}


def roles():
    iam = client("iam")
    trust = json.dumps({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}]})
    arns = {}
    for name in ("execution", "task"):
        arns[name] = iam.create_role(
            RoleName=f"hokusai-ecs-{name}-{ENVIRONMENT}", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    buckets = [f"arn:aws:s3:::{name}" for name in (
        f"hokusai-mlflow-artifacts-{ENVIRONMENT}", f"hokusai-pipeline-data-{ENVIRONMENT}")]
    iam.put_role_policy(
        RoleName=f"hokusai-ecs-task-{ENVIRONMENT}", PolicyName="artifacts",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"],
            "Resource": buckets + [f"{bucket}/*" for bucket in buckets]}]}))
    return arns


def discovery(vpc):
    cloud_map = client("servicediscovery")
    cloud_map.create_private_dns_namespace(Name=f"hokusai-{ENVIRONMENT}.local", Vpc=vpc)
    namespace = cloud_map.list_namespaces()["Namespaces"][0]["Id"]
    registries = {}
    for name in ("mlflow", "api"):
        service = cloud_map.create_service(
            Name=name, NamespaceId=namespace,
            DnsConfig={"RoutingPolicy": "MULTIVALUE", "DnsRecords": [{"Type": "A", "TTL": 10}]},
            HealthCheckCustomConfig={"FailureThreshold": 1})["Service"]
        cloud_map.register_instance(
            ServiceId=service["Id"], InstanceId=f"{name}-1",
            Attributes={"AWS_INSTANCE_IPV4": SERVICES[name][1], "AWS_INSTANCE_PORT": str(SERVICES[name][0])})
        registries[name] = service["Arn"]
    return registries


def images():
    """One image a service, built for linux/amd64 (contract §9.1)."""
    registry = client("ecr")
    layer = "sha256:" + "0" * 64
    for role in SERVICES:
        registry.create_repository(repositoryName=f"hokusai/{role}")
        registry.put_image(
            repositoryName=f"hokusai/{role}", imageTag="sandbox",
            imageManifestMediaType="application/vnd.oci.image.index.v1+json",
            imageManifest=json.dumps({
                "schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json",
                "manifests": [{
                    "mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": layer, "size": 500,
                    "platform": {"architecture": "amd64", "os": "linux"}}]}))


def cluster(subnets, groups, targets, registries, arns, secret_arns):
    ecs = client("ecs")
    name = f"hokusai-{ENVIRONMENT}"
    ecs.create_cluster(clusterName=name, settings=[{"name": "containerInsights", "value": "enabled"}])
    place = {"awsvpcConfiguration": {
        "subnets": subnets["private"], "securityGroups": [groups["ecs"]], "assignPublicIp": "DISABLED"}}
    for role, (port, _, processor, memory, path) in SERVICES.items():
        family = f"hokusai-{role}-{ENVIRONMENT}"
        container = {
            "name": f"hokusai-{role}", "essential": True, "cpu": int(processor), "memory": int(memory),
            "image": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/hokusai/{role}:sandbox",
            "portMappings": [{"containerPort": port, "protocol": "tcp"}],
            "healthCheck": {
                "command": ["CMD-SHELL", f"curl -f http://localhost:{port}{path} || exit 1"], "interval": 30,
                "timeout": 5, "retries": 3, "startPeriod": 60},
            "logConfiguration": {"logDriver": "awslogs", "options": {
                "awslogs-group": f"/ecs/{family}", "awslogs-region": REGION, "awslogs-stream-prefix": "ecs"}},
            "environment": [{"name": "ENVIRONMENT", "value": ENVIRONMENT}],
        }
        if role == "api":
            container["environment"] += [
                {"name": "DB_HOST", "value": f"hokusai-mlflow-{ENVIRONMENT}.sandbox.{REGION}.rds.amazonaws.com"},
                {"name": "DB_NAME", "value": "mlflow_db"}, {"name": "DB_USER", "value": "mlflow"},
                {"name": "MLFLOW_TRACKING_URI", "value": f"http://mlflow.hokusai-{ENVIRONMENT}.local:5000"}]
            container["secrets"] = [
                {"name": "DB_PASSWORD", "valueFrom": secret_arns["database"] + ":database_password::"},
                {"name": "REDIS_AUTH_TOKEN", "valueFrom": secret_arns["redis"] + ":auth_token::"}]
        ecs.register_task_definition(
            family=family, networkMode="awsvpc", requiresCompatibilities=["FARGATE"], cpu=processor, memory=memory,
            executionRoleArn=arns["execution"], taskRoleArn=arns["task"], containerDefinitions=[container])
        extra = {}
        if role in registries:
            extra["serviceRegistries"] = [{"registryArn": registries[role]}]
        ecs.create_service(
            cluster=name, serviceName=family, taskDefinition=family, desiredCount=1, launchType="FARGATE",
            networkConfiguration=place, healthCheckGracePeriodSeconds=120,
            loadBalancers=[{
                "targetGroupArn": targets[role], "containerName": f"hokusai-{role}", "containerPort": port}],
            deploymentConfiguration={
                "minimumHealthyPercent": 100, "maximumPercent": 200,
                "deploymentCircuitBreaker": {"enable": True, "rollback": True}},
            **extra)
        ecs.run_task(
            cluster=name, taskDefinition=family, launchType="FARGATE", group=f"service:{family}", startedBy=family,
            networkConfiguration=place)


def database(subnets, groups):
    # The contract's backup window ends when the maintenance window begins (04:00); moto calls that an overlap.
    rds = client("rds")
    rds.create_db_subnet_group(
        DBSubnetGroupName=f"hokusai-{ENVIRONMENT}", DBSubnetGroupDescription="private subnets",
        SubnetIds=subnets["private"])
    rds.create_db_instance(
        DBInstanceIdentifier=f"hokusai-mlflow-{ENVIRONMENT}", DBInstanceClass="db.t3.micro", Engine="postgres",
        EngineVersion="15.17", AllocatedStorage=20, MaxAllocatedStorage=100, StorageEncrypted=True, DBName="mlflow_db",
        MasterUsername="mlflow", MasterUserPassword="visibly-fake-sandbox", Port=5432, BackupRetentionPeriod=7,
        PreferredBackupWindow="03:00-03:59", PreferredMaintenanceWindow="sun:04:00-sun:05:00", MultiAZ=False,
        PubliclyAccessible=False, DeletionProtection=False, VpcSecurityGroupIds=[groups["rds"]],
        DBSubnetGroupName=f"hokusai-{ENVIRONMENT}", EnableCloudwatchLogsExports=["postgresql"])


def secrets():
    manager = client("secretsmanager")
    password = os.environ["SEED_DATABASE_PASSWORD"]
    arns = {}
    arns["database"] = manager.create_secret(
        Name=f"hokusai/app-secrets/{ENVIRONMENT}",
        SecretString=json.dumps({"secret_key": "visibly-fake-sandbox", "database_password": password}))["ARN"]
    manager.create_secret(Name="hokusai/database/credentials", SecretString=json.dumps({"password": password}))
    arns["redis"] = manager.create_secret(
        Name=f"hokusai/redis/{ENVIRONMENT}/auth-token",
        SecretString=json.dumps({"auth_token": os.environ["SEED_REDIS_TOKEN"]}))["ARN"]
    parameters = client("ssm")
    for name, value in (
        ("endpoint", f"master.hokusai-redis-{ENVIRONMENT}.sandbox.use1.cache.amazonaws.com"), ("port", "6379")
    ):
        parameters.put_parameter(Name=f"/hokusai/{ENVIRONMENT}/redis/{name}", Value=value, Type="String")
    return arns


def buckets():
    s3 = client("s3")
    for name in (
        f"hokusai-mlflow-artifacts-{ENVIRONMENT}", f"hokusai-pipeline-data-{ENVIRONMENT}",
        f"hokusai-contributions-{ENVIRONMENT}",
    ):
        s3.create_bucket(Bucket=name)
        s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration={
            "BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True,
            "RestrictPublicBuckets": True})
        if "contributions" in name:
            continue
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]})
        if "artifacts" in name:
            s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": [{
                "ID": "old-versions", "Status": "Enabled", "Filter": {"Prefix": ""},
                "NoncurrentVersionExpiration": {"NoncurrentDays": 90}}]})


def observability():
    logs = client("logs")
    for role in SERVICES:
        group = f"/ecs/hokusai-{role}-{ENVIRONMENT}"
        logs.create_log_group(logGroupName=group)
        logs.put_retention_policy(logGroupName=group, retentionInDays=30)
        logs.create_log_stream(logGroupName=group, logStreamName=f"ecs/hokusai-{role}/sandbox")
    topic = client("sns").create_topic(Name=f"hokusai-alerts-{ENVIRONMENT}")["TopicArn"]
    watch = client("cloudwatch")
    watch.put_metric_alarm(
        AlarmName=f"hokusai-api-healthy-hosts-{ENVIRONMENT}", Namespace="AWS/ApplicationELB",
        MetricName="HealthyHostCount", Statistic="Minimum", Period=60, EvaluationPeriods=2, Threshold=1,
        ComparisonOperator="LessThanThreshold", AlarmActions=[topic])
    watch.put_metric_alarm(
        AlarmName=f"hokusai-rds-cpu-{ENVIRONMENT}", Namespace="AWS/RDS", MetricName="CPUUtilization",
        Statistic="Average", Period=300, EvaluationPeriods=2, Threshold=80,
        ComparisonOperator="GreaterThanThreshold", AlarmActions=[topic])


def main():
    vpc, subnets, groups = network(client("ec2"))
    # The rest waits for the endpoint more than for this processor; boto3's clients are made inside, one per thread.
    with ThreadPoolExecutor(4) as pool:
        beside = [pool.submit(task) for task in (buckets, observability, images)]
        secret_arns = pool.submit(secrets)
        beside.append(pool.submit(database, subnets, groups))
        targets = balancers(vpc, subnets, groups)
        registries = discovery(vpc)
        cluster(subnets, groups, targets, registries, roles(), secret_arns.result())
        for task in beside:
            task.result()
    print(f"seeded {ENVIRONMENT} in {REGION}")


main()
