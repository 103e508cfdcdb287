"""TEXT_TO_JSON's reader and json_repair on the same texts in the same run: how many each reads right, and how fast."""

import json
import os
import pathlib
import re
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
CORPUS = ROOT.parent / "shared" / "corpora" / "json" / "broken.jsonl"
PYTHON = ROOT / ".build-venv-json" / "bin" / "python"
BUILD = ROOT / ".build-bench"


def setup():
    """Builds our reader as a program of its own, and installs the other."""
    command = ["swift", "build", "-c", "release", "--scratch-path", BUILD, "--product", "JSONReaders"]
    subprocess.run(command, cwd=ROOT, env=os.environ | {"BENCH": "1"}, check=True, stdout=subprocess.DEVNULL)
    if not PYTHON.exists():
        subprocess.run([sys.executable, "-m", "venv", PYTHON.parent.parent], check=True)
        subprocess.run([PYTHON, "-m", "pip", "install", "-q", "json-repair"], check=True)


def type_of(written):
    """A type in the language's words, as lists: `list<int>` is `["list", ["int"]]`."""
    tokens = re.findall(r'"(?:[^"\\]|\\.)*"|[A-Za-z_]+|[{}<>(),:?]', written)

    def one():
        token = tokens.pop(0)
        if token == "list":
            tokens.pop(0)
            inner = one()
            tokens.pop(0)
            return ["list", inner]
        if token == "one_of":
            labels = []
            while (word := tokens.pop(0)) != ")":
                labels += [json.loads(word)] if word.startswith('"') else []
            return ["oneOf", labels]
        if token != "{":
            return [token]
        fields = []
        while (name := tokens.pop(0)) != "}":
            if name == ",":
                continue
            tokens.pop(0)
            inner = one()
            optional = tokens[0] == "?"
            if optional:
                tokens.pop(0)
            fields.append([json.loads(name) if name.startswith('"') else name, inner, optional])
        return ["record", fields]

    return one()


def type_of_schema(schema, definitions):
    """The type that a JSON Schema describes; `json` where it describes none of ours."""
    if "$ref" in schema:
        return type_of_schema(definitions[schema["$ref"].rsplit("/", 1)[-1]], definitions)
    choices = [choice for choice in schema.get("anyOf", []) if choice.get("type") != "null"]
    if len(choices) == 1:
        return type_of_schema(choices[0], definitions)
    kind = schema.get("type")
    if kind == "object" and schema.get("properties"):
        required = schema.get("required", [])
        fields = schema["properties"].items()
        return ["record", [[name, type_of_schema(inner, definitions), name not in required] for name, inner in fields]]
    if kind == "array":
        return ["list", type_of_schema(schema.get("items", {}), definitions)]
    names = {"string": "text", "integer": "int", "number": "number", "boolean": "bool"}
    return [names.get(kind, "json") if isinstance(kind, str) else "json"]


def without_nulls(value):
    """A field that is null is one that is not there."""
    if isinstance(value, dict):
        return {key: without_nulls(inner) for key, inner in value.items() if inner is not None}
    return [without_nulls(inner) for inner in value] if isinstance(value, list) else value


OTHER = """
import json, sys, time
import json_repair
for line in sys.stdin:
    question = json.loads(line)
    times = question.get("times", 1)
    began = time.perf_counter()
    for _ in range(times):
        try:
            value = json_repair.loads(question["text"], **({"schema": question["schema"]} if question.get("schema") else {}))
        except Exception:
            value = ""
    seconds = (time.perf_counter() - began) / times
    large = len(question["text"]) > 100_000
    print(json.dumps({"seconds": seconds} | ({"refused": True} if value == "" else {"value": None if large else value})))
"""


def ask(command, questions):
    lines = "".join(json.dumps(question) + "\n" for question in questions)
    done = subprocess.run(command, input=lines, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def verdict(case, answer):
    if case.get("nothing"):
        return "right" if "refused" in answer else "wrong"
    if "refused" in answer:
        return "refused"
    return "right" if without_nulls(answer["value"]) == without_nulls(case["value"]) else "wrong"


def record(number):
    return '{"id": %d, "name": "Item %d", "tags": ["a", "b"], "ok": True, "note": \'it is "so"\'},\n' % (number, number)


def samples():
    """A reply of 200 bytes with the slips that models make, and lists of 1 and 10 MB."""
    reply = 'Here is the result:\n```json\n{"kind": "bug", "reason": "it crashes when a "file" is saved", urgent: True, "tags": ["ui", "save",], "score": 0.75, // a guess\n "owner": None, "next": "ask for the log"}\n```\nDone.'
    rows = "".join(record(number) for number in range(150_000))
    return {"a reply of 200 bytes": (reply, 2_000), "a list of 1 MB": ("[" + rows[:1_000_000], 3), "a list of 10 MB": ("[" + rows[:10_000_000], 1)}


def json_readers(row):
    setup()
    ours, other = [BUILD / "release" / "JSONReaders"], [PYTHON, "-c", OTHER]
    if CORPUS.exists():
        cases = [json.loads(line) for line in CORPUS.read_text().splitlines()]
        questions = []
        for case in cases:
            schema = case.get("schema")
            kind = type_of(case["type"]) if "type" in case else type_of_schema(schema, schema.get("$defs", {})) if schema else ["json"]
            questions.append({"text": case["text"], "type": kind, "schema": schema})
        answers = [[verdict(*pair) for pair in zip(cases, ask(command, questions))] for command in (ours, other)]
        for source in dict.fromkeys(case["from"] for case in cases):
            counts = [[given for case, given in zip(cases, side) if case["from"] == source] for side in answers]
            shown = [f"{side.count('right')} right, {side.count('wrong')} wrong, {side.count('refused')} refused" for side in counts]
            right = [side.count("right") for side in counts]
            row(f"texts of {source}, {len(counts[0])}", shown[0], shown[1] + " by json_repair", f"{right[0] / max(1, right[1]):.2f}", "at least as many right", right[0] >= right[1])
    wanted = {"a reply of 200 bytes": 10, "a list of 1 MB": 7, "a list of 10 MB": 7}
    for name, (text, times) in samples().items():
        mine = ask(ours, [{"text": text, "type": ["json"], "times": times}] * 3)
        theirs = ask(other, [{"text": text, "times": max(1, times // 20)}] * (3 if len(text) < 5_000_000 else 1))
        fast, slow = (statistics.median(answer["seconds"] for answer in side) for side in (mine, theirs))
        row(f"reading {name}", f"{fast * 1e3:.3f} ms", f"{slow * 1e3:.3f} ms by json_repair", f"{slow / fast:.1f}", f"at least {wanted[name]}", slow >= wanted[name] * fast)


if __name__ == "__main__":
    json_readers(lambda *cells: print(*cells, sep="  "))
