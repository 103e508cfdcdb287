"""What a client of the API is told as it happens: records, a model's words, lists."""

import threading

from conftest import ASK, SAMPLE, events, events_with_ids


class Stages:
    """Sees to it that no step record comes in an earlier state than it came in before."""

    order = ["NEW", "RUNNING", "ENDED"]

    def __init__(self):
        self.seen = {}

    def take(self, kind, data):
        for record in data["steps"] if kind == "session" else [data] if kind == "step" else []:
            stage = self.order.index(record["status"] if record["status"] in self.order else "ENDED")
            before = self.seen.get(record["id"], 0)
            assert stage >= before, f"{record['step']['name']} was {self.order[before]}, and comes as {self.order[stage]}"
            self.seen[record["id"]] = stage


def test_a_stream_of_records(served):
    path = served.start(served.automation("Ask"))
    served.waiting(path)
    stream = events(served.get(path, headers={"Accept": "text/event-stream"}, stream=True))
    kind, first = next(stream)
    assert kind == "session" and first["current_step"]["step"]["name"] == "ask"
    served.call("PATCH", path + "/user_input", json={"user_input": "no"})
    rest = list(stream)
    steps = [(e["step"]["name"], e["status"]) for kind, e in rest if kind == "step"]
    assert ("ask", "FINISHED") in steps and ("done", "FINISHED") in steps
    assert rest[-1][0] == "session" and rest[-1][1]["status"] == "FINISHED"
    assert rest[-1][1] == served.get(path).json()
    # Of one that has ended there is no more to come.
    assert list(events(served.get(path, headers={"Accept": "text/event-stream"}, timeout=20, stream=True))) == [rest[-1]]


def test_a_record_never_comes_in_an_earlier_state(place, peer):
    slow = peer(delay=1)
    text = ASK.replace("ask -> done", "ask -> call").replace(
        "DATA_TRANSFORM done", f"""REST_API call -> done {{
  timeout: 60s
  prompt_template {{ url: "{slow.url}/", method: "POST", allow_private: true }}
}}
DATA_TRANSFORM done""")
    token, file = place.token(), place.file("ask.auto", text)
    server = place.serve(file, token=token)
    path = server.start(server.automation("Ask"))
    server.waiting(path)
    stages, last = Stages(), None
    stream = events_with_ids(server.get(path, headers={"Accept": "text/event-stream"}, stream=True))
    for last, kind, data in stream:
        stages.take(kind, data)
        if kind == "session" and data["current_step"]["step"]["name"] == "ask":
            server.call("PATCH", path + "/user_input", json={"user_input": "no"})
        if kind == "step" and data["step"]["name"] == "call" and data["status"] == "RUNNING":
            break
    server.kill()
    # Another process goes on with the session, and with the stream: what the client has seen is not sent again.
    server = place.serve(file, token=token)
    stream = events_with_ids(server.get(path, headers={"Accept": "text/event-stream", "Last-Event-ID": last}, stream=True))
    names = []
    for last, kind, data in stream:
        stages.take(kind, data)
        names.append(data["step"]["name"] if kind == "step" else kind)
    assert "begin" not in names and "ask" not in names and names[-2:] == ["done", "session"]
    assert data == server.get(path).json() and data["status"] == "FINISHED"
    again = server.get(path, headers={"Accept": "text/event-stream", "Last-Event-ID": last}, stream=True)
    assert list(events(again)) == []


def test_who_comes_while_a_model_writes_is_given_what_it_wrote_before(place, model):
    goes_on = threading.Event()

    def words():
        yield "Once upon "
        while not goes_on.is_set():
            yield ""
        yield "a time."

    text = """automation "Writes"
START begin -> tell
LLM_CALL tell -> end { prompt_template { model: "openai/m", user: "Tell" } }
"""
    server = place.serve(place.file("writes.auto", text), token=place.token(), environment=model(words(), pause=0.02))
    path = server.start(server.automation("Writes"))
    headers = {"Accept": "text/event-stream"}
    first = events_with_ids(server.get(path, headers=headers, stream=True))
    last, begun = None, ""
    for key, kind, data in first:
        last = key or last
        begun += data["text"] if kind == "text" else ""
        if begun == "Once upon ":
            break
    # One that comes later, and one that comes back: both are told it once, and then only what follows.
    for more in {}, {"Last-Event-ID": last}:
        goes_on.clear()
        stream = events_with_ids(server.get(path, headers={**headers, **more}, stream=True))
        whole = next(data for _, kind, data in stream if kind == "text")
        assert (whole["text"], whole["whole"], whole["left_out"]) == ("Once upon ", True, 0)
    goes_on.set()
    assert [data["text"] for _, kind, data in stream if kind == "text"] == ["a time."]
    # Of what has ended the record says all.
    assert [kind for _, kind, _ in events_with_ids(server.get(path, headers=headers, stream=True))] == ["session"]


def test_a_list_is_told_of_what_begins_and_changes(served, place):
    ask = served.automation("Ask")
    path = f"/automations/{ask}/sessions"
    first = served.start(ask)
    stream = events(served.get(path, headers={"Accept": "text/event-stream"}, stream=True))
    kind, summary = next(stream)
    assert kind == "session" and first.endswith(summary["id"]) and "steps" not in summary and "inputs" not in summary
    second = served.start(ask)
    assert second.endswith(next(data for _, data in stream if not first.endswith(data["id"]))["id"])
    served.call("PATCH", first + "/cancel")
    assert next(data for _, data in stream if first.endswith(data["id"]) and data["status"] == "FAILED")["error"] == "cancelled"
    # What another process writes is told, too.
    place.run("answer", second.rsplit("/", 1)[-1], "yes")
    assert next(data for _, data in stream if second.endswith(data["id"]) and data["status"] == "FINISHED")["steps_count"] == 3


def test_what_a_list_carries_stays_small(served):
    hello = served.automation("Hello")
    for _ in range(3):
        served.ended(served.start(hello, {"name": "x" * 200_000}))
    path = f"/automations/{hello}"
    assert all(list(one) == [key for key in SAMPLE if key not in ("steps", "current_step")] for one in served.get(path).json()["sessions"])
    for light in ("/automations?view=summary", path + "?view=summary", path + "?sessions=0", path + "/sessions?view=summary"):
        assert len(served.get(light).content) < 5_000, light


def test_a_list_tells_the_end_of_what_newer_ones_have_pushed_out_of_it(served):
    ask = served.automation("Ask")
    first = served.start(ask)
    served.waiting(first)
    waiting = "/sessions?waiting=true&limit=1"
    every, asking = (events(served.get(path, headers={"Accept": "text/event-stream"}, stream=True)) for path in ("/sessions?limit=1", waiting))
    assert next(data for _, data in every)["id"] == next(data for _, data in asking)["id"] == first[-36:]
    second = served.start(ask)
    served.waiting(second)
    for stream in every, asking:
        next(data for _, data in stream if second.endswith(data["id"]) and data["is_waiting"])
    # A third one changes the list once more, before the first one ends.
    third = served.start(ask)
    served.waiting(third)
    for stream in every, asking:
        next(data for _, data in stream if third.endswith(data["id"]) and data["is_waiting"])
    served.call("PATCH", first + "/user_input", json={"user_input": "yes"})
    assert next(data for _, data in every if first.endswith(data["id"]) and data["status"] == "FINISHED")["steps_count"] == 3
    assert not next(data for _, data in asking if first.endswith(data["id"]) and data["questions"] == [])["is_waiting"]
