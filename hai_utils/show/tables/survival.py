"""Tables of the survival endpoints: estimates, competing events, comparisons."""

from __future__ import annotations

from collections.abc import Sequence

from hai_utils.catalogue.endpoints import DEATH, Endpoint, milestones
from hai_utils.catalogue.statistics import PROPORTIONAL
from hai_utils.results.study import Study
from hai_utils.results.table import Results
from hai_utils.show.content import Content, Notice, Row, Table, Text, key, quote
from hai_utils.show.tables.cells import (
    EMPTY,
    UNREACHED,
    below_zero,
    events_cell,
    explained,
    interval_cell,
    limits,
    number_cell,
    p_value_beside_level,
)
from hai_utils.show.tables.hazards import INCIDENCE, MEAN_DIFFERENCE, SURVIVAL_AT, average_note, competes, share_of
from hai_utils.show.tables.parts import P_HEADING, outside_note, p_headings, section, test_groups
from hai_utils.show.wording import between_groups, confidence_words, in_text, method_name, reference_words

NONE = "NE, not estimable."
CAUSE_SPECIFIC = " Deaths censored: cause-specific hazards, without restricted means."
COMPETING = (
    " Cumulative incidence, death competing: Aalen-Johansen estimate; no median, which censored deaths would bias."
)


def _present(results: Results) -> list[str]:
    return [endpoint.name for endpoint in results.study.endpoints if results.has_data(endpoint.name)]


def _name(results: Results, name: str) -> str:
    return results.get(key(name, "all", "n")).label.removesuffix(", months")


def _event_name(results: Results, name: str) -> str:
    return _name(results, name).removesuffix(", deaths censored")


@explained
def survival_estimates(results: Results) -> Content:
    """Supplementary table: events, medians and survival at the times of the grid, by endpoint and group."""
    study, present = results.study, _present(results)
    if not present:
        return Notice("The cohort has no survival endpoint.")
    times = _estimate_times(results, present)
    competing = [name for name in present if competes(study.endpoint(name))]
    columns = (
        "Endpoint and group", "Events/N", f"Median, months ({confidence_words(study)})",
        *(() if study.gated else ("Observed times, months",)),
        *(f"{'At' if competing else 'Survival at'} {study.formatter.as_given(months)} months" for months in times),
    )  # fmt: skip
    rows: list[Row] = []
    for name in present:
        of = f"{_event_name(results, name)}, cumulative incidence" if name in competing else _name(results, name)
        rows.append(section(of, len(columns)))
        described = [group for group in study.described if key(name, group, "n") in results]
        rows += [_estimate_row(results, name, group, times) for group in described]
    rule, interval = (
        method_name(results.get(key(present[0], "all", name)).method) for name in ("median", "median_lower")
    )
    note = (
        f"Medians: {rule}; {interval}. Survival: Kaplan-Meier estimate with "
        f"{method_name(study.parameters['survival_interval'])}. {UNREACHED}{COMPETING if competing else ''}"
    )
    title = (f"Survival endpoints, overall and by {in_text(study.group_label)}",)
    stems = [key(name, group) for name in present if name not in competing for group in study.described]
    notes = filter(None, ((note,), below_zero(results, stems), *outside_note(study)))
    return Table("table-survival", title, columns, tuple(rows), tuple(notes))


def _estimate_times(results: Results, names: Sequence[str]) -> list[float]:
    """Return the years of the grid; where small cells are withheld, the times at which any curve may be read."""
    grid = results.study.parameters["time_grid_months"]
    if not results.study.gated:
        return milestones(grid)
    stems = [key(name, group) for name in names for group in results.study.described]
    return [months for months in grid if months and any(_is_read(results, stem, months) for stem in stems)]


def _is_read(results: Results, stem: str, months: float) -> bool:
    record = results.find_key(f"{stem}.{SURVIVAL_AT.at(months)}")
    return record is not None and record.value is not None


def _estimate_row(results: Results, name: str, group: str, times: Sequence[float]) -> Row:
    stem = key(name, group)
    low, high = results.get(f"{stem}.time_min"), results.get(f"{stem}.time_max")
    alone = low.value is None or low.value == high.value
    span: Text = (quote(low),) if alone else limits(results, low, high)
    endpoint = results.study.endpoint(name)
    cells = (
        events_cell(results, f"{stem}.events", f"{stem}.n"),
        EMPTY if competes(endpoint) else interval_cell(results, stem, "median"),
        *(() if results.study.gated else (span,)),
        *(interval_cell(results, *share_of(endpoint, name, group, months)) for months in times),
    )  # fmt: skip
    return Row(((results.study.label_of(group),), *cells), "indented")


@explained
def competing_risks(results: Results) -> Content:
    """Supplementary table: cumulative incidence of progression and of death without it, by endpoint and group."""
    study = results.study
    present = [
        endpoint
        for endpoint in study.endpoints
        if endpoint.cause and key(endpoint.name, endpoint.cause, "all", "events") in results
    ]
    if not present:
        return Notice("Progression and death are not both recorded, so they cannot be told apart as competing events.")
    # How many of either event lie between two times is not known to the disclosure gate, which withholds them all.
    chosen = [] if study.gated else milestones(study.parameters["time_grid_months"])
    rows: list[Row] = []
    for endpoint in present:
        rows += _incidence_rows(results, endpoint, endpoint.cause, endpoint.cause_words, chosen)
        rows += _incidence_rows(results, endpoint, DEATH, "death without it", chosen)
    estimate = f"Cumulative incidence, % ({confidence_words(study)}): Aalen-Johansen estimate; "
    headings = (f"At {study.formatter.as_given(months)} months" for months in chosen)
    return Table(
        "table-competing",
        (_competing_title(study, [endpoint.own for endpoint in present]),),
        ("Endpoint, event and group", "Events/N", *headings, *p_headings(study)),
        tuple(rows),
        ((f"{'' if study.gated else estimate}P: {method_name('gray')}. {NONE}",), *outside_note(study)),
    )


def _competing_title(study: Study, own: Sequence[bool]) -> str:
    what = "Events" if study.gated else "Cumulative incidence"
    of = "each event" if all(own) else "progression, of other events" if any(own) else "progression"
    return f"{what} of {of} and of death without it, each competing with the other"


def _incidence_rows(results: Results, endpoint: Endpoint, level: str, words: str, times: Sequence[float]) -> list[Row]:
    study, name = results.study, endpoint.name
    p_values = [number_cell(results, key(name, level, group, "p_value")) for group in test_groups(study)]
    columns = 2 + len(times) + len(p_values)
    rows = [section(f"{_name(results, name)}: {words}", columns, *p_values)]
    for group in study.described:
        stem = key(name, level, group)
        if f"{stem}.events" in results:
            events = events_cell(results, f"{stem}.events", f"{key(name, group)}.n")
            cells = (interval_cell(results, stem, INCIDENCE.at(months)) for months in times)
            rows.append(Row(((study.label_of(group),), events, *cells, *(("",) for _ in p_values)), "indented"))
    return rows


@explained
def survival_comparisons(results: Results) -> Content:
    """Supplementary table: hazard ratios, restricted means and their tests, by endpoint."""
    study, present = results.study, _present(results)
    compared = [
        (
            key(name, pair),
            _name(results, name) + ("" if len(study.compared) == 1 else f", {between_groups(study, group)}"),
        )
        for name in present
        for group, pair in study.pairs
        if key(name, pair, "p_value") in results
    ]
    rows = [_comparison_row(results, stem, words) for stem, words in compared]
    if not rows:
        return Notice("There is no survival comparison between the groups.")
    ratio, test, check = (
        method_name(method)
        for method in (
            results.get(key(present[0], study.pairs[0][1], "hazard_ratio")).method,
            study.parameters["survival_test"], study.parameters["proportional_hazards_test"],
        )
    )  # fmt: skip
    note = (
        f"Effects versus {reference_words(study)}. Hazard ratio: {ratio}; P: {test}; "
        f"restricted mean: difference in months; proportional hazards: {check}. {NONE}{average_note(results, compared)}"
    )
    interval = confidence_words(study)
    means = (
        f"Restricted mean to month {study.formatter.as_given(months)}, difference ({interval})"
        for months in study.parameters["restricted_mean_months"]
    )
    note += CAUSE_SPECIFIC if any(competes(study.endpoint(name)) for name in present) else ""
    columns = ("Endpoint", f"Hazard ratio ({interval})", P_HEADING, *means, "P, proportional hazards")
    title = (f"Survival endpoints, compared by {in_text(study.group_label)}",)
    return Table("table-survival-comparisons", title, columns, tuple(rows), ((note,),))


def _comparison_row(results: Results, stem: str, words: str) -> Row:
    horizons = results.study.parameters["restricted_mean_months"]
    censored = competes(results.study.endpoint(stem.partition(".")[0]))
    return Row(
        (
            (words,), interval_cell(results, stem, "hazard_ratio"),
            number_cell(results, f"{stem}.p_value"),
            *(EMPTY if censored else interval_cell(results, stem, MEAN_DIFFERENCE.at(months)) for months in horizons),
            p_value_beside_level(results, results.get(f"{stem}.{PROPORTIONAL}")),
        )
    )  # fmt: skip
