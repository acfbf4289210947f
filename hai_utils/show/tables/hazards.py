"""What stands beside a hazard ratio where the hazards are not proportional, or the curves cross."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from hai_utils.catalogue.endpoints import HEPATIC, Endpoint, milestones
from hai_utils.catalogue.statistics import FEW_STEPS, PROPORTIONAL, STATISTICS
from hai_utils.results.table import Results
from hai_utils.show.content import Text, clause, join, key, listed, plain, quote, sentence
from hai_utils.show.tables.cells import limits_in_prose, p_value_beside_level
from hai_utils.show.wording import (
    between_groups,
    confidence_words,
    group_name,
    group_words,
    method_name,
    reference_name,
)

OFTEN: dict[float, str] = {
    2: "twice",
    **{
        count: f"{word} times"
        for count, word in enumerate(("three", "four", "five", "six", "seven", "eight", "nine"), 3)
    },
}
Measures = Literal["all", "means", "none"]
SURVIVAL_AT, INCIDENCE, MEAN_DIFFERENCE = (
    STATISTICS[name] for name in ("survival_at", "cumulative_incidence", "rmst_difference")
)


def rejected(results: Results, stem: str) -> bool:
    """Say whether the test of proportional hazards rejects at the level of the run."""
    record = results.find_key(f"{stem}.{PROPORTIONAL}")
    if record is None or record.value is None:
        return False
    return record.value < float(results.study.parameters["significance_level"])


def ratio_words(results: Results, stem: str) -> str:
    """Return what the hazard ratio of a comparison is called."""
    # Of a reconstruction, whether hazards are proportional is a property of the rows.
    return "average hazard ratio" if rejected(results, stem) and not results.study.published else "hazard ratio"


def average_note(results: Results, rows: Sequence[tuple[str, str]]) -> str:
    """Return the sentence of a note that names the rows, (stem, words), whose hazard ratio is an average; or nothing."""
    named = [words for stem, words in rows if rejected(results, stem)]
    return (
        f" Hazards not proportional, the hazard ratio an average over the follow-up: {'; '.join(named)}."
        if named
        else ""
    )


def competes(endpoint: Endpoint | None) -> bool:
    """Say whether death ends an endpoint without being an event: a Kaplan-Meier share would overstate the event."""
    return endpoint is not None and endpoint.death == "competes"


def share_of(endpoint: Endpoint | None, variable: str, group: str, months: float) -> tuple[str, str]:
    """Return stem and statistic of the share at a time: survival, or where death competes the cumulative incidence."""
    if endpoint is None or not competes(endpoint):
        return key(variable, group), SURVIVAL_AT.at(months)
    of = (endpoint.name, endpoint.cause) if endpoint.cause else (HEPATIC.name, HEPATIC.cause)
    return key(*of, group), INCIDENCE.at(months)


def beside_ratios(
    results: Results,
    variable: str,
    pairs: Sequence[str],
    measures: Measures = "all",
    *,
    drawn_until: float | None = None,
) -> Text:
    """Say of each comparison what its hazard ratio does not tell, with as many other measures as have their place there."""
    alone = len(pairs) == 1
    return join(*(_beside(results, variable, pair, measures, alone=alone, end=drawn_until) for pair in pairs))


def _beside(results: Results, variable: str, pair: str, measures: Measures, *, alone: bool, end: float | None) -> Text:
    """Say that hazards are not proportional, with the measures that do not need it; and that the curves cross."""
    stem = key(variable, pair)
    group = None if alone else next((group for group, name in results.study.pairs if name == pair), None)
    whom = f" for {between_groups(results.study, group)}" if group else ""
    of = f" of {group_name(results.study, group)} and {reference_name(results.study)}" if group else ""
    crossing = _crossing(results, stem, of, end)
    if not rejected(results, stem):
        # Of the primary endpoint the reader gets every measure that the methods announce.
        whole = alone and measures == "all" and variable == results.study.primary
        measured = (_means(results, stem), _milestones(results, variable, pair)) if whole else ()
        return join(*measured, crossing)
    test = method_name(results.get(f"{stem}.{PROPORTIONAL}").method)
    p_value = p_value_beside_level(results, results.get(f"{stem}.{PROPORTIONAL}"))
    average = clause(
        f"The hazards were not proportional{whom} ({'P' if plain(p_value).startswith('<') else 'P='}", p_value,
        f", {test}), so that the hazard ratio is an average over the follow-up.",
    )  # fmt: skip
    means = () if measures == "none" else _means(results, stem)
    return join(average, means, _milestones(results, variable, pair) if measures == "all" else (), crossing)


def _estimate(results: Results, name: str, unit: str = "") -> Text:
    """Return an estimate with its limits; empty where it is withheld or cannot be had."""
    record = results.find_key(name)
    if record is None or record.value is None:
        return ()
    low, high = results.get(f"{name}_lower"), results.get(f"{name}_upper")
    if low.value is None or high.value is None:
        return (quote(record), unit)
    return clause(
        (quote(record), unit), f" ({confidence_words(results.study)} ", limits_in_prose(results, low, high), ")"
    )


def _means(results: Results, stem: str) -> Text:
    """Return the difference in restricted mean survival time to each horizon."""
    study = results.study
    found = [
        clause(value, f" to month {study.formatter.as_given(months)}")
        for months in study.parameters["restricted_mean_months"]
        if (value := _estimate(results, f"{stem}.{MEAN_DIFFERENCE.at(months)}", " months"))
    ]
    return clause("The difference in restricted mean survival time was ", listed(found), ".") if found else ()


def _milestones(results: Results, variable: str, pair: str) -> Text:
    """Return survival in both groups at the milestones, or at the last time of the grid where it has none of them."""
    study = results.study
    group = next((group for group, name in study.pairs if name == pair), None)
    reference = next((one for one in study.groups if one.level == study.reference), None)
    if group is None or reference is None:
        return ()
    chosen = milestones(study.parameters["time_grid_months"])
    values = [
        clause(read, f" in {group_words(study, one)}")
        for one in (group, reference)
        if (read := share_at_times(results, variable, one.level, chosen))
    ]
    endpoint = study.endpoint(variable)
    named = endpoint.within_text if endpoint else "survival"
    words = (
        f"{f'The cumulative incidence of {endpoint.event}' if endpoint and competes(endpoint) else sentence((named,))[0]} was ",
    )
    return clause(words, values[0], ", and ", values[1], ".") if len(values) > 1 else ()


def share_at_times(results: Results, variable: str, group: str, times: Sequence[float]) -> Text:
    """Return the share of a group at each time at which it is known."""
    endpoint = results.study.endpoint(variable)
    return listed(
        [
            clause(value, f" at {results.study.formatter.as_given(months)} months")
            for months in times
            if (value := _estimate(results, ".".join(share_of(endpoint, variable, group, months))))
        ]
    )


def _crossing(results: Results, stem: str, of: str, end: float | None) -> Text:
    """Say that the curves cross, how often, and when last, unless one or two steps decide it; of a drawing, whether that lies after its end."""
    count = results.find_key(f"{stem}.crossings")
    if count is None or not count.value or count.note == FEW_STEPS:
        return ()
    last = results.get(f"{stem}.last_crossing")
    ending = ", after the end of the drawing." if end is not None and (last.value or 0) > end else "."
    words: Text = (OFTEN[count.value],) if count.value in OFTEN else (quote(count), " times")
    often: Text = () if count.value == 1 else clause(" ", words, ", last")
    return sentence(clause(f"The curves{of} crossed", often, " at month ", (quote(last),), ending))
