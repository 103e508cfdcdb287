"""Typed calls by LiteLLM's Python client, validated by pydantic: litellm_client.py BASE CALLS AT_ONCE. Prints calls a second."""

import asyncio
import sys
import time
from typing import Literal

import litellm
import pydantic


class Ticket(pydantic.BaseModel):
    kind: Literal["bug", "billing", "other"]
    reason: str
    urgent: bool


async def main(base, calls, at_once):
    turn = asyncio.Semaphore(at_once)

    async def call():
        async with turn:
            reply = await litellm.acompletion(
                model="openai/mock",
                api_base=base,
                api_key="key-of-the-mock",
                response_format=Ticket,
                messages=[{"role": "system", "content": "You sort support tickets."}, {"role": "user", "content": "It crashes when I save a file."}],
            )
            return Ticket.model_validate_json(reply.choices[0].message.content)

    await asyncio.gather(*[call() for _ in range(at_once)])
    began = time.perf_counter()
    tickets = await asyncio.gather(*[call() for _ in range(calls)])
    seconds = time.perf_counter() - began
    assert len(tickets) == calls and all(ticket.kind == "bug" for ticket in tickets)
    print(calls / seconds)


asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
