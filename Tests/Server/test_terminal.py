"""Runs in a real terminal: what a person sees of it, and what they type."""

import contextlib
import json
import re
import signal
import sqlite3
import time

import pytest

from conftest import BIN, ROOT, asks_and_calls, calls, until
from terminal import Terminal

EXAMPLE = ROOT / "Examples" / "expense-approval.auto"

TWO = """automation "Two"
START begin -> [first, second]
GET_USER_INPUT first -> end {
  result: one_of("a", "b")
  prompt_template { message: "The first?" }
}
GET_USER_INPUT second -> end {
  result: one_of("a", "b")
  prompt_template { message: "The second?", default: "b" }
}
"""

EACH = """automation "Each"
START begin -> approve
GET_USER_INPUT approve -> sum {
  each: who in ["Ada", "Grace"]
  at_once: 2
  result: one_of("yes", "no")
  prompt_template { message: "Let ${who} in?" }
}
DATA_TRANSFORM sum -> end { prompt_template { value: approve.results } }
"""

LOOP = """automation "Loop"
START begin -> ask
GET_USER_INPUT ask -> more {
  max_visits: 3
  prompt_template { message: "Go on?", choices: ["again", "done"] }
}
LOGIC_DECISION more {
  prompt_template {
    again: when ask.result == "again" -> ask
    done: else -> end
  }
}
"""

FAILS = """automation "Fails"
input n: int
START begin -> divide
DATA_TRANSFORM divide -> end { prompt_template { value: 10 / inputs.n } }
"""

LONG = """automation "Long lines, and a name that is itself longer than a narrow terminal has columns"
input n: int
START begin -> first_step_with_a_name
DATA_TRANSFORM first_step_with_a_name -> second_step_with_a_name { prompt_template { value: inputs.n + 1 } }
DATA_TRANSFORM second_step_with_a_name -> third_step_with_a_name { prompt_template { value: first_step_with_a_name.result + 1 } }
PYTHON third_step_with_a_name -> end {
  prompt_template { inputs: { n: second_step_with_a_name.result }, code: '''
    import sys
    print("some words " * 20, file=sys.stderr)
    result = inputs["n"]
    ''' }
}
test "fails" {
  inputs: { n: 2 }
  replies: { third_step_with_a_name: 2.0 }
  expect second_step_with_a_name.result + first_step_with_a_name.result == 12345678
}
"""


@pytest.fixture
def run(place):
    """Starts `autorun run` in a terminal that is closed in the end."""
    opened = []

    def start(file, *arguments, columns=80):
        opened.append(Terminal([BIN / "autorun", "run", file, *arguments], place.environment, columns, folder=ROOT))
        return opened[-1]

    yield start
    for terminal in opened:
        terminal.close()


def end_of(terminal):
    """The short id of the session, as the terminal shows it."""
    return re.search(r"session ([0-9a-f]{6,12}) ", terminal.screen.text)[1]


def test_what_is_typed_is_seen_and_nothing_is_drawn_over_it(run):
    terminal = run(EXAMPLE)
    terminal.sees("Ctrl-D")
    assert "? ask\n  Grace asks for 640 EUR: Train tickets to the customer in Turin. Approve?\n  1) approve\n  2) reject\n>" in terminal.screen.text.replace("640.0", "640")
    terminal.type("appr")
    terminal.until(lambda _: terminal.cursor_line == "> appr", "what was typed")
    # Nothing comes while nothing happens: the line stands still.
    assert not terminal.read(0.5)
    terminal.type("o\x7fove\r")
    assert terminal.wait() == 0, terminal.screen.text
    shown = terminal.screen.text
    assert terminal.screen.wraps == 0 and not terminal.screen.marks_pastes
    assert "\n  > approve\n" in shown and "\nApproved: " in shown
    assert re.search(r"\nsession [0-9a-f]{6,12} finished in \d+\.\d s: autorun show [0-9a-f]{6,12}\n", shown), shown
    assert terminal.is_as_before()


@pytest.mark.parametrize("keys", ["2\r", "\x1b[B\x1b[B\r", "\x1bOA\r", "nothing\rreject\r"])
def test_a_choice_is_taken_by_number_word_and_arrow_keys(run, keys):
    terminal = run(EXAMPLE)
    terminal.sees("Ctrl-D")
    terminal.type(keys)
    assert terminal.wait() == 0, terminal.screen.text
    assert "\nRejected: Train tickets" in terminal.screen.text


def test_a_number_is_a_value_before_it_is_a_place(run, place):
    text = (
        'automation "Number"\nSTART begin -> ask\n'
        'GET_USER_INPUT ask -> end { result: int, prompt_template { message: "n?", choices: [3, 1, 2] } }\n'
    )
    terminal = run(place.file("number.auto", text))
    terminal.sees("Ctrl-D")
    terminal.type("1 \r")
    assert terminal.wait() == 0, terminal.screen.text
    assert "\n  > 1\n" in terminal.screen.text and "\n1\n" in terminal.screen.text


def test_a_message_longer_than_the_screen_is_read_before_it_is_answered(run, place):
    message = "\\n".join(f"line {number};" for number in range(1, 41))
    text = (
        'automation "Long"\nSTART begin -> ask\n'
        f'GET_USER_INPUT ask -> end {{ prompt_template {{ message: "{message}", choices: ["yes", "no"] }} }}\n'
    )
    terminal = run(place.file("long.auto", text))
    terminal.sees("Ctrl-D")
    assert "\n  line 1;\n" in terminal.screen.text and "lines above\n" in terminal.screen.text
    terminal.type("yes\r")
    assert terminal.wait() == 0, terminal.screen.text
    for number in (1, 20, 40):
        assert terminal.screen.text.count(f"line {number};") == 1, terminal.screen.text


def test_control_d_leaves_the_session_waiting(run, place):
    terminal = run(EXAMPLE, columns=40)
    terminal.sees("Ctrl-D")
    assert terminal.screen.marks_pastes
    # What has been typed, or pasted in several lines, is not thrown away and answers nothing.
    terminal.type("app\x1b[200~ro\rve\x1b[201~\x04")
    terminal.until(lambda _: terminal.cursor_line == "> appro ve", "what was typed")
    terminal.type("\x15\x04")
    assert terminal.wait() == 4, terminal.screen.text
    end = end_of(terminal)
    assert terminal.screen.wraps == 0
    assert f"session {end} waits for an answer\n? ask\n" in terminal.screen.text
    assert f"\n  autorun answer {end} approve\n  autorun answer {end} reject\n" in terminal.screen.text
    assert terminal.is_as_before()
    assert place.run("answer", end, "approve").stdout.startswith("Approved")


def test_control_z_stops_the_program_and_the_question_comes_again(place):
    # A shell that has the terminal, as one has it that a person types into.
    own = "import fcntl, os, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execvp('bash', ['bash', '--norc', '-c', os.environ['WORDS']])"
    words = f"set -m; '{BIN / 'autorun'}' run '{EXAMPLE}'; echo stopped $?; read go; fg"
    terminal = Terminal(["python3", "-c", own], {**place.environment, "WORDS": words}, folder=ROOT)
    try:
        terminal.sees("Ctrl-D")
        terminal.type("app\x1a")
        terminal.sees("stopped 148")
        assert terminal.is_as_before() and not terminal.screen.marks_pastes
        assert "? ask" not in terminal.screen.text, terminal.screen.text
        terminal.type("\n")
        terminal.until(lambda _: terminal.cursor_line == "> app", "the question as it was")
        terminal.type("\r")
        assert terminal.wait() == 0 and "\nApproved: " in terminal.screen.text, terminal.screen.text
    finally:
        terminal.close()


def test_in_the_background_nothing_is_drawn_over_the_shell(place):
    own = "import fcntl, os, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execvp('bash', ['bash', '--norc', '-c', os.environ['WORDS']])"
    # Let go on by `bg`, it stops again: the question is for whoever has the terminal.
    words = f"set -m; '{BIN / 'autorun'}' run '{EXAMPLE}'; echo stopped $?; bg; read go; jobs; echo mine; read go; fg"
    terminal = Terminal(["python3", "-c", own], {**place.environment, "WORDS": words}, folder=ROOT)
    try:
        terminal.sees("Ctrl-D")
        terminal.type("app\x1a")
        terminal.sees("stopped 148")
        # What the question would be drawn over stays as it is, also when the program has had time to draw.
        end = time.monotonic() + 1
        while time.monotonic() < end:
            terminal.read(0.1)
        terminal.type("\n")
        terminal.sees("mine")
        assert "? ask" not in terminal.screen.text and "Stopped" in terminal.screen.text, terminal.screen.text
        terminal.type("\n")
        terminal.until(lambda _: terminal.cursor_line == "> app", "the question as it was")
        terminal.type("\r")
        assert terminal.wait() == 0 and "\nApproved: " in terminal.screen.text, terminal.screen.text
    finally:
        terminal.close()


def test_a_question_of_a_later_visit_says_which(run, place):
    terminal = run(place.file("loop.auto", LOOP))
    for label in ("ask", "ask#2"):
        terminal.until(lambda screen: f"? {label}\n" in screen.text and "Ctrl-D" in screen.text, label)
        terminal.type("again\r" if label == "ask" else "done\r")
    assert terminal.wait() == 0, terminal.screen.text
    assert "ok   ask#2 GET_USER_INPUT" in terminal.screen.text


def test_control_c_asks_once_whether_to_cancel(run, place):
    terminal = run(EXAMPLE)
    terminal.sees("Ctrl-D")
    terminal.type("app\x03")
    terminal.sees("Cancel the session? y cancels it")
    terminal.type("n")
    terminal.until(lambda _: terminal.cursor_line == "> app", "the question as it was")
    terminal.type("\x03y")
    assert terminal.wait() == 130, terminal.screen.text
    end = end_of(terminal)
    assert f"session {end} was cancelled after " in terminal.screen.text
    assert f"autorun retry {end}\n" in terminal.screen.text
    assert terminal.is_as_before()
    again = place.run("retry", end, "--answer", "ask=reject")
    assert again.stdout.startswith("Rejected")


def test_control_c_while_a_step_works(run, place, peer):
    slow = peer(delay=60)
    terminal = run(place.file("calls.auto", calls(slow.url)))
    until(lambda: slow.keys, what="the request")
    terminal.process.send_signal(signal.SIGINT)
    assert terminal.wait() == 130, terminal.screen.text
    end = end_of(terminal)
    for words in ("cancelling the session; Ctrl-C again quits at once", f"session {end} was cancelled after ", f"autorun retry {end}"):
        assert words in terminal.screen.text


def test_control_c_once_more_quits_at_once(run, place, peer):
    slow = peer(delay=60)
    store = str(place.folder / "own.sqlite")
    terminal = run(place.file("calls.auto", calls(slow.url)), "--store", store, columns=200)
    until(lambda: slow.keys, what="the request")
    # Somebody holds the store, so the end of the session cannot be recorded for now.
    with contextlib.closing(sqlite3.connect(store, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        terminal.process.send_signal(signal.SIGINT)
        terminal.sees("Ctrl-C again quits at once")
        terminal.process.send_signal(signal.SIGINT)
        assert terminal.wait() == 130, terminal.screen.text
        other.execute("ROLLBACK")
    assert "quit before the session had ended" in terminal.screen.text and terminal.is_as_before()
    session = re.search(r"go on with it: autorun resume ([0-9a-f-]{36}) --store ", terminal.screen.text)[1]
    slow.delay = 0
    assert place.run("resume", session, "--store", store).returncode == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_the_terminal_as_it_was(run, number):
    terminal = run(EXAMPLE)
    terminal.sees("Ctrl-D")
    terminal.process.send_signal(number)
    assert terminal.wait() == 130, terminal.screen.text
    assert terminal.is_as_before() and "was cancelled" in terminal.screen.text


def test_two_questions_are_asked_one_after_the_other(run, place):
    terminal = run(place.file("two.auto", TWO))
    terminal.sees("Ctrl-D")
    order = ["first", "second"] if "? first" in terminal.screen.text else ["second", "first"]
    assert f"? {order[1]}" not in terminal.screen.text
    terminal.type("1\r")
    terminal.sees(f"? {order[1]}")
    terminal.until(lambda screen: "Ctrl-D" in screen.text, "the second question")
    terminal.type("a\r")
    assert terminal.wait() == 0, terminal.screen.text
    assert terminal.screen.text.count("\n  > a\n") == 2


def test_a_question_says_for_which_element_it_is(run, place):
    terminal = run(place.file("each.auto", EACH))
    for number in (1, 2):
        terminal.until(lambda screen: "Ctrl-D" in screen.text and screen.text.count("? approve") == number, "a question")
        element = re.findall(r"\? approve (\d/2 \w+)\n  Let (\w+) in\?", terminal.screen.text)[-1]
        assert element in [("1/2 Ada", "Ada"), ("2/2 Grace", "Grace")]
        terminal.type("yes\r")
    assert terminal.wait() == 0, terminal.screen.text
    assert "\nok   approve 1/2 Ada GET_USER_INPUT" in terminal.screen.text
    assert '\n["yes","yes"]\n' in terminal.screen.text


def test_lists_are_read_on_a_narrow_terminal(run, place):
    """A name, an id and a command's parts are not torn where the line ends."""
    asked = run(EXAMPLE)
    asked.sees("Ctrl-D")
    asked.type("\x04")
    asked.wait()
    end = end_of(asked)

    def shown(*arguments):
        terminal = Terminal([BIN / "autorun", *arguments], place.environment, 40, rows=60, folder=ROOT)
        try:
            assert terminal.wait() == 0 and terminal.screen.wraps == 0, terminal.screen.text
            return [line.rstrip() for line in terminal.screen.text.splitlines()]
        finally:
            terminal.close()

    listed = shown("sessions")
    assert f"{end}  RUNNING waiting" in listed and "        Expense approval (3 steps)" in listed, listed
    told = shown("show", end)
    assert any(re.fullmatch(r"  [0-9a-f-]{36}", line) for line in told), told


def test_long_lines_go_on_below_whatever_shows_them(place):
    place.run("run", place.file("long.auto", LONG), "--input", "n=1", "--unsafe-python")
    session = json.loads(place.run("sessions", "--json").stdout)[0]["id"]

    def shown(*arguments):
        terminal = Terminal([BIN / "autorun", *arguments], place.environment, 60, rows=60, folder=place.folder)
        try:
            terminal.wait()
            assert terminal.screen.wraps == 0, terminal.screen.text
            return terminal.screen.text
        finally:
            terminal.close()

    assert "\n  begin -> first_step_with_a_name ->" in shown("plan", "long.auto")
    assert "\n         first_step_with_a_name.result ==" in shown("test", "long.auto")
    assert shown("show", session).startswith("Long lines, and a name that is itself longer than a narrow\n  terminal")
    trace = shown("show", session, "--trace")
    assert "\n" + 14 * " " + "some words" in trace and " ".join(trace.split()).count("some words") == 20, trace
    assert "no key needed" in " ".join(shown("models").split())


def test_other_steps_write_above_what_is_typed(run, place, peer):
    slow = peer(delay=60)
    terminal = run(place.file("both.auto", asks_and_calls(slow.url)))
    terminal.sees("Ctrl-D")
    terminal.type("fi")
    terminal.until(lambda _: terminal.cursor_line == "> fi", "what is typed")
    slow.delay = 0
    terminal.sees("ok   a REST_API")
    terminal.until(lambda _: terminal.cursor_line == "> fi", "what was typed")
    shown = terminal.screen.text
    assert shown.index("ok   a REST_API") < shown.index("? ask")
    terminal.type("ne\r")
    assert terminal.wait() == 0, terminal.screen.text
    assert "\n  > fine\n" in terminal.screen.text


def test_why_a_step_failed_is_said_once(run, place):
    terminal = run(place.file("fails.auto", FAILS), "--input", "n=0")
    terminal.wait()
    text = terminal.screen.text
    assert text.count("division by zero") == 1, text
    assert "FAIL divide" in text and "autorun: step divide failed" in text and "fails.auto:4:" in text, text

