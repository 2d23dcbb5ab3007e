"""Servers and arithmetic for ci/bench: a server that freezes, one of a fixed rate, and the exact figures beside ours."""

import asyncio
import json
import math
import ssl
import statistics
import sys
import time

BODY = b'{"status":"healthy"}'
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY)


async def serve(port, respond, identity=()):
    """Over TLS when given a certificate and its key, in two files."""
    context = None
    if identity:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*identity)

    async def connection(reader, writer):
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                await respond(head.split(b" ")[1].decode())
                writer.write(ANSWER)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(connection, "127.0.0.1", port, backlog=4096, ssl=context)
    await server.serve_forever()


def stall(port, log_path, after, length, *identity):
    """Freezes once, `after` seconds after the first request; logs the number and the end of each request."""
    log = open(log_path, "w", buffering=1)
    state = {"first": None}

    async def respond(target):
        now = time.monotonic()
        if state["first"] is None:
            state["first"] = now
            # Blocking the whole loop is what a frozen process looks like.
            asyncio.get_running_loop().call_later(after, time.sleep, length)
        log.write(f"{target} {time.monotonic()}\n")

    asyncio.run(serve(port, respond, identity))


def fixed_rate(port, rate):
    """Answers at most `rate` requests a second, in order, however many wait."""
    state = {"next": 0.0}

    async def respond(_):
        now = time.monotonic()
        state["next"] = max(state["next"] + 1 / rate, now)
        await asyncio.sleep(state["next"] - now)

    asyncio.run(serve(port, respond))


def exact(log_path, rate, report_path):
    """The response times as the server saw them: end of each request less the moment it was due.

    Request n was due n/rate after the start; the least delayed request shows when that was, since none can end before it
    is due.
    """
    ends = []
    for line in open(log_path):
        key, moment = line.split()
        if "n=" in key:
            ends.append(float(moment) - int(key.split("n=")[1]) / rate)
    times = [end - min(ends) for end in ends]
    times.sort()
    server = times[math.ceil(0.99 * len(times)) - 1]
    report = json.load(open(report_path))
    ours = percentile(report["overall"]["responseTime"], 99)
    service = percentile(report["overall"]["serviceTime"], 99)
    print(f"exact, from the server's log: p99 {server * 1000:.1f} ms of {len(times)} requests")
    print(f"plumbline: p99 {ours * 1000:.1f} ms ({(ours / server - 1) * 100:+.2f} %), judged {judged(report)}")
    print(f"plumbline, service time alone: p99 {service * 1000:.1f} ms")


def percentile(histogram, share):
    rank, seen = math.ceil(share / 100 * sum(histogram["counts"])), 0
    for value, count in zip(histogram["values"], histogram["counts"]):
        seen += count
        if seen >= rank:
            return value / 1e6
    return 0.0


def judged(report):
    return "valid" if not report["judgement"]["reasons"] else "; ".join(report["judgement"]["reasons"])


def pacing(report_path, rate, seconds):
    report = json.load(open(report_path))
    generator = report["generator"]
    achieved = generator["started"] / seconds
    late = generator["lateStart"]
    print(f"started {generator['started']} of {generator['planned']}: {achieved:.2f}/s ({(achieved / rate - 1) * 100:+.4f} %)")
    print(f"late starts: p50 {percentile(late, 50) * 1e6:.0f} µs, p99 {percentile(late, 99) * 1e6:.0f} µs, max {late['maximum']} µs")
    print(f"judged {judged(report)}")


def memory(report_path, marks):
    report = json.load(open(report_path))
    resident = [int(mark) for mark in marks if mark]
    print(f"{report['overall']['completed']} requests in {report['duration']:.0f} s")
    print(f"resident kB after 5 s {resident[1]}, half way {resident[len(resident) // 2]}, last {resident[-1]}, largest {max(resident)}")


def summary(path, base="wrk"):
    runs = {}
    for line in open(path):
        name, rate, cost = line.split()
        runs.setdefault(name, []).append((float(rate), float(cost)))
    print(f"| tool | requests/s (median) | relative to {base}, median of runs (range) | processor µs/request | relative to {base} |")
    print("| --- | --- | --- | --- | --- |")
    for name, figures in runs.items():
        ratios = [rate / other for (rate, _), (other, _) in zip(figures, runs[base]) if other]
        costs = [cost / other for (_, cost), (_, other) in zip(figures, runs[base]) if other]
        print(
            f"| {name} | {statistics.median(rate for rate, _ in figures):.0f} | {spread(ratios)} "
            f"| {statistics.median(cost for _, cost in figures):.1f} | {spread(costs)} |")


def spread(ratios):
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f})" if ratios else "–"


def main():
    mode, arguments = sys.argv[1], sys.argv[2:]
    if mode == "stall":
        stall(int(arguments[0]), arguments[1], float(arguments[2]), float(arguments[3]), *arguments[4:])
    elif mode == "fixed-rate":
        fixed_rate(int(arguments[0]), float(arguments[2]))
    elif mode == "exact":
        exact(arguments[0], float(arguments[1]), arguments[2])
    elif mode == "pacing":
        pacing(arguments[0], float(arguments[1]), float(arguments[2]))
    elif mode == "memory":
        memory(arguments[0], arguments[1:])
    elif mode == "summary":
        summary(*arguments)
    else:
        sys.exit(f"unknown mode {mode}")


main()
