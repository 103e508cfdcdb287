"""What servers that speak OpenAI's language say otherwise than its reference has it."""

import json

from fault_server import streamed, until_closed, whole
from quirk import fails, gives
from said import DONE, TEXT, call, delta, error, frame, message, says


def choices(*choices, **more):
    return frame({"choices": list(choices), **more})


def usage(value, **more):
    return frame({"choices": [], "usage": value, **more})


GOOD = streamed(*says(TEXT))
STOP = [frame(delta(finish="stop")), DONE]
SAID = frame(delta(TEXT))

EVENTS = [
    gives("plain", TEXT, GOOD),
    gives("not-streamed", TEXT, whole(message())),
    gives("cr-lf", TEXT, streamed(*says(TEXT, end="\r\n"))),
    gives("cr", TEXT, streamed(*says(TEXT, end="\r"))),
    gives("cr-and-lf-apart", TEXT, streamed(*[part for one in says(TEXT, end="\r\n") for part in one.replace("\r\n", "\r|\n").split("|")])),
    gives("comments", TEXT, streamed(": OPENROUTER PROCESSING\n\n", ":\n\n", *says(TEXT)[:1], ": ping\n\n", *says(TEXT)[1:])),
    gives("comment-between-lines", TEXT, streamed("id: 1\n: note\n", SAID, ": ping\n\n", *STOP)),
    gives("names-and-ids", TEXT, streamed("id: 7\nretry: 100\nevent: completion\n", SAID, *STOP)),
    gives(
        "data-over-lines",
        TEXT,
        streamed("".join(f"data: {line}\n" for line in json.dumps(delta(TEXT), indent=1, ensure_ascii=False).split("\n")) + "\n", *STOP),
    ),
    gives("no-blank-behind-data", TEXT, streamed(*[one.replace("data: ", "data:") for one in says(TEXT)])),
    gives("blanks-behind-done", TEXT, streamed(*says(TEXT)[:-1], "data: [DONE]  \n\n")),
    gives("done-without-line-end", TEXT, streamed(*says(TEXT)[:-1], "data: [DONE]")),
    gives("last-frame-without-line-end", TEXT, streamed(SAID, frame(delta(finish="stop")).rstrip())),
    gives("no-done", TEXT, streamed(*says(TEXT, done=False))),
    gives("done-without-a-reason", TEXT, streamed(*says(TEXT, finish=None))),
    gives("done-twice", TEXT, streamed(*says(TEXT), DONE)),
    gives("frame-behind-done", TEXT, streamed(*says(TEXT), frame(delta(" and more")))),
    gives("words-behind-done", TEXT, streamed(*says(TEXT), "data: bye\n\n")),
    gives("mark-first", TEXT, streamed("\ufeff", *says(TEXT))),
    gives("blank-lines-first", TEXT, streamed("\n\n\n", *says(TEXT))),
    gives("empty-data", TEXT, streamed("data:\n\n", "data\n\n", *says(TEXT))),
    gives("unknown-fields", TEXT, streamed("foo: bar\nnonsense\n", *says(TEXT))),
    gives("values-that-are-no-frames", TEXT, streamed("data: null\n\n", "data: []\n\n", "data: {}\n\n", *says(TEXT))),
    gives("separators-of-unicode", "a\u2028b\u2029c\u0085d\x0b\x0ce", streamed(*says("a\u2028b\u2029c\u0085d\x0b\x0ce"))),
    gives("blanks-kept", "  a  b\n c ", streamed(*says("  a ", " b", "\n c "))),
    gives(
        "halves-of-a-character",
        "a🌍b",
        streamed('data: {"choices":[{"delta":{"content":"a\\ud83c"}}]}\n\n', 'data: {"choices":[{"delta":{"content":"\\udf0db"}}]}\n\n', *STOP),
    ),
    gives("escapes", 'a"\\/\n\té🌍', streamed('data: {"choices":[{"delta":{"content":"a\\"\\\\\\/\\n\\t\\u00e9\\ud83c\\udf0d"}}]}\n\n', *STOP)),
    fails("words-as-a-frame", "stream", "", streamed(SAID, "data: out of memory\n\n", *STOP)),
    fails("comment-as-data", "stream", "", streamed("data: : PROCESSING\n\n", *says(TEXT))),
]

FRAMES = [
    gives("role-first", TEXT, streamed(frame(delta(role="assistant")), frame(delta("", role="assistant")), *says(TEXT))),
    gives("content-null-first", TEXT, streamed(choices({"delta": {"role": "assistant", "content": None}, "finish_reason": None}), *says(TEXT))),
    gives("no-choices-first", TEXT, streamed(choices(prompt_filter_results=[{"prompt_index": 0}]), *says(TEXT))),
    gives("no-delta-last", TEXT, streamed(SAID, choices({"index": 0, "finish_reason": "stop"}), DONE)),
    gives("delta-null-last", TEXT, streamed(SAID, choices({"index": 0, "delta": None, "finish_reason": "stop"}), DONE)),
    gives("choices-null", TEXT, streamed(frame({"choices": None, "usage": None}), *says(TEXT))),
    gives("choice-null", TEXT, streamed(choices(None), *says(TEXT))),
    gives(
        "error-null",
        TEXT,
        streamed(choices({"delta": {"content": TEXT}}, error=None), choices({"delta": {}, "finish_reason": "stop"}, error=None, message=None), DONE),
    ),
    gives(
        "error-empty",
        TEXT,
        streamed(choices({"delta": {"content": TEXT}}, error={}), choices({"delta": {}, "finish_reason": "stop"}, error=""), DONE),
    ),
    gives("reason-empty-until-the-end", TEXT, streamed(choices({"delta": {"content": TEXT}, "finish_reason": ""}), *STOP)),
    fails("reason-empty-and-cut", "stream", "cut off", until_closed(choices({"delta": {"content": TEXT}, "finish_reason": ""}))),
    fails("reason-null-as-a-word-and-cut", "stream", "cut off", until_closed(choices({"delta": {"content": TEXT}, "finish_reason": "null"}))),
    gives(
        "delta-and-all-so-far",
        "one two",
        streamed(
            choices({"delta": {"content": "one"}, "message": {"content": "one"}}),
            choices({"delta": {"content": " two"}, "message": {"content": "one two"}, "finish_reason": "stop"}),
            DONE,
        ),
    ),
    gives("message-in-a-stream", TEXT, streamed(choices({"message": {"content": TEXT}, "finish_reason": "stop"}), DONE)),
    gives(
        "another-choice-between",
        "good",
        streamed(
            choices({"index": 0, "delta": {"content": "go"}}),
            choices({"index": 1, "delta": {"content": "bad"}}),
            choices({"index": 1, "delta": {}, "finish_reason": "length"}),
            choices({"index": 0, "delta": {"content": "od"}, "finish_reason": "stop"}),
            DONE,
        ),
    ),
    gives(
        "choices-in-disorder",
        "good",
        whole(
            json.dumps(
                {
                    "choices": [
                        {"index": 1, "message": {"content": "bad"}, "finish_reason": "stop"},
                        {"index": 0, "message": {"content": "good"}, "finish_reason": "stop"},
                    ]
                }
            )
        ),
    ),
    gives(
        "content-as-parts",
        "ab",
        streamed(
            choices({"delta": {"content": [{"type": "text", "text": "a"}]}}), choices({"delta": {"content": [{"type": "text", "text": "b"}]}}), *STOP
        ),
    ),
    gives("whole-content-as-parts", "ab", whole(message([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]))),
    gives("content-as-parts-of-text", "ab", whole(message(["a", "b"]))),
    gives(
        "completion-not-chat", TEXT, streamed(choices({"text": TEXT, "finish_reason": None}), choices({"text": "", "finish_reason": "stop"}), DONE)
    ),
    gives(
        "unknown-fields-everywhere",
        TEXT,
        streamed(
            choices(
                {"delta": {"content": TEXT, "annotations": [], "audio": None, "padding": "xxxx"}, "logprobs": None, "matched_stop": None},
                obfuscation="abc",
                provider="X",
            ),
            *STOP,
        ),
    ),
    gives("reason-unknown", TEXT, streamed(*says(TEXT, finish="eos"))),
    gives("reason-before-text", TEXT, streamed(choices({"delta": {"content": TEXT}, "finish_reason": "stop"}), DONE)),
    gives("created-as-text", TEXT, streamed(choices({"delta": {"content": TEXT}}, created="now", id=None, model=7), *STOP)),
    gives("content-twice-empty", TEXT, streamed(*says("", TEXT, ""))),
    fails("no-choices", "empty", "empty", streamed(choices(), DONE), tries=3),
    fails("whole-without-choices", "empty", "empty", whole(json.dumps({"choices": []})), tries=3),
    fails("choices-null-whole", ("empty", "body"), "", whole(json.dumps({"choices": None}))),
    fails("content-null", "empty", "empty", whole(message(None)), tries=3),
    fails("nothing-but-done", "empty", "empty", streamed(DONE), tries=3),
    fails("only-blanks", "empty", "empty", streamed(*says("\n", "  ")), tries=3),
]

ENDINGS = [
    *[
        fails(f"cut-by-{word}", "cut", "cut before its end", streamed(*says("half", finish=word)), tries=1)
        for word in ("length", "max_tokens", "MAX_TOKENS", "model_length")
    ],
    fails("cut-whole", "cut", "cut before its end", whole(message("half", "length"))),
    fails("cut-value", "cut", "cut before its end", streamed(*says('{"reason": "the app cra', finish="length")), result="{ reason: text }", tries=1),
    fails("cut-while-thinking", "cut", "cut before its end", streamed(frame(delta(reasoning_content="hm")), frame(delta(finish="length")), DONE)),
    fails("filtered", "refused", "filtered", streamed(*says("half", finish="content_filter")), tries=1),
    fails("filtered-whole", "refused", "filtered", whole(message(None, "content_filter"))),
    fails("filtered-by-gemini", "refused", "filtered", streamed(*says(finish="SAFETY"))),
    fails("filtered-with-gemini's-prefix", "refused", "filtered", streamed(*says(finish="content_filter: PROHIBITED_CONTENT"))),
    fails("refused", "refused", "not that", streamed(frame(delta(refusal="not ")), frame(delta(refusal="that")), *STOP), tries=1),
    fails("refused-whole", "refused", "not that", whole(message(None, refusal="not that"))),
    fails("refused-in-a-part", "refused", "not that", whole(message([{"type": "refusal", "refusal": "not that"}]))),
    fails("ends-with-error", "stream", "broke off", streamed(*says("half", finish="error"))),
    fails("ends-as-overloaded", "stream", "insufficient_system_resource", streamed(*says("half", finish="insufficient_system_resource"))),
]

THINKING = [
    gives("thinks-in-content", "B", streamed(*says('<think>\nA {"a": 1}?\n', "</think>\n\nB"))),
    gives("thinks-split-anywhere", "B", streamed(*says("<th", "ink>A</", "thi", "nk>", "\nB"))),
    gives("thinks-without-beginning", "B", streamed(*says("It is A.\n</think>\n\nB"))),
    gives("thinks-in-reasoning-content", "B", streamed(frame(delta(reasoning_content="A")), *says("B"))),
    gives(
        "thinks-in-reasoning", "B", streamed(frame(delta("", reasoning="A", reasoning_details=[{"type": "reasoning.text", "text": "A"}])), *says("B"))
    ),
    gives(
        "thinks-in-a-part", "B", whole(message([{"type": "thinking", "thinking": [{"type": "text", "text": "A"}]}, {"type": "text", "text": "B"}]))
    ),
    gives("thinks-a-value", {"a": 2}, streamed(*says('<think>{"a": 1, "b": "longer than the answer"}</think>{"a": 2}')), result="{ a: int }"),
    fails("thinks-only", "empty", "thinking only", streamed(frame(delta(reasoning_content="A")), *STOP)),
    fails("thinks-for-ever", "empty", "thinking only", streamed(*says("<think>A"))),
]


class Calls:
    """Equal to what a step with declared tools gives, whatever the ids: some servers give none."""

    def __init__(self, wanted, text=""):
        self.wanted, self.text = list(wanted), text

    def __eq__(self, given):
        return given["text"] == self.text and all(one["id"] for one in given["calls"]) and self.wanted == [
            (one["name"], one["arguments"]) for one in given["calls"]
        ]

    def __repr__(self):
        return f"{self.wanted} beside {self.text!r}"


def calls(*wanted):
    return Calls(wanted)


ULM, TIME = ("weather", {"city": "Ulm"}), ("time", {})
TOOLS = 'tools: [{ name: "weather", description: "W", parameters: { type: "object" } }, { name: "time", description: "T", parameters: { type: "object" } }]'
ARGUMENTS = '{"city":"Ulm"}'
CALLS = [
    gives(
        "calls-by-index",
        calls(ULM, TIME),
        streamed(
            call("weather", "", index=0, id="a"),
            call(None, '{"city":', index=0),
            call(None, '"Ulm"}', index=0),
            call("time", "{}", index=1, id="b"),
            *STOP,
        ),
    ),
    gives(
        "calls-interleaved",
        calls(ULM, TIME),
        streamed(
            call("weather", "", index=0, id="a"), call("time", "", index=1, id="b"), call(None, ARGUMENTS, index=0), call(None, "{}", index=1), *STOP
        ),
    ),
    gives(
        "calls-without-index",
        calls(ULM, TIME),
        streamed(call("weather", '{"city":', id="a"), call(None, '"Ulm"}'), call("time", "{}", id="b"), *STOP),
    ),
    gives(
        "calls-with-index-null",
        calls(ULM, TIME),
        streamed(call("weather", ARGUMENTS, index=None, id="a"), call("time", "{}", index=None, id="b"), *STOP),
    ),
    gives(
        "calls-with-index-as-text",
        calls(ULM, TIME),
        streamed(call("weather", '{"city":', index="0", id="a"), call("time", "{}", index="1", id="b"), call(None, '"Ulm"}', index="0"), *STOP),
    ),
    gives(
        "calls-with-ids-alone",
        calls(ULM, TIME),
        streamed(call("weather", '{"city":', id="a"), call("time", "{}", id="b"), call(None, '"Ulm"}', id="a"), *STOP),
    ),
    gives("calls-with-empty-ids", calls(ULM, TIME), streamed(call("weather", ARGUMENTS, id=""), call("time", "{}", id=""), *STOP)),
    gives(
        "calls-all-at-index-0", calls(ULM, TIME), streamed(call("weather", ARGUMENTS, index=0, id="a"), call("time", "{}", index=0, id="b"), *STOP)
    ),
    gives(
        "calls-with-the-name-repeated",
        calls(ULM),
        streamed(call("weather", '{"city":', index=0, id="a"), call("weather", '"Ulm"}', index=0, id="a"), *STOP),
    ),
    gives("calls-with-empty-names", calls(ULM), streamed(call("weather", '{"city":', index=0, id="a"), call("", '"Ulm"}', index=0, id=""), *STOP)),
    gives(
        "calls-with-null-names",
        calls(ULM),
        streamed(
            call("weather", None, index=0, id="a"),
            frame(delta(tool_calls=[{"index": 0, "id": None, "type": None, "function": {"name": None, "arguments": ARGUMENTS}}])),
            *STOP,
        ),
    ),
    gives(
        "calls-in-one-frame",
        calls(ULM, TIME),
        streamed(
            frame(delta(tool_calls=[{"function": {"name": "weather", "arguments": ARGUMENTS}}, {"function": {"name": "time", "arguments": "{}"}}])),
            *STOP,
        ),
    ),
    gives("calls-with-a-record", calls(ULM), streamed(call("weather", {"city": "Ulm"}, index=0, id="a"), *STOP)),
    gives("calls-with-nothing", calls(TIME), streamed(call("time", "", index=0, id="a"), *STOP)),
    gives(
        "calls-with-null", calls(TIME), whole(message(None, "tool_calls", tool_calls=[{"id": "a", "function": {"name": "time", "arguments": None}}]))
    ),
    gives(
        "calls-whole",
        calls(ULM),
        whole(message(None, "tool_calls", tool_calls=[{"id": "a", "type": "function", "function": {"name": "weather", "arguments": ARGUMENTS}}])),
    ),
    gives("calls-null", Calls([], TEXT), whole(message(TEXT, tool_calls=None, function_call=None))),
    gives("calls-empty", Calls([], TEXT), whole(message(TEXT, tool_calls=[]))),
    gives(
        "calls-of-old",
        calls(ULM),
        streamed(
            frame(delta(function_call={"name": "weather", "arguments": '{"city":'})),
            frame(delta(function_call={"arguments": '"Ulm"}'})),
            frame(delta(finish="function_call")),
            DONE,
        ),
    ),
    fails("calls-cut", "cut", "cut before its end", streamed(call("weather", '{"city":"U', index=0, id="a"), frame(delta(finish="length")), DONE)),
    fails("calls-cut-off", "stream", "", until_closed(call("weather", '{"city":"U', index=0, id="a"))),
]
CALLS = [type(row)(**{**vars(row), "fields": TOOLS}) for row in CALLS]

USAGE = [
    gives(f"usage-{name}", TEXT, streamed(*says(TEXT)[:-1], usage(value), DONE))
    for name, value in (
        ("plain", {"prompt_tokens": 3, "completion_tokens": 5, "total_tokens": 8}),
        ("null", None),
        ("empty", {}),
        ("as-text", {"prompt_tokens": "3", "completion_tokens": "5"}),
        ("as-fractions", {"prompt_tokens": 3.0, "completion_tokens": 5.5}),
        ("nulls", {"prompt_tokens": None, "completion_tokens": None, "completion_tokens_details": None}),
        ("one-side", {"prompt_tokens": 3}),
        ("of-anthropic", {"input_tokens": 3, "output_tokens": 5}),
        ("negative", {"prompt_tokens": -1, "completion_tokens": -1}),
        ("huge", {"prompt_tokens": 10**30, "completion_tokens": 5}),
        ("as-list", [3, 5]),
        ("cached", {"prompt_tokens": 3, "prompt_cache_hit_tokens": 2, "completion_tokens": 5}),
    )
] + [
    gives(
        "usage-in-every-frame",
        TEXT,
        streamed(
            choices({"delta": {"content": TEXT}}, usage={"prompt_tokens": 3, "completion_tokens": 1}),
            choices({"delta": {}, "finish_reason": "stop"}, usage={"prompt_tokens": 3, "completion_tokens": 5}),
            DONE,
        ),
    ),
    gives(
        "usage-in-the-choice",
        TEXT,
        streamed(SAID, choices({"delta": {}, "finish_reason": "stop", "usage": {"prompt_tokens": 3, "completion_tokens": 5}}), DONE),
    ),
    gives(
        "usage-beside",
        TEXT,
        streamed(SAID, choices({"delta": {}, "finish_reason": "stop"}, x_groq={"usage": {"prompt_tokens": 3, "completion_tokens": 5}}), DONE),
    ),
]

VALUES = [
    gives("value-plain", {"a": 2}, streamed(*says('{"a": 2}')), result="{ a: int }"),
    gives("value-fenced", {"a": 2}, streamed(*says('Here it is:\n```json\n{"a": 2}\n```\n')), result="{ a: int }"),
    gives("value-in-a-call-free-reply", {"a": 2}, whole(message('{"a": 2}')), result="{ a: int }"),
    gives("label-in-stars", "bug", streamed(*says("**bug**")), result='one_of("bug", "billing")'),
    gives("label-in-a-record", "bug", streamed(*says('{"value": "bug"}')), result='one_of("bug", "billing")'),
    gives("value-asked-again", {"a": 2}, streamed(*says("I would rather not")), streamed(*says('{"a": 2}')), result="{ a: int }", tries=2),
    fails("value-never", "result", "", streamed(*says("I would rather not")), result="json"),
    gives(
        "schema-unknown",
        {"a": 2},
        whole(error("response_format.type json_schema is not supported"), 400),
        streamed(*says('{"a": 2}')),
        result="{ a: int }",
        tries=2,
    ),
    gives(
        "stream-options-unknown",
        TEXT,
        whole(error("Unrecognized request argument supplied: stream_options"), 400),
        GOOD,
        tries=2,
    ),
]

ROWS = EVENTS + FRAMES + ENDINGS + THINKING + CALLS + USAGE + VALUES
