"""Batches on the page: how many of their sessions stand how, their sessions, and how they are cancelled."""

import pytest

from browser import browse, needs_browser
from conftest import until

pytestmark = needs_browser
__all__ = ["browse"]

ROWS = """automation "Rows"
input name: text
START begin -> check
LOGIC_DECISION check { prompt_template {
  ask: when inputs.name.startsWith("ask") -> wait
  bad: when inputs.name == "bad" -> read
  other: else -> end
} }
GET_USER_INPUT wait -> end { prompt_template { message: "Go on?" } }
TEXT_TO_JSON read -> end { result: { x: int }, prompt_template { text: inputs.name } }
"""


def begin(server, names, at_once=4):
    path = f"/automations/{server.automation('Rows')}/batches"
    answer = server.call("POST", path, json={"inputs": [{"name": name} for name in names], "at_once": at_once})
    assert answer.status_code == 201, answer.text
    return f"{path}/{answer.json()['id']}"


def counts(server, path):
    return {status: number for status, number in server.get(path).json()["counts"].items() if number}


@pytest.fixture
def rows(place):
    return place.serve(place.file("rows.auto", ROWS), token=place.token())


@pytest.mark.parametrize("width, dark", [(360, True), (1280, False)])
def test_a_batch_is_watched_and_cancelled(rows, browse, width, dark):
    browser = browse(width, dark=dark)
    browser.sign_in(rows, f"/a/{rows.automation('Rows')}")
    browser.find("h2", "Sessions")
    # Where there is none, nothing is said of batches.
    browser.gone("h2", "Batches")
    path = begin(rows, ["ask 1", "ask 2", "bad", "good", "fine"])
    # It comes by itself.
    browser.find("#batches .status.WAITING", "2 wait for an answer")
    browser.find("#batches .status.FINISHED", "2 finished")
    browser.find("#batches .status.FAILED", "1 failed")
    browser.find("#batches .about", "3 of 5 sessions ended")
    browser.shot("automation-batches")
    browser.click("#batches .cover", "Batch " + path[-6:])
    browser.find("h1", "Batch " + path[-6:])
    until(lambda: len(browser.texts(".sessions li")) == 5, what="its sessions")
    browser.run("const one = document.querySelector('select[name=status]'); one.value = 'FAILED'; one.dispatchEvent(new Event('change'))")
    until(lambda: len(browser.texts(".sessions li")) == 1, what="the one that failed")
    assert browser.run("return location.hash").endswith("?status=FAILED")
    browser.shot("batch")
    # Many sessions end by it, so it is asked for once more.
    browser.click("#batch button", "Cancel")
    browser.click("#batch button", "Keep")
    browser.click("#batch button", "Cancel")
    browser.find("#batch button", "Cancel 2 sessions")
    assert counts(rows, path) == {"waiting": 2, "finished": 2, "failed": 1}
    browser.click("#batch button", "Cancel 2 sessions")
    browser.find("#batch .status.CANCELLED", "2 cancelled")
    browser.gone("#batch button", "Cancel")
    assert counts(rows, path) == {"cancelled": 2, "finished": 2, "failed": 1}
    browser.shot("batch-cancelled")
    assert browser.faint() == [] and browser.nameless() == [] and browser.complaints() == []


def test_who_may_only_read_cancels_nothing(place, rows, browse):
    path = begin(rows, ["ask 1"])
    browser = browse()
    automation = rows.automation("Rows")
    browser.sign_in(rows, f"/a/{automation}", token=place.token("reader", "read"))
    browser.find("#batches .status.WAITING", "1 waits for an answer")
    assert browser.look("#batches button", "Cancel") is None
    browser.run("location.hash = arguments[0]", f"/a/{automation}/b/{path.split('/')[-1]}")
    browser.find("#batch .status.WAITING")
    assert browser.look("#batch button", "Cancel") is None


def test_a_batch_that_is_not_there_is_said_to_be(rows, browse):
    browser = browse()
    browser.sign_in(rows, f"/a/{rows.automation('Rows')}/b/00000000-0000-7000-8000-000000000000")
    browser.find("h1", "Not found")
