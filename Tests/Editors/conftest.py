import os
import pathlib

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BIN = pathlib.Path(os.environ.get("AUTO_BIN", ROOT / ".build" / "debug"))


@pytest.fixture
def autocheck():
    return str(BIN / "autocheck")


@pytest.fixture
def on_path(monkeypatch):
    """The environment with autocheck on PATH."""
    monkeypatch.setenv("PATH", f"{BIN}:{os.environ['PATH']}")
    return dict(os.environ)
