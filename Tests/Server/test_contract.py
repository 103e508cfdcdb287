"""`/openapi.json` says what is served: put to the test by schemathesis, and by a client generated from it."""

import importlib
import json
import pathlib
import subprocess
import sys

import requests

from conftest import until

HERE = pathlib.Path(__file__).resolve().parent


def tool(name):
    return str(pathlib.Path(sys.executable).parent / name)


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
    api, models = "made_client.api.default.", importlib.import_module("made_client.models")
    functions = {name: importlib.import_module(api + name) for name in ("list_automations", "start_session", "get_session", "answer_session", "cancel_session")}
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
        assert answer.status_code == 405 and allowed == {name for name in document["paths"][path] if name != "parameters"}
