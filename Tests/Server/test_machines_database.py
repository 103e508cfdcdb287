"""Several servers on one PostgreSQL server to which something happens: see machines.py for what must hold then."""

import os
import pathlib
import shutil
import subprocess

import pytest

from conftest import until
from machines import Crew, Database, counter, crew, database, made, needs_postgres  # noqa: F401

pytestmark = [needs_postgres, pytest.mark.timeout(400)]


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_the_database_is_started_again(crew, database, mode):
    for _ in range(2):
        crew.start(8)
        crew.under_way()
        database.stop(mode)
        crew.feels()
        database.start()
    crew.settle()


def test_all_connections_are_ended(crew, database):
    for _ in range(6):
        crew.start(3)
        crew.under_way(6)
        database.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'postgres' AND pid <> pg_backend_pid()")
    crew.settle()
    # Nothing was under way at a process that ended, so nothing was asked for twice.
    assert crew.repeated() == {}


def test_a_replica_takes_over(place, made, counter):
    first = made(Database()).start()
    second = made(Database(initdb=None))
    second.program("pg_basebackup", "-d", first.address, "-D", second.data, "-R", "-X", "stream", "-c", "fast")
    second.start()
    # A commit that is told of is on both.
    first.stop()
    first.settings.append("synchronous_standby_names=*")
    first.start()
    until(lambda: first.sql("SELECT sync_state FROM pg_stat_replication") == ["sync"], 30, "the replica")
    address = f"postgres://postgres@/postgres?host={first.folder},{second.folder}&target_session_attrs=read-write"
    crew = Crew(place, first, counter, address)
    crew.serve()
    crew.serve()
    crew.undisturbed().start(12)
    crew.under_way()
    first.stop("immediate")
    second.program("pg_ctl", "promote", "-D", second.data, "-w", "-s")
    crew.settle()


@pytest.mark.parametrize("where", ["data", "log"])
def test_the_disk_of_the_database_is_full(place, made, counter, where):
    """Full where the tables are, the database refuses; full where its log is, it ends."""
    disk = made(SmallDisk(120 if where == "data" else 40))
    settings, small = ["max_wal_size=16MB", "min_wal_size=8MB", "autovacuum=off"], ["--wal-segsize=4"]
    if where == "data":
        database = made(Database(data=disk.folder / "data", settings=settings, initdb=[*small, "-X", disk.log]))
    else:
        database = made(Database(settings=settings, initdb=[*small, "-X", disk.folder / "log"]))
    database.start()
    crew = Crew(place, database, counter)
    crew.serve()
    crew.serve()
    crew.undisturbed().start(6)
    crew.under_way()
    disk.fill()
    # Long texts that cannot be packed need room that is not there.
    text = "(SELECT string_agg(md5(random()::text || j), '') FROM generate_series(1, 20000) AS j)"
    big = f"INSERT INTO autorun.cache SELECT 'full ' || random() || i, {text} FROM generate_series(1, 40) AS i"
    until(lambda: database.sql(big, check=False) == [] and disk.has_refused(database), 60, "the full disk")
    # The servers meet it, too: nothing is asked for any more, since nothing can be recorded.
    crew.stuck()
    disk.empty()
    if not database.sql("SELECT 1", check=False):
        database.stop("immediate")
        database.start()
    database.sql("DELETE FROM autorun.cache WHERE key LIKE 'full %'")
    crew.settle()


class SmallDisk:
    """A file system of so many megabytes, of which a file takes what is left."""

    def __init__(self, megabytes):
        self.folder = pathlib.Path(subprocess.run(["mktemp", "-d", "/tmp/autorun-disk-XXXXXX"], capture_output=True, text=True, check=True).stdout.strip())
        self.log = pathlib.Path(str(self.folder) + "-log")
        command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "none", str(self.folder)]
        if os.getuid() != 0 or subprocess.run(command, capture_output=True).returncode != 0:
            self.folder.rmdir()
            pytest.skip("needs root that may mount a file system")
        shutil.chown(self.folder, "postgres")

    def fill(self):
        with open(self.folder / "ballast", "wb", buffering=0) as ballast:
            try:
                while True:
                    ballast.write(bytes(65_536))
            except OSError:
                pass

    def has_refused(self, database):
        log = (database.folder / "log").read_text(errors="replace")
        return "No space left on device" in log

    def empty(self):
        (self.folder / "ballast").unlink()

    def clean(self):
        subprocess.run(["umount", "-l", str(self.folder)], check=False)
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.rmtree(self.log, ignore_errors=True)
