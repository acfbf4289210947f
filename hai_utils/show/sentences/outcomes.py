"""Each outcome in each group, effect and interval before P: response, conversion, survival."""

from __future__ import annotations

from collections.abc import Sequence

from hai_utils.catalogue.endpoints import milestones
from hai_utils.catalogue.outcomes import ComparedOutcome, OutcomeKind
from hai_utils.results.formatting import MINUS
from hai_utils.results.printing import in_points
from hai_utils.results.study import Group, Study
from hai_utils.results.table import Results
from hai_utils.show.content import Content, Text, clause, join, key, quote, sentence
from hai_utils.show.criterion import criterion_of
from hai_utils.show.sentences.composing import by_group, compose, paragraphs, said
from hai_utils.show.tables.cells import below_zero, limits_in_prose, p_value_beside_level, p_value_text
from hai_utils.show.tables.hazards import beside_ratios, competes, ratio_words, share_at_times
from hai_utils.show.tables.outcomes import NOT_ATTAINABLE
from hai_utils.show.tables.parts import outcome_of
from hai_utils.show.wording import between_groups, confidence_words, group_words, method_name, people

OUTCOME_WORDS = {
    "objective_response": "the objective response rate was",
    "reduction_percent": "the median tumor reduction was",
    "reduction_percent_recist": "the median tumor reduction was",
    "converted_to_resection": "conversion to resection was recorded in",
}


def response(results: Results) -> Content:
    """Response and conversion by group, effect and interval before P."""
    grown = (
        "Growth of the measured lesions at best response was seen in {progressed_on_therapy.all.count} of "
        "{progressed_on_therapy.all.n}."
    )
    reduction = criterion_of(results.study).reduction
    texts = [
        _over_all(results),
        *(_outcome(results, name) for name in ("objective_response", reduction, "converted_to_resection")),
        said(results, grown),
        _from_scans(results),
    ]
    none = "The cohort has neither lesion measurements at baseline and best response nor a column on conversion to resection, so no response can be reported."
    return paragraphs(results, texts, none)


def _from_scans(results: Results) -> Text:
    """Say what only dated scans can tell: confirmation, time to response, how long it lasted."""
    confirmed = (
        "With confirmation by a scan at least 28 days later, {objective_response_confirmed.all.count} of "
        "{objective_response_confirmed.all.n} evaluable responded ({objective_response_confirmed.all.proportion})."
    )
    time = (
        "The median time to response was {time_to_response_months.all.median} months "
        "(range {time_to_response_months.all.min} to {time_to_response_months.all.max})."
    )
    ended = f"{_durations_known(results)}{{duration_of_response.all.events}} had ended in progression or death."
    asked = bool(results.study.parameters.get("confirmation_days"))
    return join(() if asked else said(results, confirmed), said(results, time), said(results, ended))


def _durations_known(results: Results) -> str:
    """Begin the sentence on durations; where fewer responses have one than there are, say why."""
    responded, known = (
        results.find_key(f"{name}.all.n") for name in ("time_to_response_months", "duration_of_response")
    )
    if (responded and responded.value) == (known and known.value):
        return "Of {duration_of_response.all.n} responses, "
    return (
        "{time_to_response_months.all.n} responded; {duration_of_response.all.n} of them have a duration of response "
        "(the others had progressed, or were last followed, before the first scan with a response), of which "
    )


def _over_all(results: Results) -> Text:
    criterion = criterion_of(results.study)
    stem = key(criterion.reduction, "all")
    digits = _digits(results, stem)
    missing = results.find_key("objective_response.all.n_missing")
    gap = f"; {missing.formatted} could not be evaluated" if missing is not None and missing.value else ""
    numbers = "{objective_response.all.count} of {objective_response.all.n} evaluable [people]"
    share = "({objective_response.all.percent})[missing]."
    # A row does not respond.
    responded = f"Overall, response was recorded in {numbers} {share}"
    if not results.study.synthetic:
        responded = f"Overall, {numbers} responded {share}"
    reduced = (
        f"The median reduction in the {criterion.burden} was {{{stem}.median to 1 decimal}} "
        f"(range {{{stem}.min{digits}}} to {{{stem}.max{digits}}})."
    )
    return join(said(results, responded, missing=gap, people=people(results.study)), said(results, reduced))


def _digits(results: Results, stem: str) -> str:
    """Return how many decimals a range of percentages needs, so that none reads 0% or 100% that is not."""
    ends = [end.value for name in ("min", "max") if (end := results.find_key(f"{stem}.{name}")) is not None]
    limits = [(abs(value - whole), value != whole) for value in ends if value is not None for whole in (0.0, 100.0)]
    for decimals, words in enumerate(("", " to 1 decimal")):
        if not any(other and distance < 0.5 / 10**decimals for distance, other in limits):
            return words
    return " to 2 decimals"


def survival(results: Results) -> Content:
    """Follow-up, medians and comparisons of the survival endpoints."""
    study = results.study
    texts = [_follow_up(results), _deaths(results)]
    names = [endpoint.name for endpoint in study.endpoints if endpoint.in_file]
    # The primary endpoint first, as an article reports it.
    texts += [_outcome(results, name) for name in sorted(names, key=lambda name: name != study.primary)]
    none = f"The cohort has no survival endpoint for its {people(study)}, so this chapter has nothing to report."
    return paragraphs(results, texts, none)


def _follow_up(results: Results) -> Text:
    found = next((one for one in results.study.endpoints if one.in_file and results.has_data(one.name)), None)
    if found is None:
        return ()
    stem, of = key(found.name, "all"), "" if found.name == "os" else f" for {found.within_text}"
    method = results.get(f"{stem}.follow_up_median").method
    span = f"{{{stem}.time_min}} to {{{stem}.time_max}}"
    # Observed times end with the event too: their range is that of another median.
    inside = f"range {span}; [method]" if method == "observed" else f"[method]; observed times, range {span}"
    template = f"Median follow-up{of} was {{{stem}.follow_up_median}} months ({inside})."
    return compose(results, template, method=method_name(method))


def _deaths(results: Results) -> Text:
    study, events = results.study, results.find_key("os.all.events")
    if events is None or not events.value:
        return ()
    counts = [
        (count, group)
        for group in study.groups
        if (count := compose(results, f"{{{key('os', group.level)}.events}} of {{{key('os', group.level)}.n}}"))
    ]
    over_all = compose(results, "{os.all.events} of {os.all.n}") if study.gated and not counts else ()
    parts = clause(over_all, " overall; by group they are withheld") if over_all else by_group(study, counts)
    return clause("Death was recorded in ", parts, ".") if parts else ()


# --- one outcome ---


def _outcome(results: Results, name: str) -> Text:
    """State an outcome in each group, then each effect against the reference with its interval, then P."""
    study = results.study
    if name == study.group_by or not results.has_data(name):
        return ()
    outcome = outcome_of(results, name)
    # Groups that form after time zero have no survival of their own.
    groups = [group for group in study.groups if _described(results, name, group.level)]
    if not groups:
        return ()
    survival = outcome.kind == "survival"
    if survival and all(results.get(key(name, group.level, "events")).value == 0 for group in groups):
        return _without_events(study, name, groups)
    values = _values(results, name, groups, outcome.kind)
    if not values:
        return ()
    stated = sentence(clause(f"{_outcome_words(study, name)} ", values))
    competing = competes(study.endpoint(name))
    if (
        survival
        and not competing
        and all(results.get(key(name, g.level, "median")).note == "not reached" for g in groups)
    ):
        stated = (f"{_median_words(study, name)} was not reached{_in_groups(study, groups)}",)
    effects = [_effect(results, name, group, pair, outcome) for group, pair in study.pairs]
    said_first = clause(stated, *(clause("; ", effect) for effect in effects if effect), ".")
    # Of a reconstruction, how the curves run is a property of the rows; the supplement has it.
    if not survival or study.published:
        return said_first
    beside = beside_ratios(results, name, [pair for _, pair in study.pairs], "none" if competing else "all")
    stems = [] if competing else [key(name, group.level) for group in groups]
    return join(said_first, below_zero(results, stems), beside)


def _described(results: Results, name: str, group: str) -> bool:
    """Say whether anybody in a group has an outcome; how many may be withheld where a median is not."""
    record = results.find_key(key(name, group, "n"))
    return record is not None and (bool(record.value) or record.withheld)


def _values(results: Results, name: str, groups: Sequence[Group], kind: OutcomeKind) -> Text:
    """Return what each group has; of groups that may not be described beside others that may, it says so."""
    study, gated = results.study, results.study.gated
    found = [(_value_in_group(results, name, group.level, kind), group) for group in groups]
    instead: Text = ("withheld",) if gated and any(value for value, _ in found) else ()
    values = by_group(study, [(value or instead, group) for value, group in found if value or instead])
    if not values and gated and (value := _value_in_group(results, name, results.study.overall, kind)):
        return clause(value, " overall; by group it is withheld")
    return values


def _outcome_words(study: Study, name: str) -> str:
    endpoint = study.endpoint(name)
    if endpoint is None:
        return OUTCOME_WORDS[name]
    return (
        f"the cumulative incidence of {endpoint.event} was"
        if competes(endpoint)
        else f"median {endpoint.within_text} was"
    )


def _median_words(study: Study, name: str) -> str:
    words = _outcome_words(study, name).removesuffix(" was")
    return words[:1].upper() + words[1:]


def _in_groups(study: Study, groups: Sequence[Group]) -> str:
    """Say that something holds of every group, however many there are."""
    if len(groups) == 1:
        return f" in {group_words(study, groups[0])}"
    return " in either group" if len(groups) == 2 else f" in any of the {len(groups)} groups"


def _without_events(study: Study, name: str, groups: Sequence[Group]) -> Text:
    """Say of an endpoint that nobody reached it, which leaves nothing to compare."""
    compared = ", so there is nothing to compare" if len(groups) > 1 else ""
    endpoint = study.endpoint(name)
    if endpoint is not None and competes(endpoint):
        return (
            f"The event of the endpoint {endpoint.within_text} was not recorded{_in_groups(study, groups)}{compared}.",
        )
    return (
        f"{_median_words(study, name)} was not reached: no event was recorded{_in_groups(study, groups)}{compared}.",
    )


def _value_in_group(results: Results, name: str, group: str, kind: OutcomeKind) -> Text:
    stem = key(name, group)
    if kind == "binary":
        return compose(results, f"{{{stem}.count}} of {{{stem}.n}} ({{{stem}.percent}})")
    if kind == "continuous":
        return compose(results, f"{{{stem}.median}}")
    if competes(results.study.endpoint(name)):
        # Of an event that death precludes a Kaplan-Meier median would be too early.
        return share_at_times(results, name, group, milestones(results.study.parameters["time_grid_months"]))
    median = results.get(f"{stem}.median")
    if median.withheld:
        return ()
    if median.value is None:
        return ("not reached",) if median.note == "not reached" else ("not estimable",)
    return clause(compose(results, f"{{{stem}.median}} months"), _limits_of_median(results, stem))


def _limits_of_median(results: Results, stem: str) -> Text:
    low, high = results.get(f"{stem}.median_lower"), results.get(f"{stem}.median_upper")
    if low.withheld or high.withheld:
        return ()
    confidence = confidence_words(results.study)
    if low.value is None and high.value is None:
        return (f" ({confidence} not estimable)",)
    return clause(" (", confidence, " ", limits_in_prose(results, low, high), ")")


def _effect(results: Results, name: str, group: Group, pair: str, outcome: ComparedOutcome) -> Text:
    study, stem = results.study, key(name, pair)
    tested = results.find_key(f"{stem}.p_value")
    if tested is None or tested.withheld:
        return ()
    test = method_name(tested.method)
    whom = "" if len(study.compared) == 1 else f", {between_groups(study, group)},"
    p_value = p_value_text(results, f"{stem}.p_value")
    if study.published and (beside := p_value_beside_level(results, tested)) != (quote(tested),):
        p_value, test = ("P=", *beside), f"{test}; the article prints {tested.formatted}"
    if results.get(f"{stem}.{outcome.effect.name}").value is None:
        return clause(f"{_effect_words(results, stem, outcome)}{whom} not estimable (", p_value, f", {test})")
    return clause(effect_text(results, stem, outcome, whom), ", ", p_value, f" ({test})")


def _effect_words(results: Results, stem: str, outcome: ComparedOutcome) -> str:
    return ratio_words(results, stem) if outcome.kind == "survival" else outcome.effect.words


def effect_text(results: Results, stem: str, outcome: ComparedOutcome, whom: str = "") -> Text:
    """Name an effect, whom it is between, and give it with its limits; nothing where it has no value."""
    record = results.find_key(f"{stem}.{outcome.effect.name}")
    if record is None or record.value is None:
        return ()
    unit = f" percentage point{'' if record.formatted in {'1', f'{MINUS}1'} else 's'}" if in_points(record) else ""
    between = _limits_in_words(results, f"{stem}.{outcome.effect.name}")
    return clause(f"{_effect_words(results, stem, outcome)}{whom} ", (quote(record), unit), between)


def _limits_in_words(results: Results, name: str) -> Text:
    """Return the limits of an effect in brackets, with a caution where they do not hold their level."""
    low, high = results.get(f"{name}_lower"), results.get(f"{name}_upper")
    if low.value is None and high.value is None:
        return ()
    caution = f"; {low.note}" if NOT_ATTAINABLE in low.note else ""
    return clause(f" ({confidence_words(results.study)} ", limits_in_prose(results, low, high), f"{caution})")
