"""What users of other clients have reported of servers: each row is a report, or several of the same, with what must come out here."""

import json

from fault_server import head, streamed, until_closed, whole
from quirk import fails, gives
from quirks_openai import ARGUMENTS, TIME, TOOLS, ULM, Calls, calls
from said import (
    DONE,
    START,
    STOP,
    TEXT,
    anthropic,
    anthropic_message,
    block,
    call,
    delta,
    ends,
    error,
    event,
    frame,
    message,
    piece,
    says,
    stopped,
    text_piece,
)

GOOD = streamed(*says(TEXT))
GOOD_ANTHROPIC = streamed(*anthropic(TEXT))
VALUE = streamed(*says('{"a": 2}'))
END = [frame(delta(finish="stop")), DONE]
SAID = frame(delta(TEXT))
ONCE = "retry: { attempts: 1 }\n  timeout: 20s"


def choice(**fields):
    return {"choices": [{"index": 0, **fields}]}


def unless(refuses, words, good, status=400, **more):
    """A server that refuses a question as long as `refuses` is true of its body."""
    return lambda request: whole(error(words, **more), status) if refuses(request.json) else good


def problem(words):
    return json.dumps({"type": "error", "error": {"type": "invalid_request_error", "message": words}})


def unless_anthropic(refuses, words, good):
    return lambda request: whole(problem(words), 400) if refuses(request.json) else good


def roles(body):
    return [one["role"] for one in body["messages"]]


# What stands in a frame beside the reply, and how frames are cut.
FRAMES = [
    gives("azure-filters-later", TEXT, streamed(
        frame({"choices": [], "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": {}}]}), SAID,
        frame(choice(finish_reason=None, content_filter_offsets={"check_offset": 44}, content_filter_results={"hate": {"filtered": False}})), *END)),
    gives("azure-filter-failed", TEXT, streamed(
        frame(choice(delta={"role": "assistant"}, content_filter_result={"error": {"code": "content_filter_error", "message": "The contents are not filtered"}})),
        SAID, *END)),
    gives("error-of-nothing", TEXT, streamed(
        frame({**choice(delta={"content": TEXT}), "error": {"code": 0, "message": ""}}), frame({**delta(finish="stop"), "error": {"message": None, "type": None}}), DONE)),
    gives("error-of-zero", TEXT, whole(json.dumps({**json.loads(message()), "error": 0}))),
    gives("error-false", TEXT, whole(json.dumps({**json.loads(message()), "error": False}))),
    gives("not-a-number-beside", TEXT, streamed(
        'data: {"choices":[{"index":0,"delta":{"content":"' + TEXT + '"},"logprobs":{"p":-Infinity}}],"timings":{"per_second":NaN}}\n\n', *END)),
    gives("not-a-number-in-a-whole-reply", TEXT, whole(message()[:-1] + ', "timings": {"a": NaN, "b": [Infinity, -Infinity], "c": "NaN"}}')),
    gives("a-field-twice", TEXT, streamed('data: {"id":"a","id":"a","choices":[{"index":0,"index":0,"delta":{"content":"' + TEXT + '"}}]}\n\n', *END)),
    gives("frames-without-blank-lines", "one two", until_closed(*[one.replace("\n\n", "\n") for one in says("one", " two")])),
    gives("lines-of-json", "one two", streamed(
        *[json.dumps(delta(text)) + "\n" for text in ("one", " two")], json.dumps(delta(finish="stop")) + "\n", kind="application/x-ndjson")),
    fails("lines-of-json-cut", ("stream", "body"), "", until_closed(*[json.dumps(delta(text)) + "\n" for text in ("one", " two")], kind="application/x-ndjson")),
    fails("lines-of-json-cut-behind-one", ("stream", "body"), "", until_closed(json.dumps(delta("half")) + "\n", kind="application/x-ndjson")),
    gives("all-of-it-once-more", "one two", streamed(
        frame(choice(delta={"content": "one"})), frame(choice(delta={"content": " two"})),
        frame(choice(message={"role": "assistant", "content": "one two"}, finish_reason="stop")), DONE)),
    gives("all-so-far-in-each", "one two", streamed(
        frame(choice(message={"content": "one"})), frame(choice(message={"content": "one two"})),
        frame(choice(message={"content": "one two"}, finish_reason="stop")), DONE)),
    gives("content-is-a-record", {"a": 2}, whole(message({"a": 2})), result="{ a: int }"),
    gives("content-is-a-number", 42, whole(message(42)), result="int"),
    gives("content-is-a-part", TEXT, whole(message({"type": "text", "text": TEXT}))),
    gives("content-is-a-truth", True, whole(message(True)), result="bool"),
    gives("queue-before-the-reply", TEXT, streamed("event: queued\ndata: {\"position\": 3}\n\n", ": waiting\n\n", *says(TEXT))),
    gives("id-and-model-null", TEXT, streamed(frame({"id": None, "model": None, "created": None, **choice(delta={"content": TEXT})}), *END)),
    gives("role-in-each-frame", TEXT, streamed(*[frame(choice(delta={"role": "assistant", "content": part})) for part in TEXT], *END)),
    gives("role-empty", TEXT, streamed(frame(choice(delta={"role": "", "content": TEXT})), *END)),
    fails("words-in-a-frame-are-kept", "stream", "CUDA out of memory", streamed(frame(delta("half")), "data: CUDA out of memory\n\n", *END)),
    fails("prefix-twice", "stream", "", streamed("data: " + SAID, *END), settings=ONCE),
]

# How a reply ends, in words of servers' own.
ENDINGS = [
    *[fails(f"ends-by-{word}", ("stream", "status"), word, streamed(*says("half", finish=word)), settings=ONCE)
      for word in ("network_error", "time_limit", "server_error", "engine_overloaded", "MALFORMED_RESPONSE", "UNEXPECTED_TOOL_CALL", "timeout", "interrupted")],
    *[fails(f"filtered-by-{word}", "refused", "filtered", streamed(*says("half", finish=word)), tries=1)
      for word in ("sensitive", "ERROR_TOXIC", "moderation", "IMAGE_PROHIBITED_CONTENT")],
    *[fails(f"cut-at-{word}", "cut", "cut before its end", streamed(*says("half", finish=word)), tries=1)
      for word in ("max_new_tokens", "max_completion_tokens", "MAX_OUTPUT_TOKENS_REACHED", "too_long")],
    fails("empty-for-another-reason", "empty", ("empty", "OTHER"), streamed(*says(finish="OTHER")), settings=ONCE),
    fails("groq-stops-early", "stream", "over capacity", streamed(
        frame(delta("half")), frame({**delta(finish="stop"), "x_groq": {"id": "r", "error": "over capacity"}}), DONE), settings=ONCE),
    fails("openrouter-on-the-way", "stream", "Provider disconnected", streamed(
        frame(delta("half")),
        frame({"error": {"code": "server_error", "message": "Provider disconnected"}, **choice(delta={"content": ""}, finish_reason="error")}), DONE), settings=ONCE),
    fails("openrouter-says-nothing", "empty", "empty", whole(json.dumps(choice(message={"content": ""}, finish_reason=None, native_finish_reason=None))), settings=ONCE),
    gives("stopped-by-calls-that-are-none", TEXT, streamed(*says(TEXT, finish="tool_calls"))),
    gives("groq-says-what-it-used", TEXT, streamed(SAID, frame({**delta(finish="stop"), "x_groq": {"id": "r", "usage": {"prompt_tokens": 3}}}), DONE)),
]

# Errors whose words or whose kind were lost.
ERRORS = [
    fails("openrouter-passes-a-record-on", "request", "the seed is odd", whole(json.dumps(
        {"error": {"message": "Provider returned error", "code": 400, "metadata": {"raw": {"error": {"message": "the seed is odd"}}}}}), 400)),
    fails("openrouter-moderates", "refused", ("flagged", "violence"), whole(json.dumps(
        {"error": {"code": 403, "message": "Input was flagged", "metadata": {"reasons": ["violence"], "flagged_input": "x"}}}), 403),
        never=("refused the key",)),
    fails("lmstudio-has-no-such-path", ("stream", "body", "model", "status"), "Unexpected endpoint", whole(json.dumps(
        {"error": "Unexpected endpoint or method. (POST /chat/completions). Returning 200 anyway"})), settings=ONCE),
    *[fails(f"too-long-at-{name}", "context", words, whole(error(words), 400), tries=1) for name, words in {
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
    }.items()],
    fails("status-beside", "rate_limited", "slow down", whole(json.dumps({"status": 429, "message": "slow down"})), settings=ONCE),
    fails("status-within", "rate_limited", "slow down", whole(json.dumps({"error": {"status": 429, "message": "slow down"}})), settings=ONCE),
    fails("status-of-gemini-by-name", "rate_limited", "Quota", streamed(
        frame({"error": {"message": "Quota exceeded", "status": "RESOURCE_EXHAUSTED"}})), settings=ONCE),
    fails("error-as-a-title", "request", "seed is odd", whole(json.dumps({"title": "bad field", "errors": {"seed": ["seed is odd"]}, "status": 400}), 400)),
    fails("error-description", "refused", "the token is old", whole(json.dumps({"error": "invalid_token", "error_description": "the token is old"}), 401)),
    fails("error-of-aws", "refused", "security token", whole(json.dumps({"Output": {"__type": "UnrecognizedClientException", "message": "The security token is invalid"}}), 403)),
    fails("error-of-kong", "rate_limited", "API rate limit exceeded", whole(json.dumps({"message": "API rate limit exceeded", "request_id": "x"}), 429), settings=ONCE),
    fails("error-of-cloudflare", "rate_limited", "error code: 1015", whole("error code: 1015", 429, "text/plain"), settings=ONCE),
    fails("error-of-xml", "refused", "Access Denied", whole("<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>", 403, "application/xml")),
    fails("html-behind-302", ("body", "redirects", "status", "request"), "", lambda r: whole("<p>Sign in</p>", kind="text/html") if r.path.endswith("/in")
          else whole("", 302, headers=[("Location", r.path + "/in")]), settings=ONCE),
    fails("groq-tool-use-failed", "request", ("Failed to call a function", "weather"), whole(json.dumps({"error": {
        "message": "Failed to call a function. Please adjust your prompt. See 'failed_generation' for more details.",
        "type": "invalid_request_error", "code": "tool_use_failed", "failed_generation": "<function=weather{}"}}), 400), fields=TOOLS, tries=1),
    fails("answer-of-another-kind", "body", "pong", whole(json.dumps({"pong": True})), settings=ONCE),
    fails("no-such-path-as-a-page", "model", "Cannot POST", whole("<pre>Cannot POST /v1/chat/completions</pre>", 404, "text/html"), tries=1),
]

# Calls of tools as servers and models write them.
TOOL_CALLS = [
    gives("calls-whole-once-more", calls(ULM), streamed(
        call("weather", "", index=0, id="a"), call(None, ARGUMENTS, index=0), call("weather", ARGUMENTS, index=0, id="a"), *END)),
    gives("calls-as-one-record", calls(ULM), streamed(frame(delta(tool_calls={"id": "a", "index": 0, "function": {"name": "weather", "arguments": ARGUMENTS}})), *END)),
    gives("calls-without-function", calls(ULM), whole(message(None, "tool_calls", tool_calls=[{"id": "a", "type": "function", "name": "weather", "arguments": ARGUMENTS}]))),
    gives("calls-with-parameters", calls(ULM), whole(message(None, "tool_calls", tool_calls=[{"id": "a", "function": {"name": "weather", "parameters": {"city": "Ulm"}}}]))),
    gives("calls-packed-twice", calls(ULM), whole(message(None, "tool_calls", tool_calls=[{"id": "a", "function": {"name": "weather", "arguments": json.dumps(ARGUMENTS)}}]))),
    gives("calls-with-ids-of-numbers", calls(ULM), whole(message(None, "tool_calls", tool_calls=[{"id": 7, "function": {"name": "weather", "arguments": ARGUMENTS}}]))),
    gives("calls-that-end-as-stop", calls(ULM), streamed(call("weather", ARGUMENTS, index=0, id="a"), frame(delta("", finish="stop")), DONE)),
    gives("calls-that-begin-at-one", calls(ULM, TIME), streamed(call("weather", ARGUMENTS, index=1, id="a"), call("time", "{}", index=2, id="b"), *END)),
    gives("calls-beside-empty-lists", calls(ULM), streamed(frame(delta("", tool_calls=[])), call("weather", ARGUMENTS, index=0, id="a"), frame(delta(tool_calls=[], finish="tool_calls")), DONE)),
    gives("calls-beside-text", Calls([ULM], "Let me look."), streamed(frame(delta("Let me look.")), call("weather", ARGUMENTS, index=0, id="a"), *END)),
    gives("calls-of-hermes", calls(ULM), streamed(*says('<tool_call>\n{"name": "weather", "arguments": {"city": "Ulm"}}\n</tool_call>'))),
    gives("calls-of-qwen-coder", calls(ULM), streamed(*says("<tool_call>\n<function=weather>\n<parameter=city>\nUlm\n</parameter>\n</function>\n</tool_call>"))),
    gives("calls-of-glm", calls(ULM), streamed(*says("<tool_call>weather\n<arg_key>city</arg_key>\n<arg_value>Ulm</arg_value>\n</tool_call>"))),
    gives("calls-of-llama", calls(ULM), streamed(*says('<function=weather>{"city": "Ulm"}</function>'))),
    gives("calls-of-mistral", calls(ULM), streamed(*says('[TOOL_CALLS][{"name": "weather", "arguments": {"city": "Ulm"}}]'))),
    gives("calls-of-hermes-with-parameters", calls(ULM), streamed(*says('<tool_call>{"name": "weather", "parameters": {"city": "Ulm"}}</tool_call>'))),
    gives("calls-behind-thinking", calls(ULM), streamed(*says('<think>weather?</think><tool_call>{"name": "weather", "arguments": {"city": "Ulm"}}</tool_call>'))),
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

# What a server turns out not to accept.
WORKAROUNDS = [
    gives("lmstudio-has-no-json-mode", {"a": 2}, unless(
        lambda b: b.get("response_format", {}).get("type") == "json_object", "'response_format.type' must be 'json_schema' or 'text'", VALUE), result="json", tries=2),
    gives("groq-fails-to-write-json", {"a": 2}, unless(
        lambda b: "response_format" in b, "Failed to generate JSON. Please adjust your prompt. See 'failed_generation' for more details.", VALUE,
        code="json_validate_failed", failed_generation="{"), result="{ a: int }"),
    gives("roles-must-alternate", TEXT, unless(
        lambda b: "system" in roles(b), "Conversation roles must alternate user/assistant/user/assistant/...", GOOD), fields='system: "Be brief."', tries=2),
    gives("only-user-and-assistant", TEXT, unless(
        lambda b: "system" in roles(b), "Only user and assistant roles are supported!", GOOD), fields='system: "Be brief."', tries=2),
    gives("max-tokens-is-unknown", TEXT, unless(
        lambda b: "max_tokens" in b, "Unsupported parameter: 'max_tokens' is not supported with this model.", GOOD, param="max_tokens"), fields="max_tokens: 50", tries=2),
    gives("no-stream-options-in-fastapi", TEXT, lambda r: whole(json.dumps(
        {"detail": [{"type": "extra_forbidden", "loc": ["body", "stream_options"], "msg": "Extra inputs are not permitted"}]}), 422)
        if "stream_options" in r.json else GOOD, tries=2),
    gives("no-tool-parser", Calls([ULM]), unless(
        lambda b: "tools" in b, '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set',
        streamed(*says('{"tool_calls": [{"name": "weather", "arguments": {"city": "Ulm"}}]}'))), fields=TOOLS, tries=2),
    gives("no-tools-beside-reasoning", Calls([ULM]), unless(
        lambda b: "tools" in b, "Function tools with reasoning_effort are not supported for gpt-x in /v1/chat/completions. Please use /v1/responses instead.",
        streamed(*says('{"tool_calls": [{"name": "weather", "arguments": {"city": "Ulm"}}]}'))), fields=TOOLS, tries=2),
    gives("needs-jinja", Calls([ULM]), unless(
        lambda b: "tools" in b, "tools param requires --jinja flag",
        streamed(*says('{"tool_calls": [{"name": "weather", "arguments": {"city": "Ulm"}}]}')), status=500), fields=TOOLS, tries=2),
    *[fails(f"refuses-{name}", "request", (words, f"leave `{name}` out"), unless(lambda b, sent=sent: sent in b, words, GOOD), fields=field, tries=1)
      for name, sent, field, words in (
          ("temperature", "temperature", "temperature: 0", "Unsupported value: 'temperature' does not support 0 with this model. Only the default (1) value is supported."),
          ("top_p", "top_p", "top_p: 0.5", "Unsupported parameter: 'top_p' is not supported with this model."),
          ("reasoning", "reasoning_effort", 'reasoning: "minimal"', "Unsupported value: 'reasoning_effort' does not support 'minimal' with this model."),
          ("seed", "seed", "seed: 7", "property 'seed' is unsupported"),
          ("min_p", "min_p", "extra: { min_p: 0.1 }", "Unknown parameter: 'min_p'."),
      )],
]

# Anthropic's language, at Anthropic and at those who speak it too.
ANTHROPIC = [
    gives("content-is-a-text", TEXT, whole(anthropic_message(TEXT).replace(json.dumps([{"type": "text", "text": TEXT}], ensure_ascii=False), json.dumps(TEXT)))),
    gives("value-in-start-and-pieces", {"a": 2}, streamed(
        START, block(0, "tool_use", id="t", name="result", input={"a": 2}), piece(0, type="input_json_delta", partial_json='{"a": 2}'),
        stopped(0), ends("tool_use"), STOP), result="{ a: int }"),
    fails("refusal-with-a-reason", "refused", "it is about weapons", streamed(
        START, ends("refusal") .replace('"stop_sequence": null', '"stop_sequence": null, "stop_details": {"type": "refusal", "category": "cyber", "explanation": "it is about weapons"}'), STOP), tries=1),
    gives("asks-for-effort", TEXT, unless_anthropic(
        lambda b: b.get("thinking", {}).get("type") == "enabled",
        '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.',
        GOOD_ANTHROPIC), fields='reasoning: "low"', tries=2),
    gives("bounds-replies-lower", TEXT, unless_anthropic(
        lambda b: b["max_tokens"] > 8192, "max_tokens: 32000 > 8192, which is the maximum allowed number of output tokens for claude-x", GOOD_ANTHROPIC), tries=2),
    gives("prompt-leaves-less-room", TEXT, unless_anthropic(
        lambda b: b["max_tokens"] > 10000, "input length and `max_tokens` exceed context limit: 190000 + 32000 > 200000, decrease input length or `max_tokens` and try again",
        GOOD_ANTHROPIC), tries=2),
    fails("bounds-what-is-written", "request", "max_tokens: 9000 > 8192", unless_anthropic(
        lambda b: b["max_tokens"] > 8192, "max_tokens: 9000 > 8192, which is the maximum allowed number of output tokens for claude-x", GOOD_ANTHROPIC),
        fields="max_tokens: 9000", tries=1),
    gives("thinks-unasked", TEXT, unless_anthropic(
        lambda b: b.get("thinking", {}).get("type") != "disabled", "this model thinks unless it is told not to", GOOD_ANTHROPIC), fields='reasoning: "none"', tries=1),
    gives("forces-no-tool", {"a": 2}, unless_anthropic(
        lambda b: b.get("tool_choice", {}).get("type") == "tool", "tool_choice: forcing a tool is not supported by this model", streamed(*anthropic('{"a": 2}'))),
        result="{ a: int }", tries=2),
    fails("temperature-and-top-p", "request", ("cannot both be specified", "leave `temperature` or `top_p` out"), unless_anthropic(
        lambda b: "temperature" in b and "top_p" in b, "`temperature` and `top_p` cannot both be specified for this model. Please use only one.", GOOD_ANTHROPIC),
        fields="temperature: 0.2\n    top_p: 0.5", tries=1),
    fails("temperature-is-old", "request", ("deprecated", "leave `temperature` out"), unless_anthropic(
        lambda b: "temperature" in b, "`temperature` is deprecated for this model.", GOOD_ANTHROPIC), fields="temperature: 0.2", tries=1),
    gives("text-is-null-first", TEXT, streamed(
        START, event("content_block_start", index=0, content_block={"type": "text", "text": None}), text_piece(TEXT), stopped(0), ends(), STOP)),
    gives("done-behind-the-end", TEXT, streamed(*anthropic(TEXT), DONE)),
    gives("input-tokens-at-the-end", TEXT, streamed(*anthropic(TEXT)[:-2], event(
        "message_delta", delta={"stop_reason": "end_turn"}, usage={"input_tokens": 9, "output_tokens": 5, "cache_read_input_tokens": None}), STOP)),
    fails("error-before-the-start", "status", "Internal server error", streamed(event("error", error={"type": "api_error", "message": "Internal server error"})), settings=ONCE),
    fails("no-such-beta", "request", "Unexpected value(s)", whole(problem("Unexpected value(s) `x` for the `anthropic-beta` header."), 400), tries=1),
    gives("blocks-in-disorder", "ab", streamed(START, block(0), block(1), text_piece("a", 0), text_piece("b", 1), stopped(1), stopped(0), ends(), STOP)),
]
ANTHROPIC = [type(row)(**{**vars(row), "name": f"anthropic-{row.name}", "provider": "anthropic"}) for row in ANTHROPIC]

ROWS = FRAMES + ENDINGS + ERRORS + TOOL_CALLS + THINKING + WORKAROUNDS + ANTHROPIC
