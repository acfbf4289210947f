"""The browser and the built sites that the tests of this folder share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.looking import Finding, browser_path, look, new_context, opened_browser
from tests.conftest import mostly_long


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return the machine's browser; a machine without one skips, except where the tests must not pass unseen."""
    path = browser_path()
    if path is None and os.environ.get("CI", "").lower() == "true":
        pytest.fail("CI has no Chromium: install it before the tests")
    if path is None:
        pytest.skip("no Chromium or Chrome on this machine: the pages were not opened")
    with opened_browser(path) as opened:
        yield opened


@pytest.fixture(scope="session")
def axe() -> str:
    """Return the source of axe-core, as the Python package brings it."""
    return files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def site(published_site: Path) -> Path:
    """Return the folder of the reconstruction's site, on which is tried what all sites do alike."""
    return published_site


@pytest.fixture(scope="session", params=mostly_long(["published_site", "real_site"], "published_site"))
def each_site(request: pytest.FixtureRequest) -> Path:
    """Return the folder of a built site: the reconstruction's, then the real cohort's."""
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="session")
def findings(browser: Browser, each_site: Path, axe: str) -> list[Finding]:
    """Return all that is wrong with a site, each page opened once at every width in every scheme."""
    return look(browser, each_site, axe=axe)


@pytest.fixture
def open_page(browser, site):
    """Return a function that opens a page of the site in a window of its own."""
    contexts = []

    def opened(name, **options):
        contexts.append(new_context(browser, **options))
        page = contexts[-1].new_page()
        page.goto((site / name).as_uri())
        return page

    yield opened
    for context in contexts:
        context.close()
