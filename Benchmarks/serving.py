"""What `autorun serve` does a second, over HTTP on loopback with one store, `--durability power`. Needs wrk."""

import concurrent.futures
import http.client
import http.server
import json
import os
import re
import resource
import socket
import subprocess
import threading
import time

HELLO = """automation "Hello"
input name: text = "world"
START begin -> shout
DATA_TRANSFORM shout -> greet { prompt_template { input: inputs.name, value: inputs.name.upperAscii() } }
DATA_TRANSFORM greet -> end { prompt_template { input: shout.result, value: "Hello ${shout.result}" } }
"""


class Slow(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 2_048

    def handle_error(self, *_):
        pass


class Never(http.server.BaseHTTPRequestHandler):
    """Holds every request until its client goes."""

    def do_GET(self):
        self.server.held += 1
        try:
            self.connection.recv(1)
        except OSError:
            pass
        self.close_connection = True

    def log_message(self, *_):
        pass


class Server:
    def __init__(self, binary, work, text, *arguments, file=None):
        """With a file, its automation is that of all servers which are given it."""
        self.environment = dict(os.environ, XDG_STATE_HOME=str(work), XDG_CONFIG_HOME=str(work))
        self.work = work
        work.mkdir()
        file = file or work / "served.auto"
        file.write_text(text)
        token = subprocess.run([binary, "token", "new", f"bench-{work.name}", "--scope", "admin"], env=self.environment, check=True, capture_output=True, text=True)
        self.token = token.stdout.strip()
        began = time.perf_counter()
        self.process = subprocess.Popen(
            [binary, "serve", file, "--listen", "127.0.0.1:0", *arguments], env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            found = re.search(r'"url":"http://127\.0\.0\.1:(\d+)/"', line)
            if found:
                self.port = int(found[1])
                break
        self.get("/healthz")
        self.first_answer = time.perf_counter() - began
        threading.Thread(target=self.process.stderr.read, daemon=True).start()
        self.automation = json.loads(self.get("/automations"))[0]["id"]

    def call(self, method, path, connection=None, body=None):
        own = connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        own.request(method, path, body, {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"})
        return own.getresponse().read()

    def get(self, path):
        return self.call("GET", path)

    def metric(self, name):
        return float(re.search(rf"^{re.escape(name)} (\S+)$", self.get("/metrics").decode(), re.M)[1])

    def memory(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            return int(re.search(r"VmRSS:\s+(\d+)", status.read())[1]) / 1024

    def processor_time(self):
        """Seconds that the server's process has computed."""
        with open(f"/proc/{self.process.pid}/stat") as stat:
            fields = stat.read().rpartition(")")[2].split()
        return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")

    def wrk(self, path, seconds, connections, script=""):
        lua = self.work / "wrk.lua"
        lua.write_text(script)
        done = subprocess.run(
            ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-H", f"Authorization: Bearer {self.token}", *(["-s", str(lua)] if script else []), f"http://127.0.0.1:{self.port}{path}"],
            check=True, capture_output=True, text=True)
        assert "Non-2xx" not in done.stdout, done.stdout
        return float(re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)[1])

    def stop(self):
        self.process.terminate()
        self.process.wait()


POST = 'wrk.method = "POST"\nwrk.body = \'{"inputs": {"name": "you"}}\'\nwrk.headers["Content-Type"] = "application/json"\n'
ENDED = 'autorun_sessions_ended_total{status="FINISHED"}'


def serving(binary, work, row, commits):
    server = Server(binary, work / "serve", HELLO)
    row("serve: first answer", f"{server.first_answer * 1e3:.0f} ms", "", "", "under 100 ms", server.first_answer < 0.1)
    sessions = f"/automations/{server.automation}/sessions"
    floor = server.wrk("/healthz", 3, 16)
    server.wrk(sessions, 1, 32, POST)
    before, began = server.metric(ENDED), time.perf_counter()
    server.wrk(sessions, 6, 32, POST)
    while server.metric("autorun_sessions_active") > 0:
        time.sleep(0.01)
    rate = (server.metric(ENDED) - before) / (time.perf_counter() - began)
    row("serve: sessions of three steps begun and ended", f"{rate:,.0f} /s", f"{floor:,.0f} bare/s", f"{rate / floor:.2f}", "1,500 /s", rate >= 1_500)
    ratio = 3 * rate / commits
    row("serve: durable steps of many sessions", f"{3 * rate:,.0f} /s", f"{commits:,.0f} commits/s", f"{ratio:.2f}", "at least 0.80", ratio >= 0.8)
    one = json.loads(server.get(sessions + "?limit=1"))[0]["id"]
    reads = server.wrk(f"{sessions}/{one}", 5, 16)
    row("serve: GET of a session", f"{reads:,.0f} /s", f"{floor:,.0f} bare/s", f"{reads / floor:.2f}", "8,000 /s", reads >= 8_000)
    early, ended = server.memory(), server.metric(ENDED)
    while server.metric(ENDED) < 100_000:
        server.wrk(sessions, 4, 32, POST)
    late = server.memory()
    row("serve: memory over 100,000 sessions", f"{late:.0f} MB", f"{early:.0f} MB at {ended:,.0f}", f"{late / early:.2f}", "within 1.25", late <= 1.25 * early)
    server.stop()
    cancels(binary, work, row)


def cancels(binary, work, row):
    slow = Slow(("127.0.0.1", 0), Never)
    slow.held = 0
    threading.Thread(target=slow.serve_forever, daemon=True).start()
    text = f'automation "Slow"\nSTART begin -> ask\nREST_API ask -> end {{\n  timeout: 10m\n  prompt_template {{ url: "http://127.0.0.1:{slow.server_port}/", allow_private: true }}\n}}\n'
    server = Server(binary, work / "cancel", text, "--at-once", "2000")
    path = f"/automations/{server.automation}/sessions"
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        made = list(pool.map(lambda _: json.loads(server.call("POST", path))["id"], range(1_300)))
    while slow.held < 1_300:
        time.sleep(0.05)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    times = []
    for session in made[:300]:
        began = time.perf_counter()
        answer = server.call("PATCH", f"{path}/{session}/cancel", connection)
        times.append(time.perf_counter() - began)
        assert json.loads(answer)["error"] == "cancelled"
    times.sort()
    p99 = times[int(len(times) * 0.99) - 1]
    row("serve: cancel with 1,000 sessions running, p99", f"{p99 * 1e3:.1f} ms", f"{times[len(times) // 2] * 1e3:.1f} ms median", "", "under 5 ms", p99 < 0.005)
    server.stop()
    slow.shutdown()


ASK = '''automation "Ask"
START begin -> ask
GET_USER_INPUT ask -> end { prompt_template { message: "Really?" } }
'''


def streams(binary, work, row):
    """What 1,000 clients cost that watch sessions in which nothing happens."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4_096) if hard > 0 else 4_096, hard))
    server = Server(binary, work / "streams", ASK)
    path = f"/automations/{server.automation}/sessions"
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        made = list(pool.map(lambda _: json.loads(server.call("POST", path))["id"], range(1_000)))
    while server.metric("autorun_sessions_waiting") < 1_000:
        time.sleep(0.05)
    floor = computed(server, 10)
    clients = [watch(server, f"{path}/{session}") for session in made]
    own = computed(server, 10)
    for client in clients:
        client.close()
    row("serve: processor time of 10 s, 1,000 idle streams", f"{own:.2f} s", f"{floor:.2f} s without", "", "at most 0.1 s more", own <= floor + 0.1)
    server.stop()
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def computed(server, seconds):
    before = server.processor_time()
    time.sleep(seconds)
    return server.processor_time() - before


def watch(server, path):
    """A client that has been sent the session, and waits for what is to come."""
    client = socket.create_connection(("127.0.0.1", server.port), timeout=60)
    client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\nAuthorization: Bearer {server.token}\r\n\r\n".encode())
    text = b""
    while b"event: session" not in text:
        text += client.recv(65_536)
    return client
