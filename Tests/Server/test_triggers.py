"""What starts automations besides a person and a client: webhooks, signed as their senders sign them, and the clock."""

import contextlib
import hashlib
import hmac
import json
import re
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor

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
