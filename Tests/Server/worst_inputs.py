"""The worst inputs known, over all ten step types: each keeps its step busy until its timeout, or as long as it can.

Code of PYTHON ends with a newline before the closing quotes.
"""

BLANKS = " " * 100_000 + "x"

INPUTS = {
    "blanks": BLANKS,
    "page": "<p>x</p>" * 16_000,
    "brackets": '["' * 300_000,
    "rows": [{"a": "x" * 10, "b": number} for number in range(20_000)],
}
TYPES = {"rows": "list<{ a: text, b: int }>"}

# By name: what stands between START and end. A step is called `t`.
WORST = {
    "inputs": "DATA_TRANSFORM t -> end { prompt_template { value: size(inputs.rows) } }",
    "jq_endless": "DATA_TRANSFORM t -> end { timeout: 2s\n prompt_template { input: 1, jq: 'def f: f; f' } }",
    "jq_memory": "DATA_TRANSFORM t -> end { timeout: 2s\n prompt_template { input: 1, jq: '[range(1e9)]' } }",
    "regex": "DATA_TRANSFORM t -> end { timeout: 2s\n prompt_template { input: inputs.blanks, regex: '\\s+$' } }",
    "expression": "DATA_TRANSFORM t -> end { timeout: 2s\n prompt_template { value: inputs.blanks.split('').all(x, inputs.blanks.split('').all(y, y != 'b')) } }",
    "replace": "DATA_TRANSFORM t -> end { timeout: 2s\n prompt_template { value: inputs.blanks.replace(' ', inputs.blanks) } }",
    "page": "WEB_SCRAPE t -> end { timeout: 2s\n prompt_template { html: inputs.page, select: { a: [\"p ~ p\"] } } }",
    "brackets": "TEXT_TO_JSON t -> end { timeout: 2s\n prompt_template { text: inputs.brackets } }",
    "python": "PYTHON t -> end { timeout: 2s\n prompt_template { code: '''\nwhile True: pass\nresult = 1\n''' } }",
    "processes": "PYTHON t -> end { timeout: 2s\n prompt_template { code: '''\nimport os\nwhile True:\n  try: os.fork()\n  except OSError: pass\nresult = 1\n''' } }",
    "search": "EMBEDDING_SEARCH t -> end { timeout: 2s\n prompt_template { query: \"x\", documents: [inputs.blanks] } }",
    "decision": "LOGIC_DECISION t { prompt_template {\n a: when inputs.blanks.matches('(\\\\s+)+y') -> end\n b: else -> end } }",
    "question": "GET_USER_INPUT t -> end { timeout: 2s\n prompt_template { message: inputs.blanks.replace(' ', inputs.blanks) } }",
    "request": "REST_API t -> end { timeout: 2s\n prompt_template { url: \"http://127.0.0.1:9/\", allow_private: true, body: { a: inputs.blanks.split('').map(x, inputs.blanks) } } }",
    "model": "LLM_CALL t -> end { timeout: 2s\n prompt_template { model: \"builtin\", user: inputs.blanks } }",
}


def inputs(name):
    """What a session of this automation is started with."""
    return {key: value for key, value in INPUTS.items() if f"inputs.{key}" in WORST[name]}


def automation(name):
    head = "".join(f"input {key}: {TYPES.get(key, 'text')}\n" for key in inputs(name))
    return f'automation "{name}"\n{head}START begin -> t\n{WORST[name]}\n'


def pairs():
    """Each with the one behind it, so that each runs beside two others."""
    names = list(WORST)
    return list(zip(names, names[1:] + names[:1]))


def explains_itself(record):
    """Whether an ended session says how it came out: a failure names the step and why."""
    if record["status"] == "FINISHED":
        return record["error"] is None
    failed = [one for one in record["steps"] if one["status"] == "FAILED"]
    return record["status"] == "FAILED" and bool(failed) and bool(failed[-1]["error"]) and record["error"].startswith("step t: ")
