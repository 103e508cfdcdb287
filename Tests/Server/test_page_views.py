"""What each view of the page shows: home and automation; who may only read; a lost connection."""

import pathlib

import pytest

from browser import LOOP, By, Keys, browse, needs_browser, place_of, starts
from conftest import ASK, HELLO, calls, until

pytestmark = needs_browser
__all__ = ["browse"]

BROKEN = HELLO.replace('"Hello"', '"Broken"').replace("START begin -> shout", "START begin -> shuot")

LONG_ELEMENT = """automation "Long element"
START begin -> make
PYTHON make -> end {
  each: size in [3000000, 1]
  at_once: AT_ONCE
  timeout: 20s
  prompt_template { inputs: { size: size }, code: "result = sum(range(inputs['size']))" }
}
"""

FORM = """automation "Form"
input word: text = "given"
input count: int = 3
input names: list<text> = ["Kiel", "Brest"]
input boat: { name: text, length: number, motor: bool? }
input kind: one_of("race", "cruise") = "cruise"
input day: text = "2026-11-26"
input is_night: bool = false
input extra: json = { a: 1 }
START begin -> out
DATA_TRANSFORM out -> end { prompt_template { value: inputs.word } }
"""


# Home.


def test_what_waits_comes_first_by_itself_and_is_answered_there(served, browse):
    browser = browse()
    browser.sign_in(served)
    browser.find("#waiting", "Nothing waits")
    assert browser.run("return [...document.querySelectorAll('main section')].findIndex(one => one.id === 'waiting')") == 0
    path = served.start(served.automation("Ask"))
    browser.find("#waiting .ask", "Really?")
    browser.find("#waiting .ask", "asked")
    browser.find("#sessions .status.WAITING")
    browser.find("#automations .card", "1 session waits")
    browser.shot("home-waiting")
    browser.click("#waiting button", "yes")
    browser.gone("#waiting .ask")
    browser.find("#sessions .status.FINISHED")
    assert served.ended(path)["status"] == "FINISHED"
    assert browser.complaints() == []


def test_what_starts_by_itself_is_told(place, browse):
    text = HELLO.replace("START begin -> shout", 'START begin -> shout {\n  prompt_template { schedule: "0 7 * * 1-5", zone: "Europe/Berlin", webhook: true }\n}')
    server = place.serve(place.file("hello.auto", text), place.file("ask.auto", ASK), token=place.token())
    for width in (1280, 360):
        browser = browse(width)
        browser.sign_in(server)
        browser.find("#automations .card", "starts in")
        assert browser.look("#automations .card", "Ask").text.count("starts in") == 0
        browser.click("#automations .cover", "Hello")
        told = browser.text("#starts", "0 7 * * 1-5 (Europe/Berlin), next in ")
        assert f"/automations/{server.automation('Hello')}/webhook" in told
        browser.shot("automation-scheduled")
        assert browser.complaints() == []


def test_home_asks_for_little(served, browse):
    browser = browse()
    for _ in range(3):
        starts(served, "Hello")
    browser.sign_in(served)
    browser.find("#sessions .status.FINISHED")
    asked = browser.run("return performance.getEntriesByType('resource').map(one => one.name).filter(one => /\\/(automations|sessions)\\b(?!\\.js)/.test(one))")
    # No whole session and no whole automation.
    assert asked and all("view=summary" in one or "/sessions?" in one for one in asked), asked
    assert all("/automations/" not in one for one in asked), asked


def test_a_file_that_did_not_load_is_told(place, browse):
    (place.folder / "served").mkdir()
    place.file("served/hello.auto", HELLO)
    place.file("served/broken.auto", BROKEN)
    server = place.serve(str(place.folder / "served"), token=place.token())
    browser = browse()
    browser.sign_in(server)
    browser.find("#files", "broken.auto")
    browser.find("#files .chip", "not loaded")
    browser.find("#files .findings", "there is no step `shuot`")
    browser.find("#files .findings", "line 4")
    browser.find("#files .findings", "did you mean `shout`?")
    browser.shot("not-loaded")


def test_home_without_anything(place, browse):
    (place.folder / "served").mkdir()
    server = place.serve(str(place.folder / "served"), token=place.token())
    browser = browse(360)
    browser.sign_in(server)
    browser.find("#waiting", "Nothing waits")
    browser.find("main", "No automation is served yet.")
    browser.find("main", "None yet.")
    browser.shot("empty")


def test_searching_and_filtering(served, browse):
    browser = browse()
    starts(served, "Hello")
    served.waiting(served.start(served.automation("Ask")))
    browser.sign_in(served)
    until(lambda: len(browser.driver.find_elements(By.CSS_SELECTOR, "#sessions li")) == 2)
    browser.write("input[name=q]", "Hello")
    until(lambda: len(browser.driver.find_elements(By.CSS_SELECTOR, "#sessions li")) == 1)
    assert browser.look("#automations .card", "Ask") is None and browser.look("#automations .card", "Hello")
    # The address leads to the same view.
    browser.driver.refresh()
    browser.find("#sessions .status.FINISHED")
    assert browser.look("#sessions .status.WAITING") is None
    browser.type("input[name=q]", Keys.BACKSPACE * 5)
    browser.find("#sessions .status.WAITING")
    browser.click("select[name=status]")
    browser.type("select[name=status]", "waits", Keys.ENTER)
    browser.gone("#sessions .status.FINISHED")
    browser.find("#sessions .status.WAITING")


@pytest.mark.parametrize("at_once", [1, 2])
def test_a_step_took_as_long_everywhere(place, browse, at_once):
    """Whichever element is the last to begin or to end, and whatever ran between two visits."""
    server = place.serve(place.file("long.auto", LONG_ELEMENT.replace("AT_ONCE", str(at_once))), token=place.token())
    path = starts(server, "Long element")
    browser = browse()
    browser.open(server, path)

    def length():
        return browser.on("#steps .group-head", "make", lambda head: head.find_element(By.CSS_SELECTOR, ".took").text)

    until(length)
    until(lambda: browser.text(".graph .node[data-step=make] .took") == length())


# An automation.


def test_the_list_shows_what_begins_by_itself(served, browse):
    browser = browse()
    ask = served.automation("Ask")
    served.waiting(served.start(ask))
    browser.sign_in(served, f"/a/{ask}")
    browser.find("h1", "Ask")
    browser.find("#sessions .status.WAITING")
    browser.run("window.line = document.querySelector('#sessions li'); getSelection().selectAllChildren(window.line)")
    requests = f"return performance.getEntriesByType('resource').filter(one => one.name.includes('{ask}/sessions')).map(one => one.name)"
    before = browser.run(requests)
    # All that the page asked for is light.
    assert before and all("view=summary" in one for one in before), before
    second = served.start(ask)
    served.call("PATCH", second + "/cancel")
    browser.find("#sessions .status.CANCELLED")
    assert browser.run("return window.line.isConnected && getSelection().toString().includes('waits')")
    # It was told: it asked for nothing again.
    assert browser.run(requests) == before


def test_an_automation_shows_its_text(served, browse):
    browser = browse()
    browser.sign_in(served, f"/a/{served.automation('Hello')}")
    browser.find("pre.auto", "inputs.name.upperAscii()")
    assert browser.run("return document.querySelector('pre.auto code').textContent") == HELLO.rstrip("\n")
    assert browser.texts(".t-step") == ["START", "DATA_TRANSFORM", "DATA_TRANSFORM"]
    # A click on a step of the graph, or Enter, leads to its lines.
    browser.click(".graph .node[aria-label^=greet] rect")
    browser.find(".code-line.found", "DATA_TRANSFORM greet")
    browser.run("document.querySelector('.graph .node[aria-label^=shout]').focus()")
    browser.driver.switch_to.active_element.send_keys(Keys.ENTER)
    browser.find(".code-line.found", "DATA_TRANSFORM shout")


def test_a_changed_file_changes_the_page_in_place(place, browse):
    (place.folder / "served").mkdir()
    file = pathlib.Path(place.file("served/hello.auto", HELLO))
    server = place.serve(str(place.folder / "served"), token=place.token())
    hello = server.automation("Hello")
    browser = browse()
    browser.sign_in(server, f"/a/{hello}")
    browser.find(".graph .node[aria-label^=greet]")
    browser.write(".start textarea", "Ada")
    file.write_text(HELLO.replace("greet", "welcome").replace("START", "input loud: bool = false\nSTART"))
    until(lambda: "welcome" in server.get(f"/automations/{hello}", headers={"Accept": "text/x-auto"}).text, what="the change")
    # As for somebody who comes back to the page: it looks at once then, and four times a minute else.
    browser.run("document.dispatchEvent(new Event('visibilitychange'))")
    browser.find(".graph .node[aria-label^=welcome]")
    browser.find("pre.auto", "DATA_TRANSFORM welcome")
    browser.find(".start", "loud")
    # What was filled in is still there, and the page begins with it.
    assert browser.attribute(".start textarea", "value") == "Ada"
    browser.click(".start button", "Start")
    browser.find(".outcome", "Hello ADA")


def test_start_with_inputs_of_every_type(place, browse):
    server = place.serve(place.file("form.auto", FORM), token=place.token())
    form = server.automation("Form")
    browser = browse()
    browser.sign_in(server, f"/a/{form}")
    assert browser.attribute("textarea[name=word]", "value") == "given"
    # What is emptied means the default; what is missing is told at its place, and the focus goes there.
    browser.write("textarea[name=word]", "")
    browser.click(".start button[type=submit]")
    browser.find(".start .problem", "A text is needed here.")
    assert browser.driver.switch_to.active_element.get_attribute("name") == "boat.name"
    browser.write("textarea[name='boat.name']", "Ida")
    browser.write("input[name='boat.length']", "11.5")
    browser.write("input[name=count]", "12")
    browser.click("button[data-add=names]")
    browser.driver.switch_to.active_element.send_keys("Husum")
    browser.click("button[aria-label='Remove row 1']")
    browser.click("input[name=is_night]")
    browser.run("const day = document.querySelector('input[name=day]'); day.value = '2027-01-02'")
    browser.write("textarea[name=extra]", "{no json")
    browser.shot("form")
    browser.click(".start button[type=submit]")
    browser.find(".start .problem", "This is no JSON")
    browser.write("textarea[name=extra]", "[1, 2]")
    browser.click(".start button[type=submit]")
    browser.find("#session .status.FINISHED", "finished")
    expected = {
        "word": "given", "count": 12, "names": ["Brest", "Husum"], "boat": {"name": "Ida", "length": 11.5}, "kind": "cruise",
        "day": "2027-01-02", "is_night": True, "extra": [1, 2],
    }
    session = server.get(f"/automations/{form}/sessions").json()[0]
    assert session["inputs"] == expected
    # "Run again" opens the form with these inputs.
    browser.click("a", "Run again")
    until(lambda: browser.attribute("input[name=count]", "value") == "12", what="the inputs of the session")
    browser.click(".start button[type=submit]")
    until(lambda: len(server.get(f"/automations/{form}/sessions").json()) == 2)
    first, second = server.get(f"/automations/{form}/sessions").json()
    assert first["inputs"] == second["inputs"]


# For everybody.


@pytest.mark.parametrize("dark", [False, True])
def test_names_and_contrast(place, peer, browse, dark):
    slow = peer(delay=60)
    files = [place.file(name + ".auto", text) for name, text in
             (("ask", ASK), ("form", FORM), ("loop", LOOP), ("calls", calls(slow.url)))]
    server = place.serve(*files, token=place.token())
    waiting, loop, running = server.start(server.automation("Ask")), starts(server, "Loop"), server.start(server.automation("Calls"))
    cancelled = server.start(server.automation("Calls"))
    server.call("PATCH", cancelled + "/cancel")
    server.waiting(waiting)
    browser = browse(dark=dark)
    browser.sign_in(server)
    browser.find("#waiting .ask")
    places = [(None, "home"), (f"/a/{server.automation('Form')}", "form")]
    places += [(place_of(path), name) for path, name in ((waiting, "waits"), (loop, "loop"), (running, "runs"), (cancelled, "cancelled"))]
    for address, name in places:
        if address:
            browser.run("location.hash = arguments[0]", address)
            browser.find(".graph .node")
        browser.run("for (const one of document.querySelectorAll('details')) one.open = true")
        assert browser.nameless() == [], name
        assert browser.faint() == [], name
