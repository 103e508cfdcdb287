"""A process that is killed in the midst of a question to a model: what the session's trace and its bound know afterwards."""

import json
import subprocess

import pytest
from conftest import BIN, KEY, until
from fault_server import HOLD, FaultServer, streamed, whole
from said import DONE, TEXT, delta, frame, says

GOOD = streamed(*says(TEXT))
CUT = streamed(frame(delta("half", "length")), DONE)
# A reply can cost three cents, so that five have no room for the one that was lost and the same once more.
PRICES = '[prices]\n"gpt-x" = { input = 100, output = 100 }\n"gpt-y" = { input = 100, output = 100 }\n"openai/e" = { input = 100 , output = 0 }\n'
LOST = (0.029, 0.031)


class Killed:
    """A run that is killed when its server is asked something that it does not answer, and what the store knows then."""

    def __init__(self, runner, answers, text, asked=1, settings=""):
        self.server = FaultServer(lambda name: answers)
        self.folder, self.store = runner.folder, runner.folder / "store.sqlite"
        (self.folder / "autorun.toml").write_text(PRICES + settings)
        (self.folder / "test.auto").write_text(text)
        self.environment = {**runner.environment, "OPENAI_BASE_URL": f"{self.server.url}/held/v1", "OPENAI_API_KEY": KEY}
        command = [BIN / "autorun", "run", "test.auto", "--store", self.store]
        process = subprocess.Popen(command, env=self.environment, cwd=self.folder, stdout=-3, stderr=-3)
        try:
            until(lambda: len(self.seen()) >= asked, what="the question")
        finally:
            process.kill()
            process.wait()
        (session,) = self.autorun("sessions", "--json")
        self.id = session["id"]

    def autorun(self, *arguments):
        done = subprocess.run(
            [BIN / "autorun", *arguments, "--store", self.store], env=self.environment, cwd=self.folder, capture_output=True, text=True
        )
        return json.loads(done.stdout)

    def seen(self):
        return self.server.seen("held")

    def events(self, *words):
        return [one["data"] for one in self.autorun("show", self.id, "--trace", "--json") if one["event"] in words]

    def cost(self):
        return self.autorun("show", self.id, "--cost", "--json")["total"]


@pytest.mark.parametrize("most, ends", [("$10", "FINISHED"), ("$0.05", "FAILED")])
def test_a_question_that_never_ended_is_told_and_counted(runner, most, ends):
    killed = Killed(
        runner,
        [[HOLD], GOOD],
        f"""automation "Killed"
max_cost {most}
START begin -> ask
LLM_CALL ask -> end {{
  timeout: 60s
  prompt_template {{ model: "gpt-x", user: "Hello", max_tokens: 290 }}
}}
""",
    )
    # Before anybody goes on with it, it is known already who was asked.
    (begun,) = killed.events("asking")
    assert begun["model"] == "gpt-x" and begun["provider"] == "openai" and LOST[0] <= begun["dollars_at_most"] <= LOST[1]
    cost = killed.cost()
    assert (cost["calls"], cost["dollars"], cost["calls_of_unknown_price"]) == (1, None, 1)
    record = killed.autorun("resume", killed.id, "--json")
    assert record["status"] == ends, record["error"]
    if ends == "FAILED":
        assert "max_cost" in record["error"] and len(killed.seen()) == 1
        return
    calls = killed.events("model")
    assert [one["broken_off"] for one in calls] == [True, False]
    assert calls[0]["dollars"] is None and LOST[0] <= calls[0]["dollars_at_most"] <= LOST[1]
    assert "is not known" in calls[0]["note"] and calls[0]["model"] == "gpt-x"


@pytest.mark.parametrize("result", ["", "result: int"])
def test_the_model_that_stands_in_is_told_before_it_is_asked(runner, result):
    """The first model's reply is cut and paid for; the process dies while the second is asked."""
    killed = Killed(
        runner,
        [CUT, [HOLD], GOOD],
        f"""automation "Killed"
max_cost $10
START begin -> ask
LLM_CALL ask -> end {{
  timeout: 60s
  {result}
  prompt_template {{ model: ["gpt-x", "gpt-y"], user: "Hello", max_tokens: 290 }}
}}
""",
        asked=2,
    )
    assert [one["model"] for one in killed.events("asking", "model")] == ["gpt-x", "gpt-x", "gpt-y"]
    assert LOST[0] <= killed.events("asking")[1]["dollars_at_most"] <= LOST[1]
    cost = killed.cost()
    assert (cost["calls"], cost["calls_of_unknown_price"]) == (2, 1)


def test_a_search_tells_whom_it_asks(runner):
    """The query was answered; of the documents' two batches one was, and nobody knows what came of the other."""

    def answer(request):
        texts = request.json["input"]
        if "second" in texts[0]:
            return [HOLD]
        vectors = [{"index": place, "embedding": [1, 0]} for place in range(len(texts))]
        return whole(json.dumps({"data": vectors, "usage": {"prompt_tokens": 7, "total_tokens": 7}}))

    killed = Killed(
        runner,
        [answer],
        """automation "Killed"
max_cost $10
START begin -> find
EMBEDDING_SEARCH find -> end {
  timeout: 60s
  prompt_template { model: "openai/e", query: "What?", documents: ["the first piece", "the second piece"] }
}
""",
        asked=3,
        settings="[provider.openai]\nembed_batch = 1\n",
    )
    begun = killed.events("asking")
    assert {one["model"] for one in begun} == {"openai/e"} and [one["batch"] for one in begun] == [0, 0, 1]
    assert all(one["dollars_at_most"] > 0 for one in begun)
    cost = killed.cost()
    assert cost["calls"] == 3 and 1 <= cost["calls_of_unknown_price"] <= 2
