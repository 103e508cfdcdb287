"""What a person is asked on the page: which session asks, what stands by default, and what must be given."""

import pytest

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

NUMBERS = """automation "Numbers"
input data: json = { "id": 9007199254740993, "x": 1.0 }
input big: int = 9007199254740993
input share: number = 2.0
input rows: list<json> = []
START begin -> ask
GET_USER_INPUT ask -> end { result: json, prompt_template { message: "Which one?", default: { "id": 9007199254740995 } } }
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


@pytest.fixture
def numbers(place):
    return place.serve(place.file("numbers.auto", NUMBERS), token=place.token())


def sent(server, browser):
    """The inputs of the session that the browser shows, as they are written in the store."""
    browser.find("#session")
    path = browser.run("return location.hash").replace("#/a/", "/automations/").replace("/s/", "/sessions/")
    return path, server.get(path).json()["inputs"]


def same(value, expected):
    """Also of one type: 1 is not 1.0."""
    assert repr(value) == repr(expected)


def test_numbers_are_sent_as_they_stand_in_the_file(numbers, browse):
    browser = browse()
    browser.sign_in(numbers, f"/a/{numbers.automation('Numbers')}")
    assert browser.attribute("input[name=big]", "value") == "9007199254740993"
    assert browser.attribute("input[name=share]", "value") == "2"
    browser.click(".start button[type=submit]")
    path, inputs = sent(numbers, browser)
    same(inputs["data"], {"id": 9007199254740993, "x": 1.0})
    same(inputs["big"], 9007199254740993)
    same(inputs["share"], 2.0)
    # They are shown so, and asked for so.
    browser.find("aside .value", "9007199254740993")
    browser.find(".ask textarea")
    browser.click(".ask button[type=submit]")
    numbers.ended(path)
    same(numbers.get(f"{path}/result").json()[0]["result"], '{"id":9007199254740995}')
    # The inputs of an earlier session, too.
    browser.click("#session a", "Run again")
    browser.find(".start", "With the inputs of")
    browser.click(".start button[type=submit]")
    until(lambda: browser.look("#session") and sent(numbers, browser)[0] != path, what="the other session")
    same(sent(numbers, browser)[1], inputs)
    assert browser.complaints() == []


def test_json_is_sent_as_it_is_typed(numbers, browse):
    browser = browse()
    browser.sign_in(numbers, f"/a/{numbers.automation('Numbers')}")
    browser.write("textarea[name=data]", '{ "b": 12345678901234567, "10": 1.50, "2": 1e2 }')
    browser.write("input[name=big]", "-9007199254740995")
    browser.click(".start [data-add=rows]")
    browser.type("textarea[name='rows[]']", "9007199254740997")
    browser.click(".start button[type=submit]")
    path, inputs = sent(numbers, browser)
    same(inputs["data"], {"b": 12345678901234567, "10": 1.5, "2": 100.0})
    same(inputs["big"], -9007199254740995)
    same(inputs["rows"], [9007199254740997])
    browser.write(".ask textarea", "[9007199254740999, 2.0]")
    browser.click(".ask button[type=submit]")
    numbers.ended(path)
    same(numbers.get(f"{path}/result").json()[0]["result"], "[9007199254740999,2.0]")
    assert browser.complaints() == []


def test_what_is_no_json_or_too_large_is_said(numbers, browse):
    browser = browse()
    browser.sign_in(numbers, f"/a/{numbers.automation('Numbers')}")
    browser.write("textarea[name=data]", "{ id: 1 }")
    browser.click(".start button[type=submit]")
    browser.find(".start .problem", "This is no JSON")
    browser.write("textarea[name=data]", "{}")
    browser.write("input[name=big]", "1e20")
    browser.click(".start button[type=submit]")
    browser.find(".start .problem", "too large for this form")


# The answers to what changes something are lost on their way back.
LOSE_ANSWERS = """
    const fetched = window.fetch;
    window.fetch = async (path, options) => {
      const answer = await fetched(path, options);
      if (options?.method === "POST" && !window.isMended) throw new TypeError("cut");
      return answer;
    };
"""


def test_a_start_whose_answer_was_lost_is_tried_again_or_changed(served, browse):
    hello = served.automation("Hello")
    browser = browse()
    browser.sign_in(served, f"/a/{hello}")
    browser.find(".start textarea[name=name]")
    browser.run(LOSE_ANSWERS)

    def inputs():
        return [one["inputs"]["name"] for one in served.get(f"/automations/{hello}/sessions").json()]

    # The same try once more starts no other session.
    for _ in range(2):
        browser.click(".start button[type=submit]")
        browser.find(".start .problem", "The server does not answer.")
        until(lambda: browser.run("return !document.querySelector('.start button[type=submit]').disabled"), what="the button")
    assert inputs() == ["world"]
    browser.run("window.isMended = true")
    browser.write("textarea[name=name]", "Ada")
    browser.click(".start button[type=submit]")
    browser.find("#session .status.FINISHED")
    assert inputs() == ["Ada", "world"]


def test_all_that_waits_and_all_automations_are_there(place, browse):
    (place.folder / "served").mkdir()
    place.file("served/ask.auto", ASK)
    for number in range(201):
        place.file(f"served/number{number}.auto", HELLO.replace('"Hello"', f'"Number {number}"'))
    server = place.serve(str(place.folder / "served"), token=place.token())
    first = server.get("/automations?limit=200")
    automations = first.json() + server.get(first.links["next"]["url"]).json()
    ask = next(one["id"] for one in automations if one["name"] == "Ask")
    paths = [server.start(ask) for _ in range(52)]
    for path in paths:
        server.waiting(path)
    browser = browse()
    browser.sign_in(server)
    browser.find("#waiting-title", "Waiting for a person (52)")
    # Those that wait longest stand first, and the others behind a button.
    assert browser.texts("#waiting .ask code") == [path[-6:] for path in paths[:50]]
    browser.click("#waiting button", "Show all 52 sessions")
    until(lambda: browser.texts("#waiting .ask code") == [path[-6:] for path in paths], what="all that wait")
    browser.gone("#waiting button", "Show all")
    browser.find("button", "Show all 202")
    # The search finds the one that was used never and so stands last.
    last = server.get(server.get("/automations?view=summary&sort=used&limit=200").links["next"]["url"]).json()[-1]
    browser.write("input[type=search]", last["name"])
    browser.find("#automations .cover", last["name"])
    assert browser.complaints() == []
