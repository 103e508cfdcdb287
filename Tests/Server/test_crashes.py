"""What crashes a process does not crash it for ever, and what failed can be gone on from."""

import json
import subprocess

from conftest import BIN, HELLO, calls, until


def test_a_step_that_kills_the_server_three_times_ends_its_session(place, peer):
    slow = peer(delay=60)
    token, file, other = place.token(), place.file("calls.auto", calls(slow.url)), place.file("hello.auto", HELLO)
    path = None
    for death in range(3):
        server = place.serve(file, other, token=token)
        path = path or server.start(server.automation("Calls"))
        until(lambda: len(slow.keys) == death + 1, what="the request")
        server.kill()
    server = place.serve(file, other, token=token)
    record = server.ended(path)
    assert record["status"] == "FAILED"
    assert record["error"] == "step a: the process died three times while this step ran"
    assert record["steps"][-1]["status"] == "FAILED" and record["steps"][-1]["error"] == "the process died three times while this step ran"
    assert len(slow.keys) == 3 and len(set(slow.keys)) == 1
    assert server.ended(server.start(server.automation("Hello")))["status"] == "FINISHED"
    # It can be tried again, by the same key.
    slow.delay = 0
    again = server.call("POST", path + "/retry")
    assert again.status_code == 201 and again.json()["status"] == "NEW" and again.json()["id"] not in path
    assert server.ended(path.rsplit("/", 1)[0] + "/" + again.json()["id"])["status"] == "FINISHED"
    assert len(slow.keys) == 4 and len(set(slow.keys)) == 1


def test_resuming_counts_too(place, peer):
    slow = peer(delay=60)
    file = place.file("calls.auto", calls(slow.url))
    session = None
    for death in range(3):
        arguments = ["resume", session] if session else ["run", file]
        process = subprocess.Popen([BIN / "autorun", *arguments], env=place.environment, stderr=subprocess.DEVNULL)
        until(lambda: len(slow.keys) == death + 1, what="the request")
        process.kill()
        process.wait()
        session = session or json.loads(place.run("sessions", "--json").stdout)[0]["id"]
    done = place.run("resume", session, check=False)
    assert done.returncode != 0 and "the process died three times while this step ran" in done.stderr
    assert json.loads(place.run("show", session, "--json").stdout)["status"] == "FAILED"
    assert len(slow.keys) == 3


def failing(url):
    return f"""automation "Many"
START begin -> first
REST_API first -> handled {{
  timeout: 20s
  prompt_template {{ url: "{url}/first", method: "POST", allow_private: true }}
}}
DATA_TRANSFORM handled -> all {{
  on_error -> all
  prompt_template {{ input: 1, jq: 'error("no")' }}
}}
REST_API all -> end {{
  timeout: 20s
  each: n in [1, 2, 3, 4]
  prompt_template {{ url: "{url}/${{n}}", method: "POST", allow_private: true }}
}}
"""


def test_a_retry_takes_over_what_finished(place, peer):
    other = peer()
    server = place.serve(place.file("many.auto", failing(other.url)), token=place.token())
    other.refused = {"/3"}
    path = server.start(server.automation("Many"))
    first = server.ended(path)
    assert first["status"] == "FAILED" and len(other.keys) == 4
    refused_key = other.keys[-1]
    other.refused = set()
    again = server.call("POST", path + "/retry")
    assert again.status_code == 201, again.text
    record = server.ended(path.rsplit("/", 1)[0] + "/" + again.json()["id"])
    assert record["status"] == "FINISHED", record["error"]
    # Only the third and the fourth were asked anew, the third by its old key.
    assert len(other.keys) == 6 and other.keys[4] == refused_key and len(set(other.keys)) == 5
    assert [s["status"] for s in record["steps"]] == ["FINISHED", "FINISHED", "FAILED"] + ["FINISHED"] * 4
    assert {s["id"] for s in record["steps"]}.isdisjoint({s["id"] for s in first["steps"]})
    assert server.get(path).json() == first
    finished = server.call("POST", path.rsplit("/", 1)[0] + f"/{record['id']}/retry")
    assert finished.status_code == 409 and "FINISHED" in finished.json()["detail"]


def test_the_command_retries(place, peer):
    gone = peer()
    file = place.file("calls.auto", calls(gone.url))
    gone.refused = {"/a"}
    failed = place.run("run", file, "--json", check=False)
    session = json.loads(failed.stdout)
    assert failed.returncode == 1 and session["status"] == "FAILED"
    gone.refused = set()
    record = json.loads(place.run("retry", session["id"], "--json").stdout)
    assert record["status"] == "FINISHED" and record["id"] != session["id"]
    assert len(set(gone.keys)) == 1 and len(gone.keys) == 2
    wrong = place.run("retry", record["id"], check=False)
    assert wrong.returncode == 2 and "FINISHED" in wrong.stderr
