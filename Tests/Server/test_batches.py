"""Sessions that are started together by the API, on a real server that is killed in between."""

from conftest import events, until

ROWS = "name\n" + "".join(f"row {number}\n" for number in range(6))


def automation(url):
    return f"""automation "Rows"
input name: text
START begin -> ask
REST_API ask -> end {{
  timeout: 60s
  prompt_template {{ url: "{url}/", method: "POST", body: {{ name: inputs.name }}, allow_private: true }}
}}
"""


def test_a_table_is_run_to_its_end_over_a_crash(place, peer):
    slow = peer(delay=30)
    token, file = place.token(), place.file("rows.auto", automation(slow.url))
    server = place.serve(file, token=token)
    path = f"/automations/{server.automation('Rows')}/batches"
    answer = server.call("POST", path + "?at_once=2", data=ROWS, headers={"Content-Type": "text/csv", "Idempotency-Key": "table"})
    assert answer.status_code == 201, answer.text
    batch = answer.json()
    assert batch["sessions_count"] == 6 and batch["at_once"] == 2 and not batch["has_ended"]
    one = f"{path}/{batch['id']}"
    until(lambda: len(slow.keys) == 2, what="two rows at work")
    counts = server.get(one).json()["counts"]
    assert (counts["running"], counts["new"]) == (2, 4)
    assert [one["id"] for one in server.get("/batches?open=true").json()] == [batch["id"]]
    server.kill()
    # What nobody runs of it is told once, and not for each row.
    told = [line for line in place.run("doctor").stdout.splitlines() if line.startswith("interrupted")]
    assert told == [f"interrupted: batch {batch['id']} of Rows, 6 of 6 sessions  go on by: autorun serve {file}"]
    slow.delay = 0
    server = place.serve(file, token=token)
    until(lambda: server.get(one).json()["has_ended"], what="the end of the batch")
    assert server.get(one).json()["counts"]["finished"] == 6
    # What was under way was asked once more by the same key; the others were asked once.
    assert len(set(slow.keys)) == 6 and len(slow.keys) == 8
    # The same request sent again starts nothing.
    again = server.call("POST", path + "?at_once=2", data=ROWS, headers={"Content-Type": "text/csv", "Idempotency-Key": "table"})
    assert again.status_code == 200 and again.json()["id"] == batch["id"]
    sessions = server.get(f"/automations/{batch['automation_id']}/sessions?batch_id={batch['id']}").json()
    assert [one["inputs"]["name"] for one in sessions] == [f"row {number}" for number in reversed(range(6))]


def test_a_cancelled_batch_asks_nobody_any_more(place, peer):
    slow = peer(delay=30)
    server = place.serve(place.file("rows.auto", automation(slow.url)), token=place.token())
    path = f"/automations/{server.automation('Rows')}/batches"
    batch = server.call("POST", path, json={"inputs": [{"name": str(number)} for number in range(5)], "at_once": 2}).json()
    until(lambda: len(slow.keys) == 2, what="two rows at work")
    ended = server.call("PATCH", f"{path}/{batch['id']}/cancel").json()
    assert ended["has_ended"] and ended["counts"]["cancelled"] == 5 and ended["at_once"] == 0
    until(lambda: slow.gone == 2, what="both connections closed")
    assert len(slow.keys) == 2


def test_who_watches_a_row_that_has_not_begun_hears_of_its_cancelling(place, peer):
    slow = peer(delay=30)
    server = place.serve(place.file("rows.auto", automation(slow.url)), token=place.token())
    path = f"/automations/{server.automation('Rows')}"
    batch = server.call("POST", path + "/batches", json={"inputs": [{"name": "a"}, {"name": "b"}], "at_once": 1}).json()
    until(lambda: len(slow.keys) == 1, what="a row at work")
    (waiting,) = [one["id"] for one in server.get(path + "/sessions").json() if one["status"] == "NEW"]
    # A stream that says nothing for so long is not told of the end.
    stream = events(server.get(f"{path}/sessions/{waiting}", headers={"Accept": "text/event-stream"}, stream=True, timeout=8))
    assert next(stream)[1]["status"] == "NEW"
    server.call("PATCH", f"{path}/batches/{batch['id']}/cancel")
    kind, data = list(stream)[-1]
    assert kind == "session" and data["status"] == "FAILED" and data["error"] == "cancelled"


def test_a_row_that_does_not_fit_starts_nothing(place, peer):
    server = place.serve(place.file("rows.auto", automation("http://127.0.0.1:9")), token=place.token())
    path = f"/automations/{server.automation('Rows')}"
    answer = server.session.post(server.url + path + "/batches", json={"inputs": [{"name": "a"}, {"nam": "b"}]})
    assert answer.status_code == 422
    (problem,) = answer.json()["detail"]
    assert problem["loc"] == ["body", "inputs", 1, "nam"] and "name" in problem["msg"]
    assert server.get(path + "/sessions").json() == []
