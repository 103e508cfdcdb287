"""The main text of real pages, as WEB_SCRAPE reads it, beside trafilatura and readability, in one run.

F1 over runs of four words, as the public benchmark of article extraction counts it: precision and recall of each page, their
means over all pages, and F1 of the means. Pages a second count reading, choosing and writing, on one page at a time."""

import collections
import gzip
import json
import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGES = ROOT.parent / "shared" / "corpora" / "pages"
WORDS = re.compile(r"\w+")

# Runs in the specialists' own Python: reads a list of files, writes their texts and the seconds that each reader took.
READERS = """
import json, sys, time
import lxml.html, readability, trafilatura
pages = [open(path, "rb").read() for path in sys.argv[1:]]
def plain(page):
    return lxml.html.fromstring(readability.Document(page.decode("utf-8", "replace")).summary()).text_content()
def article(page):
    return trafilatura.extract(page, include_comments=False) or ""
result = {}
for name, read in (("trafilatura", article), ("readability", plain)):
    read(pages[0])
    began = time.perf_counter()
    texts = [read(page) for page in pages]
    result[name] = {"texts": texts, "seconds": time.perf_counter() - began}
json.dump(result, sys.stdout)
"""


def runs(text):
    words = WORDS.findall(text or "")
    if len(words) < 4:
        return collections.Counter([tuple(words)] if words else [])
    return collections.Counter(zip(words, words[1:], words[2:], words[3:]))


def score(texts, truths):
    """F1 of the mean precision and the mean recall."""
    precisions, recalls = [], []
    for text, truth in zip(texts, truths):
        found, wanted = runs(text), runs(truth)
        common = sum((found & wanted).values())
        precisions.append(common / found.total() if found else float(not wanted))
        recalls.append(common / wanted.total() if wanted else float(not found))
    precision, recall = sum(precisions) / len(precisions), sum(recalls) / len(recalls)
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def specialists(work, files):
    """What the specialists read, from a Python of their own, which is made when it is first needed."""
    venv = ROOT / ".build" / "venv-pages"
    if not (venv / "made").exists():
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
        wanted = ["trafilatura", "readability-lxml", "lxml_html_clean"]
        subprocess.run([venv / "bin" / "pip", "install", "-q", "--upgrade", "pip"], check=True)
        subprocess.run([venv / "bin" / "pip", "install", "-q", *wanted], check=True)
        (venv / "made").touch()
    script = work / "readers.py"
    script.write_text(READERS)
    out = subprocess.run([venv / "bin" / "python", script, *files], capture_output=True, text=True, check=True)
    return json.loads(out.stdout)


def ours(autorun, work, files):
    """The texts that one run reads from all the pages, and the seconds that it takes more than a run without them."""
    rounds = 3
    names = ", ".join(f'"{path.relative_to(work)}"' for path in files)

    def automation(name, pages):
        path = work / name
        path.write_text(f"""automation "Read"
START begin -> read
WEB_SCRAPE read -> end {{
  timeout: 60s
  each: page in [{pages}]
  prompt_template {{ url: "file:" + page, main: true }}
}}
""")
        return path

    def timed(path):
        began = time.perf_counter()
        out = subprocess.run([autorun, "run", path, "--store", ":memory:"], capture_output=True, text=True, check=True)
        return time.perf_counter() - began, out.stdout

    whole, one = automation("read.auto", names), automation("one.auto", names.split(", ")[0])
    times = [(timed(whole), timed(one)) for _ in range(rounds)]
    texts = json.loads(times[0][0][1])
    return texts, min(all_[0] for all_, _ in times) - min(first[0] for _, first in times)


def readers(autorun, work, row):
    """Prints a row for each reader and one for what is wanted of ours; `row` takes a row's cells."""
    if not PAGES.exists():
        return row("main text of pages", "-", "-", "-", "F1 0.96", False)
    truth = json.loads((PAGES / "ground-truth.json").read_text())
    folder = work / "articles"
    folder.mkdir(exist_ok=True)
    files = []
    for index, name in enumerate(truth):
        files.append(folder / f"{index}.html")
        files[-1].write_bytes(gzip.decompress((PAGES / f"{name}.html.gz").read_bytes()))
    bodies = [entry["articleBody"] for entry in truth.values()]
    others = specialists(work, files)
    for name, found in others.items():
        print(f"{name}: F1 {score(found['texts'], bodies):.3f}, {len(files) / found['seconds']:.0f} pages/s")
    texts, seconds = ours(autorun, work, files)
    f1, theirs = score(texts, bodies), score(others["trafilatura"]["texts"], bodies)
    row(f"main text of {len(files)} pages, F1", f"{f1:.3f}", f"{theirs:.3f}", f"{f1 / theirs:.3f}", "0.96 and trafilatura's", f1 >= max(0.96, theirs))
    speed, slow = (len(files) - 1) / seconds, len(files) / others["trafilatura"]["seconds"]
    row("main text, pages/s", f"{speed:.0f}", f"{slow:.0f}", f"{speed / slow:.1f}", "4 times trafilatura", speed >= 4 * slow)
