"""The code that checks a number: lines that read the rows or hold the counts, then those of its working."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from itertools import groupby
from string import Template

from hai_utils.catalogue.statistics import POWER
from hai_utils.catalogue.workings.record import INLINE
from hai_utils.results.formatting import full_precision, working_number
from hai_utils.results.keys import key_part
from hai_utils.results.table import Results
from hai_utils.show.evidence.case import Case
from hai_utils.show.evidence.of_choices import drawn_p
from hai_utils.show.evidence.of_counts import family
from hai_utils.stats.arrays import IntArray

LANGUAGES = ("R", "Python")
_CHANGING_R = """r <- !is.na(d$onset) & d$onset < d$months - 1e-9
p <- subset(rbind(with(d, data.frame(row, start = 0, stop = ifelse(r, onset, months), event = ifelse(r, 0, event), status = 0)),
  with(d[r, ], data.frame(row, start = onset, stop = months, event, status = rep(1, sum(r))))), stop > start)
"""
_CHANGING_PY = """r = d.onset < d.months - 1e-9
p = pd.concat([d.assign(start=0.0, stop=d.onset.where(r, d.months), event=d.event.where(~r, 0), status=0),
               d[r].assign(start=d.onset, stop=d.months, status=1)]).query("stop > start")
"""


def rows_of(results: Results, files: Sequence[str]) -> str:
    """Return all rows of these files."""
    return "".join(results.samples[name.removesuffix(".csv")].csv for name in files)


def code_of(case: Case, language: str) -> str:
    """Return code that prints a number; empty where its working has none for so many groups in this language."""
    r = language == "R"
    template = case.working.r if r else case.working.python
    needs_pair = "$a" in template
    if not template or (len(case.groups) > 2 and needs_pair):
        return ""
    slots = {
        "level": working_number(case.confidence), "percent": working_number(100 * case.confidence),
        "alpha": working_number(float(case.study.parameters.get("significance_level", 0.05))),
        "t": full_precision(case.months).removesuffix(".0"), "a": case.groups[0], "b": case.groups[-1], "df": str(len(case.groups) - 1),
        "cause": key_part(case.record.level), "levels": str(len(case.levels)), "code": str(int(all(key_part(status.before) != case.groups[0] for status in case.study.statuses))),
        "place": str(_place(case)), "power": str(POWER), "null": str(int(case.ratio)),
    }  # fmt: skip
    begin = _inline(case, language) if case.working.data in INLINE else (_read_in_r if r else _read_in_python)(case)
    return begin + Template(template).substitute(slots)


def digest(code: str, csv: str) -> str:
    """Return what identifies code with the rows that it reads."""
    return hashlib.sha256(f"{code}\0{csv}".encode()).hexdigest()[:12]


def _place(case: Case) -> int:
    names = [name for name, _ in family(case)] if case.working.data == "several P" else []
    return names.index(case.record.variable) + 1 if case.record.variable in names else 0


def _vector(texts: Sequence[str], language: str) -> str:
    inside = ", ".join(map(json.dumps, texts))
    return f"c({inside})" if language == "R" else f"[{inside}]"


def _picked(case: Case, language: str, frame: str = "d") -> str:
    """Return the condition that picks the rows of the number's groups; empty for all."""
    members = case.members()
    if members is None:
        return ""
    if language == "R":
        return f"{frame}$group %in% {_vector(members, 'R')}"
    return (
        f"{frame}.group == {json.dumps(members[0])}"
        if len(members) == 1
        else f"{frame}.group.isin({_vector(members, 'Python')})"
    )


def _inline(case: Case, language: str) -> str:
    """Return the lines that hold numbers of the results; equal ones in a row are written once."""
    r, data = language == "R", case.working.data
    mark, again, all_of = ("<-", "rep({}, {})", "c({})") if r else ("=", "*[{}] * {}", "[{}]")
    if data == "draws":
        numbers = {"p": full_precision(drawn_p(case)), "B": str(case.study.parameters["permutation_draws"])}
        return "".join(f"{name} {mark} {value}\n" for name, value in numbers.items())
    name = "p" if data == "several P" or case.record.statistic == "analyses_significant" else "effect"
    values = [p for _, p in family(case)] if data == "several P" else case.drawn(name)
    runs = [(full_precision(value), len(list(same))) for value, same in groupby(values)]
    texts = (value if number == 1 else again.format(value, number) for value, number in runs)
    return f"{name[0]} {mark} {all_of.format(', '.join(texts))}\n"


def _read_in_r(case: Case) -> str:
    data = case.working.data
    if case.sample is None:
        return _counts(case, "R")
    csv, *others = case.files
    if others:
        own, other = (f'read.csv({json.dumps(name)}, colClasses = "character")' for name in case.files)
        picked = _picked(case, "R")
        return f'd <- merge({own}, {other}[c("row", "value")], by = "row")\n' + (
            f"d <- d[{picked}, ]\n" if picked else ""
        )
    texts = '"character"' if "count" in data or data == "table" else 'c(group = "character")'
    lines = [f'd <- read.csv({json.dumps(csv)}, na.strings = "", colClasses = {texts})']
    picked, both = _picked(case, "R"), _vector(case.groups, "R")
    within = f"[{picked}]" if picked else ""
    rows = f"d[{picked}, ]" if picked else "d"
    level = json.dumps(case.level)
    if case.record.statistic == "n_missing":
        column = "months" if "months" in case.sample.columns else "value"
        event = " | is.na(event)" if column == "months" else ""
        return "\n".join([*lines, f"missing <- with({rows}, sum(is.na({column}){event}))", ""])
    match data:
        case "value":
            lines.append(f"x <- d$value{within}; x <- x[!is.na(x)]")
        case "pair of values":
            lines += [
                f'{name} <- na.omit(d$value[d$group %in% "{group}"])'
                for name, group in zip("xy", case.groups, strict=True)
            ]
        case "groups of values":
            lines.append(f"d <- subset(d, group %in% {both} & !is.na(value))")
        case "count":
            lines.append(f"v <- d$value{within}; n <- sum(!is.na(v)); x <- sum(v == {level}, na.rm = TRUE)")
        case "pair of counts":
            lines += [
                f"v <- lapply({both}, function(g) na.omit(d$value[d$group %in% g]))",
                f"x <- sapply(v, function(v) sum(v == {level})); n <- sapply(v, length)",
            ]
        case "table":
            lines += [
                f"m <- table(factor(d$group, {both}), factor(d$value, {_vector(case.levels, 'R')}))",
                "m <- m[rowSums(m) > 0, colSums(m) > 0]",
            ]
        case "curve" | "pair of curves" | "groups of curves" | "causes" | "groups of causes":
            second = "cause" if "causes" in data else "event"
            groups = "" if data in ("curve", "causes") else '"group", '
            library = [] if second == "cause" else ["library(survival)"]
            lines = [
                *library,
                *lines,
                f'd <- na.omit({rows.removesuffix("]") if picked else "d[, "}c({groups}"months", "{second}")])',
            ]
        case "status":
            return "library(survival)\n" + lines[0] + "\n" + _CHANGING_R
    return "\n".join([*lines, ""])


def _read_in_python(case: Case) -> str:
    data = case.working.data
    if case.sample is None:
        return _counts(case, "Python")
    csv, *others = case.files
    if others:
        own, other = (f"pd.read_csv({json.dumps(name)}, dtype=str, keep_default_na=False)" for name in case.files)
        picked = _picked(case, "Python")
        return f'import pandas as pd\nd = {own}.merge({other}[["row", "value"]], on="row")\n' + (
            f"d = d[{picked}]\n" if picked else ""
        )
    levels = "count" in data or data == "table"
    read = (
        "dtype=str, keep_default_na=False, na_values=['']"
        if levels
        else "dtype={'group': str}, keep_default_na=False, na_values=['']"
    )
    lines = ["import pandas as pd", f"d = pd.read_csv({json.dumps(csv)}, {read})".replace("'", '"')]
    picked, both = _picked(case, "Python"), _vector(case.groups, "Python")
    within, level = f"[{picked}]" if picked else "", json.dumps(case.level)
    if case.record.statistic == "n_missing":
        columns = ["months", "event"] if "months" in case.sample.columns else ["value"]
        return "\n".join([*lines, f"missing = d{within}[{_vector(columns, 'Python')}].isna().any(axis=1).sum()", ""])
    match data:
        case "value":
            lines.append(f"x = d.value{within}.dropna()")
        case "pair of values":
            lines += [
                f'{name} = d.value[d.group == "{group}"].dropna()'
                for name, group in zip("xy", case.groups, strict=True)
            ]
        case "groups of values":
            lines.append(f'd = d[d.group.isin({both})].dropna(subset=["value"])')
        case "count":
            lines.append(f"v = d.value{within}.dropna(); n = len(v); x = (v == {level}).sum()")
        case "pair of counts":
            lines += [
                f"v = [d.value[d.group == g].dropna() for g in {both}]",
                f"(n1, n2), (x1, x2) = map(len, v), [(s == {level}).sum() for s in v]",
            ]
        case "table":
            lines += [
                f"m = pd.crosstab(d.group, d.value).reindex(index={both}, columns={_vector(case.levels, 'Python')}, fill_value=0).to_numpy()",
                "m = m[m.any(axis=1)][:, m.any(axis=0)]",
            ]
        case "curve" | "pair of curves" | "groups of curves" | "causes" | "groups of causes":
            second = "cause" if "causes" in data else "event"
            lines.append(f'd = d{within}.dropna(subset=["months", "{second}"])')
        case "status":
            return "\n".join([*lines, _CHANGING_PY])
    return "\n".join([*lines, ""])


def _counts(case: Case, language: str) -> str:
    """Return the lines that hold the counts themselves."""
    r = language == "R"
    if case.working.data == "table":
        return matrix(case.table, language)
    if case.working.data == "count":
        x, n = case.count()
        return f"x <- {x}; n <- {n}\n" if r else f"x, n = {x}, {n}\n"
    (x1, n1), (x2, n2) = (case.count(group) for group in case.groups)
    return f"x <- c({x1}, {x2}); n <- c({n1}, {n2})\n" if r else f"x1, n1, x2, n2 = {x1}, {n1}, {x2}, {n2}\n"


def matrix(table: IntArray, language: str) -> str:
    """Return the line that holds a table."""
    if language == "R":
        cells = ", ".join(map(str, table.ravel().tolist()))
        return f"m <- matrix(c({cells}), {table.shape[0]}, byrow = TRUE)\n"
    return f"import numpy as np\nm = np.array({table.tolist()})\n"
