"""Asks a server again and again, beside whatever else it does, and measures how soon it answers."""

import contextlib
import os
import subprocess
import sys
import threading
import time

import requests

NOTHING = 'automation "Nothing"\nSTART begin -> end\n'


class Probe(threading.Thread):
    """Calls `ask` over and over with a session of its own until it is stopped; what it raises is kept."""

    def __init__(self, server, ask, pause=0.02):
        super().__init__(daemon=True)
        self.server, self.ask, self.pause = server, ask, pause
        self.times, self.failure = [], None
        self.end = threading.Event()

    def run(self):
        with requests.Session() as session:
            session.trust_env = False
            session.headers.update(self.server.session.headers)
            while not self.end.is_set():
                began = time.monotonic()
                try:
                    self.ask(session)
                except Exception as failure:
                    self.failure = failure
                    return
                self.times.append(time.monotonic() - began)
                self.end.wait(self.pause)

    def stop(self):
        """The seconds that the answers took, sorted."""
        self.end.set()
        self.join(60)
        if self.failure:
            raise self.failure
        return sorted(self.times)


def share(times, part):
    """Such a part of the answers came within so many seconds."""
    return times[min(len(times) - 1, int(len(times) * part))] if times else float("inf")


def health(server):
    """A probe of /healthz."""

    def ask(session):
        assert session.get(server.url + "/healthz", timeout=10).status_code == 200

    return Probe(server, ask)


def other_sessions(server, automation):
    """A probe that begins a session by the API and sees it finish; with NOTHING, no step of it takes any time."""
    path = f"{server.url}/automations/{automation}/sessions"

    def ask(session):
        answer = session.post(path, timeout=10)
        assert answer.status_code == 201, answer.text
        record = answer.json()
        while record["status"] in ("NEW", "RUNNING"):
            record = session.get(f"{path}/{record['id']}?wait=10s", timeout=20).json()
        assert record["status"] == "FINISHED", record["error"]

    return Probe(server, ask)


@contextlib.contextmanager
def probing(*probes):
    """Runs the probes meanwhile; gives a list that holds each one's times in the end."""
    found = []
    for probe in probes:
        probe.start()
    try:
        yield found
    finally:
        found.extend(probe.stop() for probe in probes)


@contextlib.contextmanager
def busy_processors():
    """Other programs compute on every processor: what a server gives then is what the machine can give."""
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(os.cpu_count())]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


@contextlib.contextmanager
def others_are_answered(server, within=0.1):
    """Somebody else asks again and again meanwhile, and is answered in time."""
    with probing(health(server)) as found:
        yield
    assert found[0] and share(found[0], 0.95) < within, found[0][-5:]
