"""Plants defects in an account that seed_aws.py has filled.

usage: plant-defects.py ENVIRONMENT   (endpoint, region and credentials come from the AWS_* variables)

Each function is one defect; the test that uses the script lists them with the check that must find them.
"""

import datetime
import json
import sys
import time

import boto3
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

ENVIRONMENT = sys.argv[1]
CLUSTER = f"hokusai-{ENVIRONMENT}"
ec2, ecs, elb = boto3.client("ec2"), boto3.client("ecs"), boto3.client("elbv2")


def balancer(name):
    return elb.describe_load_balancers(Names=[f"hokusai-{name}-{ENVIRONMENT}"])["LoadBalancers"][0]


def listener(name, port):
    arn = balancer(name)["LoadBalancerArn"]
    return next(l for l in elb.describe_listeners(LoadBalancerArn=arn)["Listeners"] if l["Port"] == port)


def group(name):
    return ec2.describe_security_groups(
        Filters=[{"Name": "group-name", "Values": [f"hokusai-{name}-{ENVIRONMENT}"]}])["SecurityGroups"][0]


def target_group(name):
    return elb.describe_target_groups(Names=[f"hokusai-{name}-{ENVIRONMENT}"])["TargetGroups"][0]


def subnets(kind):
    found = ec2.describe_subnets(Filters=[{"Name": "tag:Name", "Values": [f"hokusai-{kind}-*"]}])["Subnets"]
    return sorted(found, key=lambda subnet: subnet["CidrBlock"])


def definition(role):
    described = ecs.describe_task_definition(taskDefinition=f"hokusai-{role}-{ENVIRONMENT}")["taskDefinition"]
    keep = ("family", "networkMode", "requiresCompatibilities", "cpu", "memory", "executionRoleArn", "taskRoleArn",
            "containerDefinitions")
    return {key: described[key] for key in keep}


def register(role, change):
    new = definition(role)
    change(new["containerDefinitions"][0])
    arn = ecs.register_task_definition(**new)["taskDefinition"]["taskDefinitionArn"]
    ecs.update_service(cluster=CLUSTER, service=f"hokusai-{role}-{ENVIRONMENT}", taskDefinition=arn)


def service_scaled_to_zero():
    ecs.update_service(cluster=CLUSTER, service=f"hokusai-auth-{ENVIRONMENT}", desiredCount=0)


def image_reversion():
    image = definition("mlflow")["containerDefinitions"][0]["image"]
    register("mlflow", lambda container: container.update(image=image + "-2"))
    register("mlflow", lambda container: container.update(image=image))


def secret_lost_and_in_clear():
    def change(container):
        container["secrets"] = [s for s in container["secrets"] if s["name"] != "REDIS_AUTH_TOKEN"]
        container["environment"].append({"name": "SECRET_KEY", "value": "visibly-fake-in-clear"})
    register("api", change)


def secret_without_suffix():
    def change(container):
        for secret in container["secrets"]:
            head, _, tail = secret["valueFrom"].partition(f"app-secrets/{ENVIRONMENT}")
            secret["valueFrom"] = head + f"app-secrets/{ENVIRONMENT}" + tail[7:]
    register("api", change)


def no_log_and_wrong_health_path():
    def change(container):
        container.pop("logConfiguration", None)
        container["healthCheck"]["command"] = ["CMD-SHELL", "curl -f http://localhost:8000/health/live || exit 1"]
    register("auth", change)


def empty_registries():
    name = f"hokusai-mlflow-{ENVIRONMENT}"
    old = ecs.describe_services(cluster=CLUSTER, services=[name])["services"][0]
    ecs.delete_service(cluster=CLUSTER, service=name, force=True)
    ecs.create_service(
        cluster=CLUSTER, serviceName=name, taskDefinition=old["taskDefinition"], desiredCount=1, launchType="FARGATE",
        networkConfiguration=old["networkConfiguration"], loadBalancers=old["loadBalancers"])


def insights_off():
    ecs.update_cluster(cluster=CLUSTER, settings=[{"name": "containerInsights", "value": "disabled"}])


def shadowed_rule():
    rules = listener("registry", 443)["ListenerArn"]
    elb.create_rule(
        ListenerArn=rules, Priority=120, Conditions=[{"Field": "path-pattern", "Values": ["/api/mlflow/artifacts/*"]}],
        Actions=[{"Type": "forward", "TargetGroupArn": target_group("reg-mlflow")["TargetGroupArn"]}])


def hostless_rule_steals():
    rules = listener("main", 443)["ListenerArn"]
    elb.create_rule(
        ListenerArn=rules, Priority=150, Conditions=[{"Field": "host-header", "Values": ["auth.hokus.ai"]}],
        Actions=[{"Type": "forward", "TargetGroupArn": target_group("auth-tg")["TargetGroupArn"]}])


def listener_without_rules():
    elb.create_listener(
        LoadBalancerArn=balancer("main")["LoadBalancerArn"], Protocol="HTTPS", Port=8443,
        SslPolicy="ELBSecurityPolicy-TLS-1-2-2017-01", Certificates=listener("main", 443)["Certificates"],
        DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": {
            "StatusCode": "404", "ContentType": "text/plain", "MessageBody": "Not Found"}}])


def wrong_target_port():
    vpc = balancer("registry")["VpcId"]
    elb.create_target_group(
        Name=f"hokusai-ded-api-{ENVIRONMENT}", Protocol="HTTP", Port=8000, VpcId=vpc, TargetType="ip",
        HealthCheckPath="/health", Matcher={"HttpCode": "200"})


def health_path_refused():
    elb.modify_target_group(
        TargetGroupArn=target_group("reg-mlflow")["TargetGroupArn"], HealthCheckPath="/mlflow",
        Matcher={"HttpCode": "200,308"})


def no_targets():
    group = target_group("api-tg")
    health = elb.describe_target_health(TargetGroupArn=group["TargetGroupArn"])["TargetHealthDescriptions"]
    elb.deregister_targets(TargetGroupArn=group["TargetGroupArn"], Targets=[h["Target"] for h in health])


def old_tls_policy():
    elb.modify_listener(
        ListenerArn=listener("auth", 443)["ListenerArn"], SslPolicy="ELBSecurityPolicy-2016-08")


def certificate_ends():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "registry.hokus.ai")])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=80))
        .not_valid_after(now + datetime.timedelta(days=9)).sign(key, hashes.SHA256()))
    arn = boto3.client("acm").import_certificate(
        Certificate=certificate.public_bytes(serialization.Encoding.PEM),
        PrivateKey=key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption()))["CertificateArn"]
    elb.modify_listener(
        ListenerArn=listener("registry", 443)["ListenerArn"], Certificates=[{"CertificateArn": arn}])


def plain_http():
    elb.modify_listener(
        ListenerArn=listener("auth", 80)["ListenerArn"],
        DefaultActions=[{"Type": "forward", "TargetGroupArn": target_group("auth-tg")["TargetGroupArn"]}])


def desync_and_logs_off():
    elb.modify_load_balancer_attributes(
        LoadBalancerArn=balancer("main")["LoadBalancerArn"], Attributes=[
            {"Key": "routing.http.desync_mitigation_mode", "Value": "monitor"},
            {"Key": "access_logs.s3.enabled", "Value": "false"}])


def missing_rule_to_mlflow():
    inside = group("ecs")["GroupId"]
    ec2.revoke_security_group_ingress(GroupId=inside, IpPermissions=[{
        "IpProtocol": "tcp", "FromPort": 5000, "ToPort": 5000, "UserIdGroupPairs": [{"GroupId": inside}]}])


def acl_denies_ephemeral_ports():
    # Of the public subnets: answers of the services to the load balancers do not come back.
    vpc = group("alb")["VpcId"]
    acl = ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]
    for egress in (False, True):
        if not egress:
            ec2.create_network_acl_entry(
                NetworkAclId=acl, RuleNumber=90, Protocol="6", RuleAction="deny", Egress=False,
                CidrBlock="10.0.0.0/16", PortRange={"From": 32768, "To": 60999})
        ec2.create_network_acl_entry(
            NetworkAclId=acl, RuleNumber=100, Protocol="-1", RuleAction="allow", Egress=egress, CidrBlock="0.0.0.0/0")
    wanted = {subnet["SubnetId"] for subnet in subnets("public")}
    for existing in ec2.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["NetworkAcls"]:
        for association in existing["Associations"]:
            if association["SubnetId"] in wanted:
                ec2.replace_network_acl_association(
                    AssociationId=association["NetworkAclAssociationId"], NetworkAclId=acl)


def database_port_open_to_world():
    ec2.authorize_security_group_ingress(GroupId=group("rds")["GroupId"], IpPermissions=[{
        "IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}])


def no_way_out():
    vpc = group("ecs")["VpcId"]
    last = subnets("private")[-1]["SubnetId"]
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    for existing in ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"]:
        for association in existing["Associations"]:
            if association.get("SubnetId") == last:
                ec2.replace_route_table_association(
                    AssociationId=association["RouteTableAssociationId"], RouteTableId=table)


def database_public_without_backups():
    boto3.client("rds").modify_db_instance(
        DBInstanceIdentifier=f"hokusai-mlflow-{ENVIRONMENT}", PubliclyAccessible=True, BackupRetentionPeriod=1,
        ApplyImmediately=True)


def secret_of_another_shape_and_one_gone():
    manager = boto3.client("secretsmanager")
    manager.put_secret_value(
        SecretId="hokusai/database/credentials", SecretString=json.dumps({"pass": "visibly-fake"}))
    manager.delete_secret(SecretId=f"hokusai/redis/{ENVIRONMENT}/auth-token", ForceDeleteWithoutRecovery=True)


def discovery_without_instance():
    names = boto3.client("servicediscovery")
    service = next(s for s in names.list_services()["Services"] if s["Name"] == "mlflow")
    names.deregister_instance(ServiceId=service["Id"], InstanceId="mlflow-1")


def buckets_badly_kept():
    s3 = boto3.client("s3")
    artifacts, data = f"hokusai-mlflow-artifacts-{ENVIRONMENT}", f"hokusai-pipeline-data-{ENVIRONMENT}"
    s3.put_bucket_versioning(Bucket=data, VersioningConfiguration={"Status": "Suspended"})
    s3.put_bucket_lifecycle_configuration(Bucket=artifacts, LifecycleConfiguration={"Rules": [{
        "ID": "clean-up", "Status": "Enabled", "Filter": {"Prefix": "artifacts/"}, "Expiration": {"Days": 14}}]})
    s3.delete_public_access_block(Bucket=data)
    s3.put_bucket_policy(Bucket=data, Policy=json.dumps({"Version": "2012-10-17", "Statement": [{
        "Sid": "Everyone", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{data}/*"}]}))


def alarm_and_fatal_log():
    boto3.client("cloudwatch").set_alarm_state(
        AlarmName=f"hokusai-rds-cpu-{ENVIRONMENT}", StateValue="ALARM", StateReason="Threshold Crossed")
    boto3.client("logs").put_log_events(
        logGroupName=f"/ecs/hokusai-api-{ENVIRONMENT}", logStreamName="ecs/hokusai-api/sandbox",
        logEvents=[{"timestamp": int(time.time() * 1000) - 60_000,
                    "message": "standard_init_linux.go:228: exec user process caused: exec format error"}])


def load_balancer_errors():
    name = balancer("auth")["LoadBalancerArn"].split("loadbalancer/")[1]
    now = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=10)
    dimensions = [{"Name": "LoadBalancer", "Value": name}]
    boto3.client("cloudwatch").put_metric_data(Namespace="AWS/ApplicationELB", MetricData=[
        {"MetricName": "RequestCount", "Dimensions": dimensions, "Timestamp": now, "Value": 1000, "Unit": "Count"},
        {"MetricName": "HTTPCode_ELB_5XX_Count", "Dimensions": dimensions, "Timestamp": now, "Value": 400,
         "Unit": "Count"}])


def main():
    for defect in (
        image_reversion, empty_registries, service_scaled_to_zero, secret_without_suffix, secret_lost_and_in_clear,
        no_log_and_wrong_health_path, insights_off, shadowed_rule, hostless_rule_steals, listener_without_rules,
        wrong_target_port, health_path_refused, no_targets, old_tls_policy, certificate_ends, plain_http,
        desync_and_logs_off, missing_rule_to_mlflow, acl_denies_ephemeral_ports,
        database_port_open_to_world, no_way_out, database_public_without_backups,
        secret_of_another_shape_and_one_gone, discovery_without_instance, buckets_badly_kept, alarm_and_fatal_log,
        load_balancer_errors,
    ):
        defect()


main()
