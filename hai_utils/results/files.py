"""The results table and the points as files: ``results.csv``, ``series.csv`` and ``study.json``, read back bit for bit."""

from __future__ import annotations

import csv
import io
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import fields, replace
from operator import attrgetter
from pathlib import Path
from typing import Any

from hai_utils.results.record import COLUMNS, Record, Value
from hai_utils.results.samples import Sample, read_samples, write_samples
from hai_utils.results.series import Point
from hai_utils.results.study import study_from_json, study_to_json
from hai_utils.results.table import Results
from hai_utils.untrusted import from_spreadsheet_cell, spreadsheet_cell

# Columns that hold words of the cohort file or of its dictionary.
COHORT_TEXTS = ("level", "group", "label", "unit", "note")
_cohort_texts = attrgetter(*COHORT_TEXTS)


def _cell(value: object) -> object:
    return ("false", "true")[value] if isinstance(value, bool) else value


def _csv(columns: Sequence[str], items: Iterable[object]) -> str:
    """Write attributes of items as CSV: None as nothing, a float as the shortest text that reads back to it."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    values = attrgetter(*columns)
    writer.writerows(map(_cell, values(item)) for item in items)
    return buffer.getvalue()


def results_csv(results: Results) -> str:
    """Return the text of ``results.csv``; the cohort's own words cannot become formulas in a spreadsheet program."""
    return _csv(COLUMNS, map(_guarded, results))


def _guarded(record: Record) -> Record:
    """Return a record as a spreadsheet program may see it; most are what they are."""
    texts = _cohort_texts(record)
    guarded = tuple(map(spreadsheet_cell, texts))
    changed: dict[str, Any] = dict(zip(COHORT_TEXTS, guarded, strict=True)) if guarded != texts else {}
    return replace(record, **changed) if changed else record


def series_csv(results: Results) -> str:
    """Return the text of ``series.csv``."""
    return _csv([field.name for field in fields(Point)], results.points)


def write_results(results: Results, folder: Path) -> None:
    """Write ``results.csv``, ``series.csv`` and ``study.json`` into a folder, and ``rows.csv`` where rows are shown."""
    (folder / "study.json").write_text(study_to_json(results.study), encoding="utf-8", newline="")
    (folder / "results.csv").write_text(results_csv(results), encoding="utf-8", newline="")
    (folder / "series.csv").write_text(series_csv(results), encoding="utf-8", newline="")
    write_samples(results.samples, folder)


def read_results(folder: Path, variables: Container[str] | None = None) -> Results:
    """Read back what `write_results` wrote, every value bit for bit; of some variables where only these are needed."""
    return read_parts([folder], variables)


def read_parts(folders: Sequence[Path], variables: Container[str] | None = None) -> Results:
    """Read what `write_results` wrote into several folders as one table; the study is that of the first.

    Equal rows, as chapters that share results have them, are read once; differing ones are an error.
    """
    return Parts(variables).together(folders)


class Parts:
    """The tables of several folders, which can be read one by one as soon as they are there; see `read_parts`.

    Parameters
    ----------
    variables : container of str, optional
        Those that are needed; all unless given.
    """

    def __init__(self, variables: Container[str] | None = None) -> None:
        self._variables = variables
        self._rows: dict[Path, tuple[list[_Cells], list[_Cells]]] = {}
        self._records: dict[_Cells, Record] = {}
        self._points: dict[_Cells, Point] = {}
        self._samples: dict[str, Sample] = {}

    def read(self, folder: Path) -> None:
        """Read the tables of a folder."""
        header, rows = _read_csv(folder / "results.csv")
        if self._variables is not None:
            place = header.index("variable")
            rows = [row for row in rows if row[place] in self._variables]
        for row in rows:
            if row not in self._records:
                self._records[row] = _record(dict(zip(header, row, strict=True)))
        header, points = _read_csv(folder / "series.csv")
        for row in points:
            if row not in self._points:
                self._points[row] = _point(dict(zip(header, row, strict=True)))
        self._rows[folder] = rows, points
        self._samples |= read_samples(folder)

    def together(self, folders: Sequence[Path]) -> Results:
        """Return the tables of folders as one, with the study of the first; those not read yet are read."""
        for folder in folders:
            if folder not in self._rows:
                self.read(folder)
        records = dict.fromkeys(row for folder in folders for row in self._rows[folder][0])
        points = dict.fromkeys(row for folder in folders for row in self._rows[folder][1])
        study = study_from_json((folders[0] / "study.json").read_text(encoding="utf-8"))
        found = (self._records[row] for row in records)
        return Results.of(found, (self._points[row] for row in points), study, self._samples)


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


def _point(row: Mapping[str, str]) -> Point:
    return Point(
        key=row["key"],
        x=float(row["x"]),
        y=float(row["y"]),
        lower=float(row["lower"]) if row["lower"] else None,
        upper=float(row["upper"]) if row["upper"] else None,
        at_risk=int(row["at_risk"]) if row["at_risk"] else None,
        events=int(row["events"]) if row["events"] else None,
        censored=int(row["censored"]) if row["censored"] else None,
        mark=row["mark"],
    )
