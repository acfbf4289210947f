"""The results table and the points as files: ``results.csv``, ``series.csv`` and ``study.json``, read back bit for bit."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, replace
from operator import attrgetter
from pathlib import Path
from typing import Any

from hai_utils.results.record import COLUMNS, Record, Value
from hai_utils.results.samples import Sample, read_samples, write_samples
from hai_utils.results.series import BarSeries, Point, Points
from hai_utils.results.study import study_from_json, study_to_json
from hai_utils.results.table import Results
from hai_utils.untrusted import from_spreadsheet_cell, spreadsheet_cell

SERIES = "series.csv"
_POINT = tuple(field.name for field in fields(Point))
# Columns that hold words of the cohort file or of its dictionary.
COHORT_TEXTS = ("level", "group", "label", "unit", "note")
_cohort_texts = attrgetter(*COHORT_TEXTS)


def _cell(value: object) -> object:
    return ("false", "true")[value] if isinstance(value, bool) else value


def _rows(columns: Sequence[str], items: Iterable[object]) -> str:
    """Write attributes of items as CSV: None as nothing, a float as the shortest text that reads back to it."""
    buffer = io.StringIO()
    values = attrgetter(*columns)
    csv.writer(buffer, lineterminator="\n").writerows(map(_cell, values(item)) for item in items)
    return buffer.getvalue()


def results_csv(results: Results) -> str:
    """Return the text of ``results.csv``; the cohort's own words cannot become formulas in a spreadsheet program."""
    return ",".join(COLUMNS) + "\n" + _rows(COLUMNS, map(_guarded, results))


def _guarded(record: Record) -> Record:
    """Return a record as a spreadsheet program may see it; most are what they are."""
    texts = _cohort_texts(record)
    guarded = tuple(map(spreadsheet_cell, texts))
    changed: dict[str, Any] = dict(zip(COHORT_TEXTS, guarded, strict=True)) if guarded != texts else {}
    return replace(record, **changed) if changed else record


def series_csv(results: Results) -> str:
    """Return the text of ``series.csv``."""
    return "".join(_series_parts(results.points))


def _series_parts(points: Points) -> Iterator[str]:
    """Give the text of ``series.csv`` series by series: that of a large cohort is written as it is made."""
    yield ",".join(_POINT) + "\n"
    for _, series in points.by_series():
        yield _bars_csv(series) if isinstance(series, BarSeries) else _rows(_POINT, series)


def _bars_csv(bars: BarSeries) -> str:
    """Write bars as `_rows` would, column by column."""
    before, marks = _quoted(bars.key), {mark: _quoted(mark) for mark in set(bars.marks)}
    numbers = zip(map(repr, bars.x), map(repr, bars.y), map(marks.__getitem__, bars.marks), strict=True)
    return "".join([f"{before},{x},{y},,,,,,{mark}\n" for x, y, mark in numbers])


def _quoted(text: str) -> str:
    """Return a text as a cell beside others."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="").writerow([text, ""])
    return buffer.getvalue()[:-1]


def write_results(results: Results, folder: Path) -> None:
    """Write ``results.csv``, ``series.csv`` and ``study.json`` into a folder, and ``rows.csv`` where rows are shown."""
    (folder / "study.json").write_text(study_to_json(results.study), encoding="utf-8", newline="")
    (folder / "results.csv").write_text(results_csv(results), encoding="utf-8", newline="")
    with (folder / SERIES).open("w", encoding="utf-8", newline="") as stream:
        stream.writelines(_series_parts(results.points))
    write_samples(results.samples, folder)


_in_memory: list[list[Results]] = []


@contextmanager
def handed_on_in_memory() -> Iterator[list[Results]]:
    """Let results that are handed on be collected instead of written."""
    collected: list[Results] = []
    _in_memory.append(collected)
    try:
        yield collected
    finally:
        _in_memory.pop()


def hand_on(results: Results, folder: str) -> None:
    """Hand the results of a notebook on to the runner; an empty folder, as in JupyterLab, keeps nothing."""
    if _in_memory:
        _in_memory[-1].append(results)
    elif folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        write_results(results, Path(folder))


def read_results(folder: Path, variables: Container[str] | None = None, *, series: bool = True) -> Results:
    """Read back what `write_results` wrote, every value bit for bit.

    Parameters
    ----------
    folder : Path
        Where it lies.
    variables : container of str, optional
        Those whose records are needed; all unless given.
    series : bool
        Whether the points are needed.
    """
    return read_parts([folder], variables, series=series)


def read_parts(folders: Sequence[Path], variables: Container[str] | None = None, *, series: bool = True) -> Results:
    """Read what `write_results` wrote into several folders as one table; the study is that of the first.

    Equal rows, as chapters that share results have them, are read once; differing ones are an error.
    """
    return Parts(variables, series=series).together(folders)


class Parts:
    """The tables of several folders, which can be read one by one as soon as they are there; see `read_parts`.

    Parameters
    ----------
    variables : container of str, optional
        Those that are needed; all unless given.
    series : bool
        Whether the points are needed.
    """

    def __init__(self, variables: Container[str] | None = None, *, series: bool = True) -> None:
        self._variables, self._series = variables, series
        self._read: set[Path] = set()
        self._records: dict[_Cells, Record] = {}
        self._points = Points()
        self._contents: set[bytes] = set()
        self._samples: dict[str, Sample] = {}

    def read(self, folder: Path) -> None:
        """Read the tables of a folder."""
        self._read.add(folder)
        header, rows = _read_csv(folder / "results.csv")
        place = header.index("variable")
        for row in rows:
            if row not in self._records and (self._variables is None or row[place] in self._variables):
                self._records[row] = _record(dict(zip(header, row, strict=True)))
        self._samples |= read_samples(folder)
        if self._series:
            self._read_series(folder / SERIES)

    def _read_series(self, path: Path) -> None:
        """Read points; chapters that show the same leave equal files."""
        with path.open("rb") as stream:
            content = hashlib.file_digest(stream, "sha256").digest()
        if content not in self._contents:
            self._contents.add(content)
            self._points += read_points(path)

    def together(self, folders: Sequence[Path]) -> Results:
        """Return the tables that were read as one, those of these folders too, with the study of the first of them."""
        for folder in folders:
            if folder not in self._read:
                self.read(folder)
        study = study_from_json((folders[0] / "study.json").read_text(encoding="utf-8"))
        return Results.of(self._records.values(), self._points, study, self._samples)


_Cells = tuple[str, ...]


def _read_csv(path: Path) -> tuple[_Cells, list[_Cells]]:
    with path.open(encoding="utf-8", newline="") as stream:
        header, *rows = map(tuple, csv.reader(stream))
    return header, rows


def _number(text: str) -> Value:
    if not text:
        return None
    return int(text) if text.lstrip("-").isdecimal() else float(text)


_TEXTS = tuple(field.name for field in fields(Record) if field.name not in {"reported", "value", "n"})


def _record(row: Mapping[str, str]) -> Record:
    texts: dict[str, Any] = {name: row[name] for name in _TEXTS}
    texts |= {name: from_spreadsheet_cell(texts[name]) for name in COHORT_TEXTS}
    return Record(
        **texts,
        reported=row["reported"] == "true",
        value=_number(row["value"]),
        n=int(row["n"]) if row["n"] else None,
    )


def read_points(path: Path) -> Points:
    """Read a ``series.csv``."""
    points = Points()
    with path.open(encoding="utf-8", newline="") as stream:
        rows = csv.reader(stream)
        if tuple(next(rows)) != _POINT:
            raise ValueError(f"{path.name}: other columns than {', '.join(_POINT)}.")
        for key, x, y, *others, mark in rows:
            if any(others):
                points += [_point(key, x, y, others, mark)]
            else:
                points.bar(key, float(x), float(y), mark)
    return points


def _point(key: str, x: str, y: str, others: Sequence[str], mark: str) -> Point:
    lower, upper, *counts = others
    at_risk, events, censored = (int(text) if text else None for text in counts)
    return Point(
        key, float(x), float(y), float(lower) if lower else None, float(upper) if upper else None,
        at_risk, events, censored, mark,
    )  # fmt: skip
