"""Writes what each url of urls.tsv should become, by another reader of urls, behind its first two columns.

    pip install ada-url==4.0.0
    python Tests/URLsTests/Fixtures/record-urls.py

A row is an input and a base (`\\-` for none), and then `failure`, or what `COLUMNS` names. The columns
are separated by tabs and escaped with backslashes: `\\t`, `\\n`, `\\r`, `\\0`, `\\\\`, `\\#` and `\\u{1f}`. A
line that begins with `#` is a heading. To add a row, write its first two columns and run this.

Left out are domains that the recorder judges by tables older than Unicode 17.0 or without the rule of
RFC 5893 for all labels; DomainTests.swift has some of them.
"""

import pathlib
import re

import ada_url

FILE = pathlib.Path(__file__).with_name("urls.tsv")
COLUMNS = "href protocol username password hostname port pathname search hash origin".split()
LETTERS = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": "\\0"}
ESCAPE = re.compile(r"\\(u\{([0-9a-f]+)\}|.)")


def unescaped(text):
    def letter(match):
        if match[2]:
            return chr(int(match[2], 16))
        return {"t": "\t", "n": "\n", "r": "\r", "0": "\0"}.get(match[1], match[1])

    return ESCAPE.sub(letter, text)


def escaped(text):
    return "".join(
        LETTERS.get(letter) or (letter if letter.isprintable() else f"\\u{{{ord(letter):x}}}")
        for letter in text
    )


def recorded(text, base):
    try:
        url = ada_url.URL(text) if base is None else ada_url.URL(text, base)
    except ValueError:
        return ["failure"]
    return [getattr(url, column) for column in COLUMNS]


lines = []
for line in FILE.read_text(encoding="utf-8").splitlines():
    if not line.startswith("#"):
        text, base = line.split("\t")[:2]
        result = recorded(unescaped(text), None if base == "\\-" else unescaped(base))
        line = "\t".join([text, base] + [escaped(part) for part in result])
    lines.append(line)
FILE.write_text("\n".join(lines) + "\n", encoding="utf-8")
