"""What gateways and self-hosted servers that speak OpenAI's language have been reported to do to replies and errors."""

import json

from fault_server import packed, streamed, whole
from quirk import fails, gives
from quirks_openai import ARGUMENTS, TIME, TOOLS, ULM, Calls, calls
from said import DONE, TEXT, call, delta, error, frame, message, says

END = [frame(delta(finish="stop")), DONE]
SAID = frame(delta(TEXT))
ONCE = "retry: { attempts: 1 }\n  timeout: 20s"
BROKEN = ("stream", "body", "empty")


def choices(*choices, **more):
    return frame({"choices": list(choices), **more})


def said(index=0, finish=None, **fields):
    return {"index": index, "delta": fields, "finish_reason": finish}


def whole_calls(*calls):
    return whole(message(None, "tool_calls", tool_calls=list(calls)))


def function(name, arguments, **more):
    return {**more, "type": "function", "function": {"name": name, "arguments": arguments}}


# Choices, endings and contents in other places than they belong.
FRAMES = [
    gives(
        "choices-count-the-tokens",
        "one two three",
        streamed(choices(said(1, content="one")), choices(said(2, content=" two")), choices(said(3, "eos_token", content=" three")), DONE),
    ),
    gives("choices-count-from-zero", "one two", streamed(choices(said(0, content="one")), choices(said(1, "stop", content=" two")), DONE)),
    gives("two-choices-each-in-a-frame", "one", streamed(choices(said(0, "stop", content="one")), choices(said(1, "stop", content="other")), DONE)),
    gives("stop-in-every-frame", "one two", streamed(choices(said(0, "stop", content="one")), choices(said(0, "stop", content=" two")), DONE)),
    gives(
        "a-choice-twice-in-a-frame",
        "one two",
        streamed(choices(said(content="one"), said(content=" two")), choices(said(content=""), said(finish="stop")), DONE),
    ),
    fails(
        "a-choice-twice-in-a-frame-and-cut",
        "cut",
        "cut before its end",
        streamed(choices(said(content="one"), said(finish="length", content=" t")), DONE),
        tries=1,
    ),
    gives("finish-reason-of-google", TEXT, streamed(SAID, choices({**said(content=""), "finishReason": "stop"})), tries=1),
    fails("finish-reason-of-google-cut", "cut", "cut", streamed(SAID, choices({**said(content=""), "finishReason": "MAX_TOKENS"}))),
    gives("usage-is-the-end", TEXT, streamed(SAID, frame({"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 5}})), tries=1),
    gives("done-in-quotes", TEXT, streamed(SAID, 'data: "[DONE]"\n\n'), tries=1),
    gives("done-in-small-letters", TEXT, streamed(SAID, "data: [done]\n\n"), tries=1),
    gives("event-of-the-end", TEXT, streamed(*says(TEXT, done=False), "event: done\ndata: {}\n\n")),
    gives("text-with-annotations", "ab", whole(message([{"type": "text", "text": {"value": "ab", "annotations": []}}]))),
    gives(
        "content-with-references",
        "ab",
        streamed(
            frame(delta([{"type": "text", "text": "a"}])),
            frame(delta([{"type": "reference", "reference_ids": [1]}])),
            frame(delta([{"type": "text", "text": "b"}])),
            *END,
        ),
    ),
    gives(
        "citations-beside",
        TEXT,
        whole(json.dumps({**json.loads(message()), "citations": ["https://example.org"], "search_results": [{"title": "T", "url": "u"}]})),
    ),
    gives("thinking-behind-the-answer", "B", streamed(frame(delta("B")), frame(delta(reasoning_content="A?")), *END)),
    gives("reasoning-is-a-record", "B", streamed(frame(delta(None, reasoning={"content": "A?"})), frame(delta("B")), *END)),
    gives("content-null-beside-reasoning", "B", whole(message("B", reasoning="A?", reasoning_content=None, refusal=None, audio=None))),
    gives("a-zero-byte", "a\0b", whole(message("a\0b"))),
    gives("half-a-surrogate", "a\ufffdb", streamed('data: {"choices":[{"delta":{"content":"a\\ud83cb"}}]}\n\n', *END)),
    gives("charset-that-is-not-so", TEXT, whole(message(), kind="application/json; charset=iso-8859-1")),
    fails("choices-are-a-record", BROKEN, "", whole(json.dumps({"choices": {"message": {"content": "x"}}})), settings=ONCE),
    fails(
        "reply-within-data",
        "body",
        "in-there",
        whole(json.dumps({"code": 0, "data": {"choices": [{"message": {"content": "in-there"}}]}})),
        settings=ONCE,
    ),
    fails(
        "reply-of-workers-ai",
        "body",
        "in-there",
        whole(json.dumps({"success": True, "errors": [], "result": {"response": "in-there"}})),
        settings=ONCE,
    ),
    fails(
        "reply-of-responses",
        "body",
        "in-there",
        whole(json.dumps({"object": "response", "output": [{"type": "message", "content": [{"type": "output_text", "text": "in-there"}]}]})),
        settings=ONCE,
    ),
    fails(
        "reply-of-ollama",
        "body",
        "in-there",
        whole(json.dumps({"message": {"role": "assistant", "content": "in-there"}, "done": True})),
        settings=ONCE,
    ),
    fails("number-with-a-trailing-comma", BROKEN, "", whole('{"choices":[{"message":{"content":"x"},"finish_reason":"stop"},]}'), settings=ONCE),
]

# Bytes that are not what their headers say.
BYTES = [
    fails("gzip-that-nobody-announced", "body", "no text", whole(b"".join(packed(message()))), settings=ONCE, never=("\ufffd",)),
    fails("gzip-that-is-none", ("network", "body", "stream"), "", whole(message(), headers=[("Content-Encoding", "gzip")]), settings=ONCE),
    gives("encoding-that-nobody-knows", TEXT, whole(message(), headers=[("Content-Encoding", "lzma")])),
    fails("latin-1", ("body", "stream"), "", whole(message("Grüße").encode("latin-1")), settings=ONCE),
    fails("latin-1-in-a-frame", "stream", "", streamed(frame(delta("Grüße")).encode("latin-1"), *END), settings=ONCE),
    fails("utf-16", "body", "no text", whole(message().encode("utf-16")), settings=ONCE),
]

# Errors under statuses and in places that few list.
ERRORS = [
    *[
        fails(f"status-{status}", "status", "why it is", whole(error("why it is"), status), settings=ONCE)
        for status in (424, 425, 498, 499, 521, 522, 530)
    ],
    *[gives(f"status-{status}-passes", TEXT, whole(error("busy"), status), streamed(*says(TEXT)), tries=2) for status in (425, 521, 522, 523)],
    fails(
        "page-of-cloudflare",
        "refused",
        "Just a moment",
        whole(
            "<!DOCTYPE html><html><head><title>Just a moment...</title></head><body></body></html>", 403, "text/html", [("cf-mitigated", "challenge")]
        ),
        tries=1,
    ),
    fails(
        "error-in-a-whole-choice",
        ("stream", "status", "rate_limited"),
        "upstream is gone",
        whole(
            json.dumps(
                {
                    "choices": [
                        {"index": 0, "message": {"content": ""}, "finish_reason": "error", "error": {"code": 502, "message": "upstream is gone"}}
                    ]
                }
            )
        ),
        settings=ONCE,
    ),
    fails(
        "error-behind-the-end",
        "stream",
        "billing is gone",
        streamed(*says(TEXT, done=False), frame({"error": {"message": "billing is gone"}}), DONE),
        settings=ONCE,
    ),
    fails(
        "error-in-html-in-a-frame",
        "stream",
        "Bad Gateway",
        streamed(frame(delta("half")), "data: <html><body>502 Bad Gateway</body></html>\n\n"),
        settings=ONCE,
    ),
    fails("page-behind-a-stream", "stream", "", streamed(frame(delta("half")), "<html><body>502 Bad Gateway</body></html>"), settings=ONCE),
    fails(
        "error-twice-packed",
        "request",
        "the seed is odd",
        whole(json.dumps({"error": json.dumps({"error": {"message": "the seed is odd"}})}), 400),
        tries=1,
    ),
    fails(
        "error-in-bytes-of-python", "request", "the seed is odd", whole(json.dumps({"error": 'b\'{"message": "the seed is odd"}\''}), 400), tries=1
    ),
    fails(
        "error-upstream",
        "request",
        "the seed is odd",
        whole(json.dumps({"error": {"type": "request_fail", "upstream_error": {"type": "error", "error": {"message": "the seed is odd"}}}}), 400),
        tries=1,
    ),
    fails(
        "error-of-spring",
        ("status", "request"),
        "the seed is odd",
        whole(json.dumps({"timestamp": "x", "status": 500, "error": "Internal Server Error", "message": "the seed is odd", "path": "/v1"}), 500),
        settings=ONCE,
    ),
    fails(
        "error-of-triton", "request", "the seed is odd", whole(json.dumps({"error": "[StatusCode.INVALID_ARGUMENT] the seed is odd"}), 400), tries=1
    ),
    fails(
        "error-of-graphql",
        ("body", "stream"),
        "the seed is odd",
        whole(json.dumps({"data": None, "errors": [{"message": "the seed is odd", "path": ["x"]}]})),
        settings=ONCE,
    ),
    fails("error-message-in-a-list", "request", "the seed is odd", whole(json.dumps({"message": ["the seed is odd", "and small"]}), 400), tries=1),
    fails(
        "error-with-a-hint",
        "request",
        ("seed is odd", "take an even one"),
        whole(json.dumps({"error": {"message": "seed is odd", "hint": "take an even one"}}), 400),
        tries=1,
    ),
    fails("error-of-no-words", "status", "503", whole("{}", 503), settings=ONCE),
    fails("error-as-a-number", "request", "1301", whole("1301", 400), tries=1),
    fails(
        "no-such-endpoint-for-images",
        ("model", "request"),
        "No endpoints found that support image input",
        whole(error("No endpoints found that support image input", code=404), 404),
    ),
    fails(
        "moderated-as-400",
        ("request", "refused"),
        "flagged",
        whole(error("Your input was flagged as potentially violating our usage policy", code="content_policy_violation"), 400),
        tries=1,
    ),
    fails(
        "limited-by-words-alone",
        "rate_limited",
        "Rate limit reached",
        whole(json.dumps({"error": {"message": "Rate limit reached for gpt-x", "type": "tokens", "code": "rate_limit_exceeded"}})),
        settings=ONCE,
    ),
    fails(
        "overloaded-in-400",
        ("request", "status"),
        "overloaded",
        whole(error("The engine is currently overloaded, please try again later", type="engine_overloaded_error"), 400),
        settings=ONCE,
    ),
]

# Calls of tools.
TOOL_CALLS = [
    gives(
        "opener-and-piece-in-a-frame",
        calls(ULM),
        streamed(
            frame(delta(tool_calls=[{"index": 0, "id": "a", "function": {"name": "weather"}}, {"index": 0, "function": {"arguments": ' {"'}}])),
            call(None, 'city": "Ulm"}', index=0),
            *END,
        ),
    ),
    gives("the-same-id-by-index", calls(ULM, TIME), streamed(call("weather", ARGUMENTS, index=0, id="a"), call("time", "{}", index=1, id="a"), *END)),
    gives("the-same-id-without-index", calls(ULM, TIME), streamed(call("weather", ARGUMENTS, id="a"), call("time", "{}", id="a"), *END)),
    gives("the-same-id-in-a-whole-reply", calls(ULM, TIME), whole_calls(function("weather", ARGUMENTS, id="a"), function("time", "{}", id="a"))),
    gives(
        "the-same-tool-and-id-in-a-whole-reply",
        calls(ULM, ("weather", {"city": "Bonn"})),
        whole_calls(function("weather", ARGUMENTS, id="a"), function("weather", '{"city":"Bonn"}', id="a")),
    ),
    gives("the-same-call-twice", calls(ULM, ULM), whole_calls(function("weather", ARGUMENTS, id="a"), function("weather", ARGUMENTS, id="b"))),
    gives(
        "empty-arguments-first",
        calls(ULM),
        streamed(call("weather", "{}", index=0, id="a"), call(None, '{"city":', index=0), call(None, '"Ulm"}', index=0), *END),
    ),
    gives(
        "arguments-once-more-in-one",
        calls(ULM),
        streamed(
            call("weather", "", index=0, id="a"), call(None, '{"city":', index=0), call(None, '"Ulm"}', index=0), call(None, ARGUMENTS, index=0), *END
        ),
    ),
    gives("arguments-null-as-text", calls(TIME), whole_calls(function("time", "null", id="a"))),
    gives("arguments-of-blanks", calls(TIME), whole_calls(function("time", " \n", id="a"))),
    gives("arguments-of-php", calls(TIME), whole_calls(function("time", [], id="a"))),
    gives("arguments-of-php-as-text", calls(TIME), whole_calls(function("time", "[]", id="a"))),
    gives("arguments-empty-twice-packed", calls(TIME), whole_calls(function("time", '""', id="a"))),
    gives("arguments-with-a-trailing-comma", calls(ULM), whole_calls(function("weather", '{"city":"Ulm",}', id="a"))),
    gives("arguments-in-a-fence", calls(ULM), whole_calls(function("weather", f"```json\n{ARGUMENTS}\n```", id="a"))),
    gives("arguments-behind-json", calls(ULM), whole_calls(function("weather", f"json\n{ARGUMENTS}", id="a"))),
    gives("arguments-in-single-quotes", calls(ULM), whole_calls(function("weather", "{'city': 'Ulm'}", id="a"))),
    gives("arguments-with-a-line-break", calls(("weather", {"city": "U\nlm"})), whole_calls(function("weather", '{"city":"U\nlm"}', id="a"))),
    gives("with-input", calls(ULM), whole(message(None, "tool_calls", tool_calls=[{"id": "a", "name": "weather", "input": {"city": "Ulm"}}]))),
    gives("name-of-a-namespace", calls(ULM), whole_calls(function("functions.weather", ARGUMENTS, id="functions.weather:0"))),
]

# Calls that a server without a parser leaves in the text.
WRITTEN_CALLS = [
    gives(f"written-as-{name}", calls(ULM), streamed(*says(text)))
    for name, text in {
        "deepseek": f"<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>weather\n```json\n{ARGUMENTS}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
        "deepseek-3.1": f"<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>weather<｜tool▁sep｜>{ARGUMENTS}<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
        "dsml": '<｜DSML｜function_calls>\n<｜DSML｜invoke name="weather">\n<｜DSML｜parameter name="city" string="true">Ulm</｜DSML｜parameter>\n</｜DSML｜invoke>\n</｜DSML｜function_calls>',
        "kimi": f"<|tool_calls_section_begin|><|tool_call_begin|>functions.weather:0<|tool_call_argument_begin|>{ARGUMENTS}<|tool_call_end|><|tool_calls_section_end|>",
        "minimax": '<minimax:tool_call>\n<invoke name="weather">\n<parameter name="city">Ulm</parameter>\n</invoke>\n</minimax:tool_call>',
        "claude": '<function_calls>\n<invoke name="weather">\n<parameter name="city">Ulm</parameter>\n</invoke>\n</function_calls>',
        "llama-3": '<|python_tag|>{"name": "weather", "parameters": {"city": "Ulm"}}',
        "bare-json": '{"name": "weather", "arguments": {"city": "Ulm"}}',
        "bare-json-in-a-fence": '```json\n{"name": "weather", "arguments": {"city": "Ulm"}}\n```',
        "a-list": '[{"name": "weather", "arguments": {"city": "Ulm"}}]',
        "granite": '<|tool_call|>[{"name": "weather", "arguments": {"city": "Ulm"}}]',
        "nemotron": '<TOOLCALL>[{"name": "weather", "arguments": {"city": "Ulm"}}]</TOOLCALL>',
        "phi": 'functools[{"name": "weather", "arguments": {"city": "Ulm"}}]',
        "jamba": '<tool_calls>[{"name": "weather", "arguments": {"city": "Ulm"}}]</tool_calls>',
        "cohere": '<|START_ACTION|>[{"tool_call_id": "0", "tool_name": "weather", "parameters": {"city": "Ulm"}}]<|END_ACTION|>',
        "internlm": '<|action_start|><|plugin|>{"name": "weather", "parameters": {"city": "Ulm"}}<|action_end|>',
        "harmony": f"<|channel|>analysis<|message|>A?<|end|><|start|>assistant<|channel|>commentary to=functions.weather <|constrain|>json<|message|>{ARGUMENTS}<|call|>",
        "harmony-for-a-reader": f"<|start|>assistant to=functions.weather<|channel|>commentary json<|message|>{ARGUMENTS}<|call|>",
    }.items()
] + [
    gives("written-beside-words", Calls([], 'Call {"name": "weather"} like this.'), streamed(*says('Call {"name": "weather"} like this.'))),
    gives("written-for-no-tool", Calls([], '{"name": "Ada", "arguments": {"a": 1}}'), streamed(*says('{"name": "Ada", "arguments": {"a": 1}}'))),
]
CALLS = [type(row)(**{**vars(row), "name": f"calls-{row.name}", "fields": TOOLS}) for row in TOOL_CALLS + WRITTEN_CALLS]

ROWS = [type(row)(**{**vars(row), "name": f"gateway-{row.name}"}) for row in FRAMES + BYTES + ERRORS + CALLS]
