#!/usr/bin/env python3
"""Draws what a command writes to a terminal, colours included, as an SVG.

    autocheck --color always triage.auto | python3 Docs/picture.py > Docs/images/finding.svg
"""

import re
import sys
from html import escape

COLOURS = {"31": "#f47067", "32": "#8ddb8c", "33": "#e0b95c", "34": "#6cb6ff", "35": "#dcbdfb", "36": "#76d3d9", "90": "#8b949e"}
WIDTH, HEIGHT, MARGIN = 8.43, 20, 16


def spans(line, style):
    """The pieces of a line with the style of each; the style that holds at its end."""
    pieces = []
    for part in re.split(r"(\x1b\[[0-9;]*m)", line):
        if part.startswith("\x1b["):
            for code in part[2:-1].split(";"):
                if code in ("", "0"):
                    style = {}
                elif code == "1":
                    style = {**style, "font-weight": "bold"}
                elif code == "2":
                    style = {**style, "fill": COLOURS["90"]}
                elif code in COLOURS or str(int(code) - 60) in COLOURS:
                    style = {**style, "fill": COLOURS.get(code) or COLOURS[str(int(code) - 60)]}
        elif part:
            written = "".join(f' {name}="{value}"' for name, value in style.items())
            pieces.append(f"<tspan{written}>{escape(part)}</tspan>" if written else escape(part))
    return "".join(pieces), style


def picture(text):
    lines = text.rstrip("\n").split("\n")
    plain = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in lines]
    width = round(max(map(len, plain)) * WIDTH + 2 * MARGIN)
    height = len(lines) * HEIGHT + 2 * MARGIN
    yield f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
    yield f'<rect width="{width}" height="{height}" rx="8" fill="#1c2128"/>'
    yield '<g font-family="ui-monospace, DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="14" fill="#cdd9e5">'
    style = {}
    for number, line in enumerate(lines):
        inside, style = spans(line, style)
        y = MARGIN + number * HEIGHT + 15
        yield f'<text x="{MARGIN}" y="{y}" xml:space="preserve">{inside}</text>'
    yield "</g></svg>"


if __name__ == "__main__":
    print("\n".join(picture(sys.stdin.read())))
