"""Stands in for three services of AWS, so that one-off tasks can be rehearsed on one machine.

- ECS: a task is a process with an empty temporary directory; stopping it sends SIGTERM, taking its capacity back SIGKILL to
  everything that it started.
- CloudWatch Logs: what the process writes to stdout and stderr.
- S3: moto behind a proxy that makes writes of one key follow each other (moto's own threads do not), answers slowly, and loses
  requests and answers or answers 409 and 503 where it is told to.
"""
import collections
import http.client
import http.server
import json
import os
import random
import signal
import subprocess
import threading
import time
import urllib.parse
import uuid

STOP_PATIENCE = 30


class Mishaps:
    """What goes wrong with S3, and what it was asked."""

    def __init__(self, rate=0.0, delay=0.0, seed=0):
        self.rate = rate
        self.delay = delay
        self.random = random.Random(seed)
        self.counts = collections.Counter()
        self.sent = 0
        self.received = 0
        self.lock = threading.Lock()
        self.keys = collections.defaultdict(threading.Lock)

    def choose(self, method, is_conditional):
        with self.lock:
            self.counts[method] += 1
            if self.random.random() >= self.rate:
                return None
            kinds = ["request-lost", "answer-lost", "503"] + (["409"] if is_conditional and method == "PUT" else [])
            kind = self.random.choice(kinds)
            self.counts[kind] += 1
            return kind

    def of_key(self, path):
        with self.lock:
            return self.keys[path]


class S3Proxy(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    mishaps = None
    upstream = None

    def log_message(self, *_):
        pass

    def handle_all(self):
        mishaps = self.mishaps
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        conditional = bool(self.headers.get("If-Match") or self.headers.get("If-None-Match"))
        if mishaps.delay:
            time.sleep(mishaps.delay)
        kind = mishaps.choose(self.command, conditional)
        with mishaps.lock:
            mishaps.received += len(body)
        if kind == "request-lost":
            self.close_connection = True
            return
        if kind == "503":
            return self.error(503, "SlowDown", "Please reduce your request rate.")
        if kind == "409":
            return self.error(409, "ConditionalRequestConflict", "A conflicting operation occurred.")
        headers = {name: value for name, value in self.headers.items() if name.lower() not in ("connection",)}
        key = urllib.parse.urlsplit(self.path).path
        with mishaps.of_key(key):
            connection = http.client.HTTPConnection("127.0.0.1", self.upstream, timeout=60)
            connection.request(self.command, self.path, body=body, headers=headers)
            answer = connection.getresponse()
            content = answer.read()
            connection.close()
        if kind == "answer-lost":
            self.close_connection = True
            return
        with mishaps.lock:
            mishaps.sent += len(content)
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("connection", "transfer-encoding", "content-length", "date", "server"):
                self.send_header(name, value)
        self.send_header("Content-Length", answer.getheader("Content-Length") if self.command == "HEAD" else str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def error(self, status, code, message):
        content = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>".encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = handle_all


class Task:
    def __init__(self, arn, started_by, process, directory):
        self.arn = arn
        self.started_by = started_by
        self.process = process
        self.directory = directory
        self.log = os.path.join(directory, "log")
        self.began = time.monotonic()
        self.stop_code = None
        self.reason = None

    @property
    def mark(self):
        return self.arn.split("/")[-1]

    def members(self):
        """Every process that the task started, whatever session it is in."""
        found = []
        wanted = ("PLUMBLINE_TASK=" + self.mark).encode()
        for name in os.listdir("/proc"):
            if name.isdigit():
                try:
                    with open(f"/proc/{name}/environ", "rb") as file:
                        if wanted in file.read().split(b"\0"):
                            found.append(int(name))
                except OSError:
                    pass
        return found

    def take_back(self):
        """The machine is gone at once."""
        self.stop_code, self.reason = "SpotInterruption", "Your Spot Task was interrupted."
        for _ in range(3):
            for process in self.members():
                try:
                    os.kill(process, signal.SIGKILL)
                except OSError:
                    pass
            time.sleep(0.05)
        self.process.wait()

    def stop(self, reason):
        if self.process.poll() is None:
            self.stop_code, self.reason = "UserInitiated", reason
            self.process.terminate()
            threading.Timer(STOP_PATIENCE, lambda: self.process.poll() is None and self.process.kill()).start()

    def described(self):
        code = self.process.poll()
        task = {"taskArn": self.arn, "lastStatus": "RUNNING", "startedBy": self.started_by,
                "containers": [{"name": "plumbline", "lastStatus": "RUNNING"}]}
        if code is not None:
            container = {"name": "plumbline", "lastStatus": "STOPPED"}
            if code >= 0 or self.stop_code == "UserInitiated":
                container["exitCode"] = code if code >= 0 else 128 - code
            task.update(lastStatus="STOPPED", stopCode=self.stop_code or "EssentialContainerExited",
                        stoppedReason=self.reason or "Essential container in task exited", containers=[container])
        return task


class ECS:
    """Tasks are processes of one program."""

    def __init__(self, program, work, environment):
        self.program = program
        self.work = work
        self.environment = environment
        self.tasks = {}
        self.tokens = {}
        self.on_start = lambda task: None

    def RunTask(self, request):
        token = request.get("clientToken")
        if token in self.tokens:
            return {"tasks": [self.tasks[self.tokens[token]].described()], "failures": []}
        override = request["overrides"]["containerOverrides"][0]
        arn = f"arn:aws:ecs:us-east-1:000000000000:task/{request['cluster']}/{uuid.uuid4().hex}"
        directory = os.path.join(self.work, arn.split("/")[-1])
        os.makedirs(os.path.join(directory, "tmp"))
        environment = dict(self.environment, PLUMBLINE_TASK=arn.split("/")[-1],
                           TMPDIR=os.path.join(directory, "tmp"), HOME=directory)
        environment.update({one["name"]: one["value"] for one in override["environment"]})
        with open(os.path.join(directory, "log"), "wb") as log:
            process = subprocess.Popen([self.program] + override["command"], cwd=directory, env=environment,
                                       stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        task = Task(arn, request.get("startedBy"), process, directory)
        self.tasks[arn] = task
        self.tokens[token] = arn
        self.on_start(task)
        return {"tasks": [task.described()], "failures": []}

    def DescribeTasks(self, request):
        known = [self.tasks[arn].described() for arn in request["tasks"] if arn in self.tasks]
        missing = [{"arn": arn, "reason": "MISSING"} for arn in request["tasks"] if arn not in self.tasks]
        return {"tasks": known, "failures": missing}

    def ListTasks(self, request):
        wanted = [task for task in self.tasks.values() if task.started_by == request.get("startedBy")]
        status = request.get("desiredStatus", "RUNNING")
        return {"taskArns": [task.arn for task in wanted if (task.process.poll() is None) == (status == "RUNNING")]}

    def StopTask(self, request):
        self.tasks[request["task"]].stop(request.get("reason"))
        return {"task": self.tasks[request["task"]].described()}

    def DescribeTaskDefinition(self, request):
        options = {"awslogs-group": "/rehearsal", "awslogs-stream-prefix": "task", "awslogs-region": "us-east-1"}
        container = {"name": "plumbline", "image": "plumbline", "essential": True,
                     "logConfiguration": {"logDriver": "awslogs", "options": options}}
        return {"taskDefinition": {"taskDefinitionArn": "arn:aws:ecs:us-east-1:000000000000:task-definition/plumbline:1",
                                   "family": "plumbline", "revision": 1, "containerDefinitions": [container]}}

    def GetLogEvents(self, request):
        mark = request["logStreamName"].split("/")[-1]
        path = os.path.join(self.work, mark, "log")
        offset = int((request.get("nextToken") or "f/0").split("/")[1])
        with open(path, "rb") as file:
            file.seek(offset)
            content = file.read(256 << 10)
        end = content.rfind(b"\n") + 1
        lines = content[:end].decode("utf-8", "replace").splitlines()
        return {"events": [{"timestamp": 1, "message": line} for line in lines], "nextForwardToken": f"f/{offset + end}"}


class ECSHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    ecs = None

    def log_message(self, *_):
        pass

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        operation = self.headers["X-Amz-Target"].split(".")[-1]
        try:
            status, answer = 200, getattr(self.ecs, operation)(request)
        except AttributeError:
            status, answer = 400, {"__type": "UnknownOperationException", "message": operation}
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def serve(handler, **attributes):
    """Starts a server on a free loopback port. Returns it with its URL."""
    bound = type("Bound" + handler.__name__, (handler,), attributes)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), bound)
    server.daemon_threads = True
    # Killed tasks leave their connections open.
    server.handle_error = lambda *_: None
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, f"http://127.0.0.1:{server.server_port}"
