"""The page colours an automation's text as the language server does, which reads it with the language's own lexer."""

import json
import re
import subprocess

from browser import browse, needs_browser
from conftest import BIN, ROOT

pytestmark = needs_browser
__all__ = ["browse"]

# What stands in no example: prefixes of texts, names with words of the language, programs beside fields of their names.
RARE = r'''
automation "Rare"
input text: text = R"a ${b} \"
input data: bytes = "${'x'}"
type Verdict from "triage.auto"

START begin -> run, look, ask
PYTHON run -> end {
  on_error -> ask
  prompt_template {
    inputs: { code: "${inputs.text} # no comment", of: { regex: "${"in ${inputs.text} a text"}" } }
    code: """
      print("${x}", '\')  # }
    """
  }
}
WEB_SCRAPE look -> end {
  prompt_template { url: "https://a.example/${inputs.text}" select: { name: "a[href='\']", all: [xpath("//a[.='${b}']")] } }
}
DATA_TRANSFORM ask -> end {
  result: text
  prompt_template { input: "$${no} \" ${inputs.text}" regex: '\d+"' }
}
'''


def lines_of(text):
    """The lines as lists of UTF-16 units, in which both sides count."""
    return [line.encode("utf-16-le") for line in text.split("\n")]


def units(line, start, length):
    return line[2 * start : 2 * (start + length)].decode("utf-16-le")


class LanguageServer:
    def __enter__(self):
        self.process = subprocess.Popen([BIN / "autocheck", "lsp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        answer = self.ask(1, "initialize", {"processId": None, "rootUri": None, "capabilities": {}})
        self.legend = answer["capabilities"]["semanticTokensProvider"]["legend"]["tokenTypes"]
        self.send({"method": "initialized", "params": {}})
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.kill()
        self.process.wait()

    def send(self, message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def ask(self, number, method, params):
        self.send({"id": number, "method": method, "params": params})
        while True:
            length = 0
            while line := self.process.stdout.readline().strip():
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            assert length, "the language server has ended"
            message = json.loads(self.process.stdout.read(length))
            if message.get("id") == number and "method" not in message:
                return message["result"]

    def tokens(self, number, text):
        """Line, column, kind and text of each token."""
        uri = f"file:///tmp/{number}.auto"
        self.send({"method": "textDocument/didOpen", "params": {"textDocument": {"uri": uri, "languageId": "auto", "version": 1, "text": text}}})
        data = self.ask(number, "textDocument/semanticTokens/full", {"textDocument": {"uri": uri}})["data"]
        lines, line, column, found = lines_of(text), 0, 0, []
        for at in range(0, len(data), 5):
            below, right, length, kind, _ = data[at : at + 5]
            line, column = line + below, right + (0 if below else column)
            found.append((line, column, self.legend[kind], units(lines[line], column, length)))
        return found


def parts_of_page(tokens):
    """The same of the page's tokens, line by line."""
    line, column, found = 0, 0, []
    for token in tokens:
        for number, piece in enumerate(token["text"].split("\n")):
            if number:
                line, column = line + 1, 0
            found.append((line, column, token["kind"], piece))
            column += len(piece.encode("utf-16-le")) // 2
    return found


def marked(tokens, kinds, blanks=False):
    """Every place in tokens of these kinds, blanks left out: whether those of an empty line are marked is all the same."""
    return {
        (line, column + place, unit)
        for line, column, kind, text in tokens
        if kind in kinds
        for place, unit in enumerate(text)
        if not unit.isspace()
    }


def test_the_page_colours_what_the_lexer_reads(served, browse):
    browser = browse()
    browser.sign_in(served)
    texts = {path.name: path.read_text() for path in sorted((ROOT / "Examples").rglob("*.auto"))} | {"rare": RARE}
    assert len(texts) > 10
    with LanguageServer() as server:
        for number, (name, text) in enumerate(texts.items(), 2):
            script = "const [text, done] = arguments; import('/text.js').then((page) => done(page.tokens(text)))"
            compare(name, text, browser.driver.execute_async_script(script, text), server.tokens(number, text))


def compare(name, text, tokens, lexed):
    assert "".join(token["text"] for token in tokens) == text, name
    page = parts_of_page(tokens)
    assert marked(page, ["note"]) == marked(lexed, ["comment"]), name
    # The signs around an expression are the text's to the lexer; the page shows them as signs.
    braces = [part if part[3] not in ("${", "}") or part[2] != "arrow" else (*part[:2], "text", part[3]) for part in page]
    assert marked(braces, ["text"]) == marked(lexed, ["string", "regexp"]), name
    steps = {part for part in lexed if part[2] == "keyword" and re.fullmatch("[A-Z_]+", part[3])}
    assert marked(page, ["step"]) == marked(steps, ["keyword"]), name
    # `true`, `false` and `null` are values on the page.
    words = [part for part in lexed if part not in steps and part[3] not in ("true", "false", "null")]
    assert marked(page, ["word"]) == marked(words, ["keyword"]) | marked([p for p in page if p[3] == "on_error"], ["word"]), name
    known = re.search('const types = "([^"]*)"', (ROOT / "Sources/AutoServer/Page/text.js").read_text())[1].split("|")
    assert marked(page, ["kind"]) == marked([part for part in lexed if part[3] in known], ["type"]), name
