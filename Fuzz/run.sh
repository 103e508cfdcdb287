#!/bin/sh
# Fuzzes each target for so many seconds (10 without a number), from the corpus: all examples, fixtures and code pages.
# What a target falls over is left as crash-* or timeout-* in .build-fuzz, and the exit code says so.
# FLAGS are the build's, as the Makefile gives them.
set -eu
cd "$(dirname "$0")/.."
seconds=${1:-10}
mkdir -p .build-fuzz
# These targets need few packages, and the build would write the versions of the others out of the file.
[ -f Package.resolved ] || swift package resolve
cp Package.resolved .build-fuzz/Package.resolved
trap 'cp .build-fuzz/Package.resolved Package.resolved' EXIT
# Optimising takes four minutes longer, which a short run does not give back.
if [ "$seconds" -ge 60 ]; then built=release; else built=debug; fi
flags=${FLAGS:-}
[ $built = debug ] && flags="$flags -Xswiftc -Onone"
# A warning stops this build as it stops the gate's, so that nothing fails there that passes here.
# shellcheck disable=SC2086
FUZZ=1 AUTORUN_STRICT=1 swift build -c $built $flags --scratch-path .build-fuzz --sanitize fuzzer >.build-fuzz/build.log 2>&1 || {
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
fuzz() { # fuzz TARGET KIND_OF_CORPUS
    mkdir -p ".build-fuzz/found-$1"
    .build-fuzz/$built/Fuzz"$1" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=8192 \
        -artifact_prefix=".build-fuzz/$1-" -print_final_stats=0 -verbosity=0 \
        ".build-fuzz/found-$1" "$corpus/$2" >".build-fuzz/$1.log" 2>&1 || {
        echo "Fuzz$1 fell over:" >&2
        # What it ran in, and the input itself: a machine that is gone tomorrow keeps no files.
        grep -E '^(SUMMARY|==|ALARM|Fatal)|^ +#[0-9]+ ' ".build-fuzz/$1.log" | cut -c 1-160 | head -n 40 >&2
        for found in .build-fuzz/"$1"-*; do
            [ -f "$found" ] && { echo "$found, in base64:"; base64 -w 0 "$found"; echo; } >&2
        done
        return 1
    }
    echo "Fuzz$1: $seconds s, $(ls ".build-fuzz/found-$1" | wc -l) inputs of interest"
}
status=0
# Two at a time, each on a processor of its own.
set -- Lexer auto Parser auto CEL cel Formatter auto StoredForm form Selector css HTML html WrittenJSON json RPCMessage rpc
while [ $# -gt 0 ]; do
    fuzz "$1" "$2" &
    first=$!
    shift 2
    if [ $# -gt 0 ]; then
        fuzz "$1" "$2" || status=1
        shift 2
    fi
    wait "$first" || status=1
done
exit $status
