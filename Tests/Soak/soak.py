#!/usr/bin/env python3
"""Kills real runs with SIGKILL at random moments, resumes them, and compares what is left with undisturbed runs.

Usage: soak.py KILLS [SEED] [--store ADDRESS]. With an address, each run has a database of its own on that PostgreSQL server, as
Tests/with-postgres.sh starts one and says it in AUTORUN_STORE; else a file. What must hold: every record that was shown is there; the final record is equal to an
undisturbed run's but for ids, times and the order of branches that run at once; no step that had FINISHED runs again,
and one that was in flight is asked again by the same Idempotency-Key (counted by a real HTTP server on loopback).
The same for automations that call one another, in calling.py.
"""

import argparse
import collections
import http.server
import json
import itertools
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

import calling

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BIN = ROOT / os.environ.get("AUTO_BIN", ".build/debug")
asked = collections.defaultdict(list)


class Counter(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        asked[self.path].append(self.headers.get("Idempotency-Key"))
        time.sleep(0.01)
        body = b'{"n": 4, "article": "desk lamp", "price": 19.5, "currency": "EUR"}'
        try:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except ConnectionError:
            pass  # the client has been killed

    do_GET = do_POST = answer

    def date_time_string(self, timestamp=None):
        return "Thu, 01 Jan 2026 00:00:00 GMT"  # the same in each record

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass


def essence(record):
    """What an interruption may not change. Branches that run at once may have begun in either order."""
    steps = [(s["step"]["name"], s["status"], s["result"], s["error"], json.dumps(s["prompt"], sort_keys=True)) for s in record["steps"]]
    return record["status"], record["error"], record["steps_count"], sorted(steps, key=str)


class Databases:
    """Makes a database for each place, where the runs are to keep their records in one."""

    address = None
    numbers = itertools.count(1)

    @classmethod
    def fresh(cls):
        name = f"soak_{os.getpid()}_{next(cls.numbers)}"
        subprocess.run(["psql", "-q", "-d", cls.address, "-c", f"CREATE DATABASE {name}"], check=True, stdin=subprocess.DEVNULL)
        parts = urllib.parse.urlsplit(cls.address)
        return urllib.parse.urlunsplit(parts._replace(path=f"/{name}"))


class Place:
    """A state folder of its own, or a database, with the commands in it."""

    def __init__(self, folder):
        self.environment = dict(os.environ, XDG_STATE_HOME=folder, XDG_CONFIG_HOME=folder, SHOP_TOKEN="canary")
        for name in [n for n in self.environment if n.endswith(("_API_KEY", "_BASE_URL")) or n == "AUTORUN_STORE"]:
            del self.environment[name]
        if Databases.address:
            self.environment["AUTORUN_STORE"] = Databases.fresh()

    def start(self, *arguments):
        return subprocess.Popen(
            [BIN / "autorun", *arguments], cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def run(self, *arguments):
        out, errors = self.start(*arguments).communicate(timeout=120)
        return out.decode(), errors.decode()


def check(condition, words):
    if not condition:
        sys.exit(f"soak: {words}")


def disturbed(name, arguments, wanted, duration, chance):
    """One run, killed at a random moment; gives whether the kill came in time."""
    asked.clear()
    with tempfile.TemporaryDirectory(prefix="autorun-soak-") as folder:
        place = Place(folder)
        process = place.start("run", *arguments, "--events")
        time.sleep(chance.uniform(0, duration))
        process.send_signal(signal.SIGKILL)
        shown, _ = process.communicate()
        lines = [json.loads(line) for line in shown.decode().splitlines() if line.endswith("}")]
        sessions = json.loads(place.run("sessions", "--json")[0] or "[]")
        if not sessions:
            check(not lines, f"{name}: records were shown, and no session is there")
            return False
        record = json.loads(place.run("show", sessions[0]["id"], "--json")[0])
        kept = {s["id"]: s for s in record["steps"]}
        for line in lines:
            if "step" not in line:
                continue
            check(line["id"] in kept, f"{name}: a record that was shown is lost: {line['step']['name']}")
            if line["status"] == "FINISHED":
                check(kept[line["id"]] == line, f"{name}: a record that was shown is another now")
        if record["status"] in ("NEW", "RUNNING"):
            options = arguments[1:]
            keep = [o for i, o in enumerate(options) if o.startswith(("--allow-host", "--answer")) or (i and options[i - 1] in ("--allow-host", "--answer"))]
            out, errors = place.run("resume", sessions[0]["id"], "--json", *keep)
            check(out, f"{name}: it cannot be resumed: {errors}")
            after = json.loads(out)
            for old in record["steps"]:
                if old["status"] == "FINISHED":
                    check(old in after["steps"], f"{name}: {old['step']['name']} had finished, and changed")
            record = after
        check(essence(record) == wanted, f"{name}: the record is not an undisturbed run's: {json.dumps(essence(record))[:2000]}")
    twice = [path for path, keys in asked.items() if len(keys) > 1]
    check(all(len(keys) <= 2 for keys in asked.values()), f"{name}: asked more than twice: {dict(asked)}")
    check(all(len(set(k for k in asked[path] if k)) <= 1 for path in twice), f"{name}: another key the second time")
    return True


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("kills", type=int)
    parser.add_argument("seed", type=int, nargs="?", default=random.randrange(1 << 30))
    parser.add_argument("--store")
    options = parser.parse_args()
    kills, seed, Databases.address = options.kills, options.seed, options.store
    chance = random.Random(seed)
    print(f"soak: {kills} kills, seed {seed}", flush=True)
    server = Server(("127.0.0.1", 0), Counter)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    with tempfile.TemporaryDirectory(prefix="autorun-soak-") as folder:
        durable = pathlib.Path(folder) / "durable.auto"
        durable.write_text((ROOT / "Tests/Soak/durable.auto").read_text().replace("SERVER", url))
        reach = ["--allow-host", "127.0.0.1"]
        runs = {
            "durable": [str(durable), *reach],
            "support-triage": ["Examples/support-triage.auto", "--input", "ticket=@Examples/ticket.txt", "--input", "tier=pro"],
            "page-digest": ["Examples/page-digest.auto"],
            "docs-answer": ["Examples/docs-answer.auto"],
            "expense-approval": ["Examples/expense-approval.auto", "--answer", "ask=approve"],
            "price-watch": ["Examples/price-watch.auto", "--input", f"shop={url}", *reach],
            "notes-to-json": ["Examples/notes-to-json.auto"],
            "map-reduce": ["Examples/map-reduce.auto"],
            "draft-critique": ["Examples/draft-critique.auto"],
        }
        wanted, durations = {}, {}
        for name, arguments in runs.items():
            place = Place(tempfile.mkdtemp(dir=folder))
            began = time.monotonic()
            out, errors = place.run("run", *arguments, "--json")
            durations[name] = time.monotonic() - began
            check(out, f"{name}: {errors}")
            wanted[name] = essence(json.loads(out))
        for path in (ROOT / "Tests/Soak/calls").rglob("*.auto"):
            copy = pathlib.Path(folder) / path.relative_to(ROOT / "Tests/Soak")
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(path.read_text().replace("SERVER", url))
        outer = pathlib.Path(folder) / "calls/outer.auto"
        asked.clear()
        calls = calling.undisturbed(Place(tempfile.mkdtemp(dir=folder)), outer)
        paths = set(asked)
        check(calls[0][0] == "FINISHED", f"calls: {calls[0][1]}")
        names = list(runs)
        done = 0
        for number in range(kills):
            if number % 4 == 1:
                done += calling.one_run(Place, outer, *calls, paths, asked, chance, check)
                continue
            # The one with all in it comes every other time.
            name = names[0] if number % 2 == 0 else names[1 + number // 4 % (len(names) - 1)]
            done += disturbed(name, runs[name], wanted[name], durations[name], chance)
    print(f"{kills} passed, 0 failed  ({done} of them had begun a session)")


main()
