"""Names and questions that are long, or run from the right, on the page."""

import pytest

from browser import browse, needs_browser

pytestmark = needs_browser
__all__ = ["browse"]

LONG = "automation \"Ein Name " + "OhneLeerzeichen" * 12 + " שלום\"\nSTART begin -> ask\n" \
    + "GET_USER_INPUT ask -> end { prompt_template { message: \"שאלה: \" } }\n"


@pytest.mark.parametrize("width", [360, 1280])
def test_a_long_name_keeps_its_place(place, browse, width):
    server = place.serve(place.file("long.auto", LONG), token=place.token())
    automation = server.get("/automations").json()[0]["id"]
    path = server.start(automation)
    server.waiting(path)
    browser = browse(width)
    browser.sign_in(server)
    browser.find(".ask", "שאלה")
    # What runs from the right stands at the right.
    assert browser.run("const range = document.createRange(); range.selectNodeContents(document.querySelector('.ask .message')); "
                       "const box = document.querySelector('.ask .message').getBoundingClientRect(); return box.right - range.getBoundingClientRect().right") < 2
    # A list of sessions is one of lines.
    assert browser.run("const one = document.querySelector('.sessions .cover'); return one.clientHeight / parseFloat(getComputedStyle(one).lineHeight)") < 2.5
    browser.shot("long-name-home")
    browser.open(server, path)
    assert browser.run("return document.querySelector('.crumbs a').getClientRects().length") == 1
    browser.shot("long-name-session")
