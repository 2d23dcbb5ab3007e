"""Servers that answer what no sane server would, each in one way, for tests and for ci/hostile-modes. Loopback only.

usage: hostile-servers.py --list | [--log FILE] KIND...

Prints one line, `KIND PORT`, for each server, then serves until it is killed. Each connection that was served for what it is
there for (an HTTP request came, the password of PostgreSQL, a statement, a command of Redis) adds a line `KIND WHAT` to FILE.
"""

import gzip
import os
import socket
import struct
import sys
import threading
import time

BLOCK = 256 << 10
LOG = None


def note(kind, what):
    if LOG:
        with open(LOG, "a", encoding="utf-8") as file:
            file.write("%s %s\n" % (kind, what))


def endlessly(connection, block):
    while True:
        connection.sendall(block)


def drip(connection, data, pause=0.3):
    for byte in data:
        connection.sendall(bytes([byte]))
        time.sleep(pause)


# ---------------------------------------------------------------------------------------------------------------- HTTP

def whole(body, kind="application/json", status="200 OK", fields=()):
    head = ["HTTP/1.1 " + status, "Content-Type: " + kind, "Content-Length: %d" % len(body), "Connection: close", *fields]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def started(kind="application/json", *fields):
    return "\r\n".join(["HTTP/1.1 200 OK", "Content-Type: " + kind, *fields]).encode() + b"\r\n\r\n"


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


CHUNKED = "Transfer-Encoding: chunked"


def endless_chunks(connection):
    connection.sendall(started("application/json", CHUNKED) + chunk(b'{"status":"'))
    endlessly(connection, chunk(b"x" * BLOCK))


def endless_xml(connection):
    connection.sendall(started("text/xml", CHUNKED) + chunk(b"<ListResponse><Result>"))
    endlessly(connection, chunk(b"<member><Name>x</Name></member>" * 4096))


def announced_terabyte(connection):
    connection.sendall(started("application/json", "Content-Length: 1099511627776"))
    endlessly(connection, b"[" + b"0," * (BLOCK // 2))


def one_huge_chunk(connection):
    connection.sendall(started("application/json", CHUNKED) + b"7fffffffffffffff\r\n")
    endlessly(connection, b" " * BLOCK)


def gzip_bomb(connection):
    bomb = gzip.compress(b"0" * (64 << 20), 9)
    bomb = gzip.compress(bomb + b"\0" * (64 << 20), 9)
    connection.sendall(whole(bomb, fields=["Content-Encoding: gzip, gzip"]))


def endless_header_fields(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    endlessly(connection, b"X-Field: value\r\n" * 4096)


def endless_header(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Field: ")
    endlessly(connection, b"x" * BLOCK)


def endless_informational(connection):
    endlessly(connection, b"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n" * 1024)


def endless_trailers(connection):
    connection.sendall(started("application/json", CHUNKED) + chunk(b"{}") + b"0\r\n")
    endlessly(connection, b"X-Trailer: value\r\n" * 4096)


def endless_chunk_extension(connection):
    connection.sendall(started("application/json", CHUNKED) + b"5;x=")
    endlessly(connection, b"x" * BLOCK)


def slow_body(connection):
    connection.sendall(started("application/json", "Content-Length: 2000"))
    drip(connection, b" " * 2000)


def deep_json(depth, opening=b"[", closing=b"]"):
    return whole(opening * depth + b"1" + closing * depth)


# By name: what is done with a connection, or what makes the whole answer, which may be large and is made once.
HTTP = {
    "http-endless-body": endless_chunks,
    "http-terabyte": announced_terabyte,
    "http-huge-chunk": one_huge_chunk,
    "http-gzip-bomb": gzip_bomb,
    "http-endless-fields": endless_header_fields,
    "http-endless-field": endless_header,
    "http-endless-informational": endless_informational,
    "http-endless-trailers": endless_trailers,
    "http-endless-extension": endless_chunk_extension,
    "http-slow-head": lambda connection: drip(connection, whole(b"{}")),
    "http-slow-body": slow_body,
    "http-silent": lambda connection: time.sleep(3600),
    "http-reset": lambda connection: connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)),
    "http-garbage": lambda connection: endlessly(connection, os.urandom(BLOCK)),
    "http-redirects": lambda: whole(b"", status="302 Found", fields=["Location: /again"]),
    "http-status": lambda: whole(b"{}", status="999 " + "x" * 60_000),
    "http-json-deep-lists": lambda: deep_json(100_000),
    "http-json-deep-objects": lambda: deep_json(100_000, b'{"a":', b"}"),
    "http-json-wide": lambda: whole(b"[" + b"0," * 1_900_000 + b"0]"),
    "http-json-wide-objects": lambda: whole(b"[" + b"{}," * 1_300_000 + b"0]"),
    "http-json-escapes": lambda: whole(b'{"status":"' + b"\\u0041" * 600_000 + b'"}'),
    "http-json-keys": lambda: whole(b"{" + b",".join(b'"k%d":1' % index for index in range(240_000)) + b"}"),
    "http-json-number": lambda: whole(b'{"status":' + b"9" * 3_000_000 + b"}"),
    "http-invalid-utf8": lambda: whole(b'{"status":"' + b"\xff\xfe\xc0\x80" * 500_000 + b'"}'),
    "http-controls": lambda: whole(
        '{"status":"\x1b]0;owned\x07\x1b[2J\x9b31m\u202egnp\u2066\x7f\r\n::error::injected","error":"\x1b[31mred\x1b[0m"}'.encode(),
        status="500 \x1b]0;owned\x07\x9b2J", fields=["X-Steer: \x1b[2J\x9b1A\u202e"]),
    "http-metrics": lambda: whole(b"".join(b'm{l="%d"} 1\n' % index for index in range(250_000)), kind="text/plain; version=0.0.4"),
    "aws-endless-xml": endless_xml,
    "aws-deep-xml": lambda: whole(b"<a>" * 400_000, kind="text/xml"),
    "aws-attributes": lambda: whole(b"<a " + b" ".join(b'a%d=""' % index for index in range(500_000)) + b"/>", kind="text/xml"),
    "aws-entities": lambda: whole(
        b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + b"".join(
            b'<!ENTITY %c "&%c;&%c;&%c;&%c;&%c;&%c;&%c;&%c;">' % ((98 + level,) + (97 + level,) * 8) for level in range(20))
        + b"]><x>&t;</x>", kind="text/xml"),
    "aws-elements": lambda: whole(b"<a>" + b"<b/>" * 1_900_000 + b"</a>", kind="text/xml"),
    "aws-text": lambda: whole(b"<a>" + b"&#65;" * 1_500_000 + b"</a>", kind="text/xml"),
    "aws-json-deep": lambda: deep_json(100_000),
    "aws-json-wide": lambda: whole(b"[" + b"0," * 3_900_000 + b"0]"),
    "aws-pages": lambda: whole(
        b'{"services":[],"serviceArns":["arn:aws:ecs:us-east-1:0:service/x"],"nextToken":"again","clusters":[],"taskArns":[]}'),
    "mlflow-pages": lambda: whole(
        b'{"experiments":[{"experiment_id":"1","name":"x"}],"registered_models":[{"name":"x"}],"runs":[],'
        b'"next_page_token":"again"}'),
}


def http(kind, treat):
    def serve(connection):
        received = b""
        while b"\r\n\r\n" not in received:
            piece = connection.recv(65536)
            if not piece:
                return
            received = (received + piece)[-1 << 20:]
        note(kind, "request")
        if isinstance(treat, bytes):
            connection.sendall(treat)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass
        else:
            treat(connection)
    return serve


# ---------------------------------------------------------------------------------------------------------- PostgreSQL

def message(kind, body=b""):
    return kind + struct.pack("!i", len(body) + 4) + body


def columns(count, name=b"c"):
    return message(b"T", struct.pack("!h", count) + b"".join(
        name + b"\0" + struct.pack("!ihihih", 0, 0, 25, -1, -1, 0) for _ in range(count)))


def row(*values):
    return message(b"D", struct.pack("!h", len(values)) + b"".join(
        struct.pack("!i", -1) if value is None else struct.pack("!i", len(value)) + value for value in values))


AUTHENTICATED = message(b"R", struct.pack("!i", 0))
READY = message(b"Z", b"I")
LOGGED_IN = (AUTHENTICATED + message(b"S", b"server_version\0" b"15.0\0") + message(b"S", b"server_encoding\0UTF8\0")
             + message(b"K", struct.pack("!ii", 1, 1)) + READY)
PARSED = message(b"1") + message(b"2")
ASK_CLEARTEXT = message(b"R", struct.pack("!i", 3))


def giant_row(announced):
    """The beginning of a row with one value, of which nobody sees the end."""
    return b"D" + struct.pack("!ihi", announced, 1, announced - 10)


def endless_messages(block):
    count = max(1, BLOCK // len(block))
    return lambda connection: endlessly(connection, block * count)


def answer(*parts, then=None):
    def treat(connection):
        connection.sendall(PARSED + b"".join(parts))
        if then:
            then(connection)
        else:
            connection.recv(65536)
    return treat


def slowly(connection):
    drip(connection, PARSED + columns(1) + row(b"x") * 1000, 0.05)


# What a server answers to a statement, once somebody has logged in.
STATEMENTS = {
    "postgres-giant-row": answer(columns(1), giant_row(900_000_000), then=endless_messages(b"x" * BLOCK)),
    "postgres-announced-row": answer(columns(1), giant_row(0x7fffffff), then=lambda connection: time.sleep(3600)),
    "postgres-endless-rows": answer(columns(1), then=endless_messages(row(b"x" * 100))),
    "postgres-empty-rows": answer(columns(1), then=endless_messages(row(b""))),
    "postgres-null-rows": answer(columns(1600), then=endless_messages(row(*[None] * 1600))),
    "postgres-columns": answer(columns(32_000, b"n" * 200), then=endless_messages(row(*[b"x"] * 32_000))),
    "postgres-endless-notices": answer(then=endless_messages(message(b"N", b"SNOTICE\0Mnotice " + b"x" * 500 + b"\0\0"))),
    "postgres-endless-notifications": answer(
        then=endless_messages(message(b"A", struct.pack("!i", 1) + b"channel\0" + b"x" * 500 + b"\0"))),
    "postgres-endless-parameters": answer(
        then=endless_messages(b"".join(message(b"S", b"p%d\0%s\0" % (index, b"x" * 500)) for index in range(500)))),
    "postgres-giant-error": answer(message(b"E", b"SERROR\0VERROR\0C42501\0M" + b"x" * 200_000_000 + b"\0\0"), READY),
    "postgres-controls": answer(message(
        b"E", "SERROR\0VERROR\0C42501\0M\x1b]0;owned\x07\x9b2J\u202e\r\n::error::injected\0\0".encode()), READY),
    "postgres-negative-length": answer(columns(1), b"D" + struct.pack("!i", -5), then=endless_messages(b"x" * BLOCK)),
    "postgres-wrong-columns": answer(columns(1), row(b"a", b"b"), then=endless_messages(row(b"a", b"b"))),
    "postgres-copy": answer(message(b"H", b"\0\0\0"), then=endless_messages(message(b"d", b"x" * 1000))),
    "postgres-unknown-messages": answer(then=endless_messages(message(b"%", b"x" * 1000))),
    "postgres-slow-rows": slowly,
    "postgres-silent-statement": lambda connection: time.sleep(3600),
}

# What a server answers to the start of a session.
STARTS = {
    "postgres-cleartext": ASK_CLEARTEXT,
    "postgres-cleartext-in-pieces": [ASK_CLEARTEXT[:3], ASK_CLEARTEXT[3:7], ASK_CLEARTEXT[7:]],
    "postgres-cleartext-after-md5": message(b"R", struct.pack("!i4s", 5, b"salt")) + ASK_CLEARTEXT,
    "postgres-cleartext-after-scram": message(b"R", struct.pack("!i", 10) + b"SCRAM-SHA-256\0\0") + ASK_CLEARTEXT,
    "postgres-cleartext-after-notice": message(b"v", struct.pack("!ii", 0x30000, 0)) + ASK_CLEARTEXT,
    "postgres-log-in-parameters": AUTHENTICATED,
    "postgres-log-in-error": b"E" + struct.pack("!i", 29_000),
    "postgres-log-in-garbage": b"R" + struct.pack("!i", -1),
}
FURTHER = {
    "postgres-log-in-parameters": endless_messages(b"".join(
        message(b"S", b"p%d\0%s\0" % (index, b"x" * 500)) for index in range(500))),
    "postgres-log-in-error": endless_messages(b"x" * BLOCK),
    "postgres-log-in-garbage": endless_messages(b"x" * BLOCK),
}


def received_messages(kind, connection):
    """Reads what a client sends; gives the bytes of each message."""
    buffer = b""
    while True:
        while len(buffer) >= 5 and len(buffer) >= 1 + struct.unpack("!i", buffer[1:5])[0]:
            length = 1 + struct.unpack("!i", buffer[1:5])[0]
            yield buffer[:length]
            buffer = buffer[length:]
        piece = connection.recv(65536)
        if not piece:
            return
        buffer += piece


def postgres(kind):
    def serve(connection):
        start = connection.recv(65536)
        if start[4:8] == struct.pack("!i", 80877103):
            connection.sendall(b"N")
            start = connection.recv(65536)
        if not start or start[4:8] == struct.pack("!i", 80877102):
            return
        note(kind, "session")
        if kind in STARTS:
            pieces = STARTS[kind]
            for piece in pieces if isinstance(pieces, list) else [pieces]:
                connection.sendall(piece)
                time.sleep(0.02)
            if kind in FURTHER:
                FURTHER[kind](connection)
            for said in received_messages(kind, connection):
                # A password is a message of type p; digests begin with md5, SCRAM's first message with its name.
                if said[:1] == b"p":
                    body = said[5:]
                    digest = body.startswith(b"md5") or body.startswith(b"SCRAM") or b"r=" in body
                    note(kind, "digest" if digest else "PASSWORD")
            return
        connection.sendall(LOGGED_IN)
        for said in received_messages(kind, connection):
            if said[:1] == b"S":
                note(kind, "statement")
                STATEMENTS[kind](connection)
                return
    return serve


# --------------------------------------------------------------------------------------------------------------- Redis

REDIS = {
    "redis-bulk": lambda connection: (connection.sendall(b"$536870911\r\n"), endlessly(connection, b"x" * BLOCK)),
    "redis-line": lambda connection: (connection.sendall(b"+"), endlessly(connection, b"x" * BLOCK)),
    "redis-array": lambda connection: (connection.sendall(b"*2147483647\r\n"), endlessly(connection, b":1\r\n" * 65536)),
    "redis-nested": lambda connection: endlessly(connection, b"*65536\r\n" * 32768),
    "redis-elements": lambda connection: (
        connection.sendall(b"*65536\r\n"), endlessly(connection, b"*65536\r\n" + b"$-1\r\n" * 65536)),
    "redis-integers": lambda connection: endlessly(connection, b":1\r\n" * 65536),
    "redis-errors": lambda connection: connection.sendall("-ERR \x1b]0;owned\x07\x9b2J\u202e\r\n".encode() * 100),
    "redis-information": lambda connection: (connection.sendall(b"$250000\r\n" + b"a:1\r\n" * 50000 + b"\r\n")),
    "redis-silent": lambda connection: time.sleep(3600),
    "redis-slow": lambda connection: drip(connection, b"$100000\r\n" + b"x" * 100000, 0.05),
}


def redis(kind):
    def serve(connection):
        while connection.recv(65536):
            note(kind, "command")
            REDIS[kind](connection)
    return serve


# ------------------------------------------------------------------------------------------------------------- serving

def kinds():
    """By name, what makes the function that serves a connection."""
    def answering(kind, treat):
        return lambda: http(kind, treat() if treat.__code__.co_argcount == 0 else treat)

    made = {kind: answering(kind, treat) for kind, treat in HTTP.items()}
    made.update({kind: lambda kind=kind: postgres(kind) for kind in [*STATEMENTS, *STARTS]})
    made.update({kind: lambda kind=kind: redis(kind) for kind in REDIS})
    return made


def listen(serve):
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)

    def one(connection):
        try:
            with connection:
                serve(connection)
        except OSError:
            pass  # A client that hangs up does what it should.

    def loop():
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=one, args=(connection,), daemon=True).start()

    threading.Thread(target=loop, daemon=True).start()
    return listener.getsockname()[1]


def main():
    global LOG
    words = sys.argv[1:]
    if words[:1] == ["--log"]:
        LOG, words = words[1], words[2:]
    available = kinds()
    if words == ["--list"]:
        print("\n".join(available))
        return
    for kind in words:
        if kind not in available:
            sys.exit("unknown kind %s: expected %s" % (kind, ", ".join(available)))
        print(kind, listen(available[kind]()), flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
