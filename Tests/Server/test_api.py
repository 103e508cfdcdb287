"""What a client of the API sees."""

import json
import pathlib
import threading
import time
import uuid

import requests

from conftest import ASK, HELLO, LOOP, SAMPLE, until


def keys(value):
    return list(value)


def test_a_session_has_the_samples_shape(served):
    path = served.start(served.automation("Hello"), {"name": "you"})
    record = served.ended(path)
    assert keys(record) == keys(SAMPLE)
    assert keys(record["steps"][0]) == keys(record["current_step"]) == keys(SAMPLE["steps"][0])
    assert keys(record["steps"][0]["step"]) == keys(SAMPLE["steps"][0]["step"])
    assert record["steps"][2]["result"] == "Hello YOU" and record["steps_count"] == 3
    assert record["status"] == "FINISHED" and record["error"] is None
    assert record["current_step"] == record["steps"][2]


def test_starting_answers_at_once_with_the_new_session(served):
    automation = served.automation("Hello")
    answer = served.call("POST", f"/automations/{automation}/sessions")
    new = answer.json()
    assert answer.status_code == 201 and new["status"] == "NEW" and new["steps"] == [] and new["current_step"] is None
    assert new["inputs"] == {"name": "world"}
    assert answer.headers["Location"].endswith(new["id"])


def test_what_is_wrong_with_a_request_is_told(served):
    hello, nobody = served.automation("Hello"), str(uuid.uuid4())
    sessions = f"/automations/{hello}/sessions"
    some = served.start(hello)
    wrong = [
        ("GET", f"/automations/{nobody}", {}, 404), ("GET", "/automations/nonsense", {}, 422),
        ("GET", f"{sessions}/{nobody}", {}, 404), ("GET", f"{sessions}/1", {}, 422),
        ("GET", f"/automations/{served.automation('Ask')}/sessions/{some.split('/')[-1]}", {}, 404),
        ("PATCH", f"{sessions}/{nobody}/cancel", {}, 404), ("GET", "/nowhere", {}, 404),
        ("PATCH", f"/automations/{nobody}/sessions/{nobody}/user_input", {"json": {"user_input": 1}}, 404),
        ("DELETE", sessions, {}, 405), ("POST", sessions, {"json": {"inputs": {"nam": "x"}}}, 422),
        ("POST", sessions, {"json": {"inputs": {"name": 7}}}, 422), ("POST", sessions, {"json": {"input": {}}}, 422),
        ("POST", sessions, {"json": [1]}, 422), ("POST", sessions, {"data": b"{"}, 422),
        ("POST", sessions, {"data": b'{"inputs": {"name": "\xff"}}'}, 422), ("POST", sessions, {"data": b"[" * 10_000}, 422),
        ("POST", sessions, {"data": b"x", "headers": {"Content-Type": "image/png"}}, 415),
        ("POST", "/automations", {"json": {"name": "x"}}, 422), ("GET", f"{sessions}?limit=0", {}, 422),
        ("GET", f"{sessions}?cursor=x", {}, 422), ("GET", f"{sessions}?status=DONE", {}, 422),
        ("GET", f"{some}?wait=1h", {}, 422), ("PUT", f"/automations/{hello}", {"json": {}}, 409),
        ("PATCH", f"{some}/user_input", {"json": {"user_input": "x"}}, 409),
    ]
    served.ended(some)
    for method, path, options, status in wrong:
        answer = served.call(method, path, **options)
        assert answer.status_code == status, (method, path, answer.status_code, answer.text)
        detail = answer.json()["detail"]
        if status == 422:
            assert detail and all(keys(item) == ["loc", "msg", "type"] for item in detail), detail
        else:
            assert isinstance(detail, str) and detail
    assert served.get("/healthz").json() == {"status": "ok"}


def test_paths_with_a_slash_at_the_end(served):
    hello = served.automation("Hello")
    assert served.get("/automations/").status_code == 200
    answer = served.call("POST", f"/automations/{hello}/sessions/", json={})
    assert answer.status_code == 201
    assert served.call("PATCH", f"/automations/{hello}/sessions/{answer.json()['id']}/cancel/").status_code == 200


def test_tokens_and_scopes(place):
    tokens = {scope: place.token(scope, scope) for scope in ("read", "run", "admin")}
    server = place.serve(place.file("hello.auto", HELLO))
    assert server.get("/healthz").status_code == server.get("/readyz").status_code == 200
    for path in ("/automations", "/metrics", "/openapi.json"):
        answer = server.get(path)
        assert answer.status_code == 401 and answer.headers["WWW-Authenticate"].startswith("Bearer")
    for wrong in ("Bearer nonsense", "Basic eDp5", "Bearer", tokens["admin"], f"Bearer {tokens['admin']}x"):
        assert server.get("/automations", headers={"Authorization": wrong}).status_code == 401, wrong

    def status(scope, method, path, **options):
        return server.call(method, path, headers={"Authorization": f"Bearer {tokens[scope]}"}, **options).status_code

    server.session.headers["Authorization"] = f"Bearer {tokens['read']}"
    sessions = f"/automations/{server.automation('Hello')}/sessions"
    assert status("read", "POST", sessions) == 403 and status("run", "POST", sessions) == 201
    assert status("run", "POST", "/automations", json={}) == 403 and status("admin", "POST", "/automations", json={}) == 422
    assert place.run("token", "list").stdout.count("\n") == 3
    assert "auto_" not in place.run("token", "list").stdout
    place.run("token", "revoke", "read")
    until(lambda: status("read", "GET", "/automations") == 401, what="the refusal")
    assert tokens["run"].encode() not in b"".join(path.read_bytes() for path in place.folder.rglob("*.sqlite*"))
    assert place.run("token", "new", "run", check=False).returncode == 2


def test_a_stream_ends_with_its_token(place):
    admin, other = place.token(), place.token("other", "read")
    server = place.serve(place.file("hello.auto", HELLO), token=admin)
    automation = server.automation("Hello")
    with requests.get(f"{server.url}/sessions", headers={"Authorization": f"Bearer {other}", "Accept": "text/event-stream"},
                      stream=True, timeout=20) as stream:
        server.ended(server.start(automation))
        pieces = stream.iter_content(None)
        assert any(b"event: session" in piece for piece in pieces)
        place.run("token", "revoke", "other")
        until(lambda: server.get("/me", headers={"Authorization": f"Bearer {other}"}).status_code == 401, what="the refusal")
        late = server.start(automation).rsplit("/", 1)[1]
        try:
            rest = b"".join(pieces)
        except requests.exceptions.ChunkedEncodingError:
            rest = b""
        assert late.encode() not in rest


def test_beyond_this_machine_only_with_a_token(place):
    done = place.run("serve", "--listen", "0.0.0.0:0", check=False)
    assert done.returncode == 2 and "autorun token new" in done.stderr


def test_an_idempotency_key_starts_one_session(served):
    hello = served.automation("Hello")
    path = f"/automations/{hello}/sessions"

    def start(name, key="k-1"):
        return served.call("POST", path, json={"inputs": {"name": name}}, headers={"Idempotency-Key": key})

    first, again, other = start("a"), start("a"), start("b")
    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 422)
    assert first.json()["id"] == again.json()["id"]
    assert start("a", "k-2").json()["id"] != first.json()["id"]
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(start("c", "k-3").json()["id"])) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(answers)) == 1
    assert len(served.get(path).json()) == 3


def test_pages_of_sessions_newest_first(served):
    hello = served.automation("Hello")
    path = f"/automations/{hello}/sessions"
    made = [served.start(hello).split("/")[-1] for _ in range(7)]
    for one in made:
        served.ended(f"{path}/{one}")
    seen, url = [], f"{path}?limit=3&status=FINISHED"
    while url:
        answer = served.get(url)
        seen += [one["id"] for one in answer.json()]
        link = answer.headers.get("Link")
        url = link[1 : link.index(">")] if link else None
    assert seen == list(reversed(made))
    assert served.get(f"{path}?status=FAILED").json() == []
    assert [one["id"] for one in served.get(f"/automations/{hello}").json()["sessions"]] == seen
    assert [one["id"] for one in served.get(f"{path}?view=summary").json()] == seen


def test_an_automation_by_json_and_by_text(served, place):
    exported = json.loads(place.run("export", place.file("ask.auto", ASK)).stdout)
    made = served.call("POST", "/automations", json=exported)
    assert made.status_code == 201, made.text
    body = made.json()
    assert keys(body) == ["name", "description", "id", "organisation_id", "current_version", "created_at", "updated_at", "sessions"]
    assert keys(body["current_version"]) == ["id", "automation_id", "steps", "step_transitions", "created_at", "updated_at"]
    assert keys(body["current_version"]["step_transitions"][0]) == ["source_step_id", "target_step_id", "label", "id"]
    assert [s["id"] for s in body["current_version"]["steps"]] == [s["id"] for s in exported["current_version"]["steps"]]
    path = f"/automations/{body['id']}"
    text = served.get(path, headers={"Accept": "text/x-auto"})
    assert text.headers["Content-Type"].startswith("text/x-auto") and "GET_USER_INPUT ask -> done" in text.text
    again = served.call("POST", "/automations", json=exported, headers={"Accept": "text/x-auto"})
    assert again.status_code == 201 and again.text == text.text
    # A new version; the session that waits ends in the one with which it began.
    old = served.start(body["id"])
    served.waiting(old)
    new = served.call("PUT", path, data=HELLO.replace("Hello $", "Goodbye $"), headers={"Content-Type": "text/x-auto"})
    assert new.status_code == 200 and new.json()["name"] == "Hello"
    assert new.json()["current_version"]["id"] != body["current_version"]["id"] and new.json()["id"] == body["id"]
    assert served.ended(served.start(body["id"]))["steps"][2]["result"] == "Goodbye WORLD"
    assert served.call("PATCH", old + "/user_input", json={"user_input": "no"}).status_code == 200
    assert served.ended(old)["steps"][2]["result"] == "You said no"
    # Deleted, it takes no new sessions; what was under way is followed to its end.
    other = served.call("POST", "/automations", data=ASK, headers={"Content-Type": "text/x-auto"}).json()["id"]
    waits = served.start(other)
    served.waiting(waits)
    assert served.call("DELETE", f"/automations/{other}").status_code == 204
    assert served.get(f"/automations/{other}").status_code == 404
    assert served.call("POST", f"/automations/{other}/sessions").status_code == 404
    assert other not in [one["id"] for one in served.get("/automations").json()]
    assert served.call("PATCH", waits + "/user_input", json={"user_input": "yes"}).status_code == 200
    assert served.ended(waits)["status"] == "FINISHED"


def test_findings_come_back(served):
    text = 'automation "X"\nSTART begin -> nowhere\n'
    answer = served.call("POST", "/automations", data=text, headers={"Content-Type": "text/x-auto"})
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", 2, 16] and answer.json()["detail"][0]["type"] == "A101"
    assert served.call("POST", "/automations", data=b"\xff\xfe", headers={"Content-Type": "text/x-auto"}).status_code == 422


def test_what_comes_by_the_api_reads_no_files(served):
    text = 'automation "X"\nSTART begin -> page\nWEB_SCRAPE page -> end {\n  timeout: 5s\n  prompt_template { url: "file:///etc/hostname" }\n}\n'
    made = served.call("POST", "/automations", data=text, headers={"Content-Type": "text/x-auto"})
    if made.status_code == 201:
        record = served.ended(served.start(made.json()["id"]))
        assert record["status"] == "FAILED" and pathlib.Path("/etc/hostname").read_text().strip() not in json.dumps(record)


def test_answers(served):
    ask = served.automation("Ask")
    path = served.start(ask)
    step = served.waiting(path)
    assert step["prompt"]["message"] == "Really?" and served.get(path).json()["status"] == "RUNNING"
    questions = served.get(path + "/questions").json()
    assert questions[0]["choices"] == ["yes", "no"] and questions[0]["step"] == "ask"
    bad = served.call("PATCH", path + "/user_input", json={"user_input": "perhaps"})
    assert bad.status_code == 422 and bad.json()["detail"][0]["loc"] == ["body", "user_input"]
    assert served.call("PATCH", path + "/user_input", json={}).status_code == 422
    good = served.call("PATCH", path + "/user_input", json={"user_input": "yes"})
    assert good.status_code == 200 and good.json()["steps"][1]["result"] == "yes"
    assert served.ended(path)["steps"][2]["result"] == "You said yes"
    assert served.call("PATCH", path + "/user_input", json={"user_input": "yes"}).status_code == 409


def test_one_of_many_answers_at_once_counts(served):
    path = served.start(served.automation("Ask"))
    served.waiting(path)
    answers = []

    def answer(word):
        answers.append(requests.patch(served.url + path + "/user_input", json={"user_input": word}, headers=served.session.headers).status_code)

    threads = [threading.Thread(target=answer, args=("yes",)) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200] + [409] * 9
    assert served.ended(path)["steps_count"] == 3


def test_waiting_for_a_change(served):
    path = served.start(served.automation("Ask"))
    served.waiting(path)
    before = served.get(path)
    found = []
    began = time.monotonic()
    watcher = threading.Thread(target=lambda: found.append(requests.get(served.url + path + "?wait=30s", headers=served.session.headers).json()))
    watcher.start()
    until(lambda: watcher.is_alive() and time.monotonic() - began > 0.3)
    served.call("PATCH", path + "/user_input", json={"user_input": "yes"})
    watcher.join(20)
    assert found and found[0]["steps"][1]["status"] == "FINISHED" and time.monotonic() - began < 10
    # What is known to be old is answered at once, what is known to be new is not sent again.
    assert served.get(path + "?wait=30s", headers={"If-None-Match": before.headers["ETag"]}).status_code == 200
    ended = served.get(path + "?wait=30s")
    assert served.get(path, headers={"If-None-Match": ended.headers["ETag"]}).status_code == 304


def test_rerun_from_a_visit(place, peer):
    other = peer()
    server = place.serve(place.file("loop.auto", LOOP.format(other.url)), token=place.token())
    path = server.start(server.automation("Loop"))
    first = server.ended(path)
    visits = [one["id"] for one in first["steps"] if one["step"]["name"] == "call"]
    assert len(other.keys) == len(visits) == 20
    for body, calls_of_it in [({"from": "call#20"}, 1), ({"record": visits[17]}, 3), ({"from": "call"}, 20)]:
        before = len(other.keys)
        answer = server.call("POST", path + "/rerun", json=body)
        assert answer.status_code == 201, answer.text
        again = server.ended(path.rsplit("/", 1)[0] + "/" + answer.json()["id"])
        assert again["status"] == "FINISHED" and again["steps_count"] == first["steps_count"]
        assert len(other.keys) - before == calls_of_it, body
    for body, status in [({"from": "call#21"}, 409), ({"from": "call#x"}, 422), ({"record": visits[0][:8]}, 422), ({}, 422)]:
        assert server.call("POST", path + "/rerun", json=body).status_code == status, body


def test_rerun(served):
    path = served.start(served.automation("Ask"))
    served.waiting(path)
    served.call("PATCH", path + "/user_input", json={"user_input": "no"})
    first = served.ended(path)
    answer = served.call("POST", path + "/rerun", json={"from": "done"})
    assert answer.status_code == 201
    again = served.ended(path.rsplit("/", 1)[0] + "/" + answer.json()["id"])
    assert [s["result"] for s in again["steps"]] == [s["result"] for s in first["steps"]]
    assert {s["id"] for s in again["steps"]}.isdisjoint({s["id"] for s in first["steps"]})
    assert served.call("POST", path + "/rerun", json={"from": "nowhere"}).status_code == 409


def test_cancel(served):
    path = served.start(served.automation("Ask"))
    served.waiting(path)
    first = served.call("PATCH", path + "/cancel")
    assert first.status_code == 200 and first.json()["status"] == "FAILED" and first.json()["error"] == "cancelled"
    assert first.json()["steps"][1]["status"] == "FAILED" and first.json()["steps"][1]["error"] == "cancelled"
    assert served.call("PATCH", path + "/cancel").json() == first.json()
    done = served.start(served.automation("Hello"))
    ended = served.ended(done)
    assert served.call("PATCH", done + "/cancel").json() == ended


def test_files_are_loaded_anew(place):
    file = place.file("hello.auto", HELLO)
    server = place.serve(file, token=place.token())
    hello = server.automation("Hello")
    version = server.get(f"/automations/{hello}").json()["current_version"]["id"]
    place.file("hello.auto", HELLO + "DATA_TRANSFORM broken -> nowhere {\n")
    until(lambda: any("not loaded" in line.get("message", "") for line in server.lines()), what="the finding in the log")
    assert server.get(f"/automations/{hello}").json()["current_version"]["id"] == version
    place.file("hello.auto", HELLO.replace("Hello $", "Bye $"))
    until(lambda: server.get(f"/automations/{hello}").json()["current_version"]["id"] != version, what="the new version")
    assert server.ended(server.start(hello))["steps"][2]["result"] == "Bye WORLD"


def test_metrics(served):
    served.ended(served.start(served.automation("Hello")))
    text = served.get("/metrics").text
    assert 'autorun_sessions{status="FINISHED"} 1' in text
    assert 'autorun_step_seconds_count{type="DATA_TRANSFORM"} 2' in text
    assert "autorun_store_bytes " in text and "autorun_queue_length 0" in text


def test_a_secret_is_shown_nowhere(place, peer):
    canary = "canary-7f3a91"
    echo = peer(body=json.dumps({"said": canary}).encode())
    text = f'automation "S"\nsecret SHOP_TOKEN\nSTART begin -> a\nREST_API a -> ask {{\n  timeout: 9s\n  prompt_template {{ url: "{echo.url}/", method: "POST", headers: {{ "X-Token": secrets.SHOP_TOKEN }}, allow_private: true }}\n}}\nGET_USER_INPUT ask -> end {{ prompt_template {{ message: "?" }} }}\n'
    server = place.serve("--log-level", "trace", token=place.token(), environment={"SHOP_TOKEN": canary})
    made = server.call("POST", "/automations", data=text, headers={"Content-Type": "text/x-auto"})
    assert made.status_code == 201, made.text
    path = server.start(made.json()["id"])
    server.waiting(path)
    stream = server.get(path, headers={"Accept": "text/event-stream"}, stream=True)
    lines = stream.iter_lines(decode_unicode=True)
    seen = [next(lines), next(lines)]
    server.call("PATCH", path + "/user_input", json={"user_input": f"I know {canary}"})
    seen += list(lines)
    record = server.ended(path)
    assert "[secret SHOP_TOKEN]" in json.dumps(record)
    server.stop()
    everything = "\n".join(seen).encode() + json.dumps(record).encode() + b"".join(
        file.read_bytes() for file in place.folder.rglob("*") if file.is_file())
    assert canary.encode() not in everything
