"""Evidence of a number: the rows that enter, each intermediate value of a textbook, and code by which anybody checks it.

One door: `evidence`. The card of a number in the book, ``hai number KEY --working`` and a notebook show what it returns.
It prints no number of its own: what it works out again, from the rows that the results bring, is what the results say.
A page that only asks whether there is evidence imports none of the statistics: they come with the first that is made.
"""

from __future__ import annotations

from hai_utils.catalogue.statistics import read_statistic
from hai_utils.catalogue.workings import why_without
from hai_utils.errors import ResultError
from hai_utils.results.record import Record
from hai_utils.results.samples import MOST_PATIENTS
from hai_utils.results.table import Results
from hai_utils.show.evidence.case import case_of, is_printed
from hai_utils.show.evidence.model import Evidence
from hai_utils.show.wording import people

__all__ = ["Evidence", "evidence", "find_evidence", "has_evidence", "why_none"]


def evidence(results: Results, key: str, method: str = "") -> Evidence:
    """Return the evidence of a number.

    Parameters
    ----------
    results : Results
        Of a run, or as `hai_utils.analyses.analyse` returns them.
    key : str
        Of the number, also ``key@method``.
    method : str
        The reported one unless given.

    Raises
    ------
    ResultError
        Where there is no such number, or no working of it, with the reason.
    """
    name, _, named = key.partition("@")
    record = results.get(name, method or named)
    found = find_evidence(results, record)
    if found is None:
        raise ResultError(f"'{key}': {why_none(results, record)}")
    return found


def find_evidence(results: Results, record: Record) -> Evidence | None:
    """Return the evidence of a record; None where there is none."""
    from hai_utils.show.evidence.making import made_evidence

    case = case_of(results, record)
    return made_evidence(case) if case is not None else None


def has_evidence(results: Results, record: Record) -> bool:
    """Say whether there is evidence of a record."""
    return case_of(results, record) is not None


def why_none(results: Results, record: Record) -> str:
    """Return why there is no evidence of a record, as a sentence."""
    if record.withheld:
        return "it is withheld, and so is what it was made from."
    if is_printed(record):
        return "the article prints it, and its patients' data are not public."
    if record.value is None:
        return f"there is no value ({record.note or 'not estimable'})."
    if reason := why_without(read_statistic(record.statistic).record.name):
        return f"{reason}."
    if record.variable not in results.samples and not results.study.gated:
        rows, size = people(results.study), results.study.size or 0
        if size > MOST_PATIENTS:
            return f"it is made from single {rows}, which evidence shows of at most {MOST_PATIENTS}."
        return (
            f"it is made from values of single {rows}, which this run does not list (its 'evidence' is 'sums'); those who have the cohort "
            "see the working in a run with 'hai build --set evidence=rows'."
        )
    return "no working is known of this statistic by this method" + (
        ", or small cells are withheld." if results.study.gated else "."
    )
