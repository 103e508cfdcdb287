"""What newer models of Anthropic refuse, and what others say who speak its language."""

import json

from fault_server import streamed, whole
from quirk import fails, gives
from said import (
    DONE,
    START,
    STOP,
    TEXT,
    anthropic,
    anthropic_message,
    block,
    ends,
    event,
    piece,
    stopped,
    text_piece,
)

GOOD_ANTHROPIC = streamed(*anthropic(TEXT))
ONCE = "retry: { attempts: 1 }\n  timeout: 20s"


def problem(words):
    return json.dumps({"type": "error", "error": {"type": "invalid_request_error", "message": words}})


def unless_anthropic(refuses, words, good):
    return lambda request: whole(problem(words), 400) if refuses(request.json) else good


# Anthropic's language, at Anthropic and at those who speak it too.
ROWS = [
    gives(
        "content-is-a-text",
        TEXT,
        whole(anthropic_message(TEXT).replace(json.dumps([{"type": "text", "text": TEXT}], ensure_ascii=False), json.dumps(TEXT))),
    ),
    gives(
        "value-in-start-and-pieces",
        {"a": 2},
        streamed(
            START,
            block(0, "tool_use", id="t", name="result", input={"a": 2}),
            piece(0, type="input_json_delta", partial_json='{"a": 2}'),
            stopped(0),
            ends("tool_use"),
            STOP,
        ),
        result="{ a: int }",
    ),
    fails(
        "refusal-with-a-reason",
        "refused",
        "it is about weapons",
        streamed(
            START,
            ends("refusal").replace(
                '"stop_sequence": null',
                '"stop_sequence": null, "stop_details": {"type": "refusal", "category": "cyber", "explanation": "it is about weapons"}',
            ),
            STOP,
        ),
        tries=1,
    ),
    gives(
        "asks-for-effort",
        TEXT,
        unless_anthropic(
            lambda b: b.get("thinking", {}).get("type") == "enabled",
            '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.',
            GOOD_ANTHROPIC,
        ),
        fields='reasoning: "low"',
        tries=2,
    ),
    gives(
        "bounds-replies-lower",
        TEXT,
        unless_anthropic(
            lambda b: b["max_tokens"] > 8192,
            "max_tokens: 32000 > 8192, which is the maximum allowed number of output tokens for claude-x",
            GOOD_ANTHROPIC,
        ),
        tries=2,
    ),
    gives(
        "prompt-leaves-less-room",
        TEXT,
        unless_anthropic(
            lambda b: b["max_tokens"] > 10000,
            "input length and `max_tokens` exceed context limit: 190000 + 32000 > 200000, decrease input length or `max_tokens` and try again",
            GOOD_ANTHROPIC,
        ),
        tries=2,
    ),
    fails(
        "bounds-what-is-written",
        "request",
        "max_tokens: 9000 > 8192",
        unless_anthropic(
            lambda b: b["max_tokens"] > 8192,
            "max_tokens: 9000 > 8192, which is the maximum allowed number of output tokens for claude-x",
            GOOD_ANTHROPIC,
        ),
        fields="max_tokens: 9000",
        tries=1,
    ),
    gives(
        "thinks-unasked",
        TEXT,
        unless_anthropic(lambda b: b.get("thinking", {}).get("type") != "disabled", "this model thinks unless it is told not to", GOOD_ANTHROPIC),
        fields='reasoning: "none"',
        tries=1,
    ),
    gives(
        "forces-no-tool",
        {"a": 2},
        unless_anthropic(
            lambda b: b.get("tool_choice", {}).get("type") == "tool",
            "tool_choice: forcing a tool is not supported by this model",
            streamed(*anthropic('{"a": 2}')),
        ),
        result="{ a: int }",
        tries=2,
    ),
    fails(
        "temperature-and-top-p",
        "request",
        ("cannot both be specified", "leave `temperature` or `top_p` out"),
        unless_anthropic(
            lambda b: "temperature" in b and "top_p" in b,
            "`temperature` and `top_p` cannot both be specified for this model. Please use only one.",
            GOOD_ANTHROPIC,
        ),
        fields="temperature: 0.2\n    top_p: 0.5",
        tries=1,
    ),
    fails(
        "temperature-is-old",
        "request",
        ("deprecated", "leave `temperature` out"),
        unless_anthropic(lambda b: "temperature" in b, "`temperature` is deprecated for this model.", GOOD_ANTHROPIC),
        fields="temperature: 0.2",
        tries=1,
    ),
    gives(
        "text-is-null-first",
        TEXT,
        streamed(
            START, event("content_block_start", index=0, content_block={"type": "text", "text": None}), text_piece(TEXT), stopped(0), ends(), STOP
        ),
    ),
    gives("done-behind-the-end", TEXT, streamed(*anthropic(TEXT), DONE)),
    gives(
        "input-tokens-at-the-end",
        TEXT,
        streamed(
            *anthropic(TEXT)[:-2],
            event("message_delta", delta={"stop_reason": "end_turn"}, usage={"input_tokens": 9, "output_tokens": 5, "cache_read_input_tokens": None}),
            STOP,
        ),
    ),
    fails(
        "error-before-the-start",
        "status",
        "Internal server error",
        streamed(event("error", error={"type": "api_error", "message": "Internal server error"})),
        settings=ONCE,
    ),
    gives("usage-null-at-the-start", TEXT, streamed(event("message_start", message={"usage": None, "content": []}), *anthropic(TEXT)[1:])),
    gives(
        "text-null-in-a-piece", TEXT, streamed(START, block(0), piece(0, type="text_delta", text=None), text_piece(TEXT), stopped(0), ends(), STOP)
    ),
    gives("reason-null-first", TEXT, streamed(*anthropic(TEXT)[:-2], ends(None), ends(), STOP)),
    fails("reason-null-and-cut", "stream", "cut off", streamed(*anthropic("half")[:-2], ends(None)), settings=ONCE),
    gives("stop-without-data", TEXT, streamed(*anthropic(TEXT)[:-1], "event: message_stop\n\n")),
    gives("says-tools-and-has-none", TEXT, streamed(*anthropic(TEXT, reason="tool_use"))),
    gives("thinks-in-marks", "B", streamed(*anthropic("<think>A?</think>\n\nB"))),
    gives("indices-missing", "ab", streamed(START, block(None), text_piece("a", None), text_piece("b", None), stopped(None), ends(), STOP)),
    gives(
        "input-as-text",
        {"a": 2},
        whole(anthropic_message([{"type": "tool_use", "id": "t", "name": "result", "input": '{"a": 2}'}], "tool_use")),
        result="{ a: int }",
    ),
    gives(
        "input-as-text-in-the-start",
        {"a": 2},
        streamed(START, block(0, "tool_use", id="t", name="result", input='{"a": 2}'), stopped(0), ends("tool_use"), STOP),
        result="{ a: int }",
    ),
    gives(
        "input-without-index",
        {"a": 2},
        streamed(
            START,
            block(None, "tool_use", id="t", name="result", input={}),
            piece(None, type="input_json_delta", partial_json='{"a": 2}'),
            stopped(None),
            ends("tool_use"),
            STOP,
        ),
        result="{ a: int }",
    ),
    gives(
        "input-null-in-the-start",
        {"a": 2},
        streamed(
            START,
            block(0, "tool_use", id="t", name="result", input=None),
            piece(0, type="input_json_delta", partial_json=None),
            piece(0, type="input_json_delta", partial_json='{"a": 2}'),
            stopped(0),
            ends("tool_use"),
            STOP,
        ),
        result="{ a: int }",
    ),
    gives(
        "result-behind-thinking-and-text",
        {"a": 2},
        whole(
            anthropic_message(
                [
                    {"type": "thinking", "thinking": '{"a": 1}', "signature": "s="},
                    {"type": "text", "text": '{"a": 1}'},
                    {"type": "tool_use", "id": "t", "name": "result", "input": {"a": 2}},
                ],
                "tool_use",
            )
        ),
        result="{ a: int }",
    ),
    fails(
        "result-twice",
        ("result", "status"),
        "",
        whole(anthropic_message([{"type": "tool_use", "id": f"t{n}", "name": "result", "input": {"a": n}} for n in (1, 2)], "tool_use")),
        result="{ a: int }",
        settings=ONCE,
    ),
    fails(
        "of-bedrock",
        "rate_limited",
        "Too many tokens",
        whole(json.dumps({"message": "Too many tokens, please wait before trying again."}), 429),
        settings=ONCE,
    ),
    fails(
        "of-vertex", "request", "roles must alternate", whole(json.dumps([{"error": {"code": 400, "message": "roles must alternate"}}]), 400), tries=1
    ),
    fails(
        "of-a-proxy",
        ("status", "request"),
        "Invalid `signature`",
        whole(
            json.dumps(
                {
                    "type": "error",
                    "error": {"type": "request_fail", "upstream_error": {"error": {"message": "Invalid `signature` in `thinking` block"}}},
                }
            ),
            400,
        ),
        tries=1,
    ),
    fails(
        "error-without-a-name",
        "status",
        "Overloaded",
        streamed(*anthropic("half")[:3], 'data: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n'),
        settings=ONCE,
    ),
    fails("reply-is-compacted", ("cut", "stream"), "", streamed(*anthropic("half", reason="compaction")), settings=ONCE),
    fails("no-such-beta", "request", "Unexpected value(s)", whole(problem("Unexpected value(s) `x` for the `anthropic-beta` header."), 400), tries=1),
    gives(
        "blocks-in-disorder", "ab", streamed(START, block(0), block(1), text_piece("a", 0), text_piece("b", 1), stopped(1), stopped(0), ends(), STOP)
    ),
]
ROWS = [type(row)(**{**vars(row), "name": f"anthropic-{row.name}", "provider": "anthropic"}) for row in ROWS]
