"""Early morbidity, early deaths, late events of the pump."""

from __future__ import annotations

from hai_utils.results.table import Results
from hai_utils.show.content import Content, Text, clause, join, key
from hai_utils.show.sentences.composing import compose, paragraphs, rate


def complications(results: Results) -> Content:
    """Early morbidity, early deaths, late events of the pump."""
    unrecorded: Text = ()
    if not (results.has_data("any_complication") or results.has_data("any_pump_complication")):
        unrecorded = ("The file has no data on complications.",)
    severity = (
        "The highest grade was minor (Clavien-Dindo I to II) in {minor_complication.all.count} "
        "({minor_complication.all.percent} of all) and severe (IIIa or higher) in {severe_complication.all.count} "
        "({severe_complication.all.percent} of all)."
    )
    texts = [
        unrecorded,
        join(
            rate(results, "any_complication", "Perioperative complications were recorded in"),
            _of_these(results, "any_complication", severity),
        ),
        rate(
            results,
            "death_90_days",
            "Of those followed for 90 days or dead by then, death within 90 days was recorded in",
        ),
        join(
            rate(results, "any_pump_complication", "Long-term pump-related complications were recorded in"),
            _of_these(
                results, "any_pump_complication", "The complication was biliary in {biliary_complication.all.count}."
            ),
            _discontinued(results),
        ),
    ]
    return paragraphs(
        results, texts, "The cohort has no column on complications, so this chapter has nothing to report."
    )


def _of_these(results: Results, name: str, template: str) -> Text:
    """Say something of those who had an event; nothing where nobody had it."""
    count = results.find_key(key(name, "all", "count"))
    return compose(results, template) if count is not None and count.value else ()


def _discontinued(results: Results) -> Text:
    """Say how often a complication ended HAI, how often a biliary one, and after how many cycles."""
    stopped = (
        "HAI was discontinued for a complication in {hai_discontinued.all.count} of {hai_discontinued.all.n} "
        "({hai_discontinued.all.percent})"
    )
    biliary = ", for a biliary complication in {biliary_discontinued.all.count}"
    return (
        clause(
            *(
                text
                for text in (
                    compose(results, stopped),
                    _of_these(results, "hai_discontinued", biliary),
                    _cycles_when_stopped(results),
                )
            ),
            ".",
        )
        if compose(results, stopped)
        else ()
    )


def _cycles_when_stopped(results: Results) -> Text:
    stem = f"hai_cycles_discontinued.{results.study.overall}"
    n = results.find_key(f"{stem}.n")
    if n is None or not n.value:
        return ()
    if results.get(f"{stem}.min").value == results.get(f"{stem}.max").value:
        return compose(
            results, ", after {hai_cycles_discontinued.all.median} cycles" + (" each" if n.value > 1 else "")
        )
    return compose(
        results,
        ", after a median of {hai_cycles_discontinued.all.median} cycles "
        "(range {hai_cycles_discontinued.all.min} to {hai_cycles_discontinued.all.max})",
    )
