"""Runs made by hand, small enough to see what must differ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from hai_utils.results.formatting import NOT_ESTIMABLE, NOT_REACHED, Formatter
from hai_utils.results.record import Record, Value
from hai_utils.results.series import Point
from hai_utils.results.study import Group, Label, Study
from hai_utils.results.table import Results
from hai_utils.run.comparison import Run
from hai_utils.show.content import Figure

SVG = '<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="f-title"><title id="f-title">{}</title><path d="M0 0" clip-path="url(#f-c)"/><use href="#f-c"/></svg>'


def study(**changes: Any) -> Study:
    """A study of 20 patients in two groups."""
    plain = Study(
        size=20, sha256="one", group_by="kras", group_label="KRAS status", reference="wild",
        groups=(Group("mutant", "Mutated", 9), Group("wild", "Wild type", 11)),
        variables={
            "response": Label("Response", "Response", "", "category"),
            "os": Label("Survival, months", "Survival", "months", "number"),
        },
        parameters={"significance_level": 0.05, "primary_endpoint": "response", "outcomes": ["os"]},
    )  # fmt: skip
    return replace(plain, **changes)


def row(
    statistic: str, value: Value, method: str = "", *, variable: str = "response", group: str = "mutant_vs_wild",
    reported: bool = True, level: str = "", note: str = "", n: int = 20, formatted: str | None = None, unit: str = "",
) -> Record:  # fmt: skip
    """A row, printed to two decimals unless said otherwise."""
    missing = NOT_REACHED if note == "not reached" else NOT_ESTIMABLE
    text = formatted or (missing if value is None else Formatter.of("jgo").number(value, 2))
    return Record(
        variable=variable, level=level, group=group, statistic=statistic, method=method, reported=reported,
        chapter="03_tumor_response", label=f"{variable}: {level}" if level else variable, value=value, n=n, unit=unit,
        formatted=text, note=note,
    )  # fmt: skip


def run(
    records: Iterable[Record], *, name: str = "run", points: Iterable[Point] = (), figures: Mapping[str, str] | None = None,
    **changes: Any,
) -> Run:  # fmt: skip
    """A run of these rows."""
    drawn = tuple(Figure(key, ("Figure",), "", svg) for key, svg in (figures or {}).items())
    return Run(name, Results.of(records, points, study(**changes)), {}, drawn)
