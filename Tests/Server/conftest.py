"""A real `autorun serve` for each test that asks for one, in a folder that goes with it, on a port that the system gives."""

import asyncio
import contextlib
import http.client
import http.server
import io
import json
import os
import pathlib
import signal
import socket
import subprocess
import threading
import time

import pytest
import requests

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BIN = pathlib.Path(os.environ.get("AUTO_BIN", ROOT / ".build" / "debug")).resolve()


def events(answer):
    """The kinds and data of a stream of events."""
    return ((kind, data) for _, kind, data in events_with_ids(answer))


def events_with_ids(answer):
    """The same with the ids by which a stream goes on."""
    last = kind = None
    for line in answer.iter_lines(decode_unicode=True):
        if line.startswith("id: "):
            last = line[4:]
        elif line.startswith("event: "):
            kind = line[7:]
        elif line.startswith("data: "):
            yield last, kind, json.loads(line[6:])


def until(condition, seconds=20, what="that"):
    """The first thing that is true of what `condition` gives."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.01)
    raise AssertionError(f"{what} did not come within {seconds} s")


class Place:
    """A folder with a store, the commands in it, and the servers that run on it."""

    def __init__(self, folder):
        self.folder = folder
        self.environment = {k: v for k, v in os.environ.items() if not k.endswith(("_API_KEY", "_BASE_URL"))}
        self.environment.update(XDG_STATE_HOME=str(folder), XDG_CONFIG_HOME=str(folder), NO_COLOR="1")
        self.servers = []

    def file(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return str(path)

    def run(self, *arguments, check=True):
        done = subprocess.run([BIN / "autorun", *arguments], env=self.environment, capture_output=True, text=True, timeout=120)
        assert not check or done.returncode == 0, done.stderr
        return done

    def token(self, name="test", scope="admin"):
        return self.run("token", "new", name, "--scope", scope).stdout.strip()

    def serve(self, *arguments, token=None, wrap=(), environment={}):
        server = Server(self, [*arguments], token, wrap, environment)
        self.servers.append(server)
        return server

    def clean(self):
        for server in self.servers:
            server.kill()


class Server:
    def __init__(self, place, arguments, token, wrap, environment):
        self.log = place.folder / f"serve-{len(place.servers)}.log"
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(
                [*wrap, BIN / "autorun", "serve", "--listen", "127.0.0.1:0", *arguments],
                env={**place.environment, **environment}, stdout=log, stderr=log,
            )
        self.url = until(self.find_url, what="the server").rstrip("/")
        self.session = requests.Session()
        self.session.trust_env = False
        if token:
            self.session.headers["Authorization"] = f"Bearer {token}"

    def find_url(self):
        assert self.process.poll() is None, self.log.read_text()
        for line in self.lines():
            if line.get("message") == "listening":
                return line["url"]

    def lines(self):
        lines = []
        for line in self.log.read_text().splitlines():
            try:
                lines.append(json.loads(line))
            except ValueError:
                pass
        return lines

    def call(self, method, path, **options):
        options.setdefault("timeout", 60)
        return self.session.request(method, self.url + path, **options)

    def get(self, path, **options):
        return self.call("GET", path, **options)

    def automation(self, name):
        return next(one for one in self.get("/automations?limit=200").json() if one["name"] == name)["id"]

    def start(self, automation, inputs={}, **options):
        answer = self.call("POST", f"/automations/{automation}/sessions", json={"inputs": inputs}, **options)
        assert answer.status_code == 201, answer.text
        return f"/automations/{automation}/sessions/{answer.json()['id']}"

    def ended(self, path, seconds=30):
        def end():
            # The server tells of each change; who asks over and over takes the time of all others.
            record = self.get(path + "?wait=5s").json()
            return record if record["status"] in ("FINISHED", "FAILED") else None

        return until(end, seconds, "the end of the session")

    def waiting(self, path):
        def asks():
            step = self.get(path).json()["current_step"]
            return step if step and step["step"]["step_type"] == "GET_USER_INPUT" and step["status"] == "RUNNING" else None

        return until(asks, what="the question")

    def memory(self):
        """Resident megabytes."""
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024

    def stop(self, seconds=20):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=seconds)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


@pytest.fixture
def place(tmp_path):
    place = Place(tmp_path)
    yield place
    place.clean()


SAMPLE = json.loads((ROOT / "Tests/Server/session.example.json").read_text())

HELLO = """automation "Hello"
description "Greets."
input name: text = "world"
START begin -> shout
DATA_TRANSFORM shout -> greet {
  prompt_template { input: inputs.name, value: inputs.name.upperAscii() }
}
DATA_TRANSFORM greet -> end {
  prompt_template { input: shout.result, value: "Hello ${shout.result}" }
}
"""

ASK = """automation "Ask"
START begin -> ask
GET_USER_INPUT ask -> done {
  result: one_of("yes", "no")
  prompt_template { message: "Really?" }
}
DATA_TRANSFORM done -> end {
  prompt_template { input: ask.result, value: "You said ${ask.result}" }
}
"""

# Asks an address, whose braces are to be filled in, twenty times.
LOOP = """automation "Loop"
START begin -> count
DATA_TRANSFORM count -> call {{ prompt_template {{ value: count.?result.orValue(0) + 1 }} }}
REST_API call -> more {{
  timeout: 60s
  prompt_template {{ url: "{}/", method: "POST", allow_private: true }}
}}
LOGIC_DECISION more {{
  prompt_template {{
    done: when count.result >= 20 -> end
    again: else -> count
  }}
}}
"""

TELL = """automation "Tell"
START begin -> ask
GET_USER_INPUT ask -> tell {
  prompt_template { message: "What about?" }
}
LLM_CALL tell -> end {
  timeout: 60s
  prompt_template { model: "openai/gpt-4o-mini", user: ask.result }
}
"""


@pytest.fixture
def served(place):
    """A server with two automations, and an admin's token."""
    return place.serve(place.file("hello.auto", HELLO), place.file("ask.auto", ASK), token=place.token())


class Peer:
    """A server that steps ask: it counts who asked, holds answers back for `delay` seconds, and sees clients go.

    A test that sets `delay` to 0 lets go what is held back. The paths in `refused` are answered by 400. One thread serves
    all: where each of a thousand requests had its own, a request's turn came only after those of all clients of the test.
    """

    def __init__(self, delay=0.0, body=b'{"n": 1}', kind="application/json"):
        self.keys, self.gone, self.body, self.kind, self.refused = [], 0, body, kind, set()
        self._delay, self.loop, self.let_go = delay, asyncio.new_event_loop(), asyncio.Event()
        listening = asyncio.start_server(self.serve, "127.0.0.1", 0, backlog=2048)
        self.server = self.loop.run_until_complete(listening)
        self.url = "http://127.0.0.1:%d" % self.server.sockets[0].getsockname()[1]
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()

    @property
    def delay(self):
        return self._delay

    @delay.setter
    def delay(self, seconds):
        self._delay = seconds
        if seconds == 0:
            self.loop.call_soon_threadsafe(self.let_go.set)

    async def serve(self, reader, writer):
        """Answers the requests of one connection, one after another."""
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                headers = http.client.parse_headers(io.BytesIO(head.partition(b"\r\n")[2]))
                await reader.readexactly(int(headers["Content-Length"] or 0))
                self.keys.append(headers["Idempotency-Key"])
                if not await self.holds(reader):
                    self.gone += 1
                    break
                status = "400 Bad Request" if head.split(b" ")[1].decode() in self.refused else "200 OK"
                writer.write(f"HTTP/1.1 {status}\r\nContent-Type: {self.kind}\r\nContent-Length: {len(self.body)}\r\n\r\n".encode() + self.body)
                await writer.drain()
        writer.close()

    async def holds(self, reader):
        """Holds an answer back for `delay` seconds, or until all are let go; tells whether its client stayed."""
        ends = [asyncio.ensure_future(self.let_go.wait()), asyncio.ensure_future(reader.read(1))]
        await asyncio.wait(ends, timeout=self.delay, return_when=asyncio.FIRST_COMPLETED)
        gone = ends[1].done()
        for end in ends:
            end.cancel()
        with contextlib.suppress(asyncio.CancelledError, OSError):
            await ends[1]
        return not gone

    def close(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.server.close()
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        self.loop.run_until_complete(asyncio.sleep(0))
        self.loop.close()


@pytest.fixture
def peer():
    servers = []

    def make(**options):
        servers.append(Peer(**options))
        return servers[-1]

    yield make
    for server in servers:
        server.close()


def watcher(server, path, method="GET", ending="", more=""):
    """The socket of a client that asks for a session's events and reads nothing of them, or asks for something else."""
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
    one.settimeout(30)
    host, port = server.url.split("//")[1].split(":")
    one.connect((host, int(port)))
    head = f"{method} {path}{ending} HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\nConnection: close\r\n"
    one.sendall(f"{head}{more}Authorization: {server.session.headers['Authorization']}\r\n\r\n".encode())
    return one


@pytest.fixture
def model():
    """Makes the settings by which a server finds a model: it says these words, one after another with a pause between.

    They may come of a generator, which says "" for as long as it waits for something.
    """
    servers = []

    def make(words, pause=0.0):
        class Model(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.end_headers()
                for word in words:
                    self.say({"choices": [{"delta": {"content": word}}]})
                    time.sleep(pause)
                self.say({"choices": [{"delta": {}, "finish_reason": "stop"}],
                          "usage": {"prompt_tokens": 11, "completion_tokens": 7}})
                self.wfile.write(b"data: [DONE]\n\n")

            def say(self, part):
                self.wfile.write(b"data: " + json.dumps(part).encode() + b"\n\n")

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Model)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return {"OPENAI_BASE_URL": f"http://127.0.0.1:{server.server_port}/v1", "OPENAI_API_KEY": "k"}

    yield make
    for server in servers:
        server.shutdown()
        server.server_close()


def asks_and_calls(url):
    """An automation that asks a person and a peer at the same time."""
    return f"""automation "Both"
START begin -> [ask, a]
GET_USER_INPUT ask -> end {{ prompt_template {{ message: "Well?" }} }}
REST_API a -> end {{
  timeout: 60s
  prompt_template {{ url: "{url}/a", method: "POST", allow_private: true }}
}}
"""


def calls(url, name="Calls", fork=False):
    """An automation that asks a peer, twice at once with `fork`."""
    step = """REST_API {0} -> end {{
  timeout: 60s
  prompt_template {{ url: "{1}/{0}", method: "POST", allow_private: true }}
}}
"""
    if not fork:
        return f'automation "{name}"\nSTART begin -> a\n' + step.format("a", url)
    return f'automation "{name}"\nSTART begin -> [a, b]\n' + step.format("a", url) + step.format("b", url)
