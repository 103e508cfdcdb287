#!/bin/sh
# Fuzzes each target for so many seconds (10 without a number), from the corpus: all examples, fixtures and code pages.
# What a target falls over is left as crash-* or timeout-* in .build-fuzz, and the exit code says so.
set -eu
cd "$(dirname "$0")/.."
seconds=${1:-10}
mkdir -p .build-fuzz
# These targets need few packages, and the build would write the versions of the others out of the file.
cp Package.resolved .build-fuzz/Package.resolved
trap 'cp .build-fuzz/Package.resolved Package.resolved' EXIT
FUZZ=1 swift build -c release --scratch-path .build-fuzz --sanitize fuzzer >.build-fuzz/build.log 2>&1 || {
    tail -n 20 .build-fuzz/build.log >&2
    exit 1
}
corpus=.build-fuzz/corpus
mkdir -p $corpus/auto $corpus/cel $corpus/form $corpus/css $corpus/html $corpus/json $corpus/rpc
for file in Examples/*.auto Tests/AutoCheckerTests/Fixtures/*.auto; do cp "$file" "$corpus/auto/$(basename "$file")"; done
# The expressions of the files are the corpus of CEL.
python3 - $corpus <<'PYTHON'
import pathlib, re, sys
folder = pathlib.Path(sys.argv[1])
found = set()
for path in [*pathlib.Path("Examples").glob("*.auto"), *pathlib.Path("Tests").rglob("*.swift")]:
    text = path.read_text(errors="replace")
    found |= set(re.findall(r"\$\{([^{}\n]{1,200})\}", text)) | set(re.findall(r"(?:when|value:|expect) ([^\n]{1,200})", text))
    found |= set(re.findall(r'^\s*\("((?:[^"\\]|\\.){1,200})"', text, re.M))
for number, expression in enumerate(sorted(found)):
    (folder / "cel" / str(number)).write_text(expression.replace('\\"', '"'))
# The selectors of the tests are the corpus of Selector.
css = set()
for path in [*pathlib.Path("Tests/PagesTests").glob("Sel*.swift"), *pathlib.Path("Tests/ProgramsTests").glob("CSS*.swift")]:
    css |= set(re.findall(r'"((?:[^"\\\n]|\\.){1,100})"', path.read_text()))
for number, selector in enumerate(sorted(css)):
    (folder / "css" / str(number)).write_text(selector.replace('\\"', '"').replace("\\\\", "\\"))
pages = re.findall(r'"((?:[^"\\\n]|\\.)*<(?:[^"\\\n]|\\.)*)"', pathlib.Path("Tests/PagesTests/HTMLTreeTests.swift").read_text())
for number, page in enumerate(sorted(set(pages))):
    (folder / "html" / str(number)).write_text(page)
# The texts of the reader's own tests are the corpus of the reader.
for path in pathlib.Path("Tests/WrittenJSONTests").glob("*.swift"):
    for number, text in enumerate(re.findall(r'#?"((?:[^"\n]|\\"){4,300})"#?', path.read_text())):
        (folder / "json" / f"{path.stem}{number}").write_text(text)
# So are those of the messages' tests.
for number, text in enumerate(re.findall(r'#"(.+?)"#', pathlib.Path("Tests/MCPTests/RPCMessageTests.swift").read_text())):
    (folder / "rpc" / str(number)).write_text(text)
for path in pathlib.Path("Tests/AutoRuntimeTests/StoredForms").glob("*.hex"):
    (folder / "form" / path.stem).write_bytes(bytes.fromhex(path.read_text()))
PYTHON
status=0
for target in Lexer Parser CEL Formatter StoredForm Selector HTML WrittenJSON RPCMessage; do
    kind=auto
    [ $target = CEL ] && kind=cel
    [ $target = StoredForm ] && kind=form
    [ $target = Selector ] && kind=css
    [ $target = HTML ] && kind=html
    [ $target = WrittenJSON ] && kind=json
    [ $target = RPCMessage ] && kind=rpc
    mkdir -p .build-fuzz/found-$target
    .build-fuzz/release/Fuzz$target -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=8192 \
        -artifact_prefix=.build-fuzz/$target- -print_final_stats=0 -verbosity=0 \
        .build-fuzz/found-$target $corpus/$kind >.build-fuzz/$target.log 2>&1 || {
        echo "Fuzz$target fell over:" >&2
        # What it ran in, and the input itself: a machine that is gone tomorrow keeps no files.
        grep -E '^(SUMMARY|==|ALARM|Fatal)|^ +#[0-9]+ ' .build-fuzz/$target.log | cut -c 1-160 | head -n 40 >&2
        for found in .build-fuzz/$target-*; do
            [ -f "$found" ] && { echo "$found, in base64:"; base64 -w 0 "$found"; echo; } >&2
        done
        status=1
    }
    echo "Fuzz$target: $seconds s, $(ls .build-fuzz/found-$target | wc -l) inputs of interest"
done
exit $status
