"""Kills runs of automations that call one another: three levels, with a fork, a loop, an `each` and a person in them.

A session may be killed several times, while it runs and while it goes on. What must hold: no session is begun twice, no
step that had FINISHED changes, and what is left of all sessions together is equal to what an undisturbed run leaves.
"""

import json
import signal
import tempfile
import time

REACH = ["--allow-host", "127.0.0.1"]
ROUNDS = 12


def sessions(place, *options):
    """Those of the store, the newest first."""
    return json.loads(place.run("sessions", "--json", "--called", "--limit", "500", *options)[0] or "[]")


def records(place):
    """All of them whole, by their ids."""
    return {one["id"]: json.loads(place.run("show", one["id"], "--json")[0]) for one in sessions(place)}


def essence(id, known):
    """What an interruption may not change of a session and of all that it has called, which stand where the call does."""
    record = known[id]

    def of(step):
        prompt = dict(step["prompt"] or {})
        called = prompt.pop("session_id", None)
        inside = called and essence(called, known)
        return [step["step"]["name"], step["status"], step["result"], step["error"], json.dumps(prompt, sort_keys=True), inside]

    return [record["status"], record["error"], record["steps_count"], sorted(map(of, record["steps"]), key=str)]


def finished(known):
    return {step["id"]: step for record in known.values() for step in record["steps"] if step["status"] == "FINISHED"}


def next_command(place, outermost):
    """What goes on with a session that has not ended: the answer that it waits for, else its resumption."""
    asking = sessions(place, "--waiting")
    if asking:
        return ["answer", asking[0]["id"], "yes", "--json", *REACH]
    return ["resume", outermost, "--json", *REACH]


def undisturbed(place, file):
    """What a run leaves that nobody kills, how many sessions that are, and how many seconds it takes to its question."""
    began = time.monotonic()
    place.run("run", str(file), *REACH)
    duration = time.monotonic() - began
    outermost = sessions(place)[-1]["id"]
    place.run(*next_command(place, outermost))
    known = records(place)
    return essence(outermost, known), len(known), duration


def disturbed(place, file, wanted, count, duration, paths, asked, chance, check):
    """One run, killed at random moments; gives whether it had begun a session by the first.

    `wanted`, `count` and `duration` are an undisturbed run's, and `paths` those that it asked for."""
    asked.clear()
    # A step of which three processes have died ends its session.
    kills = left = chance.randint(1, 2)
    command, kept = ["run", str(file), "--json", *REACH], {}
    for _ in range(ROUNDS):
        process = place.start(*command)
        if left:
            left -= 1
            time.sleep(chance.uniform(0, duration))
            process.send_signal(signal.SIGKILL)
        _, errors = process.communicate(timeout=120)
        known = records(place)
        if not known:
            return False
        now = finished(known)
        for id, step in kept.items():
            check(now.get(id) == step, f"calls: {step['step']['name']} had finished, and changed")
        kept = now
        outermost = min(known)
        if known[outermost]["status"] in ("FINISHED", "FAILED"):
            break
        command = next_command(place, outermost)
    else:
        check(False, f"calls: it does not come to its end: {errors.decode()}")
    found = essence(outermost, known)
    check(found == wanted, f"calls: the records are not an undisturbed run's: {json.dumps(found)[:2000]}")
    check(len(known) == count, f"calls: {len(known)} sessions, where {count} are called")
    check(set(asked) == paths, f"calls: asked for {sorted(asked)}")
    check(all(len(keys) <= 1 + kills for keys in asked.values()), f"calls: asked too often: {dict(asked)}")
    check(all(len(set(keys)) == 1 for keys in asked.values()), "calls: another key the second time")
    return True


def one_run(make_place, *arguments):
    """The same in a state folder of its own."""
    with tempfile.TemporaryDirectory(prefix="autorun-soak-") as folder:
        return disturbed(make_place(folder), *arguments)
