"""A model that uses the tools of a server of the Model Context Protocol, which the public SDK makes, over each transport."""

import http.server
import json
import os
import signal
import socket
import subprocess
import sys
import threading

import pytest
from conftest import BIN, until

# What the server offers. It is given `stdio`, or the transport and the number of a socket that listens.
SERVER = '''
import os
import socket
import sys

import uvicorn
from mcp.server.fastmcp import Context, FastMCP
from mcp.types import ToolAnnotations

os.environ["STARTED_AS"] = str(os.getpid())
app = FastMCP("calc")


@app.tool(annotations=ToolAnnotations(readOnlyHint=True))
async def add(a: int, b: int, ctx: Context) -> int:
    """Adds two numbers."""
    await ctx.report_progress(1, 2, "adding")
    return a + b


@app.tool(annotations=ToolAnnotations(readOnlyHint=True))
def variable(name: str) -> str:
    """Tells a variable of the server's environment."""
    return str(os.environ.get(name))


@app.tool(annotations=ToolAnnotations(readOnlyHint=True))
def die() -> str:
    """Ends the server."""
    print("good night", file=sys.stderr, flush=True)
    os._exit(3)


@app.tool()
def pay(amount: int) -> str:
    """Changes something outside."""
    return "paid"


if sys.argv[1] == "stdio":
    app.run()
else:
    made = app.streamable_http_app() if sys.argv[1] == "http" else app.sse_app()
    uvicorn.Server(uvicorn.Config(made, log_level="error")).run(sockets=[socket.socket(fileno=int(sys.argv[2]))])
'''

AGENT = """automation "Agent"
START begin -> ask
LLM_CALL ask -> end {
  timeout: 60s
  prompt_template { model: "mine/m", user: "Use the tool.", tools: [{ mcp: "calc" }] }
}
"""


class Model(http.server.ThreadingHTTPServer):
    """A model that asks for one tool, and then replies with what it was told of the result."""

    def __init__(self, tool, arguments):
        super().__init__(("127.0.0.1", 0), Questions)
        self.call = {"id": "c1", "type": "function", "function": {"name": tool, "arguments": json.dumps(arguments)}}
        self.asked = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}/v1"


class Questions(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.asked.append(body)
        told = [message["content"] for message in body["messages"] if message["role"] == "tool"]
        message = {"role": "assistant", "content": told[0] if told else None}
        if not told:
            message["tool_calls"] = [self.server.call]
        reply = {"choices": [{"index": 0, "message": message, "finish_reason": "stop" if told else "tool_calls"}]}
        text = json.dumps(reply).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


@pytest.fixture
def model():
    """Makes the model of a test, which ends with it."""
    made = []

    def make(tool, arguments={}):
        server = Model(tool, arguments)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        made.append(server)
        return server

    yield make
    for server in made:
        server.shutdown()
        server.server_close()


@pytest.fixture(params=["stdio", "http", "sse"])
def tools(request, place):
    """What [mcp.calc] says of a server over each transport."""
    script = place.file("calc.py", SERVER)
    if request.param == "stdio":
        # The SDK is in the folder of these tests, which no box shows.
        yield f'command = ["{sys.executable}", "{script}", "stdio"]\nunsafe = true\nenv = {{ WATCHWORD = "${{MY_WORD}}" }}\n'
        return
    with socket.create_server(("127.0.0.1", 0)) as listening:
        os.set_inheritable(listening.fileno(), True)
        port = listening.getsockname()[1]
        process = subprocess.Popen(
            [sys.executable, script, request.param, str(listening.fileno())], pass_fds=[listening.fileno()],
            env={**os.environ, "WATCHWORD": "sesame-open-123"},
        )
    # The socket takes connections from now on: whoever asks early waits.
    yield f'url = "http://127.0.0.1:{port}/{"mcp" if request.param == "http" else "sse"}"\nallow_private = true\n'
    process.kill()
    process.wait()


def run(place, model, tools, more=""):
    place.file("autorun.toml", f'[provider.mine]\nbase = "{model.url}"\n[mcp.calc]\n{tools}{more}')
    place.environment["MY_WORD"] = "sesame-open-123"
    return place.run("run", place.file("agent.auto", AGENT), "--json", check=False)


def test_a_model_uses_a_tool(place, model, tools):
    asking = model("add", {"a": 20, "b": 3})
    done = run(place, asking, tools)
    assert done.returncode == 0, done.stderr
    assert "23" in done.stdout
    offered = {tool["function"]["name"]: tool["function"] for tool in asking.asked[0]["tools"]}
    assert set(offered) == {"add", "variable", "die", "pay"}
    assert offered["add"]["description"] == "Adds two numbers."
    assert set(offered["add"]["parameters"]["properties"]) == {"a", "b"}


def test_only_some_are_offered(place, model, tools):
    asking = model("add", {"a": 1, "b": 1})
    done = run(place, asking, tools, 'only = ["add"]\n')
    assert done.returncode == 0, done.stderr
    assert [tool["function"]["name"] for tool in asking.asked[0]["tools"]] == ["add"]


def test_what_a_tool_fails_with_is_told_to_the_model(place, model, tools):
    asking = model("add", {"a": "x"})
    done = run(place, asking, tools)
    assert done.returncode == 0, done.stderr
    told = [message for message in asking.asked[1]["messages"] if message["role"] == "tool"]
    assert len(told) == 1 and "validation error" in told[0]["content"]


def test_a_secret_of_the_settings_is_not_shown(place, model, tools):
    """The server gives back what the settings have given it."""
    asking = model("variable", {"name": "WATCHWORD"})
    done = run(place, asking, tools)
    assert done.returncode == 0, done.stderr
    if "command" in tools:
        assert "sesame" not in done.stdout + done.stderr
        for path in place.folder.rglob("*"):
            if path.is_file() and path.suffix not in {".py"}:
                assert b"sesame-open" not in path.read_bytes(), path.name


def test_called_sessions_share_the_server(place, model, tools):
    place.file("main.auto", """automation "Main"
START begin -> all
REST_API all -> end {
  each: i in [1, 2, 3, 4]
  at_once: 2
  prompt_template { automation: "agent.auto" }
}
""")
    place.file("agent.auto", AGENT)
    place.environment["MY_WORD"] = "sesame-open-123"
    asking = model("variable", {"name": "STARTED_AS"})
    place.file("autorun.toml", f'[provider.mine]\nbase = "{asking.url}"\n[mcp.calc]\n{tools}')
    done = place.run("run", str(place.folder / "main.auto"), check=False)
    assert done.returncode == 0, done.stderr
    processes = json.loads(done.stdout)
    assert len(processes) == 4 and len(set(processes)) == 1


def test_the_end_of_a_server_is_told_to_the_model(place, model, tools):
    """As what a tool fails with: the model may go another way."""
    asking = model("die")
    done = run(place, asking, tools)
    assert done.returncode == 0, done.stderr
    told = [message["content"] for message in asking.asked[1]["messages"] if message["role"] == "tool"]
    assert told[0].startswith("Error: the MCP server `calc`")
    if "command" in tools:
        assert "ended with exit code 3; its last words were: " in told[0]
        assert "good night" in told[0]


def test_no_server_is_left_behind(place, model, tools):
    if "command" not in tools:
        pytest.skip("nobody starts it")
    run(place, model("add", {"a": 1, "b": 1}), tools)
    script = str(place.folder / "calc.py")

    def running():
        found = subprocess.run(["ps", "-ww", "-eo", "args"], capture_output=True, text=True).stdout
        return script in found

    until(lambda: not running(), what="the end of the server")


SILENT = """import sys
for line in sys.stdin:
    print("heard", file=sys.stderr, flush=True)
"""


def test_a_server_that_says_nothing_is_not_waited_for(place, model):
    """Neither beyond the step's timeout, nor once the run is to end: its own start may take two minutes."""
    script = place.file("silent.py", SILENT)
    place.file("autorun.toml", f'[provider.mine]\nbase = "{model("x").url}"\n[mcp.calc]\ncommand = ["{sys.executable}", "{script}"]\nunsafe = true\n')
    hasty = place.file("hasty.auto", AGENT.replace("60s", "500ms"))
    done = place.run("run", hasty, "--json", check=False)
    assert "no answer within 500 ms from the MCP server `calc`" in done.stderr + done.stdout
    patient = subprocess.Popen(
        [BIN / "autorun", "run", place.file("agent.auto", AGENT), "--json"], env=place.environment, cwd=place.folder,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def running():
        return str(script) in subprocess.run(["ps", "-ww", "-eo", "args"], capture_output=True, text=True).stdout

    try:
        until(running, what="the server")
        patient.send_signal(signal.SIGINT)
        # The run is over long before the server's two minutes are, and so is the server.
        patient.wait(timeout=20)
    finally:
        patient.kill()
        patient.wait()
    until(lambda: not running(), what="the end of the server")
