"""What calls automations as tools in the tests: the public SDK of the protocol, over both transports, and what it calls."""

import contextlib
import json

import pytest
from conftest import BIN
from mcp import ClientSession, StdioServerParameters, types
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


def status(place, session):
    return json.loads(place.run("show", session, "--json").stdout)["status"]


both = pytest.mark.parametrize("way", [stdio, web])


def answering(action, content=None, asked=None):
    """What the person at the client does with a question."""

    async def answer(context: RequestContext, params: types.ElicitRequestParams):
        if asked is not None:
            asked.append(params)
        return types.ElicitResult(action=action, content=content)

    return answer
