"""Pages as real servers pack them, and how a guest behaves: cookies, robots.txt, conditions, and turns at a host."""

import gzip
import http.server
import json
import threading
import zlib

import brotli
import pytest
import zstandard

TEXT = "<html><body><h1>Grüße</h1><p>" + "an alle " * 500 + "</p></body></html>"


def bare(body):
    """Deflate without zlib's frame, which some servers send."""
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


PACKED = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "bare": bare,
    "br": brotli.compress,
    "zstd": zstandard.compress,
    "gzip, br": lambda body: brotli.compress(gzip.compress(body)),
    "identity": bytes,
}


class Site(http.server.ThreadingHTTPServer):
    """A server whose pages are functions of what was asked: each gives a status, headers and a body."""

    daemon_threads = True

    def __init__(self):
        self.pages, self.seen, self.lock = {}, [], threading.Lock()
        self.inside, self.most = 0, 0
        super().__init__(("127.0.0.1", 0), SiteHandler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, daemon=True).start()


class SiteHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        site = self.server
        with site.lock:
            site.seen.append((self.path, dict(self.headers)))
            site.inside += 1
            site.most = max(site.most, site.inside)
        page = site.pages.get(self.path.split("?")[0], lambda request: (404, {}, b"none"))
        status, headers, body = page(self)
        with site.lock:
            site.inside -= 1
        self.send_response(status)
        for name, value in headers.items():
            for one in value if isinstance(value, list) else [value]:
                self.send_header(name, one)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def site():
    site = Site()
    yield site
    site.shutdown()
    site.server_close()


def step(name, url, fields="", settings="", target="end"):
    inside = ", ".join(part for part in (f'url: "{url}"', "allow_private: true", fields) if part)
    return f"WEB_SCRAPE {name} -> {target} {{\n  timeout: 30s\n  {settings}\n  prompt_template {{ {inside} }}\n}}\n"


def run(place, steps, *options, first="t", check=True):
    """The result of the last step as it stands in the record, or the error of the session."""
    file = place.file("guest.auto", f'automation "Guest"\nSTART begin -> {first}\n' + steps)
    done = place.run("run", file, "--json", *options, check=False)
    record = json.loads(done.stdout)
    assert not check or record["status"] == "FINISHED", record["error"]
    return record["error"] if record["status"] == "FAILED" else record["steps"][-1]["result"]


@pytest.mark.parametrize("coding", PACKED)
def test_bodies_are_unpacked(place, site, coding):
    name = "deflate" if coding == "bare" else coding
    site.pages["/"] = lambda _: (200, {"Content-Type": "text/html; charset=utf-8", "Content-Encoding": name}, PACKED[coding](TEXT.encode()))
    assert run(place, step("t", site.url + "/", 'select: "h1"')) == "Grüße"
    assert site.seen[0][1]["accept-encoding"] == "gzip, deflate, br, zstd"


@pytest.mark.parametrize(
    "coding, body, words",
    [
        ("gzip", gzip.compress(TEXT.encode())[:-20], "ends before its end"),
        ("br", brotli.compress(TEXT.encode())[:-3], "ends before its end"),
        ("zstd", b"<html>not packed</html>", "is not, or is damaged"),
        ("compress", b"<html>", "`compress`, which is not known here"),
        ("br", brotli.compress(bytes(100 << 20)), "more than 64 MB"),
        ("gzip, br", brotli.compress(gzip.compress(bytes(100 << 20))), "more than 64 MB"),
    ],
    ids=["cut gzip", "cut br", "not packed", "unknown", "bomb", "bomb in a bomb"],
)
def test_what_cannot_be_unpacked_is_told(place, site, coding, body, words):
    site.pages["/"] = lambda _: (200, {"Content-Type": "text/html", "Content-Encoding": coding}, body)
    error = run(place, step("t", site.url + "/"), check=False)
    assert words in error and site.url in error


def test_a_login_lasts_for_the_run(place, site):
    """A page that is only for those who were at another one first, and for no other run."""

    def members(request):
        inside = "session=abc" in (request.headers.get("Cookie") or "")
        return (200, {"Content-Type": "text/html"}, b"<h1>inside</h1>" if inside else b"<h1>outside</h1>")

    site.pages["/members"] = members
    site.pages["/login"] = lambda _: (302, {"Set-Cookie": ["session=abc; Path=/; HttpOnly", "x=y; Domain=com"], "Location": "/members"}, b"")
    both = step("t", site.url + "/login", 'select: "h1"', target="again") + step("again", site.url + "/members", 'select: "h1"')
    assert run(place, both) == "inside"
    assert [path for path, _ in site.seen] == ["/login", "/members", "/members"]
    assert all("x=y" not in (headers.get("cookie") or "") for _, headers in site.seen)
    assert run(place, step("t", site.url + "/members", 'select: "h1"')) == "outside"


def test_robots_are_kept_out(place, site):
    site.pages["/robots.txt"] = lambda _: (200, {"Content-Type": "text/plain"}, b"User-agent: *\nDisallow: /private\n")
    site.pages["/private"] = site.pages["/open"] = lambda _: (200, {"Content-Type": "text/html"}, b"<h1>page</h1>")
    assert run(place, step("t", site.url + "/private", 'select: "h1"')) == "page"
    place.file("autorun.toml", "[network]\nrobots = true\n")
    error = run(place, step("t", site.url + "/private", 'select: "h1"'), check=False)
    assert "line 2, `Disallow: /private`" in error
    assert run(place, step("t", site.url + "/private", 'select: "h1", robots: false')) == "page"
    assert run(place, step("t", site.url + "/open", 'select: "h1"')) == "page"
    assert [path for path, _ in site.seen] == ["/private", "/robots.txt", "/private", "/robots.txt", "/open"]


def test_a_kept_page_is_asked_about(place, site):
    def page(request):
        if request.headers.get("If-None-Match") == '"1"':
            return 304, {"ETag": '"1"'}, b""
        return 200, {"Content-Type": "text/html", "ETag": '"1"'}, TEXT.encode()

    site.pages["/"] = page
    steps = step("t", site.url + "/", 'select: "h1"', "cache: true")
    assert [run(place, steps) for _ in range(3)] == ["Grüße"] * 3
    assert run(place, steps, "--no-cache") == "Grüße"
    assert [headers.get("if-none-match") for _, headers in site.seen] == [None, '"1"', '"1"', None]


def test_so_many_are_asked_for_at_once(place, site):
    """Work is counted, not timed: a page waits until another one is inside too, or has waited long enough to be alone."""
    place.file("autorun.toml", '[network]\nper_host = 2\nuser_agent = "acme/1.0"\n')
    together = threading.Event()

    def page(_):
        with site.lock:
            if site.inside >= 2:
                together.set()
        together.wait(10)
        return 200, {"Content-Type": "text/html"}, b"<h1>page</h1>"

    site.pages["/"] = page
    many = step("t", site.url + "/?${i}", 'select: "h1"', "each: i in [1, 2, 3, 4, 5, 6, 7, 8]\n  at_once: 8")
    run(place, many)
    assert len(site.seen) == 8 and site.most == 2
    assert {headers["user-agent"] for _, headers in site.seen} == {"acme/1.0"}


def test_the_response_stands_beside_the_page(place, site):
    site.pages["/"] = lambda _: (302, {"Location": "/gone#top"}, b"")
    site.pages["/gone"] = lambda _: (404, {"Content-Type": "text/html; charset=utf-8"}, b"<h1>gone</h1>")
    read = json.loads(run(place, step("t", site.url + "/", 'select: { title: "h1" }, response: true')))
    assert read == {"status": 404, "url": site.url + "/gone#top", "type": "text/html", "page": {"title": "gone"}}
    assert "404" in run(place, step("t", site.url + "/", 'select: { title: "h1" }'), check=False)


def test_retry_after_is_obeyed(place, site):
    def page(_):
        return (200, {"Content-Type": "text/html"}, b"<h1>page</h1>") if len(site.seen) > 1 else (503, {"Retry-After": "1"}, b"")

    site.pages["/"] = page
    assert run(place, step("t", site.url + "/", 'select: "h1"', "retry: { attempts: 2 }")) == "page"
    assert len(site.seen) == 2
