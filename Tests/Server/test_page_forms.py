"""What a person is asked on the page: which session asks, what stands by default, and what must be given."""

from browser import By, browse, needs_browser, place_of
from conftest import ASK, HELLO, until

pytestmark = needs_browser
__all__ = ["browse"]

AGAIN = """automation "Again"
START begin -> ask
GET_USER_INPUT ask -> more {
  max_visits: 5
  result: one_of("yes", "no")
  timeout: 1h
  prompt_template { message: "Another round?", default: "no" }
}
LOGIC_DECISION more {
  max_visits: 5
  prompt_template {
    yes: when ask.result == "yes" -> ask
    no: else -> end
  }
}
"""

PARTS = """automation "Parts"
input boat: { name: text, length: number } = { name: "Ida", length: 11 }
input towns: list<text>
input flags: list<bool> = [true]
START begin -> out
DATA_TRANSFORM out -> end { prompt_template { value: inputs.towns } }
"""


def test_what_waits_is_told_apart_longest_first_and_found(place, browse):
    files = [place.file(f"{name}.auto", text) for name, text in (("ask", ASK), ("again", AGAIN), ("hello", HELLO))]
    server = place.serve(*files, token=place.token())
    place.file("hello.auto", "automation")
    until(lambda: any(one["state"] != "served" for one in server.get("/files").json()), what="the fault")
    paths = []
    for name in ("Again", "Again", "Ask"):
        paths.append(server.start(server.automation(name)))
        server.waiting(paths[-1])
    browser = browse()
    browser.sign_in(server)
    until(lambda: len(browser.driver.find_elements(By.CSS_SELECTOR, "#waiting .ask")) == 3, what="the questions")
    shown = browser.texts("#waiting .ask code")
    assert shown == [path[-6:] for path in paths]
    browser.find("#waiting .choices button", "no (default)")
    browser.find("#files summary", "hello.auto")
    browser.write("input[type=search]", "Really")
    until(lambda: len(browser.driver.find_elements(By.CSS_SELECTOR, "#waiting .ask")) == 1, what="one question")
    browser.gone("#files summary")
    browser.write("input[type=search]", "nothing")
    browser.find("#waiting p", "Nothing that waits is like this.")
    # A step that asks once more says which visit that is; screen readers are told in whole sentences.
    browser.run("location.hash = arguments[0]", place_of(paths[0]))
    browser.click(".ask button", "yes")
    browser.find(".ask .name", "ask#2")
    said = "return document.querySelector('#announce').textContent"
    until(lambda: browser.run(said) == "The session waits for an answer.", what="the sentence")
    browser.click(".ask button", "no")
    until(lambda: browser.run(said) == "The session has finished.", what="the sentence")
    assert browser.complaints() == []


def test_defaults_of_parts_and_lists_that_must_be_given(place, browse):
    server = place.serve(place.file("parts.auto", PARTS), token=place.token())
    browser = browse()
    browser.sign_in(server, f"/a/{server.automation('Parts')}")
    browser.find(".start .hint", 'default: {"name":"Ida"')
    browser.write("textarea[name='boat.name']", "Eva")
    browser.click(".start fieldset:has(.record) button", "Back to the default")
    assert browser.attribute("textarea[name='boat.name']", "value") == "Ida"
    browser.click(".start button[type=submit]")
    browser.find(".start .problem", "A list is needed here")
    browser.click(".start [data-add=towns]")
    browser.click(".start [data-add=towns]")
    labels = [one.get_attribute("textContent") for one in browser.driver.find_elements(By.CSS_SELECTOR, ".list-row label.unseen")]
    assert labels == ["row 1 of towns", "row 2 of towns"]
    assert browser.attribute(".list-row input[type=checkbox]", "aria-label") == "row 1 of flags"
    for _ in labels:
        browser.click("fieldset:has([data-add=towns]) button[aria-label='Remove row 1']")
    browser.click(".start button[type=submit]")
    browser.find("#session .status.FINISHED")
