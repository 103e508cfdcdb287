"""A page that is written as Markdown is the same page again when a reader of Markdown reads it: for pages made by chance, of texts
that are full of Markdown's own signs."""

import html
import html.parser
import json
import random
import re

import markdown_it

SIGNS = list("*_[]()#+-.>|~<&`!\\=:\"' 12ab") + [
    "](", "![", "```", "~~~", "1. ", "- ", "# ", "**", "_a_", "&amp;", "<b>", "---", "===", "| a |", "[x] ", "é", "—", "“", "日", "a b", "://"]
TAGS = {"b": "strong", "em": "em", "del": "del", "a": "a", "sub": "sub"}
# The same mark by another name.
NAMES = {**TAGS, "s": "del"}


class Pages:
    """Makes pages by chance, the same ones for the same number."""

    def __init__(self, number):
        self.random = random.Random(number)

    def text(self):
        return html.escape("".join(self.random.choice(SIGNS) for _ in range(self.random.randint(1, 8))), quote=False)

    def line(self, around=()):
        parts = []
        for _ in range(self.random.randint(1, 3)):
            kind = self.random.choice(["text", "text", "code", "br", *TAGS])
            if kind == "code":
                parts.append(f"<code>c{self.text()}</code>")
            elif kind == "br" and not around:
                parts.append("k<br>l")
            elif kind in TAGS and kind not in around and len(around) < 3:
                target = " href='http://x.example/a_(b)'" if kind == "a" else ""
                parts.append(f"<{kind}{target}>w{self.line((*around, kind))}</{kind}>")
            else:
                parts.append("t" + self.text())
        return "".join(parts)

    def block(self, depth=0):
        kind = self.random.choice(["p", "p", "h2", "ul", "ol", "blockquote", "pre", "hr", "table"]) if depth < 3 else "p"
        if kind == "hr":
            return "<hr>"
        if kind == "pre":
            return f"<pre>x{self.text()}\n{self.text()}y</pre>"
        if kind == "table":
            cells = "".join(f"<td>{self.line()}</td>" for _ in range(2))
            return f"<table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr>{cells}</tr></tbody></table>"
        if kind == "blockquote":
            return f"<blockquote>{self.block(depth + 1)}{self.block(depth + 1)}</blockquote>"
        if kind in ("ul", "ol"):
            items = [self.random.choice([self.line(), self.block(depth + 1), self.line() + self.block(depth + 1)]) for _ in range(3)]
            return f"<{kind}>{''.join(f'<li>{item}</li>' for item in items)}</{kind}>"
        return f"<{kind}>{self.line()}</{kind}>"


class Structure(html.parser.HTMLParser):
    """What a page is made of, without what may differ: blanks, paragraphs, the groups of a table's rows, and where one mark ends
    and an equal one begins."""

    def __init__(self, text):
        super().__init__()
        self.parts = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        if tag not in ("p", "thead", "tbody"):
            self.parts.append(f"<{NAMES.get(tag, tag)} {dict(attributes).get('href', '')}>")

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)

    def handle_endtag(self, tag):
        if tag not in ("p", "thead", "tbody"):
            self.parts.append(f"</{NAMES.get(tag, tag)}>")

    def handle_data(self, data):
        self.parts.append(html.escape(re.sub(r"\s", "", data)))

    def __str__(self):
        text = "".join(self.parts)
        text = re.sub(r"(<pre >)<code >|</code>(?=</pre>)", r"\1", text)
        return re.sub(r"</(strong|em|del|code|sub)><\1 >", "", text)


def test_pages_turn_back(place):
    pages = ["".join(Pages(number).block() for _ in range(2)) for number in range(400)]
    place.file("pages.auto", """automation "Pages"
input pages: list<text>
START begin -> write
WEB_SCRAPE write -> end {
  each: page in inputs.pages
  prompt_template { html: page, format: "markdown" }
}
""")
    inputs = place.file("inputs.json", json.dumps({"pages": pages}))
    done = place.run("run", str(place.folder / "pages.auto"), "--inputs", inputs, "--json")
    texts = [step["result"] for step in json.loads(done.stdout)["steps"] if step["step"]["name"] == "write"]
    assert len(texts) == len(pages)
    reader = markdown_it.MarkdownIt("commonmark").enable(["table", "strikethrough"])
    wrong = [
        (page, text) for page, text in zip(pages, texts) if str(Structure(page)) != str(Structure(reader.render(text)))]
    assert not wrong, f"{len(wrong)} of {len(pages)} differ; the first is\n{wrong[0][0]}\nwritten as\n{wrong[0][1]}"
