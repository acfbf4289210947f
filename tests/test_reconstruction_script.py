"""The reconstructed cohort: made again byte for byte, and clinically plausible row by row.

The plausibility tests read data/cohort.csv and nothing of the script; their rules are the article's (Kolbeinsson
et al., J Gastrointest Oncol 2022;13(1):163-170) or arithmetic on its printed numbers.
"""

from __future__ import annotations

import csv
import importlib.util
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from pathlib import Path
from statistics import median
from types import ModuleType

import pytest

from tests.conftest import ROOT

DATA = ROOT / "data"
DAYS_PER_MONTH = 30.4375
ENDPOINTS = ("os", "pfs", "hepatic_pfs")
Row = dict[str, str]


def read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


ROWS = read(DATA / "cohort.csv")
each_patient = pytest.mark.parametrize("row", ROWS, ids=[row["patient_id"] for row in ROWS])


def group(row: Row) -> str:
    return "braf" if row["braf"] == "mutant" else row["kras"]


def members(name: str) -> list[Row]:
    return [row for row in ROWS if group(row) == name]


def product(row: Row, lesion: int, when: str) -> float:
    long, perp = row[f"lesion{lesion}_{when}_long_mm"], row[f"lesion{lesion}_{when}_perp_mm"]
    return float(long) * float(perp) if long else 0.0


def reduction(row: Row) -> float:
    before = product(row, 1, "baseline") + product(row, 2, "baseline")
    return 100 * (before - product(row, 1, "best") - product(row, 2, "best")) / before


def days(row: Row, endpoint: str) -> float:
    return float(row[f"{endpoint}_months"]) * DAYS_PER_MONTH


@pytest.fixture(scope="module")
def script() -> Iterator[ModuleType]:
    """Load the script as a module; it is no part of the package."""
    spec = importlib.util.spec_from_file_location("make_cohort", DATA / "make_cohort.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["make_cohort"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    yield module
    del sys.modules["make_cohort"]


# --- The script ------------------------------------------------------------------------------------------------------
@pytest.mark.slow
def test_making_the_cohort_again_gives_the_same_bytes(tmp_path: Path):
    for name in ("make_cohort.py", "published_numbers.csv"):
        shutil.copy(DATA / name, tmp_path)
    subprocess.run([sys.executable, str(tmp_path / "make_cohort.py")], check=True, timeout=300)
    assert (tmp_path / "cohort.csv").read_bytes() == (DATA / "cohort.csv").read_bytes()


@pytest.mark.parametrize(("appended", "code"), [(b"", 0), (b"\n", 1)])
def test_check_writes_nothing_and_exits_with_1_on_a_difference(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, appended: bytes, code: int
):
    made = (DATA / "cohort.csv").read_bytes() + appended
    (tmp_path / "cohort.csv").write_bytes(made)
    monkeypatch.setattr(script, "HERE", tmp_path)
    monkeypatch.setattr(script, "rows", lambda: ROWS)
    assert script.main(["--check"]) == code
    assert (tmp_path / "cohort.csv").read_bytes() == made


@pytest.mark.parametrize(
    ("patient", "column", "value", "missed"),
    [
        ({"braf": "mutant"}, "age_years", "70.0", "methods.age.max.all"),
        ({"kras_codon": "A146T"}, "kras_codon", "codon 12", "methods.a146t.n"),
        ({"hai_discontinued": "yes"}, "hai_cycles", "7", "results.biliary_stopped.cycles.all"),
        ({"race": "Asian"}, "race", "Hispanic", "table1.white.p"),
    ],
)
def test_a_row_that_misses_a_printed_number_fails_and_names_it(
    script: ModuleType, patient: Row, column: str, value: str, missed: str
):
    changed = [dict(row) for row in ROWS]
    chosen = next(row for row in changed if patient.items() <= row.items())
    chosen[column] = value
    with pytest.raises(script.ReconstructionError, match=missed):
        script.verify(script.as_csv(changed))


@pytest.mark.parametrize(
    ("values", "movable"),
    [
        ([6, 6, 6, 6, 6, 7, 9, 12, 23], True),  # five sixes of nine: one of them raised leaves 7 in the middle
        ([6, 6, 6, 6, 6, 6, 7, 9, 12], False),  # six sixes of nine
        ([3, 4, 5, 5, 6, 7, 8, 9, 10], True),
        ([3, 4, 6, 6, 6, 6, 6, 9, 10], False),
        ([3, 4, 5, 6, 6, 7, 8, 9], True),  # (6 + 7) / 2 prints 7
        ([3, 4, 5, 6, 6, 6, 8, 9], False),  # (5 + 6) / 2 prints 6, rounded half up
    ],
)
def test_a_median_is_movable_only_at_an_edge_of_its_ties(script: ModuleType, values: list[int], movable: bool):
    assert script.movable_median(values, script.PRINTED["table1.prior_cycles.median.wild_type"]) is movable


def test_rows_with_a_median_immune_to_any_one_change_fail_and_name_it(script: ModuleType):
    """Two stays become 3 days, one from either side: every printed number still comes out, the 6th to 8th of 13 are 3."""
    changed = [dict(row) for row in ROWS]
    for stay in ("2", "4"):
        chosen = next(row for row in changed if group(row) == "wild_type" and row["length_of_stay_days"] == stay)
        chosen["length_of_stay_days"] = "3"
    with pytest.raises(script.ReconstructionError, match=r"immune to any one change: table1\.los\.median\.wild_type$"):
        script.verify(script.as_csv(changed))


# --- The file --------------------------------------------------------------------------------------------------------
def test_the_columns_are_those_of_the_dictionary_in_its_order():
    # The article dates neither a conversion nor a response, so the rows have no such columns.
    undated = {"converted_months", "response_months"}
    expected = [line["column"] for line in read(ROOT / "hai_utils" / "cohort" / "dictionary.csv")]
    assert list(ROWS[0]) == [name for name in expected if name not in undated]


def test_the_file_is_plain_utf8_with_lf_and_no_quotes():
    text = (DATA / "cohort.csv").read_bytes()
    assert text.endswith(b"\n")
    assert not {b"\r", b'"'} & {text[i : i + 1] for i in range(len(text))}
    assert text.decode("ascii")


def test_every_row_is_marked_as_synthetic():
    assert {row["site"] for row in ROWS} == {"synthetic"}


def test_identifiers_are_running_numbers_that_do_not_tell_the_group():
    assert [row["patient_id"] for row in ROWS] == [f"R{number:02d}" for number in range(1, 26)]
    changes = sum(group(a) != group(b) for a, b in pairwise(ROWS))
    assert changes > 5


# --- Groups ----------------------------------------------------------------------------------------------------------
def test_groups_are_11_mutated_13_wild_type_and_one_braf():
    assert Counter(map(group, ROWS)) == {"mutant": 11, "wild_type": 13, "braf": 1}


def test_kras_variants_are_8_codon_12_2_codon_13_and_1_a146t():
    variants = Counter(row["kras_codon"] for row in members("mutant"))
    assert variants == {"codon 12": 8, "codon 13": 2, "A146T": 1}
    assert {row["kras_codon"] for row in ROWS if row["kras"] == "wild_type"} == {""}


def test_the_braf_patient_is_what_the_printed_numbers_force():
    (row,) = members("braf")
    assert (row["kras"], row["sex"], float(row["age_years"]) // 1) == ("wild_type", "male", 77)
    assert 0 < reduction(row) < 50
    assert (row["converted_to_resection"], row["primary_resection"]) == ("no", "synchronous")


def test_nonwhite_races_are_three_singletons_one_of_them_mutated():
    others = [row for row in ROWS if row["race"] != "White"]
    assert len({row["race"] for row in others}) == len(others) == 3
    assert sorted(map(group, others)) == ["mutant", "wild_type", "wild_type"]


def test_the_youngest_is_34_in_completed_years_and_35_rounded():
    youngest = min(ROWS, key=lambda row: float(row["age_years"]))
    assert group(youngest) == "wild_type"
    assert 34.5 <= float(youngest["age_years"]) < 35


# --- Primary and treatment before the pump ---------------------------------------------------------------------------
@each_patient
def test_metachronous_metastases_had_their_primary_resected_before(row: Row):
    assert row["synchronous_metastases"] == "yes" or row["primary_resection"] == "prior"


def test_metachronous_are_2_mutated_and_3_wild_type():
    assert Counter(group(row) for row in ROWS if row["synchronous_metastases"] == "no") == {"mutant": 2, "wild_type": 3}


@each_patient
def test_a_right_colon_primary_was_resected(row: Row):
    assert row["primary_site"] != "right_colon" or row["primary_resection"] in ("prior", "synchronous")


def test_primaries_left_in_place_are_mostly_rectal():
    sites = [row["primary_site"] for row in ROWS if row["primary_resection"] == "none"]
    assert len(sites) == 5
    assert sites.count("rectum") >= 3


@each_patient
def test_regimens_agree_with_their_number_and_cycles(row: Row):
    regimens = int(row["prior_regimens"])
    named = [bool(row["first_line"]), bool(row["second_line"]), bool(row["prior_chemo_cycles"])]
    assert named == [regimens >= 1, regimens == 2, regimens >= 1]


@each_patient
def test_folfiri_is_not_given_second_after_an_irinotecan_regimen(row: Row):
    assert row["second_line"] in ("", "FOLFIRI")
    assert not row["second_line"] or row["first_line"] == "FOLFOX"


def test_two_regimens_took_more_cycles_than_one():
    cycles = {n: [int(row["prior_chemo_cycles"]) for row in ROWS if row["prior_regimens"] == n] for n in ("1", "2")}
    assert min(cycles["2"]) >= max(cycles["1"])


def test_the_naive_patient_is_mutated_without_extrahepatic_disease():
    (row,) = [row for row in ROWS if row["prior_regimens"] == "0"]
    assert (row["kras"], row["prior_chemo_cycles"], row["extrahepatic_disease"]) == ("mutant", "", "no")


# --- Medians of counts -----------------------------------------------------------------------------------------------
# Column, group, and the median as the article prints it.
COUNT_MEDIANS = [
    ("prior_chemo_cycles", "mutant", "7.5"),
    ("prior_chemo_cycles", "wild_type", "6"),
    ("hai_cycles", "mutant", "5"),
    ("hai_cycles", "wild_type", "6"),
    ("hai_cycles", "all", "6"),
    ("length_of_stay_days", "mutant", "7"),
    ("length_of_stay_days", "wild_type", "3"),
    ("n_liver_lesions", "mutant", "11"),
    ("n_liver_lesions", "wild_type", "12"),
    ("n_liver_lesions", "all", "12"),
]


def printed_like(number: float, example: str) -> str:
    """Print with as many decimals as an example, rounded half up."""
    unit = Decimal(1).scaleb(Decimal(example).as_tuple().exponent)
    return str(Decimal(str(number)).quantize(unit, ROUND_HALF_UP))


def recorded(column: str, name: str) -> list[int]:
    return [int(row[column]) for row in ROWS if name in ("all", group(row)) and row[column]]


@pytest.mark.parametrize(("column", "name", "printed"), COUNT_MEDIANS)
def test_a_median_of_counts_is_the_printed_one_without_rounding(column: str, name: str, printed: str):
    assert median(recorded(column, name)) == float(printed)


@pytest.mark.parametrize(("column", "name", "printed"), COUNT_MEDIANS)
def test_some_change_of_one_count_moves_its_printed_median(column: str, name: str, printed: str):
    """Every cell is given every value between 0 and beyond the largest: no printed number may be immune."""
    values = recorded(column, name)
    changed = {
        printed_like(median([*values[:position], value, *values[position + 1 :]]), printed)
        for position in range(len(values))
        for value in range(max(values) + 2)
    }
    assert changed - {printed}


def test_exactly_seven_wild_type_patients_had_the_smallest_number_of_prior_cycles():
    """6 is minimum and 7th of 13, so seven is the least; with an eighth no one change could move the median."""
    cycles = recorded("prior_chemo_cycles", "wild_type")
    assert (len(cycles), min(cycles), cycles.count(6)) == (13, 6, 7)


# --- Pump ------------------------------------------------------------------------------------------------------------
def test_one_pretreated_patient_of_each_group_has_no_number_of_pump_cycles():
    blank = [row for row in ROWS if not row["hai_cycles"]]
    assert sorted(map(group, blank)) == ["mutant", "wild_type"]
    assert all(row["prior_regimens"] != "0" for row in blank)


@each_patient
def test_pump_cycles_of_28_days_fit_into_the_follow_up_and_liver_control(row: Row):
    needed = 28 * int(row["hai_cycles"] or 0)
    assert needed <= days(row, "hepatic_pfs") + 1e-6
    assert needed <= days(row, "os") + 1e-6


def test_pump_complications_are_one_infection_and_three_biliary():
    kinds = Counter(row["pump_complication"] for row in ROWS)
    assert kinds["none"] == 21
    assert kinds["pocket_infection"] == 1
    assert kinds["biliary_stricture"] + kinds["biloma"] == 3


def test_two_biliary_complications_stopped_the_pump_after_6_cycles():
    stopped = [row for row in ROWS if row["hai_discontinued"] == "yes"]
    assert len(stopped) == 2
    assert {row["hai_cycles"] for row in stopped} == {"6"}
    assert {row["pump_complication"] for row in stopped} <= {"biliary_stricture", "biloma"}


def test_complications_are_seven_mild_and_one_reoperation():
    grades = Counter(row["clavien_dindo"] for row in ROWS)
    assert grades["0"] == 17
    assert grades["I"] + grades["II"] == 7
    assert grades["IIIb"] == 1


@each_patient
def test_the_year_of_the_pump_lets_the_follow_up_end_within_the_study(row: Row):
    start, end = date(2017, 8, 1), date(2020, 9, 1)
    year = int(row["pump_year"])
    first = max(start, date(year, 1, 1))
    assert 2017 <= year <= 2019
    assert first + timedelta(days=round(days(row, "os"))) <= end


@pytest.mark.parametrize("row", [row for row in ROWS if row["os_event"] == "0"], ids=lambda row: row["patient_id"])
def test_the_living_were_seen_within_three_months_of_the_end_of_the_study(row: Row):
    latest_pump = date(int(row["pump_year"]), 12, 31)
    assert latest_pump + timedelta(days=round(days(row, "os"))) >= date(2020, 9, 1) - timedelta(days=92)


# --- Lesions ---------------------------------------------------------------------------------------------------------
@each_patient
def test_a_second_lesion_is_measured_exactly_where_there_are_two(row: Row):
    cells = [row[f"lesion2_{when}_{axis}_mm"] for when in ("baseline", "best") for axis in ("long", "perp")]
    assert all(cells) if int(row["n_liver_lesions"]) > 1 else not any(cells)


@each_patient
def test_diameters_are_whole_millimetres_that_a_ct_can_measure(row: Row):
    for lesion in (1, 2):
        for when, smallest in (("baseline", 10), ("best", 3)):
            long, perp = (row[f"lesion{lesion}_{when}_{axis}_mm"] for axis in ("long", "perp"))
            if long:
                assert int(perp) <= int(long)
                assert int(long) >= smallest or (when == "best" and (long, perp) == ("0", "0"))
                assert int(perp) >= 3 or long == "0"


@each_patient
def test_the_first_lesion_is_the_largest(row: Row):
    assert product(row, 1, "baseline") >= product(row, 2, "baseline")


@each_patient
def test_no_reduction_lies_on_the_threshold_of_response(row: Row):
    assert abs(reduction(row) - 50) > 1


@each_patient
def test_a_converted_patient_had_responded(row: Row):
    assert row["converted_to_resection"] == "no" or reduction(row) >= 50


def test_growth_is_in_three_mutated_patients_only():
    assert [group(row) for row in ROWS if reduction(row) < 0] == ["mutant"] * 3


@pytest.mark.parametrize("left_out", ["nobody", "braf"])
def test_the_overall_median_reduction_prints_63_5_with_and_without_braf(left_out: str):
    values = sorted(reduction(row) for row in ROWS if group(row) != left_out)
    middle = (values[(len(values) - 1) // 2] + values[len(values) // 2]) / 2
    assert 63.45 <= middle < 63.55


# --- Survival --------------------------------------------------------------------------------------------------------
@each_patient
def test_times_are_whole_days_in_their_order(row: Row):
    progression, hepatic, end = (days(row, endpoint) for endpoint in ("pfs", "hepatic_pfs", "os"))
    assert 0 < progression <= hepatic <= end
    for time in (progression, hepatic, end):
        assert abs(time - round(time)) < 1e-9


@each_patient
def test_death_is_an_event_of_every_endpoint(row: Row):
    assert row["os_event"] == "0" or {row["pfs_event"], row["hepatic_pfs_event"]} == {"1"}


@each_patient
@pytest.mark.parametrize("endpoint", ["pfs", "hepatic_pfs"])
def test_without_an_event_a_patient_is_censored_at_last_contact(row: Row, endpoint: str):
    if row[f"{endpoint}_event"] == "0":
        assert row[f"{endpoint}_months"] == row["os_months"]
        assert row["os_event"] == "0"


@each_patient
def test_an_event_of_the_living_comes_before_last_contact(row: Row):
    for endpoint in ("pfs", "hepatic_pfs"):
        if row["os_event"] == "0" and row[f"{endpoint}_event"] == "1":
            assert days(row, endpoint) < days(row, "os")


@each_patient
def test_a_liver_progression_is_a_progression(row: Row):
    assert row["hepatic_pfs_event"] == "0" or row["pfs_event"] == "1"


def test_nobody_died_within_90_days_and_the_shortest_follow_up_is_4_months():
    shortest = min(days(row, "os") for row in ROWS)
    assert 121 <= round(shortest) <= 123


def test_the_longest_follow_up_fits_into_the_study_window():
    longest = max(days(row, "os") for row in ROWS)
    assert 1113 <= round(longest) <= 1115 < (date(2020, 9, 1) - date(2017, 8, 1)).days


@pytest.mark.parametrize("row", [r for r in ROWS if reduction(r) < 0], ids=lambda row: row["patient_id"])
def test_progression_on_therapy_is_an_early_event_in_the_liver(row: Row):
    assert row["pfs_months"] == row["hepatic_pfs_months"]
    assert (row["pfs_event"], row["hepatic_pfs_event"]) == ("1", "1")
    assert 2 <= float(row["pfs_months"]) <= 6.1


@pytest.mark.parametrize("name", ["mutant", "wild_type"])
def test_each_group_has_a_death_without_progression_and_a_last_patient_alive(name: str):
    rows = members(name)
    assert any(row["os_event"] == "1" and row["pfs_months"] == row["os_months"] for row in rows)
    assert max(rows, key=lambda row: days(row, "os"))["os_event"] == "0"
