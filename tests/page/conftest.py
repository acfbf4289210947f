"""The local page without a server: the application, its store in a folder of the test, and a browser's stand-in."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from hai_utils.page.application import application
from hai_utils.page.safety import Keys
from hai_utils.page.studies import Studies
from hai_utils.project import find_root

KEYS = Keys("the-token", "the-secret", 8730)
ORIGIN = f"http://{KEYS.host}"


class Client:
    """Asks the application in this thread: with another one, its work could not be forked."""

    def __init__(self, app):
        self._loop = asyncio.new_event_loop()
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        self._http = httpx.AsyncClient(transport=transport, base_url=ORIGIN)
        self.headers = self._http.headers

    def wait_for(self, waited):
        return self._loop.run_until_complete(waited)

    def request(self, method, address, **more):
        return self.wait_for(self._http.request(method, address, **more))

    def get(self, address, **more):
        return self.request("GET", address, **more)

    def post(self, address, **more):
        return self.request("POST", address, **more)

    def close(self):
        self.wait_for(self._http.aclose())
        self._loop.close()


@pytest.fixture
def store(tmp_path):
    return Studies(tmp_path / "studies")


@pytest.fixture
def stranger(store):
    """Return a client that was given no token."""
    client = Client(application(KEYS, store, find_root()))
    yield client
    client.close()


@pytest.fixture
def client(stranger):
    """Return a client that opened the printed address."""
    stranger.get("/?token=the-token")
    stranger.headers["origin"] = ORIGIN
    return stranger
