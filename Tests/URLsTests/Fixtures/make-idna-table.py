"""Writes Sources/URLs/IDNAMappingData.swift and IDNAPropertyData.swift, the facts of UTS #46.

Run it with the packages whose data is of Unicode 17.0, the version of the `ada-url` that the tests
are recorded with:

    pip install idna==3.19 unicodedata2==17.0.1
    python Tests/URLsTests/Fixtures/make-idna-table.py

Sources/URLs/IDNATable.swift says how the tables are read.
"""

import bisect
import pathlib

import unicodedata2
from idna import idnadata, uts46data

VERSION = "17.0"
SOURCES = pathlib.Path(__file__).resolve().parents[3] / "Sources" / "URLs"
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_"
BIDI = {"L": 0, "R": 1, "AL": 1, "AN": 2, "EN": 3, "NSM": 4}
NEUTRAL = 5
JOINING = {"U": 0, "C": 0, "L": 1, "R": 2, "D": 3, "T": 4}


def number(value):
    """A number as digits of five bits each, the highest first; all but the last are marked by 32."""
    digits = [DIGITS[value & 31]]
    value >>= 5
    while value:
        digits.append(DIGITS[32 | value & 31])
        value >>= 5
    return "".join(reversed(digits))


def signed(value):
    return number(value * 2 if value >= 0 else -value * 2 - 1)


def code_points():
    """Each code point from U+0080 on with its status and what it is mapped to."""
    for code in range(0x80, 0x110000):
        index = bisect.bisect_right(uts46data.uts46_starts, code) - 1
        status = chr(uts46data.uts46_statuses[index])
        yield code, status, uts46data.uts46_replacements[index]


def mappings():
    """Records of a gap, a header and what the header asks for (see IDNATable.swift)."""
    mapped = {}
    for code, status, target in code_points():
        if status == "M":
            mapped[code] = [ord(letter) for letter in target]
        elif status == "I":
            mapped[code] = []
    records, last, previous = [], 0x80, 0
    codes = sorted(mapped)
    position = 0
    while position < len(codes):
        code = codes[position]
        target = mapped[code]
        lengths = {step: run_length(mapped, code, step) for step in (1, 2)}
        step = 2 if target and lengths[2] > lengths[1] else 1
        count = lengths[step]
        end = code + (count - 1) * step + 1
        if not target:
            header, body = number(count * 4 + 3), []
        elif len(target) == 1:
            header, body = number(count * 4 + step - 1), [signed(target[0] - previous)]
            previous = target[0]
        else:
            header, body = number(len(target) * 4 + 2), []
            for letter in target:
                body.append(signed(letter - previous))
                previous = letter
        records.append(number(code - last) + header + "".join(body))
        last = end
        while position < len(codes) and codes[position] < end:
            position += 1
    return "".join(records)


def run_length(mapped, code, step):
    """How many code points from this one on, each `step` apart, map to code points as far away."""
    first, count = mapped[code], 1
    if len(first) > 1:
        return 1
    while True:
        following = code + count * step
        if step == 2 and following - 1 in mapped:
            return count
        expected = [first[0] + count * step] if first else []
        if mapped.get(following) != expected:
            return count
        count += 1


def properties():
    """Runs of code points of one record of properties, and the records themselves."""
    joining = {}
    for kind, ranges in idnadata.joining_types.items():
        for item in ranges:
            for code in range(item >> 32, item & 0xFFFFFFFF):
                joining[code] = JOINING[kind]
    records, runs = [], []
    for code, status, _ in code_points():
        record = 0
        if status in "VD":
            letter = chr(code)
            category = unicodedata2.category(letter)
            record = (
                1
                | (2 if category.startswith("M") else 0)
                | BIDI.get(unicodedata2.bidirectional(letter), NEUTRAL) << 2
                | joining.get(code, 0) << 5
                | unicodedata2.combining(letter) << 8
            )
        if record not in records:
            records.append(record)
        if runs and runs[-1][0] == record:
            runs[-1][1] += 1
        else:
            runs.append([record, 1])
    return (
        "".join(number(record) for record in records),
        "".join(number(records.index(record)) + number(length) for record, length in runs),
    )


def compositions():
    """Records of a composed code point and the two that it is made of, Hangul left out."""
    records, last = [], 0
    for code in range(0x80, 0x110000):
        parts = unicodedata2.decomposition(chr(code)).split()
        if len(parts) != 2 or parts[0].startswith("<"):
            continue
        first, second = (int(part, 16) for part in parts)
        if unicodedata2.normalize("NFC", chr(first) + chr(second)) != chr(code):
            continue
        records.append(number(code - last) + signed(code - first) + number(second))
        last = code
    return "".join(records)


def literal(name, comment, text, width=98):
    lines = [text[at : at + width] for at in range(0, len(text), width)]
    body = "\\\n".join("        " + line for line in lines)
    return f'    /// {comment}\n    static let {name}: StaticString = """\n{body}\n        """\n'


def write(file, kind, literals):
    text = (
        "// Made by Tests/URLsTests/Fixtures/make-idna-table.py from the data of Unicode "
        f"{VERSION}; do not edit.\n"
        f"// IDNATable.swift says how it is read.\n\nenum {kind} {{\n" + "\n".join(literals) + "}\n"
    )
    (SOURCES / file).write_text(text)
    print(file, len(text), "bytes", text.count("\n"), "lines")


records, runs = properties()
write(
    "IDNAMappingData.swift",
    "IDNAMappingData",
    [literal("mappings", "What code points are mapped to before a domain is looked at.", mappings())],
)
write(
    "IDNAPropertyData.swift",
    "IDNAPropertyData",
    [
        literal("records", "The different records of properties.", records),
        literal("runs", "Which record holds for which run of code points.", runs),
        literal("compositions", "Which two code points make which composed one.", compositions()),
    ],
)
