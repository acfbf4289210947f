"""What stands in one cell: numbers of the results, joined as the journal's style joins them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import wraps

from hai_utils.results.formatting import NOT_ESTIMABLE, NOT_REACHED, WITHHELD, p_phrase
from hai_utils.results.printing import SHARES, in_points
from hai_utils.results.record import Record
from hai_utils.results.table import Results
from hai_utils.show.content import Content, Notice, Table, Text, compose, key, quote
from hai_utils.show.tables.unprinted import mark
from hai_utils.show.wording import why_withheld

EMPTY: Text = ("",)
NO_DATA: Text = ("no data",)
POINTS_SIGN = " pp"
POINTS_NOTE = "pp, percentage points."
UNREACHED = "NR, median not reached; NE, not estimable, or limit not reached."
EMPTY_WORDS = {NOT_REACHED: "not reached", NOT_ESTIMABLE: "not estimable"}
BELOW_ZERO = "A limit below 0 shows that Wald's interval, which is symmetric, does not fit so few events."


def explained(make: Callable[[Results], Content]) -> Callable[[Results], Content]:
    """Have a table say under it what the article does not print, and what the sign of a withheld number means."""

    @wraps(make)
    def made(results: Results) -> Content:
        content = make(results)
        if isinstance(content, Table):
            content = mark(results, content)
        if not isinstance(content, Table) or not any(_is_withheld(cell) for row in content.rows for cell in row.cells):
            return content
        return replace(content, notes=(*content.notes, (f"{WITHHELD}, {why_withheld(results.study)}.",)))

    return made


def _is_withheld(cell: Text) -> bool:
    return any((run if isinstance(run, str) else run.text) == WITHHELD for run in cell[:1])


def nothing(results: Results, otherwise: str) -> Notice:
    """Return why there is no table: nothing to show, or all of it withheld."""
    withheld = "All that would stand in this table is withheld, as it could tell small cells."
    return Notice(withheld if results.study.gated else otherwise)


def withheld_cell(*records: Record | None) -> Text:
    """Return one sign for a cell of which a number is withheld; empty where none is."""
    first = next((record for record in records if record is not None and record.withheld), None)
    return () if first is None else (quote(first),)


def below_zero(results: Results, stems: Iterable[str], *, reported: bool = True) -> Text:
    """Explain a lower limit of a median that no time can have, by the reported method or by any."""
    lower = (record for stem in stems for record in results.methods(f"{stem}.median_lower"))
    shown = (one.value for one in lower if one.reported or not reported)
    return (BELOW_ZERO,) if any(value is not None and value < 0 for value in shown) else ()


def number_cell(results: Results, name: str) -> Text:
    """Return a number; empty where there is none of this key."""
    return compose(results, f"{{{name}}}") or EMPTY


def continuous_cell(results: Results, variable: str, group: str, *, interquartile: bool = False) -> Text:
    """Return a median with its range, or with its interquartile range."""
    stem = key(variable, group)
    median = results.find_key(f"{stem}.median")
    if median is None or median.value is None:
        return (median.formatted,) if median is not None else EMPTY
    if interquartile and median.n != 1 and not withheld_cell(results.get(f"{stem}.iqr")):
        return compose(results, f"{{{stem}.median}} ({{{stem}.iqr}})")
    low, high = results.get(f"{stem}.min"), results.get(f"{stem}.max")
    if median.n == 1 or withheld_cell(low, high):
        return (quote(median),)
    separator = " to " if low.formatted.startswith("−") else results.study.formatter.range("", "")
    least = low.formatted.rstrip("%") if low.unit == "percent" else low.formatted
    return (quote(median), " [", quote(low, least), separator, quote(high), "]")


def count_cell(results: Results, variable: str, group: str, level: str = "") -> Text:
    """Return ``n/N (%)``, N being those recorded; a word where nothing was recorded."""
    total = results.find_key(f"{key(variable, group)}.n")
    if total is not None and not total.value and not total.withheld:
        return NO_DATA
    stem = key(variable, *filter(None, [level]), group)
    if hidden := withheld_cell(results.find_key(f"{stem}.count")):
        return hidden
    return compose(results, f"{{{stem}.count}}/{{{key(variable, group)}.n}} ({{{stem}.percent}})") or EMPTY


def rate_cell(results: Results, variable: str, group: str, level: str = "") -> Text:
    """Return ``n/N, percent (interval)``."""
    stem = key(variable, *filter(None, [level]), group)
    total = results.find_key(f"{key(variable, group)}.n")
    if hidden := withheld_cell(total):
        return hidden
    if total is None or not total.value:
        return NO_DATA
    count, share = results.get(f"{stem}.count"), results.get(f"{stem}.proportion")
    low, high = results.get(f"{stem}.proportion_lower"), results.get(f"{stem}.proportion_upper")
    return (quote(count), "/", quote(total), ", ", quote(share), " (", *limits(results, low, high), ")")


def events_cell(results: Results, events: str, total: str) -> Text:
    """Return ``events/N``."""
    hidden = withheld_cell(results.get(events), results.get(total))
    return hidden or compose(results, f"{{{events}}}/{{{total}}}")


def interval_cell(results: Results, stem: str, statistic: str) -> Text:
    """Return an estimate with its limits in brackets; an open limit prints as NE."""
    value = results.find_key(f"{stem}.{statistic}")
    if value is None:
        return EMPTY
    low, high = (results.find_key(f"{stem}.{statistic}_{side}") for side in ("lower", "upper"))
    if low is None or high is None or withheld_cell(low, high) or (value.value is None and low.value is None):
        return (quote(value),)
    if low.value is None and high.value is None:
        # A proportion of 0 or 1 needs no remark; a median does, as its limits are looked for.
        return (quote(value), f" ({NOT_ESTIMABLE})") if statistic == "median" else (quote(value),)
    # A curve without a step yet has limits, but they say nothing of its uncertainty.
    return (quote(value),) if low.value == high.value else (quote(value), " (", *limits(results, low, high), ")")


def effect_cell(results: Results, stem: str, statistic: str) -> Text:
    """Return an effect with its limits, the estimate with its unit where that is percentage points."""
    cell, record = interval_cell(results, stem, statistic), results.find_key(f"{stem}.{statistic}")
    if record is None or record.value is None or not in_points(record):
        return cell
    return (cell[0], POINTS_SIGN, *cell[1:])


def limit_text(record: Record) -> str:
    """Return a limit as it prints: a median may be not reached, a limit without a value is not estimable."""
    return NOT_ESTIMABLE if record.formatted == NOT_REACHED else record.formatted


def limits(results: Results, low: Record, high: Record) -> Text:
    """Return two limits joined as the style joins them."""
    if hidden := withheld_cell(low, high):
        return hidden
    both_percent = low.unit in SHARES and high.formatted.endswith("%")
    first, last = limit_text(low).rstrip("%" if both_percent else ""), limit_text(high)
    joined = results.study.formatter.range(first, last)
    return (quote(low, first), joined[len(first) : len(joined) - len(last)], quote(high, last))


def limits_in_prose(results: Results, low: Record, high: Record) -> Text:
    """Return two limits as a sentence joins them: one without a value is spelled out."""
    if low.withheld or high.withheld or not {low.formatted, high.formatted} & set(EMPTY_WORDS):
        return limits(results, low, high)
    first, last = (quote(record, EMPTY_WORDS.get(limit_text(record), "")) for record in (low, high))
    return (first, " to ", last)


def p_value_beside_level(results: Results, record: Record) -> Text:
    """Return a P value with the digits that show its side of the level, also in a book that keeps the article's digits."""
    if record.value is None:
        return (quote(record),)
    level = float(results.study.parameters["significance_level"])
    return (quote(record, replace(results.study.formatter, significance=level).p_value(float(record.value))),)


def p_value_text(results: Results, name: str) -> Text:
    """Return ``P=0.03`` for a key."""
    record = results.get(name)
    if record.value is None:
        return ("P withheld",) if record.withheld else ("P not estimable",)
    return (p_phrase(record.formatted).removesuffix(record.formatted), quote(record))
