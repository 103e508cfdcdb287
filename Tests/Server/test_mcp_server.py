"""Automations as tools: `autorun mcp` and `/mcp` of `autorun serve`, called by the public SDK of the protocol."""

import asyncio
import contextlib
import json
import subprocess

import pytest
from conftest import ASK, BIN, HELLO, until
from mcp import ClientSession, McpError, StdioServerParameters, types
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamablehttp_client
from mcp.shared.context import RequestContext

SUM = """automation "Sum"
description "Adds two numbers."
input a: int "The first"
input b: int = 1
result { sum: int }
START begin -> add
DATA_TRANSFORM add -> end { prompt_template { value: { sum: inputs.a + inputs.b } } }
"""

def slow(peer):
    """An automation that asks a server which holds its answer back."""
    return f'''automation "Slow"
START begin -> wait
REST_API wait -> end {{
  timeout: 5m
  prompt_template {{ url: "{peer.url}/", allow_private: true }}
}}
'''


RATE = """automation "Rate"
START begin -> rate
GET_USER_INPUT rate -> end {
  result: { stars: int, words: text? }
  prompt_template { message: "How was it?" }
}
"""

OUTER = """automation "Outer"
START begin -> inner
REST_API inner -> end { prompt_template { automation: "ask.auto", inputs: {} } }
"""

BROKEN = 'automation "Broken"\nSTART begin -> nowhere\n'


def stdio(place, *files):
    """The transport of `autorun mcp` over standard input and output."""
    parameters = StdioServerParameters(
        command=str(BIN / "autorun"), args=["mcp", *map(str, files)], env=place.environment, cwd=str(place.folder))
    return stdio_client(parameters)


@contextlib.asynccontextmanager
async def web(place, *files):
    """The transport of `/mcp`."""
    token = place.token(f"web{len(place.servers)}")
    server = place.serve(*map(str, files), token=token)
    headers = {"Authorization": f"Bearer {token}"}
    async with streamablehttp_client(server.url + "/mcp", headers=headers) as (read, write, _):
        yield read, write


@contextlib.asynccontextmanager
async def connected(transport, **callbacks):
    async with transport as (read, write):
        async with ClientSession(read, write, **callbacks) as session:
            session.server = await session.initialize()
            yield session


both = pytest.mark.parametrize("way", [stdio, web])


def answering(action, content=None, asked=None):
    """What the person at the client does with a question."""

    async def answer(context: RequestContext, params: types.ElicitRequestParams):
        if asked is not None:
            asked.append(params)
        return types.ElicitResult(action=action, content=content)

    return answer


@both
def test_list_and_call(place, way):
    files = [place.file("sum.auto", SUM), place.file("hello.auto", HELLO)]

    async def body():
        async with connected(way(place, *files)) as session:
            assert session.server.serverInfo.name == "autorun"
            assert session.server.protocolVersion == "2025-06-18"
            tools = {tool.name: tool for tool in (await session.list_tools()).tools}
            assert set(tools) == {"sum", "hello"}
            assert tools["sum"].description == "Adds two numbers."
            assert tools["sum"].inputSchema["required"] == ["a"]
            assert tools["sum"].inputSchema["properties"]["b"]["default"] == 1
            assert tools["sum"].outputSchema["properties"]["sum"]["type"] == "integer"
            assert tools["sum"].annotations.readOnlyHint is True
            result = await session.call_tool("sum", {"a": 2})
            assert not result.isError and result.structuredContent == {"sum": 3}
            result = await session.call_tool("hello", {"name": "Ada"})
            assert result.structuredContent == {"result": "Hello ADA"}
            assert result.content[0].text == "Hello ADA"

    asyncio.run(body())


@both
def test_bad_arguments(place, way):
    file = place.file("sum.auto", SUM)

    async def body():
        async with connected(way(place, file)) as session:
            for name, arguments, words in [
                ("sum", {}, "`a`"), ("sum", {"a": "x"}, "`a`"), ("sum", {"a": 1, "c": 2}, "`c`"), ("sun", {}, "did you mean `sum`?"),
            ]:
                with pytest.raises(McpError) as error:
                    await session.call_tool(name, arguments)
                assert error.value.error.code == -32602 and words in error.value.error.message
            assert (await session.call_tool("sum", {"a": 1})).structuredContent == {"sum": 2}

    asyncio.run(body())


@both
def test_progress(place, way):
    file = place.file("hello.auto", HELLO)
    told = []

    async def progress(done, total, message):
        told.append((done, message))

    async def body():
        async with connected(way(place, file)) as session:
            await session.call_tool("hello", {}, progress_callback=progress)

    asyncio.run(body())
    assert [done for done, _ in told] == sorted({done for done, _ in told})
    assert any("shout" in message for _, message in told) and any("greet" in message for _, message in told)


@both
def test_cancel(place, way, peer):
    file = place.file("slow.auto", slow(peer(delay=200)))

    async def body():
        async with connected(way(place, file)) as session:
            request = types.CallToolRequest(params=types.CallToolRequestParams(name="slow", arguments={}))
            number = session._request_id
            call = asyncio.create_task(session.send_request(types.ClientRequest(request), types.CallToolResult))
            # Until it is sent, the number is another request's.
            while session._request_id == number:
                await asyncio.sleep(0)

            async def runs():
                listed = await session.list_resources()
                return listed.resources and listed.resources[0].uri

            while not (uri := await runs()):
                pass
            record = {}
            while not record.get("current_step"):
                record = json.loads((await session.read_resource(uri)).contents[0].text)
            note = types.CancelledNotification(params=types.CancelledNotificationParams(requestId=number))
            await session.send_notification(types.ClientNotification(note))
            while record["status"] == "RUNNING":
                record = json.loads((await session.read_resource(uri)).contents[0].text)
            call.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await call
            return record

    record = asyncio.run(asyncio.wait_for(body(), 60))
    assert (record["status"], record["error"]) == ("FAILED", "cancelled")


@both
def test_a_person_is_asked(place, way):
    files = [place.file("ask.auto", ASK), place.file("rate.auto", RATE)]
    asked = []

    async def body():
        async with connected(way(place, *files), elicitation_callback=answering("accept", {"answer": "yes"}, asked)) as session:
            result = await session.call_tool("ask", {})
            assert result.structuredContent == {"result": "You said yes"}
        rate = answering("accept", {"stars": 5, "words": "fine"}, asked)
        async with connected(way(place, *files), elicitation_callback=rate) as session:
            result = await session.call_tool("rate", {})
            assert result.structuredContent == {"stars": 5, "words": "fine"}

    asyncio.run(body())
    assert asked[0].message == "Really?"
    assert asked[0].requestedSchema["properties"]["answer"]["enum"] == ["yes", "no"]
    assert set(asked[1].requestedSchema["properties"]) == {"stars", "words"}


@both
def test_a_called_automation_asks(place, way):
    place.file("ask.auto", ASK)
    file = place.file("outer.auto", OUTER)

    async def body():
        async with connected(way(place, file), elicitation_callback=answering("accept", {"answer": "no"})) as session:
            return await session.call_tool("outer", {})

    assert asyncio.run(body()).structuredContent == {"result": "You said no"}


@both
def test_nobody_can_be_asked(place, way):
    file = place.file("ask.auto", ASK)

    async def body(**callbacks):
        async with connected(way(place, file), **callbacks) as session:
            result = await session.call_tool("ask", {})
            assert not result.isError
            waiting = result.structuredContent["waiting"]
            assert waiting["questions"][0]["message"] == "Really?"
            assert waiting["session_id"] in result.content[0].text
            return waiting

    first = asyncio.run(body())
    second = asyncio.run(body(elicitation_callback=answering("decline")))
    for waiting in (first, second):
        place.run("answer", waiting["session_id"], "no")
        record = json.loads(place.run("show", waiting["session_id"], "--json").stdout)
        assert record["status"] == "FINISHED"


def test_how_to_go_on_can_be_pasted(place):
    file = place.file("ask.auto", ASK)

    async def body():
        async with connected(stdio(place, file)) as session:
            return (await session.call_tool("ask", {})).structuredContent["waiting"]

    command = asyncio.run(body())["questions"][0]["answer_by"]
    assert command.startswith("autorun answer ")
    done = place.run(*command.replace("VALUE", "yes").split()[1:])
    assert "You said yes" in done.stdout


@both
def test_an_answer_that_does_not_fit_is_asked_again(place, way):
    file = place.file("rate.auto", RATE)
    answers = [{"stars": "many"}, {"stars": 3}]
    asked = []

    async def answer(context, params):
        asked.append(params.message)
        return types.ElicitResult(action="accept", content=answers[len(asked) - 1])

    async def body():
        async with connected(way(place, file), elicitation_callback=answer) as session:
            return await session.call_tool("rate", {})

    assert asyncio.run(body()).structuredContent["stars"] == 3
    assert "does not fit" in asked[1]


@both
def test_sessions_are_resources(place, way):
    file = place.file("sum.auto", SUM)

    async def body():
        async with connected(way(place, file)) as session:
            result = await session.call_tool("sum", {"a": 4})
            link = next(part for part in result.content if part.type == "resource_link")
            listed = (await session.list_resources()).resources
            assert [str(one.uri) for one in listed] == [str(link.uri)]
            record = json.loads((await session.read_resource(link.uri)).contents[0].text)
            templates = (await session.list_resource_templates()).resourceTemplates
            assert templates[0].uriTemplate == "autorun://session/{id}"
            for number in range(60):
                await session.call_tool("sum", {"a": number})
            first = await session.list_resources()
            rest = await session.list_resources(cursor=first.nextCursor)
            uris = {str(one.uri) for one in first.resources + rest.resources}
            assert len(uris) == 61 and rest.nextCursor is None
            return record

    record = asyncio.run(body())
    shown = json.loads(place.run("show", record["id"], "--json").stdout)
    assert record == shown and record["inputs"] == {"a": 4, "b": 1}


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
    assert json.loads(place.run("show", listed[0]["id"], "--json").stdout)["status"] == "FINISHED"


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
            for name, arguments in [("check", {}), ("check", {"txt": ""}), ("explain", {"code": "A999"}), ("chekc", {})]:
                with pytest.raises(McpError):
                    await session.call_tool(name, arguments)

    asyncio.run(body())
