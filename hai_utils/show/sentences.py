"""Results to sentences: what may be said of any cohort, made from its numbers.

A sentence whose numbers do not exist is not said; none asserts a direction that the numbers could contradict.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from hai_utils.results.formatting import MINUS
from hai_utils.results.keys import comparison
from hai_utils.results.printing import in_points
from hai_utils.results.record import Record
from hai_utils.results.study import Group, Study
from hai_utils.results.table import Results
from hai_utils.show.content import Content, Notice, Paragraphs, Quote, Text, clause, join, key, listed, plain, sentence
from hai_utils.show.content import compose as compose_all
from hai_utils.show.criterion import criterion_of
from hai_utils.show.method_sentences import statistical_methods
from hai_utils.show.tables import (
    NOT_ATTAINABLE,
    OUTCOME_EFFECTS,
    compared_variables,
    limits,
    outcome_kind,
    p_value_text,
)
from hai_utils.show.wording import confidence_words, in_text, method_name, people, size_words

# Above this standardized difference groups are called different at baseline (Austin PC. Stat Med 2009;28:3083-3107).
LARGE_DIFFERENCE = 0.1
# A range is two patients' values, which the disclosure gate withholds: the sentence stands without it.
_RANGE = re.compile(r" \(range [^()]*\)|range [^();]*; ")


def compose(results: Results, template: str, **words: str) -> Text:
    """Fill a sentence; where small cells are withheld, about those who may be described, and empty if a number is not."""
    if not results.study.gated:
        return compose_all(results, template, **words)
    text = compose_all(results, _RANGE.sub("", template).replace(".all.", f".{results.study.overall}."), **words)
    hidden = any(results.get(run.key, run.method).withheld for run in text if isinstance(run, Quote))
    return () if hidden else text


def _paragraphs(study: Study, texts: Sequence[Text], otherwise: str) -> Content:
    said = tuple(text for text in texts if text)
    if not said and study.gated:
        return Notice(
            "What could be said here in words is not in the file, or is withheld, as it could tell small cells."
        )
    return Paragraphs(said) if said else Notice(otherwise)


def _by_group(values: Sequence[tuple[Text, Group]]) -> Text:
    """List what each group has; the word "group" stands before the first name alone."""
    return listed(
        [
            clause(value, " in " if place else " in the group ", f"“{group.label}”")
            for place, (value, group) in enumerate(values)
        ]
    )


def _said(results: Results, template: str, **words: str) -> Text:
    """Compose a sentence, or leave it out where one of its numbers is empty or counts nobody."""
    text = compose(results, template, **words)
    quoted = [results.get(run.key, run.method) for run in text if isinstance(run, Quote)]
    empty = any(record.value is None or (record.statistic == "n" and not record.value) for record in quoted)
    return () if empty else text


def flow(results: Results) -> Content:
    """From all rows of the file to the groups that are compared."""
    study = results.study
    if any(step.count is None for step in study.flow):
        return Paragraphs((_gated_flow(study),))
    start: Text = (f"The cohort has {study.size} {people(study, study.size)}.",)
    left_out = [
        f"{step.count} {'was' if step.count == 1 else 'were'} left out of the comparisons ({step.label})"
        for step in study.flow
        if step.kind == "excluded" and step.count
    ]
    left_out += [
        f"{step.count} {'has' if step.count == 1 else 'have'} no group ({step.label})"
        for step in study.flow
        if step.kind == "no_group"
    ]
    remaining = next(step.count for step in study.flow if step.kind == "analysed")
    groups = _by_group([((f"{group.n}",), group) for group in study.groups])
    gone: Text = (f"Of these, {' and '.join(left_out)}, which leaves {remaining}.",) if left_out else ()
    compared = clause("Compared by ", in_text(study.group_label), ": ", groups, ".") if groups else ()
    return Paragraphs((join(start, gone, compared),))


def _gated_flow(study: Study) -> Text:
    """Say how many are compared as far as it may be said, and of whom the chapters speak."""
    counts = {step.kind: step.count for step in study.flow}
    start: Text = (f"The cohort has {size_words(study)} {people(study)}.",)
    compared: Text = ()
    if study.size is not None and counts["analysed"] is not None:
        compared = (f"{counts['analysed']} are compared by {in_text(study.group_label)}.",)
    hidden: Text = ("How many belong to each group is withheld.",)
    if all(group.n is not None for group in study.groups):
        sizes = _by_group([((f"{group.n}",), group) for group in study.groups])
        hidden = clause("Compared by ", in_text(study.group_label), ": ", sizes, ".")
    left_out: Text = ("How many were left out of the comparisons, and for what reason, is withheld.",)
    whom: Text = ()
    if study.size is None and study.overall_size is not None:
        whom = ("What is said of all together is said of those compared.",)
    return join(start, compared, hidden, left_out if _left_out_hidden(study) else (), whom)


def _left_out_hidden(study: Study) -> bool:
    return any(step.count is None for step in study.flow if step.kind in {"excluded", "no_group"})


def baseline(results: Results) -> Content:
    """Who the rows are: age, sex, disease and treatment, over all and by group."""
    texts = [
        join(
            _said(
                results,
                "The mean age was {age_years.all.mean to 0 decimals} years (range {age_years.all.min} to {age_years.all.max}).",
            ),
            _said(results, "Of {sex.all.n}, {sex.male.all.count} ({sex.male.all.percent}) were male."),
            _said(
                results,
                "The median body mass index was {bmi_kg_m2.all.median} kg/m² (range {bmi_kg_m2.all.min} to {bmi_kg_m2.all.max}).",
            ),
        ),
        join(
            _said(
                results,
                "The median number of liver lesions was {n_liver_lesions.all.median} (range {n_liver_lesions.all.min} to {n_liver_lesions.all.max}).",
            ),
            _said(
                results,
                "Liver metastases were synchronous in {synchronous_metastases.all.count} of {synchronous_metastases.all.n} ({synchronous_metastases.all.percent}).",
            ),
            _said(
                results,
                "Extrahepatic disease was present in {extrahepatic_disease.all.count} of {extrahepatic_disease.all.n} ({extrahepatic_disease.all.percent}).",
            ),
        ),
        _said(
            results,
            "The median number of HAI cycles was {hai_cycles.all.median} (range {hai_cycles.all.min} to {hai_cycles.all.max}).",
        ),
        _balance(results),
    ]
    return _paragraphs(results.study, texts, "The file has none of the columns that this section describes in words.")


def _balance(results: Results) -> Text:
    """Say how many baseline variables differ by more than a tenth of a standard deviation, and which the most."""
    study = results.study
    if len(study.compared) != 1:
        return ()
    pair = comparison(study.compared[0].level, study.reference)
    found = [
        record
        for record in results
        if record.group == pair and record.statistic == "standardised_difference" and record.value is not None
    ]
    if not found:
        return ()
    large = [record for record in found if abs(float(record.value or 0)) > LARGE_DIFFERENCE]
    widest = max(found, key=lambda record: abs(float(record.value or 0)))
    name = in_text(study.variables[widest.variable].plain if widest.variable in study.variables else widest.label)
    quote = Quote(widest.key, widest.formatted)
    if len(found) == 1:
        return (
            f"Between the groups, the standardized difference in {name}, the only variable at baseline, is ",
            quote,
            ".",
        )
    which = "variables at baseline whose difference is shown" if study.gated else "variables at baseline"
    differ = "differs" if len(large) == 1 else "differ"
    return (
        f"Between the groups, {len(large)} of {len(found)} {which} {differ} by more than {study.formatter.as_given(LARGE_DIFFERENCE)} in standardized "
        f"difference; the widest is {name} (",
        quote,
        ").",
    )


def history(results: Results) -> Content:
    """Mutation variants, resection of the primary, and systemic treatment before the pump."""
    study = results.study
    texts = [
        _levels(results, "kras_codon", "The KRAS variants were [levels].", decimals=True),
        join(_resections(results)),
        join(
            _said(
                results,
                "Systemic chemotherapy had been given before to {prior_chemotherapy.all.count} of {prior_chemotherapy.all.n} ({prior_chemotherapy.all.percent}).",
            ),
            _levels(results, "first_line", "The first-line regimen was [levels]."),
            _levels(results, "second_line", "The second-line regimen was [levels]."),
        ),
    ]
    if study.published:
        texts.append(
            _said(
                results,
                "The article prints {printed} for codon 12, which no number of 11 gives; {kras_codon.codon_12.mutant.count} of "
                "{kras_codon.mutant.n} are {kras_codon.codon_12.mutant.percent to 1 decimal}. It also says that all had had "
                "systemic chemotherapy, while its abstract and its own breakdown give {prior_chemotherapy.all.count}.",
                printed=study.formatter.as_given("66.7%"),
            )
        )
    return _paragraphs(
        results.study, texts, "The file has none of the columns on earlier treatment that this section describes."
    )


def _levels(results: Results, name: str, template: str, *, decimals: bool = False) -> Text:
    """List how often each level of a variable occurs over all."""
    study = results.study
    if name not in study.variables or not results.get(key(name, study.overall, "n")).value:
        return ()
    suffix = " to 1 decimal" if decimals else ""
    found = []
    for level, label in study.variables[name].levels:
        stem = key(name, level, study.overall)
        if results.get(f"{stem}.count").value:
            found.append(
                clause(
                    f"{label} in ",
                    compose(
                        results, f"{{{stem}.count}} of {{{key(name, study.overall)}.n}} ({{{stem}.percent{suffix}}})"
                    ),
                )
            )
    before, _, after = template.partition("[levels]")
    return clause(before, listed(found), after)


def _resections(results: Results) -> Text:
    """Say how often the primary was resected before and with pump placement, over all and by group."""
    study = results.study
    if "primary_resection" not in study.variables:
        return ()
    parts = []
    for level, opening in (
        ("prior", "The primary had been resected before pump placement in"),
        ("synchronous", "and together with it in"),
    ):
        stem = key("primary_resection", level)
        by_group = [
            (
                compose(
                    results, f"{{{stem}.{key(group.level)}.count}} of {{{key('primary_resection', group.level)}.n}}"
                ),
                group,
            )
            for group in study.groups
            if not results.get(f"{stem}.{key(group.level)}.count").withheld
        ]
        over_all = compose(results, f"{{{stem}.all.count}} of {{primary_resection.all.n}}")
        if not over_all:
            return ()
        parts.append(clause(f"{opening} ", over_all, *((" (", _by_group(by_group), ")") if by_group else ())))
    return clause(parts[0], " ", parts[1], ".")


def complications(results: Results) -> Content:
    """Early morbidity, early deaths, late events of the pump."""
    unrecorded: Text = ()
    if "any_complication.all.n" not in results and "any_pump_complication.all.n" not in results:
        unrecorded = ("The file has no columns on complications.",)
    texts = [
        unrecorded,
        join(
            _rate(results, "any_complication", "Perioperative complications were recorded in"),
            _of_these(
                results,
                "any_complication",
                "Of these, {minor_complication.all.count} ({minor_complication.all.percent} of all) were minor (Clavien-Dindo I to II) and {severe_complication.all.count} ({severe_complication.all.percent} of all) severe (IIIa or higher).",
            ),
        ),
        _rate(results, "death_90_days", "Death within 90 days, among those followed for 90 days or dead by then:"),
        join(
            _rate(results, "any_pump_complication", "Long-term pump-related complications were recorded in"),
            _of_these(
                results, "any_pump_complication", "Of these, {biliary_complication.all.count} had a biliary one."
            ),
            compose(
                results,
                "HAI was stopped for a complication in {hai_discontinued.all.count} of {hai_discontinued.all.n} ({hai_discontinued.all.percent}).",
            ),
            _of_these(
                results,
                "hai_discontinued",
                "In {biliary_discontinued.all.count} of these the complication was biliary.",
            ),
            _cycles_when_stopped(results),
        ),
    ]
    return _paragraphs(
        results.study, texts, "The cohort has no column on complications, so this chapter has nothing to report."
    )


def _of_these(results: Results, name: str, template: str) -> Text:
    """Say something of those who had an event; nothing where nobody had it."""
    count = key(name, "all", "count")
    return compose(results, template) if count in results and results.get(count).value else ()


def _cycles_when_stopped(results: Results) -> Text:
    n = f"hai_cycles_discontinued.{results.study.overall}.n"
    if n not in results or not results.get(n).value:
        return ()
    return compose(
        results,
        "Those who stopped had had a median of {hai_cycles_discontinued.all.median} cycles "
        "(range {hai_cycles_discontinued.all.min} to {hai_cycles_discontinued.all.max}).",
    )


def _rate(results: Results, name: str, opening: str) -> Text:
    """Say a rate with its interval, as in ``recorded in 2 of 25 (8%; 95% CI 1-26%)``."""
    stem = key(name, results.study.overall)
    if f"{stem}.count" not in results or not results.get(f"{stem}.n").value:
        return ()
    interval = limits(results, results.get(f"{stem}.proportion_lower"), results.get(f"{stem}.proportion_upper"))
    rate = compose(results, f"{opening} {{{stem}.count}} of {{{stem}.n}} ({{{stem}.percent}}; ")
    return clause(rate, f"{confidence_words(results.study)} ", interval, ").")


def response(results: Results) -> Content:
    """Response and conversion by group, effect and interval before P."""
    texts = [_over_all(results)]
    reduction = criterion_of(results.study).reduction
    texts += [_outcome(results, name) for name in ("objective_response", reduction, "converted_to_resection")]
    texts.append(
        _said(
            results,
            "Growth of the measured lesions at best response was seen in {progressed_on_therapy.all.count} of {progressed_on_therapy.all.n}.",
        )
    )
    texts.append(_from_scans(results))
    none = "The cohort has neither lesion measurements at baseline and best response nor a column on conversion to resection, so no response can be reported."
    return _paragraphs(results.study, [text for text in texts if text], none)


def _from_scans(results: Results) -> Text:
    """Say what only dated scans can tell: confirmation, time to response, how long it lasted."""
    asked = bool(results.study.parameters.get("confirmation_days"))
    return join(
        ()
        if asked
        else _said(
            results,
            "With confirmation by a scan at least 28 days later, {objective_response_confirmed.all.count} of {objective_response_confirmed.all.n} evaluable responded ({objective_response_confirmed.all.proportion}).",
        ),
        _said(
            results,
            "The median time to response was {time_to_response_months.all.median} months (range {time_to_response_months.all.min} to {time_to_response_months.all.max}).",
        ),
        _said(
            results,
            f"{_durations_known(results)}{{duration_of_response.all.events}} had ended in progression or death.",
        ),
    )


def _durations_known(results: Results) -> str:
    """Begin the sentence on durations; where fewer responses have one than there are, say why."""
    responded, known = (
        results.get(f"{name}.all.n").value if f"{name}.all.n" in results else None
        for name in ("time_to_response_months", "duration_of_response")
    )
    if responded == known:
        return "Of {duration_of_response.all.n} responses, "
    return (
        "{time_to_response_months.all.n} responded; {duration_of_response.all.n} of them have a duration of response "
        "(the others had progressed, or were last followed, before the first scan with a response), of which "
    )


def _over_all(results: Results) -> Text:
    criterion = criterion_of(results.study)
    stem = key(criterion.reduction, "all")
    digits = _digits(results, stem)
    return join(
        _said(
            results,
            "Overall, {objective_response.all.count} of the {objective_response.all.n} evaluable responded ({objective_response.all.percent})[missing].",
            missing=_not_evaluable(results),
        ),
        _said(
            results,
            f"The median reduction in the {criterion.burden} was {{{stem}.median to 1 decimal}} (range {{{stem}.min{digits}}} to {{{stem}.max{digits}}}).",
        ),
    )


def _digits(results: Results, stem: str) -> str:
    """Return how many decimals a range of percentages needs, so that none reads 0% or 100% that is not."""
    ends = [results.get(f"{stem}.{end}").value for end in ("min", "max") if f"{stem}.{end}" in results]
    limits = [(abs(value - whole), value != whole) for value in ends if value is not None for whole in (0.0, 100.0)]
    for decimals, words in enumerate(("", " to 1 decimal")):
        if not any(other and distance < 0.5 / 10**decimals for distance, other in limits):
            return words
    return " to 2 decimals"


def _not_evaluable(results: Results) -> str:
    missing = results.get("objective_response.all.n_missing") if "objective_response.all.n_missing" in results else None
    return f"; {missing.formatted} could not be evaluated" if missing is not None and missing.value else ""


OUTCOME_WORDS = {
    "objective_response": "the objective response rate was",
    "reduction_percent": "the median tumor reduction was",
    "reduction_percent_recist": "the median tumor reduction was",
    "converted_to_resection": "conversion to resection was recorded in",
}
EFFECT_NAMES = {"continuous": "Hodges-Lehmann difference", "binary": "risk difference", "survival": "hazard ratio"}


def _outcome(results: Results, name: str) -> Text:
    """State an outcome in each group, then each effect against the reference with its interval, then P."""
    study = results.study
    if name == study.group_by or key(name, "all", "n") not in results:
        return ()
    kind = outcome_kind(results, name)
    # Groups that form after time zero have no survival of their own.
    groups = [group for group in study.groups if _described(results, name, group.level)]
    if not groups:
        return ()
    if kind == "survival" and all(results.get(key(name, group.level, "events")).value == 0 for group in groups):
        return _without_events(results, name, groups)
    found = [(_value_in_group(results, name, group.level, kind), group) for group in groups]
    # Of groups that may not be described beside others that may, the sentence says so.
    instead: Text = ("withheld",) if study.gated and any(value for value, _ in found) else ()
    values = _by_group([(value or instead, group) for value, group in found if value or instead])
    if not values and study.gated and (value := _value_in_group(results, name, study.overall, kind)):
        values = clause(value, " overall; by group it is withheld")
    if not values:
        return ()
    said = sentence(clause(f"{_outcome_words(study, name)} ", values))
    if kind == "survival" and all(
        results.get(key(name, group.level, "median")).note == "not reached" for group in groups
    ):
        said = (f"{_median_words(study, name)} was not reached{_in_groups(groups)}",)
    effects = [effect for group in study.compared if (effect := _effect(results, name, group, kind))]
    caution = _below_zero(results, name, groups) if kind == "survival" else ""
    return clause(said, *(clause("; ", effect) for effect in effects), f".{caution}")


def _outcome_words(study: Study, name: str) -> str:
    endpoint = study.endpoint(name)
    return f"median {endpoint.within_text} was" if endpoint else OUTCOME_WORDS[name]


def _median_words(study: Study, name: str) -> str:
    words = _outcome_words(study, name).removesuffix(" was")
    return words[:1].upper() + words[1:]


def _in_groups(groups: Sequence[Group]) -> str:
    """Say that something holds of every group, however many there are."""
    if len(groups) == 1:
        return f" in the group “{groups[0].label}”"
    return " in either group" if len(groups) == 2 else f" in any of the {len(groups)} groups"


def _without_events(results: Results, name: str, groups: Sequence[Group]) -> Text:
    """Say of an endpoint that nobody reached it, which leaves nothing to compare."""
    compared = ", so there is nothing to compare" if len(groups) > 1 else ""
    return (
        f"{_median_words(results.study, name)} was not reached: no event was recorded{_in_groups(groups)}{compared}.",
    )


def _below_zero(results: Results, name: str, groups: Sequence[Group]) -> str:
    """Explain a lower limit that no time can have."""
    lower = [results.get(key(name, group.level, "median_lower")).value for group in groups]
    below = any(value is not None and value < 0 for value in lower)
    return (
        " A limit below 0 shows that Wald's interval, which is symmetric, does not fit so few events." if below else ""
    )


def _described(results: Results, name: str, group: str) -> bool:
    """Say whether anybody in a group has an outcome; how many may be withheld where a median is not."""
    record = results.get(key(name, group, "n")) if key(name, group, "n") in results else None
    return record is not None and (bool(record.value) or record.withheld)


def _value_in_group(results: Results, name: str, group: str, kind: str) -> Text:
    stem = key(name, group)
    if kind == "binary":
        return compose(results, f"{{{stem}.count}} of {{{stem}.n}} ({{{stem}.percent}})")
    if kind == "continuous":
        return compose(results, f"{{{stem}.median}}")
    median = results.get(f"{stem}.median")
    if median.withheld:
        return ()
    if median.value is None:
        return ("not reached",) if median.note == "not reached" else ("not estimable",)
    low, high = results.get(f"{stem}.median_lower"), results.get(f"{stem}.median_upper")
    interval = (
        clause(" (", confidence_words(results.study), " ", limits(results, low, high), ")")
        if low.value is not None or high.value is not None
        else (f" ({confidence_words(results.study)} not estimable)",)
    )
    if low.withheld or high.withheld:
        interval = ()
    return clause(compose(results, f"{{{stem}.median}} months"), interval)


def _effect(results: Results, name: str, group: Group, kind: str) -> Text:
    study = results.study
    stem = key(name, comparison(group.level, study.reference))
    if f"{stem}.p_value" not in results:
        return ()
    if results.get(f"{stem}.p_value").withheld:
        return ()
    statistic = OUTCOME_EFFECTS[kind]
    test = method_name(results.get(f"{stem}.p_value").method)
    who = "" if len(study.compared) == 1 else f", {group.label} against {study.reference_label},"
    opening = f"{EFFECT_NAMES[kind]}{who} "
    p_value = p_value_text(results, f"{stem}.p_value")
    record = results.get(f"{stem}.{statistic}")
    if record.value is None:
        return clause(f"{opening}not estimable (", p_value, f", {test})")
    unit = f" percentage point{'' if record.formatted in {'1', f'{MINUS}1'} else 's'}" if in_points(record) else ""
    estimate: Text = (Quote(record.key, record.formatted), unit)
    return clause(opening, estimate, _limits_in_words(results, stem, statistic), ", ", p_value, f" ({test})")


def _limits_in_words(results: Results, stem: str, statistic: str) -> Text:
    """Return the limits of an effect in brackets, with a caution where they do not hold their level."""
    low, high = results.get(f"{stem}.{statistic}_lower"), results.get(f"{stem}.{statistic}_upper")
    if low.value is None and high.value is None:
        return ()
    caution = f"; {low.note}" if NOT_ATTAINABLE in low.note else ""
    return clause(f" ({confidence_words(results.study)} ", limits(results, low, high), f"{caution})")


def survival(results: Results) -> Content:
    """Follow-up, medians and comparisons of the survival endpoints."""
    study = results.study
    texts = [_follow_up(results)]
    texts += [_events(results, name) for name in ("os",)]
    texts += [_outcome(results, endpoint.name) for endpoint in study.endpoints if endpoint.in_file]
    return _paragraphs(
        results.study,
        texts,
        f"The cohort has no survival endpoint for its {people(study)}, so this chapter has nothing to report.",
    )


def _follow_up(results: Results) -> Text:
    if "os.all.n" not in results:
        return ()
    method = results.get("os.all.follow_up_median").method
    median = compose(
        results,
        "Median follow-up was {os.all.follow_up_median} months (range {os.all.time_min} to {os.all.time_max}; ",
    )
    return clause(median, f"{method_name(method)}).") if median else ()


def _events(results: Results, name: str) -> Text:
    if key(name, "all", "n") not in results or not results.get(key(name, "all", "events")).value:
        return ()
    study = results.study
    parts = _by_group(
        [
            (count, group)
            for group in study.groups
            if key(name, group.level, "events") in results
            and (count := compose(results, f"{{{key(name, group.level)}.events}} of {{{key(name, group.level)}.n}}"))
        ]
    )
    over_all = compose(results, f"{{{name}.all.events}} of {{{name}.all.n}}") if study.gated and not parts else ()
    parts = clause(over_all, " overall; by group they are withheld") if over_all else parts
    return clause("Deaths: ", parts, ".") if parts else ()


MINIMUM_EVENTS_PER_TERM = 10


def limitations(results: Results) -> Content:
    """Say what the numbers of this very cohort do not support."""
    study = results.study
    texts: list[Text] = []
    # None stands for a size that is withheld, which the disclosure gate does where it is small.
    smallest = min(
        (group for group in study.groups if group.n is not None), key=lambda group: group.n or 0, default=None
    )
    if smallest is not None and smallest.n == 1:
        texts.append(
            (
                f"The smallest group is a single {people(study, 1)} (“{smallest.label}”): a comparison with it describes one case and supports no conclusion about a group.",
            )
        )
    elif smallest is not None:
        texts.append(
            (
                f"The smallest group has {smallest.n} {people(study, smallest.n)} (“{smallest.label}”); what is estimated in it is uncertain, as its intervals show.",
            )
        )
    if "os.analysed.events" in results and not results.get("os.analysed.events").withheld:
        events = results.get("os.analysed.events")
        texts.append(
            _few(events) if events.value else ("No death among those compared: no model of survival can be fitted.",)
        )
    texts.append(_multiplicity(results))
    return _paragraphs(results.study, [text for text in texts if text], "")


def _multiplicity(results: Results) -> Text:
    """Say how many P values the comparisons of baseline variables, outcomes and survival give, and what chance does."""
    study = results.study
    names = set(compared_variables(results))
    level = float(study.parameters["significance_level"])
    found = sum(
        record.statistic == "p_value"
        and record.reported
        and record.value is not None
        and record.variable in names
        and not record.level
        for record in results
    )
    if not found:
        return ()
    chance = (
        f" If no group differed, about {study.formatter.number(found * level, 0)} would be expected below {study.formatter.level(level)} by chance."
        if found * level >= 1
        else ""
    )
    give = "show, beside those withheld," if study.gated else "give"
    values = "one reported P value" if found == 1 else f"{found} reported P values"
    adjusted = (
        " Only those of the secondary outcomes are also given adjusted for their number, by Holm." if found > 1 else ""
    )
    return (f"The comparisons of baseline variables, outcomes and overall survival {give} {values}.{adjusted}{chance}",)


def _few(events: Record) -> Text:
    """Say how large a model the deaths would support."""
    count, rule = int(events.value or 0), f"at {MINIMUM_EVENTS_PER_TERM} events a term"
    deaths = clause(
        "With ", (Quote(events.key, events.formatted),), f" death{'s' if count > 1 else ''} among those compared, "
    )
    if count < MINIMUM_EVENTS_PER_TERM:
        return clause(deaths, f"no multivariable model is supported {rule}; none is fitted.")
    if count < 2 * MINIMUM_EVENTS_PER_TERM:
        return clause(deaths, f"a model may have one term at most {rule}; none with several is fitted.")
    terms = f"{count // MINIMUM_EVENTS_PER_TERM} terms"
    return clause(deaths, f"a model may have {terms} at most {rule}; the comparisons here are unadjusted.")


def groups(study: Study) -> str:
    """Return the labels of the groups as words in a sentence."""
    return plain(listed([(f"“{group.label}”",) for group in study.groups])) or "none"


SENTENCES: Mapping[str, Callable[[Results], Content]] = {
    "flow": flow,
    "baseline": baseline,
    "history": history,
    "complications": complications,
    "response": response,
    "survival": survival,
    "limitations": limitations,
    "statistical_methods": statistical_methods,
}
