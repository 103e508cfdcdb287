"""llmock breaks what clients ask for, watches how they take it, and says what it thinks of them."""

import json
import urllib.request

import pytest
from servers import command, free_port, running

TRIES = "timeout: 30s\n  retry: { attempts: 4, first_delay: 50ms, factor: 2 }"
SAYS = {"type": "reply", "text": "all is well", "times": None}
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Mock:
    def __init__(self, url):
        self.url = url

    def call(self, method, path, body=None):
        request = urllib.request.Request(
            f"{self.url}/_llmock/{path}", json.dumps(body).encode() if body else None, {"Content-Type": "application/json"}, method=method
        )
        with DIRECT.open(request, timeout=20) as answer:
            return json.loads(answer.read())

    def plays(self, *behaviours):
        self.call("POST", "reset", {})
        self.call("POST", "scenario", {"behaviors": [*behaviours, SAYS]})

    def verdict(self):
        verdict = self.call("GET", "verdict")
        # A reply with a broken piece is read to its end before it is asked for again, which llmock takes for two calls.
        others = [one for one in verdict["findings"] if one["code"] != "malformed_chunk_ignored"]
        assert verdict["passed"] and not others, verdict
        return verdict


@pytest.fixture(scope="module")
def mock(tmp_path_factory):
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with running([command("llmock"), "serve", "--port", str(port)], tmp_path_factory.mktemp("llmock") / "log", url=f"{url}/health"):
        yield Mock(url)


@pytest.fixture(params=["openai", "mistral", "groq", "together", "xai", "anthropic"])
def ask(request, mock, runner):
    """Asks in the manner of a provider."""
    provider = request.param
    path = {"openai": "/v1", "groq": "/groq/openai/v1", "anthropic": "/anthropic"}.get(provider, f"/{provider}/v1")
    name = "ANTHROPIC" if provider == "anthropic" else "OPENAI"

    def ask(**options):
        model = "anthropic/claude-x" if provider == "anthropic" else "gpt-x"
        return runner.ask(model, **{f"{name}_BASE_URL": mock.url + path, f"{name}_API_KEY": "key-of-the-mock"}, **{"settings": TRIES, **options})[0]

    return ask


@pytest.mark.parametrize(
    "name, behaviours, tries",
    [
        ("nothing", [], 1),
        ("limited", [{"type": "fail", "status": 429, "retry_after": 0.6, "times": 2}], 3),
        ("outage", [{"type": "fail", "status": 503, "times": 2}], 3),
        ("overloaded", [{"type": "fail", "status": 529, "times": 1}], 2),
        ("truncated", [{"type": "stream_fault", "kind": "truncate", "after_chunks": 2}], 2),
        ("truncated-at-once", [{"type": "stream_fault", "kind": "truncate", "after_chunks": 0}], 2),
        ("disconnected", [{"type": "stream_fault", "kind": "disconnect", "after_chunks": 2}], 2),
        ("malformed", [{"type": "stream_fault", "kind": "malformed", "after_chunks": 1}], 2),
        ("slow", [{"type": "slow_first_token", "seconds": 0.5}], 1),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_it_breaks_is_survived(mock, ask, name, behaviours, tries):
    mock.plays(*behaviours)
    assert ask() == {"value": "all is well"}
    assert mock.verdict()["attempts"] == tries


def test_a_stall_ends_by_the_timeout(mock, ask):
    mock.plays({"type": "stream_fault", "kind": "stall", "after_chunks": 1, "stall_seconds": 20})
    assert ask(settings="timeout: 1500ms\n  retry: { attempts: 2, first_delay: 50ms }") == {"value": "all is well"}
    assert mock.verdict()["attempts"] == 2


@pytest.mark.parametrize("status, kind", [(400, "request"), (401, "refused"), (403, "refused"), (404, "model"), (422, "request")])
def test_what_cannot_succeed_is_not_tried_again(mock, ask, status, kind):
    mock.plays({"type": "fail", "status": status, "message": "the mock does not want to", "times": None})
    came = ask()
    assert came["kind"] == kind and "the mock does not want to" in came["message"], came
    assert mock.verdict()["attempts"] == 1


def test_a_cut_reply_is_none(mock, ask):
    mock.plays({"type": "reply", "text": "half of it", "finish_reason": "length"})
    assert ask()["kind"] == "cut"
