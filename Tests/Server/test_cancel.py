"""Cancelling over HTTP, whatever a session is at: within a second it has ended, its children are dead, its peers see it go."""

import pathlib
import time

import pytest

from conftest import calls, until

pytestmark = pytest.mark.alone

STEPS = {
    "REST_API": "REST_API work -> end {\n  timeout: 60s\n  prompt_template { url: \"URL/\", method: \"POST\", allow_private: true }\n}",
    "REST_API retry": "REST_API work -> end {\n  timeout: 60s\n  retry: { attempts: 5, first_delay: 60s }\n  prompt_template { url: \"http://127.0.0.1:9/\", allow_private: true }\n}",
    "REST_API each": "REST_API work -> end {\n  timeout: 60s\n  each: n in [1, 2, 3, 4]\n  at_once: 4\n  prompt_template { url: \"URL/${n}\", allow_private: true }\n}",
    "WEB_SCRAPE": "WEB_SCRAPE work -> end {\n  timeout: 60s\n  prompt_template { url: \"URL/\", allow_private: true }\n}",
    "LLM_CALL": "LLM_CALL work -> end {\n  timeout: 60s\n  prompt_template { model: \"openai/m\", user: \"Hello\" }\n}",
    "LOGIC_DECISION": "LOGIC_DECISION work {\n  timeout: 60s\n  prompt_template {\n    question: \"Well?\"\n    model: \"openai/m\"\n    yes: -> end\n    no: -> end\n  }\n}",
    "TEXT_TO_JSON": "TEXT_TO_JSON work -> end {\n  timeout: 60s\n  prompt_template { text: \"three\", model: \"openai/m\" }\n}",
    "EMBEDDING_SEARCH": "EMBEDDING_SEARCH work -> end {\n  timeout: 60s\n  prompt_template { query: \"a\", documents: [\"b\", \"c\"], model: \"m\" }\n}",
    "PYTHON": "PYTHON work -> end {\n  timeout: 60s\n  prompt_template {\n    code: '''\n    import time\n    result = time.sleep(54.321)\n    '''\n  }\n}",
    "DATA_TRANSFORM": "DATA_TRANSFORM work -> end {\n  timeout: 60s\n  prompt_template { input: 1, jq: \"[range(1000000000)] | length\" }\n}",
    "GET_USER_INPUT": "GET_USER_INPUT work -> end { prompt_template { message: \"Well?\" } }",
}


def children(process):
    """Child processes of a server."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(path.read_text().rsplit(")", 1)[1].split()[1]) == process.pid:
                found.append(path.parent.name)
        except OSError:
            pass
    return found


@pytest.mark.parametrize("kind", STEPS)
def test_cancel(place, peer, kind):
    slow = peer(delay=30)
    text = f'automation "Work"\nSTART begin -> work\n{STEPS[kind].replace("URL", slow.url)}\n'
    environment = {"OPENAI_BASE_URL": slow.url, "OPENAI_API_KEY": "k"}
    server = place.serve(place.file("work.auto", text), token=place.token(), environment=environment)
    path = server.start(server.automation("Work"))
    until(lambda: any(s["step"]["name"] == "work" and s["status"] == "RUNNING" for s in server.get(path).json()["steps"]), what="the step")
    asks = kind not in ("REST_API retry", "PYTHON", "DATA_TRANSFORM", "GET_USER_INPUT")
    if asks:
        until(lambda: len(slow.keys) == (4 if "each" in kind else 1), what="the request")
    if kind == "PYTHON":
        until(lambda: children(server.process), what="the child")
    began = time.monotonic()
    record = server.call("PATCH", path + "/cancel").json()
    assert time.monotonic() - began < 1
    assert record["status"] == "FAILED" and record["error"] == "cancelled"
    assert {s["error"] for s in record["steps"] if s["step"]["name"] == "work"} == {"cancelled"}
    if asks:
        until(lambda: slow.gone == len(slow.keys), 2, "the end of the connection")
    if kind == "PYTHON":
        until(lambda: not children(server.process), 2, "the end of the child")
    assert server.get(path).json() == record


OUTER = """automation "Outer"
START begin -> [each_word, alone]
REST_API each_word -> both {
  each: w in ["a", "b"]
  at_once: 2
  prompt_template { automation: "middle.auto", inputs: { word: w } }
}
REST_API alone -> both { prompt_template { automation: "asks.auto" } }
DATA_TRANSFORM both -> end { prompt_template { value: 1 } }
"""

MIDDLE = """automation "Middle"
input word: text
START begin -> inner
REST_API inner -> end { prompt_template { automation: "deep.auto", inputs: { word: inputs.word } } }
"""

DEEP = """automation "Deep"
input word: text
START begin -> work
REST_API work -> end {
  timeout: 60s
  prompt_template { url: "URL/${inputs.word}", method: "POST", allow_private: true }
}
"""

ASKS = """automation "Asks"
START begin -> ask
GET_USER_INPUT ask -> end { prompt_template { message: "Well?" } }
"""


def test_cancel_of_the_outermost(place, peer):
    """Requests are under way two calls deep, behind a fork and an `each`, and a person is asked: all ends within a second."""
    slow = peer(delay=30)
    for name, text in {"middle": MIDDLE, "deep": DEEP.replace("URL", slow.url), "asks": ASKS}.items():
        (place.folder / f"{name}.auto").write_text(text)
    server = place.serve(place.file("outer.auto", OUTER), token=place.token())
    path = server.start(server.automation("Outer"))
    until(lambda: len(slow.keys) == 2, what="the requests")
    until(lambda: [s["automation_name"] for s in server.get("/sessions?waiting=true").json()] == ["Asks"], what="the question")
    began = time.monotonic()
    record = server.call("PATCH", path + "/cancel").json()
    assert record["status"] == "FAILED" and record["error"] == "cancelled"
    sessions = server.get("/sessions").json()
    assert time.monotonic() - began < 1
    assert sorted(s["automation_name"] for s in sessions) == ["Asks", "Deep", "Deep", "Middle", "Middle", "Outer"]
    assert {(s["status"], s["error"]) for s in sessions} == {("FAILED", "cancelled")}
    assert server.get("/sessions?waiting=true").json() == []
    until(lambda: slow.gone == len(slow.keys), 2, "the end of the connections")


@pytest.mark.parametrize("fork", [False, True])
def test_cancel_stops_what_runs(place, peer, fork):
    slow = peer(delay=30)
    server = place.serve(place.file("calls.auto", calls(slow.url, fork=fork)), token=place.token())
    path = server.start(server.automation("Calls"))
    until(lambda: len(slow.keys) == (2 if fork else 1), what="the request")
    began = time.monotonic()
    record = server.call("PATCH", path + "/cancel").json()
    assert time.monotonic() - began < 1
    assert record["status"] == "FAILED" and record["error"] == "cancelled"
    until(lambda: slow.gone == len(slow.keys), 2, "the end of the connection")
    assert {s["error"] for s in record["steps"][1:]} == {"cancelled"}
    assert server.get(path).json() == record


def test_one_server_cancels_what_another_runs(place, peer):
    slow = peer(delay=30)
    token, file = place.token(), place.file("calls.auto", calls(slow.url))
    first, second = place.serve(file, token=token), place.serve(file, token=token)
    path = first.start(first.automation("Calls"))
    until(lambda: slow.keys, what="the request")
    began = time.monotonic()
    record = second.call("PATCH", path + "/cancel").json()
    assert record["error"] == "cancelled" and time.monotonic() - began < 1
    until(lambda: slow.gone == 1, 2, "the end of the connection")
