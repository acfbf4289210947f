"""What the numbers of this very cohort do not support."""

from __future__ import annotations

from hai_utils.results.record import Record
from hai_utils.results.study import Study
from hai_utils.results.table import Results
from hai_utils.show.content import Content, Label, Text, clause, quote
from hai_utils.show.sentences.composing import paragraphs
from hai_utils.show.tables.parts import adjusted_outcomes, compared_variables
from hai_utils.show.wording import group_name, people

EVENTS_PER_VARIABLE = 10
EVENTS, MULTIPLICITY = Label("Events."), Label("Multiplicity.")


def limitations(results: Results) -> Content:
    """Say what the numbers of this very cohort do not support."""
    texts: list[Text] = [_smallest_group(results.study)]
    events = results.find_key("os.analysed.events")
    if events is not None and not events.withheld:
        none: Text = (EVENTS, " No death among those compared: no model of survival can be fitted.")
        texts.append(_few(events) if events.value else none)
    texts.append(_multiplicity(results))
    return paragraphs(results, texts, "")


def _smallest_group(study: Study) -> Text:
    # None stands for a size that is withheld, which the disclosure gate does where it is small.
    sizes = [(group.n, group_name(study, group)) for group in study.groups if group.n is not None]
    if not sizes:
        return ()
    n, label = min(sizes, key=lambda size: size[0])
    which = "smaller" if len(study.groups) == 2 else "smallest"
    opening = f" The {which} group ({label})" if len(study.groups) > 1 else " The group"
    one = f"a single {people(study, 1)}: a comparison with it describes one {people(study, 1)} and supports no conclusion about a group."
    some = f"{n} {people(study, n)}; estimates in it are uncertain, as their intervals show."
    return (Label("Size."), f"{opening} is {one}" if n == 1 else f"{opening} has {some}")


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
    adjusted: Text = (" They are not adjusted for their number.",)
    if family := adjusted_outcomes(results):
        adjusted = clause(" Only those of ", family, " are also given adjusted, by Holm, as one family.")
    compared = "variables, outcomes and overall survival" if "os" in names else "variables and outcomes"
    opening = f" The comparisons of baseline {compared} {give} {values}."
    return clause((MULTIPLICITY,), opening, adjusted if found > 1 else "", chance)


def _few(events: Record) -> Text:
    """Say how large a model the deaths would support."""
    count, rule = int(events.value or 0), f"at {EVENTS_PER_VARIABLE} events per variable"
    deaths = clause((EVENTS,), " With ", (quote(events),), f" death{'s' if count > 1 else ''} among those compared, ")
    if count < EVENTS_PER_VARIABLE:
        return clause(deaths, f"no multivariable model is supported {rule}; none was fitted.")
    if count < 2 * EVENTS_PER_VARIABLE:
        return clause(deaths, f"a model may have one variable at most {rule}; none with several was fitted.")
    variables = f"{count // EVENTS_PER_VARIABLE} variables"
    return clause(deaths, f"a model may have {variables} at most {rule}; the comparisons here are unadjusted.")
