"""Servers of models that others wrote, each in a process of its own on a port that the system gives."""

import contextlib
import importlib.util
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent


def free_port():
    """A port that was free a moment ago, for servers that cannot be told to take any."""
    with socket.create_server(("127.0.0.1", 0)) as one:
        return one.getsockname()[1]


@contextlib.contextmanager
def running(command, log, ready=None, url=None, environment={}, seconds=90):
    """A server, until the block ends. It is up when `ready` finds a group in what it writes, or `url` answers."""
    with open(log, "w") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env={**os.environ, **environment}, start_new_session=True)
    try:
        yield wait(process, log, ready, url, seconds)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def wait(process, log, ready, url, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        text = pathlib.Path(log).read_text(errors="replace")
        assert process.poll() is None, text[-3000:]
        if ready and (found := re.search(ready, text)):
            return found.group(1)
        if url and answers(url):
            return url
        time.sleep(0.05)
    raise AssertionError(f"the server was not up within {seconds} s: {pathlib.Path(log).read_text(errors='replace')[-3000:]}")


def answers(url):
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=2) as answer:
            return answer.status < 500
    except OSError:
        return False


def installed(package):
    """The folder of an installed package."""
    return pathlib.Path(importlib.util.find_spec(package).origin).parent


def command(name):
    """A command that a package of this Python brought."""
    return str(pathlib.Path(sys.executable).parent / name)
