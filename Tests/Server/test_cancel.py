"""Cancelling over HTTP, whatever a session is at: within a second it has ended, its children are dead, its peers see it go."""

import pathlib
import time

import pytest

from conftest import until

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
