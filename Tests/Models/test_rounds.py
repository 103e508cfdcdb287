"""What a model is told between rounds of tools: what its provider wants to have back, in the order in which it came."""

import json

from conftest import KEY
from fault_server import FaultServer, streamed, whole
from said import DONE, START, STOP, TEXT, anthropic, anthropic_message, block, call, delta, ends, frame, message, piece, says, stopped, text_piece

TOOL = 'automation "Twice"\ninput x: int\nSTART begin -> give\nDATA_TRANSFORM give -> end { prompt_template { value: inputs.x * 2 } }\n'
ASKS = """automation "Asks"
START begin -> ask
LLM_CALL ask -> end {{
  timeout: 60s
  retry: {{ attempts: 1 }}
  prompt_template {{ model: "{model}", user: "Hi", tools: [{{ automation: "./twice.auto" }}] }}
}}
"""


def second_question(runner, model, *answers):
    """What the server is asked behind the tools, and what the step gives in the end."""
    server = FaultServer(lambda name: list(answers))
    (runner.folder / "twice.auto").write_text(TOOL)
    addresses = {
        "OPENAI_BASE_URL": f"{server.url}/x/v1",
        "OPENAI_API_KEY": KEY,
        "ANTHROPIC_BASE_URL": f"{server.url}/x",
        "ANTHROPIC_API_KEY": KEY,
    }
    record, _ = runner.run(ASKS.format(model=model), **addresses)
    assert record["status"] == "FINISHED", record["error"]
    server.close()
    return server.seen("x")[1].json["messages"], record["steps"][-1]["result"]


CLAUDE, GPT = "anthropic/claude-x", "gpt-x"


def asks_claude(*blocks):
    return whole(anthropic_message([*blocks, {"type": "tool_use", "id": "t", "name": "Twice", "input": {"x": 2}}], "tool_use"))


def told(messages):
    """The blocks of the assistant's message, and those behind it."""
    (place,) = [place for place, one in enumerate(messages) if one["role"] == "assistant"]
    return messages[place]["content"], messages[place + 1 :]


def test_signed_thinking_goes_back_as_it_came(runner):
    answers = [
        streamed(
            START,
            block(0, "thinking", thinking="", signature=""),
            piece(0, type="thinking_delta", thinking="A"),
            piece(0, type="thinking_delta", thinking="B"),
            piece(0, type="signature_delta", signature="s="),
            stopped(0),
            block(1, "redacted_thinking", data="r="),
            stopped(1),
            block(2),
            text_piece("Let me see.", 2),
            stopped(2),
            block(3, "tool_use", id="t", name="Twice", input={}),
            piece(3, type="input_json_delta", partial_json='{"x": 2}'),
            stopped(3),
            ends("tool_use"),
            STOP,
        ),
        streamed(*anthropic(TEXT)),
    ]
    messages, value = second_question(runner, CLAUDE, *answers)
    blocks, results = told(messages)
    assert blocks == [
        {"type": "thinking", "thinking": "AB", "signature": "s="},
        {"type": "redacted_thinking", "data": "r="},
        {"type": "text", "text": "Let me see."},
        {"type": "tool_use", "id": "t", "name": "Twice", "input": {"x": 2}},
    ]
    assert results[0]["content"][0]["tool_use_id"] == "t" and value == TEXT


def test_thinking_that_is_left_out_keeps_its_signature(runner):
    """Newer models tell no thinking, only its signature."""
    answers = [
        streamed(
            START,
            block(0, "thinking", thinking=""),
            piece(0, type="signature_delta", signature="s="),
            stopped(0),
            block(1, "tool_use", id="t", name="Twice", input={"x": 2}),
            stopped(1),
            ends("tool_use"),
            STOP,
        ),
        streamed(*anthropic(TEXT)),
    ]
    blocks, _ = told(second_question(runner, CLAUDE, *answers)[0])
    assert blocks[0] == {"type": "thinking", "thinking": "", "signature": "s="}


def test_thinking_between_other_blocks_stays_there(runner):
    first, second = ({"type": "thinking", "thinking": text, "signature": f"{text}="} for text in "AB")
    said = {"type": "text", "text": "Let me see."}
    blocks, _ = told(second_question(runner, CLAUDE, asks_claude(first, said, second), streamed(*anthropic(TEXT)))[0])
    assert blocks[:-1] == [first, said, second]


def test_results_stand_in_the_order_of_the_calls(runner):
    calls = [{"id": f"c{n}", "type": "function", "function": {"name": "Twice", "arguments": json.dumps({"x": n})}} for n in (1, 2, 3)]
    messages, _ = second_question(runner, GPT, whole(message(None, "tool_calls", tool_calls=calls)), streamed(*says(TEXT)))
    assert [one["tool_call_id"] for one in messages if one["role"] == "tool"] == ["c1", "c2", "c3"]
    given = [one["content"] for one in messages if one["role"] == "tool"]
    assert all(number in content for number, content in zip("246", given, strict=True))


def test_calls_of_one_id_have_their_own_in_the_next_question(runner):
    """Providers refuse two results of one id."""
    calls = [{"id": "same", "type": "function", "function": {"name": "Twice", "arguments": json.dumps({"x": n})}} for n in (1, 2)]
    messages, _ = second_question(runner, GPT, whole(message(None, "tool_calls", tool_calls=calls)), streamed(*says(TEXT)))
    asked = [one["id"] for one in next(one for one in messages if one["role"] == "assistant")["tool_calls"]]
    assert len(set(asked)) == 2 and asked == [one["tool_call_id"] for one in messages if one["role"] == "tool"]


def test_arguments_that_are_nearly_json_go_back_as_json(runner):
    """vLLM and others refuse a conversation whose arguments are no JSON."""
    calls = [{"id": "a", "type": "function", "function": {"name": "Twice", "arguments": '{"x": 2,}'}}]
    messages, _ = second_question(runner, GPT, whole(message(None, "tool_calls", tool_calls=calls)), streamed(*says(TEXT)))
    (asked,) = next(one for one in messages if one["role"] == "assistant")["tool_calls"]
    assert json.loads(asked["function"]["arguments"]) == {"x": 2}


def test_what_others_think_goes_back(runner):
    """DeepSeek's thinking, OpenRouter's parts and Google's signature of a call."""
    parts = [{"type": "reasoning.text", "text": "A", "signature": "s="}]
    answer = streamed(
        frame(delta(reasoning_content="A", reasoning_details=parts)),
        call("Twice", '{"x": 2}', index=0, id="a", extra_content={"google": {"thought_signature": "g="}}),
        frame(delta(finish="tool_calls")),
        DONE,
    )
    messages, _ = second_question(runner, GPT, answer, streamed(*says(TEXT)))
    told = next(one for one in messages if one["role"] == "assistant")
    assert told["reasoning_content"] == "A" and told["reasoning_details"] == parts
    assert told["tool_calls"][0]["extra_content"] == {"google": {"thought_signature": "g="}}
