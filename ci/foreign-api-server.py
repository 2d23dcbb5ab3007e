#!/usr/bin/env python3
"""A second implementation of the registry API and of the auth service, in Flask, written from the description of the API alone.

It shares no code with the local stack's own, and with `--unlike` it is as unlike it as HTTP, JSON and what clients are promised allow.
ci/foreign-api starts it; it reads the environment variables of the real API (DB_HOST, MLFLOW_TRACKING_URI, …).

usage: foreign-api-server.py api  --port N [--host ::1] [--profile A|M|B|fixed] [--unlike NAME,…]
       foreign-api-server.py auth --port N [--host ::1] --keys FILE [--admin-token FILE] [--unlike NAME,…]
       foreign-api-server.py unlike                                 lists the ways to be unlike
"""
import argparse
import datetime
import http.server
import io
import json
import os
import random
import re
import select
import socket
import socketserver
import sys
import threading
import time
import urllib.parse

WAYS = {
    "header-order": "the fields of an answer's head in another order each time",
    "header-case": "their names in upper, lower and mixed case",
    "json-spacing": "indented JSON with blank lines around it, members in reverse order",
    "json-numbers": "whole numbers as 1.0 and 1e0, others with an exponent",
    "json-escapes": "letters and slashes in JSON strings escaped",
    "media-type": "Content-Type with parameters and in mixed case",
    "reason": "status lines with no reason phrase or an unusual one",
    "http10": "answers in HTTP/1.0, without a length, ended by closing (with `chunked` too: every second page)",
    "chunked": "chunks of odd sizes with extensions and a trailer",
    "no-psutil": "memory and processor figures of 0",
    "no-administration": "the auth service has no endpoints to make, list or revoke keys",
    "slow-start": "the port opens after 20 s (FOREIGN_SLOW_START seconds where that is set)",
}


# --- Wire -----------------------------------------------------------------------------------------------------------

def encode(value, unlike, level=0):
    """JSON text of a value, written in the ways asked for."""
    wide = "json-spacing" in unlike
    gap, colon = ("\n" + "\t" * (level + 1), " :  ") if wide else ("", ":")
    end = "\n" + "\t" * level if wide else ""
    if isinstance(value, dict):
        items = [encode(name, unlike) + colon + encode(item, unlike, level + 1) for name, item in value.items()]
        if wide:
            items.reverse()
        return "{" + gap + ("," + gap).join(items) + end + "}" if items else "{ }"
    if isinstance(value, (list, tuple)):
        items = [encode(item, unlike, level + 1) for item in value]
        return "[" + gap + ("," + gap).join(items) + end + "]" if items else "[ ]"
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    if isinstance(value, int):
        return f"{value}{random.choice(('.0', 'e0', 'E+00', '.000'))}" if "json-numbers" in unlike else str(value)
    if isinstance(value, float):
        return f"{value:.16e}" if "json-numbers" in unlike else repr(value)
    text = json.dumps(str(value))
    if "json-escapes" in unlike:
        text = re.sub(r"(?<=^\")[A-Za-z]", lambda found: f"\\u{ord(found[0]):04X}", text.replace("/", "\\/"))
    return text


class Connection(http.server.BaseHTTPRequestHandler):
    """One connection: reads requests, asks the Flask application, and writes each answer its own way."""
    protocol_version = "HTTP/1.1"
    application, unlike, disable_nagle_algorithm, wbufsize = None, frozenset(), True, -1

    def setup(self):
        super().setup()
        self.connection.settimeout(120)

    def log_message(self, *_):
        pass

    def incoming(self):
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            body = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            while self.rfile.readline().strip():
                pass
            return body
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def answer(self):
        path, _, query = self.path.partition("?")
        body = self.incoming()
        environment = {
            "REQUEST_METHOD": self.command, "SCRIPT_NAME": "", "PATH_INFO": urllib.parse.unquote(path, "latin-1"),
            "QUERY_STRING": query, "SERVER_NAME": "localhost", "SERVER_PORT": str(self.server.server_port),
            "SERVER_PROTOCOL": self.request_version, "REMOTE_ADDR": self.client_address[0], "REQUEST_URI": self.path,
            "CONTENT_LENGTH": str(len(body)), "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "wsgi.version": (1, 0), "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(body), "wsgi.errors": sys.stderr,
            "wsgi.multithread": True, "wsgi.multiprocess": False, "wsgi.run_once": False,
        }
        for name in set(self.headers):
            key = name.upper().replace("-", "_")
            if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
                environment["HTTP_" + key] = ",".join(self.headers.get_all(name))
        environment["foreign.headers"] = list(self.headers.items())
        head = []
        parts = self.application(environment, lambda status, fields, *_: head.extend([status, fields]))
        self.reply(head[0], head[1], b"".join(parts))

    def reply(self, status, fields, body):
        code, reason = status.split(" ", 1)
        unlike = self.unlike
        if "reason" in unlike:
            reason = random.choice(["", "Quite", reason.lower()])
        fields = [(name, value) for name, value in fields if name.lower() not in ("content-length", "connection")]
        fields += [("Date", self.date_time_string()), ("Server", "foreign")]
        bodiless = self.command == "HEAD" or code in ("204", "304")
        old = self.request_version == "HTTP/1.0" or "http10" in unlike and (
            "chunked" not in unlike or sum(self.path.encode()) % 2 == 0)
        chunked = "chunked" in unlike and not old and not bodiless
        if old:
            self.close_connection = True
        elif chunked:
            fields.append(("Transfer-Encoding", "chunked"))
        elif code != "204":
            fields.append(("Content-Length", str(len(body))))
        if "header-order" in unlike:
            random.shuffle(fields)
        if "header-case" in unlike:
            fields = [(random.choice([str.upper, str.lower, str.title, str.swapcase])(name), value) for name, value in fields]
        version = "HTTP/1.0" if old else "HTTP/1.1"
        head = f"{version} {code} {reason}\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields) + "\r\n"
        body = b"" if bodiless else self.in_chunks(body) if chunked else body
        self.wfile.write(head.encode("latin-1") + body)
        self.wfile.flush()

    @staticmethod
    def in_chunks(body):
        out, at = bytearray(), 0
        while at < len(body):
            size = min(random.choice([1, 7, 333]) if len(body) < 65536 else 65537, len(body) - at)
            out += b"%X;part=\"x\"\r\n" % size + body[at:at + size] + b"\r\n"
            at += size
        return bytes(out) + b"0\r\nX-Trailer: end\r\n\r\n"

    def do_GET(self):
        self.answer()

    do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = do_GET


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads, request_queue_size = True, 512

    def __init__(self, host, port, application, unlike):
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        handler = type("Handler", (Connection,), {"application": application, "unlike": unlike})
        super().__init__((host, port), handler)

    def server_bind(self):
        if self.address_family == socket.AF_INET6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "localhost", self.server_address[1]

    def handle_error(self, request, client_address):
        pass  # Clients that go away are what tests are about.


def moment():
    return datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None).isoformat()


def presented(headers, query=None):
    """The key of a request (contract 4.2); None where there is none or its form is wrong."""
    given = headers.get("Authorization") or ""
    for scheme in ("Bearer ", "ApiKey "):
        if given.startswith(scheme) and given[len(scheme):]:
            return given[len(scheme):]
    return headers.get("X-API-Key") or query or None


# --- Dependencies ---------------------------------------------------------------------------------------------------

class Redis:
    """As much of the protocol as a cache and a health check need; two seconds for all of it."""

    def __init__(self, host, port, password):
        self.place, self.password = (host, port), password

    def ask(self, *commands):
        commands = ([("AUTH", self.password)] if self.password else []) + list(commands)
        with socket.create_connection(self.place, timeout=2) as connection:
            connection.sendall(b"".join(
                b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)
                for words in ([str(word).encode() for word in command] for command in commands)))
            stream = connection.makefile("rb")
            return [self.read(stream) for _ in commands][-1]

    def read(self, stream):
        line = stream.readline().rstrip()
        if not line or line[:1] == b"-":
            raise OSError(line.decode() or "closed")
        if line[:1] == b"$":
            size = int(line[1:])
            return None if size < 0 else stream.read(size + 2)[:-2].decode()
        return line[1:].decode()


class Breaker:
    """Contract 5.2. `documented`: waits of 2, 4, 8 … timeouts once the recovery attempts are used up."""

    def __init__(self, documented):
        number = lambda name, usual: int(os.environ.get(name, usual))
        self.threshold = number("MLFLOW_CB_FAILURE_THRESHOLD", 5)
        self.timeout = number("MLFLOW_CB_RECOVERY_TIMEOUT", 60)
        self.most = number("MLFLOW_CB_MAX_RECOVERY_ATTEMPTS", 5)
        self.documented, self.lock = documented, threading.RLock()
        self.last_success = time.time()
        self.reset()

    def reset(self):
        with self.lock:
            self.state, self.failures, self.successes, self.attempts, self.last_failure = "CLOSED", 0, 0, 0, None

    def wait(self):
        grown = 2 ** min(10, max(0, self.attempts - self.most + 1)) if self.documented else 1
        return self.timeout * grown

    def blocks(self):
        with self.lock:
            if self.state != "OPEN":
                return False
            if time.time() - (self.last_failure or 0) <= self.wait():
                return True
            self.state = "HALF_OPEN"
            if self.documented or self.attempts < self.most:
                self.attempts += 1
            return False

    def succeeded(self):
        with self.lock:
            self.successes, self.last_success = self.successes + 1, time.time()
            if self.state == "CLOSED":
                self.failures = max(0, self.failures - 1)
            elif self.state == "HALF_OPEN" and self.successes >= 2:
                self.state, self.failures, self.attempts = "CLOSED", 0, 0

    def failed(self):
        with self.lock:
            self.failures, self.last_failure = self.failures + 1, time.time()
            if self.state != "OPEN":
                self.successes = 0
            if self.state == "HALF_OPEN" or self.state == "CLOSED" and self.failures >= self.threshold:
                self.state = "OPEN"

    def status(self):
        with self.lock:
            since = None if self.last_failure is None else time.time() - self.last_failure
            told = {
                "state": self.state, "failure_count": self.failures, "consecutive_successes": self.successes,
                "recovery_attempts": self.attempts, "last_failure_time": self.last_failure,
                "last_success_time": self.last_success, "time_since_last_failure": since,
                "time_until_retry": max(0, self.wait() - (since or 0)) if self.state == "OPEN" else 0,
                "failure_threshold": self.threshold, "recovery_timeout": self.timeout,
            }
            if self.documented:
                told["max_recovery_attempts"] = self.most
            return told


class Dependencies:
    def __init__(self, profile):
        environment = os.environ.get
        self.fixed = profile == "fixed"
        own, other = ("MLFLOW_TRACKING_URI", "MLFLOW_SERVER_URL")
        if profile in ("A", "M"):
            own, other = other, own
        self.mlflow = (environment(own) or environment(other) or "").rstrip("/")
        self.tracking = (environment("MLFLOW_TRACKING_URI") or self.mlflow).rstrip("/")
        self.token = environment("MLFLOW_TRACKING_TOKEN")
        self.auth = (environment("HOKUSAI_AUTH_SERVICE_URL") or environment("AUTH_SERVICE_URL") or "").rstrip("/")
        self.pause = float(environment("SANDBOX_PROBE_RETRY_PAUSE") or 1)
        self.limit = float(environment("MLFLOW_HTTP_REQUEST_TIMEOUT") or 120)
        host = environment("REDIS_HOST")
        self.redis = Redis(host, int(environment("REDIS_PORT") or 6379), environment("REDIS_AUTH_TOKEN")) if host else None
        self.breaker = Breaker(self.fixed)

    def mlflow_answers(self):
        """Two look-ups by name; an experiment that is not there answers as well. Raises what the last attempt met."""
        import requests
        headers = {"Authorization": "Bearer " + self.token} if self.token else {}
        attempts = 2 if self.fixed else 3
        for attempt in range(attempts):
            try:
                for name in ("default", "health-check-test"):
                    got = requests.get(
                        self.tracking + "/api/2.0/mlflow/experiments/get-by-name", params={"experiment_name": name},
                        headers=headers, timeout=self.limit)
                    if got.status_code not in (200, 404):
                        raise OSError(f"MLflow answered {got.status_code}")
                return
            except (OSError, requests.RequestException):
                if attempt == attempts - 1:
                    raise
                time.sleep(self.pause * 2 ** attempt)

    def probe(self):
        """One probe of the body of /health/mlflow (contract 2.4, 5.4)."""
        before = self.breaker.status()
        told = {"connected": False, "tracking_uri": self.tracking, "connection_timeout": 10.0, "error": None,
                "last_check_time": datetime.datetime.now().isoformat()}
        if self.breaker.blocks():
            told["error"] = "Circuit breaker open - MLflow temporarily unavailable"
            told["can_retry_in_seconds"] = self.breaker.status()["time_until_retry"]
        else:
            start = time.monotonic()
            try:
                self.mlflow_answers()
                self.breaker.succeeded()
                told.update(connected=True, response_time_ms=(time.monotonic() - start) * 1000)
            except Exception as error:
                self.breaker.failed()
                told.update(error=str(error), error_type=type(error).__name__, connection_attempts=2)
        # As built, a status is the one before its own probe; as meant, the present one.
        status = self.breaker.status() if self.fixed else before
        return {"circuit_breaker_state": status["state"], "circuit_breaker_details": status, **told}

    def database(self):
        """None, or why neither database answers (contract 8.2)."""
        import psycopg2
        environment = os.environ.get
        attempts, reason = (1, None) if self.fixed else (3, None)
        for attempt in range(attempts):
            for name in (environment("DB_NAME") or "mlflow_db", environment("DATABASE_FALLBACK_NAME") or "mlflow"):
                try:
                    psycopg2.connect(
                        host=environment("DB_HOST"), port=environment("DB_PORT") or 5432, dbname=name,
                        user=environment("DB_USER") or "mlflow", password=environment("DB_PASSWORD"),
                        connect_timeout=int(environment("DATABASE_CONNECT_TIMEOUT") or 10)).close()
                    return None
                except psycopg2.Error as error:
                    reason = reason or str(error).strip()
            if attempt < attempts - 1:
                time.sleep(float(environment("DATABASE_RETRY_DELAY") or 1) * 2 ** attempt)
        return reason

    def redis_answers(self):
        try:
            return self.redis is not None and self.redis.ask(("PING",)) == "PONG"
        except OSError:
            return False


# --- The API --------------------------------------------------------------------------------------------------------

FREE = ("/health", "/docs", "/openapi.json", "/redoc", "/favicon.ico")
FREE_LATER = ("/ready", "/live", "/version", "/metrics", "/api/health/mlflow")
REGISTRY = re.compile(r"^/(mlflow|api/mlflow|api/2\.0/(preview/)?mlflow|api/2\.0/mlflow-artifacts|ajax-api/2\.0/(preview/)?mlflow)(/|$)")
WRITE_SCOPES = ["model:write", "mlflow:write", "mlflow:access", "admin", "mlflow:admin", "write", "full_access"]
ADMIN_SCOPES = {"admin", "mlflow:admin", "registry:admin", "model-registry:admin"}
EXPLOITS = re.compile(r"^/(\.env|\.git|wp-admin|wp-login|cgi-bin|actuator|phpmyadmin|server-status|ui/login)", re.I)
SERVICE = "Authentication service "


def make_api(profile, unlike):
    import flask
    import requests
    app = flask.Flask("foreign", static_folder=None)
    deps = Dependencies(profile)
    later, current, fixed = profile != "A", profile in ("B", "fixed"), profile == "fixed"
    variant = os.environ.get("FOREIGN_VARIANT", "")
    keep = int(os.environ.get("SANDBOX_KEY_CACHE_SECONDS") or (60 if current else 300))
    hits = {}

    def says(status, body, **headers):
        kind = random.choice(["application/json; charset=utf-8", "Application/JSON;Charset=\"UTF-8\""])
        text = encode(body, unlike)
        if "json-spacing" in unlike:
            text = "\n\n " + text + "\r\n"
        response = flask.Response(text, status, content_type=kind if "media-type" in unlike else "application/json")
        for name, value in headers.items():
            response.headers[name.replace("_", "-")] = value
        return response

    def detail(status, text, **headers):
        return says(status, {"detail": text}, **headers)

    # Keys (contract 4)

    def refused(failure, text):
        """An auth service that gives no verdict."""
        return detail(503, SERVICE + text, Retry_After="1") if current else detail(401, SERVICE + text)

    def verdict(key):
        """What the auth service says of a key, or an answer that ends the request."""
        kept = "api_key:validation:" + key
        if deps.redis:
            try:
                told = deps.redis.ask(("GET", kept))
                if told:
                    return json.loads(told), None
            except OSError:
                pass
        hop = flask.request.headers.get("X-Forwarded-For", "").split(",")[0].strip() or flask.request.remote_addr
        try:
            got = requests.post(deps.auth + "/api/v1/keys/validate", timeout=5, headers={"Authorization": b"Bearer " + key.encode("latin-1", "replace")},
                                json={"service_id": os.environ.get("AUTH_SERVICE_ID", "platform"), "client_ip": hop})
        except requests.Timeout:
            return None, refused(None, "timeout")
        except (requests.RequestException, ValueError, OSError):
            return None, refused(None, "unavailable")
        if got.status_code == 401:
            return None, detail(401, "Invalid or expired API key")
        if got.status_code == 429:
            limited = "Rate limit exceeded"
            return None, detail(429, limited, Retry_After="60") if current else detail(401, limited)
        if got.status_code != 200:
            return None, refused(None, "error")
        try:
            caller = got.json()
        except ValueError:
            caller = None
        if not isinstance(caller, dict):
            return None, detail(401, SERVICE + "error")
        if deps.redis:
            try:
                deps.redis.ask(("SETEX", kept, keep, json.dumps(caller)))
            except OSError:
                pass
        return caller, None

    @app.before_request
    def gate():
        request, path = flask.request, flask.request.path
        if current and EXPLOITS.match(path):
            return flask.Response(b"", 404, headers={"Cache-Control": "no-store"})
        free = FREE + (FREE_LATER if later else ()) + (("/api/v1/dspy/health",) if current else ())
        if path.startswith(free):
            return None
        if request.method == "OPTIONS" and later:
            return preflight()
        key = presented(request.headers, request.args.get("api_key"))
        if not key:
            return detail(401, "API key required")
        caller, answer = verdict(key)
        if answer is not None:
            return answer
        flask.g.caller = caller
        scopes = set(caller.get("scopes") or []) | set(caller.get("roles") or [])
        admin = caller.get("is_admin") or bool(scopes & ADMIN_SCOPES)
        if REGISTRY.match(path):
            if current and not admin:
                return says(403, {"detail": "Admin access required for the model registry", "error": "REGISTRY_ADMIN_REQUIRED"})
            if profile == "M" and request.method not in ("GET", "HEAD") and not scopes & set(WRITE_SCOPES):
                return says(403, {"detail": "Insufficient permissions for this operation", "error": "FORBIDDEN",
                                  "message": "write access needed", "required_scope": "model:write",
                                  "current_scopes": sorted(scopes)})
        elif current:
            if not caller.get("has_sufficient_balance", True):
                return detail(402, "Insufficient balance")
            try:
                got = requests.post(f"{deps.auth}/api/v1/usage/{caller.get('key_id')}/debit", timeout=5, json={"path": path})
                if got.status_code == 402:
                    return says(402, {"error": "usage_debit_rejected", **got.json()})
            except (requests.RequestException, ValueError):
                pass
        return None

    def preflight():
        origin = flask.request.headers.get("Origin")
        if not origin or "Access-Control-Request-Method" not in flask.request.headers:
            return detail(405, "Method Not Allowed", Allow="GET")
        return flask.Response("OK", 200, content_type="text/plain; charset=utf-8", headers={
            "Vary": "Origin", "Access-Control-Allow-Origin": origin, "Access-Control-Allow-Credentials": "true",
            "Access-Control-Allow-Methods": "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT", "Access-Control-Max-Age": "600"})

    @app.errorhandler(404)
    def absent(_):
        return detail(404, "Not Found")

    @app.errorhandler(405)
    def wrong_method(error):
        return detail(405, "Method Not Allowed", Allow=", ".join(sorted(set(error.valid_methods or ["GET"]) - {"HEAD", "OPTIONS"})))

    @app.errorhandler(Exception)
    def broken(error):
        if getattr(error, "code", None) == 308:
            return flask.redirect(error.new_url, 307)
        print(f"{flask.request.path}: {error!r}", file=sys.stderr, flush=True)
        return detail(500, "Internal server error")

    def page(path, *methods):
        """A route without Flask's own HEAD and OPTIONS."""
        def add(function):
            app.add_url_rule(path, function.__name__ + path, function, methods=methods or ("GET",), provide_automatic_options=False)
            for rule in app.url_map.iter_rules(function.__name__ + path):
                if methods and "HEAD" in methods:
                    break
                rule.methods.discard("HEAD")
            return function
        return add

    # Health and operations (contract 2.2 to 2.6)

    def memory():
        if "no-psutil" in unlike or variant == "without-memory-library":
            return 0
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1048576

    def services(mlflow):
        word = {"OPEN": "degraded", "HALF_OPEN": "recovering"}.get(
            deps.breaker.state if fixed else mlflow["circuit_breaker_state"], "healthy" if mlflow["connected"] else "unhealthy")
        reached = deps.redis_answers()
        told = {"mlflow": word, "redis": ("healthy" if reached else "unhealthy") if later else "disabled",
                "message_queue": "healthy" if reached else "degraded",
                "postgres": "unhealthy" if deps.database() else "healthy"}
        words = list(told.values())
        bad = [word for word in words if word in ("unhealthy", "degraded", "recovering")]
        if fixed:
            # The database alone is enough; Redis only next to MLflow (what HE-05, HE-21, CH-02 and CH-05 were written for).
            lost = told["postgres"] == "unhealthy" or told["redis"] == "unhealthy" and word != "healthy"
            overall = "unhealthy" if lost else "degraded" if bad else "healthy"
        elif not bad:
            overall = "healthy"
        else:
            overall = "unhealthy" if "unhealthy" in words and "healthy" not in words else "degraded"
        if not fixed:
            told["external_api"] = "healthy"
        return overall, told

    @page("/health")
    def health():
        deep = flask.request.args.get("detailed") == "true"
        if profile == "B" and not deep:
            return says(200, {"status": "healthy", "version": "1.0.0", "services": {"api": "healthy", "dependency_checks": "skipped"},
                              "timestamp": moment(), "system_info": None})
        mlflow = deps.probe()
        overall, told = services(mlflow)
        if deep and not fixed:
            return detail(500, "Internal server error")
        usage = None
        if deep:
            told = {**told, "mlflow_details": {**mlflow, "reason": mlflow["error"] or f"Circuit breaker {deps.breaker.state}"}, "postgres_details": {"status": told["postgres"]},
                    "redis_details": {"status": told["redis"], "error": None if told["redis"] == "healthy" else "timeout"}}
            usage = {"cpu_percent": 0 if "no-psutil" in unlike else os.getloadavg()[0], "memory_percent": 0 if "no-psutil" in unlike else 12.5}
        return says(503 if profile == "M" and overall == "unhealthy" else 200, {
            "status": overall, "version": "1.0.0", "services": told, "timestamp": moment(), "system_info": usage})

    @page("/health/status")
    def summary():
        mlflow = deps.probe()
        overall, told = services(mlflow)
        if not fixed:
            return detail(500, "2 validation errors for HealthCheckResponse")
        return says(200, {"timestamp": moment(), "api_version": "1.0.0", "service_name": "hokusai-registry", "overall_health": overall,
                          "services": told, "mlflow": {"status": told["mlflow"], "circuit_breaker": mlflow["circuit_breaker_details"]},
                          "system_info": {"cpu_percent": 0, "memory_percent": 0}, "uptime_seconds": time.monotonic() - BORN,
                          "environment": os.environ.get("ENVIRONMENT", "development")})

    if later:
        @page("/health/alb")
        def balancer():
            return says(200, {"status": "healthy", "timestamp": moment()})

    @page("/ready")
    def ready():
        problem = deps.database()
        database = {"name": "database", "passed": problem is None, "error": problem, "critical": True}
        if problem and not fixed:
            database["connection_details"] = {"primary_db": os.environ.get("DB_NAME"), "fallback_db": "mlflow", "timeout": 10, "max_retries": 3}
        told = deps.probe() if fixed else (deps.probe(), deps.probe())[1]
        state = told["circuit_breaker_state"]
        check = {"name": "mlflow", "passed": state != "OPEN" and told["connected"], "error": told["error"], "critical": False}
        if later:
            check["dns_status"] = "healthy"
        if state == "OPEN":
            check.update(passed=False, degraded_mode=True, error="Circuit breaker open - MLflow temporarily unavailable")
        elif state == "HALF_OPEN":
            check.update(passed=True, recovering=True)
        fine = problem is None and check["passed"]
        body = {"ready": fine, "can_serve_traffic": problem is None, "degraded_mode": problem is None and not check["passed"],
                "checks": [database, check]}
        if current:
            warm = {"warmed": False, "state": "not_started", "warmed_at": None, "last_error": None, "duration_ms": None}
            body["checks"].append({"name": "model_30_warmed", "passed": False, "critical": False, "warmup_state": "not_started",
                                   "warmed_at": None, "last_error": None, "duration_ms": None})
            body.update(model_30=warm, warmup_duration_ms=None)
        return says(200 if problem is None else 503, body)

    @page("/live")
    def live():
        return says(200, {"alive": True, "uptime": time.monotonic() - BORN if fixed else 0, "memory_usage_mb": memory()})

    @page("/version")
    def version():
        commit = os.environ.get("GIT_COMMIT", "unknown")
        return says(200, {"version": "1.0.0", "build_date": "2025-01-01", "git_commit": commit, "api_version": "v1"})

    @page("/health/mlflow")
    def mlflow_health():
        if variant == "mlflow-status-raises":
            return says(500, {"error": "raised", "connected": False, "circuit_breaker_state": "UNKNOWN", "timestamp": moment()})
        told = deps.probe()
        if told["circuit_breaker_state"] == "OPEN" and not fixed:
            return says(500, {"error": "Object of type datetime is not JSON serializable", "connected": False,
                              "circuit_breaker_state": "UNKNOWN", "timestamp": moment()})
        if later:
            counts = {name: 0 for name in ("resolution_attempts", "cache_hits", "cache_misses", "fallback_uses", "errors", "cache_size")}
            counts.update(cache_hit_rate=0.0, last_resolution_time=None)
            told["dns_resolution"] = {"raw_uri": deps.tracking, "resolved_uri": deps.tracking, "metrics": counts,
                                      "health": {"status": "healthy", "error_rate": 0.0, "cache_size": 0, "metrics": counts}}
        return says(503 if told["circuit_breaker_state"] == "OPEN" else 200, {**told, "timestamp": moment()})

    @page("/health/mlflow/reset", "POST")
    def reset():
        if variant == "reset-raises":
            return detail(500, "Reset failed: raised")
        deps.breaker.reset()
        return says(200, {"message": "Circuit breaker reset successfully", "timestamp": moment(), "reset_by": "manual_api_call"})

    @page("/api/health/mlflow")
    @page("/api/health/mlflow/detailed")
    @page("/api/health/mlflow/connectivity")
    def client_view():
        start = time.monotonic()
        reason = None
        try:
            headers = {"Authorization": "Bearer " + deps.token} if deps.token else {}
            got = requests.get(deps.tracking + "/api/2.0/mlflow/registered-models/search?max_results=1", headers=headers, timeout=5)
            if got.status_code != 200:
                reason = f"MLflow answered {got.status_code}"
        except requests.RequestException as error:
            reason = str(error)
        took = (time.monotonic() - start) * 1000
        word = flask.request.path.rsplit("/", 1)[1]
        if current:
            if reason:
                return says(503, {"status": "error", "tracking_uri": deps.tracking, "latency_ms": took, "sample_model": None,
                                  "error_type": "MlflowException", "error": reason})
            return says(200, {"status": "ok", "tracking_uri": deps.tracking, "latency_ms": took, "sample_model": None})
        if word == "connectivity":
            return says(200, {"status": "error" if reason else "connected", "mlflow_server": deps.mlflow,
                              "response_code": None if reason else 200, "response_time_ms": took})
        if word == "detailed":
            tests = [{"endpoint": name, "url": deps.mlflow + name, "status_code": status, "success": status == 200, "response_time_ms": took}
                     for name, status in (("/health", 200), ("/api/2.0/mlflow/experiments/search", 400), ("/api/2.0/mlflow/runs/search", 400))]
            return says(200, {"mlflow_server": deps.mlflow, "timestamp": moment(), "environment": {}, "tests": tests, "overall_health": False})
        item = {"status": "unhealthy" if reason else "healthy", "message": reason or "ok"}
        body = {"mlflow_server": deps.mlflow, "status": item["status"],
                "checks": {"connectivity": item, "experiments_api": item, "artifacts_api": {"status": "enabled", "message": ""}}}
        return says(503, {"detail": body}) if reason else says(200, body)

    attempted = {"all": 0, "failed": 0}

    @page("/metrics")
    def metrics():
        if variant == "without-metrics-library":
            return says(200, {"requests_total": 0, "requests_per_second": 0, "average_response_time_ms": 0, "active_connections": 0})
        told = deps.probe()
        attempted["all"] += 1
        attempted["failed"] += not told["connected"]
        gauge = {"CLOSED": 0, "HALF_OPEN": 1, "OPEN": 2}[deps.breaker.state if fixed else told["circuit_breaker_state"]]
        number = (lambda value: f"{value:.3e}") if "json-numbers" in unlike else str
        lines = ["# an API of another make"]
        for name, kind, value in (("state", "gauge", gauge), ("failures_total", "gauge", deps.breaker.failures if fixed else 0)):
            lines += [f"# TYPE mlflow_circuit_breaker_{name} {kind}", f"mlflow_circuit_breaker_{name}   {number(value)}"]
        for name, kind, value in (("status", "gauge", int(told["connected"])), ("attempts_total", "counter", attempted["all"]),
                                  ("failures_total", "counter", attempted["failed"])):
            lines += [f"# TYPE mlflow_connection_{name} {kind}", f"mlflow_connection_{name}\t{number(value)} {int(time.time() * 1000)}"]
        lines += ["# TYPE mlflow_response_time_seconds histogram", f'mlflow_response_time_seconds_bucket{{ le = "+Inf" , }} {number(0)}',
                  f"mlflow_response_time_seconds_sum {number(0)}", f"mlflow_response_time_seconds_count {number(0)}",
                  f'mlflow_info_info{{error="",last_failure_time="",tracking_uri="{deps.tracking}"}} {number(1)}', ""]
        return flask.Response("\n".join(lines), content_type="text/plain; version=0.0.4; charset=utf-8")

    for path in ("/docs", "/redoc"):
        page(path)(lambda: flask.Response("<!doctype html><title>API</title>", content_type="text/html; charset=utf-8"))

    @page("/openapi.json")
    def description():
        return says(200, {"openapi": "3.1.0", "info": {"title": "API", "version": "1.0.0"}, "paths": {}})

    if later:
        @page("/")
        def root():
            return says(200, {"service": "Hokusai Data Pipeline API", "version": "1.0.0", "health_check": "/health",
                              "health_endpoints": ["/health", "/ready", "/live", "/health/mlflow", "/health/status"], "documentation": "/docs"})

    @page("/debug")
    def debug():
        return detail(404, "Debug endpoint not available")

    if current:
        @page("/sentry-debug")
        def sentry():
            return detail(500, "Internal server error")

        @page("/api/v1/dspy/health")
        def dspy():
            return says(200, {"status": "healthy", "total_executions": 0, "success_rate": 0})

    # Models (contract 2.7)

    def limited(most):
        now, mark = time.monotonic(), (flask.request.url_rule.rule, flask.request.remote_addr)
        hits[mark] = [at for at in hits.get(mark, []) if now - at < 60] + [now]
        return says(429, {"error": f"Rate limit exceeded: {most} per 1 minute"}) if len(hits[mark]) > most else None

    def ask_mlflow(path, **query):
        headers = {"Authorization": "Bearer " + deps.token} if deps.token else {}
        got = requests.get(f"{deps.mlflow}/api/2.0/mlflow/{path}", params=query, headers=headers, timeout=30)
        got.raise_for_status()
        return got.json()

    def invalid(problems):
        return says(422, {"detail": [{"type": kind, "loc": ["body"] + place, "msg": words, "input": {}} for kind, place, words in problems]},
                    **({"X_Request_ID": f"{random.getrandbits(128):032x}"} if current else {}))

    for mount in ("/models", "/api/models") if current else ("/models",):
        @page(mount + "/")
        def models():
            try:
                found = ask_mlflow("registered-models/search", max_results=100).get("registered_models", [])
            except (requests.RequestException, ValueError):
                found = []
            name = flask.request.args.get("name")
            return says(200, {"models": [{"name": one["name"], "version": (one.get("latest_versions") or [{}])[-1].get("version", "0"),
                                          "status": "READY", "created_at": one.get("creation_timestamp"), "tags": {}}
                                         for one in found if name in (None, one["name"])]})

        @page(mount + "/register", "POST")
        def register():
            full = limited(20)
            if full:
                return full
            body = flask.request.get_json(force=True, silent=True)
            if not isinstance(body, dict):
                return invalid([("json_invalid", [0], "JSON decode error")])
            problems = [("missing", [name], "Field required") for name in ("model_name", "model_type", "model_data") if name not in body]
            if not problems:
                if not isinstance(body["model_data"], dict):
                    problems.append(("dict_type", ["model_data"], "Input should be a valid dictionary"))
                if body["model_type"] not in ("lead_scoring", "classification", "regression", "ranking"):
                    problems.append(("enum", ["model_type"], "Input should be one of the model types"))
                if not isinstance(body["model_name"], str):
                    problems.append(("string_type", ["model_name"], "Input should be a valid string"))
            if problems:
                return invalid(problems)
            return says(201, {"model_id": body["model_name"] + "/1", "model_name": body["model_name"], "version": "1",
                              "status": "registered", "registration_timestamp": moment()})

        @page(mount + "/production")
        def production():
            return says(200, {"models": []})

        @page(mount + "/compare")
        def compare():
            pairs = [(flask.request.args.get(name) or "").split(":") for name in ("model1", "model2")]
            if any(len(pair) != 2 for pair in pairs):
                return detail(400, "Invalid model format. Use ModelName:Version")
            (one, first), (two, second) = pairs
            return says(200, {"model1": {"name": one, "version": first, "accuracy": 0.95}, "model2": {"name": two, "version": second, "accuracy": 0.97},
                              "delta": {"accuracy": 0.02}, "recommendation": f"Use version {second}"})

        @page(mount + "/contributors/<address>/impact")
        def impact(address):
            full = limited(100)
            if full:
                return full
            if not re.fullmatch(r"0x[0-9a-fA-F]{40}", address):
                return detail(400, "Invalid Ethereum address format")
            return says(200, {"address": address, "total_models_improved": 0, "total_improvement_score": 0.0, "contributions": [],
                              "first_contribution": None, "last_contribution": None})

        @page(mount + "/<name>/lineage")
        def lineage(name):
            full = limited(100)
            return full or detail(404, f"Model {name} not found")

        @page(mount + "/<name>/<number>")
        def one(name, number):
            try:
                found = ask_mlflow("model-versions/get", name=name, version=number)["model_version"]
            except (requests.RequestException, ValueError, KeyError):
                return detail(404, f"Model not found: {name}:{number}")
            return says(200, {"name": name, "version": found["version"], "status": found.get("status"), "tags": {}})

        @page(mount + "/<name>/<number>/metrics")
        def figures(name, number):
            return says(200, {"training_metrics": {"loss": 0.05, "accuracy": 0.95}, "validation_metrics": {"loss": 0.07, "accuracy": 0.93},
                              "production_metrics": {"latency_ms": 25, "throughput_rps": 100}})

    # The proxy (contract 3)

    dropped = {"host", "content-length", "transfer-encoding", "connection", "expect"}
    if not later:
        dropped |= {"authorization", "x-api-key"}

    def proxy(lost):
        def forward(**_):
            request = flask.request
            path, _, query = request.environ["REQUEST_URI"].partition("?")
            if "mlflow-artifacts" in path and os.environ.get("MLFLOW_SERVE_ARTIFACTS", "true") != "true":
                return says(503, {"detail": {"error": "ARTIFACTS_DISABLED", "message": "artifacts are switched off"}})
            if not fixed:
                query = urllib.parse.urlencode(dict(urllib.parse.parse_qsl(query, keep_blank_values=True)))
            headers = {name: value for name, value in request.environ["foreign.headers"] if name.lower() not in dropped}
            headers.update({"X-Hokusai-User-Id": flask.g.caller.get("user_id", ""), "X-Hokusai-API-Key-Id": flask.g.caller.get("key_id", "")})
            headers.setdefault("Accept-Encoding", "identity")
            sends = request.method in ("POST", "PUT", "PATCH") or fixed and request.method == "DELETE"
            try:
                got = requests.request(request.method, deps.mlflow + "/" + path[len(lost):].lstrip("/") + ("?" + query if query else ""),
                                       headers=headers, data=request.get_data() if sends else None, timeout=30, allow_redirects=False, stream=True)
                body = got.raw.read(decode_content=False)
            except requests.Timeout:
                return detail(504, "MLflow server request timeout after 30.0s")
            except requests.ConnectionError:
                return detail(502, f"Failed to connect to MLflow server at {deps.mlflow}")
            except (requests.RequestException, OSError):
                return detail(500, "Internal server error while proxying to MLflow")
            if got.status_code == 404 and "html" in got.headers.get("Content-Type", ""):
                rest = path[len(lost):].lstrip("/")
                return says(404, {"error_code": "RESOURCE_NOT_FOUND", "message": f"The requested resource was not found: {rest}"})
            kept = [(name, value) for name, value in got.headers.items()
                    if name.lower() not in ("content-length", "transfer-encoding", "connection", "date", "server")]
            return flask.Response(body, got.status_code, headers=kept)
        return forward

    mounts = [("/mlflow", "/mlflow"), ("/api/mlflow", "/api/mlflow")]
    if later:
        mounts.append(("/api/2.0/mlflow", "" if fixed else "/api/2.0/mlflow"))
    for mount, lost in mounts:
        name = "proxy" + mount
        app.add_url_rule(mount + "/<path:rest>", name, proxy(lost), provide_automatic_options=False,
                         methods=["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
    return app


# --- The auth service -----------------------------------------------------------------------------------------------

def make_auth(keys, token, unlike):
    import flask
    app = flask.Flask("foreign-auth", static_folder=None)
    known = {one["key"]: one for one in keys}
    lock = threading.Lock()

    def says(status, body, **headers):
        response = flask.Response(encode(body, unlike), status, content_type="application/json")
        for name, value in headers.items():
            response.headers[name.replace("_", "-")] = value
        return response

    def detail(status, text):
        return says(status, {"detail": text})

    @app.errorhandler(404)
    def absent(_):
        return detail(404, "Not Found")

    @app.errorhandler(405)
    def wrong_method(error):
        return says(405, {"detail": "Method Not Allowed"}, Allow=", ".join(error.valid_methods or []))

    @app.get("/")
    def root():
        return says(200, {"service": "hokusai-auth-service", "version": "1.0.0"})

    @app.get("/health")
    def health():
        return says(200, {"status": "healthy", "service": "hokusai-auth-service", "version": "1.0.0", "timestamp": moment()})

    @app.get("/docs")
    def docs():
        return "<!doctype html><title>auth</title>"

    @app.get("/openapi.json")
    def description():
        return says(200, {"openapi": "3.1.0", "info": {"title": "auth", "version": "1.0.0"}, "paths": {}})

    @app.post("/api/v1/keys/validate")
    def validate():
        key = presented(flask.request.headers)
        if not key:
            return detail(401, "API key required")
        body = flask.request.get_json(force=True, silent=True) or {}
        service = body.get("service_id", "platform")
        one = known.get(key)
        ends = one and one.get("expires_at")
        if ends and datetime.datetime.fromisoformat(ends.replace("Z", "+00:00")).timestamp() < time.time():
            one = None
        if one is None or one.get("status", "active") != "active" or service not in (one.get("service_ids") or ["platform", "website", "prediction"]):
            return detail(401, "Invalid or expired API key")
        with lock:
            hour = int(time.time() // 3600)
            used = one["used"] = one["used"] + 1 if one.get("hour") == hour else 1
            one["hour"] = hour
        if used > one.get("rate_limit_per_hour", 1000):
            return detail(429, "Rate limit exceeded")
        roles, balance = one.get("roles") or [], one.get("balance")
        user = {"id": one.get("user_id"), "email": one.get("email"), "roles": roles, "is_admin": bool(one.get("is_admin"))}
        return says(200, {"user_id": one.get("user_id"), "key_id": one["key_id"], "service_id": service, "scopes": one.get("scopes") or [],
                          "rate_limit_per_hour": one.get("rate_limit_per_hour", 1000), "email": one.get("email"), "roles": roles,
                          "is_admin": bool(one.get("is_admin")), "user": user,
                          "has_sufficient_balance": balance is None or balance > 0, "balance": balance})

    @app.post("/api/v1/usage/<key>")
    @app.post("/api/v1/usage/<key>/debit")
    def usage(key):
        return says(200, {"status": "recorded"})

    if "no-administration" not in unlike:
        def administrator():
            return flask.request.headers.get("Authorization") == "Bearer " + token

        @app.get("/api/v1/keys")
        def listed():
            if not administrator():
                return detail(401, "Admin token required")
            return says(200, [{"key_id": one["key_id"], "status": one.get("status", "active")} for one in known.values()])

        @app.post("/api/v1/keys")
        def create():
            if not administrator():
                return detail(401, "Admin token required")
            body = flask.request.get_json(force=True)
            name = f"{random.getrandbits(128):032x}"
            known["hk_test_foreign_" + name] = one = {
                "key": "hk_test_foreign_" + name, "key_id": "key-" + name, "user_id": "user-" + name, "scopes": body.get("scopes") or [],
                "rate_limit_per_hour": body.get("rate_limit_per_hour", 1000), "service_ids": [body.get("service_id")], "expires_at": body.get("expires_at")}
            return says(201, {"api_key": one["key"], "key_id": one["key_id"], "status": "active"})

        @app.delete("/api/v1/keys/<name>")
        def revoke(name):
            if not administrator():
                return detail(401, "Admin token required")
            for key, one in list(known.items()):
                if one["key_id"] == name:
                    del known[key]
                    return flask.Response(status=204)
            return detail(404, "API key not found")

        @app.post("/api/v1/keys/<name>/rotate")
        def rotate(name):
            if not administrator():
                return detail(401, "Admin token required")
            for one in list(known.values()):
                if one["key_id"] == name:
                    fresh = "hk_test_foreign_" + f"{random.getrandbits(128):032x}"
                    known[fresh] = {**one, "key": fresh}
                    return says(200, {"api_key": fresh, "key_id": name})
            return detail(404, "API key not found")
    return app


BORN = time.monotonic()


def main():
    if sys.argv[1:2] == ["unlike"]:
        print("\n".join(f"{name}  {what}" for name, what in WAYS.items()))
        return
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["api", "auth"])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="::1")
    parser.add_argument("--profile", choices=["A", "M", "B", "fixed"], default="B")
    parser.add_argument("--unlike", default="")
    parser.add_argument("--keys")
    parser.add_argument("--admin-token")
    options = parser.parse_args()
    unlike = frozenset(filter(None, options.unlike.split(",")))
    if unlike - WAYS.keys():
        parser.error("--unlike knows " + ", ".join(WAYS))
    if options.what == "api":
        application = make_api(options.profile, unlike)
        if "slow-start" in unlike:
            time.sleep(float(os.environ.get("FOREIGN_SLOW_START") or 20))
    else:
        with open(options.keys) as file:
            keys = json.load(file)
        token = open(options.admin_token).read().strip() if options.admin_token else ""
        application = make_auth(keys, token, unlike)
    server = Server(options.host, options.port, application, unlike)
    print(f"{options.what} on [{options.host}]:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
