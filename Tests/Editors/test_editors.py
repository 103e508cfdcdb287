"""The Vim and Neovim plugin in the real editors, the SARIF log against the model of its schema."""

import json
import re
import shutil
import subprocess

import pytest
from conftest import ROOT
from sarif_pydantic import Sarif

BROKEN = """automation "Broken"
input kind: one_of("bug", "other")
START begin -> rute
LOGIC_DECISION route {
  prompt_template {
    bug:   when inputs.kind == "bgu" -> end
    other: else -> end
  }
}
"""


def broken(folder):
    path = folder / "broken.auto"
    path.write_text(BROKEN)
    return path


@pytest.mark.skipif(not shutil.which("vim"), reason="vim is not installed")
def test_vim_make(tmp_path, on_path):
    path = broken(tmp_path)
    out = tmp_path / "out.txt"
    script = tmp_path / "script.vim"
    script.write_text(
        f"""set nomore
set runtimepath^={ROOT}/Grammar/vim
filetype plugin on
syntax on
edit {path}
silent make! %
let found = map(getqflist(), {{_, i -> i.lnum . ':' . i.col . ':' . i.type . ':' . i.nr}})
let groups = map([[3, 1], [4, 20], [6, 33], [1, 13]], {{_, p -> synIDattr(synID(p[0], p[1], 1), 'name')}})
call writefile(found + groups + [&filetype], '{out}')
qall!
"""
    )
    subprocess.run(
        ["vim", "-u", "NONE", "-N", "-n", "-es", "-S", str(script)], env=on_path, timeout=60, stdin=subprocess.DEVNULL
    )
    lines = out.read_text().split()
    assert "3:16:e:101" in lines and "6:32:e:204" in lines
    assert lines[-5:] == ["autoStepType", "autoStepName", "autoText", "autoText", "auto"]


@pytest.mark.skipif(not shutil.which("nvim"), reason="neovim is not installed")
def test_neovim_client(tmp_path, on_path):
    path = broken(tmp_path)
    out = tmp_path / "out.txt"
    script = tmp_path / "script.lua"
    script.write_text(
        f"""
vim.opt.runtimepath:prepend('{ROOT}/Grammar/vim')
vim.cmd('filetype plugin on')
vim.cmd('runtime! plugin/auto_lsp.lua')
vim.cmd('edit {path}')
local found = vim.wait(20000, function() return #vim.diagnostic.get(0) > 0 end, 50)
local lines = {{}}
for _, d in ipairs(vim.diagnostic.get(0)) do
  table.insert(lines, (d.lnum + 1) .. ':' .. (d.col + 1) .. ':' .. d.source)
end
vim.fn.writefile(lines, '{out}')
vim.cmd('qall!')
"""
    )
    home = dict(on_path, HOME=str(tmp_path), XDG_STATE_HOME=str(tmp_path))
    subprocess.run(
        ["nvim", "--headless", "-u", "NONE", "-n", "-c", f"luafile {script}"],
        env=home,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )
    assert {"3:16:autocheck", "6:32:autocheck"} <= set(out.read_text().split())


def test_problem_matcher(tmp_path, autocheck):
    package = json.loads((ROOT / "Grammar/vscode/package.json").read_text())
    pattern = package["contributes"]["problemMatchers"][0]["pattern"]
    shown = subprocess.run([autocheck, "--format", "short", str(broken(tmp_path))], capture_output=True, text=True)
    found = [re.match(pattern["regexp"], line) for line in shown.stdout.splitlines()]
    assert [m.group(pattern["code"]) for m in found] == ["A101", "A204"]


VSCODE = """automation "Greets"
input name: text = "Ada"
START begin -> greet
LLM_CALL greet -> end {
  prompt_template {
    model: "builtin"
    user: inputs.naem
  }
}
test "it greets" {
  replies: { greet: "Hello" }
  expect greet.result == "Hello"
}
"""


def in_vscode(path, autocheck):
    """What the extension shows of a file, in a stand-in of the editor."""
    words = ["node", ROOT / "Tests/Editors/vscode_editor.js", ROOT / "Grammar/vscode/extension.js", autocheck, path]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and done.stdout, done.stderr
    return json.loads(done.stdout)


@pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
def test_the_extension_shows_what_the_server_says(tmp_path, autocheck):
    path = tmp_path / "greets.auto"
    path.write_text(VSCODE)
    told = in_vscode(path, autocheck)
    wrong = next(one for one in told["findings"] if one["code"] == "A102")
    assert "did you mean `name`?" in wrong["words"][1] and wrong["source"] == "autocheck"
    assert "A102" not in {one["code"] for one in told["afterwards"]}
    assert "greet" in told["hover"]["words"][0]["words"][0]
    assert "builtin" in {one["words"][0].strip('"') for one in told["completion"]}
    # Without these two nothing would be offered behind `timeout: `.
    assert {".", ":", " "} <= set(told["triggers"])
    assert told["folds"] and told["tokens"]["words"][0]
    assert [one["words"][0] for one in told["symbols"]] == ["name", "begin", "greet", "it greets"]
    assert any(one["words"][0] == "Replace by `name`" and one["isPreferred"] for one in told["actions"])
    (edits,) = told["renamed"]["files"].values()
    assert len(edits) == VSCODE.count("greet") - VSCODE.count("it greets") and {one["text"] for one in edits} == {"hello"}
    assert "is reserved" in told["refused"]
    assert any(line.endswith(f"'run' '{path}'") or f"run '{path}'" in line for line in told["terminal"])
    assert any("--filter 'it greets'" in line for line in told["terminal"])
    assert told["warnings"] == []


@pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
def test_the_extension_says_that_the_server_is_not_there(tmp_path):
    path = tmp_path / "greets.auto"
    path.write_text(VSCODE)
    (warning,) = in_vscode(path, str(tmp_path / "nowhere"))["warnings"]
    assert "auto.serverPath" in warning


@pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
def test_extension_is_javascript():
    for file in (ROOT / "Grammar/vscode").glob("*.js"):
        subprocess.run(["node", "--check", str(file)], check=True)


def test_textmate_patterns_compile():
    grammar = json.loads((ROOT / "Grammar/vscode/syntaxes/auto.tmLanguage.json").read_text())

    def patterns(node):
        if isinstance(node, dict):
            for key, value in node.items():
                if key in ("match", "begin", "end") and isinstance(value, str):
                    yield value
                else:
                    yield from patterns(value)
        elif isinstance(node, list):
            for item in node:
                yield from patterns(item)

    found = list(patterns(grammar))
    assert len(found) > 25
    for pattern in found:
        # `\\2` in an end stands for what its begin has taken.
        re.compile(re.sub(r"\\([1-9])", "x", pattern))


def test_sarif_is_valid(tmp_path, autocheck):
    shown = subprocess.run([autocheck, "--format", "sarif", str(broken(tmp_path))], capture_output=True, text=True)
    log = json.loads(shown.stdout)
    Sarif.model_validate(log)
    assert log["version"] == "2.1.0" and log["$schema"].endswith("sarif-2.1.0.json")
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [r["ruleId"] for r in run["results"]] == ["A101", "A204"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("error", "warning") and result["message"]["text"]
        region = result["locations"][0]["physicalLocation"]["region"]
        assert 1 <= region["startLine"] <= region["endLine"] and region["startColumn"] >= 1
    change = run["results"][0]["fixes"][0]["artifactChanges"][0]
    assert change["replacements"][0]["insertedContent"]["text"] == "route"
