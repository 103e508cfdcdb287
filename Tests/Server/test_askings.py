"""An answer belongs to one asking: two questions, elements of `each`, loops, double clicks, late answers, by API and command."""

import json
import subprocess
import threading
import time

import pytest

from conftest import BIN, asks_and_calls, until

PAY = """automation "Pay"
START begin -> first
GET_USER_INPUT first -> second {
  result: one_of("yes", "no")
  prompt_template { message: "Approve 10?" }
}
GET_USER_INPUT second -> end {
  result: one_of("yes", "no")
  prompt_template { message: "Approve 9000?" }
}
"""

LOOP = """automation "Loop"
START begin -> approve
GET_USER_INPUT approve -> more {
  max_visits: 3
  result: one_of("yes", "no")
  prompt_template { message: "Approve number ${string(size(approve.results) + 1)}?" }
}
LOGIC_DECISION more {
  prompt_template {
    again: when size(approve.results) < 3 -> approve
    done: else -> end
  }
}
"""

EACH = """automation "Each"
START begin -> approve
GET_USER_INPUT approve -> end {
  each: amount in [10, 9000, 30]
  at_once: 3
  result: one_of("yes", "no")
  prompt_template { message: "Approve ${amount}?" }
}
"""

LATE = """automation "Late"
START begin -> ask
GET_USER_INPUT ask -> end {
  timeout: 1s
  prompt_template { message: "Well?" }
}
"""


def answer(server, path, value, step=None, key=None):
    body = {"user_input": value} if step is None else {"user_input": value, "step": step}
    return server.call("PATCH", path + "/user_input", json=body, headers={"Idempotency-Key": key} if key else {})


def questions(server, path, count):
    return until(lambda: (lambda found: found if len(found) == count else None)(server.get(path + "/questions").json()), what="the questions")


def by_message(found, part):
    return next(one for one in found if part in one["message"])


def test_choices_of_any_kind_are_the_only_answers(place):
    text = """automation "Levels"
START begin -> level
GET_USER_INPUT level -> end {
  result: int
  prompt_template { message: "Which?", choices: [10, 20] }
}
"""
    server = place.serve(place.file("levels.auto", text), token=place.token())
    path = server.start(server.automation("Levels"))
    server.waiting(path)
    assert questions(server, path, 1)[0]["choices"] == ["10", "20"]
    for wrong in (99, "99"):
        refused = answer(server, path, wrong)
        assert refused.status_code == 422 and "10 or 20" in refused.text, refused.text
    assert answer(server, path, "20").status_code == 200
    assert server.ended(path)["steps"][1]["result"] == "20"


def test_the_same_request_twice_answers_once(place):
    server = place.serve(place.file("pay.auto", PAY), token=place.token())
    path = server.start(server.automation("Pay"))
    server.waiting(path)
    first = answer(server, path, "yes", key="click-1")
    assert first.status_code == 200
    until(lambda: server.get(path).json()["current_step"]["step"]["name"] == "second")
    again = answer(server, path, "yes", key="click-1")
    assert again.status_code == 200 and again.json()["id"] == first.json()["id"]
    record = server.get(path).json()
    assert record["status"] == "RUNNING" and record["current_step"]["prompt"]["message"] == "Approve 9000?"
    other = answer(server, path, "no", key="click-1")
    assert other.status_code == 422 and other.json()["detail"][0]["loc"] == ["header", "Idempotency-Key"]


def test_many_clicks_at_once_answer_one_question(place):
    server = place.serve(place.file("pay.auto", PAY), token=place.token())
    path = server.start(server.automation("Pay"))
    server.waiting(path)
    statuses = []
    threads = [threading.Thread(target=lambda: statuses.append(answer(server, path, "yes", key="same").status_code)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 8
    question = questions(server, path, 1)[0]
    assert question["step"] == "second"


def test_an_answer_by_the_record_id_is_for_that_question_only(place):
    server = place.serve(place.file("loop.auto", LOOP), token=place.token())
    path = server.start(server.automation("Loop"))
    first = questions(server, path, 1)[0]
    assert answer(server, path, "yes", step=first["id"]).status_code == 200
    second = until(lambda: next((one for one in server.get(path + "/questions").json() if one["id"] != first["id"]), None), what="the second question")
    late = answer(server, path, "no", step=first["id"])
    assert late.status_code == 409 and isinstance(late.json()["detail"], str)
    assert questions(server, path, 1)[0]["id"] == second["id"]
    assert answer(server, path, "no", step="nobody").status_code == 409
    assert answer(server, path, "no", step="approve").status_code == 200


def test_elements_are_addressed_one_by_one(place):
    server = place.serve(place.file("each.auto", EACH), token=place.token())
    path = server.start(server.automation("Each"))
    asked = questions(server, path, 3)
    for step in (None, "approve"):
        refused = answer(server, path, "yes", step=step)
        detail = refused.json()["detail"]
        assert refused.status_code == 409 and [one["id"] for one in detail] == [one["id"] for one in asked]
        assert [list(one) for one in detail] == [["id", "step", "message", "choices"]] * 3
    assert answer(server, path, "no", step=by_message(asked, "9000")["id"]).status_code == 200
    left = questions(server, path, 2)
    assert not [one for one in left if "9000" in one["message"]]
    for one in left:
        assert answer(server, path, "yes", step=one["id"]).status_code == 200
    record = server.ended(path)
    given = {step["prompt"]["message"]: step["result"] for step in record["steps"][1:]}
    assert given == {"Approve 10?": "yes", "Approve 9000?": "no", "Approve 30?": "yes"}


def waits(place, *arguments):
    done = place.run("run", *arguments, "--json", check=False)
    assert done.returncode == 4, done.stderr
    return json.loads(done.stdout)


def test_the_command_answers_one_visit(place):
    session = waits(place, place.file("loop.auto", LOOP))
    for number in (1, 2):
        done = place.run("answer", session["id"], "yes", "--json", check=False)
        record = json.loads(done.stdout)
        assert done.returncode == 4 and record["status"] == "RUNNING"
        assert record["current_step"]["prompt"]["message"] == f"Approve number {number + 1}?"
    assert json.loads(place.run("answer", session["id"], "no", "--json").stdout)["status"] == "FINISHED"
    ended = place.run("answer", session["id"], "no", check=False)
    assert ended.returncode == 2 and "FINISHED" in ended.stderr


def test_the_command_lists_what_waits_and_takes_ids(place):
    session = waits(place, place.file("each.auto", EACH))
    ids = {step["prompt"]["message"]: step["id"] for step in session["steps"] if step["status"] == "RUNNING"}
    for arguments in ([], ["--step", "approve"]):
        done = place.run("answer", session["id"], "yes", *arguments, check=False)
        assert done.returncode == 2
        short = session["id"][-6:]
        told = [f"autorun answer {short} {choice} --step {one[-6:]}\n" for one in ids.values() for choice in ("yes", "no")]
        assert all(one in done.stderr + "\n" for one in [*told, *ids, "? approve", "1) yes", "2) no"]), done.stderr
    # The end of an id says which: ids begin alike.
    assert place.run("answer", session["id"], "no", "--step", ids["Approve 9000?"][-12:], check=False).returncode == 4
    assert place.run("answer", session["id"], "yes", "--step", ids["Approve 10?"], check=False).returncode == 4
    again = place.run("answer", session["id"], "no", "--step", ids["Approve 10?"], check=False)
    assert again.returncode == 2 and "Approve 30?" in again.stderr
    record = json.loads(place.run("answer", session["id"], "yes", "--json").stdout)
    given = {step["prompt"]["message"]: step["result"] for step in record["steps"][1:]}
    assert given == {"Approve 10?": "yes", "Approve 9000?": "no", "Approve 30?": "yes"}


def test_two_commands_at_once_are_both_kept(place):
    session = waits(place, place.file("each.auto", EACH))
    running = [step for step in session["steps"] if step["status"] == "RUNNING"]
    processes = [subprocess.Popen([BIN / "autorun", "answer", session["id"], "yes", "--step", step["id"]], env=place.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for step in running]
    told = [(process.communicate(timeout=60), process.returncode) for process in processes]
    # One goes on with the session; another leaves its answer to that one, or waits for those that are not there yet.
    assert all(code in (0, 4) for _, code in told), told
    place.run("resume", session["id"], check=False)
    record = json.loads(place.run("show", session["id"], "--json").stdout)
    assert record["status"] == "FINISHED" and [step["result"] for step in record["steps"][1:]] == ["yes"] * 3


def test_an_answer_to_a_session_that_another_process_runs(place, peer):
    slow = peer(delay=60)
    text = asks_and_calls(slow.url)
    process = subprocess.Popen([BIN / "autorun", "run", place.file("both.auto", text), "--json"], env=place.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    until(lambda: slow.keys, what="the request")
    session = json.loads(place.run("sessions", "--json").stdout)[0]["id"]
    until(lambda: any(s["status"] == "RUNNING" and s["step"]["name"] == "ask" for s in json.loads(place.run("show", session, "--json").stdout)["steps"]), what="the question")
    answered = place.run("answer", session, "fine")
    assert "goes on with it" in answered.stderr
    slow.delay = 0
    out, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    record = json.loads(out)
    assert record["status"] == "FINISHED" and len(slow.keys) == 1
    assert [s["result"] for s in record["steps"] if s["step"]["name"] == "ask"] == ["fine"]


def test_an_answer_after_the_deadline_is_refused_whoever_looks_first(place):
    file = place.file("late.auto", LATE)
    session = waits(place, file)
    asked = time.time()
    until(lambda: time.time() > asked + 1.2, what="the deadline")
    done = place.run("answer", session["id"], "now", check=False)
    assert done.returncode == 1 and "was over" in done.stderr, done.stderr
    record = json.loads(place.run("show", session["id"], "--json").stdout)
    assert [step["result"] for step in record["steps"]] == ["", None]
    # Over HTTP: refused by the deadline, or because the server's own timer came first.
    server = place.serve(file, token=place.token())
    path = server.start(server.automation("Late"))
    server.waiting(path)
    asked = time.time()
    until(lambda: time.time() > asked + 1.2, what="the deadline")
    refused = answer(server, path, "now")
    assert refused.status_code == 409
    assert server.ended(path)["steps"][1]["result"] is None


@pytest.mark.parametrize("value", ["canary-7f3a91", {"canary-7f3a91": 1}])
def test_a_refusal_echoes_no_secret(place, value):
    text = """automation "S"
input kind: one_of("a", "b") = "a"
secret SHOP_TOKEN
START begin -> ask
GET_USER_INPUT ask -> end {
  result: one_of("yes", "no")
  prompt_template { message: "Well?" }
}
"""
    server = place.serve(place.file("s.auto", text), token=place.token(), environment={"SHOP_TOKEN": "canary-7f3a91"})
    automation = server.automation("S")
    path = server.start(automation)
    server.waiting(path)
    inputs = {"kind": value} if isinstance(value, str) else value
    refused = [
        server.call("POST", f"/automations/{automation}/sessions", json={"inputs": inputs}),
        answer(server, path, value if isinstance(value, str) else list(value)), answer(server, path, "yes", step="canary-7f3a91"),
        server.call("POST", path + "/rerun", json={"from": "canary-7f3a91"}), server.get(f"/automations/{automation}/sessions?status=canary-7f3a91"),
    ]
    assert {one.status_code for one in refused} <= {409, 422}
    assert not [one.text for one in refused if "canary-7f3a91" in one.text]
