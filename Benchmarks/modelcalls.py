"""Typed calls of a model a second, against LiteLLM's Python client with the same validation, on one mock in the same run."""

import json
import multiprocessing
import os
import pathlib
import re
import socket
import statistics
import subprocess
import threading
import time

CALLS, AT_ONCE = 1_000, 32
TICKET = {"kind": "bug", "reason": "it crashes when a file is saved", "urgent": True}
CLIENT = pathlib.Path(__file__).resolve().parent / "litellm_client.py"
PYTHON = CLIENT.parent.parent / ".build-venv-models" / "bin" / "python"


def frames():
    """The reply as a server streams it, a few words at a time."""
    text = json.dumps(TICKET)
    pieces = [{"content": text[start : start + 12]} for start in range(0, len(text), 12)]
    parts = [
        {
            "id": "c",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": "mock",
            "choices": [{"index": 0, "delta": piece, "finish_reason": None}],
        }
        for piece in pieces
    ]
    parts.append(
        {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "mock", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    )
    parts.append(
        {
            "id": "c",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": "mock",
            "choices": [],
            "usage": {"prompt_tokens": 9, "completion_tokens": 20, "total_tokens": 29},
        }
    )
    return b"".join(b"data: " + json.dumps(part).encode() + b"\n\n" for part in parts) + b"data: [DONE]\n\n"


STREAMED = frames()
WHOLE = json.dumps(
    {
        "id": "c",
        "object": "chat.completion",
        "created": 1,
        "model": "mock",
        "usage": {"prompt_tokens": 9, "completion_tokens": 20, "total_tokens": 29},
        "choices": [{"index": 0, "message": {"role": "assistant", "content": json.dumps(TICKET)}, "finish_reason": "stop"}],
    }
).encode()


def answer(kind, body):
    return b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n" % (kind, len(body)) + body


ANSWERS = {True: answer(b"text/event-stream", STREAMED), False: answer(b"application/json", WHOLE)}


def serve(listener):
    """Answers every request of every connection with the same reply; nothing is read of a request but where it ends."""

    def connection(peer):
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        waiting = b""
        try:
            while True:
                while (end := waiting.find(b"\r\n\r\n")) < 0:
                    more = peer.recv(65_536)
                    if not more:
                        return
                    waiting += more
                length = int(re.search(rb"(?i)content-length: *(\d+)", waiting[:end])[1])
                while len(waiting) < end + 4 + length:
                    waiting += peer.recv(65_536)
                body, waiting = waiting[end + 4 : end + 4 + length], waiting[end + 4 + length :]
                peer.sendall(ANSWERS[bool(re.search(rb'"stream": *true', body))])
        except OSError:
            pass

    while True:
        peer, _ = listener.accept()
        threading.Thread(target=connection, args=(peer,), daemon=True).start()


def automation(calls):
    return f"""automation "Typed calls"
START begin -> sort
LLM_CALL sort -> end {{
  each: n in "{"a" * calls}".split("")
  at_once: {AT_ONCE}
  timeout: 60s
  result: {{ kind: one_of("bug", "billing", "other"), reason: text, urgent: bool }}
  prompt_template {{
    model: "mock"
    system: "You sort support tickets."
    user: "It crashes when I save a file."
  }}
}}
"""


def measured(command, environment):
    """Seconds and peak megabytes of a command."""
    began = time.perf_counter()
    process = subprocess.Popen([str(part) for part in command], env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, output[-2_000:]
    return time.perf_counter() - began, usage.ru_maxrss / 1024, output


def models(binary, work, row):
    if not PYTHON.exists():
        raise SystemExit("LiteLLM is missing: `make .build-venv-models/made` installs it")
    listener = socket.create_server(("127.0.0.1", 0), backlog=1_024)
    server = multiprocessing.get_context("fork").Process(target=serve, args=(listener,), daemon=True)
    server.start()
    base = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
    environment = {
        **os.environ,
        "OPENAI_BASE_URL": base,
        "OPENAI_API_KEY": "key-of-the-mock",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "NO_COLOR": "1",
    }
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        environment.pop(name, None)

    def ours(calls, store=":memory:"):
        path = work / f"typed{calls}.auto"
        path.write_text(automation(calls))
        seconds, memory, output = measured([binary, "run", path, "--store", store], environment)
        assert output.count(TICKET["reason"]) == calls
        return seconds, memory

    # Starting up is no part of a call, for either of the two.
    start = min(ours(1)[0] for _ in range(3))
    runs = [ours(CALLS) for _ in range(3)]
    own = CALLS / (statistics.median(seconds for seconds, _ in runs) - start)
    theirs = statistics.median(float(measured([PYTHON, CLIENT, base, CALLS, AT_ONCE], environment)[2]) for _ in range(3))
    row(
        f"{CALLS:,} typed calls, {AT_ONCE} at once",
        f"{own:,.0f} /s",
        f"{theirs:,.0f} /s by LiteLLM",
        f"{own / theirs:.1f}",
        "at least 5",
        own >= 5 * theirs,
    )
    few, many = (ours(count, work / f"typed{count}.sqlite")[1] for count in (CALLS, 4 * CALLS))
    row(f"memory of {4 * CALLS:,} of them", f"{many:.0f} MB", f"{few:.0f} MB for {CALLS:,}", f"{many / few:.2f}", "at most 1.25", many <= 1.25 * few)
    server.terminate()
