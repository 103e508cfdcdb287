"""A reader of the page keeps the place: in a list that was opened further, and by a link that is not whole."""

from browser import By, browse, needs_browser
from conftest import until

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
