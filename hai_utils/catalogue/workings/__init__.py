"""How each statistic is worked out step by step, and the code by which anybody checks it with R or Python.

One record a statistic and method, in the files beside this one. Its steps are the function of the same name in
`hai_utils.show.evidence`; its code begins with lines that read the rows, or the counts, which depend on `Working.data` alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from hai_utils.catalogue.statistics import STATISTICS, Part, Statistic, Tells
from hai_utils.catalogue.workings.reading import pair_of, read
from hai_utils.catalogue.workings.record import Kind, Working


def _working_of_file(name: str) -> Iterator[Working]:
    content = read(name)
    for entry in content["working"]:
        r, python = (code.rstrip("\n") for code in pair_of(entry, content))
        told = {name: text for name, text in entry.items() if name not in ("r", "python", "parts")}
        yield Working(**told, parts=tuple(entry.get("parts", ("",))), r=r, python=python)


WORKINGS: tuple[Working, ...] = tuple(
    working for name in ("counts", "values", "curves", "choices") for working in _working_of_file(name)
)


@cache
def working_of(statistic: str, part: Part, method: str, kind: Kind) -> Working | None:
    """Return the working of a statistic's part by a method, of rows of a kind; None where there is none.

    Parameters
    ----------
    statistic : str
        Name of its record, without time and part.
    kind : {'values', 'levels', 'times', 'causes', 'status'}
        What the rows hold: numbers, levels, times with events, times with causes, or a status that changes.
    """
    fitting = (
        working
        for working in WORKINGS
        if statistic == working.statistic and part in working.parts and method == working.method
    )
    return next((working for working in fitting if kind in working.needs), None)


def without_working() -> dict[str, str]:
    """Return why each statistic of the catalogue that has no working has none, by its words."""
    known = {working.statistic for working in WORKINGS}
    return {record.words: _why(record) for name, record in STATISTICS.items() if name not in known}


def _why(record: Statistic) -> str:
    if record.tells is Tells.CENTERS:
        return "it is pooled from what centers publish: the table of centers shows the estimate, the limits and the weight of each"
    raise TypeError(f"The statistic '{record.name}' has neither a working nor a reason to have none.")


def why_without(statistic: str) -> str:
    """Return why a statistic has no working; empty where it has one."""
    return without_working().get(STATISTICS[statistic].words, "")
