"""What `autorun mcp` and `/mcp` do with files that change, messages that are odd, and clients that go."""

import asyncio
import contextlib
import json
import subprocess

import pytest
from conftest import BIN, HELLO, until
from mcp import McpError, StdioServerParameters, types
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamablehttp_client
from mcp_client import BROKEN, SUM, both, connected, slow, status, stdio


def test_a_file_that_does_not_pass(place):
    files = [place.file("sum.auto", SUM), place.file("broken.auto", BROKEN)]
    told = []

    async def log(params):
        told.append(params)

    async def body():
        async with connected(stdio(place, *files), logging_callback=log) as session:
            assert [tool.name for tool in (await session.list_tools()).tools] == ["sum"]
            while not told:
                await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(body(), 60))
    assert told[0].level == "warning" and "broken.auto" in told[0].data and str(place.folder) not in told[0].data


@both
def test_a_changed_file_is_another_tool(place, way):
    folder = place.folder / "tools"
    folder.mkdir()
    (folder / "sum.auto").write_text(SUM)
    changed = asyncio.Event()

    async def message(message):
        if isinstance(message, types.ServerNotification) and isinstance(message.root, types.ToolListChangedNotification):
            changed.set()

    async def body():
        async with connected(way(place, folder), message_handler=message) as session:
            assert session.server.capabilities.tools.listChanged
            # Over HTTP the stream on which this comes is opened behind the beginning.
            names = set()
            (folder / "more").mkdir()
            (folder / "more" / "hello.auto").write_text(HELLO)
            while "more_hello" not in names:
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(changed.wait(), 1)
                names = {tool.name for tool in (await session.list_tools()).tools}
            (folder / "sum.auto").write_text(BROKEN)
            while "sum" in names:
                changed.clear()
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(changed.wait(), 1)
                names = {tool.name for tool in (await session.list_tools()).tools}
            assert changed.is_set()

    asyncio.run(asyncio.wait_for(body(), 60))


def test_many_calls_at_once(place):
    file = place.file("sum.auto", SUM)

    async def body():
        async with connected(stdio(place, file)) as session:
            results = await asyncio.gather(*(session.call_tool("sum", {"a": n}) for n in range(50)))
            assert [one.structuredContent["sum"] for one in results] == [n + 1 for n in range(50)]

    asyncio.run(body())


def test_output_is_the_protocol_alone(place):
    """All at once, as a shell gives it; what a step prints and what the command notes is not in between."""
    place.file("print.auto", """automation "Print"
START begin -> say
PYTHON say -> end {
  timeout: 20s
  prompt_template { code: "print('hello'); result = 1" }
}
""")
    place.file("broken.auto", BROKEN)
    lines = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "2025-06-18", "capabilities": {}}},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/list"},
    ]
    text = "".join(json.dumps(line) + "\n" for line in lines) + "no json\n"
    done = subprocess.run(
        [BIN / "autorun", "mcp", str(place.folder)], input=text, capture_output=True, text=True, timeout=60, env=place.environment)
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert all(answer["jsonrpc"] == "2.0" for answer in answers)
    by_id = {answer.get("id"): answer for answer in answers}
    assert [tool["name"] for tool in by_id[2]["result"]["tools"]] == ["print"]
    assert any(answer.get("error", {}).get("code") == -32700 for answer in answers)


def test_a_message_that_is_too_long_is_refused(place):
    """What comes behind it is still answered."""
    lines = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "2025-06-18", "capabilities": {}}},
        {"jsonrpc": "2.0", "id": 2, "method": "ping", "params": {"text": "x" * (33 << 20)}},
        {"jsonrpc": "2.0", "id": 3, "method": "ping"},
    ]
    place.file("sum.auto", SUM)
    done = subprocess.run(
        [BIN / "autorun", "mcp", str(place.folder)], input="".join(json.dumps(line) + "\n" for line in lines),
        capture_output=True, text=True, timeout=60, env=place.environment)
    assert done.returncode == 0, done.stderr
    answers = {answer["id"]: answer for answer in map(json.loads, done.stdout.splitlines())}
    assert set(answers) == {1, None, 3}
    assert "at most 32 MB" in answers[None]["error"]["message"]


def test_a_client_that_goes_leaves_the_session(place, peer):
    """It is as if the process had been stopped: the session can go on."""
    server = peer(delay=200)
    file = place.file("slow.auto", slow(server))
    lines = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "2025-06-18", "capabilities": {}}},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "slow"}},
    ]
    process = subprocess.Popen(
        [BIN / "autorun", "mcp", file], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=place.environment)
    process.stdin.write("".join(json.dumps(line) + "\n" for line in lines))
    process.stdin.flush()
    assert json.loads(process.stdout.readline())["id"] == 1
    until(lambda: server.keys, what="the request of the step")
    process.stdin.close()
    assert process.wait(timeout=20) == 0
    assert process.stdout.read() == ""
    process.stdout.close()
    listed = json.loads(place.run("sessions", "--json").stdout)
    assert [one["status"] for one in listed] == ["RUNNING"]
    server.delay = 0
    place.run("resume", listed[0]["id"])
    assert status(place, listed[0]["id"]) == "FINISHED"


def test_the_web_wants_a_token_and_its_own_pages(place):
    token = place.token()
    server = place.serve(place.file("sum.auto", SUM), token=token)
    message = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "2025-06-18", "capabilities": {}}}
    headers = {"Accept": "application/json, text/event-stream"}
    assert server.call("POST", "/mcp", json=message, headers={"Authorization": "Bearer wrong"}).status_code == 401
    assert server.call("POST", "/mcp", json=message, headers={"Origin": "https://evil.example", **headers}).status_code == 403
    begun = server.call("POST", "/mcp", json=message, headers={"Origin": server.url, **headers})
    assert begun.status_code == 200, begun.text
    session = {"Mcp-Session-Id": begun.headers["Mcp-Session-Id"], **headers}
    ping = {"jsonrpc": "2.0", "id": 2, "method": "ping"}
    assert server.call("POST", "/mcp", json=ping, headers=session).json() == {"jsonrpc": "2.0", "id": 2, "result": {}}
    assert server.call("POST", "/mcp", json=ping, headers={**session, "MCP-Protocol-Version": "1.0"}).status_code == 400
    assert server.call("DELETE", "/mcp", headers=session).status_code == 204
    assert server.call("POST", "/mcp", json=ping, headers=session).status_code == 404


def test_automations_of_the_api_are_tools(place):
    async def body():
        token = place.token()
        server = place.serve(token=token)
        headers = {"Authorization": f"Bearer {token}"}
        async with connected(plain(server, headers)) as session:
            assert (await session.list_tools()).tools == []
            made = server.call("POST", "/automations", data=SUM, headers={"Content-Type": "text/x-auto"})
            assert made.status_code == 201
            assert [tool.name for tool in (await session.list_tools()).tools] == ["Sum"]
            assert (await session.call_tool("Sum", {"a": 1})).structuredContent == {"sum": 2}

    @contextlib.asynccontextmanager
    async def plain(server, headers):
        async with streamablehttp_client(server.url + "/mcp", headers=headers) as (read, write, _):
            yield read, write

    asyncio.run(body())


def test_authoring_tools():
    """`autocheck mcp`: what a model that writes automations does."""

    async def body():
        parameters = StdioServerParameters(command=str(BIN / "autocheck"), args=["mcp"])
        async with connected(stdio_client(parameters)) as session:
            tools = {tool.name: tool for tool in (await session.list_tools()).tools}
            assert set(tools) == {"check", "fix", "format", "explain", "reference", "plan", "test"}
            assert all(tool.annotations.readOnlyHint and tool.outputSchema for tool in tools.values())
            page = await session.call_tool("reference", {})
            assert "LLM_CALL" in page.content[0].text and len(page.content[0].text.encode()) <= 12_000
            wrong = 'automation "X"\nSTART a -> b\nLLM_CALL b -> end { timeout: 5s, prompt_template { user: "Hi" temprature: 0.2 } }\n'
            checked = (await session.call_tool("check", {"text": wrong})).structuredContent
            assert not checked["passes"] and {"A019", "A006"} <= {one["code"] for one in checked["findings"]}
            assert checked["findings"][0]["line"] == 3
            fixed = (await session.call_tool("fix", {"text": wrong})).structuredContent
            assert fixed["passes"] and fixed["mended"] == 2 and "temperature" in fixed["text"]
            laid_out = (await session.call_tool("format", {"text": "automation   \"X\"\nSTART a -> end\n"})).structuredContent
            assert laid_out == {"text": 'automation "X"\nSTART a -> end\n', "changed": True}
            assert (await session.call_tool("explain", {"code": "a309"})).structuredContent["code"] == "A309"
            tested = SUM + '\ntest "adds" {\n  inputs: { a: 1 }\n  expect add.result.sum == 3\n}\n'
            ran = (await session.call_tool("test", {"text": tested})).structuredContent
            assert (ran["passed"], ran["failed"]) == (0, 1)
            assert "add.result.sum is 2" in json.dumps(ran)
            plan = (await session.call_tool("plan", {"text": SUM, "inputs": {"a": 1}})).structuredContent
            assert plan["model_calls"] == 0 and plan["paths"] == [["begin", "add", "end"]]
            for name, arguments, words in [
                ("check", {}, "give `text`"), ("check", {"txt": ""}, "did you mean `text`?"), ("explain", {"code": "A999"}, "no code `A999`"),
            ]:
                result = await session.call_tool(name, arguments)
                assert result.isError and words in result.content[0].text
            with pytest.raises(McpError):
                await session.call_tool("chekc", {})

    asyncio.run(body())
