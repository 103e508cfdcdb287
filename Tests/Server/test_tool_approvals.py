"""A person who is asked about a tool of a model (`ask: true`) answers by the API and on the page."""

import pytest

from browser import browse, needs_browser
from conftest import until
from test_mcp_tools import model

__all__ = ["browse", "model"]

PAY = """automation "pay_back"
input amount: int
START begin -> pay
DATA_TRANSFORM pay -> end { prompt_template { value: "paid ${inputs.amount}" } }
"""

AGENT = """automation "Agent"
START begin -> agent
LLM_CALL agent -> end {{
  timeout: 60s
  prompt_template {{ model: "openai/m", user: "Pay it back.", tools: [{{ automation: "{0}", ask: true }}] }}
}}
"""

CALLER = """automation "Caller"
START begin -> call
REST_API call -> end { prompt_template { automation: "inside/agent.auto" } }
"""


@pytest.fixture
def environment(model):
    """Of a server whose model wants to pay."""
    return {"OPENAI_BASE_URL": model("pay_back", {"amount": 5}).url, "OPENAI_API_KEY": "k"}


def asked(server, path):
    """The question as the session shows it that waits for its answer, and the path of the session that asks."""
    question = until(lambda: server.get(path + "/questions").json(), what="the question")[0]
    inner = question["asked_in"]
    return question, f"/automations/{inner['automation_id']}/sessions/{inner['id']}"


def allow(server, path):
    question, inner = asked(server, path)
    assert "pay_back" in question["message"]
    assert server.get(inner).json()["status"] == "RUNNING"
    waiting = server.get("/sessions?waiting=true").json()
    assert [one["id"] for one in waiting] == [inner.rsplit("/", 1)[1]]
    done = server.call("PATCH", inner + "/user_input", json={"user_input": "yes"})
    assert done.status_code == 200, done.text
    record = server.ended(path)
    assert record["status"] == "FINISHED" and "paid 5" in record["steps"][-1]["result"]


def test_the_api_answers(place, environment):
    """Beside a tool in a folder of its own, the question stands beside the file that asks."""
    (place.folder / "sub").mkdir()
    place.file("sub/pay.auto", PAY)
    server = place.serve(place.file("agent.auto", AGENT.format("sub/pay.auto")), token=place.token(), environment=environment)
    allow(server, server.start(server.automation("Agent")))


def test_a_called_automation_asks(place, environment):
    (place.folder / "inside").mkdir()
    place.file("inside/pay.auto", PAY)
    place.file("inside/agent.auto", AGENT.format("pay.auto"))
    server = place.serve(place.file("caller.auto", CALLER), token=place.token(), environment=environment)
    allow(server, server.start(server.automation("Caller")))


def test_an_automation_without_a_file_asks(place, environment):
    server = place.serve(place.file("pay.auto", PAY), token=place.token(), environment=environment)
    body = AGENT.format(server.automation("pay_back"))
    made = server.call("POST", "/automations", data=body.encode(), headers={"Content-Type": "text/x-auto"})
    assert made.status_code == 201, made.text
    allow(server, server.start(server.automation("Agent")))


@needs_browser
def test_the_page_answers(place, environment, browse):
    place.file("pay.auto", PAY)
    server = place.serve(place.file("agent.auto", AGENT.format("pay.auto")), token=place.token(), environment=environment)
    path = server.start(server.automation("Agent"))
    _, inner = asked(server, path)
    browser = browse()
    browser.sign_in(server)
    browser.find("#waiting .ask", "Tool approval, called by Agent")
    browser.open(server, inner)
    browser.find(".ask", "pay_back")
    assert server.call("PATCH", inner + "/user_input", json={"user_input": "yes"}).status_code == 200
    browser.find("#session .status.FINISHED")
    assert server.ended(path)["status"] == "FINISHED"
    assert browser.complaints() == []
