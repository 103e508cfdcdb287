"""Real `autorun run`s against servers of models: our own that is at fault by a table, and others' from PyPI."""

import json
import os
import pathlib
import subprocess
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BIN = pathlib.Path(os.environ.get("AUTO_BIN", ROOT / ".build" / "debug")).resolve()
KEY = "sk-canary-0123456789abcdef"


class Runner:
    """A folder in which small automations run, with the keys and addresses of the test alone."""

    def __init__(self, folder):
        self.folder = folder
        self.environment = {k: v for k, v in os.environ.items() if not k.endswith(("_API_KEY", "_BASE_URL", "_AUTH_TOKEN", "_proxy", "_PROXY"))}
        self.environment.update(XDG_STATE_HOME=str(folder), XDG_CONFIG_HOME=str(folder), NO_COLOR="1")

    def run(self, text, seconds=60, **variables):
        """Runs an automation and gives the session's record."""
        path = self.folder / "test.auto"
        path.write_text(text)
        done = subprocess.run(
            [BIN / "autorun", "run", path, "--json", "--store", ":memory:"],
            env={**self.environment, **variables},
            capture_output=True,
            text=True,
            timeout=seconds,
        )
        assert done.stdout, done.stderr
        return json.loads(done.stdout), done

    def ask(self, model="gpt-x", user='"Hello"', result="", settings="", fields="", **variables):
        """What a step that asks a model gives: its value, or the kind and the message of its failure."""
        record, done = self.run(
            f"""automation "Asks"
START begin -> ask
LLM_CALL ask -> tell {{
  {f"result: {result}" if result else ""}
  {settings or "timeout: 30s; retry: { attempts: 3, first_delay: 20ms }".replace("; ", chr(10) + "  ")}
  on_error -> told
  prompt_template {{
    model: "{model}"
    user: {user}
    {fields}
  }}
}}
DATA_TRANSFORM tell -> end {{ prompt_template {{ value: {{ value: ask.result }} }} }}
DATA_TRANSFORM told -> end {{ prompt_template {{ value: {{ kind: ask.error.kind, message: ask.error.message }} }} }}
""",
            **variables,
        )
        assert record["status"] == "FINISHED", record["error"]
        return json.loads(record["steps"][-1]["result"]), done


@pytest.fixture
def runner(tmp_path):
    return Runner(tmp_path)


def until(condition, seconds=60, what="that"):
    """The first thing that is true of what `condition` gives."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.02)
    raise AssertionError(f"{what} did not come within {seconds} s")
