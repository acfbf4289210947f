"""The results table: every number that the book prints, one statistic a row, and the points of every figure.

The layout is that of the results contract (after the analysis results data of CDISC ARS): long, the number in
full precision, its printed text beside it, and the reason where there is none.
"""

from __future__ import annotations

import csv
import io
from array import array
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from itertools import chain, islice
from operator import attrgetter, eq, lt
from pathlib import Path
from typing import Any, Self, overload

from hai_utils.errors import ResultError, nearest
from hai_utils.results.formatting import NOT_ESTIMABLE, Formatter
from hai_utils.results.keys import result_key
from hai_utils.results.study import Study, study_from_json, study_to_json
from hai_utils.untrusted import from_spreadsheet_cell, spreadsheet_cell

Value = float | int | None
# The mark of a point of a curve that may be read only there: between two of them nothing is known.
COARSE = "grid"
# The note of a number that the disclosure gate withholds.
SUPPRESSED = "suppressed"


@dataclass(frozen=True, slots=True)
class Record:
    """One statistic of one variable in one group by one method; see the results contract for each field."""

    variable: str
    level: str
    group: str
    statistic: str
    method: str = ""
    reported: bool = True
    chapter: str = ""
    label: str = ""
    value: Value = None
    n: int | None = None
    unit: str = ""
    formatted: str = ""
    note: str = ""

    @property
    def key(self) -> str:
        """The name that prose uses."""
        return result_key(self.variable, self.level, self.group, self.statistic)

    @property
    def withheld(self) -> bool:
        """Whether the disclosure gate withholds the number: it exists, and is not published."""
        return self.note == SUPPRESSED


COLUMNS = (
    "key", "method", "reported", "chapter", "variable", "level", "group", "statistic",
    "label", "value", "n", "unit", "formatted", "note",
)  # fmt: skip
# Columns that hold words of the cohort file or of its dictionary.
COHORT_TEXTS = ("level", "group", "label", "unit", "note")
_cohort_texts = attrgetter(*COHORT_TEXTS)


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a curve or one bar of a waterfall; `key` names the series it belongs to."""

    key: str
    x: float
    y: float
    lower: float | None = None
    upper: float | None = None
    at_risk: int | None = None
    events: int | None = None
    censored: int | None = None
    mark: str = ""


class _Bars(Sequence[Point]):
    """Points of one series that have x, y and a mark alone, kept as numbers: a large cohort has several a patient."""

    def __init__(self, key: str) -> None:
        self.key = key
        self._x, self._y, self._codes = array("d"), array("d"), array("i")
        self._marks: dict[str, int] = {}

    def take(self, point: Point) -> bool:
        """Put a point behind the others; False where it would not come back as it was."""
        others = (point.lower, point.upper, point.at_risk, point.events, point.censored)
        # A whole number would come back with a decimal point.
        if others != (None,) * 5 or type(point.x) is not float or type(point.y) is not float:
            return False
        self._x.append(point.x)
        self._y.append(point.y)
        self._codes.append(self._marks.setdefault(point.mark, len(self._marks)))
        return True

    @property
    def ascending(self) -> bool:
        """Whether the points are in the order of x, and none stands twice."""
        return all(map(lt, self._x, islice(self._x, 1, None)))

    def __len__(self) -> int:
        return len(self._x)

    def __iter__(self) -> Iterator[Point]:
        marks = list(self._marks)
        for x, y, code in zip(self._x, self._y, self._codes, strict=True):
            yield Point(self.key, x, y, mark=marks[code])

    @overload
    def __getitem__(self, place: int) -> Point: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Point, ...]: ...
    def __getitem__(self, place: int | slice) -> Point | tuple[Point, ...]:
        if isinstance(place, slice):
            return tuple(self)[place]
        return Point(self.key, self._x[place], self._y[place], mark=list(self._marks)[self._codes[place]])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and len(self) == len(other) and all(map(eq, self, other))

    def __hash__(self) -> int:
        return hash(tuple(self))


class Points(Collection[Point]):
    """Points of any number of series, those of each in the order in which they came."""

    def __init__(self, points: Iterable[Point] = ()) -> None:
        self._series: dict[str, _Bars | list[Point]] = {}
        self += points

    def __iadd__(self, points: Iterable[Point]) -> Self:
        for point in points:
            series = self._series.get(point.key)
            if series is None:
                series = self._series[point.key] = _Bars(point.key)
            if isinstance(series, _Bars) and not series.take(point):
                series = self._series[point.key] = list(series)
            if isinstance(series, list):
                series.append(point)
        return self

    def __iter__(self) -> Iterator[Point]:
        return chain.from_iterable(self._series.values())

    def __len__(self) -> int:
        return sum(map(len, self._series.values()))

    def __contains__(self, point: object) -> bool:
        return isinstance(point, Point) and point in self.series(point.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Collection) and len(self) == len(other) and all(map(eq, self, other))

    def __hash__(self) -> int:
        return hash(tuple(self))

    def series(self, key: str) -> Sequence[Point]:
        """Return the points of a series; empty where there are none."""
        return self._series.get(key, ())

    def ordered(self) -> Points:
        """Return the points by series and x, each once."""
        made = Points()
        for key in sorted(self._series):
            series = self._series[key]
            ready = isinstance(series, _Bars) and series.ascending
            made += series if ready else sorted(dict.fromkeys(series), key=attrgetter("x"))
        return made


NO_STUDY = Study()


@dataclass(frozen=True, eq=False)
class Results:
    """All records of a run with the points of its figures, sorted, each `(key, method)` once.

    Raises
    ------
    ResultError
        Where two records contradict each other, or a key has not exactly one reported method.
    """

    records: tuple[Record, ...]
    points: Points = field(default_factory=Points)
    study: Study = NO_STUDY

    @classmethod
    def of(cls, records: Iterable[Record], points: Iterable[Point] = (), study: Study | None = None) -> Results:
        """Collect records and points: identical duplicates merge, differing ones are an error."""
        unique: dict[tuple[str, str], Record] = {}
        for record in records:
            place = (record.key, record.method)
            if unique.setdefault(place, record) != record:
                raise ResultError(f"Two different results for '{record.key}' by method '{record.method}'.")
        ordered = tuple(unique[place] for place in sorted(unique))
        series = points if isinstance(points, Points) else Points(points)
        results = cls(ordered, series.ordered(), study or NO_STUDY)
        results._check_reported()
        return results

    def _check_reported(self) -> None:
        counts: dict[str, int] = {}
        for record in self.records:
            counts[record.key] = counts.get(record.key, 0) + record.reported
        wrong = sorted(key for key, count in counts.items() if count != 1)
        if wrong:
            raise ResultError(f"Not exactly one reported method: {', '.join(wrong[:5])}.")

    @cached_property
    def _reported(self) -> dict[str, Record]:
        return {record.key: record for record in self.records if record.reported}

    @cached_property
    def _by_method(self) -> dict[tuple[str, str], Record]:
        return {(record.key, record.method): record for record in self.records}

    @cached_property
    def _methods(self) -> dict[str, tuple[Record, ...]]:
        methods: dict[str, list[Record]] = {}
        for record in self.records:
            methods.setdefault(record.key, []).insert(0 if record.reported else len(self.records), record)
        return {key: tuple(records) for key, records in methods.items()}

    def __contains__(self, key: str) -> bool:
        return key in self._reported

    def __iter__(self) -> Iterator[Record]:
        return iter(self.records)

    def __len__(self) -> int:
        return len(self.records)

    @property
    def keys(self) -> tuple[str, ...]:
        """All keys, sorted."""
        return tuple(self._reported)

    def get(self, key: str, method: str = "") -> Record:
        """Return the reported record of a key, or that of a named method.

        Raises
        ------
        ResultError
            Naming the nearest keys, or the methods that the key has.
        """
        if key not in self._reported:
            raise ResultError(f"No result has the key '{key}'.{nearest(key, self.keys)}")
        if not method:
            return self._reported[key]
        if (key, method) not in self._by_method:
            known = ", ".join(record.method for record in self.methods(key) if record.method)
            raise ResultError(f"'{key}' has no method '{method}'; it has {known or 'none that is named'}.")
        return self._by_method[key, method]

    def find(self, variable: str, group: str, statistic: str, *, level: str = "", method: str = "") -> Record:
        """Return a record by the parts of its key."""
        return self.get(result_key(variable, level, group, statistic), method)

    def methods(self, key: str) -> tuple[Record, ...]:
        """Return all records of a key, the reported one first."""
        return self._methods.get(key, ())

    def series(self, key: str) -> Sequence[Point]:
        """Return the points of a series in the order of x; empty where there are none."""
        return self.points.series(key)

    def merged(self, other: Results) -> Results:
        """Return both together; an identical duplicate merges, a differing one fails."""
        return Results.of([*self.records, *other.records], chain(self.points, other.points), self.study)

    def quote(self, reference: str, formatter: Formatter | None = None) -> tuple[Record, str]:
        """Resolve what prose writes: ``key``, ``key@method``, ``key to 1 decimal``.

        Returns
        -------
        record : Record
            The row that is quoted.
        text : str
            What is printed: its `formatted`, or the value to the decimals asked for.
        """
        name, _, precision = reference.partition(" to ")
        key, _, method = name.strip().partition("@")
        record = self.get(key, method)
        if not precision:
            return record, record.formatted
        digits = precision.split()[0]
        if not digits.isdecimal() or formatter is None:
            raise ResultError(f"'{reference}': write 'to 1 decimal' after the key.")
        return record, format_record(record, formatter, decimals=int(digits))


DIFFERENCES = ("risk_difference", "hodges_lehmann", "mean_difference")


def is_difference(statistic: str) -> bool:
    """Say whether a statistic is a difference or one of its limits: of percentages, it counts percentage points."""
    return statistic.removesuffix("_lower").removesuffix("_upper").removesuffix("_prediction") in DIFFERENCES


def in_points(record: Record) -> bool:
    """Say whether a record prints in percentage points, which whoever prints it names."""
    return record.unit in {"percent", "proportion"} and is_difference(record.statistic)


def format_record(record: Record, formatter: Formatter, *, decimals: int) -> str:
    """Print a record's value by its unit; what is missing prints as `formatted` says."""
    if record.value is None:
        return record.formatted or NOT_ESTIMABLE
    if in_points(record):
        return formatter.points(100 * record.value if record.unit == "proportion" else record.value, decimals)
    if record.statistic.startswith("p_value") or record.statistic.endswith("_p"):
        return formatter.p_value(record.value, decimals)
    if record.unit == "proportion":
        return formatter.percent(100 * record.value, decimals)
    if record.unit == "percent":
        return formatter.percent(record.value, decimals)
    return formatter.number(record.value, decimals)


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
    """Write ``results.csv``, ``series.csv`` and ``study.json`` into a folder."""
    (folder / "study.json").write_text(study_to_json(results.study), encoding="utf-8", newline="")
    (folder / "results.csv").write_text(results_csv(results), encoding="utf-8", newline="")
    (folder / "series.csv").write_text(series_csv(results), encoding="utf-8", newline="")


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

    def together(self, folders: Sequence[Path]) -> Results:
        """Return the tables of folders as one, with the study of the first; those not read yet are read."""
        for folder in folders:
            if folder not in self._rows:
                self.read(folder)
        records = dict.fromkeys(row for folder in folders for row in self._rows[folder][0])
        points = dict.fromkeys(row for folder in folders for row in self._rows[folder][1])
        study = study_from_json((folders[0] / "study.json").read_text(encoding="utf-8"))
        return Results.of((self._records[row] for row in records), (self._points[row] for row in points), study)


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
