"""What questions come to: tokens and dollars of each protocol, over tries, replies asked for again and tools, and a bound that holds."""

import json
import subprocess

import pytest
from conftest import BIN, KEY
from fault_server import FaultServer, streamed, until_closed, whole
from said import DONE, STOP, TEXT, block, call, delta, error, event, frame, message, says, stopped, text_piece

PRICES = '[prices]\n"m" = { input = 100, output = 200, cached = 10 }\n"gpt-x" = { input = 100, output = 200, cached = 10 }\n"claude-x" = { input = 100, output = 200, cached = 10, kept = 125 }\n'


def counted(usage, *texts, **more):
    """A whole stream of OpenAI's that ends with what it used."""
    return streamed(*says(*(texts or (TEXT,)))[:-1], frame({"choices": [], "usage": usage, **more}), DONE)


def started(**usage):
    return event("message_start", message={"model": "claude-x", "usage": usage})


def finished(**usage):
    return event("message_delta", delta={"stop_reason": "end_turn"}, usage=usage)


def of_claude(first, last):
    return streamed(started(**first), block(0), text_piece(TEXT), stopped(0), finished(**last), STOP)


class Costs:
    def __init__(self, runner, answers):
        self.server = FaultServer(lambda name: answers)
        self.folder, self.store = runner.folder, runner.folder / "store.sqlite"
        self.environment = {
            **runner.environment,
            "OPENAI_BASE_URL": f"{self.server.url}/x/v1",
            "OPENAI_API_KEY": KEY,
            "ANTHROPIC_BASE_URL": f"{self.server.url}/x",
            "ANTHROPIC_API_KEY": KEY,
        }
        (self.folder / "autorun.toml").write_text(PRICES + f'\n[provider.local]\nkind = "ollama"\nbase = "{self.server.url}/x/v1"\n')

    def autorun(self, *arguments):
        done = subprocess.run(
            [BIN / "autorun", *arguments, "--store", self.store], env=self.environment, cwd=self.folder, capture_output=True, text=True
        )
        assert done.stdout, done.stderr
        return json.loads(done.stdout)

    def run(self, text, **files):
        (self.folder / "test.auto").write_text(text)
        record = self.autorun("run", "test.auto", "--json")
        return record, self.autorun("show", record["id"], "--cost", "--json")["total"]

    def seen(self):
        return self.server.seen("x")


ASKS = """automation "Asks"
START begin -> ask
LLM_CALL ask -> end {{
  {settings}
  prompt_template {{ model: "{model}", user: "Hello" }}
}}
"""

# What servers say, and what must be counted: tokens in, out, cached, of thinking; whether some are estimated.
USAGES = {
    "openai": ("gpt-x", counted({"prompt_tokens": 1000, "completion_tokens": 50, "total_tokens": 1050}), (1000, 50, 0, 0, False)),
    "openai-cached-and-thinking": (
        "gpt-x",
        counted(
            {
                "prompt_tokens": 1000,
                "completion_tokens": 50,
                "total_tokens": 1050,
                "prompt_tokens_details": {"cached_tokens": 800},
                "completion_tokens_details": {"reasoning_tokens": 30},
            }
        ),
        (1000, 50, 800, 30, False),
    ),
    "deepseek": (
        "gpt-x",
        counted({"prompt_tokens": 1000, "prompt_cache_hit_tokens": 800, "prompt_cache_miss_tokens": 200, "completion_tokens": 50}),
        (1000, 50, 800, 0, False),
    ),
    "xai-thinks-beside": (
        "gpt-x",
        counted({"prompt_tokens": 32, "completion_tokens": 9, "total_tokens": 135, "completion_tokens_details": {"reasoning_tokens": 94}}),
        (32, 103, 0, 94, False),
    ),
    "gemini-thinks-in-the-sum": ("gpt-x", counted({"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 115}), (10, 105, 0, 0, False)),
    "cached-beside-the-prompt": (
        "gpt-x",
        counted({"prompt_tokens": 3, "completion_tokens": 50, "total_tokens": 20053, "prompt_tokens_details": {"cached_tokens": 20000}}),
        (20003, 50, 20000, 0, False),
    ),
    "in-every-frame": (
        "gpt-x",
        streamed(
            frame({**delta("a"), "usage": {"prompt_tokens": 10, "completion_tokens": 1, "prompt_tokens_details": {"cached_tokens": 4}}}),
            frame({**delta("b", "stop"), "usage": {"prompt_tokens": 10, "completion_tokens": 2}}),
            DONE,
        ),
        (10, 2, 4, 0, False),
    ),
    "in-the-choice": (
        "gpt-x",
        streamed(
            frame(delta(TEXT)),
            frame({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop", "usage": {"prompt_tokens": 10, "completion_tokens": 5}}]}),
            DONE,
        ),
        (10, 5, 0, 0, False),
    ),
    "of-groq": (
        "gpt-x",
        streamed(frame(delta(TEXT)), frame({**delta(finish="stop"), "x_groq": {"usage": {"prompt_tokens": 10, "completion_tokens": 5}}}), DONE),
        (10, 5, 0, 0, False),
    ),
    "as-text": ("gpt-x", counted({"prompt_tokens": "10", "completion_tokens": "5"}), (10, 5, 0, 0, False)),
    "whole": ("gpt-x", whole(json.dumps({**json.loads(message()), "usage": {"prompt_tokens": 10, "completion_tokens": 5}})), (10, 5, 0, 0, False)),
    "one-side": ("gpt-x", counted({"prompt_tokens": 10}, "x" * 40), (10, 10, 0, 0, True)),
    "only-the-sum": ("gpt-x", counted({"prompt_tokens": 10, "total_tokens": 15}), (10, 5, 0, 0, False)),
    "zeros": ("gpt-x", counted({"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}, "x" * 40), (8, 10, 0, 0, True)),
    "ollama": ("local/m", counted({"prompt_tokens": 26, "completion_tokens": 7, "total_tokens": 33}), (26, 7, 0, 0, False)),
    "anthropic": ("anthropic/claude-x", of_claude({"input_tokens": 1000, "output_tokens": 1}, {"output_tokens": 50}), (1000, 50, 0, 0, False)),
    "anthropic-cached": (
        "anthropic/claude-x",
        of_claude({"input_tokens": 3, "cache_read_input_tokens": 800, "cache_creation_input_tokens": 200, "output_tokens": 1}, {"output_tokens": 50}),
        (1003, 50, 800, 0, False),
    ),
    "anthropic-once-more-at-the-end": (
        "anthropic/claude-x",
        of_claude({"input_tokens": 3, "cache_read_input_tokens": 800, "output_tokens": 1}, {"input_tokens": 3, "output_tokens": 50}),
        (803, 50, 800, 0, False),
    ),
    "anthropic-zero-at-the-end": (
        "anthropic/claude-x",
        of_claude({"input_tokens": 1000, "output_tokens": 1}, {"input_tokens": 0, "output_tokens": 50}),
        (1000, 50, 0, 0, False),
    ),
    "anthropic-only-at-the-end": (
        "anthropic/claude-x",
        of_claude({"input_tokens": 0, "output_tokens": 0}, {"input_tokens": 1000, "cache_read_input_tokens": 10, "output_tokens": 50}),
        (1010, 50, 10, 0, False),
    ),
}


@pytest.mark.parametrize("name", USAGES)
def test_what_a_server_says_is_counted(name, runner):
    model, answer, wanted = USAGES[name]
    costs = Costs(runner, [answer])
    record, total = costs.run(ASKS.format(model=model, settings=""))
    assert record["status"] == "FINISHED", record["error"]
    assert (total["tokens_in"], total["tokens_out"], total["tokens_cached"], total["tokens_reasoning"], total["tokens_estimated"]) == wanted
    tokens_in, tokens_out, cached = wanted[:3]
    kept = 200 if name == "anthropic-cached" else 0
    assert total["dollars"] == pytest.approx(((tokens_in - cached - kept) * 100 + cached * 10 + kept * 125 + tokens_out * 200) / 1e6)


USED = {"prompt_tokens": 100, "completion_tokens": 10}


def test_tries_and_replies_asked_for_again_are_summed(runner):
    """A refused try costs nothing; one that broke off and those that did not fit do."""
    answers = [
        whole(error("busy"), 503),
        until_closed(frame({**delta("half"), "usage": USED})),
        counted(USED, "no number"),
        counted(USED, "no number either"),
        counted(USED, "42"),
    ]
    costs = Costs(runner, answers)
    record, total = costs.run(ASKS.format(model="gpt-x", settings="result: int\n  retry: { attempts: 3, first_delay: 10ms }"))
    assert record["status"] == "FINISHED", record["error"]
    assert total["calls"] == 4 and total["tokens_in"] == 400 and total["tokens_out"] == 40


# Each question can cost 0.02 dollars, and does so. The checker does not know the model, so that the run holds the bound.
FULL = {"prompt_tokens": 1, "completion_tokens": 100}
BOUNDED = """automation "Bounded"
max_cost {most}
input m: text = "gpt-x"
input list: list<int> = [1, 2, 3, 4, 5, 6, 7, 8]
START begin -> ask
LLM_CALL ask -> end {{
  {settings}
  prompt_template {{ model: {model}, user: "Hi", max_tokens: 100{fields} }}
}}
"""


def bounded(most, settings="retry: { attempts: 1 }", model="inputs.m", fields=""):
    return BOUNDED.format(most=most, settings=settings, model=model, fields=fields)


def held(costs, text, asked):
    """The run ends at its bound, behind so many questions at the most."""
    record, total = costs.run(text)
    assert record["status"] == "FAILED" and "max_cost" in record["error"], record["error"]
    assert len(costs.seen()) == asked and total["calls"] == asked
    return total


@pytest.mark.parametrize("at_once", [1, 4])
def test_the_bound_holds_with_each(at_once, runner):
    costs = Costs(runner, [counted(FULL)])
    settings = f"each: item in inputs.list\n  at_once: {at_once}\n  retry: {{ attempts: 1 }}"
    # Room for four and a half.
    assert held(costs, bounded("$0.09", settings), 4)["dollars"] <= 0.09


def test_the_bound_holds_with_several_models(runner):
    """The first one's reply is cut, and paid for; there is no room for the next."""
    cut = streamed(frame(delta("half", "length")), frame({"choices": [], "usage": FULL}), DONE)
    held(Costs(runner, [cut]), bounded("$0.03", model='["gpt-x", "openai/gpt-x"]'), 1)


def test_the_bound_holds_with_tools(runner):
    asks = streamed(call("Twice", '{"x": 1}', index=0, id="a"), frame(delta(finish="tool_calls")), frame({"choices": [], "usage": FULL}), DONE)
    costs = Costs(runner, [asks])
    (costs.folder / "twice.auto").write_text(
        'automation "Twice"\ninput x: int\nSTART begin -> give\nDATA_TRANSFORM give -> end { prompt_template { value: inputs.x * 2 } }\n'
    )
    held(costs, bounded("$0.09", fields=', tools: [{ automation: "./twice.auto" }]'), 3)


def test_the_bound_holds_with_replies_asked_for_again(runner):
    held(Costs(runner, [counted(FULL, "no number")]), bounded("$0.05", "result: int\n  retry: { attempts: 1 }"), 2)


def test_a_broken_stream_counts_as_much_as_it_can_have_cost(runner):
    costs = Costs(runner, [until_closed(frame(delta("half")))])
    held(costs, bounded("$0.05", "retry: { attempts: 5, first_delay: 10ms }"), 2)
