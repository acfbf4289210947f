"""The code that checks a number: lines that read the rows or hold the counts, then those of its working."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from itertools import groupby
from string import Template

from hai_utils.catalogue.statistics import POWER
from hai_utils.catalogue.workings.reading import COUNTS, EACH, ENTERING, FILE, FILES, MISSING
from hai_utils.catalogue.workings.record import INLINE
from hai_utils.results.formatting import full_precision, working_number
from hai_utils.results.keys import key_part
from hai_utils.results.samples import Sample
from hai_utils.results.table import Results
from hai_utils.show.evidence.case import Case
from hai_utils.show.evidence.of_choices import drawn_p
from hai_utils.show.evidence.of_counts import family

LANGUAGES = ("R", "Python")


def rows_of(results: Results, files: Sequence[str]) -> str:
    """Return all rows of these files."""
    return "".join(results.tables[name.removesuffix(".csv")].csv for name in files)


def code_of(case: Case, language: str) -> str:
    """Return code that prints a number; empty where its working has none for so many groups in this language."""
    r = language == "R"
    template = case.working.r if r else case.working.python
    if not template or (len(case.groups) > 2 and "$a" in template):
        return ""
    begin, slots = _begun(case, r)
    slots |= {
        "level": working_number(case.confidence), "percent": working_number(100 * case.confidence),
        "alpha": working_number(float(case.study.parameters.get("significance_level", 0.05))),
        "t": full_precision(case.months).removesuffix(".0"), "a": case.groups[0], "b": case.groups[-1], "df": str(len(case.groups) - 1),
        "cause": key_part(case.record.level), "levels": str(len(case.levels)), "code": str(int(all(key_part(status.before) != case.groups[0] for status in case.study.statuses))),
        "variable": case.record.variable, "power": str(POWER), "null": str(int(case.ratio)),
    }  # fmt: skip
    return Template(begin + template).substitute(slots)


def digest(code: str, csv: str) -> str:
    """Return what identifies code with the rows that it reads."""
    return hashlib.sha256(f"{code}\0{csv}".encode()).hexdigest()[:12]


def _begun(case: Case, r: bool) -> tuple[str, dict[str, str]]:
    """Return the lines that code begins with, and what their names stand for."""
    if case.working.data in INLINE:
        return _inline(case, r), {}
    if case.sample is None:
        return COUNTS[case.working.data][not r], _counts(case)
    return _read(case, r), _slots(case, case.sample, r)


def _read(case: Case, r: bool) -> str:
    data = case.working.data
    missing = case.record.statistic == "n_missing"
    parts = [FILES if data == "pair of variables" else FILE]
    if case.is_summed:
        parts.append(EACH)
    parts.append(MISSING if missing else ENTERING[data])
    survival = r and not missing and ("curve" in data or data == "status")
    return ("library(survival)\n" if survival else "") + "".join(part[not r] for part in parts)


def _slots(case: Case, sample: Sample, r: bool) -> dict[str, str]:
    """Return what the names in lines that read rows stand for."""
    data, members = case.working.data, case.members()
    words = "count" in data or data == "table"
    columns = ["months", "event"] if "months" in sample.columns else ["value"]
    second = "cause" if "causes" in data else "event"
    if members is None:
        picked = ""
    elif r:
        picked = f"d$group %in% {_vector(members, r)}"
    elif len(members) == 1:
        picked = f"d.group == {json.dumps(members[0])}"
    else:
        picked = f"d.group.isin({_vector(members, r)})"
    of_group = [] if data in ("curve", "causes") else ["group"]
    texts = ('"character"', "str") if words else ('c(group = "character")', '{"group": str}')
    return dict(zip(("csv", "other"), map(json.dumps, case.files), strict=False)) | {
        "types": texts[not r], "picked": picked, "within": f"[{picked}]" if picked else "", "rows": f"d[{picked}, ]" if picked else "d",
        "both": _vector(case.groups, r), "answer": json.dumps(case.level), "answers": _vector(case.levels, r),
        "columns": ", ".join(map(json.dumps, [*of_group, "months", second])), "second": second,
        "missing": _vector(columns, r), "absent": " | ".join(f"is.na({column})" for column in columns),
    }  # fmt: skip


def _vector(texts: Sequence[str], r: bool) -> str:
    inside = ", ".join(map(json.dumps, texts))
    return f"c({inside})" if r else f"[{inside}]"


def _inline(case: Case, r: bool) -> str:
    """Return the lines that hold numbers of the results; equal ones in a row are written once."""
    data = case.working.data
    mark, again, all_of = ("<-", "rep({}, {})", "c({})") if r else ("=", "*[{}] * {}", "[{}]")
    if data == "draws":
        numbers = {"p": full_precision(drawn_p(case)), "B": str(case.study.parameters["permutation_draws"])}
        return "".join(f"{name} {mark} {value}\n" for name, value in numbers.items())
    if data == "several P":
        named = ", ".join(f'"{name}"{" = " if r else ": "}{full_precision(p)}' for name, p in family(case))
        return f"p {mark} {f'c({named})' if r else f'{{{named}}}'}\n"
    name = "p" if case.record.statistic == "analyses_significant" else "effect"
    runs = [(full_precision(value), len(list(same))) for value, same in groupby(case.drawn(name))]
    texts = (value if number == 1 else again.format(value, number) for value, number in runs)
    return f"{name[0]} {mark} {all_of.format(', '.join(texts))}\n"


def _counts(case: Case) -> dict[str, str]:
    """Return what the names in lines that hold counts or means stand for."""
    if case.working.from_moments:
        made = [", ".join([str(n), *map(full_precision, both)]) for n, *both in map(case.moments, case.groups)]
        return {"made1": made[0], "made2": made[-1], "all_made": ", ".join(f"made({one})" for one in made)}
    if case.working.data == "table":
        cells = ", ".join(map(str, case.table.ravel().tolist()))
        return {"cells": cells, "height": str(len(case.table)), "matrix": str(case.table.tolist())}
    if case.record.statistic == "n":
        return {"n": " + ".join(map(str, case.each_level()))}
    counts = [case.count()] if case.working.data == "count" else map(case.count, case.groups)
    return {
        f"{name}{place}": str(value)
        for place, pair in enumerate(counts, 1)
        for name, value in zip("xn", pair, strict=True)
    }
