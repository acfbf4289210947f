"""The adversary: a person's data in any cell of a table reaches no output, no log, no guess and no message."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hai_utils.cohort.dictionary import standard_dictionary
from hai_utils.errors import DataError
from hai_utils.importing.applying import apply_mapping
from hai_utils.importing.data_dictionary import parse_dictionary
from hai_utils.importing.deidentify import deidentify
from hai_utils.importing.lesions import read_scans
from hai_utils.importing.mapping import parse_mapping
from hai_utils.importing.planning import plan_table
from hai_utils.importing.redcap import import_redcap
from hai_utils.importing.sheets import Sheet, parse_sheet
from hai_utils.importing.template import template_files
from hai_utils.untrusted import csv_text
from tests.conftest import mostly_long

VARIABLES = dict(standard_dictionary())
FILES = template_files()
HEADER = (
    "id",
    "age",
    "sex",
    "bmi",
    "kras",
    "race",
    "los",
    "pump",
    "born",
    "progress",
    "died",
    "seen",
    "lesion (cm)",
    "note",
)
ROW = (
    "A{}",
    "61",
    "m",
    "24.8",
    "mut",
    "White",
    "6",
    "2020-03-14",
    "1951-06-13",
    "2020-09-15",
    "",
    "2021-03-14",
    "5.2",
    "fine",
)
MAPPING = """\
missing: [NA]
since: pump
columns:
  patient_id: id
  age_years: {date: pump, since: born}
  sex: {from: sex, codes: {m: male, f: female}}
  race: race
  bmi_kg_m2: bmi
  kras: {from: kras, codes: {mut: mutant, wt: wild_type}}
  length_of_stay_days: los
  pump_year: {year_of: pump}
  lesion1_baseline_long_mm: {from: lesion (cm), unit: cm}
  os_months: {date: died, otherwise: seen}
  os_event: {any_of: died, otherwise: seen}
  pfs_months: {date: [progress, died], otherwise: seen}
  pfs_event: {any_of: [progress, died], otherwise: seen}
"""
# A name, a record number, a telephone number, an e-mail address, a date of birth in two forms, a sentence.
SECRETS = (
    "Kowalczyk", "70412345", "616-555-0187", "kow@example.org", "13/06/1951", "13 June 1951",
    "Mrs Kowalczyk of Ada was seen by her daughter in spring",
)  # fmt: skip
# A level that any word may be takes a name too; everything else must not.
OPEN = {"race"}


def table(column: int, secret: str) -> Sheet:
    rows = [tuple(cell.format(i) for cell in ROW) for i in range(4)]
    rows[2] = tuple(secret if i == column else cell for i, cell in enumerate(rows[2]))
    return parse_sheet(csv_text(HEADER, rows).encode(), "x.csv")


def said(work: Callable[[], str]) -> str:
    try:
        return work()
    except DataError as error:
        return str(error)


def leaks(text: str, secret: str) -> bool:
    return secret in text or "Kowalczyk" in text


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("column", range(len(HEADER)), ids=HEADER)
def test_import_lets_nothing_through(column: int, secret: str) -> None:
    def work() -> str:
        made = apply_mapping(table(column, secret), parse_mapping(MAPPING, "m.yml", VARIABLES), VARIABLES)
        return made.log_text + ("" if HEADER[column] in OPEN else made.csv_text)

    assert not leaks(said(work), secret)


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("column", range(len(HEADER)), ids=HEADER)
def test_a_guess_lets_nothing_through(column: int, secret: str) -> None:
    assert not leaks(said(lambda: plan_table(table(column, secret), VARIABLES).mapping_text), secret)


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("column", range(len(HEADER)), ids=HEADER)
def test_deidentification_lets_nothing_through(column: int, secret: str) -> None:
    def work() -> str:
        done = deidentify(table(column, secret))
        return done.csv_text + done.report_text

    assert not leaks(said(work), secret)


@pytest.mark.slow
@pytest.mark.parametrize("secret", mostly_long(SECRETS, "Kowalczyk", "13/06/1951", SECRETS[-1]))
def test_redcap_lets_nothing_through(secret: str) -> None:
    project = parse_dictionary(parse_sheet(FILES["redcap_data_dictionary.csv"], "d.csv"))
    example = parse_sheet(FILES["example_cohort.csv"], "e.csv")
    for column, name in enumerate(example.header):
        rows = [list(row) for row in example.rows]
        rows[1][column] = secret
        is_open = VARIABLES[name].kind in {"category", "string"} and not VARIABLES[name].levels and name != "patient_id"

        def work(rows: list[list[str]] = rows, is_open: bool = is_open) -> str:
            done = import_redcap(parse_sheet(csv_text(example.header, rows).encode(), "x.csv"), project, VARIABLES)
            return done.cohort.log_text + ("" if is_open else done.cohort.csv_text)

        assert not leaks(said(work), secret), name


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("column", [1, 3, 4, 5])
def test_scans_let_nothing_through(column: int, secret: str) -> None:
    cells = ["EXAMPLE-1", "-14", "1", "52", "40", "target"]
    cells[column] = secret
    text = csv_text(("patient_id", "day", "lesion", "long_mm", "perp_mm", "role"), [cells])
    assert not leaks(said(lambda: str(len(read_scans(parse_sheet(text.encode(), "s.csv"))))), secret)


@pytest.mark.parametrize("secret", SECRETS)
def test_a_header_that_is_a_datum_is_not_repeated_by_a_guess(secret: str) -> None:
    sheet = parse_sheet(csv_text(("id", secret, "age"), [("A1", "x", "61")]).encode(), "x.csv")
    text = said(lambda: plan_table(sheet, VARIABLES).mapping_text)
    # One word alone looks like any header.
    assert secret == "Kowalczyk" or not leaks(text, secret)
