"""Words that several figures share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import overload

from hai_utils.results.series import Point
from hai_utils.results.study import Study
from hai_utils.results.table import Results
from hai_utils.show.content import Quote, Text
from hai_utils.show.tables.cells import limits
from hai_utils.show.wording import people


def quoted(results: Results, name: str) -> Text:
    """Quote a record by its key; empty where there is none."""
    if name not in results:
        return ()
    record = results.get(name)
    return (Quote(record.key, record.formatted),)


def interval(results: Results, stem: str) -> Text:
    """Quote the limits of an estimate, joined as the style joins them; empty where neither is known."""
    low, high = results.find_key(f"{stem}_lower"), results.find_key(f"{stem}_upper")
    if low is None or high is None or (low.value is None and high.value is None):
        return ()
    return limits(results, low, high)


def single_cases_withheld(study: Study, plot: str, parts: str) -> str:
    """Say why a figure of single cases is not shown where the run withholds small cells."""
    return (
        f"There is no {plot} plot: each of its {parts} is one {people(study, 1)}, and this run withholds small cells."
    )


def source_note(study: Study) -> Text:
    """Say that what is drawn is no patient's; empty for real data."""
    if not study.synthetic:
        return ()
    if not study.reconstruction:
        return ("Drawn from rows that the file marks as made up: none is a patient.",)
    return (
        "Drawn from the reconstruction: no row is a patient, and what the article does not print is a property of how the rows were made.",
    )


class SeriesRows(Sequence[tuple[str, ...]]):
    """What a figure is drawn from as rows, the header first; each is written when it is asked for.

    Parameters
    ----------
    parts : sequence of (str, sequence of Point)
        The printed label of each group, and its points.

    Notes
    -----
    A row has the label and the columns of ``series.csv``; a number reads back bit for bit, an empty text is missing.
    """

    def __init__(self, parts: Sequence[tuple[str, Sequence[Point]]]) -> None:
        self._parts = parts

    def __len__(self) -> int:
        return 1 + sum(len(points) for _, points in self._parts)

    def __iter__(self) -> Iterator[tuple[str, ...]]:
        yield ("group", *_COLUMNS)
        for label, points in self._parts:
            yield from (_row(label, point) for point in points)

    @overload
    def __getitem__(self, place: int) -> tuple[str, ...]: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[tuple[str, ...], ...]: ...
    def __getitem__(self, place: int | slice) -> tuple[str, ...] | tuple[tuple[str, ...], ...]:
        if isinstance(place, slice):
            return tuple(self[one] for one in range(*place.indices(len(self))))
        left = range(len(self))[place] - 1
        for label, points in self._parts if left >= 0 else ():
            if left < len(points):
                return _row(label, points[left])
            left -= len(points)
        return ("group", *_COLUMNS)


_COLUMNS = tuple(field.name for field in fields(Point))


def _row(label: str, point: Point) -> tuple[str, ...]:
    return (label, *("" if (value := getattr(point, name)) is None else str(value) for name in _COLUMNS))
