"""Exports on disk become the files of a cohort, and what the check says of them names the lines of the export."""

from __future__ import annotations

from pathlib import Path

import pytest

from hai_utils.cohort.dictionary import standard_dictionary
from hai_utils.errors import DataError
from hai_utils.importing.deidentify import deidentify
from hai_utils.importing.files import import_file, import_redcap_file
from hai_utils.importing.mapping import read_mapping
from hai_utils.importing.sheets import read_sheet
from hai_utils.importing.template import write_template
from hai_utils.parameters import load_parameters
from hai_utils.response.courses import courses
from hai_utils.response.rules import PAPER_RULES, ResponseRules, response_rules
from tests.conftest import ROOT

VARIABLES = dict(standard_dictionary())
MAPPING = (
    "columns:\n  patient_id: {numbered: id}\n  os_months: os\n  os_event: dead\n  pfs_months: pfs\n  pfs_event: prog\n"
)


def saved(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_contradiction_is_told_at_the_line_of_the_export(tmp_path: Path) -> None:
    export = saved(tmp_path, "export.csv", "id,os,dead,pfs,prog\n7,12,1,6,1\n\n8,10,1,11,1\n")
    result = import_file(export, read_mapping(saved(tmp_path, "m.yml", MAPPING), VARIABLES), VARIABLES)
    errors = [(one.line, one.column) for one in result.problems if one.severity == "error"]
    # The blank line 3 of the export is no row of the cohort, whose own line would be 3.
    assert errors == [(4, "pfs_months")]


def test_a_sound_import_has_no_error_and_two_files(tmp_path: Path) -> None:
    export = saved(tmp_path, "export.csv", "id,os,dead,pfs,prog\n7,12,1,6,1\n8,20,0,11,1\n")
    result = import_file(export, read_mapping(saved(tmp_path, "m.yml", MAPPING), VARIABLES), VARIABLES)
    assert [one for one in result.problems if one.severity == "error"] == []
    assert list(result.files) == ["cohort.csv", "import_log.txt"]
    assert result.files["cohort.csv"].splitlines()[1] == "P001,12,1,6,1"


def test_scans_are_joined_by_the_identifiers_of_the_export(tmp_path: Path) -> None:
    export = saved(tmp_path, "export.csv", "id,os,dead,pfs,prog\n70,12,1,6,1\n8,20,0,11,1\n")
    scans = saved(
        tmp_path, "scans.csv", "patient_id,day,lesion,long_mm,perp_mm,role\n8,-3,1,30,20,target\n8,60,1,10,9,target\n"
    )
    result = import_file(export, read_mapping(saved(tmp_path, "m.yml", MAPPING), VARIABLES), VARIABLES, scans=scans)
    assert result.cohort.columns["lesion1_best_long_mm"] == ("", "10")
    assert list(result.files)[2:] == ["lesion_scans.csv"]
    assert result.files["lesion_scans.csv"].splitlines()[1:] == ["P002,-3,1,30,20,target", "P002,60,1,10,9,target"]


def test_template_then_its_example_through_redcap_dictionary(tmp_path: Path) -> None:
    files = {path.name: path for path in write_template(tmp_path / "template")}
    result = import_redcap_file(
        files["example_cohort.csv"],
        files["redcap_data_dictionary.csv"],
        VARIABLES,
        scans=files["example_lesion_scans.csv"],
    )
    assert [one for one in result.problems if one.severity == "error"] == []
    assert [course.best_response for course in courses(result.scans, PAPER_RULES)] == ["PR", "CR", "SD", "NE"]


def test_rules_follow_the_parameters() -> None:
    chosen = ["response_criterion=who_1979", "who_reference=nadir", "confirmation_days=28"]
    parameters = load_parameters([ROOT / "params.yml"], chosen)
    assert response_rules(parameters) == ResponseRules("who_1979", 50.0, "nadir", "sum", 28)


def test_a_raw_file_is_deidentified(tmp_path: Path) -> None:
    raw = saved(tmp_path, "raw.csv", "MRN,Surname,age\n7001234,Smith,61\n")
    assert deidentify(read_sheet(raw)).csv_text == "patient_id,age\nP001,61\n"


@pytest.mark.parametrize("name", ["export.csv", "m.yml"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    saved(tmp_path, "export.csv", "id,os\n7,12\n")
    saved(tmp_path, "m.yml", MAPPING)
    (tmp_path / name).unlink()
    with pytest.raises(DataError, match=name):
        import_file(tmp_path / "export.csv", read_mapping(tmp_path / "m.yml", VARIABLES), VARIABLES)
