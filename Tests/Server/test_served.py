"""Only what was given is served: the files of the command line, the folders as they are, and what the API made."""

import json
import pathlib

from conftest import ASK, HELLO, calls, until


def names(server):
    return sorted(one["name"] for one in server.get("/automations?limit=200").json())


def test_what_others_ran_on_the_store_is_not_served(place):
    other = place.file("other.auto", ASK)
    assert place.run("run", other, check=False).returncode == 4
    session = json.loads(place.run("sessions", "--json").stdout)[0]
    server = place.serve(place.file("only.auto", HELLO), token=place.token())
    assert names(server) == ["Hello"]
    automation = f"/automations/{session['automation_id']}"
    path = f"{automation}/sessions/{session['id']}"
    for method, where in [
        ("GET", automation), ("GET", automation + "/sessions"), ("POST", automation + "/sessions"), ("GET", automation + "/inputs"),
        ("GET", path), ("GET", path + "/questions"), ("PATCH", path + "/cancel"), ("POST", path + "/retry"), ("DELETE", automation),
    ]:
        assert server.call(method, where).status_code == 404, (method, where)
    assert server.call("PATCH", path + "/user_input", json={"user_input": "yes"}).status_code == 404
    assert json.loads(place.run("show", session["id"], "--json").stdout)["status"] == "RUNNING"


def test_what_others_left_is_not_run(place, peer):
    slow = peer(delay=30)
    file = place.file("calls.auto", calls(slow.url))
    first = place.serve(file, token=place.token())
    first.start(first.automation("Calls"))
    until(lambda: slow.keys, what="the request")
    first.kill()
    server = place.serve(place.file("hello.auto", HELLO), token=place.token("second"))
    # Whatever the server takes up comes before what is started now.
    server.ended(server.start(server.automation("Hello")))
    assert len(slow.keys) == 1
    assert json.loads(place.run("sessions", "--json", "--status", "RUNNING").stdout)


def test_a_folder_is_served_as_it_is(place):
    folder = place.folder / "flows"
    folder.mkdir()
    file = pathlib.Path(place.file("flows/ask.auto", ASK))
    place.file("flows/hello.auto", HELLO)
    server = place.serve(str(folder), token=place.token())
    assert names(server) == ["Ask", "Hello"]
    ask = server.automation("Ask")
    ended = server.start(ask)
    server.call("PATCH", ended + "/cancel")
    waits, cancelled = server.start(ask), server.start(ask)
    server.waiting(waits)
    server.waiting(cancelled)
    # What is broken is served in its last good version as long as it is there.
    file.write_text("no automation")
    until(lambda: any(line.get("message") == "not loaded: the version before stays" for line in server.lines()), what="the line in the log")
    assert names(server) == ["Ask", "Hello"] and server.call("POST", f"/automations/{ask}/sessions").status_code == 201
    # Who looks is told why, without a path of the machine; until the file is mended.
    def problem():
        return next(one for one in server.get("/automations?view=summary").json() if one["name"] == "Ask")["problem"]

    told = until(problem, what="the problem")
    assert told.startswith("line 1: ") and str(place.folder) not in told
    assert server.get(f"/automations/{ask}?view=summary").json()["problem"] == told
    file.write_text(ASK)
    until(lambda: problem() is None, what="the end of the problem")
    file.unlink()
    until(lambda: names(server) == ["Hello"], what="the removal")
    assert any("gone" in line.get("message", "") for line in server.lines())
    assert server.get(f"/automations/{ask}").status_code == server.call("POST", f"/automations/{ask}/sessions").status_code == 404
    # What was under way is followed, answered and cancelled.
    assert server.get(waits).json()["status"] == "RUNNING"
    assert server.call("PATCH", waits + "/user_input", json={"user_input": "yes"}).status_code == 200
    assert server.ended(waits)["steps"][2]["result"] == "You said yes"
    assert server.call("PATCH", cancelled + "/cancel").json()["error"] == "cancelled"
    assert server.get(ended).status_code == 404
    assert server.call("POST", waits + "/rerun", json={"from": "done"}).status_code == 404
    # Back again, it is served again; by another name it is another.
    file.write_text(ASK)
    until(lambda: names(server) == ["Ask", "Hello"], what="the file")
    assert server.automation("Ask") == ask
    file.rename(folder / "other.auto")
    until(lambda: names(server) == ["Ask", "Hello"] and server.automation("Ask") != ask, what="the other name")
    assert server.get(f"/automations/{ask}").status_code == 404


def test_each_server_serves_its_own_folder(place):
    """A file that one server has lost is served on by another one on the same store, which has it still."""
    file = place.file("ask.auto", ASK)
    links = []
    for name in ("first", "second"):
        (place.folder / name).mkdir()
        links.append(place.folder / name / "ask.auto")
        links[-1].symlink_to(file)
    token = place.token()
    first, second = (place.serve(str(link.parent), token=token) for link in links)
    ask = first.automation("Ask")
    assert second.automation("Ask") == ask
    waits, ended = first.start(ask), first.start(ask)
    first.waiting(waits)
    first.waiting(ended)
    first.call("PATCH", ended + "/cancel")
    links[0].unlink()
    until(lambda: names(first) == [], what="the removal")
    assert names(second) == ["Ask"]
    # The one that lost it follows what was under way, and nothing else.
    for path, status in [(waits, 200), (ended, 404), (f"/automations/{ask}", 404)]:
        assert first.get(path).status_code == status, path
    assert [one["id"] for one in first.get("/sessions").json()] == [waits.rsplit("/", 1)[1]]
    assert first.call("POST", f"/automations/{ask}/sessions").status_code == 404
    later = second.start(ask)
    second.waiting(later)
    assert first.get(later).status_code == 404
    assert {second.get(path).status_code for path in (waits, ended, later)} == {200}
    # Started anew, it has never had the file.
    first.stop()
    again = place.serve(str(links[0].parent), token=token)
    assert names(again) == [] and again.get(waits).status_code == 404 and names(second) == ["Ask"]


def test_a_file_that_comes_back_broken_is_not_served(place):
    folder = place.folder / "flows"
    folder.mkdir()
    file = pathlib.Path(place.file("flows/ask.auto", ASK))
    server = place.serve(str(folder), token=place.token())
    file.unlink()
    until(lambda: names(server) == [], what="the removal")
    file.write_text("no automation")
    found = until(lambda: server.get("/files").json(), what="the broken file")
    assert found[0]["state"] == "not loaded" and names(server) == []
    # No version of before stays.
    told = until(lambda: [line["message"] for line in server.lines() if "not loaded" in line.get("message", "")], what="the line in the log")
    assert told == ["not loaded: it has not passed yet"]


def test_what_the_api_made_is_served_by_the_next_server(place):
    token = place.token()
    server = place.serve(token=token)
    made = server.call("POST", "/automations", data=HELLO, headers={"Content-Type": "text/x-auto"}).json()["id"]
    server.stop()
    server = place.serve(place.file("ask.auto", ASK), token=token)
    assert names(server) == ["Ask", "Hello"]
    assert server.ended(server.start(made))["status"] == "FINISHED"
    assert server.call("DELETE", f"/automations/{server.automation('Ask')}").status_code == 409
    assert server.call("DELETE", f"/automations/{made}").status_code == 204
    assert names(server) == ["Ask"]


CALLER = """automation "Caller"
START begin -> ask
REST_API ask -> done { prompt_template { automation: "sub/asking.auto" } }
DATA_TRANSFORM done -> end { prompt_template { value: "They said " + ask.result } }
"""

ASKING = """automation "Asking"
result text
START begin -> ask
GET_USER_INPUT ask -> made { prompt_template { message: "Which one?" } }
DATA_TRANSFORM made -> end { prompt_template { value: "WORD " + ask.result } }
"""


def test_what_a_served_file_calls_can_be_answered(place):
    """Though only the calling file was given: nobody can start the other one by itself."""
    (place.folder / "sub").mkdir()
    called = place.folder / "sub" / "asking.auto"
    called.write_text(ASKING.replace("WORD", "first"))
    server = place.serve(place.file("caller.auto", CALLER), token=place.token())
    assert names(server) == ["Caller"]

    def answered():
        path = server.start(server.automation("Caller"))
        waiting = until(lambda: server.get("/sessions?waiting=true").json(), what="the question")
        assert [one["automation_name"] for one in waiting] == ["Asking"]
        inside = f"/automations/{waiting[0]['automation_id']}/sessions/{waiting[0]['id']}"
        assert server.call("PATCH", inside + "/user_input", json={"user_input": "red"}).status_code == 200
        assert server.call("POST", f"/automations/{waiting[0]['automation_id']}/sessions", json={}).status_code == 404
        record = server.ended(path)
        assert record["status"] == "FINISHED", record["error"]
        return record["current_step"]["result"]

    assert answered() == "They said first red"
    # A file that is called is looked at like one that is served.
    loaded = lambda: [line for line in server.lines() if line.get("message") == "loaded"]
    before = len(loaded())
    called.write_text(ASKING.replace("WORD", "second"))
    until(lambda: len(loaded()) > before, what="the new version")
    assert answered() == "They said second red"
