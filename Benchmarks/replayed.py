"""What a PostgreSQL server takes by itself of what autorun writes: the statements that it has logged, sent again by pgbench.

The same statements with the same rows, prepared as autorun prepares them, in the same transactions; only the sessions have other ids. Each
connection sends all of it once, with ids of its own. What reads is left out: it writes no rows.
"""

import csv
import pathlib
import random
import re
import subprocess
import tempfile

# With these the server writes its log to files that a program can read.
OPTIONS = "-c logging_collector=on -c log_destination=csvlog -c log_directory=statements"
CONNECTIONS = (1, 2, 4, 8)

PROCESS, MESSAGE, DETAIL = 3, 13, 14
EXECUTED = re.compile(r"execute \S+: (.*)", re.S)
PARAMETER = re.compile(r"\$\d+ = (NULL|'(?:[^']|'')*')")
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
WRITES = ("INSERT INTO autorun.session ", "UPDATE autorun.session ", "INSERT INTO autorun.step ", "INSERT INTO autorun.trace ")
csv.field_size_limit(1 << 30)


def log(database, what):
    """What the server logs of the statements that it is sent: all or none."""
    database.sql(f"ALTER SYSTEM SET log_statement = '{what}'")
    database.sql("SELECT pg_reload_conf()")


class Statements:
    """What was written of sessions, in the order of the commits."""

    def __init__(self, database):
        self.transactions, self.sessions = [], set()
        begun = {}
        for path in sorted((database.data / "statements").glob("*.csv")):
            with open(path, newline="") as file:
                for line in csv.reader(file):
                    self.read(begun, line[PROCESS], line[MESSAGE], line[DETAIL])

    def read(self, begun, process, message, detail):
        if message.startswith("statement: BEGIN"):
            begun[process] = [(message.removeprefix("statement: "), "")]
        elif process not in begun:
            return
        elif message == "statement: COMMIT":
            transaction = begun.pop(process)
            if any(text.startswith(WRITES) for text, _ in transaction):
                self.transactions.append(transaction)
        elif message.startswith("statement: ROLLBACK"):
            del begun[process]
        elif found := EXECUTED.fullmatch(message):
            text, values = " ".join(found[1].split()), PARAMETER.findall(detail)
            # An automation and its version are written with the first of its sessions only.
            if text.startswith(("INSERT", "UPDATE")) and not text.startswith(WRITES):
                return
            begun[process].append((text, ", ".join(values)))
            if text.startswith(WRITES[0]):
                self.sessions |= set(UUID.findall(values[0]))

    def script(self):
        """All of it, for one connection, with new ids of the sessions."""
        ids = {one: one[:24] + f"{random.getrandbits(48):012x}" for one in self.sessions}
        prepared, lines = {}, []
        for number, transaction in enumerate(self.transactions):
            # The tables grow from nothing: what was planned for small ones would be slow.
            if number % 100 == 0:
                lines.append("DISCARD PLANS;")
            for text, values in transaction:
                if text.startswith("BEGIN"):
                    lines.append(text.replace(";", "\\;") + ";")
                    continue
                if text not in prepared:
                    prepared[text] = f"s{len(prepared)}"
                known = UUID.sub(lambda found: ids.get(found[0], found[0]), values)
                lines.append(f"EXECUTE {prepared[text]}" + (f"({known});" if known else ";"))
            lines.append("COMMIT;")
        return "\n".join([f"PREPARE {name} AS {text};" for text, name in prepared.items()] + lines) + "\n"


def rate(database, statements, connections):
    """Sessions a second, with so many connections at once, into empty tables."""
    database.sql("TRUNCATE autorun.session, autorun.step, autorun.trace")
    database.sql("CHECKPOINT")
    with tempfile.TemporaryDirectory() as folder:
        processes = []
        for number in range(connections):
            path = pathlib.Path(folder) / f"{number}.sql"
            path.write_text(statements.script())
            processes.append(["pgbench", "-n", "-M", "simple", "-c", "1", "-t", "1", "-l", f"--log-prefix={folder}/log{number}", "-f", path, database.address])
        running = [subprocess.Popen(one, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) for one in processes]
        for one in running:
            _, words = one.communicate()
            assert one.returncode == 0, words[-2_000:]
        times = []
        for one in pathlib.Path(folder).glob("log*"):
            # Which client, which transaction, microseconds, which script, and when it ended.
            _, _, took, _, second, microsecond, *_ = one.read_text().split()
            end = int(second) + int(microsecond) / 1e6
            times.append((end - int(took) / 1e6, end))
    count = len(statements.sessions) * connections
    found = database.number("SELECT count(*) FROM autorun.session WHERE status = 'FINISHED'")
    assert found == count, f"{found} of {count} sessions were written again"
    return count / (max(end for _, end in times) - min(begin for begin, _ in times))
