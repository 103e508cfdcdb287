"""Automations that call one another on a server, with a fork, an `each` and a person inside the called ones."""

import json

import pytest

from browser import browse, needs_browser
from conftest import until

__all__ = ["browse"]

ASK = """automation "Approve"
input who: text
result { decision: text }
START begin -> ask
GET_USER_INPUT ask -> give {
  result: one_of("yes", "no")
  prompt_template { message: "May ${inputs.who} buy it?" }
}
DATA_TRANSFORM give -> end { prompt_template { value: { decision: ask.result } } }
"""

ORDER = """automation "Order"
input who: text
result { decision: text, greeting: text }
START begin -> [greet, approve]
DATA_TRANSFORM greet -> done { prompt_template { value: "Hello ${inputs.who}" } }
REST_API approve -> done { prompt_template { automation: "approve.auto", inputs: { who: inputs.who } } }
DATA_TRANSFORM done -> end { prompt_template { value: { decision: approve.result.decision, greeting: greet.result } } }
"""

ORDERS = """automation "Orders"
input names: list<text> = ["Ada", "Bob"]
result list<text>
START begin -> orders
REST_API orders -> give {
  each: name in inputs.names
  at_once: 4
  prompt_template { automation: "order.auto", inputs: { who: name } }
}
DATA_TRANSFORM give -> end { prompt_template { value: orders.result.map(o, o.decision) } }
"""


@pytest.fixture
def files(place):
    return [place.file(name, text) for name, text in (("orders.auto", ORDERS), ("order.auto", ORDER), ("approve.auto", ASK))]


def asking(server, count):
    """The sessions that ask somebody, as soon as there are so many."""
    return until(lambda: (lambda found: found if len(found) == count else None)(server.get("/sessions?waiting=true").json()), what="the questions")


def answer(server, session, text="yes"):
    path = f"/automations/{session['automation_id']}/sessions/{session['id']}/user_input"
    done = server.call("PATCH", path, json={"user_input": text})
    assert done.status_code == 200, done.text


def test_all_of_a_chain_come_to_their_end(place, files):
    """An answer makes a session and all that wait for it due at once. Each of them is run by one."""
    server = place.serve(*files, token=place.token())
    orders = server.automation("Orders")
    names = ["Ada", "Bob", "Cleo", "Dora"]
    for _ in range(4):
        path = server.start(orders, {"names": names})
        for session in asking(server, len(names)):
            answer(server, session)
        assert server.ended(path)["steps"][-1]["result"] == json.dumps(["yes"] * len(names), separators=(",", ":"))
        # None is taken over from a process that is gone: none is.
        turns = [one["data"]["turn"] for one in server.get(path + "/trace").json() if one["event"] == "session"]
        assert "taken_over" not in turns, turns
    assert {one["status"] for one in server.get("/sessions?limit=200").json()} == {"FINISHED"}


def test_one_place_is_enough(place, files):
    """A called session needs no place of its own, and a session that waits holds none."""
    server = place.serve(*files, "--at-once", "1", token=place.token())
    orders = server.automation("Orders")
    paths = [server.start(orders, {"names": ["Ada", "Bob"]}) for _ in range(3)]
    for session in asking(server, 6):
        answer(server, session, "no")
    for path in paths:
        assert server.ended(path)["steps"][-1]["result"] == '["no","no"]'


def test_the_outermost_ends_all_within_a_second(place, files):
    server = place.serve(*files, token=place.token())
    path = server.start(server.automation("Orders"))
    asking(server, 2)
    assert server.call("PATCH", path + "/cancel").json()["error"] == "cancelled"
    assert server.get("/sessions?waiting=true").json() == []
    assert not [one for one in server.get("/sessions?limit=200").json() if one["status"] == "RUNNING"]


def test_a_chain_goes_on_after_its_process_has_died(place, files):
    token = place.token()
    first = place.serve(*files, token=token)
    path = first.start(first.automation("Orders"))
    waiting = asking(first, 2)
    first.kill()
    second = place.serve(*files, token=token)
    assert {one["id"] for one in asking(second, 2)} == {one["id"] for one in waiting}
    for session in waiting:
        answer(second, session)
    assert second.ended(path)["steps"][-1]["result"] == '["yes","yes"]'
    assert len(second.get("/sessions?limit=200").json()) == 5, "nothing was called a second time"
    order = next(one for one in second.get("/sessions?limit=200").json() if one["automation_id"] == second.automation("Order"))
    assert f"caller   the session {path[-6:]}" in place.run("show", order["id"]).stdout
    assert place.run("show", path.rsplit("/", 1)[1]).stdout.count("REST_API  called the session ") == 2


def test_another_try_of_a_call_is_another_state(place):
    """Its record is RUNNING as before, and names another session."""
    place.file("number.auto", """automation "Number"
START begin -> ask
GET_USER_INPUT ask -> read { prompt_template { message: "A number?" } }
DATA_TRANSFORM read -> end { prompt_template { value: double(ask.result) } }
""")
    caller = place.file("caller.auto", """automation "Caller"
START begin -> call
REST_API call -> end {
  retry: { attempts: 2, first_delay: 1ms }
  prompt_template { automation: "number.auto" }
}
""")
    server = place.serve(caller, token=place.token())
    path = server.start(server.automation("Caller"))
    first = asking(server, 1)[0]
    before = server.get(path)
    known = {"If-None-Match": before.headers["ETag"]}
    answer(server, first, "none")
    until(lambda: [one for one in server.get("/sessions?waiting=true").json() if one["id"] != first["id"]], what="the other try")
    for wait in ("", "?wait=30s"):
        after = server.get(path + wait, headers=known)
        assert after.status_code == 200 and after.headers["ETag"] != before.headers["ETag"]
        assert after.json()["current_step"]["prompt"] != before.json()["current_step"]["prompt"]


SEND = """automation "Send"
input row: text
START begin -> send
REST_API send -> end {{
  timeout: 60s
  prompt_template {{ url: "{0}/send", method: "POST", body: {{ row: inputs.row }}, allow_private: true }}
}}
"""

SENDS = """automation "Sends"
START begin -> all
REST_API all -> end {
  each: row in ["1", "2", "3", "4", "5", "6", "7", "8"]
  at_once: 2
  prompt_template { automation: "send.auto", inputs: { row: row } }
}
"""


def test_no_more_than_at_once_run_after_a_crash(place, peer):
    """What was called goes on by itself, and its elements keep their places."""
    slow, token = peer(delay=60), place.token()
    files = [place.file("sends.auto", SENDS), place.file("send.auto", SEND.format(slow.url))]
    first = place.serve(*files, token=token)
    path = first.start(first.automation("Sends"))
    until(lambda: len(slow.keys) == 2, what="two requests")
    first.kill()
    second = place.serve(*files, token=token)
    until(lambda: len(slow.keys) >= 4, what="the same requests")
    assert len(set(slow.keys)) == 2
    second.kill()
    slow.delay = 0
    assert place.serve(*files, token=token).ended(path)["status"] == "FINISHED"
    assert len(set(slow.keys)) == 8 and len(slow.keys) <= 12


TRIES = """automation "Tries"
START begin -> call
REST_API call -> end {
  retry: { attempts: 3, first_delay: 2s }
  prompt_template { automation: "send.auto", inputs: { row: "1" } }
}
"""


def test_the_tries_of_a_call_count_over_a_crash(place, peer):
    refusing, token = peer(), place.token()
    refusing.refused.add("/send")
    files = [place.file("tries.auto", TRIES), place.file("send.auto", SEND.format(refusing.url))]
    first = place.serve(*files, token=token)
    path = first.start(first.automation("Tries"))

    def tries(server):
        return [one["attempt"] for one in server.get(path + "/trace").json() if one["event"] == "attempt"]

    until(lambda: len(tries(first)) == 2, what="two tries")
    first.kill()
    second = place.serve(*files, token=token)
    assert second.ended(path)["status"] == "FAILED"
    assert tries(second) == [1, 2, 3]


LATE = """automation "Late"
START begin -> call
REST_API call -> done {
  timeout: 1s
  on_error -> late
  prompt_template { automation: "approve.auto", inputs: { who: "Ada" } }
}
DATA_TRANSFORM done -> end { prompt_template { value: "done" } }
DATA_TRANSFORM late -> end { prompt_template { value: call.error.kind } }
"""


def test_the_time_of_a_call_runs_out_while_nobody_answers(place, files):
    server = place.serve(place.file("late.auto", LATE), *files, token=place.token())
    path = server.start(server.automation("Late"))
    assert server.ended(path)["steps"][-1]["result"] == "timeout"
    called = next(one for one in server.get("/sessions?limit=200").json() if one["automation_id"] == server.automation("Approve"))
    record = server.get(f"/automations/{called['automation_id']}/sessions/{called['id']}").json()
    assert (record["status"], record["error"]) == ("FAILED", "cancelled")
    assert server.get("/sessions?waiting=true").json() == []


@needs_browser
def test_the_page_of_a_caller_asks_what_it_waits_for(place, files, browse):
    server = place.serve(*files, token=place.token())
    path = server.start(server.automation("Orders"))
    asking(server, 2)
    browser = browse()
    browser.open(server, path)
    browser.find("#session", "waits for an answer")
    browser.find(".ask", "May Ada buy it?")
    browser.find(".ask", "Approve, called here")
    browser.shot("called-question")
    # The step leads to what it has called.
    browser.click(".group-head")
    browser.find(".visit a", "session ")
    browser.click(".ask button", "yes")
    until(lambda: len(browser.driver.find_elements("css selector", ".ask")) == 1, what="one question less")
    browser.click(".ask button", "yes")
    browser.find("#session[data-status=FINISHED]")
    browser.shot("called-answered")
    assert not browser.complaints()


def test_export_and_import_carry_calls(place, files):
    shown = place.run("export", files[0])
    ids = {one["name"]: one["id"] for one in place.serve(*files, token=place.token()).get("/automations?limit=200").json()}
    called = [step["prompt_template"].get("automation") for step in json.loads(shown.stdout)["current_version"]["steps"]]
    assert ids["Order"] in called
    beside = place.file("orders.json", shown.stdout)
    assert 'automation: "order.auto"' in place.run("import", beside).stdout
    (place.folder / "elsewhere").mkdir()
    other = place.file("elsewhere/orders.json", shown.stdout)
    kept = place.run("import", other, check=False)
    assert ids["Order"] in kept.stdout and "named by its id" in kept.stderr
    # What was exported is taken by the server that has the files.
    server = place.servers[0]
    made = server.call("POST", "/automations", json=json.loads(shown.stdout))
    assert made.status_code == 201, made.text
    path = server.start(made.json()["id"], {"names": ["Ada"]})
    for session in asking(server, 1):
        answer(server, session)
    assert server.ended(path)["steps"][-1]["result"] == '["yes"]'
