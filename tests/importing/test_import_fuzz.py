"""Damaged files of every kind are refused with a sentence or read; none ends in a traceback."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from hai_utils.cohort.dictionary import standard_dictionary
from hai_utils.errors import DataError
from hai_utils.importing.applying import apply_mapping
from hai_utils.importing.data_dictionary import parse_dictionary
from hai_utils.importing.deidentify import deidentify
from hai_utils.importing.lesions import read_scans, scans_csv
from hai_utils.importing.mapping import parse_mapping
from hai_utils.importing.planning import plan_table
from hai_utils.importing.redcap import import_redcap
from hai_utils.importing.sheets import parse_sheet
from hai_utils.importing.template import template_files
from hai_utils.response.courses import courses
from hai_utils.response.rules import ResponseRules
from tests.conftest import mostly_long

VARIABLES = dict(standard_dictionary())
FILES = template_files()
PROJECT = parse_dictionary(parse_sheet(FILES["redcap_data_dictionary.csv"], "d.csv"))
EXPORT = (
    b"id,age,sex,kras,race,pump,born,progress,died,seen,lesion (cm),note\n"
    b"A1,61,m,mut,White,2020-03-14,1951-06-13,2020-09-15,,2021-03-14,5.2,fine\n"
    b"A2,54,f,wt,Black,2020-03-14,1960-06-13,,2021-01-02,2021-03-14,4.1,x\n"
)
MAPPING = b"""\
missing: [NA]
since: pump
dates: dmy
columns:
  patient_id: id
  age_years: {date: pump, since: born}
  sex: {from: sex, codes: {m: male, f: female}}
  race: race
  kras: {from: kras, codes: {mut: mutant, wt: wild_type}}
  lesion1_baseline_long_mm: {from: lesion (cm), unit: cm}
  pfs_months: {date: [progress, died], otherwise: seen}
  pfs_event: {any_of: [progress, died], otherwise: seen}
"""
FRAGMENTS = [
    b'"', b",", b";", b"\n", b"\r", b"\0", b"=1+1", b"\xff", b"\xef\xbb\xbf", "\u00a0".encode(), "٣".encode(), b"1e999",
    b"-", b"9" * 40, b"NaN", b"FILL_IN", b"{", b"[", b"&a", b"*a", b": ", b"#", b"\t", b"2020-02-30", b"@", b"|", b"___",
    b"'", b".", b"1e-99", b"",
]  # fmt: skip


def damaged(content: bytes, rng: random.Random) -> bytes:
    data = bytearray(content)
    place = rng.randrange(len(data))
    data[place : place + rng.choice([0, 1, 8])] = rng.choice(FRAGMENTS)
    return bytes(data)


def an_import(rng: random.Random) -> None:
    mapping = parse_mapping(MAPPING.decode(), "m.yml", VARIABLES)
    assert apply_mapping(parse_sheet(damaged(EXPORT, rng), "x.csv"), mapping, VARIABLES).csv_text


def a_mapping(rng: random.Random) -> None:
    mapping = parse_mapping(damaged(MAPPING, rng).decode("utf-8", "replace"), "m.yml", VARIABLES)
    assert apply_mapping(parse_sheet(EXPORT, "x.csv"), mapping, VARIABLES).csv_text


def faults_of(mapping: str) -> tuple[str, ...]:
    try:
        parse_mapping(mapping, "m.yml", VARIABLES)
    except DataError as error:
        return error.problems
    return ()


def a_guess(rng: random.Random) -> None:
    text = plan_table(parse_sheet(damaged(EXPORT, rng), "x.csv"), VARIABLES).mapping_text
    # What was guessed is a mapping, but for what is left to the user.
    assert all("not answered yet" in fault for fault in faults_of(text))


def a_deidentification(rng: random.Random) -> None:
    assert deidentify(parse_sheet(damaged(EXPORT, rng), "x.csv")).csv_text


def a_workbook(rng: random.Random) -> None:
    assert parse_sheet(damaged(FILES["cohort.xlsx"], rng), "x.xlsx").header


def a_dictionary(rng: random.Random) -> None:
    assert parse_dictionary(parse_sheet(damaged(FILES["redcap_data_dictionary.csv"], rng), "d.csv")).fields


def a_project(rng: random.Random) -> None:
    assert import_redcap(
        parse_sheet(damaged(FILES["example_cohort.csv"], rng), "x.csv"), PROJECT, VARIABLES
    ).cohort.csv_text


def a_table_of_scans(rng: random.Random) -> None:
    rules = ResponseRules("who_1979", lesions="any", reference="nadir", confirmation_days=28)
    scans = read_scans(parse_sheet(damaged(FILES["example_lesion_scans.csv"], rng), "s.csv"))
    assert scans_csv(scans)
    assert courses(scans, rules)


@pytest.mark.slow
@pytest.mark.parametrize(
    "work", [an_import, a_mapping, a_guess, a_deidentification, a_workbook, a_dictionary, a_project, a_table_of_scans]
)
@pytest.mark.parametrize("seed", mostly_long(range(20220131, 20220134), 20220131))
def test_damage_is_refused_or_read(work: Callable[[random.Random], None], seed: int) -> None:
    rng = random.Random(seed)
    refused = 0
    for _ in range(150):
        try:
            work(rng)
        except DataError as error:
            refused += bool(str(error))
    assert 0 < refused <= 150
