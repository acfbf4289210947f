"""Work in children: an answer is kept by what it depends on, can be stopped, and holds nothing of the server."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from functools import partial

import pytest

from hai_utils.errors import DataError
from hai_utils.page.work import Key, StoppedError, WorkingError, Workshop

KEY = Key("a study", "Reading", 1)


def process():
    return os.getpid()


def refuse():
    raise DataError(["no"])


def test_an_answer_comes_from_a_child_and_is_kept_under_its_key():
    async def asked():
        workshop = Workshop()
        first = await workshop.done(KEY, process, 20)
        return (
            first,
            await workshop.done(KEY, process, 20),
            await workshop.done(Key("a study", "Reading", 2), process, 20),
        )

    first, again, other = asyncio.run(asked())
    assert first == again != os.getpid()
    assert other != first


def test_an_error_for_the_person_comes_as_it_was_raised():
    with pytest.raises(DataError, match="no"):
        asyncio.run(Workshop().done(KEY, refuse, 20))


def test_what_takes_long_says_so_and_a_stop_ends_it():
    async def asked():
        workshop = Workshop()
        with pytest.raises(WorkingError, match="Reading"):
            await workshop.done(KEY, partial(time.sleep, 600), 0.05)
        workshop.stop("another study")
        workshop.stop("a study")
        with pytest.raises(StoppedError):
            await workshop.done(KEY, process, 20)
        return await workshop.done(KEY, process, 20)

    assert asyncio.run(asked()) != os.getpid()


def test_a_connection_that_the_server_closes_is_closed_although_a_child_is_at_work():
    async def asked():
        workshop = Workshop()
        browser, server = socket.socketpair()
        with pytest.raises(WorkingError):
            await workshop.done(KEY, partial(time.sleep, 600), 0.5)
        server.close()
        browser.settimeout(5)
        with browser:
            ended = browser.recv(1)
        workshop.stop("a study")
        return ended

    assert asyncio.run(asked()) == b""
