"""Several servers on one PostgreSQL server, and what happens between machines: see machines.py for what must hold then."""

import calendar
import contextlib
import os
import shutil
import socket
import subprocess
import threading
import time

import pytest

from conftest import until
from machines import LEASE, Counter, Crew, Database, as_postgres, counter, crew, database, go_on, made, needs_postgres, pause  # noqa: F401

pytestmark = [needs_postgres, pytest.mark.timeout(400)]


# The servers.


def test_a_server_that_slept_through_its_lease_writes_nothing(crew):
    crew.start(10)
    crew.under_way()
    sleeper, other = crew.servers
    pause(sleeper)
    crew.servers = [other]
    crew.taken_over()
    before = {path: crew.get(path) for path in crew.sessions}
    go_on(sleeper)
    # It finds that it has lost them, and takes new ones as before.
    crew.servers = [sleeper, other]
    crew.start(4)
    crew.settle()
    assert {path: crew.get(path) for path in before} == before


def test_the_network_is_cut_between_a_server_and_the_database(place, made, database, counter):
    proxy = made(Proxy(database.folder / ".s.PGSQL.5432"))
    crew = Crew(place, database, counter)
    cut = crew.serve(environment={"AUTORUN_STORE": f"postgres://postgres@127.0.0.1:{proxy.port}/postgres?sslmode=disable"})
    other = crew.serve()
    crew.undisturbed().start(10)
    crew.under_way()
    crew.servers = [other]
    # A step that begins there is heard of when another server has done it.
    proxy.cut(b"RUNNING")
    crew.taken_over()
    proxy.mend()
    crew.servers = [cut, other]
    crew.start(4)
    crew.settle()


class Proxy:
    """Stands between a server and the database, and lets nothing through for a time."""

    def __init__(self, target):
        self.target, self.isOpen, self.written = str(target), threading.Event(), None
        self.isOpen.set()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                inside, _ = self.listener.accept()
                self.isOpen.wait()
                outside = socket.socket(socket.AF_UNIX)
                try:
                    outside.connect(self.target)
                except OSError:
                    inside.close()
                    continue
                for pair in ((inside, outside), (outside, inside)):
                    threading.Thread(target=self.pump, args=pair, daemon=True).start()

    def pump(self, source, sink):
        has_written = False
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                self.isOpen.wait()
                sink.sendall(data)
                has_written = has_written or bool(self.written and self.written in data)
                if b"COMMIT" in data:
                    if has_written and self.written:
                        self.written = None
                        self.isOpen.clear()
                    has_written = False
        for one in (source, sink):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def cut(self, written):
        """Lets the next transaction that writes this be committed, and nothing after it: its answer comes when all is mended."""
        self.written = written
        until(lambda: not self.isOpen.is_set(), what=f"{written} on its way")

    def mend(self):
        self.isOpen.set()

    def clean(self):
        self.mend()
        self.listener.close()


class Namespace:
    """A network of its own for a server; the database has an address there that can be taken away."""

    def __init__(self):
        self.name = f"autorun{os.getpid()}"
        # One of 4,096 networks of four addresses or more, so that tests at once have different ones.
        net = f"10.{200 + os.getpid() % 16}.{os.getpid() // 16 % 256}"
        self.here, self.there, self.base = f"{net}.1", f"{net}.2", f"{net}.3"
        self.link = f"ar{os.getpid() % 10**8}"
        if os.getuid() != 0 or self.ip("netns", "add", self.name, check=False):
            pytest.skip("needs root that may make network namespaces")
        self.ip("link", "add", self.link, "type", "veth", "peer", "name", "inside", "netns", self.name)
        self.ip("address", "add", f"{self.here}/24", "dev", self.link)
        self.mend()
        self.ip("link", "set", self.link, "up")
        for command in (("address", "add", f"{self.there}/24", "dev", "inside"), ("link", "set", "inside", "up"), ("link", "set", "lo", "up")):
            self.ip("-n", self.name, *command)

    def ip(self, *arguments, check=True):
        return subprocess.run(["ip", *arguments], check=check, capture_output=True).returncode

    def cut(self):
        self.ip("address", "del", f"{self.base}/24", "dev", self.link)

    def mend(self):
        self.ip("address", "add", f"{self.base}/24", "dev", self.link)

    def clean(self):
        self.ip("link", "del", self.link, check=False)
        self.ip("netns", "del", self.name, check=False)


# Browsers break off what they load when the machine's networks change.
@pytest.mark.alone
def test_a_machine_loses_its_way_to_the_database_for_half_a_minute(place, made):
    net = made(Namespace())
    counter = Counter(net.here)
    database = made(Database(settings=[f"listen_addresses={net.base}"], trusts=f"{net.there}/32")).start()
    crew = Crew(place, database, counter)
    far = {"AUTORUN_STORE": f"postgres://postgres@{net.base}:{database.PORT}/postgres?sslmode=disable"}
    cut = crew.serve("--listen", f"{net.there}:0", wrap=["ip", "netns", "exec", net.name], environment=far)
    other = crew.serve()
    crew.undisturbed().start(10)
    crew.under_way()
    crew.servers = [other]
    net.cut()
    # Half a minute is what this test is about.
    gone = time.monotonic() + 30
    crew.taken_over()
    until(lambda: time.monotonic() > gone, what="half a minute without the database")
    net.mend()
    crew.servers = [cut, other]
    crew.start(4)
    crew.settle()
    counter.shutdown()
    counter.server_close()


CLOCK = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
static long offset(void) { const char *text = getenv("CLOCK_OFFSET"); return text ? atol(text) : 0; }
int clock_gettime(clockid_t which, struct timespec *time) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(which, time);
    if (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE) time->tv_sec += offset();
    return result;
}
int gettimeofday(struct timeval *restrict time, void *restrict zone) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    *time = (struct timeval){ now.tv_sec, now.tv_nsec / 1000 };
    return 0;
}
time_t time(time_t *place) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (place) *place = now.tv_sec;
    return now.tv_sec;
}
"""


def shifted_clock(folder):
    """A library that shifts the time of day of one process, and nothing else of it."""
    compiler = shutil.which("cc") or shutil.which("clang")
    if not compiler:
        pytest.skip("needs a compiler of C")
    (folder / "clock.c").write_text(CLOCK)
    subprocess.run([compiler, "-shared", "-fPIC", "-o", folder / "clock.so", folder / "clock.c", "-ldl"], check=True)
    return str(folder / "clock.so")


def test_clocks_two_minutes_apart(place, database, counter):
    library = shifted_clock(place.folder)
    crew = Crew(place, database, counter)
    crew.serve()
    for offset in ("120", "-120"):
        crew.serve(environment={"LD_PRELOAD": library, "CLOCK_OFFSET": offset})
    crew.undisturbed().start(12)
    ahead = crew.servers[1]
    shifted = ahead.get(ahead.start(ahead.automation("Journey"), {"n": 999_999})).json()["created_at"]
    assert abs(calendar.timegm(time.strptime(shifted, "%Y-%m-%dT%H:%M:%SZ")) - time.time() - 120) < 10
    # Longer than a lease: whoever counted by its own clock would take what others hold.
    end = time.monotonic() + LEASE + 5
    while time.monotonic() < end:
        crew.start(3)
        crew.under_way(12)
    crew.settle(most=1)
    assert not [line for server in crew.servers for line in server.lines() if "taken over" in line.get("message", "")]


def test_behind_pgbouncer(place, made, database, counter):
    bouncer = made(Bouncer(database))
    crew = Crew(place, database, counter, bouncer.address)
    crew.serve()
    crew.serve()
    crew.undisturbed().start(10)
    crew.under_way()
    victim = crew.servers[0]
    victim.kill()
    crew.serve()
    bouncer.restart()
    crew.settle()


def test_behind_pgbouncer_in_its_statement_mode(place, made, database):
    """It lets nobody begin a transaction, which no later try changes."""
    place.environment["AUTORUN_STORE"] = made(Bouncer(database, mode="statement")).address
    began = time.monotonic()
    refused = place.run("store", "migrate", check=False)
    assert refused.returncode == 3 and "pool_mode" in refused.stderr, refused.stderr
    assert time.monotonic() - began < 30


class Bouncer:
    """pgbouncer, which gives each transaction any connection of the database, or each statement."""

    def __init__(self, database, mode="transaction"):
        self.program = shutil.which("pgbouncer", path=os.environ.get("PATH", "") + ":/usr/sbin")
        if not self.program:
            pytest.skip("needs Debian's pgbouncer")
        self.folder = database.folder / "bouncer"
        self.folder.mkdir()
        if os.getuid() == 0:
            shutil.chown(self.folder, "postgres")
        (self.folder / "users").write_text('"postgres" ""\n')
        (self.folder / "settings").write_text(
            f"[databases]\npostgres = host={database.folder}\n[pgbouncer]\npool_mode = {mode}\ndefault_pool_size = 8\n"
            f"listen_addr =\nlisten_port = 6432\nunix_socket_dir = {self.folder}\nauth_type = trust\nauth_file = {self.folder}/users\n"
            f"logfile = {self.folder}/log\nmax_client_conn = 200\n")
        self.address = f"postgres://postgres@/postgres?host={self.folder}&port=6432"
        self.start()

    def start(self):
        self.process = subprocess.Popen([*as_postgres(), self.program, "-q", str(self.folder / "settings")], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until(lambda: (self.folder / ".s.PGSQL.6432").exists(), what="pgbouncer")

    def restart(self):
        self.clean()
        (self.folder / ".s.PGSQL.6432").unlink(missing_ok=True)
        self.start()

    def clean(self):
        self.process.kill()
        self.process.wait()


# Versions.


def test_two_versions_side_by_side(crew, database):
    """A newer version brings the tables up to date while this one works, and says whether this one may go on beside it."""
    crew.start(8)
    crew.under_way()
    newest = int(database.sql("SELECT max(number) FROM autorun.migration")[0])
    database.sql(
        "BEGIN; ALTER TABLE autorun.session ADD COLUMN tomorrow text NOT NULL DEFAULT ''; ALTER TABLE autorun.step ADD COLUMN tomorrow bigint; "
        f"INSERT INTO autorun.migration (number, needs) VALUES ({newest + 1}, {newest}); COMMIT")
    crew.serve()
    crew.start(4)
    crew.settle()
    assert crew.repeated() == {}
    # One that may not is told so before it writes anything; who works already is not stopped by it.
    database.sql(f"UPDATE autorun.migration SET needs = {newest + 1} WHERE number = {newest + 1}")
    refused = crew.place.run("sessions", check=False)
    assert refused.returncode == 3 and "was written by a newer autorun" in refused.stderr


def test_the_tables_are_brought_up_to_date_while_an_older_server_works(crew, database):
    """What the newest change of the tables did is taken back, as if the servers were of the version before."""
    newest = int(database.sql("SELECT max(number) FROM autorun.migration")[0])
    if newest < 2:
        pytest.skip("there is one version of the tables yet")
    database.sql(
        "BEGIN; DROP INDEX autorun.session_alone_due, autorun.session_batch_due, autorun.session_batch_held, autorun.session_cancelled; "
        "DELETE FROM autorun.migration WHERE number = (SELECT max(number) FROM autorun.migration); COMMIT")
    crew.start(8)
    crew.under_way()
    migrated = crew.place.run("store", "migrate")
    assert database.sql("SELECT max(number) FROM autorun.migration") == [str(newest)], migrated.stdout
    crew.serve()
    crew.settle()
    assert crew.repeated() == {}


# Ending.


def test_a_rolling_restart_repeats_nothing(crew):
    """Each server is told to end while its steps are under way; another one goes on from the next step at once."""
    for _ in range(4):
        crew.start(8)
        crew.under_way(10)
        ending = crew.alive()[0]
        crew.serve()
        assert ending.stop(40) == 0
        assert [line for line in ending.lines() if "given back" in line.get("message", "")]
    crew.settle(60, most=1)
