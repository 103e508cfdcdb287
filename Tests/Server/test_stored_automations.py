"""A session goes on by what it began with: the checked automation is stored, whatever the settings and the checker say by now."""

import contextlib
import sqlite3

from conftest import HELLO, calls, until

WAITS = """automation "Waits"
START begin -> unread
DATA_TRANSFORM unread -> ask { prompt_template { value: "x" } }
GET_USER_INPUT ask -> reply { prompt_template { message: "Go on?" } }
LLM_CALL reply -> done {
  timeout: 1m
  prompt_template { user: "Say it." }
}
DATA_TRANSFORM done -> end { prompt_template { value: "${reply.result.size() > 0}: ${ask.result}" } }
"""

# The file has a step whose result is never read, and no key of a provider is set.
OTHER_SETTINGS = '[check]\nseverity = { A504 = "error" }\n[model]\ndefault = "openai/gpt-4o"\n'


def versions(place, statement, *arguments):
    with contextlib.closing(sqlite3.connect(place.folder / "autorun" / "autorun.sqlite")) as store, store:
        return store.execute(statement, arguments).fetchall()


def folder(place):
    """A folder of its own, so that its settings are nobody else's."""
    (place.folder / "served").mkdir()
    place.file("served/waits.auto", WAITS)
    place.file("served/autorun.toml", '[model]\ndefault = "builtin"\n')
    return str(place.folder / "served")


def waiting_session(place, token):
    server = place.serve(folder(place), token=token)
    path = server.start(server.automation("Waits"))
    server.waiting(path)
    assert server.stop() == 0
    return path


def answered(server, path):
    answer = server.call("PATCH", path + "/user_input", json={"user_input": "yes"})
    assert answer.status_code == 200, answer.text
    return server.ended(path)


def test_other_settings_do_not_stop_a_session(place):
    token = place.token()
    path = waiting_session(place, token)
    place.file("served/autorun.toml", OTHER_SETTINGS)
    server = place.serve(str(place.folder / "served"), token=token)
    until(lambda: any("not loaded" in line.get("message", "") for line in server.lines()), what="the refusal of the file")
    record = answered(server, path)
    assert record["status"] == "FINISHED" and record["steps"][-1]["result"] == "true: yes", record
    # So do sessions that begin with the records of this one.
    again = server.call("POST", path + "/rerun", json={"from": "done"})
    assert again.status_code == 201, again.text
    assert server.ended(path.rsplit("/", 1)[0] + "/" + again.json()["id"])["status"] == "FINISHED"


def test_a_version_stored_by_its_text_alone_is_checked_once(place):
    token = place.token()
    path = waiting_session(place, token)
    versions(place, "UPDATE version SET compiled = NULL")
    place.file("served/autorun.toml", '[check]\nseverity = { A504 = "error" }\n[model]\ndefault = "builtin"\n')
    server = place.serve(str(place.folder / "served"), token=token)
    assert answered(server, path)["status"] == "FINISHED"
    assert versions(place, "SELECT count(*) FROM version WHERE compiled IS NULL") == [(0,)]


def interrupted_session(place, peer, token):
    """A session whose server died while a step ran, and its files."""
    slow = peer(delay=60)
    files = [place.file("calls.auto", calls(slow.url)), place.file("hello.auto", HELLO)]
    server = place.serve(*files, token=token)
    path = server.start(server.automation("Calls"))
    until(lambda: slow.keys, what="the request")
    server.kill()
    slow.delay = 0
    return path, files


def store_as(place, compiled):
    versions(place, "UPDATE version SET compiled = ? WHERE text LIKE '%\"Calls\"%'", compiled)


def test_what_cannot_be_read_ends_its_session_in_words(place, peer):
    token = place.token()
    path, files = interrupted_session(place, peer, token)
    store_as(place, b"auto\x01\xff")
    server = place.serve(*files, token=token)
    record = server.ended(path)
    assert record["status"] == "FAILED"
    assert record["error"] == "the automation `Calls` cannot be run: it is damaged (it ends too early)"
    assert [step["status"] for step in record["steps"]] == ["FINISHED", "FAILED"]
    assert server.ended(server.start(server.automation("Hello")))["status"] == "FINISHED"
    refused = server.call("POST", path + "/retry")
    assert refused.status_code == 409 and "is damaged" in refused.text, refused.text


def test_what_a_newer_version_stored_is_left_for_it(place, peer):
    token = place.token()
    path, files = interrupted_session(place, peer, token)
    sound = versions(place, "SELECT compiled FROM version WHERE text LIKE '%\"Calls\"%'")[0][0]
    store_as(place, b"auto\x63")
    server = place.serve(*files, token=token)
    until(lambda: [line for line in server.lines() if "newer autorun (format 99)" in line.get("reason", "")], what="the reason")
    assert server.get(path).json()["status"] == "RUNNING"
    assert server.stop() == 0
    # The newer version is this one again.
    store_as(place, sound)
    assert place.serve(*files, token=token).ended(path)["status"] == "FINISHED"
