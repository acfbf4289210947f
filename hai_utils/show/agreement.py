"""Numbers that other people's programs found, beside those that the book prints."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hai_utils.catalogue.criteria import CRITERIA
from hai_utils.errors import ResultError
from hai_utils.results.formatting import NOT_ESTIMABLE, working_number
from hai_utils.results.table import Results
from hai_utils.show.content import Content, Notice, Paragraphs, Quote, Row, Table, key
from hai_utils.show.tables.description import baseline
from hai_utils.show.tables.outcomes import outcomes

# Two numbers agree where they differ by less than this share of their size, or by next to nothing.
RELATIVE, ABSOLUTE = 1e-6, 1e-9
if TYPE_CHECKING:
    import pandas as pd

LEFT_OUT = Notice(
    "What this chapter computes is left out: it reads the patients' own values, and this run withholds small cells."
)
MOST_NAMED = 10
_IN_A_GROUP = ("n", "events", "median", "median_lower", "median_upper")
_BETWEEN = ("hazard_ratio", "hazard_ratio_lower", "hazard_ratio_upper", "p_value", "crossings", "last_crossing")
_POINT = ("y", "lower", "upper", "at_risk", "events", "censored")
_AGREES = {True: "yes", False: "no"}
Points = Mapping[tuple[str, float], Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class ComparedNumber:
    """One number of the book and what was found for it elsewhere.

    Attributes
    ----------
    exhibit : str
        Where the book prints it.
    name : str
        Its key, or the series and the place of a point.
    printed : str
        How the book prints it; empty for a point of a figure.
    book, found : float or None
        Both values; None: not estimable. `found` is nan where it was not looked for.
    """

    exhibit: str
    name: str
    printed: str
    book: float | None
    found: float | None

    @property
    def looked_for(self) -> bool:
        """Whether the other programs were asked for it."""
        return self.found is None or not math.isnan(self.found)

    @property
    def agrees(self) -> bool:
        """Whether both have the same number, or both none."""
        if self.book is None or self.found is None:
            return self.book is self.found
        return math.isclose(self.book, self.found, rel_tol=RELATIVE, abs_tol=ABSOLUTE)


def compared(results: Results, numbers: Mapping[str, Any], points: Points) -> list[ComparedNumber]:
    """Return every number of Tables 1 and 2 and of Figures 1 and 2 with what was found for it.

    Parameters
    ----------
    results : Results
        Of the chapters with these exhibits.
    numbers : mapping of str to number
        By key; nan: looked for, and not estimable.
    points : mapping
        By the key of a series and the place on its axis, the values of a point, such as ``y`` and ``lower``.
    """
    found = [_number(results, exhibit, name, numbers) for exhibit, names in _names(results) for name in names]
    return [*found, *_points(results, points)]


def verdict(results: Results, every: Sequence[ComparedNumber]) -> list[Content]:
    """Return what a chapter says of `compared`: how many numbers agree, in a sentence and by exhibit.

    Raises
    ------
    ResultError
        Where a number of the reconstruction, whose book is part of this project, differs.
    """
    if results.study.gated:
        return [LEFT_OUT]
    differing = [one for one in every if one.looked_for and not one.agrees]
    if differing and results.study.reconstruction:
        raise ResultError(f"Other programs find other numbers: {'; '.join(map(_in_words, differing[:MOST_NAMED]))}.")
    return [Paragraphs(((_verdict(every, differing),),)), _counts(every)]


def listed(every: Sequence[ComparedNumber]) -> pd.DataFrame:
    """Return each number that has a name beside the book's, and how the book prints it; points of figures have none."""
    import pandas as pd

    rows = [
        (one.name, *map(_shown, (one.found, one.book)), one.printed, _AGREES[one.agrees] if one.looked_for else "")
        for one in every
        if one.printed
    ]
    return pd.DataFrame(rows, columns=["number", "here", "in the book", "printed", "agrees"]).set_index("number")


def _shown(value: float | None) -> str:
    return NOT_ESTIMABLE if value is None else "" if math.isnan(value) else working_number(value)


def _names(results: Results) -> Iterator[tuple[str, list[str]]]:
    study = results.study
    for exhibit, content in (("Table 1", baseline(results)), ("Table 2", outcomes(results))):
        cells = [cell for row in content.rows for cell in row.cells] if isinstance(content, Table) else []
        yield exhibit, [run.key for cell in cells for run in cell if isinstance(run, Quote)]
    yield "Figure 1", [name for level in study.levels if (name := key(_reduction(results), level, "n")) in results]
    grid = [f"at_risk_{months:g}" for months in study.parameters["time_grid_months"]]
    within = [key("os", level, statistic) for level in study.levels for statistic in (*_IN_A_GROUP, *grid)]
    between = [key("os", group, statistic) for group in (*_pairs(results), "overall") for statistic in _BETWEEN]
    yield "Figure 2", [name for name in (*within, *between) if name in results]


def _pairs(results: Results) -> list[str]:
    return [pair for _, pair in results.study.pairs] if len(results.study.levels) == 2 else []


def _reduction(results: Results) -> str:
    return CRITERIA[results.study.parameters["response_criterion"]].reduction


def _number(results: Results, exhibit: str, name: str, numbers: Mapping[str, Any]) -> ComparedNumber:
    record = results.get(name)
    book = None if record.value is None else float(record.value)
    if name not in numbers:
        return ComparedNumber(exhibit, name, record.formatted, book, math.nan)
    return ComparedNumber(exhibit, name, record.formatted, book, _finite(numbers[name]))


def _finite(value: Any) -> float | None:  # noqa: ANN401 - a number of whatever program
    return float(value) if value is not None and math.isfinite(value) else None


def _points(results: Results, points: Points) -> Iterator[ComparedNumber]:
    series = [("Figure 1", key(_reduction(results), level, "bar")) for level in results.study.levels]
    series += [("Figure 2", key("os", level, "curve")) for level in results.study.levels]
    places = {name: sorted(x for key_of, x in points if key_of == name) for _, name in series}
    for exhibit, name in series:
        for place, point in enumerate(results.series(name)):
            near = places[name][place : place + 1]
            there = points[name, near[0]] if near and math.isclose(near[0], point.x, abs_tol=1e-8) else {}
            for what in _POINT:
                value = getattr(point, what)
                if value is None and what not in there:
                    continue
                found = _finite(there[what]) if what in there else math.nan
                label = f"{name} at {point.x:g}, {what}"
                yield ComparedNumber(exhibit, label, "", None if value is None else float(value), found)


def _verdict(every: Sequence[ComparedNumber], differing: Sequence[ComparedNumber]) -> str:
    asked = [one for one in every if one.looked_for]
    rest = len(every) - len(asked)
    words = f"All {len(asked):,} numbers agree." if not differing else (
        f"Of {len(asked):,} numbers, {len(differing):,} differ: {'; '.join(map(_in_words, differing[:MOST_NAMED]))}."
    )  # fmt: skip
    return f"{words} For {rest:,} more these programs have no counterpart." if rest else words


def _in_words(one: ComparedNumber) -> str:
    return f"{one.name} is {_plain(one.found)} here and {_plain(one.book)} in the book"


def _plain(value: float | None) -> str:
    return NOT_ESTIMABLE if value is None else repr(value)


def _counts(every: Sequence[ComparedNumber]) -> Table:
    rows = []
    for exhibit in dict.fromkeys(one.exhibit for one in every):
        here = [one for one in every if one.exhibit == exhibit]
        asked = [one for one in here if one.looked_for]
        agreeing = sum(one.agrees for one in asked)
        cells = (exhibit, len(here), agreeing, len(asked) - agreeing, len(here) - len(asked))
        rows.append(Row(tuple((f"{cell:,}" if isinstance(cell, int) else cell,) for cell in cells)))
    return Table(
        "table-agreement",
        ("Numbers of the book reproduced by other programs",),
        ("Where", "Numbers", "Agree", "Differ", "No counterpart"),
        tuple(rows),
        (("The points of the figures are counted with their limits and numbers at risk.",),),
    )
