"""A server of models that answers as a table says: byte by byte, where that is wanted, and as wrongly as servers do.

A row of the table is asked below its own path, `/NAME/…`. It answers its first request with its first answer, the next one
with the next, and goes on with the last. An answer is what goes over the wire: bytes, and what happens between them.
"""

import dataclasses
import json
import socket
import struct
import threading
import time
import zlib


@dataclasses.dataclass(frozen=True)
class Pause:
    """The server is slow for so many seconds."""

    seconds: float


HOLD = object()  # The server says no more, and waits until the client goes.
RESET = object()  # The connection breaks, without an orderly end.
KEEP = object()  # The connection stays open for the next request, which must stand last.


@dataclasses.dataclass(frozen=True)
class Request:
    at: float
    method: str
    path: str
    headers: dict
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


class FaultServer:
    def __init__(self, answers):
        """`answers` gives the answers of a row by its name."""
        self.answers, self.requests = answers, {}
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def seen(self, name):
        with self.lock:
            return list(self.requests.get(name, []))

    def close(self):
        self.listener.close()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        connection.settimeout(30)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection, connection.makefile("rb") as reader:
            try:
                while self.exchange(connection, reader):
                    pass
            except OSError:
                pass

    def exchange(self, connection, reader):
        """Answers one request; whether the connection stays open for another."""
        request = read_request(reader)
        if request is None:
            return False
        name = request.path.split("/")[1]
        with self.lock:
            before = self.requests.setdefault(name, [])
            before.append(request)
            answers = self.answers(name)
            answer = answers[min(len(before), len(answers)) - 1]
        if callable(answer):
            answer = answer(request)
        for part in answer:
            if isinstance(part, bytes):
                connection.sendall(part)
            elif isinstance(part, Pause):
                time.sleep(part.seconds)
            elif part is HOLD:
                connection.recv(1)
            elif part is RESET:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            elif part is KEEP:
                return True
        return False


def read_request(reader):
    first = reader.readline().decode("latin-1").split()
    if len(first) < 2:
        return None
    headers = {}
    while line := reader.readline().decode("latin-1").strip():
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    body = b""
    if headers.get("transfer-encoding") == "chunked":
        while size := int(reader.readline().split(b";")[0], 16):
            body += reader.read(size)
            reader.readline()
        reader.readline()
    else:
        body = reader.read(int(headers.get("content-length", 0)))
    return Request(time.monotonic(), first[0], first[1], headers, body)


REASONS = {200: "OK", 204: "No Content", 307: "Temporary Redirect", 308: "Permanent Redirect", 400: "Bad Request", 429: "Too Many Requests"}


def head(status=200, kind="application/json", headers=(), version="1.1"):
    lines = [f"HTTP/{version} {status} {REASONS.get(status, 'Whatever')}"]
    if kind is not None:
        lines.append(f"Content-Type: {kind}")
    lines += [f"{name}: {value}" for name, value in headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def whole(body, status=200, kind="application/json", headers=(), keep=False):
    """An answer in one piece that says how long it is."""
    body = as_bytes(body)
    more = [("Content-Length", len(body)), *headers] + ([] if keep else [("Connection", "close")])
    return [head(status, kind, more) + body] + ([KEEP] if keep else [])


def streamed(*pieces, kind="text/event-stream", headers=(), status=200, end=b"0\r\n\r\n", extension=b""):
    """A chunked answer: each piece is a chunk of its own, or what happens between two."""
    parts = [head(status, kind, [("Transfer-Encoding", "chunked"), ("Connection", "close"), *headers])]
    for piece in pieces:
        if isinstance(piece, (bytes, str)):
            data = as_bytes(piece)
            parts += [b"%x%s\r\n%s\r\n" % (len(data), extension, data)] if data else []
        else:
            parts.append(piece)
    return parts + ([end] if end else [])


def until_closed(*pieces, kind="text/event-stream", version="1.1", headers=()):
    """An answer that ends where the connection does."""
    return [head(200, kind, [*headers, ("Connection", "close")], version)] + [
        as_bytes(piece) if isinstance(piece, str) else piece for piece in pieces
    ]


def packed(*pieces, wbits=31):
    """Pieces by gzip (or zlib, with `wbits` 15), each of which can be read as soon as it is there."""
    packer = zlib.compressobj(wbits=wbits)
    done = [packer.compress(as_bytes(piece)) + packer.flush(zlib.Z_SYNC_FLUSH) for piece in pieces]
    return done + [packer.flush()]


def as_bytes(text):
    return text if isinstance(text, bytes) else text.encode()
