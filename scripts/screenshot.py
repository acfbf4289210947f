"""Make the README's pictures from a built site: ``python scripts/screenshot.py _build/hai/html docs/images``."""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

# The same window as the tests of the built site: no network, no motion, fonts and formulas waited for.
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "browser"))

from looking import SETTLED, browser_path, new_context, opened_browser

WIDTH, HEIGHT = 1280, 900
# Room above what is shown, so that the bar over the article does not lie on it.
ROOM = 90
COLOURS = 128
RESPONSE, SURVIVAL = "notebooks/03_tumor_response.html", "notebooks/04_survival.html"


def scroll_to(page: Page, place: str) -> None:
    """Bring a place of the page to the top of the window."""
    page.locator(place).first.evaluate(
        f"element => scrollTo(0, element.getBoundingClientRect().top + scrollY - {ROOM})"
    )


def book(page: Page) -> None:
    """Show the chapter with Figure 1."""
    scroll_to(page, "#figure-waterfall")


def card(page: Page) -> None:
    """Show the card of a hazard ratio, with its interval and what other methods give."""
    scroll_to(page, "#table-outcomes")
    page.locator("#table-outcomes .hai-value[data-key$='.hazard_ratio']").first.click()
    page.locator("#hai-card.hai-shown").wait_for()


def survival(page: Page) -> None:
    """Show Figure 2."""
    scroll_to(page, "#figure-os")


PICTURES = {"book": (RESPONSE, book), "card": (RESPONSE, card), "survival": (SURVIVAL, survival)}


def saved(pixels: bytes, target: Path) -> None:
    """Save a picture with a small palette, which flat colours and letters do not miss."""
    picture = Image.open(BytesIO(pixels)).convert("RGB")
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(target, optimize=True)


def main(site: Path, folder: Path) -> int:
    """Write each picture of a site into a folder; return 2 on a machine without a browser."""
    path = browser_path()
    if path is None:
        sys.stderr.write("no Chromium or Chrome on this machine\n")
        return 2
    folder.mkdir(parents=True, exist_ok=True)
    with opened_browser(path) as browser:
        for name, (address, show) in PICTURES.items():
            with new_context(browser, width=WIDTH, height=HEIGHT) as context:
                page = context.new_page()
                page.goto((site / address).resolve().as_uri())
                page.evaluate(SETTLED)
                show(page)
                saved(page.screenshot(), folder / f"{name}.png")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
