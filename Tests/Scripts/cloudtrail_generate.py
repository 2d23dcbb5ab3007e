"""Writes synthetic CloudTrail log files of a given uncompressed size, gzipped as a trail lays them down.

usage: cloudtrail_generate.py DIRECTORY MEGABYTES
"""

import gzip
import json
import os
import random
import sys
import uuid

READS = [("ecs", "DescribeServices"), ("ec2", "DescribeInstances"), ("s3", "GetBucketAcl"), ("kms", "Decrypt"),
         ("elasticloadbalancing", "DescribeTargetHealth"), ("logs", "DescribeLogGroups"), ("sts", "GetCallerIdentity")]
NOISE = [("logs", "CreateLogStream"), ("sts", "AssumeRole"), ("kms", "GenerateDataKey"), ("ecs", "SubmitTaskStateChange")]
CHANGES = [("ecs", "UpdateService"), ("rds", "ModifyDBInstance"), ("ec2", "AuthorizeSecurityGroupIngress"),
           ("secretsmanager", "PutSecretValue"), ("elasticloadbalancing", "ModifyRule"), ("iam", "PutRolePolicy")]


def event(chance, moment):
    dice = chance.random()
    service, name = chance.choice(READS if dice < 0.85 else NOISE if dice < 0.99 else CHANGES)
    read_only = dice < 0.85
    parameters = {
        "cluster": "hokusai-development", "service": "hokusai-api-development",
        "dBInstanceIdentifier": "hokusai-mlflow-development", "maxResults": 100,
        "filters": [{"name": "tag:Name", "values": ["hokusai-" + str(chance.randint(0, 9999))]}]}
    if name == "ModifyDBInstance" and chance.random() < 0.5:
        parameters["masterUserPassword"] = "****"
    unique = uuid.UUID(int=chance.getrandbits(128), version=4)
    return {
        "eventVersion": "1.09",
        "userIdentity": {
            "type": "AssumedRole", "principalId": "AROAEXAMPLE:session-%04d" % chance.randint(0, 9999),
            "arn": "arn:aws:sts::123456789012:assumed-role/deploy/session-%04d" % chance.randint(0, 9999),
            "accountId": "123456789012",
            "sessionContext": {
                "sessionIssuer": {
                    "type": "Role", "principalId": "AROAEXAMPLE", "arn": "arn:aws:iam::123456789012:role/deploy",
                    "accountId": "123456789012", "userName": "deploy"},
                "attributes": {"creationDate": "2026-01-02T03:04:05Z", "mfaAuthenticated": "false"}}},
        "eventTime": "2026-01-%02dT%02d:%02d:%02dZ" % (1 + moment // 86400 % 28, moment // 3600 % 24, moment // 60 % 60, moment % 60),
        "eventSource": service + ".amazonaws.com", "eventName": name, "awsRegion": "us-east-1",
        "sourceIPAddress": "198.51.100.%d" % chance.randint(1, 254),
        "userAgent": "aws-cli/2.15.0 Python/3.11.6 Linux/5.10 exe/x86_64 prompt/off command/%s.%s" % (service, name),
        "requestParameters": parameters, "responseElements": None if read_only else {"_return": True},
        "requestID": str(unique), "eventID": str(uuid.UUID(int=chance.getrandbits(128), version=4)),
        "readOnly": read_only, "eventType": "AwsApiCall", "managementEvent": True,
        "recipientAccountId": "123456789012", "eventCategory": "Management",
        "tlsDetails": {"tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256",
                       "clientProvidedHostHeader": service + ".us-east-1.amazonaws.com"}}


def main():
    directory, wanted = sys.argv[1], int(sys.argv[2]) * 1_000_000
    os.makedirs(directory, exist_ok=True)
    chance, written, number = random.Random(7), 0, 0
    while written < wanted:
        text = json.dumps(
            {"Records": [event(chance, number * 60 + index % 60) for index in range(4000)]}, separators=(",", ":"))
        with gzip.open(f"{directory}/123456789012_CloudTrail_us-east-1_{number:05d}.json.gz", "wt", compresslevel=6) as file:
            file.write(text)
        written += len(text)
        number += 1
    print(written)


main()
