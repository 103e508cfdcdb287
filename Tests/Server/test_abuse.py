"""Clients that mean no good: meanwhile others are answered in time."""

import contextlib
import socket
import ssl
import subprocess
import time

import pytest

from conftest import HELLO, TELL, watcher
from probes import others_are_answered

pytestmark = [pytest.mark.alone, pytest.mark.timeout(600)]


@pytest.fixture
def certificate(place):
    """A certificate and its key for localhost."""
    cert, key = str(place.folder / "cert.pem"), str(place.folder / "key.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-keyout", key, "-out", cert, "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
        check=True, capture_output=True)
    return cert, key


def connect(server):
    host, port = server.url.split("//")[1].split(":")
    return socket.create_connection((host, int(port)), timeout=30)


def test_heads_that_never_end(served):
    with others_are_answered(served):
        slow = [connect(served) for _ in range(500)]
        for one in slow:
            one.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n")
        for _ in range(10):
            for one in slow:
                one.sendall(b"X-A: b\r\n")
            time.sleep(0.1)
    for one in slow:
        one.close()


def test_heads_have_their_time(place):
    server = place.serve("--request-seconds", "1", place.file("hello.auto", HELLO), token=place.token())
    slow, body = connect(server), connect(server)
    slow.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n")
    body.sendall(b"POST /automations HTTP/1.1\r\nHost: x\r\nAuthorization: " + server.session.headers["Authorization"].encode()
                 + b"\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
    for one in (slow, body):
        one.settimeout(10)
        with contextlib.suppress(ConnectionError):
            assert b"200" not in one.recv(1000)


def test_a_body_of_a_gigabyte(served):
    def send(chunked):
        head = b"POST /automations HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: " \
            + served.session.headers["Authorization"].encode() + b"\r\n"
        head += b"Transfer-Encoding: chunked\r\n\r\n" if chunked else b"Content-Length: 1073741824\r\n\r\n"
        part = b"[" * 65_536
        if chunked:
            part = b"10000\r\n" + part + b"\r\n"
        with connect(served) as client:
            client.sendall(head)
            with contextlib.suppress(OSError):
                for _ in range(16_384):
                    client.sendall(part)
            with contextlib.suppress(ConnectionError):
                client.settimeout(10)
                answer = client.recv(4_096)
                assert b" 413 " in answer.split(b"\r\n")[0], answer
                return
    for chunked in (False, True):
        with others_are_answered(served):
            send(chunked)
    assert served.memory() < 150


def test_heads_that_are_too_large(served):
    def refused(head):
        with connect(served) as client:
            with contextlib.suppress(OSError):
                client.sendall(head)
            client.settimeout(10)
            with contextlib.suppress(ConnectionError):
                answer = client.recv(4_096)
                return answer[9:12] if answer else b"cut"
            return b"cut"

    with others_are_answered(served):
        many = b"".join(b"X-%d: y\r\n" % number for number in range(100_000))
        assert refused(b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + many + b"\r\n") in (b"400", b"431", b"cut")
        assert refused(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 10_000_000 + b"\r\n\r\n") in (b"400", b"431", b"cut")
        assert refused(b"GET /" + b"a" * 10_000_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n") in (b"400", b"414", b"431", b"cut")
        assert refused(b"\x00\xff\xfe\r\n\r\n") in (b"400", b"cut")
        assert refused(b"GET /automations/\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n") in (b"400", b"401", b"cut")
        assert refused(b"GET /automations/%ff%00%fe HTTP/1.1\r\nHost: x\r\n\r\n") in (b"401", b"422")
        assert refused(b"GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n") in (b"400", b"404")
        smuggled = b"POST /automations HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /metrics HTTP/1.1\r\n\r\n"
        assert refused(smuggled) in (b"400", b"401", b"cut")


def test_many_connections(served):
    with others_are_answered(served):
        idle = [connect(served) for _ in range(2_000)]
        time.sleep(0.5)
    for one in idle:
        one.close()


def test_many_watchers_of_a_list(served):
    """What changes is read once for all of them."""
    automation = served.automation("Hello")
    with contextlib.ExitStack() as stack:
        for _ in range(1_000):
            stack.enter_context(watcher(served, "/sessions"))
        with others_are_answered(served, within=5):
            for _ in range(20):
                served.ended(served.start(automation))
    assert served.memory() < 300


def test_a_watcher_that_reads_nothing(place, model):
    """It falls behind, and is let go, rather than having everything kept for it."""
    words = [400 * "word "] * 5_000
    server = place.serve(place.file("tell.auto", TELL), token=place.token(), environment=model(words))
    path = server.start(server.automation("Tell"))
    server.waiting(path)
    with watcher(server, path) as one:
        with others_are_answered(server):
            server.call("PATCH", path + "/user_input", json={"user_input": "words"})
            assert server.ended(path, seconds=120)["status"] == "FINISHED"
        seen = 0
        while part := one.recv(1 << 20):
            seen += part.count(b"event: text")
        assert 0 < seen < len(words), seen


def test_tls_and_http2(place, certificate):
    cert, key = certificate
    server = place.serve(place.file("hello.auto", HELLO), "--tls-cert", cert, "--tls-key", key, token=place.token())
    assert server.url.startswith("https://127.0.0.1:")
    server.session.verify = cert
    assert server.ended(server.start(server.automation("Hello")))["status"] == "FINISHED"
    assert http2(server, cert, flood=0) > 0


def test_a_flood_of_http2_resets(place, certificate):
    cert, key = certificate
    server = place.serve(place.file("hello.auto", HELLO), "--tls-cert", cert, "--tls-key", key, token=place.token())
    plain = place.serve(place.file("hello.auto", HELLO), token=None)
    http2(server, cert, flood=20_000)
    server.session.verify = cert
    began = time.monotonic()
    assert server.get("/healthz").status_code == 200
    assert time.monotonic() - began < 2 and server.memory() < 200
    assert plain.get("/healthz").status_code == 200


def http2(server, cert, flood):
    """Asks over HTTP/2, then resets so many streams at once; gives the bytes of the answer."""
    import h2.config
    import h2.connection
    import h2.events

    context = ssl.create_default_context(cafile=cert)
    context.set_alpn_protocols(["h2"])
    port = int(server.url.rsplit(":", 1)[1])
    with context.wrap_socket(socket.create_connection(("127.0.0.1", port), timeout=20), server_hostname="localhost") as client:
        assert client.selected_alpn_protocol() == "h2"
        connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True))
        connection.initiate_connection()
        head = [(":method", "GET"), (":path", "/healthz"), (":scheme", "https"), (":authority", "localhost")]
        connection.send_headers(1, head, end_stream=True)
        client.sendall(connection.data_to_send())
        size, ended = 0, False
        while not ended:
            for event in connection.receive_data(client.recv(65_536)):
                if isinstance(event, h2.events.DataReceived):
                    size += len(event.data)
                ended = ended or isinstance(event, h2.events.StreamEnded)
        with contextlib.suppress(OSError):
            for number in range(flood):
                stream = 3 + 2 * number
                connection.send_headers(stream, head, end_stream=True)
                connection.reset_stream(stream)
                client.sendall(connection.data_to_send())
        return size


def test_wrong_use_is_told(place):
    for arguments in (["--listen", "here"], ["--listen", "127.0.0.1:99999"], ["--tls-cert", "x"], ["--at-once", "0"], ["--log-level", "loud"]):
        done = place.run("serve", *arguments, check=False)
        assert done.returncode == 2 and arguments[0] in done.stderr, done.stderr
    done = place.run("serve", "--tls-cert", "/nowhere", "--tls-key", "/nowhere", "--listen", "127.0.0.1:0", check=False)
    assert done.returncode == 2 and "PEM" in done.stderr
    done = place.run("serve", "nowhere.auto", check=False)
    assert done.returncode == 3 and "no such file" in done.stderr
    server = place.serve()
    done = place.run("serve", "--listen", server.url.split("//")[1], check=False)
    assert done.returncode == 3 and "another program listens there" in done.stderr
    bad = place.run("serve", place.file("bad.auto", 'automation "X"\nSTART a -> b\n'), "--listen", "127.0.0.1:0", check=False)
    assert bad.returncode == 2 and "A101" in bad.stderr
