"""A terminal for tests: runs a command in a pseudo-terminal, and keeps what a person would see on its screen."""

import codecs
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time

SEQUENCE = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])")


class Screen:
    """What a terminal shows. It knows the sequences that the commands send, and fails on any other."""

    def __init__(self, columns):
        self.columns = columns
        self.lines = [""]
        self.row = self.column = 0
        # How often a line was wider than the screen, which goes on in the next row then.
        self.wraps = 0
        # Whether what is pasted is to be marked.
        self.marks_pastes = False

    def put(self, character):
        if self.column == self.columns:
            self.wraps += 1
            self.column = 0
            self.feed()
        line = self.lines[self.row].ljust(self.column)
        self.lines[self.row] = line[: self.column] + character + line[self.column + 1 :]
        self.column += 1

    def feed(self):
        self.row += 1
        if self.row == len(self.lines):
            self.lines.append("")

    def take(self, text):
        """Draws a text, and gives what of it is not complete yet."""
        place = 0
        while place < len(text):
            character = text[place]
            if character == "\x1b":
                found = SEQUENCE.match(text, place)
                if not found:
                    assert len(text) - place < 16, f"an unknown sequence: {text[place:place + 20]!r}"
                    return text[place:]
                if found[1] == "?2004":
                    self.marks_pastes = found[2] == "h"
                    place = found.end()
                    continue
                self.sequence(int(found[1] or 1) if found[1].isdigit() or not found[1] else 0, found[2])
                place = found.end()
                continue
            place += 1
            if character == "\n":
                self.feed()
            elif character == "\r":
                self.column = 0
            elif character != "\a":
                self.put(character)
        return ""

    def sequence(self, number, letter):
        if letter == "A":
            assert number <= self.row, "above the first line"
            self.row -= number
        elif letter == "C":
            self.column += number
        elif letter == "J":
            self.lines[self.row :] = [self.lines[self.row][: self.column]]
        else:
            assert letter == "m", letter

    @property
    def text(self):
        return "\n".join(line.rstrip() for line in self.lines)


class Terminal:
    """A command in a terminal of its own."""

    def __init__(self, arguments, environment, columns=80, rows=24, folder=None):
        self.screen = Screen(columns)
        self.rest = ""
        self.decoder = codecs.getincrementaldecoder("utf-8")()
        self.end, other = pty.openpty()
        fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.mode = termios.tcgetattr(other)
        self.other = other
        self.process = subprocess.Popen(
            [str(one) for one in arguments], stdin=other, stdout=other, stderr=other, env=dict(environment, TERM="xterm"), cwd=folder, start_new_session=True
        )

    def read(self, seconds):
        """Draws what comes within the time; false when nothing does."""
        if not select.select([self.end], [], [], seconds)[0]:
            return False
        # A character may come in two pieces.
        self.rest = self.screen.take(self.rest + self.decoder.decode(os.read(self.end, 65536)))
        return True

    def until(self, condition, what, seconds=20):
        end = time.monotonic() + seconds
        while not condition(self.screen):
            assert time.monotonic() < end, f"{what} did not come:\n{self.screen.text}"
            self.read(0.1)

    def sees(self, words, seconds=20):
        self.until(lambda screen: words in screen.text, repr(words), seconds)

    @property
    def cursor_line(self):
        """The line in which the cursor stands, up to the cursor."""
        return self.screen.lines[self.screen.row][: self.screen.column]

    def type(self, text):
        os.write(self.end, text.encode())

    def wait(self, seconds=20):
        """The exit code, when everything that was written has been drawn."""
        end = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < end, f"it does not end:\n{self.screen.text}"
            self.read(0.05)
        while self.read(0):
            pass
        return self.process.returncode

    def is_as_before(self):
        """Whether the terminal shows what is typed again, and reads lines."""
        return termios.tcgetattr(self.other) == self.mode

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.end)
        os.close(self.other)
