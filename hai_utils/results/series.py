"""The points of every figure, series by series."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
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


class BarSeries(Sequence[Point]):
    """Points of one series that have x, y and a mark alone, kept as numbers: a large cohort has several a patient."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.x, self.y, self.codes = array("d"), array("d"), array("i")
        self.names: dict[str, int] = {}

    @classmethod
    def ranked(cls, key: str, values: Iterable[float], marks: Iterable[str]) -> Self:
        """Return bars at 1, 2, 3 and so on."""
        made = cls(key)
        made.y.extend(values)
        made.x.extend(map(float, range(1, len(made.y) + 1)))
        made.codes.extend(made.names.setdefault(mark, len(made.names)) for mark in marks)
        return made

    def add(self, x: float, y: float, mark: str) -> None:
        """Put one behind the others."""
        self.x.append(x)
        self.y.append(y)
        self.codes.append(self.names.setdefault(mark, len(self.names)))

    def take(self, point: Point) -> bool:
        """Put a point behind the others; False where it would not come back as it was."""
        others = (point.lower, point.upper, point.at_risk, point.events, point.censored)
        # A whole number would come back with a decimal point.
        if others != (None,) * 5 or type(point.x) is not float or type(point.y) is not float:
            return False
        self.add(point.x, point.y, point.mark)
        return True

    def copied(self) -> BarSeries:
        """Return the same bars for more to be put behind them."""
        made = BarSeries(self.key)
        made.x, made.y, made.codes, made.names = self.x[:], self.y[:], self.codes[:], dict(self.names)
        return made

    @property
    def marks(self) -> Iterator[str]:
        """The mark of each."""
        return map(list(self.names).__getitem__, self.codes)

    @property
    def ascending(self) -> bool:
        """Whether the points are in the order of x, and none stands twice."""
        return all(map(lt, self.x, islice(self.x, 1, None)))

    def __len__(self) -> int:
        return len(self.x)

    def __iter__(self) -> Iterator[Point]:
        for x, y, mark in zip(self.x, self.y, self.marks, strict=True):
            yield Point(self.key, x, y, mark=mark)

    @overload
    def __getitem__(self, place: int) -> Point: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Point, ...]: ...
    def __getitem__(self, place: int | slice) -> Point | tuple[Point, ...]:
        if isinstance(place, slice):
            return tuple(self[one] for one in range(*place.indices(len(self))))
        return Point(self.key, self.x[place], self.y[place], mark=list(self.names)[self.codes[place]])

    def __eq__(self, other: object) -> bool:
        if isinstance(other, BarSeries):
            return (self.x, self.y, self.codes, self.names) == (other.x, other.y, other.codes, other.names)
        return isinstance(other, Sequence) and len(self) == len(other) and all(map(eq, self, other))

    def __hash__(self) -> int:
        return hash(tuple(self))


Series = BarSeries | list[Point]


class Points(Collection[Point]):
    """Points of any number of series, those of each in the order in which they came.

    A series that several of these share is copied by the one that puts more into it.
    """

    def __init__(self, points: Iterable[Point] = ()) -> None:
        self._series: dict[str, Series] = {}
        self._shared: set[str] = set()
        self += points

    def __iadd__(self, points: Iterable[Point]) -> Self:
        if isinstance(points, Points):
            for key, series in points.by_series():
                self.share(key, series)
        elif isinstance(points, BarSeries):
            self.share(points.key, points)
        else:
            for point in points:
                self._add(point)
        return self

    def share(self, key: str, series: Series) -> None:
        """Take a whole series as it is; points that are there already are not taken again."""
        if not series:
            return
        if key not in self._series:
            self._series[key] = series
            self._shared.add(key)
        elif self._series[key] != series:
            for point in series:
                self._add(point)

    def bar(self, key: str, x: float, y: float, mark: str) -> None:
        """Put a point with x, y and a mark alone behind the others of its series."""
        series = self._own(key)
        if isinstance(series, BarSeries):
            series.add(x, y, mark)
        else:
            series.append(Point(key, x, y, mark=mark))

    def _add(self, point: Point) -> None:
        series = self._own(point.key)
        if isinstance(series, BarSeries) and not series.take(point):
            series = self._series[point.key] = list(series)
        if isinstance(series, list):
            series.append(point)

    def _own(self, key: str) -> Series:
        if key not in self._series:
            self._series[key] = BarSeries(key)
        elif key in self._shared:
            series = self._series[key]
            self._series[key] = series.copied() if isinstance(series, BarSeries) else list(series)
            self._shared.remove(key)
        return self._series[key]

    def by_series(self) -> Iterable[tuple[str, Series]]:
        """Return the key of each series, and its points."""
        return self._series.items()

    def only(self, wanted: Callable[[str], bool]) -> Points:
        """Return the series whose key is wanted."""
        made = Points()
        for key in filter(wanted, self._series):
            made.share(key, self._series[key])
        return made

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
            if isinstance(series, BarSeries) and series.ascending:
                made.share(key, series)
            else:
                made += sorted(dict.fromkeys(series), key=attrgetter("x"))
        return made
