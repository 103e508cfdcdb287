"""Stores that are made by several at once, that are damaged, that cannot be written; and watchers that cost nothing."""

import contextlib
import json
import os
import pathlib
import resource
import sqlite3
import subprocess

import pytest

from conftest import ASK, BIN, HELLO, calls, until, watcher


def test_four_make_the_store_at_once(place):
    file = place.file("hello.auto", HELLO)
    for round in range(5):
        store = str(place.folder / f"new-{round}" / "store.sqlite")
        command = [BIN / "autorun", "run", file, "--store", store]
        processes = [subprocess.Popen(command, env=place.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(4)]
        for process in processes:
            out, errors = process.communicate(timeout=60)
            assert process.returncode == 0 and out == "Hello WORLD\n", errors
        assert len(json.loads(place.run("sessions", "--json", "--store", store).stdout)) == 4


def filled(place, count=40):
    """A store with so many sessions, all of it in the one file."""
    file = place.file("hello.auto", HELLO)
    for _ in range(count):
        place.run("run", file, "--input", "name=" + "n" * 400, "--durability", "process")
    store = place.folder / "autorun" / "autorun.sqlite"
    subprocess.run(["python3", "-c", f"import sqlite3; sqlite3.connect({str(store)!r}).execute('PRAGMA wal_checkpoint(TRUNCATE)')"], check=True)
    return file, store


def test_a_damaged_store_is_left_alone(place):
    file, store = filled(place)
    data = bytearray(store.read_bytes())
    middle = len(data) // 2 // 4096 * 4096
    data[middle : middle + 16_384] = b"\xa5" * 16_384
    store.write_bytes(data)
    doctor = place.run("doctor", check=False)
    assert doctor.returncode in (1, 3) and "damaged" in doctor.stdout + doctor.stderr
    for command in (["run", file], ["serve", file, "--listen", "127.0.0.1:0"], ["prune", "--older-than", "0s"], ["token", "new", "x"], ["backup", str(place.folder / "copy.sqlite")]):
        done = place.run(*command, check=False)
        assert done.returncode == 3 and "is damaged" in done.stderr and "autorun doctor" in done.stderr, (command, done.stderr)
    assert store.read_bytes() == data


def unwritable(folder):
    return ["unshare", "-rm", "sh", "-c", 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && shift && exec "$@"', "sh", str(folder)]


@pytest.mark.parametrize("left", ["", "-shm", "-wal"])
def test_a_store_that_may_not_be_written_can_be_looked_at(place, left):
    file, store = filled(place, 3)
    if left:
        # As a process leaves it that was killed: what came last stands in the log only.
        script = f"""
import os, sqlite3
c = sqlite3.connect({str(store)!r})
c.execute("UPDATE automation SET name = 'From the log'")
c.commit()
os._exit(0)
"""
        subprocess.run(["python3", "-c", script], check=True)
        if left == "-wal":
            pathlib.Path(f"{store}-shm").unlink()
    wrap = unwritable(store.parent)
    if subprocess.run([*wrap, "true"], capture_output=True).returncode != 0:
        pytest.skip("needs user namespaces")

    def run(*arguments):
        return subprocess.run([*wrap, BIN / "autorun", *arguments], env=place.environment, capture_output=True, text=True, timeout=60)

    before = {path.name: path.read_bytes() for path in store.parent.iterdir()}
    listed = run("sessions", "--json")
    assert listed.returncode == 0, listed.stderr
    sessions = json.loads(listed.stdout)
    assert len(sessions) == 3 and sessions[0]["automation"] == ("From the log" if left else "Hello")
    shown = run("show", sessions[0]["id"])
    assert shown.returncode == 0 and "FINISHED" in shown.stdout, shown.stderr
    doctor = run("doctor")
    assert doctor.returncode == 0 and "sound" in doctor.stdout, doctor.stderr
    tokens = run("token", "list")
    assert tokens.returncode == 0, tokens.stderr
    copied = run("backup", str(place.folder / "copy.sqlite"))
    assert copied.returncode == 0, copied.stderr
    assert len(json.loads(place.run("sessions", "--json", "--store", str(place.folder / "copy.sqlite")).stdout)) == 3
    assert {path.name: path.read_bytes() for path in store.parent.iterdir()} == before
    written = run("run", file)
    assert written.returncode == 3 and "cannot be" in written.stderr and "SQLite" not in written.stderr


def test_a_token_that_could_not_be_kept_is_no_fault_of_its_name(place):
    assert place.run("token", "new", "one").returncode == 0
    taken = place.run("token", "new", "one", check=False)
    assert taken.returncode == 2 and "there is a token `one` already" in taken.stderr
    with contextlib.closing(sqlite3.connect(place.folder / "autorun" / "autorun.sqlite")) as store:
        store.execute("CREATE TRIGGER refusing BEFORE INSERT ON token BEGIN SELECT RAISE(ABORT, 'refused'); END")
        store.commit()
    refused = place.run("token", "new", "two", check=False)
    assert refused.returncode == 3 and "two" not in refused.stderr, refused.stderr


def test_looking_makes_no_store(place):
    assert place.run("sessions").stdout == ""
    assert "no tokens" in place.run("token", "list").stderr
    copied = place.run("backup", str(place.folder / "copy.sqlite"), check=False)
    assert copied.returncode == 3 and "there is no store" in copied.stderr
    assert not list(place.folder.rglob("*.sqlite"))


def processor_seconds(process):
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.alone
@pytest.mark.timeout(600)
def test_idle_watchers_cost_next_to_nothing(place):
    server = place.serve(place.file("ask.auto", ASK), token=place.token())
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    automation = server.automation("Ask")
    paths = [server.start(automation) for _ in range(20)]
    for path in paths:
        server.waiting(path)
    watchers = [watcher(server, paths[number % 20]) for number in range(1_000)]
    for one in watchers:
        assert one.recv(12) == b"HTTP/1.1 200"
    # Keep-alive lines, one in ten seconds, are all that an idle stream is sent; the first shows that all have settled.
    last = watchers[-1]
    seen = b""
    for count in (1, 2):
        before = processor_seconds(server.process)
        while seen.count(b"\n: \n") < count:
            seen += last.recv(65_536)
    assert processor_seconds(server.process) - before < 1
    assert server.call("PATCH", paths[19] + "/user_input", json={"user_input": "yes"}).status_code == 200
    while b"You said yes" not in seen:
        seen += last.recv(65_536)
    for one in watchers:
        one.close()


def test_a_watcher_sees_what_another_process_does(place, peer):
    slow = peer(delay=1)
    token, file = place.token(), place.file("calls.auto", calls(slow.url))
    first, second = place.serve(file, token=token), place.serve(file, token=token)
    path = first.start(first.automation("Calls"))
    until(lambda: slow.keys, what="the request")
    before = second.get(path)
    assert before.json()["status"] == "RUNNING"
    stream = second.get(path, headers={"Accept": "text/event-stream"}, stream=True)
    poll = second.get(path + "?wait=30s", headers={"If-None-Match": before.headers["ETag"]})
    assert poll.status_code == 200 and poll.json()["steps"][1]["status"] == "FINISHED"
    data = [json.loads(line[6:]) for line in stream.iter_lines(decode_unicode=True) if line.startswith("data: ")]
    assert data[-1]["status"] == "FINISHED" and data[-1] == first.get(path).json()
    # A wait that sees no change ends by itself.
    assert second.get(path + "?wait=1s").status_code == 200
