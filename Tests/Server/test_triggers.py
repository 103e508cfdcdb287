"""What starts automations besides a person and a client: webhooks, signed as their senders sign them, and the clock."""

import contextlib
import hashlib
import hmac
import json
import re
import select
import socket
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from conftest import HELLO, until

SECRET = "a secret of the hook"

HOOK = """automation "Hook"
input payload: json
secret HOOK
START begin -> name {
  prompt_template { webhook: { secret: secrets.HOOK, header: "X-Hub-Signature-256" } }
}
DATA_TRANSFORM name -> end { prompt_template { value: inputs.payload.?issue.?title.orValue("none") } }
"""

EVERY_MINUTE = """automation "Every minute"
input name: text = "clock"
START begin -> greet { prompt_template { schedule: "* * * * *", catch_up: true } }
DATA_TRANSFORM greet -> end { prompt_template { value: "Hello ${inputs.name}" } }
"""


def deliver(server, automation, body, secret=SECRET, **headers):
    """As a sender that has no token: signed by Python's own hmac."""
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    with requests.Session() as session:
        session.trust_env = False
        return session.post(
            f"{server.url}/automations/{automation}/webhook", data=body, timeout=30,
            headers={"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={signature}", **headers})


def test_a_signed_webhook_starts_a_session_once(place):
    server = place.serve(place.file("hook.auto", HOOK), place.file("hello.auto", HELLO), token=place.token(),
                         environment={"HOOK": SECRET})
    automation = server.automation("Hook")
    body = json.dumps({"action": "opened", "issue": {"title": "Es stürzt ab"}}, ensure_ascii=False).encode()
    answers = [deliver(server, automation, body, X_GitHub_Delivery="72d3162e") for _ in range(3)]
    assert [one.status_code for one in answers] == [202] * 3, answers[0].text
    assert len({one.json()["id"] for one in answers}) == 1
    record = server.ended(answers[0].headers["Location"])
    assert record["status"] == "FINISHED" and record["steps"][-1]["result"] == "Es stürzt ab"
    assert SECRET not in json.dumps(record)
    # A larger one than a block of the digest, and a megabyte.
    for size in (100, 1_000_000):
        assert deliver(server, automation, json.dumps("x" * size).encode()).status_code == 202
    assert deliver(server, automation, body, secret="another").status_code == 401
    assert len(server.get(f"/automations/{automation}/sessions?view=summary").json()) == 3
    # The same signature does not start what has no webhook.
    assert deliver(server, server.automation("Hello"), body).status_code == 401
    assert server.call("POST", f"/automations/{server.automation('Hello')}/webhook", json={}).status_code == 409
    refused = [line for line in server.lines() if line.get("message") == "webhook refused"]
    assert len(refused) == 1 and SECRET not in server.log.read_text()


def unfinished(server, automation, signature, length):
    """A request without a token whose body is still to come; the status that it is answered with, or nothing."""
    one = socket.create_connection(("127.0.0.1", int(server.url.rsplit(":", 1)[1])), timeout=20)
    head = f"POST /automations/{automation}/webhook HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    one.sendall(f"{head}X-Hub-Signature-256: {signature}\r\nContent-Length: {length}\r\n\r\n".encode())
    return one


def test_who_is_not_known_holds_little_of_the_memory(place):
    server = place.serve(place.file("hook.auto", HOOK), token=place.token(), environment={"HOOK": SECRET})
    automation = server.automation("Hook")
    # What can be no signature is told before the body.
    with unfinished(server, automation, "aa", 8_000_000) as one:
        assert one.recv(100).startswith(b"HTTP/1.1 401")
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(unfinished(server, automation, "sha256=" + "a" * 64, 8_000_000)) for _ in range(12)]
        refused = []

        def are_refused():
            ready, _, _ = select.select(held, [], [], 0)
            for one in ready:
                held.remove(one)
                refused.append(one.recv(100))
            return len(refused) == 4

        until(are_refused, what="the refusals")
        assert all(one.startswith(b"HTTP/1.1 429") for one in refused), refused
    # Who comes when they have gone is heard.
    until(lambda: deliver(server, automation, b"{}").status_code == 202, what="room for a body")


@pytest.mark.parametrize("body", [b"text=a", b"payload=%7B%7D", b"a"])
def test_a_form_is_no_delivery(place, body):
    server = place.serve(place.file("hook.auto", HOOK), token=place.token(), environment={"HOOK": SECRET})
    answer = deliver(server, server.automation("Hook"), body, Content_Type="application/x-www-form-urlencoded")
    assert answer.status_code == 415 and "application/json" in answer.json()["detail"]
    assert deliver(server, server.automation("Hook"), b"{}", Content_Type="application/x-www-form-urlencoded").status_code == 202


def test_many_senders_of_one_delivery_start_once(place):
    """At the same time, and on two servers of one store."""
    file = place.file("hook.auto", HOOK)
    token = place.token()
    servers = [place.serve(file, token=token, environment={"HOOK": SECRET}) for _ in range(2)]
    automation = servers[0].automation("Hook")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(
            lambda number: deliver(servers[number % 2], automation, b"{}", Idempotency_Key="one"), range(16)))
    assert {one.status_code for one in answers} == {202}
    assert len({one.json()["id"] for one in answers}) == 1


def kept_schedules(place):
    """What the store keeps of schedules, by key."""
    store = next(path for path in place.folder.rglob("*.sqlite*") if path.suffix in (".sqlite", ".sqlite3"))
    with contextlib.closing(sqlite3.connect(store, isolation_level=None)) as database:
        return store, dict(database.execute("SELECT key, value FROM cache WHERE key LIKE 'schedule/%'").fetchall())


def test_a_start_that_no_server_made_is_made_up_once(place):
    """What the store keeps of a schedule is set back by a day, as if no server had run since."""
    file = place.file("minute.auto", EVERY_MINUTE)
    token = place.token()
    first = place.serve(file, token=token)
    told = until(lambda: [one for one in first.lines() if one.get("message") == "scheduled"], what="the schedule")
    assert told[0]["schedule"] == "* * * * * (UTC)" and told[0]["next"].endswith(" UTC")
    automation = first.automation("Every minute")
    summary = first.get(f"/automations/{automation}?view=summary").json()
    assert summary["schedule"] == "* * * * *" and summary["next_start_at"].endswith(":00Z")
    until(lambda: kept_schedules(place)[1], what="what the store keeps of the schedule")
    first.stop()
    store, kept = kept_schedules(place)
    with contextlib.closing(sqlite3.connect(store, isolation_level=None)) as database:
        for key, value in kept.items():
            earlier = re.sub(r"\d{10}", str(int(time.time()) - 86_400), value)
            assert earlier != value
            database.execute("UPDATE cache SET value = ? WHERE key = ?", (earlier, key))
    servers = [place.serve(file, token=token) for _ in range(2)]

    def made():
        return [line for server in servers for line in server.lines() if line.get("message") == "scheduled start"]

    until(made, what="the start that was missed")
    dues = [line["due"] for line in made()]
    # When a minute ends meanwhile, its own start is there, too.
    assert len(dues) == len(set(dues)) <= 2, dues
    sessions = servers[0].get(f"/automations/{automation}/sessions").json()
    assert all(one["inputs"] == {"name": "clock"} for one in sessions)
    assert {line["session"] for line in made()} <= {one["id"] for one in sessions}
