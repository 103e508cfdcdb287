"""A reader of the page keeps the place: in a list that was opened further, and by a link that is not whole."""

import pathlib

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
    assert browser.find("input[name=q]").get_attribute("maxlength") == str(longest)


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
