"""The same work by DBOS as a program in Python does it, as its manual shows; what was measured is printed as JSON.

Usage: dbos_client.py ADDRESS sessions COUNT | step COUNT | steps WORKFLOWS STEPS | latency COUNT | waiting COUNT
"""

import asyncio
import json
import os
import random
import resource
import sys
import time

from dbos import DBOS

QUEUE = "bench"
first_ran = {}


@DBOS.step()
def add(number):
    return number + 1


@DBOS.step()
async def add_later(number):
    return number + 1


@DBOS.workflow()
def three(number):
    return add(add(add(number)))


@DBOS.workflow()
async def three_later(number):
    return await add_later(await add_later(await add_later(number)))


@DBOS.workflow()
def many(count):
    number = 0
    for _ in range(count):
        number = add(number)
    return number


@DBOS.step()
def note(number):
    first_ran[number] = time.monotonic()


@DBOS.workflow()
def noting(number):
    note(number)


@DBOS.workflow()
async def asking(number):
    return await DBOS.recv_async(timeout_seconds=3_600)


def rate(count, body):
    began = time.monotonic()
    body()
    return count / (time.monotonic() - began)


def ended(handles):
    for handle in handles:
        handle.get_result()


def started(workflow, arguments):
    ended([DBOS.start_workflow(workflow, argument) for argument in arguments])


def enqueued(workflow, arguments):
    ended([DBOS.enqueue_workflow(QUEUE, workflow, argument) for argument in arguments])


async def started_later(count):
    handles = [await DBOS.start_workflow_async(three_later, number) for number in range(count)]
    await asyncio.gather(*(handle.get_result() for handle in handles))


def sessions(count):
    """Workflows a second, by each of the ways in which many are begun at once."""
    return {
        "started": rate(count, lambda: started(three, range(count))),
        "started, async": rate(count, lambda: asyncio.run(started_later(count))),
        "enqueued": rate(count, lambda: enqueued(three, range(count))),
    }


def step(count):
    return rate(count, lambda: started(many, [count]))


def steps(workflows, count):
    return rate(workflows * count, lambda: started(many, [count] * workflows))


def latency(count):
    """Seconds from the asking to the first step, of workflows that are enqueued one after the other, when the one before has ended."""
    asked = {}
    for number in range(count):
        # At any moment between two looks of the queue's thread.
        time.sleep(random.random())
        asked[number] = time.monotonic()
        DBOS.enqueue_workflow(QUEUE, noting, number).get_result()
    return [first_ran[number] - asked[number] for number in range(count)]


def waiting(count):
    """What so many workflows that wait for a message take of this process: MB, and its seconds of computing in 10 s."""

    async def begin():
        return [await DBOS.start_workflow_async(asking, number) for number in range(count)]

    def memory():
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS"))

    def computed():
        used = resource.getrusage(resource.RUSAGE_SELF)
        return used.ru_utime + used.ru_stime

    bare = memory()
    asyncio.run(begin())
    time.sleep(5)
    before = computed()
    time.sleep(10)
    return {"megabytes": memory() - bare, "computed": computed() - before}


def main():
    address, what, *numbers = sys.argv[1:]
    DBOS(config={"name": "bench", "system_database_url": address, "log_level": "ERROR"})
    DBOS.launch()
    DBOS.register_queue(QUEUE)
    # The first ones make tables known and connections ready; the queue's thread looks for new queues once a second.
    started(three, range(20))
    enqueued(three, range(3))
    parts = {"sessions": sessions, "step": step, "steps": steps, "latency": latency, "waiting": waiting}
    print(json.dumps(parts[what](*map(int, numbers))), flush=True)
    # What waits would be waited for.
    os._exit(0)


main()
