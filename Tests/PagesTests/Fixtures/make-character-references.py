"""Writes Sources/Pages/HTML/CharacterReferenceData.swift, the character references that HTML names.

The names are those of the HTML standard, section 13.5, which Python carries:

    python3 Tests/PagesTests/Fixtures/make-character-references.py

Sources/Pages/HTML/CharacterReferences.swift says how the table is read.
"""

import pathlib
from html.entities import html5

SOURCES = pathlib.Path(__file__).resolve().parents[3] / "Sources" / "Pages" / "HTML"
WIDTH = 96


def record(name):
    """A name, `.` where it may stand without its semicolon and `;` where it may not, and its code points."""
    mark = "." if name in html5 else ";"
    return name + mark + "_".join(format(ord(letter), "X") for letter in html5[name + ";"])


def main():
    names = sorted(name[:-1] for name in html5 if name.endswith(";"))
    text = " ".join(record(name) for name in names)
    lines = [text[start : start + WIDTH] for start in range(0, len(text), WIDTH)]
    body = "\\\n".join("        " + line for line in lines)
    (SOURCES / "CharacterReferenceData.swift").write_text(
        "// Made by Tests/PagesTests/Fixtures/make-character-references.py from the names of the HTML\n"
        "// standard; do not edit. CharacterReferences.swift says how it is read.\n"
        "\n"
        "enum CharacterReferenceData {\n"
        "    /// Names in the order of their bytes, and what they stand for.\n"
        '    static let names: StaticString = """\n'
        f"{body}\n"
        '        """\n'
        "}\n"
    )


main()
