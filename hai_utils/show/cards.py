"""All that is known of one number: its value, how it was computed, by which other methods, and where.

The book shows a card when a number is opened, ``hai number`` prints it; both read it from the results of a run.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from hai_utils.results.formatting import WITHHELD, full_precision
from hai_utils.results.record import Record
from hai_utils.results.table import Results
from hai_utils.show.wording import population_name, statistic_name, why_withheld

LIMITS = ("_lower", "_upper")
# A percentage is the proportion of the same name, which has the interval.
PERCENT, PROPORTION = ".percent", ".proportion"
_WRITES_RESULTS = "results_dir"


@dataclass(frozen=True, slots=True)
class CardEstimate:
    """A number by one method, with the limits of its interval by the same method.

    Attributes
    ----------
    method : str
        Its name in results; empty where there is only one way.
    value : str
        In full precision; empty where it is not estimable, or where the method concerns the limits alone.
    printed : str
        As the book prints it.
    n : int or None
        Patients it rests on.
    note : str
        Why there is no value, or what to know of it.
    lower, upper : str
        Limits in full precision; empty for an open limit, both empty without an interval by this method.
    """

    method: str
    value: str
    printed: str
    n: int | None
    note: str = ""
    lower: str = ""
    upper: str = ""

    @property
    def withheld(self) -> bool:
        """Whether the disclosure gate withholds it."""
        return self.printed == WITHHELD

    @property
    def has_interval(self) -> bool:
        """Whether there is at least one limit."""
        return bool(self.lower or self.upper)


@dataclass(frozen=True, slots=True)
class Card:
    """One key with every method that was computed for it.

    Attributes
    ----------
    key, chapter, unit : str
        As in results.
    label, statistic, population : str
        In words: of what, which number, about whom.
    estimates : tuple of CardEstimate
        The reported one first.
    interval : CardEstimate or None
        The reported interval where its method is not that of the reported estimate, as with medians.
    interval_unit : str
        Of its limits; those of a percentage are proportions.
    limit_of : CardEstimate or None
        For a limit: the estimate that it belongs to.
    """

    key: str
    chapter: str
    unit: str
    label: str
    statistic: str
    population: str
    estimates: tuple[CardEstimate, ...]
    interval: CardEstimate | None = None
    interval_unit: str = ""
    limit_of: CardEstimate | None = None

    def by_method(self, method: str) -> CardEstimate:
        """Return the estimate by a method, or the reported one where none is named."""
        return next((found for found in self.estimates if method and found.method == method), self.estimates[0])


def make_card(results: Results, key: str) -> Card:
    """Gather what the results hold about a key.

    Raises
    ------
    ResultError
        Where no result has the key.
    """
    record = results.get(key)
    stem = next((key.removesuffix(end) for end in LIMITS if key.endswith(end) and key.removesuffix(end) in results), "")
    own = tuple(_estimate(results, row, stem or key) for row in results.methods(key))
    bounded = key.removesuffix(PERCENT) + PROPORTION if key.endswith(PERCENT) else key
    limits = () if stem else results.methods(f"{bounded}_lower")
    interval = _limits_alone(results, bounded, limits[:1])
    others = _limits_alone(results, bounded, limits, known=own)
    return Card(
        key=key,
        chapter=record.chapter,
        unit=record.unit,
        label=record.label,
        statistic=statistic_name(results.study, record.statistic),
        population=population_name(results.study, record.group),
        estimates=(*own, *others),
        interval=interval[0] if interval and interval[0].method != own[0].method else None,
        interval_unit=limits[0].unit if limits else record.unit,
        limit_of=_estimate(results, results.get(stem), stem) if stem else None,
    )


def _estimate(results: Results, record: Record, stem: str) -> CardEstimate:
    lower, upper = (_value(results, f"{stem}{end}", record.method) for end in LIMITS)
    return CardEstimate(
        record.method, full_precision(record.value), record.formatted, record.n, _note(results, record), lower, upper
    )  # fmt: skip


def _note(results: Results, record: Record) -> str:
    return why_withheld(results.study) if record.withheld else record.note


def _value(results: Results, key: str, method: str) -> str:
    found = next((record for record in results.methods(key) if record.method == method), None)
    return "" if found is None else full_precision(found.value)


def _limits_alone(
    results: Results, stem: str, lower: tuple[Record, ...], known: tuple[CardEstimate, ...] = ()
) -> tuple[CardEstimate, ...]:
    """Return intervals by methods that have no estimate of their own."""
    methods = {estimate.method for estimate in known}
    return tuple(
        CardEstimate(
            low.method,
            "",
            "",
            low.n,
            _note(results, low),
            full_precision(low.value),
            _value(results, f"{stem}_upper", low.method),
        )
        for low in lower
        if low.method not in methods
    )


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a notebook: the words over its folded code, and the code."""

    title: str
    code: str


def computing_cell(notebook: str) -> Cell | None:
    """Return the cell of an executed notebook that hands its results on; None where none does."""
    cells = [
        cell
        for cell in json.loads(notebook)["cells"]
        if cell["cell_type"] == "code" and not _declares(cell["metadata"].get("tags", []))
    ]
    found = [cell for cell in cells if _WRITES_RESULTS in "".join(cell["source"])]
    if not found:
        return None
    title = found[-1]["metadata"].get("mystnb", {}).get("code_prompt_show", "")
    return Cell(str(title), "".join(found[-1]["source"]))


def _declares(tags: list[str]) -> bool:
    return bool({"parameters", "injected-parameters"} & set(tags))
