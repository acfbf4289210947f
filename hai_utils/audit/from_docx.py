"""The tables of a manuscript in Word as a draft of the audit, for its author to complete.

Only what a table says of itself is taken: a cell's numbers, the words of its row and column, and a size such as
``(n=11)`` in its heading. What a number is (mean or median, which test) is told by the row's words where they say it;
else it is ``other``, and the author names it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path
from typing import Any

from hai_utils.audit.draft import DraftError, DraftRow, draft_csv
from hai_utils.audit.printed import parse_printed
from hai_utils.input_files import UnusableFileError, read_docx

MOST_CELLS = 100_000

_N = r"[-−]?(?:\d+[.·]\d+|\d+|[.·]\d+)"
_TO = r"\s*(?:–|-|−|to|,|;)\s*"
_CI = re.compile(
    rf"(?P<value>{_N})\s*%?\s*[(\[](?:95\s*%\s*CI\s*[:,]?\s*)?(?P<low>{_N})\s*%?{_TO}(?P<high>{_N})\s*%?[)\]]"
)
_OF_TOTAL = re.compile(r"(?P<count>\d+)\s*/\s*(?P<of>\d+)(?:\s*[(\[]\s*(?P<percent>\d+(?:[.·]\d+)?)\s*%?\s*[)\]])?")
_COUNT_PERCENT = re.compile(r"(?P<count>\d+)\s*[(\[]\s*(?P<percent>\d+(?:[.·]\d+)?)\s*%?\s*[)\]]")
_PLUS_MINUS = re.compile(rf"(?P<mean>{_N})\s*±\s*(?P<sd>{_N})")
_WITH_SPREAD = re.compile(rf"(?P<middle>{_N})\s*\((?P<spread>{_N})\)")
_QUARTILES = re.compile(r"\bIQR\b|quartile", re.IGNORECASE)
_P_HEADING = re.compile(r"[Pp](?:[ -]?values?)?\*?")
_WORDS = re.compile(r"[^\W\d_]{3}")
_COUNT_HEADING = re.compile(r"(?:^|\s)(?:n|No\.?|Number)$")
_P = re.compile(rf"[Pp]?\s*[=]?\s*(?P<p>[<>]?\s*{_N})")
_PERCENT = re.compile(rf"(?P<percent>{_N})\s*%")
_SIZE = re.compile(r"[(,\s][nN]\s*=\s*(\d+)")
_RATIO_WORDS = (
    (re.compile(r"\b(?i:hazard ratio)|\bHR\b"), "hazard_ratio"),
    (re.compile(r"\b(?i:odds ratio)|\bOR\b"), "odds_ratio"),
    (re.compile(r"\b(?i:risk ratio|relative risk)|\bRR\b"), "risk_ratio"),
    (re.compile(r"\bdifference", re.IGNORECASE), "difference"),
    (re.compile(r"\bmedian", re.IGNORECASE), "median"),
    (re.compile(r"\bmean", re.IGNORECASE), "mean"),
)
_COMPARES = {"hazard_ratio", "odds_ratio", "risk_ratio", "difference"}


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a cell stands: its table, row and column, the words of its row and of the heading above it."""

    table: int
    row: int
    column: int
    variable: str
    heading: str

    @property
    def words(self) -> str:
        return f"{self.variable} {self.heading}"

    @property
    def size(self) -> int | None:
        found = _SIZE.search(self.heading)
        return int(found[1]) if found else None


def draft_of_docx(path: Path) -> str:
    """Read the tables of a manuscript into the draft format.

    Parameters
    ----------
    path : Path
        A DOCX file. Deleted text of tracked changes is left out; text in content controls is read.

    Returns
    -------
    str
        A draft's CSV, a number a row; ``T1.r2.c3`` in an id is the third cell of the second row of the first table.

    Raises
    ------
    DraftError
        Where the file is no DOCX, too large, or has no table with a number.
    """
    rows = [row for number, table in enumerate(_tables(path), start=1) for row in _rows_of_table(number, table)]
    if not rows:
        raise DraftError([f"{path.name}: no table with a number. Write the numbers down: 'hai audit --template'."])
    return draft_csv(rows)


@dataclass(frozen=True, slots=True)
class _Cell:
    """What a column shows in a row; of a merged cell only the first column and row that it covers count its numbers."""

    text: str
    first: bool = True


NOTHING = _Cell("")


def _tables(path: Path) -> list[list[list[_Cell]]]:
    """Return the cells of each table, those of a table within a table with that one alone."""
    try:
        read_docx(path)
    except UnusableFileError as error:
        raise DraftError([f"{path.name}: {error.found}"]) from None
    from docx import Document
    from docx.oxml.ns import qn

    try:
        body = Document(str(path)).element.body
    except (KeyError, ValueError, OSError) as error:
        raise DraftError([f"{path.name}: not a Word document that can be read ({type(error).__name__})."]) from None
    tables = []
    for table in body.iter(qn("w:tbl")):
        rows: list[list[_Cell]] = []
        for row in _own(table, "w:tr", "w:tbl"):
            rows.append(list(_cells(row, rows[-1] if rows else [])))
        if sum(map(len, rows)) > MOST_CELLS:
            raise DraftError([f"{path.name}: a table of more than {MOST_CELLS:,} cells."])
        tables.append(rows)
    return tables


def _own(parent: Any, name: str, within: str) -> Iterator[Any]:  # noqa: ANN401 - lxml publishes no types
    """Yield the elements of a name whose nearest ancestor of another name is this one."""
    from docx.oxml.ns import qn

    return (one for one in parent.iter(qn(name)) if next(one.iterancestors(qn(within)), None) is parent)


def _cells(row: Any, above: Sequence[_Cell]) -> Iterator[_Cell]:  # noqa: ANN401 - lxml publishes no types
    from docx.oxml.ns import qn

    place = 0
    for cell in _own(row, "w:tc", "w:tr"):
        paragraphs = ("".join(run.text or "" for run in one.iter(qn("w:t"))) for one in _own(cell, "w:p", "w:tc"))
        text = " ".join(" ".join(paragraphs).split())
        merged = next(_own(cell, "w:vMerge", "w:tc"), None)
        goes_on = merged is not None and merged.get(qn("w:val")) != "restart"
        if goes_on and place < len(above):
            text = above[place].text
        span = min(next((int(mark.get(qn("w:val"))) for mark in _own(cell, "w:gridSpan", "w:tc")), 1), 50)
        yield from (_Cell(text, first=not goes_on and column == 0) for column in range(span))
        place += span


# --- from cells to numbers ---


def _rows_of_table(number: int, table: Sequence[Sequence[_Cell]]) -> Iterator[DraftRow]:
    heading, body = _heading(table)
    variable = ""
    for place, cells in enumerate(table[body:], start=body + 1):
        label, values = (cells[0].text, cells[1:]) if cells else ("", [])
        places = [
            (_Place(number, place, column, "", heading[column - 1] if column <= len(heading) else ""), cell.text)
            for column, cell in enumerate(values, start=2)
            if cell.first
        ]
        holding = [one for one in places if any(sign.isdigit() for sign in one[1])]
        # A row with a P value alone heads its categories; one is a category of the heading above it or no longer: only
        # the author knows which exclude one another.
        heads = all(_P_HEADING.fullmatch(one.heading.strip()) for one, _ in holding)
        name = f"{variable}: {label}" if variable and not heads else label
        if heads:
            variable = label or variable
        # Words before the numbers, as of a time in a column of its own, belong to the row's name.
        said = [text for one, text in places if _WORDS.search(text) and not list(_parsed(one, text))]
        for one, text in holding:
            yield from _numbers(replace(one, variable=", ".join([name, *said])), text)


def _heading(table: Sequence[Sequence[_Cell]]) -> tuple[list[str], int]:
    """Return the words above each column, of two lines where the second names no row of its own, and where the body begins."""
    if not table:
        return [], 0
    first = [cell.text for cell in table[0]]
    if len(table) < 3:
        return first, 1
    label, *values = table[1] or (NOTHING,)
    second = (label.text and label.first) or not any(cell.text for cell in values)
    if second or any(sign.isdigit() for cell in values for sign in cell.text):
        return first, 1
    pairs = zip_longest(first, (cell.text for cell in table[1]), fillvalue="")
    return [" ".join(dict.fromkeys(filter(None, pair))) for pair in pairs], 2


def _numbers(place: _Place, text: str) -> Iterator[DraftRow]:
    found = list(_parsed(place, text.strip()))
    compares = not _COMPARES.isdisjoint(statistic for statistic, _, _ in found)
    for statistic, value, of in found:
        printed = parse_printed(value.replace(" ", "")) if statistic != "n_of_N" else parse_printed(value.split("/")[0])
        if printed is not None:
            yield DraftRow(
                line=0, id=f"T{place.table}.r{place.row}.c{place.column}.{statistic}", section=f"Table {place.table}, row {place.row}",
                variable=place.variable, group="A vs B" if compares or statistic == "p_value" else _group(place), statistic=statistic,
                text=value.replace(" ", ""), number=printed, of=of,
            )  # fmt: skip


def _group(place: _Place) -> str:
    return re.split(r"[(,]\s*[nN]\s*=", place.heading)[0].strip() or f"column {place.column}"


def _parsed(place: _Place, text: str) -> Iterator[tuple[str, str, int | None]]:
    """Yield statistic, printed value and total of each number in a cell."""
    named = next((statistic for words, statistic in _RATIO_WORDS if words.search(place.words)), "")
    if _P_HEADING.fullmatch(place.heading.strip()) and (found := _P.fullmatch(text)):
        yield "p_value", found["p"], None
    elif found := _OF_TOTAL.fullmatch(text):
        yield "n_of_N", f"{found['count']}/{found['of']}", None
        if found["percent"]:
            yield "percent", found["percent"], int(found["of"])
    elif found := _PLUS_MINUS.fullmatch(text):
        yield "mean", found["mean"], place.size
        yield "sd", found["sd"], place.size
    elif named in {"mean", "median"} and (found := _WITH_SPREAD.fullmatch(text)):
        spread = "sd" if named == "mean" else "iqr" if _QUARTILES.search(place.words) else "other"
        yield named, found["middle"], place.size
        yield spread, found["spread"], place.size
    elif found := _COUNT_PERCENT.fullmatch(text):
        yield "n", found["count"], place.size
        yield "percent", found["percent"], place.size
    elif found := _CI.fullmatch(text):
        yield from _with_ends(place, found, named or "other")
    elif found := _PERCENT.fullmatch(text):
        change = parse_printed(found["percent"])
        share = change is not None and 0 <= change.value <= 100
        yield "percent" if share else "other", found["percent"], place.size
    elif re.fullmatch(_N, text):
        yield named or ("n" if _COUNT_HEADING.search(place.heading) else "other"), text, place.size


def _with_ends(place: _Place, found: re.Match[str], named: str) -> Iterator[tuple[str, str, int | None]]:
    """Name the two numbers in parentheses: an interval, a range, or quartiles, as the words of the row say."""
    quartiles, ranges = _QUARTILES.search(place.words), "range" in place.words.casefold()
    ends = ("q1", "q3") if quartiles else ("min", "max") if ranges else ("ci_lower", "ci_upper")
    yield named, found["value"], place.size
    yield ends[0], found["low"], place.size
    yield ends[1], found["high"], place.size
