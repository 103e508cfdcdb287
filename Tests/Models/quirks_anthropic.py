"""What Anthropic and servers that speak its language say: all that its reference allows, and what it does not."""

import json

from fault_server import HOLD, packed, streamed, until_closed, whole
from quirk import fails, gives
from said import (
    PING,
    START,
    STOP,
    TEXT,
    anthropic,
    anthropic_message,
    block,
    ends,
    event,
    frame,
    message,
    piece,
    stopped,
    text_piece,
)

GOOD = streamed(*anthropic(TEXT))
ONCE = "retry: { attempts: 1 }\n  timeout: 20s"


def problem(kind, words):
    return {"type": "error", "error": {"details": None, "type": kind, "message": words}, "request_id": "req_1"}


def whole_problem(status, kind, words, *headers):
    return whole(json.dumps(problem(kind, words)), status, headers=headers)


def nameless(text):
    return "\n".join(line for line in text.split("\n") if not line.startswith("event:"))


def only_named(text):
    """Events that say their type by name alone."""
    name = text.split("\n")[0][7:]
    return text.replace(f'"type": "{name}", ', "").replace(f'{{"type": "{name}"}}', "{}")


def echoes_the_key(request):
    return whole_problem(401, "authentication_error", f"invalid x-api-key {request.headers['x-api-key']}")


ROWS = [
    gives("plain", TEXT, GOOD),
    gives("not-streamed", TEXT, whole(anthropic_message())),
    gives("not-streamed-in-parts", "ab", whole(anthropic_message([{"type": "text", "text": "a", "citations": None}, {"type": "text", "text": "b"}]))),
    gives("gzip", TEXT, streamed(*packed(*anthropic(TEXT)), headers=[("Content-Encoding", "gzip")])),
    gives("cr-lf", TEXT, streamed(*[one.replace("\n", "\r\n") for one in anthropic(TEXT)])),
    gives("pings", TEXT, streamed(START, PING, block(0), PING, text_piece(TEXT), PING, PING, stopped(0), ends(), STOP)),
    gives("no-names", TEXT, streamed(*map(nameless, anthropic(TEXT)))),
    gives("only-names", TEXT, streamed(*map(only_named, anthropic(TEXT)))),
    gives("unknown-events", TEXT, streamed(START, event("weather_report", sunny=True), *anthropic(TEXT)[1:])),
    gives(
        "unknown-blocks",
        "ab",
        streamed(
            START,
            block(0),
            text_piece("a"),
            stopped(0),
            block(1, "server_tool_use", id="s", name="web_search", input={}),
            piece(1, type="input_json_delta", partial_json='{"query": "x"}'),
            stopped(1),
            block(2, "web_search_tool_result", tool_use_id="s", content=[]),
            stopped(2),
            block(3),
            text_piece("b", 3),
            stopped(3),
            ends(),
            STOP,
        ),
    ),
    gives(
        "citations",
        TEXT,
        streamed(
            START,
            block(0, citations=[]),
            piece(0, type="citations_delta", citation={"cited_text": "other words"}),
            text_piece(TEXT),
            stopped(0),
            ends(),
            STOP,
        ),
    ),
    gives(
        "thinks",
        TEXT,
        streamed(
            START,
            block(0, "thinking", thinking=""),
            piece(0, type="thinking_delta", thinking="A"),
            piece(0, type="signature_delta", signature="x="),
            stopped(0),
            block(1),
            text_piece(TEXT, 1),
            stopped(1),
            ends(),
            STOP,
        ),
    ),
    gives(
        "thinks-in-secret",
        TEXT,
        streamed(START, block(0, "redacted_thinking", data="x="), stopped(0), block(1), text_piece(TEXT, 1), stopped(1), ends(), STOP),
    ),
    gives("thinks-whole", TEXT, whole(anthropic_message([{"type": "thinking", "thinking": "A", "signature": "x"}, {"type": "text", "text": TEXT}]))),
    gives(
        "text-in-the-start",
        "ab",
        streamed(
            START, event("content_block_start", index=0, content_block={"type": "text", "text": "a"}), text_piece("b"), stopped(0), ends(), STOP
        ),
    ),
    gives("no-stop-event", TEXT, streamed(*anthropic(TEXT)[:-1])),
    gives("no-reason", TEXT, streamed(*anthropic(TEXT)[:-2], STOP)),
    gives("no-block-start", TEXT, streamed(START, text_piece(TEXT), ends(), STOP)),
    gives("open-behind-the-end", TEXT, streamed(*anthropic(TEXT), HOLD), settings="timeout: 5s\n  retry: { attempts: 1 }"),
    gives("event-behind-the-end", TEXT, streamed(*anthropic(TEXT), text_piece(" and more"))),
    gives("stop-sequence", TEXT, streamed(*anthropic(TEXT, reason="stop_sequence"))),
    gives(
        "cached-tokens",
        TEXT,
        streamed(
            frame(
                {
                    "type": "message_start",
                    "message": {
                        "usage": {
                            "input_tokens": 3,
                            "cache_read_input_tokens": 100,
                            "cache_creation": {"ephemeral_5m_input_tokens": 0},
                            "service_tier": "standard",
                        }
                    },
                },
                "message_start",
            ),
            *anthropic(TEXT)[1:],
        ),
    ),
    gives(
        "usage-null",
        TEXT,
        streamed(START, block(0), text_piece(TEXT), stopped(0), event("message_delta", delta={"stop_reason": "end_turn"}, usage=None), STOP),
    ),
    gives("error-null", TEXT, whole(anthropic_message(error=None))),
    gives("usage-as-text", TEXT, whole(anthropic_message(usage={"input_tokens": "3", "output_tokens": None}))),
    gives("slow", TEXT, whole("\n" + anthropic_message())),
    fails("refusal", "refused", "refused to answer", streamed(*anthropic("", reason="refusal")), tries=1),
    fails("max-tokens", "cut", "cut before its end", streamed(*anthropic("half", reason="max_tokens")), tries=1),
    fails("max-tokens-whole", "cut", "cut before its end", whole(anthropic_message("half", "max_tokens"))),
    fails("pause-turn", "cut", "paused", streamed(*anthropic("half", reason="pause_turn"))),
    fails("window-exceeded", "cut", "window", streamed(*anthropic("half", reason="model_context_window_exceeded"))),
    fails("cut-off", "stream", "cut off", until_closed(*anthropic("half")[:3]), tries=3),
    gives("cut-off-once", TEXT, until_closed(*anthropic("half")[:3]), GOOD, tries=2),
    fails("cut-behind-a-block", "stream", "cut off", until_closed(*anthropic("half")[:-2])),
    fails("empty", "empty", "empty", streamed(START, ends(), STOP), tries=3),
    fails("empty-whole", "empty", "empty", whole(anthropic_message([]))),
    fails("thinks-only", "empty", "thinking only", whole(anthropic_message([{"type": "thinking", "thinking": "A"}]))),
    fails("overloaded", "status", "Overloaded", streamed(frame(problem("overloaded_error", "Overloaded"), "error")), tries=3),
    fails(
        "overloaded-on-the-way",
        ("status", "stream"),
        "Overloaded",
        streamed(*anthropic("half")[:3], frame(problem("overloaded_error", "Overloaded"), "error")),
        tries=3,
    ),
    gives("overloaded-once", TEXT, streamed(*anthropic("half")[:3], frame(problem("overloaded_error", "Overloaded"), "error")), GOOD, tries=2),
    gives("status-529-once", TEXT, whole_problem(529, "overloaded_error", "Overloaded"), GOOD, tries=2),
    gives(
        "limited-once",
        TEXT,
        whole_problem(429, "rate_limit_error", "Number of requests has exceeded your limit", ("retry-after", "1")),
        GOOD,
        tries=2,
        waits=1.0,
    ),
    fails(
        "limited-in-200",
        "rate_limited",
        "exceeded your limit",
        whole(json.dumps(problem("rate_limit_error", "Number of requests has exceeded your limit"))),
        settings=ONCE,
    ),
    fails("bad-request", "request", "roles must alternate", whole_problem(400, "invalid_request_error", "messages: roles must alternate"), tries=1),
    fails(
        "too-long",
        "context",
        "prompt is too long",
        whole_problem(400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"),
        tries=1,
    ),
    fails("too-large", "context", "exceeds the maximum", whole_problem(413, "request_too_large", "Request exceeds the maximum size")),
    fails(
        "no-credit",
        "request",
        "credit balance is too low",
        whole_problem(400, "invalid_request_error", "Your credit balance is too low to access the Anthropic API."),
        tries=1,
    ),
    fails("unknown-model", "model", "model: claude-x", whole_problem(404, "not_found_error", "model: claude-x"), tries=1),
    fails("key-echoed", "refused", "invalid x-api-key", echoes_the_key, never=("sk-canary",), tries=1),
    fails(
        "error-of-openai",
        ("stream", "body"),
        "no GPU left",
        whole(json.dumps({"error": {"message": "no GPU left", "type": "server_error"}})),
        settings=ONCE,
    ),
    fails("reply-of-openai", ("body", "empty", "stream"), "", whole(message()), settings=ONCE),
    fails("page", "body", "Sign in first", whole("<html><body>Sign in first</body></html>", kind="text/html"), settings=ONCE),
    gives(
        "value",
        {"a": 2},
        streamed(
            START,
            block(0, "tool_use", id="t", name="result", input={}),
            piece(0, type="input_json_delta", partial_json=""),
            piece(0, type="input_json_delta", partial_json='{"a"'),
            piece(0, type="input_json_delta", partial_json=": 2}"),
            stopped(0),
            ends("tool_use"),
            STOP,
        ),
        result="{ a: int }",
    ),
    gives(
        "value-whole",
        {"a": 2},
        whole(
            anthropic_message([{"type": "text", "text": "Here:"}, {"type": "tool_use", "id": "t", "name": "result", "input": {"a": 2}}], "tool_use")
        ),
        result="{ a: int }",
    ),
    gives(
        "value-in-the-start",
        {"a": 2},
        streamed(START, block(0, "tool_use", id="t", name="result", input={"a": 2}), stopped(0), ends("tool_use"), STOP),
        result="{ a: int }",
    ),
    gives("value-as-text", {"a": 2}, streamed(*anthropic('{"a": 2}')), result="{ a: int }"),
    gives(
        "label-wrapped",
        "bug",
        whole(anthropic_message([{"type": "tool_use", "id": "t", "name": "result", "input": {"value": "bug"}}], "tool_use")),
        result='one_of("bug", "billing")',
    ),
    fails(
        "value-cut",
        "cut",
        "cut before its end",
        streamed(
            START,
            block(0, "tool_use", id="t", name="result", input={}),
            piece(0, type="input_json_delta", partial_json='{"a": 2'),
            stopped(0),
            ends("max_tokens"),
            STOP,
        ),
        result="{ a: int }",
    ),
]
ROWS = [type(row)(**{**vars(row), "name": f"anthropic-{row.name}", "provider": "anthropic"}) for row in ROWS]
