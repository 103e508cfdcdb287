"""The trace: what a session's records have no field for, served, kept over crashes, and shown by `autorun show`."""

import contextlib
import http.server
import json
import sqlite3
import threading

import pytest

from conftest import BIN, ROOT, calls, until
from terminal import Terminal

TRIES = """automation "Tries"
START begin -> work
REST_API work -> end {{
  timeout: 20s
  retry: {{ attempts: 3, first_delay: 10ms, max_delay: 20ms }}
  prompt_template {{ url: "{0}/work?key=${{"open"}}", method: "POST", allow_private: true }}
}}
"""

ASKS = """automation "Asks"
START begin -> each_town
LLM_CALL each_town -> end {
  timeout: 30s
  each: town in ["Kiel", "Ulm", "Bonn"]
  prompt_template { model: "openai/gpt-4o-mini", user: "About ${town}" }
}
"""


@pytest.fixture
def busy_once():
    """A server that is busy the first time."""

    class Busy(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.server.asked += 1
            body = b'{"n": 1}'
            self.send_response(503 if self.server.asked == 1 else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Busy)
    server.asked = 0
    server.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_tries_and_requests(place, busy_once):
    server = place.serve(place.file("tries.auto", TRIES.format(busy_once.url)), token=place.token())
    path = server.start(server.automation("Tries"))
    record = server.ended(path)
    assert record["status"] == "FINISHED", record["error"]
    events = server.get(path + "/trace").json()
    assert [(one["event"], one["attempt"]) for one in events] == [("http", 1), ("attempt", 1), ("http", 2), ("attempt", 2)]
    assert {one["step_record_id"] for one in events} == {record["steps"][1]["id"]}
    assert [one["data"]["status"] for one in events[::2]] == [503, 200]
    assert events[0]["data"]["method"] == "POST" and events[0]["data"]["url"].startswith(busy_once.url)
    assert events[0]["data"]["bytes"] == 8 and events[0]["data"]["recorded"] is False
    failed, done = events[1]["data"], events[3]["data"]
    assert failed["ok"] is False and failed["kind"] == "status" and failed["delay_ms"] > 0
    assert done == {"ok": True, "kind": None, "message": None, "time_ms": done["time_ms"], "delay_ms": None}
    # Page after page comes the same.
    pages, after = [], 0
    while True:
        answer = server.get(f"{path}/trace?limit=3&after={after}")
        pages += answer.json()
        after += len(answer.json())
        if "next" not in answer.links:
            break
        assert answer.links["next"]["url"].endswith(f"limit=3&after={after}")
    assert pages == events
    text = server.get("/metrics").text
    assert 'autorun_attempts_total{end="ok"} 1\n' in text and 'autorun_attempts_total{end="status"} 1\n' in text
    assert "autorun_retries_total 1\n" in text
    # The commands show the same.
    session = path.rsplit("/", 1)[1]
    assert json.loads(place.run("show", session, "--trace", "--json").stdout) == events
    shown = place.run("show", session, "--trace").stdout
    assert "work  try 1: failed after" in shown and "(status): the server answered 503" in shown
    assert "work  try 2: ok after" in shown and ": 503, 8 bytes" in shown
    lines = place.run("show", session, "--timeline").stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert any(line.startswith("work") and "▒" in line and "2 tries" in line for line in lines), lines
    assert place.run("show", session, "--cost").stdout == "no model was asked\n"


def test_a_trace_goes_on_where_another_process_takes_over(place, peer):
    slow = peer(delay=60)
    token, file = place.token(), place.file("calls.auto", calls(slow.url))
    first = place.serve(file, token=token)
    path = first.start(first.automation("Calls"))
    until(lambda: len(slow.keys) == 1, what="the request")
    first.kill()
    slow.delay = 0
    second = place.serve(file, token=token)
    assert second.ended(path)["status"] == "FINISHED"
    events = second.get(path + "/trace").json()
    assert [one["event"] for one in events] == ["session", "http", "attempt"]
    assert events[0]["data"] == {"turn": "taken_over", "by": None} and events[0]["step_record_id"] is None
    # What has ended stays as it is.
    second.call("PATCH", path + "/cancel")
    assert second.get(path + "/trace").json() == events


def test_who_cancels_is_told(place, peer):
    slow = peer(delay=60)
    server = place.serve(place.file("calls.auto", calls(slow.url)), token=place.token("ci"))
    path = server.start(server.automation("Calls"))
    until(lambda: len(slow.keys) == 1, what="the request")
    server.call("PATCH", path + "/cancel")
    turns = [one["data"] for one in server.get(path + "/trace").json() if one["event"] == "session"]
    assert turns == [{"turn": "cancelled", "by": "ci"}]
    other = server.start(server.automation("Calls"))
    until(lambda: len(slow.keys) == 2, what="the request")
    place.run("cancel", other.rsplit("/", 1)[1])
    turns = [one["data"] for one in server.get(other + "/trace").json() if one["event"] == "session"]
    assert turns == [{"turn": "cancelled", "by": "terminal"}]


def test_what_models_cost(place, model):
    environment = model(["Some words"])
    place.file("autorun.toml", '[prices]\n"gpt-4o-mini" = { input = 1000.0, output = 2000.0 }\n')
    server = place.serve(place.file("asks.auto", ASKS), token=place.token(), environment=environment)
    path = server.start(server.automation("Asks"))
    assert server.ended(path)["status"] == "FINISHED"
    asked = [one["data"] for one in server.get(path + "/trace").json() if one["event"] == "model"]
    # Each call once: 11 tokens in and 7 out, by the prices of the automation's own folder.
    assert [(one["tokens_in"], one["tokens_out"], one["dollars"]) for one in asked] == [(11, 7, 0.025)] * 3
    session = path.rsplit("/", 1)[1]
    cost = json.loads(place.run("show", session, "--cost", "--json").stdout)
    assert [(row["step"], row["calls"], row["tokens_in"], row["tokens_out"], row["dollars"]) for row in cost["steps"]] == [("each_town", 3, 33, 21, pytest.approx(0.075))]
    assert cost["total"]["calls_of_unknown_price"] == 0
    table = place.run("show", session, "--cost").stdout
    assert "$0.0750" in table and table.splitlines()[0].split()[:2] == ["step", "model"]


def test_without_a_trace_nothing_is_known_of_model_calls(place, model):
    server = place.serve(place.file("asks.auto", ASKS), token=place.token(), environment=model(["Some words"]))
    path = server.start(server.automation("Asks"))
    assert server.ended(path)["status"] == "FINISHED"
    # As a session that was recorded before there were traces.
    with contextlib.closing(sqlite3.connect(place.folder / "autorun" / "autorun.sqlite")) as database:
        database.execute("DELETE FROM trace")
        database.commit()
    shown = place.run("show", path.rsplit("/", 1)[1], "--cost").stdout
    assert shown == "nothing is known of model calls: recorded without a trace\n"


def test_an_unknown_price_is_unknown(place, model):
    environment = model(["Some words"])
    text = ASKS.replace("openai/gpt-4o-mini", "openai/nobody-knows")
    server = place.serve(place.file("asks.auto", text), token=place.token(), environment=environment)
    path = server.start(server.automation("Asks"))
    assert server.ended(path)["status"] == "FINISHED"
    session = path.rsplit("/", 1)[1]
    cost = json.loads(place.run("show", session, "--cost", "--json").stdout)
    assert cost["total"]["dollars"] is None and cost["total"]["calls_of_unknown_price"] == 3
    assert "unknown" in place.run("show", session, "--cost").stdout


def test_a_run_stays_within_its_dollars(place, model):
    environment = model(["Some words"])
    place.file("autorun.toml", '[prices]\n"gpt-4o-mini" = { input = 0.0, output = 1000.0 }\n[check]\nseverity = { A505 = "off" }\n')
    # A call can cost a cent, and costs 0.7: of six cents and a half, eight calls leave less than one.
    text = ASKS.replace("START", "max_cost $0.065\nSTART", 1).replace("each: town in [\"Kiel\", \"Ulm\", \"Bonn\"]", "each: town in [\"a\", \"b\", \"c\", \"d\", \"e\", \"f\", \"g\", \"h\", \"i\", \"j\"]").replace("user:", "max_tokens: 10, user:")
    server = place.serve(place.file("asks.auto", text), token=place.token(), environment=environment)
    path = server.start(server.automation("Asks"))
    record = server.ended(path)
    assert record["status"] == "FAILED" and "max_cost $0.0650" in record["error"], record["error"]
    asked = [one for one in server.get(path + "/trace").json() if one["event"] == "model"]
    assert len(asked) == 8
    assert sum(one["data"]["dollars"] for one in asked) == pytest.approx(0.056)


def test_a_run_on_a_terminal_says_what_it_cost(place, model):
    file = place.file("asks.auto", ASKS)
    environment = {**place.environment, **model(["Some words"])}
    terminal = Terminal([BIN / "autorun", "run", file], environment, 80, folder=ROOT)
    try:
        terminal.sees("--cost")
        # By the list price; of the local session's id only the end is shown.
        assert "3 model calls, 33 tokens in, 21 out, $0.000018: autorun show " in " ".join(terminal.screen.text.split())
    finally:
        terminal.close()
    # What is read by a program has no such line.
    place.environment.update(environment)
    assert "model calls" not in place.run("run", file).stderr


def test_what_a_further_run_cost_is_said_to_be_of_this_run(place, model):
    text = ASKS.replace("begin -> each_town", 'begin -> sure\nGET_USER_INPUT sure -> each_town { prompt_template { message: "Sure?" } }')
    place.environment.update(model(["Some words"]))
    assert place.run("run", place.file("asks.auto", text), check=False).returncode == 4
    session = json.loads(place.run("sessions", "--json").stdout)[0]["id"]
    terminal = Terminal([BIN / "autorun", "answer", session, "yes"], place.environment, 80, folder=ROOT)
    try:
        terminal.sees("--cost")
        assert "this run: 3 model calls, 33 tokens in" in " ".join(terminal.screen.text.split())
    finally:
        terminal.close()
