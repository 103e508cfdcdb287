"""LiteLLM's proxy, which speaks OpenAI's and Anthropic's language, with replies that are made up."""

import json

import pytest
from servers import command, free_port, running

MASTER = "sk-master-0123456789abcdef"
MODELS = {
    "good": "Hello from the proxy: Grüße, 世界 🌍",
    "typed": '{"kind": "bug", "reason": "it crashes"}',
    "long": "word " * 4_000,
    "limited": "litellm.RateLimitError",
    "broken": "litellm.InternalServerError",
    "too-long": "litellm.ContextWindowExceededError",
}
TYPE = '{ kind: one_of("bug", "billing"), reason: text }'
ONCE = "timeout: 30s\n  retry: { attempts: 1 }"


@pytest.fixture(scope="module")
def proxy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("litellm")
    models = [
        {"model_name": name, "litellm_params": {"model": f"openai/{name}", "api_key": "none", "mock_response": reply}}
        for name, reply in MODELS.items()
    ]
    (folder / "config.yaml").write_text(
        json.dumps(
            {
                "model_list": models,
                "general_settings": {"master_key": MASTER},
                "router_settings": {"num_retries": 0},
                "litellm_settings": {"num_retries": 0},
            },
            ensure_ascii=False,
        )
    )
    port = free_port()
    with running(
        [command("litellm"), "--config", str(folder / "config.yaml"), "--host", "127.0.0.1", "--port", str(port)],
        folder / "log",
        url=f"http://127.0.0.1:{port}/health/liveliness",
        environment={"LITELLM_LOCAL_MODEL_COST_MAP": "True"},
    ):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(params=["openai", "anthropic"])
def ask(request, proxy, runner):
    """Asks the proxy in one of its two languages."""
    language = request.param
    where = {"OPENAI_BASE_URL": f"{proxy}/v1"} if language == "openai" else {"ANTHROPIC_BASE_URL": proxy}

    def ask(model, key=MASTER, **options):
        name = model if language == "openai" else f"anthropic/{model}"
        return runner.ask(name, **where, **{f"{language.upper()}_API_KEY": key}, **options)

    ask.language = language
    return ask


def test_a_reply_comes_as_it_was_said(ask):
    came, _ = ask("good")
    assert came == {"value": MODELS["good"]}


def test_a_long_reply_comes_whole(ask):
    came, _ = ask("long")
    assert came == {"value": MODELS["long"]}


def test_a_value_of_a_type(ask):
    came, _ = ask("typed", result=TYPE)
    assert came == {"value": {"kind": "bug", "reason": "it crashes"}}


@pytest.mark.parametrize(
    "model, kind, words",
    [("limited", "rate_limited", "RateLimitError"), ("broken", "status", "InternalServerError"), ("too-long", "context", "ContextWindowExceeded")],
)
def test_errors_keep_their_kind_and_words(ask, model, kind, words):
    came, _ = ask(model, settings=ONCE)
    assert came["kind"] == kind and words.lower() in came["message"].lower(), came


def test_a_wrong_key_is_refused_and_not_shown(ask):
    came, done = ask("good", key="wrong-0123456789abcdef")
    # Without a database the proxy cannot look keys up, and says so with another status.
    assert came["kind"] in ("refused", "request") and "wrong-0123456789abcdef" not in done.stdout + done.stderr, came


def test_a_model_that_it_has_not(ask):
    came, _ = ask("nothing-like-it")
    assert came["kind"] in ("model", "request") and "nothing-like-it" in came["message"], came
