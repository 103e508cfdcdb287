"""The worst inputs known, over the step types, two at a time: the server answers others meanwhile, each session ends with its
step's timeout, and nothing computes on afterwards."""

import os
import time

import pytest

from test_abuse import others_are_answered

BLANKS = " " * 100_000 + "x"

WORST = {
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

INPUTS = {"blanks": BLANKS, "page": "<p>x</p>" * 16_000, "brackets": '["' * 300_000}


def automation(name):
    head = "".join(f"input {key}: text\n" for key in INPUTS if f"inputs.{key}" in WORST[name])
    return f'automation "{name}"\n{head}START begin -> t\n{WORST[name]}\n'


def processor_time(server):
    fields = open(f"/proc/{server.process.pid}/stat").read().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


@pytest.fixture(scope="module")
def names():
    return list(WORST)


def test_others_are_answered_and_all_end(place, names):
    for name in names:
        place.file(f"{name}.auto", automation(name))
    server = place.serve(*(str(place.folder / f"{name}.auto") for name in names), token=place.token())
    ids = {name: server.automation(name) for name in names}
    # By two, as many as there are processors.
    with others_are_answered(server):
        for first, second in zip(names, names[1:] + names[:1]):
            paths = []
            for name in (first, second):
                inputs = {key: value for key, value in INPUTS.items() if f"inputs.{key}" in WORST[name]}
                paths.append(server.start(ids[name], inputs=inputs))
            for path in paths:
                assert server.ended(path, 30)["status"] in ("FINISHED", "FAILED")
    before = processor_time(server)
    time.sleep(2)
    assert processor_time(server) - before < 1, "something computes on"
