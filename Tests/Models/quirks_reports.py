"""What users of other clients have reported of replies: each row is a report, or several of the same, with what must come out here."""

import json

from fault_server import streamed, until_closed, whole
from quirk import fails, gives
from quirks_openai import ARGUMENTS, TIME, TOOLS, ULM, Calls, calls
from said import (
    DONE,
    TEXT,
    call,
    delta,
    frame,
    message,
    says,
)

END = [frame(delta(finish="stop")), DONE]
SAID = frame(delta(TEXT))
ONCE = "retry: { attempts: 1 }\n  timeout: 20s"


def choice(**fields):
    return {"choices": [{"index": 0, **fields}]}


# What stands in a frame beside the reply, and how frames are cut.
FRAMES = [
    gives(
        "azure-filters-later",
        TEXT,
        streamed(
            frame({"choices": [], "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": {}}]}),
            SAID,
            frame(choice(finish_reason=None, content_filter_offsets={"check_offset": 44}, content_filter_results={"hate": {"filtered": False}})),
            *END,
        ),
    ),
    gives(
        "azure-filter-failed",
        TEXT,
        streamed(
            frame(
                choice(
                    delta={"role": "assistant"},
                    content_filter_result={"error": {"code": "content_filter_error", "message": "The contents are not filtered"}},
                )
            ),
            SAID,
            *END,
        ),
    ),
    gives(
        "error-of-nothing",
        TEXT,
        streamed(
            frame({**choice(delta={"content": TEXT}), "error": {"code": 0, "message": ""}}),
            frame({**delta(finish="stop"), "error": {"message": None, "type": None}}),
            DONE,
        ),
    ),
    gives("error-of-zero", TEXT, whole(json.dumps({**json.loads(message()), "error": 0}))),
    gives("error-false", TEXT, whole(json.dumps({**json.loads(message()), "error": False}))),
    gives(
        "not-a-number-beside",
        TEXT,
        streamed(
            'data: {"choices":[{"index":0,"delta":{"content":"' + TEXT + '"},"logprobs":{"p":-Infinity}}],"timings":{"per_second":NaN}}\n\n', *END
        ),
    ),
    gives("not-a-number-in-a-whole-reply", TEXT, whole(message()[:-1] + ', "timings": {"a": NaN, "b": [Infinity, -Infinity], "c": "NaN"}}')),
    gives(
        "a-field-twice", TEXT, streamed('data: {"id":"a","id":"a","choices":[{"index":0,"index":0,"delta":{"content":"' + TEXT + '"}}]}\n\n', *END)
    ),
    gives("frames-without-blank-lines", "one two", until_closed(*[one.replace("\n\n", "\n") for one in says("one", " two")])),
    gives(
        "lines-of-json",
        "one two",
        streamed(*[json.dumps(delta(text)) + "\n" for text in ("one", " two")], json.dumps(delta(finish="stop")) + "\n", kind="application/x-ndjson"),
    ),
    fails(
        "lines-of-json-cut",
        ("stream", "body"),
        "",
        until_closed(*[json.dumps(delta(text)) + "\n" for text in ("one", " two")], kind="application/x-ndjson"),
    ),
    fails("lines-of-json-cut-behind-one", ("stream", "body"), "", until_closed(json.dumps(delta("half")) + "\n", kind="application/x-ndjson")),
    gives(
        "bytes-of-a-character-apart",
        "a🌍b",
        streamed(*[b'data: {"choices":[{"delta":{"content":"' + part + b'"}}]}\n\n' for part in (b"a\xf0", b"\x9f\x8c", b"\x8db")], *END),
    ),
    gives(
        "all-of-it-once-more",
        "one two",
        streamed(
            frame(choice(delta={"content": "one"})),
            frame(choice(delta={"content": " two"})),
            frame(choice(message={"role": "assistant", "content": "one two"}, finish_reason="stop")),
            DONE,
        ),
    ),
    gives(
        "all-so-far-in-each",
        "one two",
        streamed(
            frame(choice(message={"content": "one"})),
            frame(choice(message={"content": "one two"})),
            frame(choice(message={"content": "one two"}, finish_reason="stop")),
            DONE,
        ),
    ),
    gives("content-is-a-record", {"a": 2}, whole(message({"a": 2})), result="{ a: int }"),
    gives("content-is-a-number", 42, whole(message(42)), result="int"),
    gives("content-is-a-part", TEXT, whole(message({"type": "text", "text": TEXT}))),
    gives("content-is-a-truth", True, whole(message(True)), result="bool"),
    gives("queue-before-the-reply", TEXT, streamed('event: queued\ndata: {"position": 3}\n\n', ": waiting\n\n", *says(TEXT))),
    gives("id-and-model-null", TEXT, streamed(frame({"id": None, "model": None, "created": None, **choice(delta={"content": TEXT})}), *END)),
    gives("role-in-each-frame", TEXT, streamed(*[frame(choice(delta={"role": "assistant", "content": part})) for part in TEXT], *END)),
    gives("role-empty", TEXT, streamed(frame(choice(delta={"role": "", "content": TEXT})), *END)),
    fails("words-in-a-frame-are-kept", "stream", "CUDA out of memory", streamed(frame(delta("half")), "data: CUDA out of memory\n\n", *END)),
    fails("prefix-twice", "stream", "", streamed("data: " + SAID, *END), settings=ONCE),
]

# How a reply ends, in words of servers' own.
ENDINGS = [
    *[
        fails(f"ends-by-{word}", ("stream", "status"), word, streamed(*says("half", finish=word)), settings=ONCE)
        for word in (
            "network_error",
            "time_limit",
            "server_error",
            "engine_overloaded",
            "MALFORMED_RESPONSE",
            "UNEXPECTED_TOOL_CALL",
            "timeout",
            "interrupted",
        )
    ],
    *[
        fails(f"filtered-by-{word}", "refused", "filtered", streamed(*says("half", finish=word)), tries=1)
        for word in ("sensitive", "ERROR_TOXIC", "moderation", "IMAGE_PROHIBITED_CONTENT")
    ],
    *[
        fails(f"cut-at-{word}", "cut", "cut before its end", streamed(*says("half", finish=word)), tries=1)
        for word in ("max_new_tokens", "max_completion_tokens", "MAX_OUTPUT_TOKENS_REACHED", "too_long")
    ],
    fails("empty-for-another-reason", "empty", ("empty", "OTHER"), streamed(*says(finish="OTHER")), settings=ONCE),
    fails(
        "groq-stops-early",
        "stream",
        "over capacity",
        streamed(frame(delta("half")), frame({**delta(finish="stop"), "x_groq": {"id": "r", "error": "over capacity"}}), DONE),
        settings=ONCE,
    ),
    fails(
        "openrouter-on-the-way",
        "stream",
        "Provider disconnected",
        streamed(
            frame(delta("half")),
            frame({"error": {"code": "server_error", "message": "Provider disconnected"}, **choice(delta={"content": ""}, finish_reason="error")}),
            DONE,
        ),
        settings=ONCE,
    ),
    fails(
        "openrouter-says-nothing",
        "empty",
        "empty",
        whole(json.dumps(choice(message={"content": ""}, finish_reason=None, native_finish_reason=None))),
        settings=ONCE,
    ),
    gives("stopped-by-calls-that-are-none", TEXT, streamed(*says(TEXT, finish="tool_calls"))),
    gives(
        "groq-says-what-it-used", TEXT, streamed(SAID, frame({**delta(finish="stop"), "x_groq": {"id": "r", "usage": {"prompt_tokens": 3}}}), DONE)
    ),
]

# Calls of tools as servers and models write them.
TOOL_CALLS = [
    gives(
        "calls-whole-once-more",
        calls(ULM),
        streamed(call("weather", "", index=0, id="a"), call(None, ARGUMENTS, index=0), call("weather", ARGUMENTS, index=0, id="a"), *END),
    ),
    gives(
        "calls-as-one-record",
        calls(ULM),
        streamed(frame(delta(tool_calls={"id": "a", "index": 0, "function": {"name": "weather", "arguments": ARGUMENTS}})), *END),
    ),
    gives(
        "calls-without-function",
        calls(ULM),
        whole(message(None, "tool_calls", tool_calls=[{"id": "a", "type": "function", "name": "weather", "arguments": ARGUMENTS}])),
    ),
    gives(
        "calls-with-parameters",
        calls(ULM),
        whole(message(None, "tool_calls", tool_calls=[{"id": "a", "function": {"name": "weather", "parameters": {"city": "Ulm"}}}])),
    ),
    gives(
        "calls-packed-twice",
        calls(ULM),
        whole(message(None, "tool_calls", tool_calls=[{"id": "a", "function": {"name": "weather", "arguments": json.dumps(ARGUMENTS)}}])),
    ),
    gives(
        "calls-with-ids-of-numbers",
        calls(ULM),
        whole(message(None, "tool_calls", tool_calls=[{"id": 7, "function": {"name": "weather", "arguments": ARGUMENTS}}])),
    ),
    gives("calls-that-end-as-stop", calls(ULM), streamed(call("weather", ARGUMENTS, index=0, id="a"), frame(delta("", finish="stop")), DONE)),
    gives(
        "calls-that-begin-at-one", calls(ULM, TIME), streamed(call("weather", ARGUMENTS, index=1, id="a"), call("time", "{}", index=2, id="b"), *END)
    ),
    gives(
        "calls-beside-empty-lists",
        calls(ULM),
        streamed(
            frame(delta("", tool_calls=[])), call("weather", ARGUMENTS, index=0, id="a"), frame(delta(tool_calls=[], finish="tool_calls")), DONE
        ),
    ),
    gives(
        "calls-beside-text", Calls([ULM], "Let me look."), streamed(frame(delta("Let me look.")), call("weather", ARGUMENTS, index=0, id="a"), *END)
    ),
    gives("calls-of-hermes", calls(ULM), streamed(*says('<tool_call>\n{"name": "weather", "arguments": {"city": "Ulm"}}\n</tool_call>'))),
    gives(
        "calls-of-qwen-coder",
        calls(ULM),
        streamed(*says("<tool_call>\n<function=weather>\n<parameter=city>\nUlm\n</parameter>\n</function>\n</tool_call>")),
    ),
    gives("calls-of-glm", calls(ULM), streamed(*says("<tool_call>weather\n<arg_key>city</arg_key>\n<arg_value>Ulm</arg_value>\n</tool_call>"))),
    gives("calls-of-llama", calls(ULM), streamed(*says('<function=weather>{"city": "Ulm"}</function>'))),
    gives("calls-of-mistral", calls(ULM), streamed(*says('[TOOL_CALLS][{"name": "weather", "arguments": {"city": "Ulm"}}]'))),
    gives(
        "calls-of-hermes-with-parameters", calls(ULM), streamed(*says('<tool_call>{"name": "weather", "parameters": {"city": "Ulm"}}</tool_call>'))
    ),
    gives(
        "calls-behind-thinking",
        calls(ULM),
        streamed(*says('<think>weather?</think><tool_call>{"name": "weather", "arguments": {"city": "Ulm"}}</tool_call>')),
    ),
]
TOOL_CALLS = [type(row)(**{**vars(row), "fields": TOOLS}) for row in TOOL_CALLS]

# Thinking in marks of a model's own.
THINKING = [
    gives(f"thinks-in-{name}", "B", streamed(*says(text)))
    for name, text in {
        "magistral's-marks": "[THINK]A?[/THINK]B",
        "kimi's-marks": "◁think▷A?◁/think▷B",
        "harmony": "<|channel|>analysis<|message|>A?<|end|><|start|>assistant<|channel|>final<|message|>B",
        "cohere's-marks": "<|START_THINKING|>A?<|END_THINKING|><|START_RESPONSE|>B<|END_RESPONSE|>",
        "seed's-marks": "<seed:think>A?</seed:think>B",
        "thought": "<thought>A?</thought>B",
    }.items()
] + [
    fails("thinks-in-thinking-only", "empty", "thinking only", streamed(frame(delta(thinking="A")), *END), settings=ONCE),
    gives("thinks-in-reasoning-of-null", "B", streamed(frame(delta("B", reasoning=None, reasoning_content=None, reasoning_details=None)), *END)),
]

ROWS = FRAMES + ENDINGS + TOOL_CALLS + THINKING
