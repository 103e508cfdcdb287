#!/usr/bin/env python3
"""What PostgreSQL has to do for servers that look for work, and what partitions of its tables by month would cost and save.

Usage: tables.py traffic [WAITING...] or tables.py partitions; each with a PostgreSQL server of its own, thrown away afterwards.
AUTO_BIN names the folder of the binaries.

`traffic` starts real servers beside a thousand holders and so many waiting sessions (0 and 1,000,000 unless said), lets them look
for work, and reads from the database itself what they asked and which processor time that took; what a thousand servers ask is
that a thousand times. A session that waits costs what the two counts differ by.

`partitions` writes and reads the same rows in tables as they are and in tables of 24 partitions.
"""

import pathlib
import re
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "Tests" / "Server"))

from conftest import HELLO, Place  # noqa: E402
from databases import processor_seconds  # noqa: E402
from machines import PROGRAMS, Database, as_postgres  # noqa: E402

SERVERS = 1_000
REAL = 2
SECONDS = 20


def say(*columns):
    print("  ".join(f"{column:>14}" if isinstance(column, (int, str)) and i else f"{column:<44}" for i, column in enumerate(columns)), flush=True)


# Looking for work.


def fill(database, waiting):
    database.sql(f"""
        INSERT INTO autorun.holder SELECT 'machine-' || i || '/1/1', 9999999999 FROM generate_series(1, {SERVERS}) AS i;
        INSERT INTO autorun.session (id, automation_id, version_key, inputs, status, created_at, updated_at, waits, wake_at)
        SELECT (lpad(to_hex(1700000000000 + i), 12, '0') || '70008' || lpad(i::text, 15, '0'))::uuid, automation_id, version_key,
            inputs, 'RUNNING', 1700000000, 1700000000, true, CASE WHEN i % 10 = 0 THEN 9999999999 END
        FROM (SELECT * FROM autorun.session LIMIT 1) AS one, generate_series(1, {waiting}) AS i""")
    database.sql("VACUUM ANALYZE autorun.session")


def traffic(counts):
    rows = {}
    for waiting in counts:
        database = Database(settings=["shared_preload_libraries=pg_stat_statements", "autovacuum_naptime=5s", "max_wal_size=8GB"]).start()
        with tempfile.TemporaryDirectory() as folder:
            place = Place(pathlib.Path(folder))
            try:
                database.sql("CREATE EXTENSION pg_stat_statements")
                place.environment["AUTORUN_STORE"] = database.address
                file = place.file("hello.auto", HELLO)
                token = place.token()
                place.run("run", file)
                fill(database, waiting)
                for _ in range(REAL):
                    place.serve(file, token=token)
                time.sleep(3)
                database.sql("SELECT pg_stat_statements_reset()")
                before, began = processor_seconds(database.data), time.monotonic()
                time.sleep(SECONDS)
                took = (time.monotonic() - began) * REAL
                used = processor_seconds(database.data) - before
                size = database.sql("SELECT pg_size_pretty(pg_total_relation_size('autorun.session'))")[0]
                told = [line.split("|", 3) for line in database.sql(
                    "SELECT calls, total_exec_time, shared_blks_hit + shared_blks_read, regexp_replace(query, '\\s+', ' ', 'g') "
                    "FROM pg_stat_statements WHERE query !~ 'pg_stat' ORDER BY calls DESC, total_exec_time DESC")]
            finally:
                place.clean()
                database.clean()
        rows[waiting] = (used / took, told, took, size)
    for waiting, (share, told, took, size) in rows.items():
        print(f"\n{waiting:,} sessions wait ({size}), {SERVERS:,} holders; of one server, a second:")
        say("statement", "times", "microseconds", "pages")
        for calls, milliseconds, pages, query in told:
            if int(calls) / took < 0.05:
                continue
            calls = int(calls)
            say(re.sub(r"\s+", " ", query)[:44], f"{calls / took:.2f}", f"{1_000 * float(milliseconds) / calls:.0f}", f"{int(pages) / calls:.0f}")
        total = sum(int(one[0]) for one in told) / took
        print(f"{total:.1f} statements a second, {1_000 * share:.2f} ms of processor time a second in the database;")
        print(f"{SERVERS:,} servers: {total * SERVERS:,.0f} statements a second, {share * SERVERS:.1f} cores of the database")


# Partitions.


SETUP = """
CREATE FUNCTION uid(month int, n bigint) RETURNS uuid IMMUTABLE PARALLEL SAFE LANGUAGE sql AS $$
    SELECT (lpad(to_hex(1600000000000 + month * 2592000000 + n), 12, '0') || '70008000' || lpad((n % 1000000000000)::text, 12, '0'))::uuid $$;
CREATE TABLE session (id uuid PRIMARY KEY, automation_id uuid NOT NULL, inputs text NOT NULL, status text NOT NULL, updated_at bigint NOT NULL,
    lease_owner text, fence bigint NOT NULL DEFAULT 0, waits boolean NOT NULL DEFAULT false, wake_at bigint, changes bigint NOT NULL DEFAULT 0) {session};
CREATE INDEX ON session (automation_id, id);
CREATE INDEX ON session (status, id);
CREATE INDEX ON session (id) WHERE status IN ('NEW', 'RUNNING') AND NOT waits AND lease_owner IS NULL;
CREATE INDEX ON session (wake_at) WHERE wake_at IS NOT NULL;
CREATE TABLE step (session_id uuid NOT NULL, ordinal integer NOT NULL, id uuid NOT NULL, status text NOT NULL, result text,
    PRIMARY KEY (session_id, ordinal)) {step};
{parts}
INSERT INTO session SELECT uid(m, i), uid(0, i % 20), '{{}}', 'FINISHED', 0, NULL, 1 FROM generate_series(0, 23) AS m, generate_series(1, 4000) AS i;
INSERT INTO step SELECT id, o, id, 'FINISHED', repeat('x', 400) FROM session, generate_series(1, 6) AS o;
"""

SCRIPTS = {
    "16 steps of 16 sessions": r"""
\set n random(1, 3900)
INSERT INTO step AS step SELECT s.id, n.o, s.id, 'RUNNING', repeat('x', 400)
FROM (SELECT uid(23, :n + i) AS id, 100 + :client_id AS o FROM generate_series(1, 16) AS i) AS n JOIN session AS s ON s.id = n.id
WHERE (s.lease_owner IS NULL OR s.lease_owner = 'me') AND s.fence = 1
ON CONFLICT (session_id, ordinal) DO UPDATE SET status = excluded.status, result = excluded.result WHERE step.status = 'RUNNING';
""",
    "a session taken": r"""
\set n random(1, 3900)
UPDATE session SET lease_owner = NULL, fence = 1, changes = changes + 1 WHERE id = uid(23, :n);
""",
    "a look for work": r"""
SELECT id FROM session WHERE status IN ('NEW', 'RUNNING') AND NOT waits AND lease_owner IS NULL ORDER BY id LIMIT 64 FOR UPDATE SKIP LOCKED;
""",
    "the newest 50 of an automation": r"""
\set n random(0, 19)
SELECT id FROM session WHERE automation_id = uid(0, :n) ORDER BY id DESC LIMIT 50;
""",
}


def parted(table, column):
    parts = "\n".join(f"CREATE TABLE {table}_{m} PARTITION OF {table} FOR VALUES FROM (uid({m}, 0)) TO (uid({m + 1}, 0));" for m in range(24))
    return f"PARTITION BY RANGE ({column})", parts


def measured(database, script):
    path = database.folder / "script"
    path.write_text(script)
    done = subprocess.run(
        [*as_postgres(), f"{PROGRAMS}/pgbench", "-n", "-M", "prepared", "-c", "8", "-j", "2", "-T", "6", "-f", str(path), "-h", str(database.folder), "-U", "postgres", "postgres"],
        cwd=database.folder, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=True)
    return float(re.search(r"tps = ([0-9.]+)", done.stdout)[1])


def timed(body):
    began = time.monotonic()
    body()
    return time.monotonic() - began


def pruned_by_parts(database):
    """As `prune` does it: a thousand sessions in each transaction, then the room is made."""
    while int(database.sql(
            "WITH gone AS (DELETE FROM session WHERE id IN (SELECT id FROM session WHERE id < uid(1, 0) ORDER BY id LIMIT 1000) RETURNING id), "
            "steps AS (DELETE FROM step WHERE session_id IN (SELECT id FROM gone)) SELECT count(*) FROM gone")[0]) == 1_000:
        pass
    database.sql("VACUUM session, step")


def partitions():
    results = {}
    for kind in ("one table", "24 partitions"):
        # What is compared is the statements; the disk is the same for both.
        database = Database(settings=["fsync=off"]).start()
        try:
            (session, s_parts), (step, t_parts) = parted("session", "id"), parted("step", "session_id")
            words = {"session": "", "step": "", "parts": ""} if kind == "one table" else {"session": session, "step": step, "parts": s_parts + t_parts}
            database.sql(SETUP.format(**words))
            database.sql("VACUUM ANALYZE")
            found = {name: f"{measured(database, script):,.0f} /s" for name, script in SCRIPTS.items()}
            if kind == "one table":
                took = timed(lambda: pruned_by_parts(database))
                size = int(database.sql("SELECT pg_total_relation_size('step')")[0])
                # A month comes, a month goes.
                for month in range(24, 27):
                    database.sql(f"INSERT INTO session SELECT uid({month}, i), uid(0, i % 20), '{{}}', 'FINISHED', 0, NULL, 1 FROM generate_series(1, 4000) AS i; "
                                 f"INSERT INTO step SELECT uid({month}, i), o, uid({month}, i), 'FINISHED', repeat('x', 400) FROM generate_series(1, 4000) AS i, generate_series(1, 6) AS o")
                    database.sql(f"DELETE FROM step WHERE session_id < uid({month - 22}, 0)")
                    database.sql(f"DELETE FROM session WHERE id < uid({month - 22}, 0)")
                    database.sql("VACUUM session, step")
                after = int(database.sql("SELECT pg_total_relation_size('step')")[0])
                found["grown after three more months"] = f"{100 * (after - size) / size:+.1f} %"
            else:
                took = timed(lambda: database.sql("DROP TABLE session_0; DROP TABLE step_0"))
            found["a month of 4,000 sessions pruned"] = f"{1_000 * took:.0f} ms"
        finally:
            database.clean()
        results[kind] = found
    say("", *results)
    for name in dict.fromkeys(name for found in results.values() for name in found):
        say(name, *(found.get(name, "") for found in results.values()))


def main():
    if sys.argv[1:2] == ["traffic"]:
        traffic([int(one) for one in sys.argv[2:]] or [0, 1_000_000])
    elif sys.argv[1:] == ["partitions"]:
        partitions()
    else:
        sys.exit(__doc__)


main()
