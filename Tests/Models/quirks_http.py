"""What goes wrong, or merely differs, below the reply: connections, framing, encodings, limits."""

import email.utils
import json
import time

from fault_server import (
    HOLD,
    RESET,
    Pause,
    head,
    packed,
    streamed,
    until_closed,
    whole,
)
from quirk import fails, gives
from said import TEXT, delta, error, frame, message, says

GOOD = streamed(*says(TEXT))
HALF = [frame(delta("half"))]
SHORT = "timeout: 1500ms\n  retry: { attempts: 1 }"


def bytes_of(frames):
    return [bytes([byte]) for byte in "".join(frames).encode()]


def limited(*headers, status=429, body=error("slow down")):
    return whole(body, status, headers=headers)


def after_a_second(_):
    """A date one or two seconds from now, by the server's own clock."""
    now = time.time()
    return limited(("Date", email.utils.formatdate(now, usegmt=True)), ("Retry-After", email.utils.formatdate(now + 2, usegmt=True)))


def asked_by_post(request):
    right = request.method == "POST" and request.headers.get("authorization") and request.json["messages"]
    return GOOD if right else whole(error("the redirect lost something"), 400)


def moved(status):
    def answer(request):
        if request.path.endswith("/moved"):
            return asked_by_post(request)
        return whole("", status, headers=[("Location", request.path + "/moved")])

    return answer


def echoes_the_key(request):
    key = request.headers["authorization"].split()[1]
    return whole(error(f"Incorrect API key provided: {key}. Again: {key}!"), 401)


PIECES = [
    gives("each-byte-alone", TEXT, streamed(*bytes_of(says(TEXT)))),
    gives("slow-bytes", TEXT, streamed(*[part for byte in bytes_of(says(TEXT, done=False)) for part in (byte, Pause(0.002))])),
    gives("all-in-one-piece", TEXT, streamed("".join(says(*TEXT)))),
    gives("frame-of-a-megabyte", "some words " * 95_000, streamed(*says("some words " * 95_000))),
    gives("reply-of-a-megabyte-at-once", "ü" * 500_000, whole(message("ü" * 500_000))),
    gives("many-frames", "ab " * 5_000, streamed("".join(says(*["ab "] * 5_000)))),
    gives("chunk-extensions", TEXT, streamed(*says(TEXT), extension=b";name=value")),
    gives(
        "trailers", TEXT, streamed(*says(TEXT), end=b"0\r\nServer-Timing: total;dur=5\r\nX-Checksum: 1\r\n\r\n", headers=[("Trailer", "X-Checksum")])
    ),
    gives("http-1.0", TEXT, until_closed(*says(TEXT), version="1.0")),
    gives("until-closed", TEXT, until_closed(*says(TEXT))),
    gives("whole-until-closed", TEXT, until_closed(message(), kind="application/json")),
    gives("early-hints", TEXT, [b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", *GOOD]),
    gives(
        "names-in-lower-case", TEXT, [b"HTTP/1.1 200 OK\r\ncontent-type:text/event-stream\r\nconnection:close\r\n\r\n", "".join(says(TEXT)).encode()]
    ),
    gives("no-reason-phrase", TEXT, [b"HTTP/1.1 200 \r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n", "".join(says(TEXT)).encode()]),
    gives("many-headers", TEXT, streamed(*says(TEXT), headers=[(f"x-note-{n}", "v" * 100) for n in range(60)])),
]

ENCODINGS = [
    gives("gzip-unasked", TEXT, streamed(*packed(*says(TEXT)), headers=[("Content-Encoding", "gzip")])),
    gives("gzip-whole", TEXT, whole(b"".join(packed(message())), headers=[("Content-Encoding", "gzip")])),
    gives("deflate-whole", TEXT, whole(b"".join(packed(message(), wbits=15)), headers=[("Content-Encoding", "deflate")])),
    fails("gzip-error", "request", "the seed is odd", whole(b"".join(packed(error("the seed is odd"))), 400, headers=[("Content-Encoding", "gzip")])),
]

TYPES = [
    gives("stream-as-json", TEXT, streamed(*says(TEXT), kind="application/json")),
    gives("stream-as-text", TEXT, streamed(*says(TEXT), kind="text/plain")),
    gives("stream-without-type", TEXT, streamed(*says(TEXT), kind=None)),
    gives("stream-with-charset", TEXT, streamed(*says(TEXT), kind="text/event-stream; charset=utf-8")),
    gives("json-as-stream", TEXT, whole(message(), kind="text/event-stream")),
    gives("json-as-html", TEXT, whole(message(), kind="text/html")),
    gives("json-without-type", TEXT, whole(message(), kind=None)),
    gives("json-behind-blanks", TEXT, streamed("\n", "\n", Pause(0.05), " \n", message(), "\n\n", kind="application/json")),
    gives("json-behind-a-mark", TEXT, whole("\ufeff" + message())),
    fails(
        "page-in-200",
        "body",
        "Sign in to go on",
        whole("<!DOCTYPE html><html><style>a{}</style><body><p>Sign in to go on</p></body></html>", kind="text/html"),
        tries=3,
    ),
    fails("empty-body", "empty", "empty", whole(""), tries=3),
    fails("no-content", ("status", "empty", "body"), "", [head(204, None, [("Connection", "close")])]),
    fails("null-body", "body", "null", whole("null")),
    fails("cut-json", ("body", "stream"), "", whole(message()[:-30]), tries=3),
    gives("empty-once", TEXT, whole(""), GOOD, tries=2),
    gives("page-once", TEXT, whole("<html><body>502 Bad Gateway</body></html>", kind="text/html"), GOOD, tries=2),
]

BROKEN = [
    gives("closed-before-the-answer-once", TEXT, [], GOOD, tries=2),
    fails("closed-before-the-answer", "network", "", [], tries=3),
    gives("reset-before-the-answer-once", TEXT, [RESET], GOOD, tries=2),
    gives("closed-in-the-head-once", TEXT, [b"HTTP/1.1 200 OK\r\nContent-Ty"], GOOD, tries=2),
    fails("no-http", "network", "", [b"what is this?\r\n\r\n"]),
    fails("cut-between-frames", "stream", "cut off", until_closed(*HALF), tries=3),
    fails("cut-in-a-frame", "stream", "", until_closed(*HALF, 'data: {"choices":[{"delta":{"con'), tries=3),
    fails("cut-in-a-character", "stream", "", until_closed(*HALF, frame(delta(TEXT)).encode()[:-20]), tries=3),
    fails("cut-without-the-last-chunk", ("stream", "network"), "", streamed(*HALF, end=b""), tries=3),
    fails("cut-in-a-chunk", ("stream", "network"), "", streamed(*HALF, end=b"400\r\ndata: {}"), tries=3),
    fails("cut-by-reset", ("stream", "network"), "", streamed(*HALF, Pause(0.05), RESET, end=b""), tries=3),
    fails("shorter-than-it-says", ("stream", "network"), "", [head(200, headers=[("Content-Length", "5000")]), message()[:200].encode()], tries=3),
    gives("cut-once", TEXT, until_closed(*HALF), GOOD, tries=2),
    gives("cut-by-reset-once", TEXT, streamed(*HALF, RESET, end=b""), GOOD, tries=2),
    gives("without-the-last-chunk-but-done", TEXT, streamed(*says(TEXT), end=b""), tries=1),
    gives("reset-behind-the-end", TEXT, streamed(*says(TEXT), Pause(0.2), RESET, end=b""), tries=1),
    gives("open-behind-the-end", TEXT, streamed(*says(TEXT), HOLD), settings="timeout: 5s\n  retry: { attempts: 1 }", tries=1),
    gives("stale-connection", TEXT, whole(error("busy"), 503, keep=True)[:-1] + [Pause(0.05)], GOOD, tries=2),
    gives("kept-connection", TEXT, whole(error("busy"), 503, keep=True), GOOD, tries=2),
    fails("silent", "timeout", "", [HOLD], settings=SHORT),
    fails("silent-behind-the-head", "timeout", "", streamed(HOLD), settings=SHORT),
    fails("stalled", "timeout", "", streamed(*HALF, HOLD), settings=SHORT),
    fails(
        "stalled-with-comments",
        "timeout",
        "",
        streamed(*HALF, *[part for _ in range(40) for part in (": still here\n\n", Pause(0.1))], HOLD),
        settings=SHORT,
    ),
    fails("stalled-in-a-whole-reply", "timeout", "", [head(200, headers=[("Content-Length", "5000")]), b'{"choices": [', HOLD], settings=SHORT),
    gives("stalled-once", TEXT, streamed(*HALF, HOLD), GOOD, settings="timeout: 1500ms\n  retry: { attempts: 2, first_delay: 10ms }", tries=2),
]

REDIRECTS = [
    gives("redirect-307", TEXT, moved(307), moved(307)),
    gives("redirect-308", TEXT, moved(308), moved(308)),
    fails("redirect-without-place", ("status", "redirects"), "", whole("", 307)),
    fails("redirect-for-ever", ("status", "redirects"), "", lambda r: whole("", 307, headers=[("Location", r.path)])),
]

LIMITS = [
    gives(
        "tried-again-unasked",
        TEXT,
        limited(),
        limited(),
        GOOD,
        settings="timeout: 30s",
        tries=3,
    ),
    gives("limited-by-seconds", TEXT, limited(("Retry-After", "1")), GOOD, tries=2, waits=1.0),
    gives("limited-by-part-of-a-second", TEXT, limited(("Retry-After", "1.2")), GOOD, tries=2, waits=1.2),
    gives("limited-by-milliseconds", TEXT, limited(("retry-after-ms", "900"), ("Retry-After", "5")), GOOD, tries=2, waits=0.9),
    gives("limited-by-a-date", TEXT, after_a_second, GOOD, tries=2, waits=0.9),
    gives("limited-until-past", TEXT, limited(("Retry-After", "Wed, 21 Oct 2015 07:28:00 GMT")), GOOD, tries=2),
    gives("limited-by-zero", TEXT, limited(("Retry-After", "0")), GOOD, tries=2),
    gives("limited-by-nonsense", TEXT, limited(("Retry-After", "soon")), GOOD, tries=2),
    gives("limited-by-less-than-nothing", TEXT, limited(("Retry-After", "-1")), GOOD, tries=2),
    gives("limited-by-nothing", TEXT, limited(), GOOD, tries=2),
    gives("limited-by-empty", TEXT, limited(("Retry-After", "")), GOOD, tries=2),
    gives("limited-twice", TEXT, limited(("Retry-After", "0.1")), limited(("Retry-After", "0.1")), GOOD, tries=3),
    fails("limited-for-ever", "rate_limited", "slow down", limited(("Retry-After", "0.1")), tries=3),
    fails("limited-for-a-day", "rate_limited", ("slow down", "24"), limited(("Retry-After", "86400")), tries=1),
    fails(
        "no-credit",
        "rate_limited",
        "exceeded your current quota",
        whole(error("You exceeded your current quota", code="insufficient_quota"), 429),
        tries=1,
    ),
    gives(
        "limited-by-reset-header",
        TEXT,
        limited(("x-ratelimit-remaining-requests", "0"), ("x-ratelimit-reset-requests", "1s")),
        GOOD,
        tries=2,
        waits=1.0,
    ),
    gives(
        "limited-by-gemini",
        TEXT,
        whole(
            json.dumps(
                [
                    {
                        "error": {
                            "code": 429,
                            "message": "Quota exceeded",
                            "status": "RESOURCE_EXHAUSTED",
                            "details": [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "1s"}],
                        }
                    }
                ]
            ),
            429,
        ),
        GOOD,
        tries=2,
        waits=1.0,
    ),
    gives("limited-in-200", TEXT, streamed(frame({"error": {"message": "slow down", "code": 429}})), GOOD, tries=2),
    gives("limited-as-503", TEXT, limited(("Retry-After", "1"), status=503), GOOD, tries=2, waits=1.0),
    gives("status-409-once", TEXT, whole(error("busy"), 409), GOOD, tries=2),
    *[gives(f"status-{status}-once", TEXT, whole(error("busy"), status), GOOD, tries=2) for status in (408, 500, 502, 503, 504, 520, 524, 529)],
    *[
        fails(f"status-{status}-at-once", kind, "no way", whole(error("no way"), status), tries=1)
        for status, kind in (
            (400, "request"),
            (401, "refused"),
            (402, "status"),
            (403, "refused"),
            (404, "model"),
            (405, "status"),
            (422, "request"),
            (451, "status"),
        )
    ],
    fails(
        "should-not-retry",
        "status",
        "broken",
        whole(error("broken"), 500, headers=[("x-should-retry", "false")]),
        tries=1,
    ),
]

KEYS = [
    fails("key-echoed", "refused", "Incorrect API key provided", echoes_the_key, never=("sk-canary",)),
    fails(
        "key-in-a-frame",
        "stream",
        "was refused",
        lambda r: streamed(frame({"error": {"message": f"{r.headers['authorization']} was refused"}})),
        never=("sk-canary",),
    ),
    fails(
        "key-in-a-page",
        "body",
        "The key",
        lambda r: whole(f"<html><body>The key {r.headers['authorization'][7:]} is gone</body></html>", kind="text/html"),
        never=("sk-canary",),
    ),
    fails(
        "key-cut-by-the-limit", "request", "x", lambda r: whole(error("x" * 285 + " " + r.headers["authorization"][7:]), 400), never=("sk-canary",)
    ),
]

ROWS = PIECES + ENCODINGS + TYPES + BROKEN + REDIRECTS + LIMITS + KEYS
