"""`autorun serve` in a real terminal: what a person sees of it when it starts."""

import signal

import pytest

from conftest import ASK, BIN, HELLO
from terminal import Terminal


@pytest.fixture
def serve(place):
    """Starts `autorun serve` in a terminal that is closed in the end."""
    opened = []

    def start(*arguments):
        # Wide, so that no line wraps: the address holds a token.
        command = [BIN / "autorun", "serve", *arguments, "--listen", "127.0.0.1:0"]
        opened.append(Terminal(command, place.environment, columns=200, folder=place.folder))
        opened[-1].sees("open http://127.0.0.1:")
        return opened[-1]

    yield start
    for terminal in opened:
        terminal.close()


def ended(terminal):
    """The lines on the screen when the server has ended, without what the terminal echoes of Ctrl-C."""
    terminal.process.send_signal(signal.SIGINT)
    assert terminal.wait() == 0
    return [line for line in terminal.screen.text.split("\n") if line]


def test_two_lines_say_what_is_served_and_where(place, serve):
    place.file("hello.auto", HELLO)
    lines = ended(serve("hello.auto"))
    assert len(lines) == 2, lines
    assert lines[0] == "serving 1 automation of 1 file"
    assert lines[1].startswith("open http://127.0.0.1:") and "/#token=" in lines[1]


def test_a_third_line_names_the_files_that_did_not_load(place, serve):
    folder = place.folder / "automations"
    folder.mkdir()
    (folder / "hello.auto").write_text(HELLO)
    (folder / "ask.auto").write_text(ASK)
    (folder / "broken.auto").write_text('automation "Broken"\nSTART begin -> nowhere\n')
    lines = ended(serve("automations"))
    assert len(lines) == 3, lines
    assert lines[0] == "serving 2 automations of 3 files"
    assert lines[1].startswith("1 not loaded, see: autocheck ") and lines[1].endswith("automations/broken.auto")
    assert lines[2].startswith("open http://127.0.0.1:")


def test_who_has_a_token_gets_no_other(place, serve):
    place.token()
    place.file("hello.auto", HELLO)
    assert "#token=" not in ended(serve("hello.auto"))[1]
