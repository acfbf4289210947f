"""Files as centers keep them become the cohort that they mean, end in a question, or are refused at the right cell."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path

import pytest

from hai_utils.cohort.dictionary import standard_dictionary
from hai_utils.errors import DataError
from hai_utils.importing.exports import plan_file
from hai_utils.importing.files import ImportResult, import_file, import_redcap_file, plan_redcap_file
from hai_utils.importing.mapping import parse_mapping, read_mapping
from hai_utils.importing.plan import ImportPlan
from hai_utils.safe_yaml import read_yaml

HERE = Path(__file__).resolve().parent
CASES = HERE.parents[1] / ".." / "shared" / "cases"
VARIABLES = dict(standard_dictionary())
DAYS_PER_MONTH = 30.4375


def case(name: str) -> Path:
    path = CASES / name
    if not path.is_file():
        pytest.skip(f"the cases are not beside the project ({name})")
    return path


def imported(path: Path, plan: ImportPlan) -> ImportResult:
    return import_file(path, parse_mapping(plan.settled.mapping_text, "m.yml", VARIABLES), VARIABLES)


def columns(path: Path, answers: Mapping[str, str] | None = None) -> Mapping[str, tuple[str, ...]]:
    """Guess, answer, import."""
    return imported(path, plan_file(path, VARIABLES).answered(answers or {})).cohort.columns


def questions(path: Path) -> dict[str, tuple[int, ...]]:
    return {one.name: one.lines for one in plan_file(path, VARIABLES).open_questions}


def truth() -> list[dict[str, str]]:
    with case("import/messy_workbook_truth.csv").open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


MESSY = "import/messy_workbook.xlsx"
CODES: Mapping[str, Mapping[str, str]] = {
    "sex": {"M": "male", "F": "female"},
    "kras": {"wt": "wild_type", "mut": "mutant", "nt": ""},
    "braf": {"WT": "wild_type", "V600E": "mutant", "not tested": "", "-": ""},
    "synchronous_metastases": {**dict.fromkeys(("no", "N", "0"), "no"), **dict.fromkeys(("Yes", "yes", "Y", "y", "1"), "yes")},
    "clavien_dindo": {"0": "0", "none": "0", "1": "I", "2": "II", "3a": "IIIa", "IIIa": "IIIa", "3b": "IIIb", "-": ""},
}  # fmt: skip
TYPED = {"sex": "sex", "kras": "kras", "braf": "braf", "synchronous_metastases": "syn", "clavien_dindo": "cl"}
LENGTHS = {
    "lesion1_baseline_long_mm": "long", "lesion1_baseline_perp_mm": "perp", "lesion1_best_long_mm": "bl", "lesion1_best_perp_mm": "bp",
    "lesion2_baseline_long_mm": "l2", "lesion2_baseline_perp_mm": "p2", "lesion2_best_long_mm": "b2", "lesion2_best_perp_mm": "bp2",
}  # fmt: skip


def messy() -> Mapping[str, tuple[str, ...]]:
    return columns(case(MESSY), read_yaml(HERE / "answers" / "messy_workbook.yml"))


@pytest.mark.parametrize("name", TYPED)
def test_the_messy_workbook_gives_the_levels_of_the_truth(name: str) -> None:
    assert messy()[name] == tuple(CODES[name][row[TYPED[name]]] for row in truth())


@pytest.mark.parametrize("name", LENGTHS)
def test_the_messy_workbook_gives_the_diameters_of_the_truth_in_mm(name: str) -> None:
    cells = [row[LENGTHS[name]] for row in truth()]
    assert messy()[name] == tuple(str(round(10 * float(cell))) if cell else "" for cell in cells)


def test_the_messy_workbook_gives_ages_years_and_counts_of_the_truth() -> None:
    made, rows = messy(), truth()
    assert made["age_years"] == tuple(row["age"] for row in rows)
    assert made["pump_year"] == tuple(row["pump"][:4] for row in rows)
    assert made["n_liver_lesions"] == tuple(row["nles"] if row["nles"].isdigit() else "" for row in rows)
    # "3h 20" and "375 min" stand in the workbook: 200 and 375 minutes.
    assert made["operative_minutes"][0] == "200"
    assert made["operative_minutes"][11] == "375"


def months(row: Mapping[str, str], end: str) -> str:
    days = (date.fromisoformat(row[end]) - date.fromisoformat(row["pump"])).days
    return repr(days / DAYS_PER_MONTH)


@pytest.mark.parametrize(("stem", "event"), [("os", ""), ("pfs", "prog"), ("hepatic_pfs", "hep")])
def test_the_messy_workbook_gives_times_and_events_of_the_truth_with_deaths_counted(stem: str, event: str) -> None:
    made, rows = messy(), truth()
    happened = [bool(row.get(event)) for row in rows]
    expected = [months(row, event if came else "last") for row, came in zip(rows, happened, strict=True)]
    assert [float(cell) for cell in made[f"{stem}_months"]] == [float(cell) for cell in expected]
    assert made[f"{stem}_event"] == tuple(
        str(int(came or row["dead"] == "1")) for row, came in zip(rows, happened, strict=True)
    )


def test_the_messy_workbook_asks_only_what_a_person_knows() -> None:
    asked = questions(case(MESSY))
    assert set(asked) == set(read_yaml(HERE / "answers" / "messy_workbook.yml"))
    # The lines of the workbook on which 'NED' stands.
    assert asked["status_ned"] == (8, 31, 37)
    assert asked["no_of_lesions_10"] == (8, 14, 38)


def test_no_name_number_or_date_of_the_messy_workbook_is_in_its_plan() -> None:
    plan = plan_file(case(MESSY), VARIABLES)
    text = plan.mapping_text + repr(plan)
    for cell in ("Surname", "90000", "1958-03-13", "22/12/1968", "lost to follow-up", "2023-07-17"):
        assert cell not in text


@pytest.mark.parametrize("name", ["registry_raw.csv", "registry_labels.csv"])
def test_the_registry_needs_no_question_and_gives_the_truth_of_its_raw_file(name: str) -> None:
    with case("redcap/registry_raw.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    patients = [row for row in rows if not row["redcap_repeat_instrument"]]
    made = import_redcap_file(case(f"redcap/{name}"), case("redcap/registry_dictionary.csv"), VARIABLES)
    cohort = made.cohort.columns
    boxes = ("molecular___kras", "molecular___nras", "molecular___braf", "molecular___none")
    kras = [
        "" if not any(row[box] == "1" for box in boxes) else "mutant" if row[boxes[0]] == "1" else "wild_type"
        for row in patients
    ]
    assert cohort["kras"] == tuple(kras)
    assert cohort["sex"] == tuple({"1": "male", "2": "female", "99": ""}[row["sex"]] for row in patients)
    assert cohort["os_event"] == tuple(str(int(row["vital"] == "2")) for row in patients)
    ends = [date.fromisoformat(row["death_date"] or row["last_contact"]) for row in patients]
    pumps = [date.fromisoformat(row["pump_date"]) for row in patients]
    days = [(end - start).days for start, end in zip(pumps, ends, strict=True)]
    assert [float(cell) for cell in cohort["os_months"]] == [day / DAYS_PER_MONTH for day in days]
    assert cohort["pfs_event"] == tuple(str(int(row["prog"] == "1" or row["vital"] == "2")) for row in patients)
    since = dict(
        zip((row["record_id"] for row in patients), zip(pumps, cohort["patient_id"], strict=True), strict=True)
    )
    expected = []
    for row in rows:
        if row["redcap_repeat_instrument"]:
            start, patient = since[row["record_id"]]
            day = (date.fromisoformat(row["scan_date"]) - start).days
            sizes = [
                ("1", row["les1_long"], row["les1_perp"], "target"),
                ("2", row["les2_long"], row["les2_perp"], "target"),
            ]
            sizes += [("new", "", "", "new")] if row["new_lesion"] == "1" else []
            expected += [
                (patient, day, lesion, long, perp, role) for lesion, long, perp, role in sizes if long or role == "new"
            ]
    found = [
        (
            scan.patient,
            scan.day,
            scan.lesion,
            *("" if size is None else f"{size:g}" for size in (scan.long_mm, scan.perp_mm)),
            scan.role,
        )
        for scan in made.scans
    ]
    assert sorted(found) == sorted(expected)


def test_raw_and_label_exports_of_the_registry_give_the_same_bytes() -> None:
    dictionary = case("redcap/registry_dictionary.csv")
    raw, labels = (
        import_redcap_file(case(f"redcap/registry_{kind}.csv"), dictionary, VARIABLES).files
        for kind in ("raw", "labels")
    )
    assert {name: text for name, text in raw.items() if name.endswith(".csv")} == {
        name: text for name, text in labels.items() if name.endswith(".csv")
    }


def test_missing_data_codes_of_redcap_are_not_known() -> None:
    made = import_redcap_file(case("redcap/rc_mdc.csv"), case("redcap/rc_mdc_dd.csv"), VARIABLES).cohort
    assert made.columns["kras"][3] == ""
    assert made.columns["bmi_kg_m2"][1] == ""
    # Record 1 has a time and UNK for the status: the pair is left out and counted.
    assert (made.columns["os_months"][0], made.columns["os_event"][0]) == ("", "")
    assert "os_months, os_event: 1 left out" in made.log_text


def test_a_choice_that_cannot_be_read_hinders_nothing_where_it_is_not_used() -> None:
    made = import_redcap_file(case("redcap/rc_pipe_unused.csv"), case("redcap/rc_pipe_unused_dd.csv"), VARIABLES).cohort
    assert len(made.columns["patient_id"]) == 12
    assert "symptoms___1" in made.log_text


def test_a_unit_in_a_cell_is_read() -> None:
    assert columns(case("import/units.csv"))["age_years"][0] == "57"


@pytest.mark.parametrize("name", ["title_above.xlsx", "title_merged.xlsx"])
def test_a_title_above_the_header_is_passed_over_and_said(name: str) -> None:
    path = case(f"import/{name}")
    assert columns(path)["os_event"][:2] == ("0", "1")
    assert "Lines above the header were passed over (line 1)." in plan_file(path, VARIABLES).notes


@pytest.mark.parametrize(("answer", "patients"), [("all", 12), ("2020-2024", 6), ("2015-2019", 6)])
def test_sheets_of_one_header_are_asked_for(answer: str, patients: int) -> None:
    path = case("import/two_patient_sheets.xlsx")
    assert list(questions(path)) == ["sheet"]
    assert len(columns(path, {"sheet": answer})["patient_id"]) == patients


def test_cells_without_a_value_do_not_count_as_columns() -> None:
    assert len(columns(case("import/phantom.xlsx"))["patient_id"]) == 25


def test_formulas_without_values_are_named_with_what_to_do() -> None:
    with pytest.raises(DataError, match=r"Open the workbook in Excel .*save it"):
        plan_file(case("import/formula_nocache.xlsx"), VARIABLES)


@pytest.mark.parametrize("name", ["cbio.csv", "cbio2.csv"])
def test_cbioportals_clinical_format_is_read(name: str) -> None:
    made = columns(case(f"import/{name}"))
    assert made["os_event"] == ("0", "1", "", "1", "0", "1")
    assert made["os_months"] == ("12.5", "8.1", "", "20.2", "30.0", "4.4")


def test_a_columns_own_code_wins_over_the_global_list() -> None:
    path = case("import/missing_wins.csv")
    mapping = read_mapping(case("import/missing_wins.yml"), VARIABLES)
    assert import_file(path, mapping, VARIABLES).cohort.columns["clavien_dindo"][0] == "0"
    assert columns(path)["clavien_dindo"] == ("0", "IIIa", "I")


def test_deaths_count_in_the_guess_of_progression_free_survival() -> None:
    path = case("import/pfs_only.xlsx")
    answers = {one.name: one.answers[0].value for one in plan_file(path, VARIABLES).open_questions}
    made = columns(path, answers)
    dead = [place for place, event in enumerate(made["os_event"]) if event == "1"]
    assert {made["pfs_event"][place] for place in dead} == {"1"}


def test_a_wrong_date_is_told_in_its_own_column() -> None:
    mapping = read_mapping(case("import/tcga.yml"), VARIABLES)
    with pytest.raises(DataError) as error:
        import_file(case("import/tcga.xlsx"), mapping, VARIABLES)
    message = str(error.value)
    assert "line 8, column 'Last': the date lies before that in 'Pump'" in message
    assert "line 2, column 'Died': a date of death, and the status says alive" in message


def test_a_last_contact_after_death_is_reported() -> None:
    path = case("import/tcga.xlsx")
    plan = plan_file(path, VARIABLES)
    cells = {"Died": {2: "missing"}, "Last": {8: "missing"}}
    plan = replace(plan, settings={**plan.settings, "cells": cells})
    found = [(one.line, one.column, one.code) for one in imported(path, plan).problems if one.severity == "warning"]
    # Line 7: died on 2020-07-07, seen on 2021-09-09.
    assert (7, "Last", "after_death") in found


def test_dates_without_a_day_and_days_that_do_not_exist_are_asked_for() -> None:
    path = case("import/partial.csv")
    assert questions(path) == {"partial_dates": (2, 3), "last_line_5": (5,)}
    made = columns(path, {"partial_dates": "month", "last_line_5": "2019-02-28"})
    # 2018-03 is read as 15 March: 413 days until 2 May 2019. The year 2020 alone is not known.
    assert made["os_months"][:3] == (repr(413 / DAYS_PER_MONTH), "", "")
    assert made["os_months"][3] == repr(364 / DAYS_PER_MONTH)


def test_a_day_that_does_not_exist_is_called_so() -> None:
    path = case("import/partial.csv")
    text = "since: Pump\npartial_dates: month\nmissing: [UNK]\ncolumns:\n  patient_id: id\n  os_months: {date: Last}\n"
    with pytest.raises(DataError, match="line 5, column 'Last': a day that does not exist"):
        import_file(path, parse_mapping(text, "m.yml", VARIABLES), VARIABLES)


def test_a_status_of_one_and_two_is_asked_for() -> None:
    path = case("import/status12.csv")
    assert set(questions(path)) == {"os_event_1", "os_event_2"}
    made = columns(path, {"os_event_1": "alive", "os_event_2": "dead"})
    assert made["os_event"][:4] == ("0", "0", "0", "1")


def test_codes_of_nines_are_asked_for_in_every_column() -> None:
    asked = questions(case("import/spss99b.csv"))
    assert set(asked) == {
        "age_years_99", "operative_minutes_999", "length_of_stay_days_99", "length_of_stay_days_999", "n_liver_lesions_99",
        "prior_chemo_cycles_99", "hai_cycles_99",
    }  # fmt: skip
    assert asked["age_years_99"] == (2, 5, 9)


def test_months_that_are_days_are_asked_for() -> None:
    path = case("import/days_as_months.csv")
    assert set(questions(path)) == {"os_months_unit", "pfs_months_unit", "hepatic_pfs_months_unit"}
    made = columns(path, dict.fromkeys(questions(path), "days"))
    assert made["os_months"][0] == repr(350 / DAYS_PER_MONTH)


def test_the_plan_of_a_project_is_plain_data() -> None:
    plan = plan_redcap_file(case("redcap/registry_raw.csv"), case("redcap/registry_dictionary.csv"), VARIABLES)
    assert json.loads(json.dumps(asdict(plan)))["proposals"][0]["target"] == "patient_id"
