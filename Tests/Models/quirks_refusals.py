"""What users of other clients have reported of refusals and errors, and of what a server turns out not to accept."""

import json

from fault_server import streamed, whole
from quirk import fails, gives
from quirks_openai import TOOLS, ULM, Calls
from said import (
    TEXT,
    error,
    frame,
    says,
)

GOOD = streamed(*says(TEXT))
VALUE = streamed(*says('{"a": 2}'))
ONCE = "retry: { attempts: 1 }\n  timeout: 20s"


def choice(**fields):
    return {"choices": [{"index": 0, **fields}]}


def unless(refuses, words, good, status=400, **more):
    """A server that refuses a question as long as `refuses` is true of its body."""
    return lambda request: whole(error(words, **more), status) if refuses(request.json) else good


def roles(body):
    return [one["role"] for one in body["messages"]]


# Errors whose words or whose kind were lost.
ERRORS = [
    fails(
        "openrouter-passes-a-record-on",
        "request",
        "the seed is odd",
        whole(
            json.dumps(
                {"error": {"message": "Provider returned error", "code": 400, "metadata": {"raw": {"error": {"message": "the seed is odd"}}}}}
            ),
            400,
        ),
    ),
    fails(
        "openrouter-moderates",
        "refused",
        ("flagged", "violence"),
        whole(json.dumps({"error": {"code": 403, "message": "Input was flagged", "metadata": {"reasons": ["violence"], "flagged_input": "x"}}}), 403),
        never=("refused the key",),
    ),
    fails(
        "lmstudio-has-no-such-path",
        ("stream", "body", "model", "status"),
        "Unexpected endpoint",
        whole(json.dumps({"error": "Unexpected endpoint or method. (POST /chat/completions). Returning 200 anyway"})),
        settings=ONCE,
    ),
    *[
        fails(f"too-long-at-{name}", "context", words, whole(error(words), 400), tries=1)
        for name, words in {
            "xai": "This model's maximum prompt length is 131072 but the request contains 537812 tokens.",
            "together": "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4097. Given: 4000 `inputs` tokens",
            "moonshot": "Invalid request: Your request exceeded model token limit: 131072",
            "copilot": "prompt token count of 70000 exceeds the limit of 64000",
            "zhipu": "Prompt exceeds max length",
            "alibaba": "Range of input length should be [1, 98304]",
            "lmstudio": "Trying to keep the first 5000 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens",
            "litellm": "litellm.ContextWindowExceededError: it does not fit",
            "gemini": "The input token count (1200000) exceeds the maximum number of tokens allowed (1048575).",
            "groq": "Please reduce the length of the messages or completion.",
        }.items()
    ],
    fails("status-beside", "rate_limited", "slow down", whole(json.dumps({"status": 429, "message": "slow down"})), settings=ONCE),
    fails("status-within", "rate_limited", "slow down", whole(json.dumps({"error": {"status": 429, "message": "slow down"}})), settings=ONCE),
    fails(
        "status-of-gemini-by-name",
        "rate_limited",
        "Quota",
        streamed(frame({"error": {"message": "Quota exceeded", "status": "RESOURCE_EXHAUSTED"}})),
        settings=ONCE,
    ),
    fails(
        "error-as-a-title",
        "request",
        "seed is odd",
        whole(json.dumps({"title": "bad field", "errors": {"seed": ["seed is odd"]}, "status": 400}), 400),
    ),
    fails(
        "error-description",
        "refused",
        "the token is old",
        whole(json.dumps({"error": "invalid_token", "error_description": "the token is old"}), 401),
    ),
    fails(
        "error-of-aws",
        "refused",
        "security token",
        whole(json.dumps({"Output": {"__type": "UnrecognizedClientException", "message": "The security token is invalid"}}), 403),
    ),
    fails(
        "error-of-kong",
        "rate_limited",
        "API rate limit exceeded",
        whole(json.dumps({"message": "API rate limit exceeded", "request_id": "x"}), 429),
        settings=ONCE,
    ),
    fails("error-of-cloudflare", "rate_limited", "error code: 1015", whole("error code: 1015", 429, "text/plain"), settings=ONCE),
    fails(
        "error-of-xml",
        "refused",
        "Access Denied",
        whole("<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>", 403, "application/xml"),
    ),
    fails(
        "html-behind-302",
        ("body", "redirects", "status", "request"),
        "",
        lambda r: whole("<p>Sign in</p>", kind="text/html") if r.path.endswith("/in") else whole("", 302, headers=[("Location", r.path + "/in")]),
        settings=ONCE,
    ),
    fails(
        "groq-tool-use-failed",
        "request",
        ("Failed to call a function", "weather"),
        whole(
            json.dumps(
                {
                    "error": {
                        "message": "Failed to call a function. Please adjust your prompt. See 'failed_generation' for more details.",
                        "type": "invalid_request_error",
                        "code": "tool_use_failed",
                        "failed_generation": "<function=weather{}",
                    }
                }
            ),
            400,
        ),
        fields=TOOLS,
        tries=1,
    ),
    fails("answer-of-another-kind", "body", "pong", whole(json.dumps({"pong": True})), settings=ONCE),
    fails("no-such-path-as-a-page", "model", "Cannot POST", whole("<pre>Cannot POST /v1/chat/completions</pre>", 404, "text/html"), tries=1),
]

# What a server turns out not to accept.
WORKAROUNDS = [
    gives(
        "lmstudio-has-no-json-mode",
        {"a": 2},
        unless(lambda b: b.get("response_format", {}).get("type") == "json_object", "'response_format.type' must be 'json_schema' or 'text'", VALUE),
        result="json",
        tries=2,
    ),
    gives(
        "groq-fails-to-write-json",
        {"a": 2},
        unless(
            lambda b: "response_format" in b,
            "Failed to generate JSON. Please adjust your prompt. See 'failed_generation' for more details.",
            VALUE,
            code="json_validate_failed",
            failed_generation="{",
        ),
        result="{ a: int }",
    ),
    gives(
        "roles-must-alternate",
        TEXT,
        unless(lambda b: "system" in roles(b), "Conversation roles must alternate user/assistant/user/assistant/...", GOOD),
        fields='system: "Be brief."',
        tries=2,
    ),
    gives(
        "only-user-and-assistant",
        TEXT,
        unless(lambda b: "system" in roles(b), "Only user and assistant roles are supported!", GOOD),
        fields='system: "Be brief."',
        tries=2,
    ),
    gives(
        "max-tokens-is-unknown",
        TEXT,
        unless(lambda b: "max_tokens" in b, "Unsupported parameter: 'max_tokens' is not supported with this model.", GOOD, param="max_tokens"),
        fields="max_tokens: 50",
        tries=2,
    ),
    gives(
        "no-stream-options-in-fastapi",
        TEXT,
        lambda r: (
            whole(
                json.dumps({"detail": [{"type": "extra_forbidden", "loc": ["body", "stream_options"], "msg": "Extra inputs are not permitted"}]}), 422
            )
            if "stream_options" in r.json
            else GOOD
        ),
        tries=2,
    ),
    gives(
        "no-tool-parser",
        Calls([ULM]),
        unless(
            lambda b: "tools" in b,
            '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set',
            streamed(*says('{"tool_calls": [{"name": "weather", "arguments": {"city": "Ulm"}}]}')),
        ),
        fields=TOOLS,
        tries=2,
    ),
    gives(
        "no-tools-beside-reasoning",
        Calls([ULM]),
        unless(
            lambda b: "tools" in b,
            "Function tools with reasoning_effort are not supported for gpt-x in /v1/chat/completions. Please use /v1/responses instead.",
            streamed(*says('{"tool_calls": [{"name": "weather", "arguments": {"city": "Ulm"}}]}')),
        ),
        fields=TOOLS,
        tries=2,
    ),
    gives(
        "needs-jinja",
        Calls([ULM]),
        unless(
            lambda b: "tools" in b,
            "tools param requires --jinja flag",
            streamed(*says('{"tool_calls": [{"name": "weather", "arguments": {"city": "Ulm"}}]}')),
            status=500,
        ),
        fields=TOOLS,
        tries=2,
    ),
    *[
        fails(
            f"refuses-{name}", "request", (words, f"leave `{name}` out"), unless(lambda b, sent=sent: sent in b, words, GOOD), fields=field, tries=1
        )
        for name, sent, field, words in (
            (
                "temperature",
                "temperature",
                "temperature: 0",
                "Unsupported value: 'temperature' does not support 0 with this model. Only the default (1) value is supported.",
            ),
            ("top_p", "top_p", "top_p: 0.5", "Unsupported parameter: 'top_p' is not supported with this model."),
            (
                "reasoning",
                "reasoning_effort",
                'reasoning: "minimal"',
                "Unsupported value: 'reasoning_effort' does not support 'minimal' with this model.",
            ),
            ("seed", "seed", "seed: 7", "property 'seed' is unsupported"),
            ("min_p", "min_p", "extra: { min_p: 0.1 }", "Unknown parameter: 'min_p'."),
        )
    ],
]

ROWS = ERRORS + WORKAROUNDS
