"""Speaks the language server protocol to `autocheck lsp`, by pytest-lsp and lsprotocol."""

import sys

import pytest
import pytest_lsp
from conftest import BIN, ROOT
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException
from pytest_lsp import ClientServerConfig, LanguageClient

URI = "file:///work/sample.auto"
TEXT = (ROOT / "Examples" / "support-triage.auto").read_text()


@pytest_lsp.fixture(config=ClientServerConfig(server_command=[str(BIN / "autocheck"), "lsp"]))
async def client(lsp_client: LanguageClient):
    await lsp_client.initialize_session(lsp.InitializeParams(capabilities=lsp.ClientCapabilities()))
    yield
    await lsp_client.shutdown_session()


def document():
    return lsp.TextDocumentIdentifier(uri=URI)


def at(text: str, needle: str, offset: int = 0) -> lsp.Position:
    index = text.index(needle) + offset
    line = text.count("\n", 0, index)
    before = text[text.rfind("\n", 0, index) + 1 : index]
    return lsp.Position(line=line, character=len(before.encode("utf-16-le")) // 2)


async def opened(client: LanguageClient, text: str = TEXT):
    item = lsp.TextDocumentItem(uri=URI, language_id="auto", version=1, text=text)
    client.text_document_did_open(lsp.DidOpenTextDocumentParams(text_document=item))
    await client.wait_for_notification(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)


@pytest.mark.asyncio
async def test_findings_as_one_types(client: LanguageClient):
    await opened(client)
    assert not client.diagnostics[URI]
    start = at(TEXT, "known_bugs\n")
    end = lsp.Position(line=start.line, character=start.character + len("known_bugs"))
    client.text_document_did_change(
        lsp.DidChangeTextDocumentParams(
            text_document=lsp.VersionedTextDocumentIdentifier(uri=URI, version=2),
            content_changes=[
                lsp.TextDocumentContentChangePartial(range=lsp.Range(start=start, end=end), text="knwon_bugs")
            ],
        )
    )
    await client.wait_for_notification(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
    (finding,) = client.diagnostics[URI]
    assert finding.code == "A101" and finding.severity == lsp.DiagnosticSeverity.Error
    assert finding.range.start == start and "did you mean `known_bugs`?" in finding.message

    actions = await client.text_document_code_action_async(
        lsp.CodeActionParams(
            text_document=document(), range=finding.range, context=lsp.CodeActionContext(diagnostics=[finding])
        )
    )
    mend = next(a for a in actions if a.title == "Replace by `known_bugs`")
    assert mend.kind == lsp.CodeActionKind.QuickFix and mend.is_preferred
    assert mend.edit.changes[URI][0].new_text == "known_bugs"
    assert not any(a.title == "Silence A101 here" for a in actions)


@pytest.mark.asyncio
async def test_hover(client: LanguageClient):
    await opened(client)

    async def hover(needle, offset=0):
        params = lsp.HoverParams(text_document=document(), position=at(TEXT, needle, offset))
        found = await client.text_document_hover_async(params)
        return found.contents.value if found else ""

    assert 'classify.result.kind: one_of("bug", "billing", "other")' in await hover("classify.result.kind", 18)
    assert "classify.result: Verdict" in await hover("classify.result.kind", 2)
    assert "`timeout`" in await hover("timeout")
    assert "how the model shall behave" in await hover("system:")
    assert "Asks a model" in await hover("LLM_CALL classify")
    assert "What the customer wrote" in await hover("inputs.ticket", 8)


@pytest.mark.asyncio
async def test_names(client: LanguageClient):
    await opened(client)
    place = dict(text_document=document(), position=at(TEXT, "classify.result.kind", 3))
    found = await client.text_document_definition_async(lsp.DefinitionParams(**place))
    assert found.range.start == at(TEXT, "classify -> route")
    references = await client.text_document_references_async(
        lsp.ReferenceParams(context=lsp.ReferenceContext(include_declaration=True), **place)
    )
    edits = (await client.text_document_rename_async(lsp.RenameParams(new_name="sort", **place))).changes[URI]
    assert len(references) == len(edits) == TEXT.count("classify")
    for name, words in [("a b", "is no name"), ("draft", "the step `draft` is declared"), ("end", "is reserved")]:
        with pytest.raises(JsonRpcException, match=words):
            await client.text_document_rename_async(lsp.RenameParams(new_name=name, **place))


@pytest.mark.parametrize(
    "line, expected",
    [
        ("    x: when classify.", {"result", "prompt", "error", "results"}),
        ("    x: when classify.result.", {"kind", "reason"}),
        ('    x: when classify.result.kind == "', {"bug", "billing", "other"}),
        ("    x: when true -> ", {"known_bugs", "draft", "end"}),
        ("    x: when inputs.", {"ticket", "tier"}),
        ('    question: "about ${inputs.', {"ticket", "tier"}),
        ("    x: when cl", {"classify", "inputs", "size"}),
    ],
)
@pytest.mark.asyncio
async def test_completion(client: LanguageClient, line, expected):
    text = TEXT.replace("    bug: ", line + "\n    bug: ", 1)
    await opened(client, text)
    position = at(text, line, len(line))
    found = await client.text_document_completion_async(
        lsp.CompletionParams(text_document=document(), position=position)
    )
    assert expected <= {item.label for item in found.items}


@pytest.mark.asyncio
async def test_completion_of_steps_settings_fields(client: LanguageClient):
    for line, before, expected in [
        ("", "START", {"LLM_CALL", "input", "type"}),
        ("  ", "  on_error", {"each", "cache", "prompt_template"}),
        ("    te", '    model: "default"', {"temperature", "max_tokens"}),
        ("input x: ", "START", {"text", "one_of", "Verdict"}),
    ]:
        text = TEXT.replace(before, line + "\n" + before, 1)
        await opened(client, text)
        start = at(text, before)
        position = lsp.Position(line=start.line - 1, character=len(line))
        found = await client.text_document_completion_async(
            lsp.CompletionParams(text_document=document(), position=position)
        )
        assert expected <= {item.label for item in found.items}, line


@pytest.mark.asyncio
async def test_outline_folding_formatting(client: LanguageClient):
    await opened(client, TEXT.replace("retry: {", "retry:{"))
    symbols = await client.text_document_document_symbol_async(lsp.DocumentSymbolParams(text_document=document()))
    assert {"ticket", "Verdict", "classify", "draft", "a bug is looked up"} <= {s.name for s in symbols}
    folds = await client.text_document_folding_range_async(lsp.FoldingRangeParams(text_document=document()))
    assert len(folds) > 10 and all(f.end_line > f.start_line for f in folds)
    edits = await client.text_document_formatting_async(
        lsp.DocumentFormattingParams(
            text_document=document(), options=lsp.FormattingOptions(tab_size=2, insert_spaces=True)
        )
    )
    assert len(edits) == 1 and "retry: {" in edits[0].new_text


@pytest.mark.asyncio
async def test_calls_tokens_lenses_links(client: LanguageClient):
    text = TEXT.replace("    bug: ", "    x: when size(\n    bug: ", 1)
    await opened(client, text)
    position = at(text, "when size(", len("when size("))
    call = await client.text_document_signature_help_async(
        lsp.SignatureHelpParams(text_document=document(), position=position)
    )
    assert call.signatures[0].label == "size(value: text) -> int"
    tokens = await client.text_document_semantic_tokens_full_async(
        lsp.SemanticTokensParams(text_document=document())
    )
    assert len(tokens.data) > 500 and len(tokens.data) % 5 == 0
    lenses = await client.text_document_code_lens_async(lsp.CodeLensParams(text_document=document()))
    assert [lens.command.title for lens in lenses[:2]] == ["Run", "Run tests"]
    await client.text_document_document_link_async(lsp.DocumentLinkParams(text_document=document()))
    symbols = await client.workspace_symbol_async(lsp.WorkspaceSymbolParams(query="classify"))
    assert [symbol.name for symbol in symbols] == ["classify"]


@pytest.mark.asyncio
async def test_a_range_is_formatted_alone(client: LanguageClient):
    text = TEXT.replace("retry: {", "retry:{").replace("type Verdict = {", "type Verdict={")
    await opened(client, text)
    edits = await client.text_document_range_formatting_async(
        lsp.DocumentRangeFormattingParams(
            text_document=document(),
            range=lsp.Range(start=at(text, "retry:{"), end=at(text, "retry:{", 3)),
            options=lsp.FormattingOptions(tab_size=2, insert_spaces=True),
        )
    )
    assert len(edits) == 1 and "retry: {" in edits[0].new_text and edits[0].new_text.count("\n") == 1


@pytest.mark.asyncio
async def test_programs_inside_are_compiled_when_typing_rests(client: LanguageClient):
    text = 'automation "T"\ninput a: json\nSTART b -> t\nDATA_TRANSFORM t -> end { prompt_template { input: inputs.a, jq: "map(" } }\n'
    await opened(client, text)
    while not client.diagnostics[URI]:
        await client.wait_for_notification(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
    assert [f.code for f in client.diagnostics[URI]] == ["A602"]


@pytest.mark.asyncio
async def test_columns_are_utf16(client: LanguageClient):
    text = 'automation "T"\nSTART b -> t\nDATA_TRANSFORM t -> end { prompt_template { value: "😀é" + nope } }\n'
    await opened(client, text)
    (finding,) = client.diagnostics[URI]
    assert finding.range.start == at(text, "nope")


if __name__ == "__main__":
    sys.exit(pytest.main([__file__]))
