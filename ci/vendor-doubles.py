#!/usr/bin/env python3
"""GitHub, GitLab and Linear as far as `plumbline publish` needs them, on loopback, each request held against what its vendor documents.

usage: ci/vendor-doubles.py [--state FILE] [--lose N]

Prints its port, then serves until it is ended:
  http://127.0.0.1:PORT/github   REST and GraphQL; bodies are validated with githubkit's models of the version 2022-11-28
  http://127.0.0.1:PORT/gitlab   API v4; fields as "Notes API" and "Users API" of the GitLab Docs list them
  http://127.0.0.1:PORT/linear   GraphQL; operations and input fields as Linear's schema has them

A request that does not fit is answered with 422 (GitHub, GitLab) or an error (Linear), and kept in `problems`.

  --state FILE   is written after every request: comments, check_runs, analyses, notes, issues, problems, requests
  --lose N       every N-th request that writes is done, and its answer lost

Needs the environment of ci/requirements-pipelines.txt.
"""

import argparse
import base64
import gzip
import json
import re
import threading
import urllib.parse
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

warnings.filterwarnings("ignore", category=DeprecationWarning)
import pydantic  # noqa: E402
from githubkit_schemas.v2022_11_28 import models  # noqa: E402

# GitHub's tokens of workflows, GitLab's of projects and Linear's keys begin so; these are made up.
TOKENS = {"github": "ghs_plumblinemadeuptoken", "gitlab": "glpat-plumblinemadeup", "linear": "lin_api_plumblinemadeup"}
BOT = {"login": "github-actions[bot]", "id": 41898282, "type": "Bot"}

# The fields of each request, required ones first, and what they are.
GITLAB_NOTE = {"body": str}
LINEAR_INPUTS = {
    "issueCreate": ({"teamId"}, {"id", "title", "description", "priority"}),
    "issueUpdate": (set(), {"stateId", "title", "description", "priority"}),
    "attachmentCreate": ({"issueId", "title", "url"}, {"id", "subtitle", "metadata"}),
    "commentCreate": (set(), {"id", "issueId", "body"}),
}
UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


class Refusal(Exception):
    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


class World:
    """What was published so far."""

    def __init__(self, path, lose):
        self.path, self.lose, self.writes = path, lose, 0
        self.lock = threading.Lock()
        self.number = 100
        self.kept = {name: [] for name in
                     ("comments", "check_runs", "analyses", "notes", "issues", "attachments", "issue_comments", "problems", "requests")}

    def next(self):
        self.number += 1
        return self.number

    def save(self):
        if self.path:
            with open(self.path + ".new", "w", encoding="utf-8") as file:
                json.dump(self.kept, file, indent=1)
            __import__("os").replace(self.path + ".new", self.path)


def validated(kind, body):
    """Holds a body against a model of githubkit, and refuses fields that it does not know."""
    try:
        model = pydantic.TypeAdapter(kind).validate_python(body)
    except pydantic.ValidationError as error:
        raise Refusal(422, f"{kind}: {error}") from error
    known = {field.alias or name for name, field in type(model).model_fields.items()}
    unknown = set(body) - known
    if unknown:
        raise Refusal(422, f"{type(model).__name__} has no {', '.join(sorted(unknown))}")


def page(items, query):
    size, number = int(query.get("per_page", ["30"])[0]), int(query.get("page", ["1"])[0])
    if not 1 <= size <= 100:
        raise Refusal(422, "per_page is 1 to 100")
    return items[(number - 1) * size:number * size]


def github(world, method, path, query, body):
    kept = world.kept
    if (method, path) == ("POST", "/graphql"):
        if "viewer" not in body.get("query", ""):
            raise Refusal(400, "an unknown query")
        return 200, {"data": {"viewer": {"login": BOT["login"], "databaseId": BOT["id"]}}}
    match = re.fullmatch(r"/repos/[^/]+/[^/]+(/.*)", path)
    route = match.group(1) if match else ""
    if re.fullmatch(r"/issues/\d+/comments", route):
        if method == "GET":
            return 200, page(kept["comments"], query)
        validated(models.ReposOwnerRepoIssuesIssueNumberCommentsPostBody, body)
        if len(body["body"]) > 65536:
            raise Refusal(422, "body is too long (maximum is 65536 characters)")
        number = world.next()
        kept["comments"].append({"id": number, "user": BOT, "body": body["body"], "html_url": f"https://github.invalid/c/{number}"})
        return 201, kept["comments"][-1]
    if match := re.fullmatch(r"/issues/comments/(\d+)", route):
        validated(models.ReposOwnerRepoIssuesCommentsCommentIdPatchBody, body)
        found = [comment for comment in kept["comments"] if comment["id"] == int(match.group(1))]
        if not found or method != "PATCH":
            raise Refusal(404, "Not Found")
        found[0]["body"] = body["body"]
        return 200, found[0]
    if re.fullmatch(r"/commits/[0-9a-f]+/check-runs", route) and method == "GET":
        found = [run for run in kept["check_runs"] if run["name"] == query["check_name"][0]]
        return 200, {"total_count": len(found), "check_runs": page(found, query)}
    if route == "/check-runs" and method == "POST":
        validated(models.ReposOwnerRepoCheckRunsPostBodyOneof0, body)
        validated(models.ReposOwnerRepoCheckRunsPostBodyPropOutput, body["output"])
        count = len(body["output"].get("annotations", []))
        number = world.next()
        kept["check_runs"].append(
            {**body, "id": number, "html_url": f"https://github.invalid/r/{number}",
             "output": {**body["output"], "annotations_count": count}})
        return 201, kept["check_runs"][-1]
    if (match := re.fullmatch(r"/check-runs/(\d+)", route)) and method == "PATCH":
        validated(models.ReposOwnerRepoCheckRunsCheckRunIdPatchBodyAnyof0, body)
        validated(models.ReposOwnerRepoCheckRunsCheckRunIdPatchBodyPropOutput, body["output"])
        run = next((run for run in kept["check_runs"] if run["id"] == int(match.group(1))), None)
        if run is None:
            raise Refusal(404, "Not Found")
        count = run["output"]["annotations_count"] + len(body["output"].get("annotations", []))
        run.update({**body, "output": {**body["output"], "annotations_count": count}})
        return 200, run
    if route == "/code-scanning/sarifs" and method == "POST":
        validated(models.ReposOwnerRepoCodeScanningSarifsPostBody, body)
        sarif = json.loads(gzip.decompress(base64.b64decode(body["sarif"], validate=True)))
        if sarif.get("version") != "2.1.0" or not sarif.get("runs"):
            raise Refusal(400, "no SARIF 2.1.0")
        kept["analyses"].append({"commit": body["commit_sha"], "ref": body["ref"], "results": len(sarif["runs"][0]["results"])})
        return 202, {"id": str(len(kept["analyses"])), "url": "https://github.invalid/s"}
    if re.fullmatch(r"/code-scanning/sarifs/\d+", route) and method == "GET":
        return 200, {"processing_status": "complete", "analyses_url": "https://github.invalid/a"}
    raise Refusal(404, "Not Found")


def gitlab(world, method, path, query, body):
    notes = world.kept["notes"]
    if (method, path) == ("GET", "/user"):
        return 200, {"id": 7, "username": "project_1_bot"}
    if re.fullmatch(r"/projects/[^/]+/merge_requests/\d+/notes", path) and method == "GET":
        return 200, page(notes, query)
    match = re.fullmatch(r"/projects/[^/]+/merge_requests/\d+/notes(?:/(\d+))?", path)
    if not match or method not in ("POST", "PUT") or (method == "PUT") != (match.group(1) is not None):
        raise Refusal(404, "404 Not Found")
    if set(body) != set(GITLAB_NOTE) or not isinstance(body["body"], str) or len(body["body"]) > 1_000_000:
        raise Refusal(422, f"a note has the field body, a text of 1,000,000 characters at most; got {sorted(body)}")
    if method == "POST":
        notes.append({"id": world.next(), "body": body["body"], "author": {"id": 7}, "system": False})
        return 201, notes[-1]
    found = next((note for note in notes if note["id"] == int(match.group(1))), None)
    if found is None:
        raise Refusal(404, "404 Not Found")
    found["body"] = body["body"]
    return 200, found


def linear(world, method, path, query, body):
    kept, variables = world.kept, body.get("variables", {})
    text = body.get("query", "")
    words = re.findall(r"\w+", text)
    operation = next((name for name in LINEAR_INPUTS if name in words), None)
    states = {"s-back": "backlog", "s-todo": "unstarted", "s-doing": "started", "s-done": "completed", "s-no": "canceled"}

    def shown(issue):
        return {"id": issue["id"], "identifier": issue["identifier"], "url": f"https://linear.invalid/{issue['identifier']}",
                "state": {"type": states[issue["stateId"]]}}

    if text.startswith("query"):
        if "teams" in words:
            nodes = [{"id": state, "type": kind, "position": place} for place, (state, kind) in enumerate(states.items())]
            known = variables["key"].lower() == "ops"
            return 200, {"data": {"teams": {"nodes": [{"id": "team-1", "states": {"nodes": nodes}}] if known else []}}}
        if "attachments" in words:
            found = [item for item in kept["attachments"] if item["url"].startswith(variables["prefix"])]
            issues = {issue["id"]: issue for issue in kept["issues"]}
            nodes = [{"url": item["url"], "issue": shown(issues[item["issueId"]])} for item in found]
            return 200, {"data": {"attachments": {"nodes": nodes, "pageInfo": {"hasNextPage": False, "endCursor": None}}}}
        kind = "comment" if "comment" in words else "issue"
        for item in kept["issue_comments" if kind == "comment" else "issues"]:
            if item["id"] == variables["id"]:
                return 200, {"data": {kind: shown(item) if kind == "issue" else {"id": item["id"]}}}
        raise Refusal(400, "Entity not found")
    if operation is None:
        raise Refusal(400, f"an unknown operation: {text}")
    value = variables["input"]
    required, optional = LINEAR_INPUTS[operation]
    if not required <= set(value) or not set(value) <= required | optional:
        raise Refusal(400, f"{operation}: got the fields {sorted(value)}")
    if "id" in value and not UUID4.fullmatch(value["id"]):
        raise Refusal(400, f"{operation}: id must be a UUID of version 4")
    if operation == "issueCreate":
        if not 0 <= value.get("priority", 0) <= 4 or len(value["title"]) > 255:
            raise Refusal(400, "issueCreate: priority is 0 to 4, a title has 255 characters at most")
        if any(issue["id"] == value["id"] for issue in kept["issues"]):
            raise Refusal(400, "Entity with this id exists already")
        issue = {**value, "identifier": f"OPS-{len(kept['issues']) + 1}", "stateId": "s-todo"}
        kept["issues"].append(issue)
        return 200, {"data": {"issueCreate": {"success": True, "issue": shown(issue)}}}
    if operation == "commentCreate":
        if any(comment["id"] == value["id"] for comment in kept["issue_comments"]):
            raise Refusal(400, "Entity with this id exists already")
        kept["issue_comments"].append(value)
    elif operation == "attachmentCreate":
        same = (value["issueId"], value["url"])
        kept["attachments"][:] = [item for item in kept["attachments"] if (item["issueId"], item["url"]) != same] + [value]
    else:
        issue = next((issue for issue in kept["issues"] if issue["id"] == variables["id"]), None)
        if issue is None or value["stateId"] not in states:
            raise Refusal(400, "Entity not found")
        issue.update(value)
    return 200, {"data": {operation: {"success": True}}}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    world: World

    def log_message(self, *arguments):
        pass

    def serve(self):
        length = int(self.headers.get("Content-Length") or 0)
        raw = self.rfile.read(length)
        url = urllib.parse.urlsplit(self.path)
        vendor, _, rest = url.path[1:].partition("/")
        path, query = "/" + rest, urllib.parse.parse_qs(url.query)
        with self.world.lock:
            lost = False
            try:
                body = json.loads(raw) if raw else {}
                given = {"github": self.headers.get("Authorization", "").removeprefix("Bearer "),
                         "gitlab": self.headers.get("PRIVATE-TOKEN", ""), "linear": self.headers.get("Authorization", "")}.get(vendor)
                if vendor not in TOKENS:
                    raise Refusal(404, "no such vendor")
                if given != TOKENS[vendor]:
                    raise Refusal(401, "Bad credentials")
                self.world.kept["requests"].append(f"{self.command} {vendor}{path}")
                status, answer = {"github": github, "gitlab": gitlab, "linear": linear}[vendor](
                    self.world, self.command, path, query, body)
                if self.command != "GET" and "graphql" not in path and not body.get("query", "").startswith("query"):
                    self.world.writes += 1
                    lost = bool(self.world.lose) and self.world.writes % self.world.lose == 0
            except Refusal as refusal:
                status = refusal.status
                if status in (400, 422) and "exists already" not in str(refusal) and "not found" not in str(refusal):
                    self.world.kept["problems"].append(f"{self.command} {self.path}: {refusal}")
                answer = {"errors": [{"message": str(refusal)}]} if vendor == "linear" else {"message": str(refusal)}
            self.world.save()
        if lost:
            self.close_connection = True
            return
        data = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PATCH = do_PUT = serve


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--state")
    parser.add_argument("--lose", type=int, default=0)
    options = parser.parse_args()
    Handler.world = World(options.state, options.lose)
    Handler.world.save()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
