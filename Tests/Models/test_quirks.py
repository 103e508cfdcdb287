"""Each row of the tables: no server's quirk gives a wrong value without a word, and none loses the server's words."""

import pytest
import quirks_anthropic
import quirks_claude
import quirks_errors
import quirks_gateways
import quirks_http
import quirks_labels
import quirks_openai
import quirks_refusals
import quirks_reports
from conftest import KEY
from fault_server import FaultServer

TABLES = (quirks_openai, quirks_anthropic, quirks_errors, quirks_http, quirks_reports, quirks_refusals, quirks_claude, quirks_gateways, quirks_labels)
ROWS = [row for table in TABLES for row in table.ROWS]
BY_NAME = {row.name: row for row in ROWS}


@pytest.fixture(scope="module")
def server():
    server = FaultServer(lambda name: BY_NAME[name].answers)
    yield server
    server.close()


def test_each_row_has_a_name_of_its_own():
    assert len(BY_NAME) == len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_quirk(row, server, runner):
    addresses = (
        {"OPENAI_BASE_URL": f"{server.url}/{row.name}/v1", "OPENAI_API_KEY": KEY}
        if row.provider == "openai"
        else {"ANTHROPIC_BASE_URL": f"{server.url}/{row.name}", "ANTHROPIC_API_KEY": KEY}
    )
    came, done = runner.ask(row.model, result=row.result, settings=row.settings, fields=row.fields, **addresses)
    seen = server.seen(row.name)
    if row.kind:
        kinds = (row.kind,) if isinstance(row.kind, str) else row.kind
        assert came.get("kind") in kinds, shortened(came)
        for words in row.words:
            assert words in came["message"], shortened(came)
    else:
        assert came == {"value": row.gives}, shortened(came)
    for word in row.never:
        assert word not in done.stdout + done.stderr
    if row.tries:
        assert len(seen) == row.tries, shortened(came)
    if row.waits:
        assert seen[1].at - seen[0].at >= row.waits


def shortened(value):
    """A value that came, short enough to be read."""
    text = str(value)
    return text if len(text) < 500 else f"{text[:400]} … ({len(text)} characters)"
