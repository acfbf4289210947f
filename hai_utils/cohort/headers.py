"""The names of the columns against the dictionary: missing, doubled, nearly matching, or those of identifiers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches

from hai_utils.catalogue.endpoints import Endpoint
from hai_utils.cohort.dictionary import Variable
from hai_utils.cohort.grid import Grid
from hai_utils.cohort.identifiers import (
    PLAIN_NUMBER,
    HeaderKind,
    header_kind,
    identifier_in,
    is_row_identifier,
    words_of,
)
from hai_utils.cohort.problems import Problem, problem
from hai_utils.cohort.roles import file_endpoints
from hai_utils.cohort.schema import IDENTIFIER
from hai_utils.cohort.tables import column_place

RESPONSE_PAIR = ("lesion1_baseline_long_mm", "lesion1_best_long_mm")
LESIONS = ("lesion1", "lesion2")
MAX_HEADER = 60
# Similarity from which a header is a mistyped one, not another.
NEAR = 0.75
KIND_WORDS: Mapping[HeaderKind, str] = {
    "name": "names",
    "contact": "addresses or contacts",
    "record number": "record numbers",
    "date of birth": "dates of birth",
    "free text": "free text",
}
_DATE_HEADER = re.compile(r"(^|_)(date|datum|fecha)(_|$)")


def check_headers(grid: Grid, dictionary: Mapping[str, Variable]) -> list[Problem]:
    """Check the names of a cohort's columns against the dictionary, and that those which belong together are there."""
    problems, found = check_names(grid, dictionary)
    return problems + list(_check_required(found, file_endpoints(dictionary), grid.header_line)) if found else problems


def check_names(grid: Grid, dictionary: Mapping[str, Variable]) -> tuple[list[Problem], set[str]]:
    """Check the names of the columns against the dictionary.

    A header that may itself be a patient's datum, because the file has none, is told by its position.

    Returns
    -------
    problems : list of Problem
        One for each name that is blank, doubled or not described.
    found : set of str
        The names, and those that were meant; empty where no line of the file names columns.
    """
    names, line = grid.header, grid.header_line
    near = {name: _nearest_header(name, dictionary) for name in names if name and name not in dictionary}
    if not any(name in dictionary for name in names) and 2 * sum(map(bool, near.values())) < len(names):
        return _no_header(grid), set()
    problems = [
        problem("header_blank", line, column_place(i), "The column has values and no header.")
        for i, name in zip(grid.positions, names, strict=True)
        if not name
    ]
    for name, count in Counter(names).items():
        if name and count > 1:
            problems.append(problem("header_double", line, _safe(name, grid), f"The column stands {count} times."))
    problems += [_undescribed(name, near[name], grid) for name in near]
    problems += _described_identifiers(names, dictionary, line)
    return problems, set(names) | set(near.values())


def _no_header(grid: Grid) -> list[Problem]:
    """Refuse a file without a single known name; where the first line is data, nothing of it is repeated."""
    names = grid.header
    data = any(PLAIN_NUMBER.fullmatch(name) or identifier_in(name) for name in names)
    telling = [] if data else [name for name in dict.fromkeys(names) if header_kind(name[:MAX_HEADER])]
    found = (
        "The first line holds values." if data else f"None of the {len(names)} columns has a name of the dictionary."
    )
    return [*(_undescribed(name, "", grid) for name in telling), problem("no_header", grid.header_line, "", found)]


def _nearest_header(name: str, dictionary: Mapping[str, Variable]) -> str:
    """Return the described name that a header nearly matches, or an empty string."""
    words = words_of(name[:MAX_HEADER])
    if words in dictionary:
        return words
    if labelled := [name for name, variable in dictionary.items() if words_of(variable.label) == words]:
        return labelled[0]
    if is_row_identifier(name):
        return IDENTIFIER
    if header_kind(name):
        return ""
    matches = get_close_matches(words, list(dictionary), n=1, cutoff=NEAR)
    return matches[0] if matches else ""


def _safe(name: str, grid: Grid) -> str:
    """Return a header as a message may show it: what may be a datum, or cannot be seen, by its position."""
    harmless = len(name) <= MAX_HEADER and name.isprintable() and not identifier_in(name)
    return name if harmless else column_place(grid.positions[grid.header.index(name)])


def _undescribed(name: str, near: str, grid: Grid) -> Problem:
    place, line = _safe(name, grid), grid.header_line
    if near and near not in grid.header:
        return problem(
            "header_near", line, place, f"No column has this name; did you mean '{near}'?", f"Write '{near}'."
        )
    if kind := header_kind(name[:MAX_HEADER]):
        return problem("header_identifier", line, place, f"The column seems to hold {KIND_WORDS[kind]}.")
    if _DATE_HEADER.search(words_of(name[:MAX_HEADER])):
        found = "The column seems to hold dates."
        return problem("header_identifier", line, place, found, "Give intervals in months or days instead.")
    suggestion = f" Did you mean '{near}', which is there too?" if near else ""
    return problem("header_unknown", line, place, f"The column is not known.{suggestion}")


def _described_identifiers(names: Iterable[str], dictionary: Mapping[str, Variable], line: int) -> Iterator[Problem]:
    """Refuse columns of the cohort's own that identify patients; a closed list of levels cannot."""
    for name in names:
        variable = dictionary.get(name)
        if variable and variable.own and not variable.levels and (kind := header_kind(name)):
            if kind == "free text":
                yield problem("free_text", line, name, "The column seems to hold free text.")
            else:
                mend = "Delete the column; if it is none, list its levels in the dictionary ('a | b')."
                yield problem("header_identifier", line, name, "The column's name is that of an identifier.", mend)


def _check_required(present: set[str], endpoints: Sequence[Endpoint], line: int) -> Iterator[Problem]:
    if IDENTIFIER not in present:
        yield problem("header_missing", line, IDENTIFIER, "The column is missing; each row needs a study number.")
    for endpoint in endpoints:
        time, event = endpoint.months, endpoint.status
        if (time in present) != (event in present):
            absent, given = (event, time) if time in present else (time, event)
            yield problem(
                "header_missing", line, absent, f"'{given}' is there without it; {endpoint.within_text} needs both."
            )
    for lesion in LESIONS:
        for axis in ("long", "perp"):
            baseline, best = f"{lesion}_baseline_{axis}_mm", f"{lesion}_best_{axis}_mm"
            if best in present and baseline not in present:
                yield problem("header_missing", line, baseline, f"'{best}' is there without it; a change needs both.")
    any_time = any({endpoint.months, endpoint.status} & present for endpoint in endpoints)
    if not any_time and not present.intersection(RESPONSE_PAIR):
        yield problem("no_outcome", line, "", "The cohort has neither a survival endpoint nor lesion measurements.")
    elif not any_time and not set(RESPONSE_PAIR) <= present and RESPONSE_PAIR[0] in present:
        yield problem("header_missing", line, RESPONSE_PAIR[1], "The lesions are measured at baseline only.")
