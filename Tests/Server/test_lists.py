"""Lists over all automations, the files that a server was given, and answers that are compressed or known already."""

import json

from conftest import ASK, HELLO, until, watcher


def events(one):
    """The events of a stream as they come: each id with its data."""
    rest = b""
    while True:
        part = one.recv(65_536)
        if not part:
            return
        *blocks, rest = (rest + part).replace(b"\r\n", b"\n").split(b"\n\n")
        for block in blocks:
            fields = dict(line.split(": ", 1) for line in block.decode().split("\n") if ": " in line)
            if fields.get("event") == "session":
                yield fields["id"], json.loads(fields["data"])


def test_a_stream_tells_of_every_session_and_goes_on_behind_the_last_event(served):
    first = served.start(served.automation("Hello"))
    served.ended(first)
    with watcher(served, "/sessions") as one:
        stream = events(one)
        assert next(stream)[1]["id"] == first[-36:]
        waits = served.start(served.automation("Ask"))
        seen = {}
        while not seen.get(waits[-36:], {}).get("is_waiting"):
            last, session = next(stream)
            seen[session["id"]] = session
    served.call("PATCH", waits + "/cancel")
    with watcher(served, "/sessions", more=f"Last-Event-ID: {int(last) + 60}\r\n") as one:
        # What ended long before is known; what had not ended may be news, and so is what begins.
        later = served.start(served.automation("Ask"))
        assert next(events(one))[1]["id"] in (later[-36:], waits[-36:])


def test_a_stream_of_what_waits_tells_what_does_not_any_more(served):
    waits = served.start(served.automation("Ask"))
    until(lambda: served.get("/sessions?waiting=true").json(), what="the question")
    with watcher(served, "/sessions?waiting=true") as one:
        stream = events(one)
        session = next(stream)[1]
        assert session["id"] == waits[-36:] and session["questions"][0]["message"] == "Really?"
        served.call("PATCH", waits + "/user_input", json={"user_input": "yes"})
        session = next(stream)[1]
        assert session["id"] == waits[-36:] and session["questions"] == [] and not session["is_waiting"]


def test_files_say_what_of_them_is_served(place):
    folder = place.folder / "flows"
    (folder / "deep").mkdir(parents=True)
    good = folder / "hello.auto"
    good.write_text(HELLO)
    (folder / "new.auto").write_text('automation "New"\nSTART begin -> nowhere\n')
    server = place.serve(str(folder), token=place.token())

    def files():
        return {one["name"]: one for one in server.get("/files").json()}

    found = files()
    assert found["hello.auto"]["state"] == "served" and found["hello.auto"]["automation_id"] == server.automation("Hello")
    assert found["new.auto"]["state"] == "not loaded"
    finding = found["new.auto"]["findings"][0]
    assert (finding["code"], finding["severity"], finding["line"], finding["column"]) == ("A101", "error", 2, 16)
    assert str(place.folder) not in server.get("/files").text
    good.write_text(HELLO.replace("-> greet", "-> gret"))
    until(lambda: files()["hello.auto"]["state"] == "earlier version", what="the broken change")
    assert files()["hello.auto"]["problem"] and files()["hello.auto"]["findings"]
    # Added, mended and removed files need no restart.
    (folder / "new.auto").write_text(ASK)
    good.unlink()
    until(lambda: {name: one["state"] for name, one in files().items()} == {"new.auto": "served"}, what="the new files")
    assert [one["name"] for one in server.get("/automations?view=summary").json()] == ["Ask"]


def test_answers_are_compressed_and_not_sent_again(served):
    session = served.start(served.automation("Hello"), {"name": "x" * 100_000})
    record = served.ended(session)
    for path in (session, session.rsplit("/", 1)[0]):
        answer = served.get(path, stream=True)
        assert answer.headers["Content-Encoding"] == "gzip" and len(answer.raw.read()) < 20_000
        plain = served.get(path, headers={"Accept-Encoding": "identity"})
        # `requests` undoes the compression.
        assert "Content-Encoding" not in plain.headers and served.get(path).json() == plain.json()
    assert served.get(session).json() == record
    tag = served.get(session).headers["ETag"]
    again = served.get(session, headers={"If-None-Match": tag})
    assert again.status_code == 304 and not again.content


def test_what_waits_is_the_called_session_and_names_its_caller(place):
    folder = place.folder / "flows"
    folder.mkdir(parents=True)
    (folder / "asking.auto").write_text(
        'automation "Asking"\nSTART begin -> ask\n'
        'GET_USER_INPUT ask -> end { prompt_template { message: "Really?" } }\n')
    (folder / "main.auto").write_text(
        'automation "Main"\nSTART begin -> call\n'
        'REST_API call -> end { prompt_template { automation: "asking.auto" } }\n')
    server = place.serve(str(folder), token=place.token())
    caller = server.start(server.automation("Main"))
    waiting = until(lambda: server.get("/sessions?waiting=true").json(), what="the question")
    assert [one["automation_name"] for one in waiting] == ["Asking"]
    assert waiting[0]["questions"][0]["message"] == "Really?"
    assert waiting[0]["called_by"]["id"] == caller[-36:]
    assert waiting[0]["called_by"]["automation_name"] == "Main"
