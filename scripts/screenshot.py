"""Make the README's picture from a built site: ``python scripts/screenshot.py _build/hai/html docs/images/book.png``."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

PAGE = "notebooks/03_tumor_response.html"
SIZE = {"width": 1280, "height": 900}


def main(site: Path, target: Path) -> None:
    """Open the chapter on tumor response and keep what a reader first sees of its figure."""
    browser_path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    target.parent.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport=SIZE)
        page.goto((site / PAGE).resolve().as_uri())
        page.locator("#figure-waterfall").scroll_into_view_if_needed()
        page.evaluate("window.scrollBy(0, -120)")
        page.screenshot(path=str(target))
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
