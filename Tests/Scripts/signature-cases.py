"""Writes random requests and the signatures botocore gives them, as JSON on stdout.

Usage: signature-cases.py COUNT SEED. The same arguments always give the same cases.
"""

import datetime
import json
import random
import sys
from urllib.parse import quote

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

UNRESERVED = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~"
RESERVED = "!*'();:@&=+$,/?#[]% \"<>\\^`{|}"
UNICODE = "äöüßéñ中文日本語한국어🚀Ωж\u00a0\u200b"
SERVICES = {
    "query": ["sts", "ec2", "elasticloadbalancing", "rds", "monitoring", "elasticache", "iam"],
    "json": ["ecs", "secretsmanager", "cloudtrail", "logs", "servicediscovery", "ssm", "ecr"],
    "rest": ["s3"],
    "path": ["execute-api", "es", "lambda"],
}
REGIONS = ["us-east-1", "us-west-2", "eu-central-1", "cn-north-1", "us-gov-west-1"]


def text(chance, low, high, alphabet=UNRESERVED + RESERVED + UNICODE):
    return "".join(chance.choice(alphabet) for _ in range(chance.randint(low, high)))


def query(chance):
    items = []
    for _ in range(chance.randint(0, 6)):
        kind = chance.random()
        if kind < 0.2:
            items.append([chance.choice(["acl", "versioning", "lifecycle", "uploads", "a-flag"]), None])
        elif kind < 0.4 and items:
            items.append([chance.choice(items)[0], text(chance, 0, 8)])
        else:
            items.append([text(chance, 1, 10), text(chance, 0, 14)])
    chance.shuffle(items)
    return items


def encoded(items):
    # As a client sends it: in the order given, a flag without an equals sign.
    return "&".join(
        quote(name, safe="-_.~") + ("" if value is None else "=" + quote(value, safe="-_.~")) for name, value in items
    )


def headers(chance):
    result = []
    for _ in range(chance.randint(0, 3)):
        name = chance.choice(["x-amz-meta-", "X-Amz-Meta-", "x-custom-"]) + text(chance, 1, 6, UNRESERVED[:26])
        value = text(chance, 0, 12, UNRESERVED + "  \t,;=\"" + "äé中")
        result.append([name, value])
    if chance.random() < 0.2 and result:
        result.append([result[0][0], text(chance, 1, 5, UNRESERVED)])
    if chance.random() < 0.3:
        result.append(["User-Agent", "never signed"])
    return result


def path(chance, kind):
    if kind in ("query", "json"):
        return "/"
    segments = [text(chance, 0 if kind == "path" else 1, 8) for _ in range(chance.randint(0, 5))]
    if kind == "path" and chance.random() < 0.4:
        segments.insert(chance.randint(0, len(segments)), chance.choice([".", "..", "arn:aws:x:y/z"]))
    return "/" + "/".join(segments) + ("/" if chance.random() < 0.2 else "")


def case(chance, number):
    kind = chance.choice(list(SERVICES))
    service = chance.choice(SERVICES[kind])
    region = chance.choice(REGIONS)
    sent = headers(chance)
    body, items, location = b"", query(chance), path(chance, kind)
    host = f"{service}.{region}.amazonaws.com"
    method = "POST"
    if kind == "query":
        items = []
        sent.append(["content-type", "application/x-www-form-urlencoded; charset=utf-8"])
        body = encoded([["Action", "Do"]] + query(chance)).encode()
    elif kind == "json":
        items = []
        sent += [["content-type", "application/x-amz-json-1.1"], ["x-amz-target", "Service.Do" + text(chance, 1, 6, UNRESERVED[:26])]]
        body = json.dumps({text(chance, 1, 6): text(chance, 0, 20)}).encode()
    else:
        method = chance.choice(["GET", "PUT", "HEAD", "DELETE", "POST"])
        if method in ("PUT", "POST"):
            body = text(chance, 0, 60).encode()
        if kind == "rest":
            bucket = "bucket-" + text(chance, 1, 6, UNRESERVED[:26])
            if chance.random() < 0.5:
                host = bucket + "." + host
            else:
                location = "/" + bucket + location
    if chance.random() < 0.25:
        host = "127.0.0.1:" + str(chance.randint(1024, 65535))
    scheme = chance.choice(["http", "https"])
    moment = datetime.datetime(2020, 1, 1) + datetime.timedelta(seconds=chance.randint(0, 400_000_000))
    token = text(chance, 20, 60, UNRESERVED + "+/=") if chance.random() < 0.5 else None
    access, secret = "EXAMPLE" + text(chance, 9, 9, UNRESERVED[26:52]), "fake-" + text(chance, 20, 35, UNRESERVED + "+/")

    url = f"{scheme}://{host}{quote(location, safe='/-_.~')}"
    if items:
        url += "?" + encoded(items)
    request = AWSRequest(method=method, url=url, data=body)
    for name, value in sent:
        request.headers.add_header(name, value)
    botocore.auth.get_current_datetime = lambda *_, **__: moment
    signer = botocore.auth.S3SigV4Auth if service == "s3" else botocore.auth.SigV4Auth
    auth = signer(Credentials(access, secret, token), service, region)
    auth.add_auth(request)
    authorization = request.headers["Authorization"]
    del request.headers["Authorization"]
    return {
        "number": number,
        "service": service,
        "region": region,
        "method": method,
        "scheme": scheme,
        "authority": host,
        "path": location,
        "query": [{"name": name, "value": value} for name, value in items],
        "headers": [{"name": name, "value": value} for name, value in sent],
        "body": body.hex(),
        "accessKeyID": access,
        "secretAccessKey": secret,
        "sessionToken": token,
        "secondsSince1970": int(moment.replace(tzinfo=datetime.timezone.utc).timestamp()),
        "url": url,
        "canonical": auth.canonical_request(request),
        "authorization": authorization,
    }


def main():
    chance = random.Random(int(sys.argv[2]))
    json.dump([case(chance, number) for number in range(int(sys.argv[1]))], sys.stdout)


main()
