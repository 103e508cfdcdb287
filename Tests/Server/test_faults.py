"""Servers that are killed, that share a store, whose disk is full, and ten thousand sessions that wait."""

import concurrent.futures
import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import threading

import pytest

from conftest import ASK, HELLO, TELL, calls, until, watcher


def together(count, work, threads=32):
    """Does the work for each number below `count`, by many at once."""
    numbers, results, lock = iter(range(count)), [], threading.Lock()

    def run():
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            result = work(number)
            with lock:
                results.append(result)

    workers = [threading.Thread(target=run) for _ in range(min(threads, count))]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return results


def test_after_sigkill_sessions_go_on_by_themselves(place, peer):
    slow = peer(delay=0.4)
    token = place.token()
    text = calls(slow.url).replace("REST_API a -> end", "REST_API a -> b") + f"""REST_API b -> end {{
  timeout: 60s
  prompt_template {{ url: "{slow.url}/b", method: "POST", allow_private: true }}
}}
"""
    file = place.file("calls.auto", text)
    server = place.serve(file, token=token)
    automation = server.automation("Calls")
    paths = [server.start(automation) for _ in range(20)]
    until(lambda: len(slow.keys) >= 30, what="the requests")
    shown = {path: server.get(path).json() for path in paths}
    server.kill()
    server = place.serve(file, token=token)
    for path in paths:
        record = server.ended(path)
        assert record["status"] == "FINISHED"
        for before, after in zip(shown[path]["steps"], record["steps"]):
            assert before["id"] == after["id"]
            if before["status"] == "FINISHED":
                assert before == after
    # Each of the 40 steps has a key of its own; a step in flight was asked again by the same.
    assert len(set(slow.keys)) == 40 and len(slow.keys) <= 60


TWO_STEPS = """automation "Two"
START begin -> a
REST_API a -> b {{
  timeout: 60s
  prompt_template {{ url: "{0}/a", method: "POST", allow_private: true }}
}}
REST_API b -> end {{
  timeout: 60s
  prompt_template {{ url: "{0}/b", method: "POST", allow_private: true }}
}}
"""


def test_a_server_that_is_stopped_waits_for_the_step_under_way(place, peer):
    slow = peer(delay=2)
    token, file = place.token(), place.file("two.auto", TWO_STEPS.format(slow.url))
    server = place.serve(file, token=token)
    path = server.start(server.automation("Two"))
    until(lambda: slow.keys, what="the request")
    server.process.send_signal(signal.SIGTERM)
    until(lambda: server.get("/readyz").status_code == 503, what="the end's beginning")
    assert server.get("/healthz").status_code == 200 and server.get(path).json()["status"] == "RUNNING"
    assert server.process.wait(timeout=20) == 0
    # The next step is left to the next server, and nothing is asked for twice.
    assert len(slow.keys) == 1 and slow.gone == 0
    slow.delay = 0
    server = place.serve(file, token=token)
    assert server.ended(path)["status"] == "FINISHED"
    assert len(slow.keys) == 2 and len(set(slow.keys)) == 2


@pytest.mark.parametrize("how", ["the time is over", "a second signal"])
def test_a_server_that_is_stopped_leaves_its_sessions_to_be_resumed(place, peer, how):
    slow = peer(delay=50)
    token, file = place.token(), place.file("calls.auto", calls(slow.url))
    server = place.serve(file, "--grace", "1" if how == "the time is over" else "40", token=token)
    path = server.start(server.automation("Calls"))
    until(lambda: slow.keys, what="the request")
    if how == "a second signal":
        server.process.send_signal(signal.SIGTERM)
        until(lambda: [line for line in server.lines() if "waits for steps" in line.get("message", "")], what="the line in the log")
    assert server.stop() == 0
    until(lambda: slow.gone == 1, what="the end of the connection")
    slow.delay = 0
    server = place.serve(file, token=token)
    assert server.ended(path)["status"] == "FINISHED"
    assert len(slow.keys) == 2 and len(set(slow.keys)) == 1


@pytest.mark.parametrize("clients", ["polite", "stubborn"])
def test_a_server_that_is_stopped_lets_its_watchers_go(place, model, clients):
    token = place.token()
    server = place.serve(place.file("tell.auto", TELL), token=token, environment=model(3_000 * [400 * "word "]))
    path = server.start(server.automation("Tell"))
    server.waiting(path)
    if clients == "polite":
        stream = server.get(path, headers={"Accept": "text/event-stream"}, stream=True)
        lines = stream.iter_lines()
        assert next(lines).startswith(b"id: ") and next(lines) == b"event: session"
        with concurrent.futures.ThreadPoolExecutor() as pool:
            poll = pool.submit(lambda: server.get(path + "?wait=60s"))
            until(lambda: poll.running(), what="the poll")
            assert server.stop(4) == 0
            assert poll.exception() or poll.result().status_code in (200, 304)
        list(lines)
        return
    # One reads nothing of what it asked for, one never ends what it says.
    with watcher(server, path), watcher(server, path, "PATCH", "/user_input", "Content-Length: 1000\r\n") as other:
        server.call("PATCH", path + "/user_input", json={"user_input": "words"})
        # More than the system keeps for a client that reads nothing: on a busy machine that is a lot to say.
        assert server.ended(path, seconds=120)["status"] == "FINISHED"
        other.sendall(b"{")
        assert server.stop(10) == 0


def test_two_servers_on_one_store(place, peer):
    slow = peer(delay=0.3)
    token, file = place.token(), place.file("calls.auto", calls(slow.url))
    first, second = place.serve(file, token=token), place.serve(file, token=token)
    automation = first.automation("Calls")
    paths = together(60, lambda number: (first, second)[number % 2].start(automation), 8)
    until(lambda: len(slow.keys) >= 40, what="the requests")
    first.kill()
    for path in paths:
        assert second.ended(path)["status"] == "FINISHED"
    # None ran twice, but those in flight in the one that died.
    assert len(set(slow.keys)) == 60
    # One server answers what was asked by another.
    asks = place.file("ask.auto", ASK)
    third, ask = place.serve(file, asks, token=token), place.serve(asks, token=token)
    path = ask.start(ask.automation("Ask"))
    third.waiting(path)
    assert third.call("PATCH", path + "/user_input", json={"user_input": "yes"}).status_code == 200
    assert third.ended(path)["status"] == "FINISHED"


def test_the_command_and_the_server_share_a_store(place, peer):
    slow = peer(delay=30)
    token, file, called = place.token(), place.file("ask.auto", ASK), place.file("calls.auto", calls(slow.url))
    server = place.serve(file, called, token=token)
    waits = place.run("run", file, check=False)
    assert waits.returncode == 4
    path = f"/automations/{server.automation('Ask')}/sessions/" + place.run("sessions", "--json").stdout.split('"id": "')[1][:36]
    assert server.call("PATCH", path + "/user_input", json={"user_input": "no"}).status_code == 200
    assert server.ended(path)["steps"][2]["result"] == "You said no"
    process = subprocess.Popen([place_bin(), "run", called], env=place.environment, stderr=subprocess.PIPE)
    until(lambda: slow.keys, what="the request")
    record = next(one for one in json.loads(place.run("sessions", "--json").stdout) if one["automation"] == "Calls")
    ended = server.call("PATCH", f"/automations/{record['automation_id']}/sessions/{record['id']}/cancel").json()
    assert ended["error"] == "cancelled" and process.wait(20) == 130


def place_bin():
    from conftest import BIN

    return BIN / "autorun"


def test_the_queue_has_a_limit(place, peer):
    slow = peer(delay=1)
    server = place.serve(place.file("calls.auto", calls(slow.url)), "--at-once", "2", "--queue", "3", token=place.token())
    path = f"/automations/{server.automation('Calls')}/sessions"
    answers = [server.call("POST", path) for _ in range(8)]
    refused = [one for one in answers if one.status_code == 429]
    assert len(refused) == 3 and all(int(one.headers["Retry-After"]) >= 1 for one in refused)
    assert "autorun_queue_length 3" in server.get("/metrics").text
    taken = [f"{path}/{one.json()['id']}" for one in answers if one.status_code == 201]
    assert {server.ended(one)["status"] for one in taken} == {"FINISHED"} and len(taken) == 5


@pytest.mark.timeout(300)
def test_a_thousand_sessions_at_once(place, peer):
    slow = peer(delay=1)
    server = place.serve(place.file("calls.auto", calls(slow.url)), token=place.token())
    automation = server.automation("Calls")
    paths = together(1_000, lambda _: server.start(automation))
    records = together(1_000, lambda number: server.ended(paths[number], 120))
    assert {record["error"] for record in records} == {None}
    assert {record["status"] for record in records} == {"FINISHED"}
    assert len(set(slow.keys)) == 1_000
    assert server.memory() < 250


@pytest.mark.timeout(300)
def test_ten_thousand_sessions_wait(place):
    token, file = place.token(), place.file("ask.auto", ASK)
    server = place.serve(file, "--durability", "process", token=token)
    ask = server.automation("Ask")
    paths = together(10_000, lambda _: server.start(ask), 16)

    def count():
        return "autorun_sessions_waiting 10000\n" in server.get("/metrics").text

    until(count, 60, "ten thousand waiting sessions")
    assert server.memory() < 150
    server.kill()
    server = place.serve(file, "--durability", "process", token=token)
    assert count() and server.memory() < 150
    for path in paths[::1_000]:
        assert server.waiting(path)
        assert server.call("PATCH", path + "/user_input", json={"user_input": "yes"}).status_code == 200
        assert server.ended(path)["status"] == "FINISHED"
    assert server.call("PATCH", paths[1] + "/cancel").json()["error"] == "cancelled"


def test_a_question_waits_no_longer_than_its_timeout(place):
    text = ASK.replace('result: one_of("yes", "no")', 'result: one_of("yes", "no")\n  timeout: 1s\n  on_error -> late') + \
        'DATA_TRANSFORM late -> end { prompt_template { input: ask.error.kind, value: "too late: ${ask.error.kind}" } }\n'
    server = place.serve(place.file("ask.auto", text), token=place.token())
    path = server.start(server.automation("Ask"))
    server.waiting(path)
    record = server.ended(path)
    assert [s["status"] for s in record["steps"]] == ["FINISHED", "FAILED", "FINISHED"]
    assert record["steps"][2]["result"] == "too late: timeout"


def test_an_answer_while_another_branch_runs(place, peer):
    slow = peer(delay=1.5)
    text = f"""automation "Both"
START begin -> [ask, a]
GET_USER_INPUT ask -> told {{ prompt_template {{ message: "Well?" }} }}
DATA_TRANSFORM told -> end {{ prompt_template {{ input: ask.result, value: ask.result + "!" }} }}
REST_API a -> end {{
  timeout: 60s
  prompt_template {{ url: "{slow.url}/a", method: "POST", allow_private: true }}
}}
"""
    server = place.serve(place.file("both.auto", text), token=place.token())
    path = server.start(server.automation("Both"))
    until(lambda: slow.keys and any(s["status"] == "RUNNING" and s["step"]["name"] == "ask" for s in server.get(path).json()["steps"]))
    assert server.call("PATCH", path + "/user_input", json={"user_input": "fine", "step": "ask"}).status_code == 200
    # The branch goes on at once, not when the other has ended.
    told = until(lambda: [s for s in server.get(path).json()["steps"] if s["step"]["name"] == "told" and s["status"] == "FINISHED"])
    assert told[0]["result"] == "fine!" and server.get(path).json()["status"] == "RUNNING"
    record = server.ended(path)
    assert record["status"] == "FINISHED" and record["steps_count"] == 4 and len(slow.keys) == 1


SMALL = """set -e
mount -t tmpfs -o size=3m tmpfs "$1"
shift
exec "$@"
"""


def can_mount():
    return subprocess.run(["unshare", "-rm", "true"], capture_output=True).returncode == 0


@pytest.mark.skipif(not can_mount(), reason="needs user namespaces")
def test_a_full_disk(place):
    small = place.folder / "small"
    small.mkdir()
    token = place.token()
    seed = place.folder / "autorun" / "autorun.sqlite"
    text = HELLO.replace('"Hello ${shout.result}"', '"x".replace("x", inputs.name)')
    file = place.file("hello.auto", text)
    # What was written may still stand in the log beside the file.
    with contextlib.closing(sqlite3.connect(seed)) as database:
        database.execute("VACUUM INTO ?", [str(place.folder / "seed.sqlite")])
    script = SMALL.replace("exec", f'cp "{place.folder}/seed.sqlite" "{small}/s.sqlite"\nexec')
    server = place.serve(file, "--store", str(small / "s.sqlite"), token=token, wrap=("unshare", "-rm", "sh", "-c", script, "sh", str(small)))
    hello = server.automation("Hello")
    shown, refused = {}, None
    for number in range(200):
        answer = server.call("POST", f"/automations/{hello}/sessions", json={"inputs": {"name": "y" * 60_000}})
        if answer.status_code != 201:
            refused = answer
            break
        path = f"/automations/{hello}/sessions/{answer.json()['id']}"
        shown[path] = server.get(path).json()
    assert refused is not None and refused.status_code == 503
    assert "is full" in refused.json()["detail"] and str(small) not in refused.text
    assert server.get("/healthz").status_code == 200
    for path, before in shown.items():
        after = server.get(path).json()
        known = {step["id"]: step for step in after["steps"]}
        for step in before["steps"]:
            assert step["id"] in known
            if step["status"] == "FINISHED":
                assert known[step["id"]] == step


def test_a_store_that_is_damaged_in_the_middle(place):
    token, file = place.token(), place.file("hello.auto", HELLO)
    server = place.serve(file, token=token)
    hello = server.automation("Hello")
    for _ in range(300):
        server.start(hello, {"name": "n" * 200})
    until(lambda: 'autorun_sessions{status="FINISHED"} 300' in server.get("/metrics").text)
    server.stop()
    store = place.folder / "autorun" / "autorun.sqlite"
    subprocess.run(["python3", "-c", f"import sqlite3; sqlite3.connect({str(store)!r}).execute('PRAGMA wal_checkpoint(TRUNCATE)')"], check=True)
    data = bytearray(store.read_bytes())
    middle = len(data) // 2 // 4096 * 4096
    data[middle : middle + 40_960] = os.urandom(40_960)
    store.write_bytes(data)
    done = place.run("doctor", check=False)
    assert done.returncode in (1, 3) and "damaged" in done.stdout + done.stderr
    refused = place.run("serve", file, "--listen", "127.0.0.1:0", check=False)
    assert refused.returncode == 3 and "is damaged" in refused.stderr
    assert store.read_bytes() == data


def test_a_store_that_may_not_be_written(place):
    file = place.file("hello.auto", HELLO)
    place.token()
    place.run("run", file)
    store = place.folder / "autorun"
    wrap = ["unshare", "-rm", "sh", "-c", 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && shift && exec "$@"', "sh", str(store)]
    if subprocess.run([*wrap, "true"], capture_output=True).returncode != 0:
        pytest.skip("needs user namespaces")
    done = subprocess.run([*wrap, place_bin(), "serve", file, "--listen", "127.0.0.1:0"], env=place.environment, capture_output=True, text=True, timeout=20)
    assert done.returncode == 3 and "cannot be" in done.stderr and "Traceback" not in done.stderr
