"""A batch that is begun from the page: rows pasted or from a file, what the server reads in them, and what came of them."""

import csv
import io
import json

import pytest

from browser import Keys, browse, needs_browser
from conftest import until

pytestmark = needs_browser
__all__ = ["browse"]

EXPENSES = """automation "Expenses"
input who: text
input amount: number
input reason: text = "a taxi"
START begin -> check
LOGIC_DECISION check { prompt_template {
  large: when inputs.amount > 100.0 -> ask
  small: else -> pay
} }
GET_USER_INPUT ask -> pay { result: one_of("yes", "no"), prompt_template { message: "Pay ${inputs.who}?" } }
DATA_TRANSFORM pay -> end { prompt_template { value: "Pay ${inputs.who}, ${inputs.reason}" } }
"""
RIGHT = "who,amount\nAda,20\nGrace,640\n"
PASTE = """
const field = document.querySelector('#batch-rows');
field.focus();
field.select();
document.execCommand('insertText', false, arguments[0]);
"""


@pytest.fixture
def expenses(place):
    return place.serve(place.file("expenses.auto", EXPENSES), token=place.token())


def open_form(browser, server):
    browser.sign_in(server, f"/a/{server.automation('Expenses')}")
    browser.click("#batch-form summary")
    browser.find("#batch-rows")


def texts(browser, css):
    return [text.strip() for text in browser.texts(css)]


@pytest.mark.parametrize("width, dark", [(360, True), (1280, False)])
def test_rows_are_pasted_looked_at_and_started(expenses, browse, width, dark):
    browser = browse(width, dark=dark)
    open_form(browser, expenses)
    assert "who,amount,reason" in browser.text("#batch-hint")
    browser.run(PASTE, "who,amount\nAda,20\nGrace,much\nLinus,lots\n")
    browser.find("#batch-form .problems", "Line 3: the input `amount` does not fit its type number")
    browser.find("#batch-form .problems", "Line 4: ")
    assert "3 rows, of which some do not fit" in browser.text("#batch-state")
    assert not browser.find("#batch-form button", "Start 3 sessions").is_enabled()
    # A default is shown as it will be taken.
    assert texts(browser, "#batch-form tbody tr:first-child > *") == ["2", "Ada", "20", "a taxi"]
    assert texts(browser, "#batch-form td.wrong") == ["✕ does not fit", "✕ does not fit"]
    browser.shot("batch-form-problems")
    assert browser.faint() == [] and browser.nameless() == []
    browser.run(PASTE, RIGHT)
    browser.find("#batch-state", "2 rows, all fit")
    browser.gone("#batch-form .problems li")
    browser.write("#batch-at-once", "0")
    browser.click("#batch-form button", "Start 2 sessions")
    browser.find("#batch-form .problem", "At once: expected a whole number from 1 to 1,000")
    browser.write("#batch-at-once", "2")
    browser.shot("batch-form")
    # By the keyboard: Enter in a field sends the form.
    browser.type("#batch-at-once", Keys.ENTER)
    browser.find("h1", "Batch")
    browser.find("#results .status.FINISHED", "finished")
    browser.find("#results .status.WAITING", "waits")
    assert texts(browser, "#results tbody tr:first-child td:nth-child(n+3)") == ["Pay Ada, a taxi", "Ada", "20", "a taxi"]
    browser.shot("batch-results")
    assert browser.faint() == [] and browser.nameless() == [] and browser.complaints() == []
    (batch,) = expenses.get("/batches").json()
    assert batch["sessions_count"] == 2 and batch["at_once"] == 2


@pytest.mark.parametrize("name, text", [
    ("rows.csv", RIGHT), ("rows.tsv", RIGHT.replace(",", "\t")),
    ("rows.jsonl", '{"who": "Ada", "amount": 20}\n{"who": "Grace", "amount": 640}\n'),
    ("rows.json", '[{"who": "Ada", "amount": 20}, {"who": "Grace", "amount": 640}]'),
])
def test_a_file_is_chosen(expenses, browse, place, name, text):
    browser = browse()
    open_form(browser, expenses)
    browser.type("#batch-file", place.file(name, text))
    browser.find("#batch-state", "2 rows, all fit")
    browser.find("#batch-form", f"{name}, {len(text)} bytes")
    browser.click("#batch-form button", "Start 2 sessions")
    browser.find("h1", "Batch")
    assert [one["sessions_count"] for one in expenses.get("/batches").json()] == [2]


def test_cells_of_a_spreadsheet_are_pasted(expenses, browse):
    browser = browse()
    open_form(browser, expenses)
    browser.run(PASTE, "who\tamount\nAda, the first\t20\n")
    browser.find("#batch-state", "1 row, all fit")
    browser.find("#batch-form td", "Ada, the first")


@pytest.mark.parametrize("text, problem", [
    ("who,amount\nAda\n", "Line 2: the line has 1 field, the first line 2"),
    ("who,amount\n", "expected a row at least, found none"),
])
def test_what_is_no_table_is_said(expenses, browse, text, problem):
    browser = browse()
    open_form(browser, expenses)
    browser.run(PASTE, text)
    browser.find("#batch-form .problem", problem)
    assert not browser.find("#batch-form button", "Start").is_enabled()
    browser.run(PASTE, RIGHT)
    browser.find("#batch-form button", "Start 2 sessions")
    browser.gone("#batch-form .problem", problem)


def test_the_same_slip_in_each_row_is_told_once(expenses, browse):
    browser = browse()
    open_form(browser, expenses)
    browser.run(PASTE, "who,amount,color\n" + "Ada,20,red\n" * 30)
    browser.find("#batch-form .problems li", "Line 2, Line 3, Line 4, Line 5, Line 6 and 25 more places: there is no input `color`")
    assert len(browser.texts("#batch-form .problems li")) == 1
    assert len(browser.texts("#batch-form tbody tr")) == 10
    browser.find("#batch-form h3", "The first 10 rows")


def test_a_file_that_is_no_text_is_said(expenses, browse, place):
    browser = browse()
    open_form(browser, expenses)
    (place.folder / "rows.csv").write_bytes(b"who,amount\nJos\xe9,20\n")
    browser.type("#batch-file", str(place.folder / "rows.csv"))
    browser.find("#batch-form .problem", "rows.csv is no text in UTF-8")


def test_who_may_only_read_begins_none_and_sees_what_came_of_it(place, expenses, browse):
    automation = expenses.automation("Expenses")
    path = f"/automations/{automation}/batches"
    batch = expenses.call("POST", path, data=RIGHT, headers={"Content-Type": "text/csv"}).json()["id"]
    browser = browse()
    browser.sign_in(expenses, f"/a/{automation}", token=place.token("reader", "read"))
    browser.find("#batches .about")
    assert browser.look("#batch-form") is None
    browser.run("location.hash = arguments[0]", f"/a/{automation}/b/{batch}")
    browser.find("#results .status.FINISHED")


def downloads(browser):
    """The files that the page hands out from now on, as texts, with their names."""
    browser.run("""
        window.kept = [];
        const make = URL.createObjectURL;
        URL.createObjectURL = (blob) => { blob.text().then((text) => window.kept.push(text)); return make.call(URL, blob); };
        HTMLAnchorElement.prototype.click = function () { window.fileName = this.download; };
    """)


def test_results_are_downloaded_and_rows_come_in_parts(expenses, browse):
    automation = expenses.automation("Expenses")
    path = f"/automations/{automation}/batches"
    table = "who,amount\n" + "".join(f"Person {number},1\n" for number in range(45))
    batch = expenses.call("POST", path, data=table, headers={"Content-Type": "text/csv"}).json()["id"]
    until(lambda: expenses.get(f"{path}/{batch}").json()["has_ended"], what="the end of the batch")
    browser = browse()
    browser.sign_in(expenses, f"/a/{automation}/b/{batch}")
    until(lambda: len(browser.texts("#results tbody tr")) == 20, what="its first rows")
    browser.click("#results button", "Show more rows")
    until(lambda: len(browser.texts("#results tbody tr")) == 40, what="more rows")
    browser.click("#results button", "Show more rows")
    until(lambda: len(browser.texts("#results tbody tr")) == 45, what="all rows")
    browser.gone("#results button", "Show more rows")
    assert texts(browser, "#results tbody tr:last-child td:nth-child(n+3)")[:2] == ["Pay Person 44, a taxi", "Person 44"]
    downloads(browser)
    browser.click("#results button", "Download CSV")
    until(lambda: browser.run("return window.kept.length === 1"), what="the file")
    rows = list(csv.DictReader(io.StringIO(browser.run("return window.kept[0]"))))
    assert [row["row"] for row in rows] == [str(number + 1) for number in range(45)]
    assert rows[44]["result"] == "Pay Person 44, a taxi" and rows[44]["inputs.who"] == "Person 44" and rows[44]["status"] == "finished"
    assert browser.run("return window.fileName") == f"batch-{batch[-6:]}.csv"
    browser.click("#results button", "Download JSON Lines")
    until(lambda: browser.run("return window.kept.length === 2"), what="the other file")
    assert len([json.loads(line) for line in browser.run("return window.kept[1]").splitlines()]) == 45
    assert browser.complaints() == []


def test_older_ones_that_do_not_come_are_told_and_come_at_the_next_try(expenses, browse):
    automation = expenses.automation("Expenses")

    for _ in range(25):
        expenses.start(automation, {"who": "Ada", "amount": 1})
    browser = browse()
    browser.sign_in(expenses, f"/a/{automation}")
    until(lambda: len(browser.texts("#sessions li")) == 20, what="the newest")
    browser.run("""
        const fetched = window.fetch;
        window.fetch = (path, options) => path.includes("cursor=") && !window.isMended
            ? Promise.reject(new TypeError("cut")) : fetched(path, options);
    """)
    browser.click("button", "Show older")
    browser.find(".problem", "The server does not answer. Press the button again to try once more.")
    assert len(browser.texts("#sessions li")) == 20
    browser.run("window.isMended = true")
    browser.click("button", "Show older")
    until(lambda: len(browser.texts("#sessions li")) == 25, what="the older ones")
    browser.gone(".problem", "The server does not answer")
