"""Early morbidity, early deaths, late events of the pump."""

from __future__ import annotations

from hai_utils.results.table import Results
from hai_utils.show.content import Content, Text, join, key
from hai_utils.show.sentences.composing import compose, paragraphs, rate


def complications(results: Results) -> Content:
    """Early morbidity, early deaths, late events of the pump."""
    unrecorded: Text = ()
    if "any_complication.all.n" not in results and "any_pump_complication.all.n" not in results:
        unrecorded = ("The file has no columns on complications.",)
    severity = (
        "Of these, {minor_complication.all.count} ({minor_complication.all.percent} of all) were minor (Clavien-Dindo I to II) "
        "and {severe_complication.all.count} ({severe_complication.all.percent} of all) severe (IIIa or higher)."
    )
    stopped = (
        "HAI was stopped for a complication in {hai_discontinued.all.count} of {hai_discontinued.all.n} "
        "({hai_discontinued.all.percent})."
    )
    biliary = "In {biliary_discontinued.all.count} of these the complication was biliary."
    texts = [
        unrecorded,
        join(
            rate(results, "any_complication", "Perioperative complications were recorded in"),
            _of_these(results, "any_complication", severity),
        ),
        rate(results, "death_90_days", "Death within 90 days, among those followed for 90 days or dead by then:"),
        join(
            rate(results, "any_pump_complication", "Long-term pump-related complications were recorded in"),
            _of_these(
                results, "any_pump_complication", "Of these, {biliary_complication.all.count} had a biliary one."
            ),
            compose(results, stopped),
            _of_these(results, "hai_discontinued", biliary),
            _cycles_when_stopped(results),
        ),
    ]
    return paragraphs(
        results.study, texts, "The cohort has no column on complications, so this chapter has nothing to report."
    )


def _of_these(results: Results, name: str, template: str) -> Text:
    """Say something of those who had an event; nothing where nobody had it."""
    count = results.find_key(key(name, "all", "count"))
    return compose(results, template) if count is not None and count.value else ()


def _cycles_when_stopped(results: Results) -> Text:
    n = results.find_key(f"hai_cycles_discontinued.{results.study.overall}.n")
    if n is None or not n.value:
        return ()
    return compose(
        results,
        "Those who stopped had had a median of {hai_cycles_discontinued.all.median} cycles "
        "(range {hai_cycles_discontinued.all.min} to {hai_cycles_discontinued.all.max}).",
    )
