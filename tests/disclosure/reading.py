"""Reads every file that a run left, as somebody would who searches them for small counts."""

from __future__ import annotations

import html
import io
import re
import subprocess
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

from openpyxl import load_workbook

from hai_utils.results.formatting import full_precision
from hai_utils.results.record import Record
from hai_utils.results.table import Results

_OUT_OF = re.compile(r"(?<![\d./-])(\d+)\s?(?:/|of|out of)\s?(\d+)(?![\d/]|\.\d)")
_PERCENT = re.compile(r"(?<![\d.])(\d+(?:\.\d+)?)\s?%")
_SIZE = re.compile(r"\bn\s?=\s?(\d+)\b")
_PEOPLE = re.compile(
    r"\b(\d+|one|two|three|four) (?:more |other )?(?:patients?|rows?|deaths?|events?|responses?|responders?)\b",
    re.IGNORECASE,
)
_QUOTED = re.compile(r'data-key="([^"]*)"(?: data-method="([^"]*)")?[^>]*>([^<]*)<')
# The audit of the article lists what a percentage of a printed number of patients can be.
_ARITHMETIC = re.compile(r'No k/\d+ prints as [^"<]*')
# As short a number may stand for another; a longer one is this one.
LONG = 7
TEXTS = frozenset({".html", ".csv", ".json", ".ipynb", ".svg", ".yml", ".js", ".txt"})


def texts(run: Path) -> dict[str, str]:
    """Return the text of every file that holds any, by its place in the run."""
    found = {}
    for path in sorted(path for path in run.rglob("*") if path.is_file()):
        name = str(path.relative_to(run))
        if "_static" not in name:
            found[name] = _text(path)
    return found


def _text(path: Path) -> str:
    if path.suffix == ".xlsx":
        sheets = load_workbook(io.BytesIO(path.read_bytes())).worksheets
        return "\n".join("\t".join(map(str, row)) for sheet in sheets for row in sheet.iter_rows(values_only=True))
    if path.suffix == ".docx":
        with zipfile.ZipFile(path) as parts:
            return "\n".join(plain(parts.read(n).decode()) for n in parts.namelist() if n.endswith((".xml", ".svg")))
    if path.suffix == ".pdf":
        pages = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True).stdout
        return re.sub(r"(?m)(?:^|\s{3})\s*\d+ ?/ ?\d+\s*$", "", pages)  # the numbers of the pages
    return _ARITHMETIC.sub("", path.read_text(encoding="utf-8")) if path.suffix in TEXTS else ""


def plain(markup: str) -> str:
    """Return what a page shows, and the data in its scripts; the signs of its markup gone."""
    return re.sub(
        r"\s+", " ", html.unescape(re.sub(r"</?(?:span|w:r|w:t|w:rPr|b|i|em|sup|tspan)\b[^>]*>|<[^>]+>", _gap, markup))
    )


def _gap(tag: re.Match[str]) -> str:
    return "" if re.match(r"</?(?:span|w:r|w:t|w:rPr|b|i|em)\b", tag[0]) else " "


def quoted(pages: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Yield key, method and text of every number that a page quotes."""
    for name, page in pages.items():
        if name.endswith(".html"):
            yield from ((html.unescape(part) for part in found) for found in _QUOTED.findall(page))  # type: ignore[misc]


def tokens(text: str) -> dict[str, set[str]]:
    """Return what could be a count, a percentage or a size in a text, by kind."""
    return {
        "out of": {f"{count}/{total}" for count, total in _OUT_OF.findall(text)},
        "percent": set(_PERCENT.findall(text)),
        "size": set(_SIZE.findall(text)),
        "people": {count.lower() for count in _PEOPLE.findall(text)},
    }


def told(records: Iterable[Record]) -> dict[str, set[str]]:
    """Return what the records would look like in a text, by kind."""
    found: dict[str, set[str]] = {"out of": set(), "percent": set(), "long": set()}
    for record in records:
        if record.statistic in {"count", "events"} and record.value is not None:
            found["out of"].add(f"{record.value}/{record.n}")
        found["percent"] |= tokens(f"{record.formatted} {record.note}")["percent"]
        number = full_precision(record.value).lstrip("-")
        if len(number) >= LONG and "." in number:
            found["long"].add(number)
    return found


@cache
def sources(root: Path) -> str:
    """Return the texts from which every book is made: what stands in them is no cohort's."""
    places = ("book/*.md", "notebooks/*.ipynb", "params.yml", "hai_utils/**/*.py", "hai_utils/**/*.csv", "book/*.bib")
    return "\n".join(path.read_text(encoding="utf-8") for place in places for path in sorted(root.glob(place)))


def leaks(run: Path, gated: Results, plain_results: Results, root: Path, threshold: int) -> list[str]:
    """Return each number in a file of a gated run that only the ungated results could have told."""
    withheld = {(record.key, record.method) for record in gated if record.withheld}
    hidden = told(record for record in plain_results if (record.key, record.method) in withheld)
    shown = told(record for record in gated if not record.withheld)
    fixed = tokens(f"{sources(root)} 25% 75%")  # the axis of a curve has these
    small = {*map(str, range(1, threshold)), "one", "two", "three", "four"}
    found = []
    for name, raw in texts(run).items():
        text = plain(raw) if name.endswith((".html", ".svg")) else raw
        # The number of a caption, which a word processor counts, stands before its words.
        here = tokens(re.sub(r"SEQ \w+ \\\* ARABIC(?: \\r \d+)? \d+", "", text))
        found += [
            f"{name}: {kind} {t}"
            for kind in ("out of", "percent")
            for t in here[kind] & hidden[kind] - shown[kind] - fixed[kind]
        ]
        found += [f"{name}: {kind} {t}" for kind in ("size", "people") for t in here[kind] & small - fixed[kind]]
        numbers = set(re.findall(r"\d+\.\d+(?:e-?\d+)?", raw))
        found += [f"{name}: {t}" for t in numbers & hidden["long"] - shown["long"]]
    return found
