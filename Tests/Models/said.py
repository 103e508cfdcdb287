"""What servers say, in the languages of OpenAI and Anthropic: frames of a stream and whole replies."""

import json

TEXT = "Grüße, 世界 🌍"
DONE = "data: [DONE]\n\n"


def frame(value, name=None, end="\n"):
    """One event; a value that is no text is written as JSON."""
    data = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return (f"event: {name}{end}" if name else "") + f"data: {data}{end}{end}"


def delta(content=None, finish=None, **more):
    """A piece of a reply at OpenAI."""
    fields = {} if content is None else {"content": content}
    return {"id": "c", "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {**fields, **more}, "finish_reason": finish}]}


def says(*texts, finish="stop", done=True, end="\n"):
    """A whole reply at OpenAI, in frames."""
    frames = [frame(delta(text), end=end) for text in texts] + ([frame(delta(finish=finish), end=end)] if finish else [])
    return frames + ([f"data: [DONE]{end}{end}"] if done else [])


def message(content=TEXT, finish="stop", **more):
    """A whole reply at OpenAI that was not streamed."""
    return json.dumps(
        {
            "id": "c",
            "object": "chat.completion",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": content, **more}, "finish_reason": finish}],
        },
        ensure_ascii=False,
    )


def call(name=None, arguments=None, **more):
    """A piece of a reply at OpenAI that asks for a function."""
    function = {key: value for key, value in (("name", name), ("arguments", arguments)) if value is not None}
    return frame(delta(tool_calls=[{**more, "function": function}]))


def event(kind, **fields):
    """An event at Anthropic."""
    return frame({"type": kind, **fields}, kind)


START = event(
    "message_start",
    message={
        "id": "m",
        "type": "message",
        "role": "assistant",
        "model": "claude-x",
        "content": [],
        "stop_reason": None,
        "usage": {"input_tokens": 3, "output_tokens": 1},
    },
)
STOP = event("message_stop")
PING = event("ping")


def block(index, kind="text", **fields):
    return event("content_block_start", index=index, content_block={"type": kind, **({"text": ""} if kind == "text" else {}), **fields})


def piece(index, **fields):
    return event("content_block_delta", index=index, delta=fields)


def text_piece(text, index=0):
    return piece(index, type="text_delta", text=text)


def stopped(index):
    return event("content_block_stop", index=index)


def ends(reason="end_turn", **more):
    return event("message_delta", delta={"stop_reason": reason, "stop_sequence": None}, usage={"output_tokens": 5}, **more)


def anthropic(*texts, reason="end_turn"):
    """A whole reply at Anthropic, in frames."""
    return [START, block(0), *map(text_piece, texts), stopped(0), ends(reason), STOP]


def anthropic_message(content=TEXT, reason="end_turn", **more):
    """A whole reply at Anthropic that was not streamed."""
    content = [{"type": "text", "text": content}] if isinstance(content, str) else content
    return json.dumps(
        {
            "id": "m",
            "type": "message",
            "role": "assistant",
            "model": "claude-x",
            "content": content,
            "stop_reason": reason,
            "usage": {"input_tokens": 3, "output_tokens": 5},
            **more,
        },
        ensure_ascii=False,
    )


def error(words, **more):
    """An error in OpenAI's form."""
    return json.dumps({"error": {"message": words, "type": "some_error", **more}})
