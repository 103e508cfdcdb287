"""The worst inputs known, over the step types, two at a time: the server answers others meanwhile and runs their sessions, each
session ends with its step's timeout and says why, and nothing computes on afterwards."""

import os
import time

import pytest

from probes import NOTHING, busy_processors, health, other_sessions, probing, share
from worst_inputs import WORST, automation, explains_itself, inputs, pairs

pytestmark = [pytest.mark.alone, pytest.mark.timeout(600)]


def processor_time(server):
    fields = open(f"/proc/{server.process.pid}/stat").read().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


def overtime(server, path):
    """By how many milliseconds the tries that the step's two seconds ended were longer than that."""
    events = server.get(path + "/trace?limit=200").json()
    tries = [one["data"] for one in events if one["event"] == "attempt"]
    return [one["time_ms"] - 2_000 for one in tries if one["kind"] == "timeout" and "within 2 s" in one["message"]]


def test_each_step_type_is_there():
    types = ("START", "LLM_CALL", "GET_USER_INPUT", "LOGIC_DECISION", "EMBEDDING_SEARCH", "REST_API", "WEB_SCRAPE", "PYTHON",
             "TEXT_TO_JSON", "DATA_TRANSFORM")
    texts = [automation(name) for name in WORST]
    assert [one for one in types if not any(f"\n{one} " in text for text in texts)] == []


def test_others_are_answered_and_all_end(place):
    for name in WORST:
        place.file(f"{name}.auto", automation(name))
    server = place.serve(
        *(str(place.folder / f"{name}.auto") for name in WORST), place.file("nothing.auto", NOTHING), token=place.token())
    ids = {name: server.automation(name) for name in [*WORST, "Nothing"]}
    others = ids["Nothing"]
    # What the machine gives while other programs compute; it may be busy with more than this test.
    with busy_processors(), probing(health(server), other_sessions(server, others)) as floor:
        time.sleep(3)
    late = []
    with probing(health(server), other_sessions(server, others)) as busy:
        # By two, as many as there are processors.
        for pair in pairs():
            paths = [server.start(ids[name], inputs=inputs(name)) for name in pair]
            for name, path in zip(pair, paths):
                record = server.ended(path, 30)
                assert explains_itself(record), (name, record["status"], record["error"])
                late += [(over, name) for over in overtime(server, path)]
    # How long steps went on after their timeout. On two processors another program may have its turn just then.
    assert len(late) >= 5, late
    assert sorted(late)[len(late) // 2][0] < 100 and max(late)[0] < 1_000, sorted(late)
    for what, least, times in zip(("/healthz", "a session of nothing"), floor, busy):
        assert share(times, 0.95) < max(0.1, 2 * share(least, 0.95)), (what, share(least, 0.95), share(times, 0.95), times[-5:])
    before = processor_time(server)
    time.sleep(2)
    assert processor_time(server) - before < 1, "something computes on"
