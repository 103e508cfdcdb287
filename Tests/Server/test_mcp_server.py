"""Automations as tools: `autorun mcp` and `/mcp` of `autorun serve`, called by the public SDK of the protocol."""

import asyncio
import contextlib
import json

import pytest
from conftest import ASK, HELLO, until
from mcp import McpError, types
from mcp_client import OUTER, RATE, SUM, answering, both, connected, slow, status, stdio


@both
def test_list_and_call(place, way):
    files = [place.file("sum.auto", SUM), place.file("hello.auto", HELLO)]

    async def body():
        async with connected(way(place, *files)) as session:
            assert session.server.serverInfo.name == "autorun"
            assert session.server.protocolVersion == types.LATEST_PROTOCOL_VERSION == "2025-11-25"
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
            for arguments, words in [({}, "`a`"), ({"a": "x"}, "`a`"), ({"a": 1, "c": 2}, "`c`")]:
                # The model that made them up is told, and may mend them.
                result = await session.call_tool("sum", arguments)
                assert result.isError and words in result.content[0].text
            with pytest.raises(McpError) as error:
                await session.call_tool("sun", {})
            assert error.value.error.code == -32602 and "did you mean `sum`?" in error.value.error.message
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
        # A server may be the one that goes on with it.
        until(lambda: status(place, waiting["session_id"]) == "FINISHED", what="the end of the session")


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
