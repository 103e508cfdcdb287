"""What is killed leaves nothing behind: the processes that parse and compute for it end with it."""

import os
import select
import subprocess

import pytest

from conftest import BIN, until

ENDLESS = {
    "jq": "DATA_TRANSFORM t -> end { timeout: 60s\n prompt_template { input: 0, jq: 'def f: f; f' } }",
    "page": "WEB_SCRAPE t -> end { timeout: 60s\n prompt_template { html: \"<p>x\", select: \"p\" } }",
    "python": "PYTHON t -> end { timeout: 60s\n prompt_template { code: '''\nwhile True: pass\nresult = 1\n''' } }",
}


def descendants(pid):
    found = []
    for thread in os.listdir(f"/proc/{pid}/task"):
        try:
            children = open(f"/proc/{pid}/task/{thread}/children").read().split()
        except OSError:
            continue
        for child in children:
            found += [int(child), *descendants(child)]
    return found


def is_name(pid, name):
    try:
        return name in open(f"/proc/{pid}/cmdline").read().split("\0")[0]
    except OSError:
        return False


@pytest.mark.parametrize("name, program", [("jq", "worker"), ("python", "python3")])
def test_what_computes_ends_with_what_was_killed(place, name, program):
    file = place.file(f"{name}.auto", f'automation "Endless"\nSTART begin -> t\n{ENDLESS[name]}\n')
    process = subprocess.Popen([BIN / "autorun", "run", file], env=place.environment, stderr=subprocess.DEVNULL)
    until(lambda: any(is_name(pid, program) for pid in descendants(process.pid)), what=program)
    handles = [os.pidfd_open(pid) for pid in descendants(process.pid)]
    process.kill()
    process.wait()
    for handle in handles:
        assert select.select([handle], [], [], 10)[0], "a process lives on"
        os.close(handle)


def test_workers_that_are_kept_end_with_the_server(place):
    file = place.file("page.auto", f'automation "Page"\nSTART begin -> t\n{ENDLESS["page"]}\n')
    server = place.serve(file, token=place.token())
    assert server.ended(server.start(server.automation("Page")))["status"] == "FINISHED"
    workers = descendants(server.process.pid)
    assert any(is_name(pid, "worker") for pid in workers)
    handles = [os.pidfd_open(pid) for pid in workers]
    server.kill()
    for handle in handles:
        assert select.select([handle], [], [], 10)[0], "a worker lives on"
        os.close(handle)
