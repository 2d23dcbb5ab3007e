"""Makes one fault in the AWS topology of the local stack, or takes it back.

usage: diagnosis-aws-faults.py FAULT [KEPT]   (JSON; KEPT is what the first call printed, and takes the fault back)
"""
import json
import sys

import boto3
from botocore.config import Config

ENVIRONMENT = "sandbox"
CONFIG = Config(retries={"max_attempts": 2}, connect_timeout=5, read_timeout=60, s3={"addressing_style": "path"})
POLICIES = "artifacts"


def client(name):
    return boto3.client(name, config=CONFIG)


def group_arn(name):
    return client("elbv2").describe_target_groups(Names=[name])["TargetGroups"][0]["TargetGroupArn"]


def rule(balancer, path):
    elb = client("elbv2")
    arn = elb.describe_load_balancers(Names=[balancer])["LoadBalancers"][0]["LoadBalancerArn"]
    for listener in elb.describe_listeners(LoadBalancerArn=arn)["Listeners"]:
        for found in elb.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]:
            if any(path in condition.get("Values", []) + condition.get("PathPatternConfig", {}).get("Values", [])
                   for condition in found["Conditions"]):
                return listener["ListenerArn"], found
    sys.exit(f"no rule for {path}")


def security_group(name):
    return client("ec2").describe_security_groups(
        Filters=[{"Name": "group-name", "Values": [name]}])["SecurityGroups"][0]


def target_gone(kept, group):
    elb, arn = client("elbv2"), group_arn(group)
    if kept:
        return elb.register_targets(TargetGroupArn=arn, Targets=kept)
    targets = [found["Target"] for found in elb.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]]
    targets = [{key: target[key] for key in ("Id", "Port")} for target in targets]
    elb.deregister_targets(TargetGroupArn=arn, Targets=targets)
    return targets


def scaled_to_zero(kept, role):
    client("ecs").update_service(
        cluster=f"hokusai-{ENVIRONMENT}", service=f"hokusai-{role}-{ENVIRONMENT}", desiredCount=1 if kept else 0)
    return True


def rule_gone(kept, balancer, path):
    elb = client("elbv2")
    if kept:
        return elb.create_rule(**kept)
    listener, found = rule(balancer, path)
    elb.delete_rule(RuleArn=found["RuleArn"])
    return {"ListenerArn": listener, "Priority": int(found["Priority"]),
            "Conditions": [{"Field": "path-pattern", "PathPatternConfig": {"Values": [path]}}],
            "Actions": [{"Type": "forward", "TargetGroupArn": found["Actions"][0]["TargetGroupArn"]}]}


def rule_to(kept, balancer, path, group):
    _, found = rule(balancer, path)
    target = kept or group_arn(group)
    client("elbv2").modify_rule(
        RuleArn=found["RuleArn"], Actions=[{"Type": "forward", "TargetGroupArn": target}])
    return found["Actions"][0]["TargetGroupArn"]


def ingress_gone(kept, group, port):
    ec2, found = client("ec2"), security_group(group)
    if kept:
        return ec2.authorize_security_group_ingress(GroupId=found["GroupId"], IpPermissions=kept)
    permissions = [
        {"IpProtocol": entry["IpProtocol"], "FromPort": entry["FromPort"], "ToPort": entry["ToPort"],
         "UserIdGroupPairs": [{"GroupId": pair["GroupId"]} for pair in entry["UserIdGroupPairs"]]}
        for entry in found["IpPermissions"] if entry.get("FromPort") == port]
    ec2.revoke_security_group_ingress(GroupId=found["GroupId"], IpPermissions=permissions)
    return permissions


def ingress_open(kept, group, port):
    ec2, found = client("ec2"), security_group(group)
    permission = [{"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    (ec2.revoke_security_group_ingress if kept else ec2.authorize_security_group_ingress)(
        GroupId=found["GroupId"], IpPermissions=permission)
    return True


def secret_value(kept, secret, field):
    manager = client("secretsmanager")
    if kept:
        return manager.put_secret_value(SecretId=secret, SecretString=kept)
    text = manager.get_secret_value(SecretId=secret)["SecretString"]
    manager.put_secret_value(
        SecretId=secret, SecretString=json.dumps(dict(json.loads(text), **{field: "drifted-on-purpose"})))
    return text


def secret_deleted(kept, secret):
    manager = client("secretsmanager")
    if kept:
        return manager.restore_secret(SecretId=secret)
    manager.delete_secret(SecretId=secret, RecoveryWindowInDays=7)
    return True


def bucket_expiry(kept, bucket, days):
    s3 = client("s3")
    if kept is not None:
        if kept:
            return s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": kept})
        return s3.delete_bucket_lifecycle(Bucket=bucket)
    try:
        before = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    except s3.exceptions.ClientError:
        before = []
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [
        {"ID": "short", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": days}}]})
    return before


def bucket_public(kept, bucket):
    s3 = client("s3")
    if kept:
        return s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=kept)
    before = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    s3.delete_public_access_block(Bucket=bucket)
    return before


def database_stopped(kept):
    rds = client("rds")
    (rds.start_db_instance if kept else rds.stop_db_instance)(DBInstanceIdentifier=f"hokusai-mlflow-{ENVIRONMENT}")
    return True


def instance_gone(kept, service):
    names = client("servicediscovery")
    found = next(entry for entry in names.list_services()["Services"] if entry["Name"] == service)
    if kept:
        return names.register_instance(ServiceId=found["Id"], InstanceId=kept["Id"], Attributes=kept["Attributes"])
    instance = names.list_instances(ServiceId=found["Id"])["Instances"][0]
    names.deregister_instance(ServiceId=found["Id"], InstanceId=instance["Id"])
    return {"Id": instance["Id"], "Attributes": instance["Attributes"]}


def role_policy_gone(kept):
    iam, role = client("iam"), f"hokusai-ecs-task-{ENVIRONMENT}"
    if kept:
        return iam.put_role_policy(RoleName=role, PolicyName=POLICIES, PolicyDocument=json.dumps(kept))
    before = iam.get_role_policy(RoleName=role, PolicyName=POLICIES)["PolicyDocument"]
    iam.delete_role_policy(RoleName=role, PolicyName=POLICIES)
    return before


def log_group_gone(kept, group):
    logs = client("logs")
    (logs.create_log_group if kept else logs.delete_log_group)(logGroupName=group)
    return True


def route_gone(kept):
    ec2 = client("ec2")
    if kept:
        return ec2.create_route(DestinationCidrBlock="0.0.0.0/0", **kept)
    for table in ec2.describe_route_tables()["RouteTables"]:
        for route in table["Routes"]:
            if route.get("NatGatewayId"):
                ec2.delete_route(RouteTableId=table["RouteTableId"], DestinationCidrBlock="0.0.0.0/0")
                return {"RouteTableId": table["RouteTableId"], "NatGatewayId": route["NatGatewayId"]}
    sys.exit("no route leads to a NAT gateway")


def health_check_path(kept, group, path):
    elb, arn = client("elbv2"), group_arn(group)
    before = elb.describe_target_groups(TargetGroupArns=[arn])["TargetGroups"][0]["HealthCheckPath"]
    elb.modify_target_group(TargetGroupArn=arn, HealthCheckPath=kept or path)
    return before


def image_architecture(kept, repository, architecture):
    architecture = "amd64" if kept else architecture
    layer = "sha256:" + "0" * 64
    manifest = {
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [{"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": layer, "size": 500,
                       "platform": {"architecture": architecture, "os": "linux"}}]}
    client("ecr").put_image(
        repositoryName=repository, imageTag="sandbox", imageManifest=json.dumps(manifest),
        imageManifestMediaType="application/vnd.oci.image.index.v1+json")
    return True


def revision_not_deployed(kept, role):
    ecs, family = client("ecs"), f"hokusai-{role}-{ENVIRONMENT}"
    if kept:
        return ecs.deregister_task_definition(taskDefinition=kept)
    found = ecs.describe_task_definition(taskDefinition=family)["taskDefinition"]
    wanted = ("family", "networkMode", "requiresCompatibilities", "cpu", "memory", "executionRoleArn", "taskRoleArn",
              "containerDefinitions")
    made = ecs.register_task_definition(**{key: found[key] for key in wanted if key in found})["taskDefinition"]
    return f"{family}:{made['revision']}"


def main():
    fault = json.loads(sys.argv[1])
    kept = json.loads(sys.argv[2]) if len(sys.argv) > 2 else None
    made = globals()[fault.pop("fault").replace("-", "_")](kept, **fault)
    if kept is None:
        print(json.dumps(made))


main()
