"""The points of every figure, series by series."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from operator import attrgetter, eq, lt
from typing import Self, overload

# The mark of a point of a curve that may be read only there: between two of them nothing is known.
COARSE = "grid"


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
