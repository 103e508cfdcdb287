"""What waits in one place holds up nothing in another: a disk that is busy, and a step that has nothing to do."""

import sqlite3
import threading

from conftest import HELLO

ASK = """automation "Nothing to do, then a question"
input names: list<text>
START begin -> greet
DATA_TRANSFORM greet -> ask {
  each: name in inputs.names
  at_once: 2
  prompt_template { input: name, value: "Hello ${name}" }
}
GET_USER_INPUT ask -> end {
  timeout: 2s
  result: one_of("yes", "no")
  prompt_template { message: "Go on after ${size(greet.result)}?" }
}
"""


def test_a_question_behind_an_empty_list_keeps_its_timeout(place):
    """A step with `each` and `at_once` has nothing to run over; the question behind it still ends by its own time."""
    server = place.serve(place.file("ask.auto", ASK), token=place.token())
    automation = server.automation("Nothing to do, then a question")
    for names in ([], ["a"], ["a", "b", "c"]):
        session = server.start(automation, {"names": names})
        record = server.ended(session)
        assert record["status"] == "FAILED" and "no answer within 2 s" in record["error"], record


def test_a_question_behind_an_empty_list_leaves_the_queue(place):
    """While it waits it takes no place among those that run at once."""
    files = [place.file("ask.auto", ASK.replace("timeout: 2s", "timeout: 1h")), place.file("hello.auto", HELLO)]
    server = place.serve("--at-once", "1", *files, token=place.token())
    waiting = server.start(server.automation("Nothing to do, then a question"), {"names": []})
    server.waiting(waiting)
    assert server.ended(server.start(server.automation("Hello")))["status"] == "FINISHED"


def test_a_disk_that_is_busy_holds_up_only_what_writes(place):
    """Another process has the store locked: sessions wait for their commits, and everybody else is answered."""
    server = place.serve(place.file("hello.auto", HELLO), token=place.token())
    automation = server.automation("Hello")
    first = server.ended(server.start(automation))
    files = [path for path in place.folder.rglob("*.sqlite*") if path.suffix in (".sqlite", ".sqlite3")]
    assert len(files) == 1, files
    lock = sqlite3.connect(files[0], isolation_level=None)
    started = []
    threads = [threading.Thread(target=lambda: started.append(server.start(automation))) for _ in range(8)]
    try:
        lock.execute("BEGIN IMMEDIATE")
        for thread in threads:
            thread.start()
        # These answers would never come within the time in which commits give up, if commits held the threads of all others.
        for _ in range(20):
            assert server.get("/healthz", timeout=5).status_code == 200
        listed = server.get(f"/automations/{automation}/sessions", timeout=5).json()
        assert [one["id"] for one in listed] == [first["id"]]
        assert not started, "a session is told before it is recorded"
    finally:
        lock.execute("ROLLBACK")
        lock.close()
    for thread in threads:
        thread.join()
    assert len(started) == len(threads)
    assert all(server.ended(session)["status"] == "FINISHED" for session in started)
