"""A seeded fuzz: whatever one cell or one byte becomes, it is refused where it stands, or nothing else changes."""

from __future__ import annotations

import random
import re
from collections import Counter

import pandas as pd
import pytest

from hai_utils.cohort.dictionary import standard_dictionary
from hai_utils.cohort.problems import Problem
from hai_utils.cohort.reading import Reading, read_cohort
from tests.cohort.cohort_files import Table, base
from tests.conftest import mostly_long

BASE = base()
CONTENT = BASE.bytes()
SEED = 20_220_228
CELL_CHANGES, BYTE_CHANGES, BLOCKS = 3_000, 600, 6
WORDS = (
    "", " ", "0", "1", "2", "-1", "-0", "007", ".5", "5.", "+5", "1.0", "1e3", "1E+05", "1e-400", "1e400", "999", "-999",
    "12", "24.5", "2.4", "120", "1950", "12345678", "0x1F", "1_000", "1,5", "1,000", "1 000", "1.234,5", "50%", "5 mm",
    "5mm", "<5", "5-7", "~5", "inf", "-inf", "nan", "NA", "n/a", "unknown", "-", "?", "TRUE", "false", "yes", "no", "Yes",
    "mutant", "Mutant", "wild_type", "wild type", "none", "None", "all", "analysed", "overall", "V", "IIIa", "3-Feb",
    "Feb-03", "2020-05-17", "17.05.1950", "#REF!", "######", "=1+1", "@x", "٣", "−5", "５", "½", "x" * 31, "x" * 2_000,
    "a\nb", 'a"b', '"', "a,b", "a;b", "\x00", "\x1b[31m", "\u202e", "\ufeff1", "1\u00a0", "\u200b", "\udce4",
    "SECRET-01", "SECRET-99", "secret-01", "White", "white", "White ", "FOLFOX", "Folfox", "codon 12", "codon-12",
    "<script>alert(1)</script>", "{{ 1 }}", "$x$", "Dr. Mueller", "a@b.org", "0.0", "1.00", "1/1", "I", "l", "O",
)  # fmt: skip
KINDS = {name: variable.kind for name, variable in standard_dictionary().items()}
PADDING = re.compile("^[\\s\u200b\ufeff]+|[\\s\u200b\ufeff]+$")


def typed(cell: str, column: str) -> float | str | None:
    """What a cell says, by Python's own rules."""
    cell = PADDING.sub("", cell)
    if not cell:
        return None
    return float(cell) if KINDS[column] in {"number", "integer"} else cell


def values(table: pd.DataFrame) -> dict[tuple[int, str], float | str | None]:
    """What was read, by row and column, with None for missing."""
    return {
        (row, name): None if cell is None or cell != cell else cell
        for name in table
        for row, cell in enumerate(table[name].tolist())
    }


EXPECTED = {
    (row, name): typed(cell, name)
    for row, cells in enumerate(BASE.rows)
    for name, cell in zip(BASE.header, cells, strict=True)
}


def read(content: bytes) -> Reading:
    return read_cohort(content, standard_dictionary())


def errors(reading: Reading) -> list[Problem]:
    return [problem for problem in reading.problems if problem.severity == "error"]


def read_as(cell: str, column: str, reading: Reading) -> float | str | None:
    """What a cell is read as: what it says, or a number where its level is said not to be listed."""
    told = (0, column, "level_unlisted") in [(one.line, one.column, one.code) for one in reading.problems]
    return "unlisted_1" if told else typed(cell, column)


def is_about(problem: Problem, line: int, column: str) -> bool:
    """Whether a problem leads to a cell: it stands there, or it stands beside it and names it."""
    same_line = problem.line == line or f"line {line}." in problem.message or f"(line {line})" in problem.message
    return same_line and (problem.column == column or f"'{column}'" in problem.message)


def changed_value(random_source: random.Random, column: str) -> str:
    """A hostile word, a cell of another place, or a valid cell with a sign added, doubled or taken away."""
    kind = random_source.randrange(4)
    if kind == 0:
        return random_source.choice(WORDS)
    if kind == 1:
        return BASE.cell(random_source.randrange(2, len(BASE.rows) + 2), random_source.choice(BASE.header))
    if kind == 2:
        return repr(round(random_source.uniform(-20, 400), random_source.randrange(3)))
    cell = BASE.cell(random_source.randrange(2, len(BASE.rows) + 2), column)
    place = random_source.randrange(len(cell) + 1)
    return cell[:place] + random_source.choice(["", "1", ".", ",", " ", "x", "-", "%", "\u00a0"]) + cell[place + 1 :]


def assert_only_changes(reading: Reading, changed: dict[tuple[int, str], float | str | None]) -> None:
    """Every cell reads as it did, but for these."""
    assert reading.rows == len(BASE.rows)
    assert values(reading.table) == {**EXPECTED, **changed}


@pytest.mark.slow
@pytest.mark.parametrize("block", mostly_long(range(BLOCKS), 0))
def test_one_cell_is_refused_at_its_place_or_nothing_else_changes(block: int) -> None:
    random_source = random.Random(SEED + block)
    verdicts: Counter[str] = Counter()
    for _ in range(CELL_CHANGES // BLOCKS):
        line, column = random_source.randrange(2, len(BASE.rows) + 2), random_source.choice(BASE.header)
        cell = changed_value(random_source, column)
        reading = read(changed(BASE, line, column, cell))
        found = errors(reading)
        told = (line, column, cell, [(one.line, one.column, one.code) for one in found])
        if found:
            assert any(is_about(one, line, column) for one in found), told
            assert all(one.line == line or f"line {line}" in one.message for one in found), told
        else:
            assert_only_changes(reading, {(line - 2, column): read_as(cell, column, reading)})
        verdicts["refused" if found else "read"] += 1
    assert min(verdicts["refused"], verdicts["read"]) > CELL_CHANGES // BLOCKS // 10


def changed(table: Table, line: int, column: str, cell: str) -> bytes:
    return table.with_cells(line, **{column: cell}).csv().encode("utf-8", "surrogateescape")


@pytest.mark.slow
@pytest.mark.parametrize("block", mostly_long(range(2), 0))
def test_one_byte_gives_a_verdict_and_changes_no_other_row(block: int) -> None:
    random_source = random.Random(SEED - 1 - block)
    for _ in range(BYTE_CHANGES // 2):
        place = random_source.randrange(len(CONTENT))
        new = random_source.choice([b"", bytes([random_source.randrange(256)]), b'"', b"\n", b",", b";", b"\xc3"])
        content = CONTENT[:place] + new + CONTENT[place + random_source.randrange(2) :]
        reading = read(content)
        if not errors(reading):
            line = CONTENT[:place].count(b"\n")
            others = {key: cell for key, cell in EXPECTED.items() if key[0] != line - 1}
            assert others.items() <= values(reading.table).items(), (place, new)
