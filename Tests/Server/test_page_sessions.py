"""What the page shows of a session: visits, the graph, elements, large results."""

import pytest

from browser import LOOP, By, browse, needs_browser, place_of, starts
from conftest import until

pytestmark = needs_browser
__all__ = ["browse"]

EACH = """automation "Each"
input names: list<text> = ["Kiel", "Brest", "Husum"]
START begin -> rows
DATA_TRANSFORM rows -> ask { each: n in inputs.names, prompt_template { value: { name: n, length: size(n) } } }
GET_USER_INPUT ask -> end {
  each: n in inputs.names
  at_once: 3
  prompt_template { message: "Which berth in ${n}?\\nIt may be empty." }
}
"""


def long(lines):
    return f"""automation "Long"
START begin -> make
DATA_TRANSFORM make -> end {{ prompt_template {{ input: {lines}, jq: '[range(.)] | map("line \\(.)") | join("\\n")' }} }}
"""


def test_visits_of_a_loop_are_folded(place, browse):
    server = place.serve(place.file("loop.auto", LOOP), token=place.token())
    path = starts(server, "Loop")
    browser = browse()
    browser.open(server, path)
    browser.find(".group-head", "20 visits")
    assert browser.look("#steps .visit .number") is None
    browser.find(".graph .node[aria-label*='20 visits']")
    # A click on the step in the graph leads to its records.
    browser.click(".graph .node[aria-label^=count] rect")
    until(lambda: "count" in browser.driver.switch_to.active_element.text, what="the focus on the visits")
    browser.click("#steps .visit summary", "#5")
    browser.shot("loop")
    # A rerun starts at this visit: the four before it are taken over.
    browser.click("#steps details[open] button", "Rerun from here")
    until(lambda: len(server.get(f"/automations/{path.split('/')[2]}/sessions").json()) == 2)
    again = server.get(f"/automations/{path.split('/')[2]}/sessions").json()[0]
    record = server.ended(f"/automations/{again['automation_id']}/sessions/{again['id']}")
    before = server.get(path).json()
    kept = [one["created_at"] for one in record["steps"] if one["step"]["name"] == "count"][:4]
    assert kept == [one["created_at"] for one in before["steps"] if one["step"]["name"] == "count"][:4]


def test_many_records_stay_light(place, browse):
    server = place.serve(place.file("loop.auto", LOOP), token=place.token())
    path = starts(server, "Loop", {"turns": 300})
    browser = browse()
    browser.open(server, path)
    browser.find(".group-head", "300 visits")
    elements = "return document.querySelectorAll('main *').length"
    assert browser.run(elements) < 2000
    browser.click(".group-head", "count")
    browser.find("#steps .visit .number", "#300")
    assert len(browser.driver.find_elements(By.CSS_SELECTOR, "#steps .visit .number")) == 30 + 1
    browser.click("#steps button", "Show earlier ones")
    browser.find("#steps .visit .number", "#211")
    assert browser.run(elements) < 4000


def test_the_graph_follows_the_running_step(place, browse):
    count = 25
    steps = "".join(f"DATA_TRANSFORM s{i} -> {f's{i + 1}' if i + 1 < count else 'ask'} {{ prompt_template {{ value: {i} }} }}\n" for i in range(count))
    tall = f'automation "Tall"\nSTART begin -> s0\n{steps}GET_USER_INPUT ask -> end {{ prompt_template {{ message: "Well?" }} }}\n'
    server = place.serve(place.file("tall.auto", tall), token=place.token())
    path = server.start(server.automation("Tall"))
    server.waiting(path)
    browser = browse(360)
    browser.open(server, path)
    seen = """const place = (one) => document.querySelector(one).getBoundingClientRect();
        const node = place('.graph .node.WAITING'), box = place('.graph');
        return node.top >= box.top && node.bottom <= box.bottom"""
    browser.find(".graph .node.WAITING")
    until(lambda: browser.run(seen), what="the waiting step in sight")
    # Who looks elsewhere is not led away, until they want to be.
    browser.run("const box = document.querySelector('.graph'); box.dispatchEvent(new WheelEvent('wheel')); box.scrollTo({top: 0, behavior: 'instant'})")
    browser.shot("tall")
    assert not browser.run(seen)
    browser.click("button", "Follow the running step")
    until(lambda: browser.run(seen), what="the waiting step in sight again")


def test_elements_are_named_and_their_questions_answered(place, browse):
    server = place.serve(place.file("each.auto", EACH), token=place.token())
    path = server.start(server.automation("Each"))
    server.waiting(path)
    browser = browse()
    browser.open(server, path)
    browser.find(".group-head", "3 elements")
    browser.find(".ask .message", "It may be empty.")
    assert "\n" in browser.text(".ask .message")
    browser.click(".group-head", "rows")
    browser.find("#steps .visit .item")
    browser.shot("each")
    # Of several questions the first one's form stands open.
    for name, answer in (("Kiel", "7"), ("Brest", "8"), ("Husum", "9")):
        if name != "Kiel":
            browser.click(".ask button", "Answer …")
        browser.find(".ask:has(textarea) .message", name)
        browser.type(".ask textarea", answer)
        browser.click(".ask:has(textarea) button[type=submit]")
        browser.gone(".ask .message", name)
    browser.find("#session .status.FINISHED")
    browser.find(".outcome li")
    assert browser.texts(".outcome li") == ["7", "8", "9"]


def test_long_results_are_cut_and_tables_are_tables(place, browse):
    table = """automation "Table"
START begin -> make
DATA_TRANSFORM make -> end { prompt_template { input: 50, jq: '[range(.) | {n: ., name: "row \\(.)", owner: "who has a long name", harbour: "Kiel", berth: 7}]' } }
"""
    nested = """automation "Nested"
START begin -> make
DATA_TRANSFORM make -> end { prompt_template { input: 40, jq: '{total: ., deep: {list: [range(.) | {n: ., more: {text: "<b>\\(.)</b>"}}]}}' } }
"""
    server = place.serve(place.file("long.auto", long(40_000)), place.file("table.auto", table), place.file("nested.auto", nested), token=place.token())
    browser = browse(360)
    browser.open(server, starts(server, "Long"))
    browser.find(".outcome pre")
    shown = "return document.querySelector('.outcome pre').textContent.length"
    assert browser.run(shown) < 10_000
    browser.shot("long")
    browser.click(".outcome button", "Show all (40,000 lines")
    until(lambda: browser.run(shown) > 300_000, what="the whole text")
    browser.open(server, starts(server, "Table"))
    browser.find(".outcome th", "name")
    assert len(browser.driver.find_elements(By.CSS_SELECTOR, ".outcome tbody tr")) == 20
    browser.shot("table")
    browser.click(".outcome button", "Show all 50")
    until(lambda: len(browser.driver.find_elements(By.CSS_SELECTOR, ".outcome tbody tr")) == 50)
    browser.open(server, starts(server, "Nested"))
    browser.find(".outcome dt", "total")
    assert browser.look(".outcome .fold[open]") is None
    browser.click(".outcome .fold summary")
    browser.click(".outcome .fold .fold summary")
    browser.find(".outcome .fold li", "0")


def test_who_may_only_read_sees_no_buttons_for_more(served, place, browse):
    token = place.token("reader", "read")
    ask = served.automation("Ask")
    waiting = served.start(ask)
    served.waiting(waiting)
    done = starts(served, "Hello")
    seen = """return [...document.querySelectorAll('main button, main a')].filter(one => one.checkVisibility()).map(one => one.textContent.trim())"""

    def look(browser):
        """What can be clicked on home, an automation, a session that waits and one that has ended; and how many forms there are."""
        clickable, forms = set(browser.run(seen)), 0
        for address, sign in ((f"/a/{ask}", ".start, .card"), (place_of(waiting), ".ask"), (place_of(done), ".outcome")):
            browser.run("location.hash = arguments[0]", address)
            browser.find(sign)
            until(lambda: browser.look(".loading") is None)
            browser.run("for (const one of document.querySelectorAll('details')) one.open = true")
            clickable |= set(browser.run(seen))
            forms += len(browser.driver.find_elements(By.CSS_SELECTOR, "main form:not([role=search])"))
        return clickable, forms

    browser = browse()
    browser.sign_in(served, token=token)
    browser.find("#waiting .ask", "This token may only read")
    browser.find("#who", "read only")
    browser.shot("read-only-home")
    words = {"Start", "yes", "no", "Cancel", "Run again", "Rerun from here"}
    clickable, forms = look(browser)
    assert not words & clickable and forms == 0, clickable
    # They are what others see there.
    other = browse(1281)
    other.sign_in(served)
    clickable, forms = look(other)
    assert words <= clickable and forms > 0, words - clickable


def test_a_lost_connection_is_told_and_mended(served, browse):
    browser = browse()
    path = served.start(served.automation("Ask"))
    served.waiting(path)
    browser.open(served, path)
    browser.find(".ask", "Really?")
    network = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    browser.driver.execute_cdp_cmd("Network.enable", {})
    browser.driver.execute_cdp_cmd("Network.emulateNetworkConditions", {**network, "offline": True})
    browser.find("#connection", "connection to the server is lost")
    browser.shot("lost")
    served.call("PATCH", path + "/user_input", json={"user_input": "no"})
    browser.driver.execute_cdp_cmd("Network.emulateNetworkConditions", {**network, "offline": False})
    browser.find("#session .status.FINISHED")
    browser.gone("#connection")


def block(browser, *urls):
    """What matches one of these addresses does not come, as when the network changes while it is loaded."""
    browser.driver.execute_cdp_cmd("Network.enable", {})
    browser.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": list(urls)})


def test_what_failed_once_is_asked_for_again(served, browse):
    browser = browse()
    path = served.start(served.automation("Ask"))
    served.waiting(path)
    browser.sign_in(served)
    # Beside the stream, which stays, nothing of the session comes.
    browser.run("""
        const fetched = window.fetch;
        window.fetch = (path, options) => /\\/(questions|result|trace|timeline)\\b/.test(path) && !window.isMended
            ? new Response('{"detail": "too many requests"}', { status: 429 }) : fetched(path, options);
    """)
    browser.run("location.hash = arguments[0]", place_of(path))
    browser.find("#session", "too many requests")
    assert browser.look(".ask") is None
    browser.run("window.isMended = true")
    browser.find(".ask", "Really?")
    browser.gone("#session", "too many requests")
    browser.run("window.isMended = false")
    served.call("PATCH", path + "/user_input", json={"user_input": "yes"})
    browser.find(".outcome .message", "too many requests")
    browser.run("window.isMended = true")
    browser.find(".outcome pre", "You said yes")
    browser.gone(".outcome .message")
    # What the timeline and the trace say of it, too.
    until(lambda: browser.run("return document.querySelectorAll('.timeline .bar.FINISHED').length") == 3, what="the timeline")


@pytest.mark.parametrize("path, part", [("/", "text.js"), ("/", "page.css"), ("/docs", "frame.js")])
def test_a_part_of_the_page_that_does_not_come_is_told_and_tried_again(served, browse, path, part):
    browser = browse()
    block(browser, f"*/{part}")
    browser.driver.get(served.url + path)
    browser.find("h1", "The page did not load")
    block(browser)
    browser.find("h1", "Sign in")
    assert browser.run("return sessionStorage.getItem('failures')") is None


def test_a_page_that_does_not_come_at_all_leaves_a_button(served, browse):
    browser = browse()
    block(browser, "*/dom.js")
    browser.driver.get(served.url)
    browser.find("main .problem", "Is the server running?")
    block(browser)
    browser.click("button", "Try again")
    browser.find("h1", "Sign in")
    block(browser, "*/start.js")
    browser.driver.get(served.url)
    browser.find("main p", "load the page again")
