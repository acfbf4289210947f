"""Sentences of the chapter "Other choices": who changes category, and what all admissible analyses say together."""

from __future__ import annotations

from hai_utils.catalogue.other_choices import ALL, REREAD
from hai_utils.results.table import Results
from hai_utils.show.content import Content, Notice, Text, clause, compose, join, key, listed, quote
from hai_utils.show.sentences.composing import paragraphs
from hai_utils.show.tables.other_choices import NO_RESPONSE, has_analyses, reported, switches_of, why_not
from hai_utils.show.wording import between_groups, people


def response_by_each(results: Results) -> Content:
    """Say how many patients change category under another criterion, and what the simulated readings give."""
    study, switches = results.study, switches_of(results)
    if not switches:
        return Notice(why_not(study) or NO_RESPONSE)
    others = [switch for switch in switches if not reported(results, switch)]
    changed = [
        compose(results, f"in {{{key(switch.variable, 'analysed', 'changed')}}} by [criterion]", criterion=switch.words)
        for switch in others
    ]
    counts = (results.get(key(switches[0].variable, "analysed", name)).value for name in ("n", "n_missing"))
    total = sum(int(count or 0) for count in counts)
    head = f"Of {study.formatter.count(total)} {people(study)} analyzed, the response differs from the one reported "
    first = clause(head, listed(changed), ".") if changed else ()
    stem = key(REREAD, "analysed", "reread_rate")
    rate = results.find_key(stem)
    second: Text = ()
    if rate is not None and rate.value is not None:
        template = (
            "In simulated measurements by another reader, the response rate by the criterion of this run was between "
            f"{{{stem}_lower}} and {{{stem}_upper}} in 95% of readings."
        )
        second = compose(results, template)
    return paragraphs(results, (first, second), NO_RESPONSE)


def all_analyses(results: Results) -> Content:
    """Say how many admissible analyses agree, their median effect, and one P for all of them."""
    study = results.study
    texts = [
        text
        for group, pair in study.pairs
        if has_analyses(results) and (text := _comparison(results, pair, between_groups(study, group)))
    ]
    if not texts:
        why = "The primary endpoint of this run is compared in one way alone, or not at all: there is nothing to set beside it."
        return Notice(why_not(study) or why)
    return paragraphs(results, texts, "")


def _comparison(results: Results, pair: str, whom: str) -> Text:
    study, stem = results.study, key(ALL, pair)
    effects = [name for name in ("risk_difference", "hazard_ratio") if f"{stem}.{name}" in results]
    if not effects:
        return ()
    words = "difference" if effects == ["risk_difference"] else "hazard ratio"
    unit = " percentage points" if effects == ["risk_difference"] else ""
    name = results.get(f"{stem}.analyses").label.partition(": ")[2]
    level = study.formatter.as_given(float(study.parameters["significance_level"]))
    first = compose(
        results,
        f"[name], [whom]: {{{stem}.analyses}} analyses are admissible. Their median {words} is "
        f"{{{stem}.{effects[0]}@median_of_analyses}}{unit}; {{{stem}.analyses_same_direction}} have an effect in the same direction, and "
        f"{{{stem}.analyses_significant}} have P below [level].",
        name=name, whom=whom, level=level,
    )  # fmt: skip
    record = results.get(f"{stem}.p_value", "permutation_of_analyses")
    error = results.get(f"{stem}.p_value_mc_se", "permutation_of_analyses")
    exact = not any(digit in error.formatted for digit in "123456789")
    spread: Text = () if exact else (" (Monte Carlo standard error ", quote(error), ")")
    second = clause(
        "For this median, P=", (quote(record),), " by permutation of the groups over all analyses", spread, "."
    )
    return join(first, second)
