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


def sample(schema, schemas):
    """A value that a schema takes, from its examples where it has some."""
    if "$ref" in schema:
        return sample(schemas[schema["$ref"].split("/")[-1]], schemas)
    for key in ("examples", "enum", "anyOf", "oneOf"):
        if schema.get(key):
            return schema[key][0] if key in ("examples", "enum") else sample(schema[key][0], schemas)
    if "const" in schema:
        return schema["const"]
    kind = schema.get("type", "string")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        return {name: sample(one, schemas) for name, one in schema.get("properties", {}).items()}
    if kind == "array":
        return [sample(schema["items"], schemas)]
    return {"string": "x" * schema.get("minLength", 1), "integer": schema.get("minimum", 1), "number": 1.5, "boolean": True, "null": None}[kind]



KINDS = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "object": dict, "array": list, "null": type(None)}


def has_kind(value, kind):
    return isinstance(value, KINDS[kind]) and (kind == "boolean" or not isinstance(value, bool))


def spoiled(value, schema, schemas, place="body"):
    """Where a value is spoiled, and the value: a required field taken out of each record, each part of another type."""
    if "$ref" in schema:
        schema = schemas[schema["$ref"].split("/")[-1]]
    kinds = schema.get("type", list(KINDS))
    kinds = [kinds] if isinstance(kinds, str) else kinds
    for wrong in (True, "w", 7, [], {}):
        if not any(has_kind(wrong, kind) for kind in kinds):
            yield f"{place} is {wrong!r}", wrong
    if isinstance(value, dict):
        for name, one in schema.get("properties", {}).items():
            if name in value:
                if name in schema.get("required", ()):
                    yield f"{place}.{name} left out", {key: kept for key, kept in value.items() if key != name}
                for where, other in spoiled(value[name], one, schemas, f"{place}.{name}"):
                    yield where, {**value, name: other}
    if isinstance(value, list) and value:
        for where, other in spoiled(value[0], schema.get("items", {}), schemas, place + "[0]"):
            yield where, [other, *value[1:]]


def test_what_a_body_must_have_is_asked_for(served):
    """schemathesis draws some of what does not fit by chance; here each required field is left out once, and each type is changed."""
    document = served.get("/openapi.json").json()
    schemas = document["components"]["schemas"]
    hello, ask = served.automation("Hello"), served.automation("Ask")
    taken, tried = [], 0
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            body = operation.get("requestBody", {}).get("content", {}).get("application/json") if isinstance(operation, dict) else None
            if not body:
                continue
            session = served.start(ask)
            served.waiting(session)
            at_ask = "session_id" in path
            url = path.replace("{automation_id}", ask if at_ask else hello).replace("{session_id}", session.split("/")[-1])
            for place, wrong in spoiled(sample(body["schema"], schemas), body["schema"], schemas):
                tried += 1
                answer = served.call(method.upper(), url, json=wrong)
                if answer.status_code < 400:
                    taken.append((method, path, place, answer.status_code))
    assert not taken, taken
    assert tried > 60, tried
