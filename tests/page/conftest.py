"""The local page without a server: the application, its store in a folder of the test, and a browser's stand-in."""

from __future__ import annotations

import warnings

import pytest

from hai_utils.page.application import application
from hai_utils.page.safety import Keys
from hai_utils.page.studies import Studies
from hai_utils.project import find_root

with warnings.catch_warnings():
    # It asks for the next version of httpx, which the lock does not have.
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

KEYS = Keys("the-token", "the-secret", 8730)
ORIGIN = f"http://{KEYS.host}"


@pytest.fixture
def store(tmp_path):
    return Studies(tmp_path / "studies")


@pytest.fixture
def stranger(store):
    """Return a client that was given no token."""
    app = application(KEYS, store, find_root())
    with TestClient(app, base_url=ORIGIN, follow_redirects=False) as client:
        yield client


@pytest.fixture
def client(stranger):
    """Return a client that opened the printed address."""
    stranger.get("/?token=the-token")
    stranger.headers["origin"] = ORIGIN
    return stranger
