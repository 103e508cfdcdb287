"""The page in a real browser: start, watch, answer, cancel, and a page that tries to be markup."""

import json
import threading

import pytest

from browser import KEPT, SELECT, By, Keys, browse, needs_browser
from conftest import HELLO, calls, until

pytestmark = needs_browser
__all__ = ["browse"]


def test_signing_in(served, browse):
    browser = browse()
    browser.driver.get(served.url + "/")
    browser.type("#token", "wrong" + Keys.ENTER)
    browser.find(".problem", "not known")
    browser.shot("sign-in")
    browser.write("#token", served.session.headers["Authorization"].split()[1] + Keys.ENTER)
    browser.find("h1", "Home")
    browser.click("#sign-out")
    browser.find("h1", "Sign in")


@pytest.mark.parametrize("width, dark", [(360, True), (1280, False)])
def test_start_watch_answer_and_rerun(served, browse, width, dark):
    browser = browse(width, dark=dark)
    browser.sign_in(served)
    browser.shot("home")
    browser.click("main a", "Ask")
    until(lambda: len(browser.driver.find_elements(By.CSS_SELECTOR, ".graph rect")) == 4)
    browser.shot("automation")
    browser.click("button", "Start")
    browser.find(".ask", "Really?")
    browser.find(".status.WAITING")
    browser.find(".graph g.WAITING")
    browser.find(".timeline .bar.WAITING")
    browser.shot("waiting")
    # By keyboard: the first choice has the focus already.
    browser.driver.switch_to.active_element.send_keys(Keys.ENTER)
    browser.find("#session .status.FINISHED", "finished")
    browser.gone(".ask")
    # The result stands on top.
    assert browser.text(".outcome pre") == "You said yes"
    until(lambda: len(browser.driver.find_elements(By.CSS_SELECTOR, ".graph g.FINISHED")) == 3)
    until(lambda: len(browser.driver.find_elements(By.CSS_SELECTOR, ".timeline .bar.FINISHED")) == 3)
    browser.click("summary .name", "done")
    assert browser.text("#steps details[open] pre") == "You said yes"
    browser.shot("finished")
    browser.click("details[open] button", "Rerun from here")
    until(lambda: len(served.get(f"/automations/{served.automation('Ask')}/sessions").json()) == 2)
    browser.find("#session .status.FINISHED", "finished")
    browser.driver.get(served.url + "/docs")
    browser.find("h1", "The API")
    browser.click("summary .path", "/cancel")
    browser.shot("docs")
    assert browser.complaints() == []


def test_a_readers_place_is_kept(served, browse):
    browser = browse()
    path = served.start(served.automation("Ask"))
    served.waiting(path)
    browser.open(served, path)
    browser.find(".ask", "Really?")
    browser.click("summary .name", "begin")
    button = browser.find("details[open] button", "Rerun from here")
    browser.run("arguments[0].focus()", button)
    # The whole id of the session; what comes then changes much around it.
    selected = browser.run(SELECT, "#session code")
    assert selected == path.split("/")[-1]
    served.call("PATCH", path + "/user_input", json={"user_input": "yes"})
    browser.find("#session .status.FINISHED", "finished")
    browser.find("summary .name", "done")
    assert browser.run("return getSelection().toString()") == selected
    assert browser.run(KEPT), "an element was replaced"
    assert browser.driver.switch_to.active_element == button and button.is_displayed()
    assert browser.complaints() == []


def test_a_broken_file_is_told(place, browse):
    file = place.file("hello.auto", HELLO)
    server = place.serve(file, token=place.token())
    place.file("hello.auto", HELLO.replace("START begin -> shout", "START begin -> shuot"))
    until(lambda: server.get("/automations?view=summary").json()[0]["problem"], what="the problem")
    browser = browse()
    browser.sign_in(server)
    browser.find("main .problem", "line 4: ")
    browser.click("main a", "Hello")
    browser.find("main .problem", "line 4: ")
    browser.click("button", "Start")
    browser.find("#session .status.FINISHED", "finished")


def test_cancel(place, peer, browse):
    slow = peer(delay=30)
    server = place.serve(place.file("calls.auto", calls(slow.url)), token=place.token())
    browser = browse()
    browser.sign_in(server)
    browser.click("main a", "Calls")
    browser.click("button", "Start")
    browser.find(".graph g.RUNNING")
    until(lambda: slow.keys, what="the request")
    browser.shot("running")
    browser.click("button", "Cancel")
    # It is no failure, and does not look like one.
    browser.find("#session .status.CANCELLED", "cancelled")
    browser.find(".outcome.CANCELLED", "It was cancelled")
    browser.find(".graph g.CANCELLED")
    assert browser.driver.find_elements(By.CSS_SELECTOR, "main .FAILED") == []
    assert browser.look("main .problem") is None
    browser.shot("cancelled")
    until(lambda: slow.gone == 1, what="the end of the connection")
    browser.click("button", "Go on from where it was cancelled")
    until(lambda: len(slow.keys) == 2, what="the request of the session that goes on")


def test_a_failure_is_told_on_top(place, browse):
    file = 'automation "Fails"\nSTART begin -> a\nTEXT_TO_JSON a -> end { prompt_template { text: "no json" } }\n'
    server = place.serve(place.file("fails.auto", file), token=place.token())
    path = server.start(server.automation("Fails"))
    error = server.ended(path)["error"]
    browser = browse(360)
    browser.open(server, path)
    browser.find("#session .status.FAILED", "failed")
    browser.find(".outcome.FAILED", error)
    browser.click(".outcome button", "Show the step")
    until(lambda: browser.run("return document.activeElement.closest('#steps details[open]') !== null"), what="the step, focused")
    browser.shot("failed")
    browser.click("button", "Retry from where it failed")
    until(lambda: len(server.get(f"/automations/{path.split('/')[2]}/sessions").json()) == 2)


def test_markup_stays_text(place, peer, browse):
    evil = '</pre><script>document.title="owned"</script><img src=x onerror="document.title=\'owned\'"><b>bold</b>'
    echo = peer(body=json.dumps({"page": evil * 3}).encode())
    text = calls(echo.url, name="<img src=x onerror=alert(1)>").replace('automation "', 'automation "', 1)
    text += 'test "t" {\n  replies: { a: { status: 200, headers: {}, body: "x" } }\n  expect session.status == "FINISHED"\n}\n'
    ask = 'automation "Quote"\ninput said: text\nSTART begin -> ask\nGET_USER_INPUT ask -> end { prompt_template { message: "So: ${inputs.said}" } }\n'
    server = place.serve(place.file("evil.auto", text), place.file("quote.auto", ask), token=place.token())
    browser = browse()
    browser.sign_in(server)
    browser.click("main a", "<img src=x")
    browser.click("button", "Start")
    browser.find("#session .status.FINISHED", "finished")
    browser.click("summary .name", "a")
    browser.find("#steps details[open] .value", "<script>")
    path = server.start(server.automation("Quote"), {"said": evil})
    server.waiting(path)
    browser.open(server, path)
    assert evil in browser.text(".ask p", "So:")
    browser.shot("markup")
    assert browser.driver.find_elements(By.CSS_SELECTOR, "main script, main img, main b") == []
    assert "owned" not in browser.driver.title
    assert browser.complaints() == []


def test_a_models_words_as_they_come(place, browse, model):
    text = 'automation "Tale"\nSTART begin -> tell\nLLM_CALL tell -> end {\n  timeout: 30s\n  prompt_template { model: "openai/gpt-4o-mini", user: "Tell" }\n}\n'
    heard, selected, read = threading.Event(), threading.Event(), threading.Event()

    def words():
        # Said until the page, which opens its stream some time after the start, has shown it.
        while not heard.is_set():
            yield "upon "
        while not selected.is_set():
            yield ""
        yield "a time"
        while not read.is_set():
            yield ""

    environment = model(words(), pause=0.05)
    server = place.serve(place.file("tale.auto", text), token=place.token(), environment=environment)
    browser = browse()
    browser.sign_in(server)
    browser.click("main a", "Tale")
    browser.click("button", "Start")
    # In one go, since the session may end between two looks.
    shown = """return document.querySelector('#session .status.RUNNING') !== null
        && [...document.querySelectorAll('#steps details[open] pre')].some(pre => pre.textContent.includes(arguments[0]))"""
    until(lambda: browser.run(shown, "upon"), what="the words, while the session runs")
    heard.set()
    browser.shot("streaming")
    text = browser.run(SELECT, "#steps details[open] pre")
    assert "upon" in text
    selected.set()
    until(lambda: browser.run(shown, "time"), what="the last words, while the session runs")
    assert browser.run("return getSelection().toString()").startswith(text.strip())
    assert browser.run(KEPT), "an element was replaced"
    read.set()
    browser.find("#session .status.FINISHED", "finished")
    metrics = server.get("/metrics").text
    assert 'autorun_model_tokens_total{model="openai/gpt-4o-mini",kind="input"} 11' in metrics
    assert 'autorun_model_cost_dollars_total{model="openai/gpt-4o-mini"} 5.' in metrics
