"""Tables, figures and sentences of the overview, from its results alone."""

from __future__ import annotations

from collections.abc import Sequence

from hai_utils.catalogue.endpoints import IN_FILE
from hai_utils.catalogue.statistics import PROPORTIONAL, STATISTICS
from hai_utils.results.formatting import p_phrase
from hai_utils.results.keys import comparison, result_key
from hai_utils.results.table import Results
from hai_utils.show.content import (
    Content,
    Notice,
    Paragraphs,
    Quote,
    Row,
    Table,
    Text,
    clause,
    compose,
    join,
    key,
    listed,
)
from hai_utils.show.figures.forest import Effect, forest
from hai_utils.show.tables.cells import EMPTY, UNREACHED, interval_cell, p_value_text
from hai_utils.show.wording import confidence_words, in_text, people

COMBINED = "combined"
ENDPOINTS = {endpoint.name: endpoint for endpoint in IN_FILE}
RESPONSES = ("objective_response", "converted_to_resection")
RANDOM_EFFECTS = "paule_mandel_hartung_knapp"
COMMON: dict[Effect, str] = {"risk_difference": "mantel_haenszel", "hazard_ratio": "cox_stratified"}


def effect_of(variable: str) -> Effect:
    """Return by which effect an outcome is compared."""
    return "hazard_ratio" if variable in ENDPOINTS else "risk_difference"


def recorded(results: Results, variable: str) -> bool:
    """Say whether any center has the outcome."""
    name = result_key(variable, "analysed", COMBINED, "n")
    return name in results and bool(results.get(name).value)


def centers_table(results: Results, centers: Sequence[str]) -> Table:
    """Return the centers side by side: who is in each, and what happened to them."""
    study = results.study
    responses = [name for name in RESPONSES if recorded(results, name)]
    endpoints = [name for name in ENDPOINTS if recorded(results, name)]
    columns = ["Center", people(study).capitalize(), *(f"{group.label}, n" for group in study.groups)]
    columns += [f"{study.variables[name].plain}, n/N (%)" for name in responses]
    for name in endpoints:
        columns += [f"{ENDPOINTS[name].short}: events/N", f"{ENDPOINTS[name].short}: median, months"]
    columns += ["Median follow-up, months"] if endpoints else []
    rows = [
        Row(tuple(_center_cells(results, name, responses, endpoints)), anchor=key(name))
        for name in (*centers, COMBINED)
    ]
    notes: list[Text] = [
        (
            f"Outcomes are of all who are analysed in a center, by the methods of its own book. {UNREACHED} "
            "Medians are not combined.",
        )
    ]
    return Table("table-centers", ("Centers side by side",), tuple(columns), tuple(rows), tuple(notes), main=True)


def _center_cells(results: Results, center: str, responses: Sequence[str], endpoints: Sequence[str]) -> list[Text]:
    study = results.study
    cells: list[Text] = [
        ("All centers",) if center == COMBINED else (center,),
        _cell(results, "patients", "", center, "n"),
    ]
    cells += [_cell(results, "patients", group.level, center, "n") for group in study.groups]
    cells += [_rate(results, name, center) for name in responses]
    for name in endpoints:
        cells.append(_of(results, name, "analysed", center, "events"))
        cells.append(_cell(results, name, "analysed", center, "median"))
    if endpoints:
        cells.append(_cell(results, endpoints[0], "analysed", center, "follow_up_median"))
    return cells


def _cell(results: Results, variable: str, level: str, center: str, statistic: str) -> Text:
    name = result_key(variable, level, center, statistic)
    if name not in results:
        return EMPTY
    record = results.get(name)
    return EMPTY if record.note == "not recorded" else (Quote(record.key, record.formatted),)


def _rate(results: Results, variable: str, center: str) -> Text:
    ratio = _of(results, variable, "analysed", center, "count")
    percent = _cell(results, variable, "analysed", center, "percent")
    return ratio if ratio == EMPTY or percent == EMPTY else (*ratio, " (", *percent, ")")


def outcome(results: Results, variable: str, level: str, centers: Sequence[str]) -> tuple[Content, ...]:
    """Return what is said of one outcome in one comparison: sentences, the forest plot, its numbers as a table."""
    label = results.study.variables[variable].plain
    if not recorded(results, variable):
        return (Notice(f"{label}: no center records it."),)
    effect = effect_of(variable)
    plot = forest(results, variable, level, effect, centers)
    table = effects_table(results, variable, level, centers)
    return (Paragraphs(sentences(results, variable, level, centers)), plot, table)


def effects_table(results: Results, variable: str, level: str, centers: Sequence[str]) -> Table:
    """Return the numbers of a forest plot: counts, effect, interval and weight of each center, and all together."""
    study, effect = results.study, effect_of(variable)
    pair = comparison(level, study.reference)
    statistic = "count" if effect == "risk_difference" else "events"
    rows = [
        Row(
            (
                (name,),
                *(_of(results, variable, group, name, statistic) for group in (level, study.reference)),
                interval_cell(results, key(variable, pair, name), effect),
                _cell(results, variable, pair, name, "weight") or EMPTY,
                (results.find(variable, name, effect, level=pair).note,),
            )
        )
        for name in centers
    ]
    columns = (
        "Center", f"{study.label_of(level)}, {statistic.replace('count', 'n')}/N", f"{study.reference_label}, {statistic.replace('count', 'n')}/N",
        f"{STATISTICS[effect].heading} ({confidence_words(study)})", "Weight", "Note",
    )  # fmt: skip
    title = f"{study.variables[variable].plain}, {study.label_of(level)} versus {study.reference_label}: the numbers"
    return Table(f"numbers-{variable}-{key(level)}", (title,), columns, tuple(rows))


def _of(results: Results, variable: str, group: str, center: str, statistic: str) -> Text:
    count, n = (_cell(results, variable, group, center, name) for name in (statistic, "n"))
    return EMPTY if EMPTY in (count, n) else (*count, "/", *n)


def sentences(results: Results, variable: str, level: str, centers: Sequence[str]) -> tuple[Text, ...]:
    """Say the combined effect with its interval, the mean over centers, how far they differ, and who is not in it."""
    study, effect = results.study, effect_of(variable)
    pair = comparison(level, study.reference)
    stem = key(variable, pair, COMBINED)
    words = {
        "level": in_text(study.label_of(level)), "reference": in_text(study.reference_label), "ci": confidence_words(study),
        "outcome": in_text(study.variables[variable].plain),
    }  # fmt: skip
    common = results.get(f"{stem}.{effect}", COMMON[effect])
    count = results.get(f"{stem}.centers")
    found = [
        _common(results, stem, effect, words) if common.value is not None else _nothing(common.note, words),
        _mean(results, stem, effect, words) if (count.value or 0) > 1 else (),
        _spread(results, stem) if (count.value or 0) > 1 else (),
        _proportional(results, key(variable, pair), centers) if common.value is not None else (),
        _left_out(results, variable, pair, effect, centers),
    ]
    return tuple(text for text in found if text)


def _common(results: Results, stem: str, effect: Effect, words: dict[str, str]) -> Text:
    estimate = f"{{{stem}.{effect}}}"
    limits = f"[ci] {{{stem}.{effect}_lower}} to {{{stem}.{effect}_upper}}"
    if effect == "risk_difference":
        text = f"The risk difference in [outcome], [level] minus [reference], is {estimate} percentage points ({limits}) over all centers (Mantel-Haenszel)."
        known = results.get(f"{stem}.{effect}_lower").value is not None
        return compose(results, text if known else text.replace(f" ({limits})", ""), **words)
    text = f"The hazard ratio of [outcome], [level] to [reference], is {estimate} ({limits}) in one Cox model with a baseline hazard for each center."
    note = results.get(f"{stem}.{effect}").note
    return join(compose(results, text, **words), (f"This is {note}.",) if note else ())


def _nothing(note: str, words: dict[str, str]) -> Text:
    reasons = {
        "one center": "Only one center can be compared, so that nothing is combined.",
        "no center": "No center can be compared.",
        "no data": "No center can be compared.",
        "rows are kept apart": "Centers that withhold small counts keep their rows apart, so that there is no model of all of them.",
    }
    return (reasons.get(note, f"The combined {words['outcome']} is not estimable: {note}."),)


def _mean(results: Results, stem: str, effect: Effect, words: dict[str, str]) -> Text:
    methods = {record.method for record in results.methods(f"{stem}.{effect}")}
    method = RANDOM_EFFECTS if RANDOM_EFFECTS in methods else "paule_mandel"
    estimate, lower, upper = (f"{{{stem}.{effect}{part}@{method}}}" for part in ("", "_lower", "_upper"))
    unit = " percentage points" if effect == "risk_difference" else ""
    mean = compose(
        results,
        f"Where centers may differ, the mean over {{{stem}.centers}} centers is {estimate}{unit} ([ci] {lower} to {upper};",
        **words,
    )
    if method != RANDOM_EFFECTS:
        rest: Text = (
            " random effects with normal limits, because two centers are too few for those of Hartung and Knapp and for a prediction interval).",
        )
        return (*mean, *rest)
    limits = f" random effects, Hartung-Knapp), and in a new center it is expected between {{{stem}.{effect}_prediction_lower}} and {{{stem}.{effect}_prediction_upper}}{unit}."
    return (*mean, *compose(results, limits))


def _spread(results: Results, stem: str) -> Text:
    text = (
        f"How far centers differ: τ² {{{stem}.tau2}}, I² {{{stem}.i2}}, Q {{{stem}.heterogeneity_q}} "
        f"on {{{stem}.heterogeneity_df}} df ("
    )
    p_value = results.get(f"{stem}.heterogeneity_p")
    return (*compose(results, text), Quote(p_value.key, p_phrase(p_value.formatted)), ").")


def _proportional(results: Results, stem: str, centers: Sequence[str]) -> Text:
    """Say of a hazard ratio in how many centers proportional hazards are rejected, and what it then is."""
    level = float(results.study.parameters["significance_level"])
    found = [
        (name, record)
        for name in centers
        if (record := results.find_key(f"{stem}.{key(name, PROPORTIONAL)}")) is not None and record.value is not None
    ]
    rejected = [
        clause(f"{name}, ", p_value_text(results, one.key)) for name, one in found if (one.value or 0.0) < level
    ]
    if not found:
        return ()
    if not rejected:
        each = (
            "the only center that tests them" if len(found) == 1 else f"any of the {len(found)} centers that test them"
        )
        return (f"Proportional hazards, which the combined ratio assumes, are not rejected in {each}.",)
    return clause(
        f"The hazards are not proportional in {len(rejected)} of {len(found)} centers (", listed(rejected),
        "), so that the combined hazard ratio is an average over the follow-up.",
    )  # fmt: skip


def _left_out(results: Results, variable: str, pair: str, effect: Effect, centers: Sequence[str]) -> Text:
    """Name every center without an estimate, with the reason."""
    reasons: dict[str, list[str]] = {}
    for name in centers:
        record = results.find(variable, name, effect, level=pair)
        if record.value is None:
            reasons.setdefault(record.note or "not estimable", []).append(name)
    if not reasons:
        return ()
    parts = [f"{', '.join(names)} ({reason})" for reason, names in reasons.items()]
    return (
        f"Without an estimate of {'their' if sum(map(len, reasons.values())) > 1 else 'its'} own: {'; '.join(parts)}.",
    )


METHODS: tuple[str, ...] = (
    "Risk differences are combined by Mantel and Haenszel’s weights with the variance of Sato, Greenland and Robins (1989); a center with no "
    "event, or with nothing but events, counts as it is.",
    "Hazard ratios are combined in one Cox model (Efron’s ties) that is stratified by center, so that no center’s patients are set "
    "against another’s. A center whose own ratio is not estimable still counts in it.",
    "The mean over centers is a random-effects estimate by inverse variance: variance between centers by Paule and Mandel, limits by Hartung "
    "and Knapp from three centers on (their factor at least 1), prediction interval with t on one degree of freedom less than there are centers. For it alone, 0.5 is "
    "added to each of the four cells of a center that has an empty one. Only centers with an estimate and an interval of their own enter.",
    "I² is made from Q. With few centers neither says much: the prediction interval says what a new center may expect.",
)
