#!/usr/bin/env python3
"""Keeps a server busy with the worst inputs of all ten step types, two at a time, and measures what others see of it.

Usage: .build-venv-server/bin/python Tests/Soak/serve_mix.py MINUTES (make server makes .build-venv-server). AUTO_BIN names the
folder of the binaries. What must hold: the server lives; /healthz and sessions of
others are answered within 100 ms (p95); each session that was started has ended, and its record says how and why. Nothing is
killed: see soak.py for that.
"""

import collections
import pathlib
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "Tests" / "Server"))

from conftest import Place  # noqa: E402
from probes import NOTHING, health, other_sessions, probing, share  # noqa: E402
from worst_inputs import WORST, automation, explains_itself, inputs, pairs  # noqa: E402


def peak_memory(server):
    """Megabytes of the server's process; its workers and boxes have their own."""
    for line in pathlib.Path(f"/proc/{server.process.pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024


def all_sessions(server, automation):
    """The ids of an automation's sessions, with how they stand."""
    found, url = {}, f"/automations/{automation}/sessions?view=summary&limit=200"
    while url:
        answer = server.get(url)
        found.update((one["id"], one["status"]) for one in answer.json())
        link = answer.headers.get("Link")
        url = link[1 : link.index(">")] if link else None
    return found


def mix(server, ids, end, report):
    """Two at a time until the end; gives what was started, by automation, and what is wrong with how it ended."""
    started, wrong = collections.defaultdict(list), []
    while time.monotonic() < end:
        for pair in pairs():
            paths = [server.start(ids[name], inputs=inputs(name)) for name in pair]
            for name, path in zip(pair, paths):
                started[name].append(path.rsplit("/", 1)[-1])
                record = server.ended(path, 120)
                if not explains_itself(record):
                    wrong.append(f"{name}: {record['status']}, {record['error']}")
        report(sum(map(len, started.values())))
    return started, wrong


def print_times(what, times):
    figures = "  ".join(
        f"{name} {seconds * 1e3:,.0f} ms" for name, seconds in [("median", share(times, 0.5)), ("p95", share(times, 0.95)), ("p99", share(times, 0.99)), ("max", times[-1])])
    print(f"{what:20}  {len(times):,} answers  {figures}")


def main():
    minutes = float(sys.argv[1])
    with tempfile.TemporaryDirectory(prefix="autorun-mix-") as folder:
        place = Place(pathlib.Path(folder))
        files = [place.file(f"{name}.auto", automation(name)) for name in WORST]
        try:
            server = place.serve(*files, place.file("nothing.auto", NOTHING), token=place.token())
            failures = run(server, minutes)
        finally:
            place.clean()
    for failure in failures:
        print(f"serve_mix: {failure}")
    return 1 if failures else 0


def run(server, minutes):
    ids = {name: server.automation(name) for name in [*WORST, "Nothing"]}
    end = time.monotonic() + minutes * 60

    def report(count):
        print(f"{count:,} sessions, {max(0, end - time.monotonic()):.0f} s to go", flush=True)

    with probing(health(server), other_sessions(server, ids["Nothing"])) as times:
        started, failures = mix(server, ids, end, report)
    is_alive = server.process.poll() is None and server.get("/readyz").status_code == 200
    print("alive" if is_alive else "dead")
    for what, seconds in zip(("/healthz", "sessions of others"), times):
        print_times(what, seconds)
        if share(seconds, 0.95) >= 0.1:
            failures.append(f"{what}: p95 is not under 100 ms")
    print(f"peak memory           {peak_memory(server):,.0f} MB")
    for name, sessions in started.items():
        kept = all_sessions(server, ids[name])
        lost = [one for one in sessions if kept.get(one) not in ("FINISHED", "FAILED")]
        if lost:
            failures.append(f"{name}: {len(lost)} sessions are lost or have not ended, {lost[0]} is one")
    others = all_sessions(server, ids["Nothing"])
    if len(others) < len(times[1]) or set(others.values()) != {"FINISHED"}:
        failures.append(f"sessions of others: {len(others)} are kept of {len(times[1])} that were seen to finish")
    print(f"{sum(map(len, started.values())):,} sessions of the worst inputs and {len(others):,} of others are kept")
    if not is_alive:
        failures.append("the server is dead")
    return failures


sys.exit(main())
