"""A secret that comes back from outside goes through every step type, and through each one's failure; it is shown nowhere."""

import base64
import html
import http.server
import json
import threading
import urllib.parse

import pytest

CANARY = 'canary/7f3a91+"é&x'


def spellings(secret):
    """The ways in which a secret is written that steps, servers and records use."""
    plain, user = secret.encode(), b"joe:" + secret.encode()
    text = json.dumps(secret)[1:-1]
    basic = base64.b64encode(user)
    found = {
        "plain": plain, "JSON": text.encode(), "JSON of UTF-8": json.dumps(secret, ensure_ascii=False)[1:-1].encode(),
        "JSON in JSON": json.dumps(text)[1:-1].encode(), "JSON with \\/": text.replace("/", "\\/").encode(), "hex": plain.hex().encode(),
        "url": urllib.parse.quote(secret, safe="").encode(), "url with /": urllib.parse.quote(secret).encode(), "form": urllib.parse.quote_plus(secret).encode(),
        "url in small letters": urllib.parse.quote(secret, safe="").replace("%2F", "%2f").replace("%2B", "%2b").encode(), "HTML": html.escape(secret).encode(),
        "base64": base64.b64encode(plain).rstrip(b"="), "Python": repr(plain)[2:-1].encode(),
        # Its first and last digits hold letters of the user's name, and the end of the text.
        "Basic": basic[6:-4],
    }
    return found


SPELLINGS = spellings(CANARY)

# By name: the steps behind `got`, whose result holds the secret in several spellings. URL is a server that gives back what it is sent.
STEPS = {
    "start": "DATA_TRANSFORM t -> end { prompt_template { value: inputs.note } }",
    "model": 'LLM_CALL t -> end { timeout: 20s\n prompt_template { model: "openai/m", user: got.result.body.plain } }',
    "model refuses": 'LLM_CALL t -> end { timeout: 20s\n prompt_template { model: "openai/refuses", system: "Be short.", user: got.result.body.plain } }',
    "model asks for a function": 'LLM_CALL t -> end { timeout: 20s\n prompt_template { model: "openai/calls", user: got.result.body.plain,'
                                 ' tools: [{ name: "say", description: "Says it.", parameters: { type: "object" } }] } }',
    "model fits not": 'LLM_CALL t -> end { timeout: 20s\n result: { n: int }\n prompt_template { model: "openai/m", user: got.result.body.plain } }',
    "decision": "LOGIC_DECISION t { prompt_template {\n a: when got.result.body.plain == session.id -> end\n b: else -> end } }",
    "decision fails": "LOGIC_DECISION t { prompt_template {\n a: when int(got.result.body.plain) == 1 -> end\n b: else -> end } }",
    "decision of a model": 'LOGIC_DECISION t { timeout: 20s\n prompt_template { question: got.result.body.plain, model: "openai/m"\n a: -> end\n b: -> end } }',
    "search": "EMBEDDING_SEARCH t -> end { prompt_template { query: got.result.body.plain, documents: [got.result.body.plain, got.result.body.html] } }",
    "search fails": 'EMBEDDING_SEARCH t -> end { timeout: 20s\n prompt_template { query: got.result.body.plain, documents: ["x"], model: "openai/e" } }',
    "request": 'REST_API t -> end { timeout: 20s\n prompt_template { url: "URL/?q=${got.result.body.plain}", allow_private: true, auth: { user: "joe", password: secrets.KEY } } }',
    "request fails": 'REST_API t -> end { timeout: 20s\n prompt_template { url: "URL/fails", method: "POST", allow_private: true, body: { k: secrets.KEY } } }',
    "request is sent on": 'REST_API t -> end { timeout: 20s\n prompt_template { url: "URL/moved", method: "POST", allow_private: true, form: { k: secrets.KEY } } }',
    "request to nobody": 'REST_API t -> end { timeout: 20s\n prompt_template { url: "http://127.0.0.1:9/${got.result.body.plain}", allow_private: true } }',
    "page": 'WEB_SCRAPE t -> end { timeout: 20s\n prompt_template { url: "URL/page", allow_private: true, headers: { "X-Key": secrets.KEY }, links: true, metadata: true, format: "html" } }',
    "page fails": 'WEB_SCRAPE t -> end { timeout: 20s\n prompt_template { url: "URL/fails?q=${got.result.body.plain}", allow_private: true, headers: { "X-Key": secrets.KEY } } }',
    "code": "PYTHON t -> end { timeout: 40s\n prompt_template { inputs: got.result.body, code: '''\nprint(inputs)\nresult = [inputs, repr(inputs['plain'].encode())]\n''' } }",
    "code fails": "PYTHON t -> end { timeout: 40s\n prompt_template { inputs: got.result.body, code: '''\nimport base64\nprint(inputs)\n"
                  "raise ValueError(inputs['plain'], base64.b64encode(b'joe:' + inputs['plain'].encode()))\nresult = 1\n''' } }",
    "JSON": 'TEXT_TO_JSON t -> end { prompt_template { text: json({ "a": got.result.body.plain }) } }',
    "JSON fails": 'TEXT_TO_JSON t -> end { result: { a: int }\n prompt_template { text: json({ "a": got.result.body.plain }) } }',
    "jq": "DATA_TRANSFORM t -> end { prompt_template { input: got.result.body, jq: '[., tojson, @base64 \"\\(.plain)\", @uri \"\\(.plain)\", @html \"\\(.plain)\"]' } }",
    "jq fails": "DATA_TRANSFORM t -> end { prompt_template { input: got.result.body, jq: 'error(.)' } }",
    "regex": 'DATA_TRANSFORM t -> end { prompt_template { input: got.result.body.plain, regex: "(.)(.*)", replace: "$1$2 and $0" } }',
    "value fails": "DATA_TRANSFORM t -> end { prompt_template { value: timestamp(got.result.body.plain) } }",
    "value fits not": "DATA_TRANSFORM t -> end { result: { plain: int }\n prompt_template { value: got.result.body } }",
    "elements": 'DATA_TRANSFORM t -> end { each: one in [got.result.body.plain, "1"]\n on_failed: "drop"\n prompt_template { value: int(one) } }',
    "file": 'DATA_TRANSFORM t -> end { prompt_template { read: "${got.result.body.plain}.csv" } }',
    "question": 'GET_USER_INPUT t -> end { result: one_of("yes", "no")\n prompt_template { message: "Is it ${got.result.body.plain}?" } }',
}


def automation(name, url):
    text = f"""automation "{name}"
input note: text = ""
secret KEY
START begin -> got
REST_API got -> t {{
  timeout: 20s
  prompt_template {{ url: "{url}/", method: "POST", allow_private: true, headers: {{ "X-Key": base64.encode(bytes(secrets.KEY)) }} }}
}}
{STEPS[name].replace("URL", url)}
"""
    return text


class Echo(http.server.BaseHTTPRequestHandler):
    """Knows the secret from the header that it is sent, and gives it back in many ways; as a model it says what it is asked."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        said = {"plain": CANARY, "html": html.escape(CANARY), "url": urllib.parse.quote(CANARY), "sent": body, CANARY: list(self.headers.values())}
        if self.path.startswith("/fails"):
            return self.answer(500, "no: " + json.dumps(said) + " " * 5_000 + CANARY)
        if self.path.startswith("/moved"):
            return self.answer(307, "", Location=f"http://localhost:{self.server.server_port}/?k={urllib.parse.quote(CANARY)}")
        if self.path.startswith("/page"):
            return self.answer(200, f'<title>{html.escape(CANARY)}</title><a href="/?{urllib.parse.quote(CANARY)}">{html.escape(CANARY)}</a>', kind="text/html; charset=utf-8")
        if self.path.startswith("/v1"):
            return self.model(json.loads(body))
        self.answer(200, json.dumps(said), kind="application/json")

    do_GET = do_POST

    def model(self, asked):
        # A server of one's own is asked for the model by the whole name.
        name = asked["model"].rsplit("/", 1)[-1]
        if name in ("refuses", "e"):
            return self.answer(400, json.dumps({"error": {"message": f"not for {CANARY}, " + json.dumps(asked)}}))
        message = {"role": "assistant", "content": f"You said {CANARY}"}
        if name == "calls":
            message["tool_calls"] = [{"id": "c", "type": "function", "function": {"name": "say", "arguments": json.dumps({"x": CANARY})}}]
        self.answer(200, json.dumps({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}), kind="application/json")

    def answer(self, status, text, kind="text/plain; charset=utf-8", **headers):
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(text.encode())), "X-Echo": base64.b64encode(CANARY.encode()).decode(), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


@pytest.fixture
def echo():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    server.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def leaks(place, shown):
    """Where the secret stands, by file or by what was shown, and how it is written there."""
    places = {name: text.encode() for name, text in shown.items()}
    for path in place.folder.rglob("*"):
        if path.is_file() and path.suffix != ".auto":
            places[path.name] = path.read_bytes()
    return [(where, name) for where, text in places.items() for name, spelling in SPELLINGS.items() if spelling in text]


def environment(echo):
    return {"KEY": CANARY, "OPENAI_BASE_URL": echo.url + "/v1", "OPENAI_API_KEY": "key-of-the-model"}


def test_a_server_shows_it_nowhere(place, echo):
    files = [place.file(f"{name}.auto", automation(name, echo.url)) for name in STEPS]
    server = place.serve("--log-level", "trace", *files, token=place.token(), environment=environment(echo))
    shown, masked = {}, 0
    for name in STEPS:
        path = server.start(server.automation(name), inputs={"note": f"it is {CANARY}"})
        if name == "question":
            server.waiting(path)
            shown["refused answer"] = server.call("PATCH", path + "/user_input", json={"user_input": CANARY}).text
            assert server.call("PATCH", path + "/user_input", json={"user_input": "yes"}).status_code == 200
        record = server.ended(path, 60)
        assert not name.endswith(("fails", "fits not", "refuses", "nobody")) or record["status"] == "FAILED", (name, record["steps"][-1])
        shown[name] = json.dumps(record) + json.dumps(record, ensure_ascii=False)
        masked += "[secret KEY]" in shown[name]
        shown[f"{name}, trace"] = server.get(path + "/trace?limit=200").text
        shown[f"{name}, events"] = server.get(path, headers={"Accept": "text/event-stream"}).text
    # The secret did come to where it could be shown.
    assert masked == len(STEPS)
    for what in ("/automations?limit=200", "/sessions?limit=200", "/metrics", f"/sessions?q={urllib.parse.quote(CANARY)}", f"/automations/{urllib.parse.quote(CANARY, safe='')}"):
        shown[what] = server.get(what).text
    server.stop()
    assert leaks(place, shown) == []


def test_a_command_shows_it_nowhere(place, echo):
    place.environment.update(environment(echo))
    shown = {}
    for name in STEPS:
        tape = place.folder / f"tape of {name}"
        done = place.run(
            "run", place.file(f"{name}.auto", automation(name, echo.url)), "--events", "--record", str(tape), "--input", f"note={CANARY}", check=False)
        assert done.returncode in (0, 1, 4) and tape.exists(), (name, done.stderr)
        shown[name] = done.stdout + done.stderr
        # The first event is the session's own.
        said = place.run("show", json.loads(done.stdout.splitlines()[0])["id"], "--trace")
        shown[f"{name}, trace"] = said.stdout + said.stderr
    assert leaks(place, shown) == []
