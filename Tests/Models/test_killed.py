"""A process that is killed in the midst of a question to a model: what the session's trace and its bound know afterwards."""

import json
import subprocess

import pytest
from conftest import BIN, KEY, until
from fault_server import HOLD, FaultServer, streamed
from said import TEXT, says

GOOD = streamed(*says(TEXT))


@pytest.mark.parametrize("most, ends", [("$10", "FINISHED"), ("$0.05", "FAILED")])
def test_a_question_that_never_ended_is_told_and_counted(runner, most, ends):
    """A reply can cost three cents, so that five have no room for the one that was lost and the same once more."""
    server = FaultServer(lambda name: [[HOLD], GOOD])
    folder, store = runner.folder, runner.folder / "store.sqlite"
    (folder / "autorun.toml").write_text('[prices]\n"gpt-x" = { input = 100, output = 100 }\n')
    (folder / "test.auto").write_text(
        f"""automation "Killed"
max_cost {most}
START begin -> ask
LLM_CALL ask -> end {{
  timeout: 60s
  prompt_template {{ model: "gpt-x", user: "Hello", max_tokens: 290 }}
}}
"""
    )
    environment = {**runner.environment, "OPENAI_BASE_URL": f"{server.url}/held/v1", "OPENAI_API_KEY": KEY}

    def autorun(*arguments):
        done = subprocess.run([BIN / "autorun", *arguments, "--store", store], env=environment, cwd=folder, capture_output=True, text=True)
        return json.loads(done.stdout)

    process = subprocess.Popen([BIN / "autorun", "run", "test.auto", "--store", store], env=environment, cwd=folder, stdout=-3, stderr=-3)
    try:
        until(lambda: server.seen("held"), what="the question")
    finally:
        process.kill()
        process.wait()
    (session,) = autorun("sessions", "--json")
    record = autorun("resume", session["id"], "--json")
    server.close()
    assert record["status"] == ends, record["error"]
    if ends == "FAILED":
        assert "max_cost" in record["error"] and len(server.seen("held")) == 1
        return
    calls = [one["data"] for one in autorun("show", session["id"], "--trace", "--json") if one["event"] == "model"]
    assert [one["broken_off"] for one in calls] == [True, False]
    assert calls[0]["dollars"] is None and 0.029 <= calls[0]["dollars_at_most"] <= 0.031
    assert "is not known" in calls[0]["note"] and calls[0]["model"] == "gpt-x"
