"""A hostile file can be looked at in safety: under strace, nothing of it is run, nobody is asked, and no file outside its folder is opened."""

import re
import shutil
import subprocess

import pytest

from conftest import BIN

HOSTILE = '''automation "Hostile"
type Other from "../outside.auto"
START begin -> code
PYTHON code -> page { timeout: 5s
  prompt_template { requirements: ["left-pad==1.0"], code: \'\'\'
import os
@print(os.system("touch PWNED"))
def harmless(a=os.system("touch PWNED"), b=[open("PWNED", "w") for _ in "x"]):
    return f"{os.system('touch PWNED')}"
class Evil(metaclass=__import__("os").system("touch PWNED")): pass
result = harmless()
\'\'\' } }
WEB_SCRAPE page -> request { timeout: 5s
  prompt_template { url: "URL/page", allow_private: true, select: { x: xpath("document('file:OUTSIDE')"), y: "p" } } }
REST_API request -> look { timeout: 5s
  prompt_template { url: "URL/rest", allow_private: true } }
DATA_TRANSFORM look -> search { prompt_template { input: 1, jq: 'import "../outside" as $x; $x' } }
EMBEDDING_SEARCH search -> file { prompt_template { query: "x", documents: "../*.auto" } }
DATA_TRANSFORM file -> call { prompt_template { read: "../outside.auto" } }
REST_API call -> picture { prompt_template { automation: "../outside.auto", inputs: {} } }
LLM_CALL picture -> end { timeout: 5s
  prompt_template { model: "openai/m", user: "Hi", images: ["file:../outside.auto", "URL/image.png"], tools: ["../outside.auto", { mcp: "touch PWNED" }] } }
'''

CALL = re.compile(r"(execve|connect|socket|sendto|open|openat|openat2)\((.*)")
# What may be started to compile programs that a file holds: the box, what makes its user, Python, and our own worker.
OURS = ("autocheck", "autorun", "bwrap", "setpriv", "python3", "worker", "autorun-worker")


def can_trace():
    return shutil.which("strace") and subprocess.run(["strace", "-f", "-o", "/dev/null", "true"], capture_output=True).returncode == 0


def calls(trace):
    for line in trace.read_text(errors="replace").splitlines():
        # Calls that did not succeed have opened and started nothing; what goes on in another line begins here.
        found = CALL.search(line)
        if found and " = -1 " not in line:
            yield found[1], found[2]


@pytest.fixture
def hostile(place, peer):
    asked = peer()
    outside = place.folder / "outside.auto"
    outside.write_text('automation "Outside"\ntype Other = text\nSTART begin -> end\n')
    (place.folder / "work").mkdir()
    path = place.folder / "work" / "hostile.auto"
    pwned = place.folder / "pwned"
    path.write_text(HOSTILE.replace("URL", asked.url).replace("PWNED", str(pwned)).replace("OUTSIDE", str(outside)))
    yield path, outside
    assert asked.keys == [] and not pwned.exists()


@pytest.mark.skipif(not can_trace(), reason="needs strace")
@pytest.mark.parametrize("command", [
    ("autocheck",), ("autocheck", "--fix"), ("autorun", "plan"), ("autorun", "fmt"), ("autorun", "export"), ("autorun", "test"), ("autorun", "graph"), ("autorun", "run"),
], ids=" ".join)
def test_nothing_is_run_asked_or_opened(place, hostile, command):
    path, outside = hostile
    trace = place.folder / "trace"
    done = subprocess.run(
        ["strace", "-f", "-qq", "-s", "400", "-o", str(trace), "-e", "trace=execve,connect,socket,sendto,open,openat,openat2", BIN / command[0], *command[1:], path],
        env={**place.environment, "OPENAI_API_KEY": "k"}, capture_output=True, text=True, timeout=60)
    assert done.returncode in (0, 1, 2), done.stderr
    started, sockets, opened = set(), [], []
    for name, words in calls(trace):
        if name == "execve":
            program = words.split('"')[1].rsplit("/", 1)[-1]
            # A shell stands in front of a box for the moment in which this one enters its control group.
            started.add(program if program != "sh" or "cgroup.procs" not in words else "bwrap")
        elif name in ("open", "openat", "openat2"):
            opened.append(words)
        elif "AF_INET" in words or "AF_PACKET" in words:
            sockets.append(words)
    assert started <= set(OURS), started
    assert sockets == []
    assert any("hostile.auto" in one for one in opened), "the trace shows no file"
    assert [one for one in opened if outside.name in one] == []


def test_the_api_checks_in_safety(place, hostile):
    path, _ = hostile
    server = place.serve(token=place.token(), environment={"OPENAI_API_KEY": "k"})
    refused = server.call("POST", "/automations", data=path.read_bytes(), headers={"Content-Type": "text/x-auto"})
    assert refused.status_code == 422 and "A" in refused.text
    # Without what is wrong in it, the rest is taken and not run.
    text = 'automation "Code"\nSTART begin -> code\n' + HOSTILE[HOSTILE.index("PYTHON code"):HOSTILE.index("WEB_SCRAPE")].replace("-> page", "-> end")
    text = text.replace("PWNED", str(place.folder / "pwned"))
    taken = server.call("POST", "/automations", data=text.encode(), headers={"Content-Type": "text/x-auto"})
    assert taken.status_code == 201, taken.text
