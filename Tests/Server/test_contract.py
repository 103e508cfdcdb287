"""`/openapi.json` says what is served: put to the test by schemathesis, and by a client generated from it."""

import importlib
import pathlib
import subprocess
import sys

import pytest

from conftest import until

HERE = pathlib.Path(__file__).resolve().parent


def tool(name):
    return str(pathlib.Path(sys.executable).parent / name)


# Some 2,600 requests, and as long again to make them up.
@pytest.mark.timeout(400)
def test_schemathesis_finds_nothing(served):
    config = HERE / "schemathesis.toml"
    done = subprocess.run(
        [tool("st"), "--config-file", str(config), "run", served.url + "/openapi.json", "-H", f"Authorization: {served.session.headers['Authorization']}",
         "--checks", "all", "--request-timeout", "70", "--max-examples", "40", "--generation-database", "none"],
        capture_output=True, text=True, timeout=600, cwd=served.log.parent)
    assert done.returncode == 0, done.stdout[-6_000:] + done.stderr[-2_000:]
    assert served.get("/healthz").status_code == 200
    errors = [line for line in served.lines() if line["level"] in ("error", "critical")]
    assert not errors, errors[:3]


def test_a_generated_client(served, monkeypatch):
    document = served.log.parent / "openapi.json"
    document.write_text(served.get("/openapi.json").text)
    subprocess.run(
        [tool("openapi-python-client"), "generate", "--path", str(document), "--meta", "none", "--output-path", str(served.log.parent / "made_client"), "--overwrite"],
        check=True, capture_output=True, timeout=120, cwd=served.log.parent)
    monkeypatch.syspath_prepend(str(served.log.parent))
    client = importlib.import_module("made_client").AuthenticatedClient(
        base_url=served.url, token=served.session.headers["Authorization"].split()[1])
    models = importlib.import_module("made_client.models")
    tags = {"list_automations": "automations", "start_session": "sessions", "get_session": "sessions", "answer_session": "sessions", "cancel_session": "sessions"}
    functions = {name: importlib.import_module(f"made_client.api.{tag}.{name}") for name, tag in tags.items()}
    ask = next(one for one in functions["list_automations"].sync(client=client) if one.name == "Ask")

    def start():
        return functions["start_session"].sync(ask.id, client=client, body=models.SessionInput())

    def get(session):
        return functions["get_session"].sync(ask.id, session.id, client=client)

    session = start()
    assert session.status == "NEW"
    until(lambda: (step := get(session).current_step) and step.step.name == "ask")
    answered = functions["answer_session"].sync(ask.id, session.id, client=client, body=models.UserInput(user_input="yes"))
    assert answered.steps[1].result == "yes"
    until(lambda: get(session).status == "FINISHED")
    other = start()
    cancelled = functions["cancel_session"].sync(ask.id, other.id, client=client)
    assert cancelled.status == "FAILED" and cancelled.error == "cancelled"


def test_the_description_names_every_endpoint(served):
    document = served.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert all("429" in one["responses"] for path in document["paths"].values() for one in path.values() if isinstance(one, dict) and "x-scope" in one)
    for path in document["paths"]:
        url = path.replace("{automation_id}", served.automation("Hello")).replace("{session_id}", served.automation("Hello"))
        answer = served.call("OPTIONS", url)
        allowed = {method.lower() for method in answer.headers["Allow"].split(", ")}
        methods = {name for name in document["paths"][path] if name != "parameters"}
        assert answer.status_code == 204 and allowed == methods | {"options"} | ({"head"} if "get" in methods else set())
        other = served.call("TRACE", url)
        assert other.status_code == 405 and other.headers["Allow"] == answer.headers["Allow"]
    # The page is no part of the API.
    assert not [path for path in document["paths"] if path.endswith((".js", ".css")) or path in ("/", "/docs")]
