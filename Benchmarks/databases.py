"""Sessions on PostgreSQL, beside DBOS on the same server in the same run, and beside the server by itself.

The server is Tests/with-postgres.sh's: thrown away afterwards, with the settings that Debian ships. Both sides are as durable as they
ship. Each measurement is made some times, the sides in turn, and of each side the best counts.
"""

import concurrent.futures
import contextlib
import http.server
import json
import os
import pathlib
import random
import subprocess
import threading
import time

import replayed
from serving import ENDED, POST, Server, Slow

ROOT = pathlib.Path(__file__).resolve().parent.parent
PYTHON = ROOT / ".build-venv-dbos" / "bin" / "python"
CLIENT = ROOT / "Benchmarks" / "dbos_client.py"
ROUNDS = 3
CLIENTS = 64
WAITING = 100_000

THREE = """automation "Three"
input n: int
START begin -> one
DATA_TRANSFORM one -> two { prompt_template { value: inputs.n + 1 } }
DATA_TRANSFORM two -> three { prompt_template { value: one.result + 1 } }
DATA_TRANSFORM three -> end { prompt_template { value: two.result + 1 } }
"""
POST_THREE = POST.replace('{"name": "you"}', '{"n": 1}')

ASK = """automation "Ask"
START begin -> ask
GET_USER_INPUT ask -> end { prompt_template { message: "Really?" } }
"""


def loop(visits):
    return f"""automation "Loop"
START begin -> count
DATA_TRANSFORM count -> more {{
  max_visits: {visits + 1}
  prompt_template {{ value: count.?result.orValue(0) + 1 }}
}}
LOGIC_DECISION more {{
  max_visits: {visits + 1}
  prompt_template {{
    done: when count.result >= {visits} -> end
    again: else -> count
  }}
}}
"""


class Measured:
    """A PostgreSQL server with the settings that Debian ships, as long as the body runs; what is started meanwhile keeps its records there."""

    def __init__(self, options=""):
        environment = dict(os.environ, POSTGRES_OPTIONS=options)
        self.process = subprocess.Popen(
            ["sh", ROOT / "Tests" / "with-postgres.sh", "sh", "-c", 'echo "$AUTORUN_STORE"; exec cat >/dev/null'],
            env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.address = self.process.stdout.readline().strip()
        if not self.address:
            raise SystemExit("no PostgreSQL server could be started")
        self.data = pathlib.Path(self.address.partition("?host=")[2]) / "data"

    def __enter__(self):
        self.before = os.environ.get("AUTORUN_STORE")
        os.environ["AUTORUN_STORE"] = self.address
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()
        del os.environ["AUTORUN_STORE"]
        if self.before is not None:
            os.environ["AUTORUN_STORE"] = self.before

    def of(self, name):
        """The address of another database of the server, made where it is missing."""
        if self.sql(f"SELECT 1 FROM pg_database WHERE datname = '{name}'") == "":
            self.sql(f"CREATE DATABASE {name}")
        return self.address.replace("@/postgres?", f"@/{name}?")

    def sql(self, statement):
        done = subprocess.run(
            ["psql", "-qAtX", "-v", "ON_ERROR_STOP=1", "-d", self.address, "-c", statement],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def number(self, statement):
        return int(self.sql(statement))

    def processor_time(self):
        return processor_seconds(self.data)

    def size(self):
        return self.number("SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace WHERE nspname = 'autorun' AND relkind = 'r'")


def processor_seconds(data):
    """What the server of these data and all of its processes have computed, those included that have ended."""
    first, ticks = int((data / "postmaster.pid").read_text().split()[0]), 0
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(stat.parent.name) == first:
            ticks += sum(map(int, fields[11:15]))
        elif int(fields[1]) == first:
            ticks += sum(map(int, fields[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


def dbos(database, *arguments):
    """What the program in Python measured, in a database of its own."""
    done = subprocess.run([PYTHON, CLIENT, database.of("dbos"), *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2_000:]
    return json.loads(done.stdout.splitlines()[-1])


@contextlib.contextmanager
def serving(binary, work, text, *arguments):
    server = Server(binary, work / f"server{random.getrandbits(32):08x}", text, *arguments, file=work / "served.auto")
    try:
        yield server
    finally:
        server.stop()


def path(server):
    return f"/automations/{server.automation}/sessions"


def rate_by_api(server, seconds):
    """Sessions a second that clients start and the server brings to their end."""
    before, began = server.metric(ENDED), time.monotonic()
    server.wrk(path(server), seconds, CLIENTS, POST_THREE)
    while server.metric("autorun_sessions_active") > 0:
        time.sleep(0.01)
    return (server.metric(ENDED) - before) / (time.monotonic() - began)


def best_with_cost(database, rate, ended):
    """The best of some rates of sessions, and the least that the database computed for one."""
    rates, costs = [], []
    for _ in range(ROUNDS):
        before, began = database.processor_time(), ended()
        rates.append(rate())
        costs.append((database.processor_time() - before) / (ended() - began))
    return max(rates), min(costs)


def sessions(binary, work, row):
    """Sessions of three steps that clients start over HTTP, beside workflows of three steps that are begun at once."""
    ours, costs, theirs = [], [], {}
    with Measured() as database, serving(binary, work, THREE) as server:
        rate_by_api(server, 1)
        for _ in range(ROUNDS):
            before, ended = database.processor_time() + server.processor_time(), server.metric(ENDED)
            ours.append(rate_by_api(server, 6))
            costs.append((database.processor_time() + server.processor_time() - before) / (server.metric(ENDED) - ended))
            for way, rate in dbos(database, "sessions", 300).items():
                theirs[way] = max(rate, theirs.get(way, 0))
    way = max(theirs, key=theirs.get)
    wanted = 20 * theirs[way]
    row("postgres: sessions of three steps", f"{max(ours):,.0f} /s", f"{theirs[way]:,.0f} /s DBOS, {way}", f"{max(ours) / theirs[way]:.1f}", "at least 20", max(ours) >= wanted)
    most = os.cpu_count() / wanted
    row("postgres: processor time of one, the database's too", f"{1e3 * min(costs):.2f} ms", f"{1e3 * most:.2f} ms", f"{min(costs) / most:.2f}",
        f"20 times DBOS on {os.cpu_count()} cores", min(costs) <= most)


def steps(binary, work, row):
    """Durable steps a second, each of which is recorded: of one session, and of 100 at once."""
    count, many, each = 1_000, 100, 40
    long, empty = work / "loop.auto", work / "empty.auto"
    long.write_text(loop(count // 2))
    empty.write_text('automation "Empty"\nSTART begin -> end\n')
    one, theirs, together, theirs_together = [], [], [], []
    with Measured() as database:
        for _ in range(ROUNDS):
            one.append(count / (seconds(binary, "run", long) - seconds(binary, "run", empty)))
            theirs.append(dbos(database, "step", 300))
        with serving(binary, work, loop(each // 2)) as server:
            for _ in range(ROUNDS):
                together.append(many * each / all_ended(server, many))
                theirs_together.append(dbos(database, "steps", many, 10))
    for what, own, other in [("one session", one, theirs), ("100 sessions at once", together, theirs_together)]:
        ratio = max(own) / max(other)
        row(f"postgres: durable steps of {what}", f"{max(own):,.0f} /s", f"{max(other):,.0f} /s DBOS", f"{ratio:.1f}", "more than DBOS", ratio > 1)


def seconds(*command):
    began = time.monotonic()
    subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.monotonic() - began


def all_ended(server, count):
    """Seconds in which so many sessions begin and end."""
    began, before = time.monotonic(), server.metric(ENDED)
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: server.call("POST", path(server)), range(count)))
    while server.metric(ENDED) < before + count:
        time.sleep(0.01)
    return time.monotonic() - began


class Asked(http.server.BaseHTTPRequestHandler):
    """Notes when it was first asked, and answers after a while."""

    def do_GET(self):
        self.server.asked.append(time.monotonic())
        time.sleep(self.server.delay)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def asked(delay=0.0):
    """A server that steps ask, and the automation whose only step asks it."""
    server = Slow(("127.0.0.1", 0), Asked)
    server.asked, server.delay = [], delay
    threading.Thread(target=server.serve_forever, daemon=True).start()
    step = f'REST_API ask -> end {{\n  timeout: 60s\n  prompt_template {{ url: "http://127.0.0.1:{server.server_port}/", allow_private: true }}\n}}\n'
    yield server, f'automation "Asking"\nSTART begin -> ask\n{step}'
    server.shutdown()


def latency(binary, work, row):
    """From the asking for a session, at one server, to the first step of it at another one that takes it from the queue."""
    with Measured() as database, asked() as (outside, text):
        theirs = dbos(database, "latency", 30)
        times = []
        with serving(binary, work, text, "--no-work") as front, serving(binary, work, text):
            for number in range(102):
                time.sleep(0.05 * random.random())
                began = time.monotonic()
                front.call("POST", path(front))
                while len(outside.asked) <= number:
                    time.sleep(0.0002)
                times.append(outside.asked[number] - began)
    for name, place in [("p50", 0.5), ("p95", 0.95)]:
        own, other = (sorted(found)[int(place * (len(found) - 1))] for found in (times[2:], theirs))
        row(f"postgres: from the queue to the first step, {name}", f"{1e3 * own:.1f} ms", f"{1e3 * other:.0f} ms DBOS", f"{own / other:.3f}", "below DBOS", own < other)


def waiting(binary, work, row):
    """What sessions cost that wait for a person; all but the first are copies of its rows."""
    with Measured() as database:
        with serving(binary, work, ASK) as server:
            server.call("POST", path(server))
            while database.sql("SELECT count(*) FROM autorun.session WHERE waits") != "1":
                time.sleep(0.05)
        database.sql("VACUUM (FULL, ANALYZE) autorun.session, autorun.step, autorun.trace")
        bare, size = idle(binary, work, database), database.size()
        copy(database)
        database.sql("VACUUM ANALYZE autorun.session, autorun.step, autorun.trace")
        rows = database.number(f"SELECT ({' + '.join(f'(SELECT count(*) FROM autorun.{table})' for table in TABLES)})")
        full = idle(binary, work, database)
        each = (database.size() - size) / WAITING
        theirs = dbos(database, "waiting", 500)
    row(f"postgres: one of {WAITING:,} that wait", f"{each:,.0f} bytes in {rows / (WAITING + 1):.0f} rows", f"{1e6 * theirs['megabytes'] / 500:,.0f} bytes of memory DBOS", "", "under 2,000 bytes", each < 2_000)
    for what, unit, own, floor, most in [
        ("a server's start beside them", "ms", full[0], bare[0], 0.05),
        ("processor time of an idle server, 10 s", "ms", full[1], bare[1], 0.1),
        ("processor time of its database, 10 s", "ms", full[2], bare[2], 0.1),
    ]:
        row(f"postgres: {what}", f"{1e3 * own:.0f} {unit}", f"{1e3 * floor:.0f} {unit} with one", f"{own / max(floor, 0.001):.2f}", f"at most {1e3 * most:.0f} ms more", own <= floor + most)


TABLES = ("session", "step", "trace")


def copy(database):
    """Each row again for each number, with another id of its session."""
    for table in TABLES:
        key = "id" if table == "session" else "session_id"
        names = database.sql(f"SELECT string_agg(column_name, ', ') FROM information_schema.columns WHERE table_schema = 'autorun' AND table_name = '{table}'")
        values = ", ".join(f"(left({key}::text, 24) || lpad(to_hex(i), 12, '0'))::uuid" if name == key else name for name in names.split(", "))
        database.sql(f"INSERT INTO autorun.{table} ({names}) SELECT {values} FROM autorun.{table}, generate_series(1, {WAITING}) AS i")


def idle(binary, work, database):
    """Seconds until a server answers, and those that it and the database compute in 10 s afterwards."""
    starts = []
    for _ in range(ROUNDS):
        with serving(binary, work, ASK) as server:
            starts.append(server.first_answer)
    with serving(binary, work, ASK) as server:
        time.sleep(3)
        before = (server.processor_time(), database.processor_time())
        time.sleep(10)
        return min(starts), server.processor_time() - before[0], database.processor_time() - before[1]


def by_itself(binary, work, row):
    """Sessions beside what the database takes by itself of the same rows, by the same statements."""
    with Measured(replayed.OPTIONS) as database:
        with serving(binary, work, THREE) as server:
            rate_by_api(server, 1)
            ours, own = best_with_cost(database, lambda: rate_by_api(server, 5), lambda: server.metric(ENDED))
            replayed.log(database, "all")
            rate_by_api(server, 3)
            statements = replayed.Statements(database)
        replayed.log(database, "none")
        floors = []
        for connections in replayed.CONNECTIONS:
            before = database.processor_time()
            rate = replayed.rate(database, statements, connections)
            floors.append((rate, connections, (database.processor_time() - before) / (connections * len(statements.sessions))))
    floor, connections, _ = max(floors)
    least = min(cost for _, _, cost in floors)
    ratio = ours / floor
    row("postgres: sessions, beside the database by itself", f"{ours:,.0f} /s", f"{floor:,.0f} /s pgbench -c {connections}", f"{ratio:.2f}", "at least 0.70", ratio >= 0.7)
    # What the database needs for a session bounds what it takes where servers and clients have cores of their own.
    row("postgres: the database's processor time of a session", f"{1e3 * own:.2f} ms", f"{1e3 * least:.2f} ms by itself", f"{least / own:.2f}", "at least 0.70", least >= 0.7 * own)


def queued(binary, work, text, count, servers, *arguments):
    """Sessions a second that servers take from a queue and bring to their end, and how many cores were busy meanwhile."""
    with contextlib.ExitStack() as stack:
        front = stack.enter_context(serving(binary, work, text, "--no-work"))
        body = json.dumps({"inputs": {"n": 1}} if "inputs" in text else {})
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            list(pool.map(lambda _: front.call("POST", path(front), body=body), range(count)))
        workers = [stack.enter_context(serving(binary, work, text, *arguments)) for _ in range(servers)]
        done, began, busy = sum(one.metric(ENDED) for one in workers), time.monotonic(), busy_seconds()
        while (ended := sum(one.metric(ENDED) for one in workers)) < count:
            time.sleep(0.02)
        took = time.monotonic() - began
        return (ended - done) / took, (busy_seconds() - busy) / took


def busy_seconds():
    """Seconds that the machine's cores have computed, for whomever."""
    with open("/proc/stat") as stat:
        user, nice, system, _, _, interrupts, soft, *_ = map(int, stat.readline().split()[1:])
    return (user + nice + system + interrupts + soft) / os.sysconf("SC_CLK_TCK")


def pair(binary, work, row):
    """Two servers on one database beside one: where they compute, and where they have room since their steps wait for others."""
    with Measured(), asked(delay=0.2) as (_, text):
        for what, given, count, arguments in [
            ("two servers with sessions of three steps", THREE, 2_000, []),
            ("two servers with 20 at once that wait for 0.2 s", text, 600, ["--at-once", "20"]),
        ]:
            one, two = (max(queued(binary, work, given, count, servers, *arguments) for _ in range(ROUNDS)) for servers in (1, 2))
            ratio = two[0] / one[0]
            # Servers that mostly wait, and those to whom a core is left, hold each other up if two are not faster.
            has_room = given is text or two[1] < os.cpu_count() - 0.5
            row(f"postgres: {what}", f"{two[0]:,.0f} /s, {two[1]:.1f} of {os.cpu_count()} cores", f"{one[0]:,.0f} /s by one, {one[1]:.1f}", f"{ratio:.2f}",
                "at least 1.8" if has_room else "1.8 where cores are left", ratio >= 1.8 or not has_room)


def postgres(binary, work, row):
    if not PYTHON.exists():
        raise SystemExit("DBOS is missing: `make .build-venv-dbos/made` installs it")
    own = work / "postgres"
    own.mkdir()
    for part in (sessions, by_itself, steps, latency, waiting, pair):
        part(binary, own, row)
