"""The page in a real browser: start, watch, answer, cancel, and a page that tries to be markup.

With SHOTS=folder, screenshots at 360 and 1280 pixels are left there to be looked at.
"""

import contextlib
import json
import os
import pathlib
import shutil

import pytest
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from conftest import ASK, HELLO, calls, until

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="needs Debian's chromium and chromium-driver")


class Browser:
    def __init__(self, folder, width, dark=False):
        options = webdriver.ChromeOptions()
        options.binary_location = CHROMIUM
        for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", f"--user-data-dir={folder}/chromium-{width}"):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=Service(DRIVER))
        self.width = width
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600})
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]})

    def find(self, css, text=None):
        def found():
            for element in self.driver.find_elements(By.CSS_SELECTOR, css):
                with contextlib.suppress(StaleElementReferenceException):
                    if text is None or text in element.text:
                        return element

        try:
            return until(found, what=f"{css} {text or ''}")
        except AssertionError as error:
            raise AssertionError(f"{error}; the page says: {self.driver.find_element(By.TAG_NAME, 'main').text[:1000]}; {self.complaints()}") from None

    def click(self, css, text=None):
        element = self.find(css, text)
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
        element.click()

    def shot(self, name):
        folder = os.environ.get("SHOTS")
        # Nothing of the page is wider than the screen; what is wide has a box of its own that scrolls.
        assert self.driver.execute_script("return document.documentElement.scrollWidth") <= self.width
        if folder:
            self.driver.get_screenshot_as_file(str(pathlib.Path(folder) / f"{name}-{self.width}.png"))

    def complaints(self):
        """Errors in the console, those of refused requests left out."""
        return [line for line in self.driver.get_log("browser") if "status of 4" not in line["message"]]


@pytest.fixture
def browse(place):
    browsers = []

    def make(width, **options):
        browsers.append(Browser(place.folder, width, **options))
        return browsers[-1]

    yield make
    for browser in browsers:
        browser.driver.quit()


def sign_in(browser, server):
    browser.driver.get(server.url + "/")
    browser.find("#token").send_keys("wrong" + Keys.ENTER)
    browser.find(".problem", "not known")
    field = browser.find("#token")
    field.clear()
    field.send_keys(server.session.headers["Authorization"].split()[1] + Keys.ENTER)
    browser.find("h1", "Automations")


@pytest.mark.parametrize("width, dark", [(360, True), (1280, False)])
def test_start_watch_answer_and_rerun(served, browse, width, dark):
    browser = browse(width, dark=dark)
    sign_in(browser, served)
    browser.shot("automations")
    browser.click("main a", "Ask")
    until(lambda: len(browser.driver.find_elements(By.CSS_SELECTOR, ".graph rect")) == 4)
    browser.shot("automation")
    browser.click("button", "Start")
    browser.find(".ask", "Really?")
    browser.find(".status.WAITING")
    browser.find(".graph g.WAITING")
    browser.shot("waiting")
    # By keyboard: the first choice has the focus already.
    browser.driver.switch_to.active_element.send_keys(Keys.ENTER)
    browser.find("#session .status.FINISHED", "finished")
    until(lambda: len(browser.driver.find_elements(By.CSS_SELECTOR, ".graph g.FINISHED")) == 3)
    browser.click("summary .name", "done")
    assert browser.find("details[open] dd pre").text == "You said yes"
    browser.shot("finished")
    browser.click("details[open] button", "Rerun from here")
    until(lambda: len(served.get(f"/automations/{served.automation('Ask')}/sessions").json()) == 2)
    browser.find("#session .status.FINISHED", "finished")
    browser.driver.get(served.url + "/docs")
    browser.find("h1", "The API")
    browser.click("summary .path", "/cancel")
    browser.shot("docs")
    assert browser.complaints() == []


SELECT = """
const text = document.querySelector(arguments[0]);
getSelection().selectAllChildren(text);
window.kept = [...document.querySelectorAll('#session, #session .row > *, #steps > details, #steps summary *, .graph g')];
return getSelection().toString();
"""
KEPT = "return window.kept.length > 0 && window.kept.every(one => one.isConnected)"


def test_a_readers_place_is_kept(served, browse):
    browser = browse(1280)
    sign_in(browser, served)
    ask = served.automation("Ask")
    path = served.start(ask)
    served.waiting(path)
    browser.driver.get(f"{served.url}/#/a/{ask}/s/{path.split('/')[-1]}")
    browser.find(".ask", "Really?")
    browser.click("summary .name", "begin")
    button = browser.find("details[open] button", "Rerun from here")
    browser.driver.execute_script("arguments[0].focus()", button)
    # The whole id of the session; what comes then changes much around it.
    selected = browser.driver.execute_script(SELECT, "#session code")
    assert selected == path.split("/")[-1]
    served.call("PATCH", path + "/user_input", json={"user_input": "yes"})
    browser.find("#session .status.FINISHED", "finished")
    browser.find("summary .name", "done")
    assert browser.driver.execute_script("return getSelection().toString()") == selected
    assert browser.driver.execute_script(KEPT), "an element was replaced"
    assert browser.driver.switch_to.active_element == button and button.is_displayed()
    assert browser.complaints() == []


def test_the_list_shows_what_begins_by_itself(served, browse):
    browser = browse(1280)
    sign_in(browser, served)
    ask = served.automation("Ask")
    served.waiting(served.start(ask))
    browser.click("main a", "Ask")
    browser.find("#sessions .status.WAITING")
    browser.driver.execute_script("window.line = document.querySelector('#sessions li'); getSelection().selectAllChildren(window.line)")
    requests = "return performance.getEntriesByType('resource').filter(one => one.name.includes('/sessions')).map(one => one.name)"
    before = browser.driver.execute_script(requests)
    # All that the page asked for is light.
    assert before and all("view=summary" in one for one in before), before
    second = served.start(ask)
    served.call("PATCH", second + "/cancel")
    browser.find("#sessions .status.FAILED")
    assert browser.driver.execute_script("return window.line.isConnected && getSelection().toString().includes('waits')")
    # It was told: it asked for nothing again.
    assert browser.driver.execute_script(requests) == before


def test_a_broken_file_is_told(place, browse):
    file = place.file("hello.auto", HELLO)
    server = place.serve(file, token=place.token())
    place.file("hello.auto", HELLO.replace("START begin -> shout", "START begin -> shuot"))
    until(lambda: server.get("/automations?view=summary").json()[0]["problem"], what="the problem")
    browser = browse(1280)
    sign_in(browser, server)
    browser.find("main .problem", "line 4: ")
    browser.click("main a", "Hello")
    browser.find("main .problem", "line 4: ")
    browser.click("button", "Start")
    browser.find("#session .status.FINISHED", "finished")


def test_start_with_inputs(served, browse):
    browser = browse(1280)
    sign_in(browser, served)
    browser.click("main a", "Hello")
    field = browser.find("textarea[name=name]")
    assert field.get_attribute("value") == "world"
    field.clear()
    field.send_keys("you")
    browser.shot("form")
    browser.click("button", "Start")
    browser.find("#session .status.FINISHED", "finished")
    session = served.get(f"/automations/{served.automation('Hello')}/sessions").json()[0]
    assert session["inputs"] == {"name": "you"}


def test_cancel(place, peer, browse):
    slow = peer(delay=30)
    server = place.serve(place.file("calls.auto", calls(slow.url)), token=place.token())
    browser = browse(1280)
    sign_in(browser, server)
    browser.click("main a", "Calls")
    browser.click("button", "Start")
    browser.find(".graph g.RUNNING")
    until(lambda: slow.keys, what="the request")
    browser.click("button", "Cancel")
    browser.find("#session .status.FAILED", "failed")
    browser.find(".problem", "cancelled")
    browser.shot("cancelled")
    until(lambda: slow.gone == 1, 2, "the end of the connection")


def test_markup_stays_text(place, peer, browse):
    evil = '</pre><script>document.title="owned"</script><img src=x onerror="document.title=\'owned\'"><b>bold</b>'
    echo = peer(body=json.dumps({"page": evil * 3}).encode())
    text = calls(echo.url, name="<img src=x onerror=alert(1)>").replace('automation "', 'automation "', 1)
    text += 'test "t" {\n  replies: { a: { status: 200, headers: {}, body: "x" } }\n  expect session.status == "FINISHED"\n}\n'
    ask = f'automation "Quote"\ninput said: text\nSTART begin -> ask\nGET_USER_INPUT ask -> end {{ prompt_template {{ message: "So: ${{inputs.said}}" }} }}\n'
    server = place.serve(place.file("evil.auto", text), place.file("quote.auto", ask), token=place.token())
    browser = browse(1280)
    sign_in(browser, server)
    browser.click("main a", "<img src=x")
    browser.click("button", "Start")
    browser.find("#session .status.FINISHED", "finished")
    browser.click("summary .name", "a")
    assert "<script>" in browser.find("details[open] dd pre").text
    path = server.start(server.automation("Quote"), {"said": evil})
    server.waiting(path)
    browser.driver.get(f"{server.url}/#/a/{path.split('/')[2]}/s/{path.split('/')[4]}")
    assert evil in browser.find(".ask p", "So:").text
    browser.shot("markup")
    assert browser.driver.find_elements(By.CSS_SELECTOR, "main script, main img, main b") == []
    assert "owned" not in browser.driver.title
    assert browser.complaints() == []


def test_a_models_words_as_they_come(place, browse, model):
    text = 'automation "Tale"\nSTART begin -> tell\nLLM_CALL tell -> end {\n  timeout: 30s\n  prompt_template { model: "openai/gpt-4o-mini", user: "Tell" }\n}\n'
    # The page has time to open the stream before the first word, and to show it before the last.
    environment = model([""] * 60 + ["Once ", "upon ", *[""] * 40, "a ", "time"] + [""] * 100, pause=0.05)
    server = place.serve(place.file("tale.auto", text), token=place.token(), environment=environment)
    browser = browse(1280)
    sign_in(browser, server)
    browser.click("main a", "Tale")
    browser.click("button", "Start")
    # In one go, since the session may end between two looks.
    shown = """return document.querySelector('#session .status.RUNNING') !== null
        && [...document.querySelectorAll('details[open] pre')].some(pre => pre.textContent.includes(arguments[0]))"""
    until(lambda: browser.driver.execute_script(shown, "upon"), seconds=30, what="the words, while the session runs")
    browser.shot("streaming")
    selected = browser.driver.execute_script(SELECT, "details[open] pre")
    assert "upon" in selected
    until(lambda: browser.driver.execute_script(shown, "time"), seconds=30, what="the last words, while the session runs")
    assert browser.driver.execute_script("return getSelection().toString()").startswith(selected.strip())
    assert browser.driver.execute_script(KEPT), "an element was replaced"
    browser.find("#session .status.FINISHED", "finished")
    metrics = server.get("/metrics").text
    assert 'autorun_model_tokens_total{model="gpt-4o-mini",kind="input"} 11' in metrics
    assert 'autorun_model_cost_dollars_total{model="gpt-4o-mini"} 5.' in metrics
