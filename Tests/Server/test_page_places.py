"""A reader of the page keeps the place, in a list that was opened further and by a link that is not whole; and is shown the whole result."""

import pathlib

import pytest

from browser import By, browse, needs_browser
from conftest import HELLO, until

pytestmark = needs_browser
__all__ = ["browse"]


def test_a_list_that_was_opened_further_stays_so(served, browse):
    hello = served.automation("Hello")
    for _ in range(35):
        served.ended(served.start(hello))
    browser = browse()
    browser.sign_in(served, "/?q=hello")

    def lines():
        return len(browser.driver.find_elements(By.CSS_SELECTOR, "#sessions > li"))

    until(lambda: lines() == 30, what="the newest sessions")
    browser.click("button", "Show older")
    until(lambda: lines() == 35, what="the older sessions")
    browser.gone("button", "Show older")
    # A session that begins makes the filtered list be read anew.
    served.ended(served.start(hello))
    until(lambda: lines() == 36, what="the new session beside all others")
    assert browser.look("button", "Show older") is None
    assert browser.complaints() == []


def test_a_percent_sign_that_means_nothing_is_a_letter(served, browse):
    browser = browse()
    browser.driver.get(served.url + "/#token=%")
    browser.find("h1", "Sign in")
    browser.sign_in(served)
    browser.run("location.hash = '#/a/%'")
    browser.find("main .problem")
    assert browser.complaints() == []


def test_the_search_takes_what_the_api_takes(served, browse):
    browser = browse()
    browser.sign_in(served)
    parameters = served.get("/openapi.json").json()["paths"]["/sessions"]["get"]["parameters"]
    longest = next(one for one in parameters if one["name"] == "q")["schema"]["maxLength"]
    assert browser.attribute("input[name=q]", "maxlength") == str(longest)


def test_a_changed_file_shows_where_it_is_looked_at(place, browse):
    file = pathlib.Path(place.file("hello.auto", HELLO))
    server = place.serve(str(file), token=place.token())
    browser = browse()
    browser.sign_in(server, f"/a/{server.automation('Hello')}")
    browser.find("h1", "Hello")
    file.write_text(HELLO.replace('"Hello"', '"Welcome"').replace("Greets.", "Says hello."))

    def loaded():
        return [line["name"] for line in server.lines() if line.get("message") == "loaded"]

    until(lambda: loaded() == ["Hello", "Welcome"], what="the line in the log")
    assert server.get("/automations").json()[0]["name"] == "Welcome"
    # As if somebody came back to the page, which is looked at anew then.
    browser.run("document.dispatchEvent(new Event('visibilitychange'))")
    browser.find("h1", "Welcome")
    browser.find("main p", "Says hello.")
    assert browser.driver.title == "Welcome – autorun"
    assert browser.complaints() == []


def test_the_result_is_what_came_to_the_end(place, browse):
    fork = """automation "Fork"
START begin -> [a, b]
DATA_TRANSFORM a -> end { prompt_template { value: "left" } }
DATA_TRANSFORM b -> end { prompt_template { value: "right" } }
"""
    empty = """automation "Empty"
input names: list<text> = []
START begin -> count
DATA_TRANSFORM count -> greet { prompt_template { value: "nobody reads this" } }
DATA_TRANSFORM greet -> end { each: name in inputs.names, prompt_template { value: name } }
"""
    server = place.serve(place.file("fork.auto", fork), place.file("empty.auto", empty), token=place.token())

    def ended(name):
        path = server.start(server.automation(name))
        server.ended(path)
        return path

    browser = browse(360)
    browser.open(server, ended("Fork"))
    browser.find(".outcome h2", "Results")
    # That of each branch, with the step that gave it.
    results = browser.driver.find_elements(By.CSS_SELECTOR, ".outcome .part")
    assert [one.text.replace("Copy", "").split() for one in results] == [["a", "left"], ["b", "right"]]
    browser.shot("fork")
    browser.open(server, ended("Empty"))
    browser.find(".outcome", "an empty list")
    assert "nobody reads this" not in browser.text(".outcome")
    assert browser.complaints() == []


def test_a_long_wait_is_drawn_longer_than_work_of_no_time(served, browse):
    browser = browse()
    browser.sign_in(served)
    work, wait, last = browser.driver.execute_async_script("""
        const done = arguments[arguments.length - 1];
        import("/timeline.js").then(({ Timeline }) => {
          const timeline = new Timeline(() => {});
          const row = (id, began, ended, isWait) => ({ id, step: id, element: null, visit: 1, status: "FINISHED",
            began_at_ms: began, ended_at_ms: ended, isWait, isCancelled: false });
          timeline.set([row("work", 0, 10, false), row("ask", 10, 3_600_000, true), row("end", 3_600_000, 3_600_000, false)]);
          document.body.append(timeline.element);
          const width = (bar) => bar.style.getPropertyValue("--to") - bar.style.getPropertyValue("--from");
          const bars = [...timeline.element.querySelectorAll(".bar")];
          const over = bars[2].getBoundingClientRect().right - bars[2].parentElement.getBoundingClientRect().right;
          done([width(bars[0]), width(bars[1]), over]);
        });""")
    assert work < 0.1 < wait
    # What ended in the last moment is still seen.
    assert last <= 0.5


@pytest.mark.parametrize("place_of_list", ["home", "automation"])
def test_a_session_that_newer_ones_pushed_out_of_the_first_page_does_not_stay_open(served, browse, place_of_list):
    ask = served.automation("Ask")
    paths = [served.start(ask) for _ in range(32)]
    for path in paths:
        served.waiting(path)
    browser = browse()
    browser.sign_in(served, "/" if place_of_list == "home" else f"/a/{ask}")
    browser.click("button", "Show older")
    until(lambda: len(browser.texts("#sessions > li .status.WAITING")) == 32, what="all sessions")
    # The stream of this page begins with the newest ones; what comes of another one shows with the next news.
    for path in paths[:2]:
        served.call("PATCH", path + "/user_input", json={"user_input": "yes"})
        served.ended(path)
    served.start(ask)
    until(lambda: len(browser.texts("#sessions > li .status.WAITING")) == 31, what="the new session, and the end of two")
    assert len(browser.texts("#sessions > li")) == 33
    assert browser.complaints() == []


def test_a_session_that_is_pushed_out_while_the_page_is_looked_at_does_not_stay_open(served, browse):
    ask, hello = served.automation("Ask"), served.automation("Hello")
    path = served.start(ask)
    served.waiting(path)
    browser = browse()
    browser.sign_in(served)
    browser.find("#sessions .status.WAITING")
    for _ in range(32):
        served.start(hello)
    until(lambda: len(browser.texts("#sessions > li")) == 33, what="the newer sessions")
    served.call("PATCH", path + "/user_input", json={"user_input": "yes"})
    browser.gone("#sessions .status.WAITING")
    until(lambda: len(browser.texts("#sessions > li .status.FINISHED")) == 33, what="the end of all")
    assert len(browser.texts("#sessions > li")) == 33
