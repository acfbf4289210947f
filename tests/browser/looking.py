"""Opens the pages of a built site in the machine's browser and tells what is wrong with them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urldefrag, urlparse

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

Kind = Literal["layout", "console", "network", "words", "links", "alternatives", "ids", "headings", "accessibility"]
Scheme = Literal["light", "dark"]

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# Without these a browser calls home, and a container has no user to hold it in a sandbox.
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run",
)  # fmt: skip
WIDTHS = (1280, 320)
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
HEIGHT = 900
LOCAL = ("file:", "data:")
SERIOUS = ("serious", "critical")


def _script(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8").rstrip().removesuffix(";")


PROBE = _script("probe.js")
JUDGE = _script("judge.js")
# Fonts are there, formulas are set, and whatever a script does on load has been drawn.
SETTLED = """async () => {
  await document.fonts.ready;
  if (window.MathJax?.startup?.promise) await window.MathJax.startup.promise;
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
}"""
# A number that failed to become one. "None" that begins a sentence of several words is English; a quoted value stands
# alone in its element, so one that failed there is still seen.
_FAILED_VALUE = re.compile(r"(?<![\w.-])(?:nan|NaN|NaT|-?inf|undefined|None)(?![\w-]|\.\w)")
_ENGLISH_NONE = re.compile(r"(?:^|(?<=[.!?] ))None(?= [a-z])")
# What a program of the evidence prints of a median and its open limit: digits, and infinity behind them.
_PRINTED_LIMIT = re.compile(r"(?<=\d) (?:Inf|inf)\b")
_REDIRECT = re.compile(r'<meta http-equiv="refresh" content="\d+; *url=([^"]+)"', re.IGNORECASE)


@dataclass(frozen=True, order=True)
class Finding:
    """One thing that is wrong with one page, as seen at one width and in one colour scheme."""

    page: str
    width: int
    scheme: str
    kind: Kind = field(compare=False)
    what: str

    def __str__(self) -> str:
        """Return the finding as one line."""
        return f"{self.page}, {self.width} px, {self.scheme}: {self.what}"


@dataclass(frozen=True)
class Seen:
    """What one page contains: its ids and the addresses that it points to."""

    ids: frozenset[str]
    links: tuple[str, ...]


def browser_path() -> str | None:
    """Return where the machine's browser is; None without one."""
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


@contextmanager
def opened_browser(path: str) -> Iterator[Browser]:
    """Start the browser at a path, and end it afterwards."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


def is_redirect(page: Path) -> bool:
    """Tell a page that only leads to another."""
    return _REDIRECT.search(page.read_text(encoding="utf-8")) is not None


def pages_of(site: Path) -> list[Path]:
    """Return the pages of a site that have something to read, in order of their names."""
    every = (
        path for path in site.rglob("*.html") if "_static" not in path.relative_to(site).parts and _is_looked_at(path)
    )
    return sorted(path for path in every if not is_redirect(path))


def _is_looked_at(page: Path) -> bool:
    """Leave out most pages of evidence, which are of one kind: that of times, of values, the list and a source are opened."""
    folders = {page.parent.name, page.parent.parent.name}
    return "evidence" not in folders or page.name in ("index.html", "os.html", "age_years.html", "survival.html")


def failed_values(text: str) -> list[str]:
    """Return the words of a text that a number leaves behind when it fails to become one."""
    return _FAILED_VALUE.findall(_PRINTED_LIMIT.sub("", _ENGLISH_NONE.sub("", " ".join(text.split()))))


def barriers(page: Page, axe: str, *, contrast: bool = True, others: bool = True) -> list[str]:
    """Return what axe-core calls serious or critical in a page as it stands."""
    page.evaluate(axe)
    faults = [
        fault for fault in page.evaluate(JUDGE, {"contrast": contrast, "others": others}) if fault["impact"] in SERIOUS
    ]
    return [f"{fault['impact']}, {fault['id']} at {fault['target']}: {fault['why']}" for fault in faults]


def new_context(
    browser: Browser,
    *,
    width: int = 1280,
    height: int = HEIGHT,
    scheme: Scheme = "light",
    script: bool = True,
    touch: bool = False,
) -> BrowserContext:
    """Return a window of its own: no memory of other pages, nothing fetched from anywhere but files."""
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        reduced_motion="reduce",
        java_script_enabled=script,
        has_touch=touch,
    )
    context.route(lambda url: not url.startswith(LOCAL), lambda route: route.abort())
    return context


def look(
    browser: Browser,
    site: Path,
    *,
    widths: tuple[int, ...] = WIDTHS,
    height: int = HEIGHT,
    schemes: tuple[Scheme, ...] = SCHEMES,
    screenshots: Path | None = None,
    axe: str = "",
) -> list[Finding]:
    """Open every page of a site at every width in every scheme, and return all that is wrong.

    Parameters
    ----------
    browser : Browser
        The browser.
    site : Path
        The folder of the built site.
    widths : tuple of int
        Widths of the window, in pixels.
    height : int
        Height of the window, in pixels.
    schemes : tuple of {"light", "dark"}
        Colour schemes that the window asks for.
    screenshots : Path, optional
        Folder for a picture of each page as seen; none are taken without it.
    axe : str
        The source of axe-core; where given, it judges each page: contrast, which no width changes, in every scheme,
        and all else, which no scheme changes, at every width; the page is whole afterwards.

    Returns
    -------
    list of Finding
        Empty for a site without fault.
    """
    findings: list[Finding] = []
    seen: dict[Path, Seen] = {}
    for width in widths:
        for scheme in schemes:
            with new_context(browser, width=width, height=height, scheme=scheme) as context:
                visitor = _Visitor(context.new_page(), site, width, scheme)
                for path in pages_of(site):
                    seen[path] = visitor.visit(path)
                    if screenshots:
                        visitor.photograph(screenshots)
                    if axe:
                        visitor.judge(axe, contrast=width == widths[0], others=scheme == schemes[0])
                findings += visitor.findings
    return findings + _link_findings(site, seen, widths[0], schemes[0])


class _Visitor:
    """Goes from page to page in one window and notes what it finds."""

    def __init__(self, page: Page, site: Path, width: int, scheme: str) -> None:
        self.page, self.site, self.width, self.scheme = page, site, width, scheme
        self.findings: list[Finding] = []
        self.at = ""
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self._note("console", f"script error: {error}"))
        page.on("request", self._watch)

    def visit(self, path: Path) -> Seen:
        self.at = path.relative_to(self.site).as_posix()
        self.page.goto(path.as_uri())
        self.page.evaluate(SETTLED)
        told: dict[str, Any] = self.page.evaluate(PROBE)
        for fault in told["found"]:
            self._note(fault["kind"], fault["what"])
        for text in told["words"]:
            for failed in failed_values(text):
                self._note("words", f"“{failed}” in “{' '.join(text.split())[:60]}”")
        return Seen(frozenset(told["ids"]), tuple(told["links"]))

    def _note(self, kind: Kind, what: str) -> None:
        finding = Finding(self.at, self.width, self.scheme, kind, what)
        if finding not in self.findings:
            self.findings.append(finding)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._note("console", f"console: {message.text}")

    def _watch(self, request: Request) -> None:
        if not request.url.startswith(LOCAL):
            self._note("network", f"asks for {request.url}")

    def photograph(self, folder: Path) -> None:
        name = self.at.removesuffix(".html").replace("/", "-")
        folder.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=folder / f"{name}-{self.width}-{self.scheme}.png", full_page=True)

    def judge(self, axe: str, *, contrast: bool, others: bool) -> None:
        for what in barriers(self.page, axe, contrast=contrast, others=others):
            self._note("accessibility", what)


def _link_findings(site: Path, seen: dict[Path, Seen], width: int, scheme: str) -> list[Finding]:
    faults = [(path, link, fault) for path in seen for link in seen[path].links if (fault := _link_fault(link, seen))]
    for path in site.rglob("*.html"):
        target = _REDIRECT.search(path.read_text(encoding="utf-8"))
        if target and not (path.parent / unquote(target[1])).is_file():
            faults.append((path, target[1], "leads to no file"))
    return [
        Finding(
            path.relative_to(site).as_posix(), width, scheme, "links", f"{link.removeprefix(site.as_uri())} {fault}"
        )
        for path, link, fault in faults
    ]


def _link_fault(link: str, seen: dict[Path, Seen]) -> str:
    address, fragment = urldefrag(link)
    if not address.startswith("file:"):
        return ""
    target = Path(unquote(urlparse(address).path))
    if not target.is_file():
        return "leads to no file"
    known = seen.get(target)
    return "leads to no place on its page" if known and fragment and unquote(fragment) not in known.ids else ""
