"""Servers on one PostgreSQL server of the tests' own, which is stopped, replaced, filled and cut off; and who counts outside.

After each fault the same must hold: every session ends as an undisturbed one does, what was seen FINISHED stays as it was
and is not asked for again, and a step that was under way is asked again by the same Idempotency-Key.
"""

import collections
import contextlib
import glob
import http.server
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import threading
import time

import pytest
import requests

from conftest import until

PROGRAMS = max(glob.glob("/usr/lib/postgresql/*/bin"), default=None, key=lambda path: int(path.split("/")[-2]))
# A process that says nothing for 15 seconds has lost its sessions.
LEASE = 15

needs_postgres = pytest.mark.skipif(PROGRAMS is None, reason="needs Debian's postgresql")


def as_postgres():
    """PostgreSQL refuses root."""
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.getuid() == 0 else []


class Database:
    """A PostgreSQL server that listens to a socket in a folder of its own."""

    PORT = 5432

    def __init__(self, data=None, settings=(), initdb=(), trusts=None):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="autorun-machines-"))
        if os.getuid() == 0:
            shutil.chown(self.folder, "postgres")
        self.data = data or self.folder / "data"
        self.settings = list(settings)
        if initdb is not None:
            self.program("initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "--no-sync", "--locale=C.UTF-8", "-E", "UTF8", *initdb)
        if trusts:
            with open(self.data / "pg_hba.conf", "a") as rules:
                rules.write(f"host all all {trusts} trust\n")

    def program(self, name, *arguments, check=True, wrap=()):
        done = subprocess.run(
            [*wrap, *as_postgres(), f"{PROGRAMS}/{name}", *map(str, arguments)], cwd=self.folder, stdin=subprocess.DEVNULL, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60,
        )
        assert not check or done.returncode == 0, done.stdout
        return done

    def start(self, check=True, wrap=()):
        options = ["-k", self.folder, "-c", "listen_addresses=", "-c", "max_connections=200", "-c", "shared_buffers=32MB"]
        for setting in self.settings:
            options += ["-c", setting]
        # What the server writes to goes to a file: a pipe would be open as long as it runs.
        done = subprocess.run(
            [*wrap, *as_postgres(), f"{PROGRAMS}/pg_ctl", "start", "-D", self.data, "-l", self.folder / "log", "-s", "-w", "-o", " ".join(map(str, options))],
            cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=90,
        )
        assert not check or done.returncode == 0, (self.folder / "log").read_text()[-2_000:]
        return self

    def stop(self, mode="fast"):
        self.program("pg_ctl", "stop", "-D", self.data, "-m", mode, "-s", "-w", check=False)

    @property
    def address(self):
        return f"postgres://postgres@/postgres?host={self.folder}"

    def sql(self, statement, check=True):
        """The rows that a statement gives, as psql writes them."""
        done = subprocess.run(
            ["psql", "-qAtX", "-v", "ON_ERROR_STOP=1", "-d", self.address, "-c", statement], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=900)
        assert not check or done.returncode == 0, done.stderr
        return done.stdout.split("\n")[:-1]

    def clean(self):
        self.stop("immediate")
        if os.environ.get("KEEP_LOGS"):
            shutil.copy(self.folder / "log", f"{os.environ['KEEP_LOGS']}/{self.folder.name}.log")
        shutil.rmtree(self.folder, ignore_errors=True)


class Counter(http.server.ThreadingHTTPServer):
    """What steps ask: it keeps by what keys each path was asked for."""

    daemon_threads = True
    request_queue_size = 512

    def __init__(self, host="127.0.0.1", delay=0.4):
        self.asked, self.delay, self.lock = collections.defaultdict(list), delay, threading.Lock()
        super().__init__((host, 0), CounterHandler)
        self.url = f"http://{host}:{self.server_port}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def count(self, path):
        with self.lock:
            return len(self.asked.get(path, ()))

    def total(self):
        with self.lock:
            return sum(map(len, self.asked.values()))

    def handle_error(self, *_):
        pass


class CounterHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with self.server.lock:
            self.server.asked[self.path].append(self.headers.get("Idempotency-Key"))
        time.sleep(self.server.delay)
        body = b'{"n": 4}'
        with contextlib.suppress(OSError):
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def date_time_string(self, timestamp=None):
        return "Thu, 01 Jan 2026 00:00:00 GMT"  # the same in each record

    def log_message(self, *_):
        pass


def journey(url, wait=""):
    """An automation whose steps fork, run for each element and go round; every effect has a path of its own."""

    def ask(path):
        return f'timeout: 60s\n  prompt_template {{ url: "{url}/${{inputs.n}}/{path}", method: "POST", body: "b", allow_private: true }}'

    return f"""automation "Journey"
input n: int
START begin -> [left, right]
REST_API left -> both {{ {ask("left")} }}
DATA_TRANSFORM right -> parts {{ prompt_template {{ value: [1, 2, 3, 4] }} }}
REST_API parts -> both {{ each: p in right.result
  at_once: 2
  {ask("part/${p}")} }}
REST_API both -> count {{ {ask("both")} }}
DATA_TRANSFORM count -> again {{
  max_visits: 9
  prompt_template {{ value: count.?result.orValue(0) + 1 }}
}}
REST_API again -> more {{ {ask("again/${count.result}")} }}
LOGIC_DECISION more {{
  prompt_template {{
    more: when count.result < 4 -> count
    done: else -> end
  }}
}}
"""


# So many requests a session makes.
STEPS = 10


def essence(record, number):
    """What a fault may not change. Branches that run at once may have begun in either order."""
    text = json.dumps([(s["step"]["name"], s["status"], s["result"], s["error"], s["prompt"]) for s in record["steps"]], sort_keys=True)
    steps = json.loads(text.replace(f"/{number}/", "/N/"))
    return record["status"], record["error"], record["steps_count"], sorted(map(json.dumps, steps))


class Crew:
    """Servers that share a database, the sessions that were started on them, and what was seen of these."""

    def __init__(self, place, database, counter, address=None):
        self.place, self.database, self.counter = place, database, counter
        place.environment["AUTORUN_STORE"] = address or database.address
        self.file = place.file("journey.auto", journey(counter.url))
        self.token = place.token()
        self.servers, self.sessions, self.finished, self.records, self.wrong = [], {}, {}, {}, []
        self.isOver = threading.Event()
        self.watching = threading.Thread(target=self.watch, daemon=True)

    def serve(self, *options, **more):
        server = self.place.serve(self.file, *options, token=self.token, **more)
        self.servers.append(server)
        return server

    def alive(self):
        return [one for one in self.servers if one.process.poll() is None]

    def undisturbed(self):
        """How a session ends that nothing happens to."""
        server = self.alive()[0]
        path = server.start(server.automation("Journey"), {"n": 0})
        self.wanted = essence(server.ended(path, 60), 0)
        assert self.wanted[0] == "FINISHED" and len(self.counter.asked) == STEPS, self.wanted
        return self

    def start(self, count):
        for number in range(len(self.sessions) + 1, len(self.sessions) + 1 + count):
            server = self.alive()[number % len(self.alive())]
            self.sessions[server.start(server.automation("Journey"), {"n": number})] = number
        if not self.watching.is_alive():
            self.watching.start()

    def get(self, path):
        """A session's record from any server that answers; nothing while none does."""
        for server in self.alive():
            with contextlib.suppress(requests.RequestException, ValueError):
                answer = requests.get(server.url + path, headers=server.session.headers, timeout=2, proxies={"http": None})
                if answer.status_code == 200:
                    return answer.json()
        return None

    def watch(self):
        """Remembers what was shown as FINISHED, and how often it had been asked for then."""
        while not self.isOver.wait(0.3):
            for path in list(self.sessions):
                self.look(path)

    def look(self, path):
        record = self.get(path)
        for step in (record or {"steps": []})["steps"]:
            if step["status"] != "FINISHED":
                continue
            first = self.records.setdefault(step["id"], step)
            if first != step:
                self.wrong.append(f"a record that was shown has changed: {first} {step}")
            if step["step"]["step_type"] == "REST_API":
                url = step["prompt"]["url"].removeprefix(self.counter.url)
                self.finished.setdefault(url, self.counter.count(url))
        return record

    def feels(self, seconds=60):
        """Waits until no server can do its work: each has met what was done to its database."""
        until(lambda: not any(self.is_ready(server) for server in self.alive()), seconds, "servers without their database")

    def is_ready(self, server):
        with contextlib.suppress(requests.RequestException):
            return requests.get(server.url + "/readyz", timeout=1, proxies={"http": None}).status_code == 200
        return False

    def stuck(self, seconds=60):
        """Waits until no step asks for anything for as long as the slowest step takes, several times over."""
        last = [self.counter.total(), time.monotonic()]

        def is_still():
            if self.counter.total() != last[0]:
                last[:] = self.counter.total(), time.monotonic()
            return time.monotonic() - last[1] > 5 * self.counter.delay

        until(is_still, seconds, "the steps to stand still")

    def taken_over(self, seconds=LEASE + 60):
        """Waits until the servers that answer have ended all sessions, those of the others among them."""
        until(lambda: all((self.get(path) or {}).get("status") == "FINISHED" for path in self.sessions), seconds, "the end of all sessions on the other server")

    def under_way(self, requests=None):
        """Waits until so many requests have come since now."""
        before = self.counter.total()
        until(lambda: self.counter.total() >= before + (requests or len(self.sessions)), 60, "requests")

    def settle(self, seconds=150, most=3):
        """Waits for the end of all sessions, and holds them against what must hold."""
        ends = {}

        def all_ended():
            for path in self.sessions:
                if path not in ends:
                    record = self.get(path)
                    if record and record["status"] in ("FINISHED", "FAILED"):
                        ends[path] = record
            return len(ends) == len(self.sessions)

        until(all_ended, seconds, "the end of all sessions")
        self.isOver.set()
        self.watching.join()
        assert not self.wrong, self.wrong
        known = {step["id"]: step for record in ends.values() for step in record["steps"]}
        for path, record in ends.items():
            assert essence(record, self.sessions[path]) == self.wanted, json.dumps(record)[:3_000]
        for step in self.records.values():
            assert known[step["id"]] == step, "a record that was shown is lost, or has changed"
        for url, count in self.finished.items():
            assert self.counter.count(url) == count, f"{url} had finished, and was asked for again"
        for url, keys in self.counter.asked.items():
            assert len(set(keys)) == 1 and len(keys) <= most, (url, keys)
        return ends

    def repeated(self):
        """What was asked for more than once."""
        return {url: len(keys) for url, keys in self.counter.asked.items() if len(keys) > 1}


def pause(server):
    server.process.send_signal(signal.SIGSTOP)


def go_on(server):
    server.process.send_signal(signal.SIGCONT)


# What tests are given.


@pytest.fixture
def made():
    """What is made by a test goes with it."""
    parts = []

    def keep(part):
        parts.append(part)
        return part

    yield keep
    for part in reversed(parts):
        part.clean()


@pytest.fixture
def counter():
    one = Counter()
    yield one
    one.shutdown()
    one.server_close()


@pytest.fixture
def database(made):
    return made(Database()).start()


@pytest.fixture
def crew(place, database, counter):
    """Two servers with sessions under way."""
    crew = Crew(place, database, counter)
    crew.serve()
    crew.serve()
    return crew.undisturbed()
