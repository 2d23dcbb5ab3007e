"""The same analysis as Plumbline's in the usual Python way, for the benchmark: gzip, json, one dictionary an event.

usage: cloudtrail_analyse.py DIRECTORY
"""

import glob
import gzip
import json
import resource
import sys
import time

NAMES = {
    "ecs": {"RegisterTaskDefinition", "UpdateService", "CreateService", "DeleteService", "RunTask", "StopTask"},
    "rds": {"ModifyDBInstance", "CreateDBInstance", "DeleteDBInstance", "RebootDBInstance"},
    "ec2": {"AuthorizeSecurityGroupIngress", "RevokeSecurityGroupIngress", "CreateNetworkAclEntry", "CreateRoute"},
    "secretsmanager": {"PutSecretValue", "UpdateSecret", "RotateSecret"},
    "elasticloadbalancing": {"CreateRule", "ModifyRule", "DeleteRule", "ModifyTargetGroup", "ModifyListener"},
}
READING = ("Get", "Describe", "List", "Lookup")


def actor(identity):
    arn = identity.get("arn", "")
    return arn.split(":assumed-role/")[1] if ":assumed-role/" in arn else identity.get("userName", arn)


def main():
    began, events, changes = time.monotonic(), 0, []
    for path in sorted(glob.glob(sys.argv[1] + "/*.json.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            records = json.load(file)["Records"]
        for record in records:
            events += 1
            if record.get("readOnly"):
                continue
            service, name = record["eventSource"].split(".")[0], record["eventName"]
            if service == "iam":
                if name.startswith(READING):
                    continue
            elif name not in NAMES.get(service, ()):
                continue
            parameters = record.get("requestParameters") or {}
            changes.append({
                "at": record["eventTime"], "actor": actor(record["userIdentity"]), "action": name,
                "resources": [v for v in parameters.values() if isinstance(v, str)],
                "password": "masterUserPassword" in parameters, "from": record.get("sourceIPAddress"),
                "error": record.get("errorCode"), "id": record["eventID"]})
    changes.sort(key=lambda change: (change["at"], change["id"]))
    print(json.dumps({
        "seconds": time.monotonic() - began, "events": events, "changes": len(changes),
        "peak_kib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}))


main()
