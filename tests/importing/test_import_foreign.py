"""SPSS, Stata, XLS and ODS files give the cells that their programs show, with labels and declared missing codes."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from hai_utils.cohort.dictionary import standard_dictionary
from hai_utils.errors import DataError
from hai_utils.importing.exports import plan_file, raw_tables
from hai_utils.importing.files import import_file
from hai_utils.importing.mapping import parse_mapping

VARIABLES = dict(standard_dictionary())
DATA = pd.DataFrame(
    {
        "ptnr": ["A1", "A2", "A3", "A4"],
        "geschl": [1.0, 2.0, 1.0, 9.0],
        "alter": [61.0, 54.0, 999.0, 70.0],
        "os": [12.5, 20.0, 8.25, 30.0],
        "status": [1.0, 0.0, 1.0, 0.0],
    }
)
LABELS = {"ptnr": "Patient ID", "geschl": "Sex", "alter": "Age", "os": "OS (months)", "status": "Dead"}
VALUES = {"geschl": {1: "male", 2: "female", 9: "unknown"}, "status": {1: "dead", 0: "alive"}}


def spss(path: Path) -> Path:
    pyreadstat.write_sav(
        DATA,
        str(path),
        column_labels=LABELS,
        variable_value_labels=VALUES,
        missing_ranges={"geschl": [9], "alter": [{"lo": 999, "hi": 999}]},
    )
    return path


def columns(path: Path) -> dict[str, tuple[str, ...]]:
    plan = plan_file(path, VARIABLES)
    return dict(
        import_file(path, parse_mapping(plan.settled.mapping_text, "m.yml", VARIABLES), VARIABLES).cohort.columns
    )


def test_spss_labels_and_declared_missing_codes_are_read(tmp_path: Path) -> None:
    path = spss(tmp_path / "x.sav")
    made = columns(path)
    assert made["sex"] == ("male", "female", "male", "")
    assert made["age_years"] == ("61", "54", "", "70")
    assert made["os_event"] == ("1", "0", "1", "0")
    assert (
        "2 cells hold codes that the file declares as missing; they are not known." in plan_file(path, VARIABLES).notes
    )


def test_stata_labels_and_letters_for_missing_are_read(tmp_path: Path) -> None:
    path = tmp_path / "x.dta"
    data = DATA.astype({"alter": object})
    data.loc[2, "alter"] = "a"
    pyreadstat.write_dta(
        data,
        str(path),
        column_labels=LABELS,
        variable_value_labels={"geschl": VALUES["geschl"], "status": VALUES["status"]},
        missing_user_values={"alter": ["a"]},
    )
    made = columns(path)
    assert made["age_years"] == ("61", "54", "", "70")
    assert made["sex"][:3] == ("male", "female", "male")


ODS = """<?xml version="1.0" encoding="UTF-8"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2">
<office:body><office:spreadsheet><table:table table:name="Patients">{rows}</table:table></office:spreadsheet></office:body></office:document-content>"""


def ods(path: Path, rows: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        manifest = '<?xml version="1.0"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
        archive.writestr("META-INF/manifest.xml", manifest)
        archive.writestr("content.xml", ODS.format(rows=rows))
    return path


def cell(text: str) -> str:
    if text.replace(".", "").isdigit():
        return f'<table:table-cell office:value-type="float" office:value="{text}"><text:p>{text}</text:p></table:table-cell>'
    return f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'


def row(*cells: str) -> str:
    return f"<table:table-row>{''.join(map(cell, cells))}</table:table-row>"


def test_opendocument_tables_are_read(tmp_path: Path) -> None:
    path = ods(
        tmp_path / "x.ods",
        row("Patients 2020")
        + row("id", "Age", "OS (months)", "Dead")
        + row("A1", "61", "12.5", "yes")
        + row("A2", "54", "20", "no"),
    )
    assert columns(path) == {
        "patient_id": ("A1", "A2"),
        "age_years": ("61", "54"),
        "os_months": ("12.5", "20"),
        "os_event": ("1", "0"),
    }


def test_an_opendocument_table_that_claims_endless_cells_is_refused(tmp_path: Path) -> None:
    bomb = '<table:table-row table:number-rows-repeated="1048576"><table:table-cell table:number-columns-repeated="16384" office:value-type="float" office:value="1"/></table:table-row>'
    with pytest.raises(DataError, match="damaged, protected, empty, or holds more than any cohort"):
        raw_tables(ods(tmp_path / "x.ods", row("id", "Age") + bomb))


@pytest.mark.parametrize("name", ["x.sav", "x.dta", "x.xls", "x.ods"])
def test_a_damaged_file_of_another_program_is_refused_without_a_traceback(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(bytes(np.random.default_rng(1).integers(0, 256, 5_000, dtype=np.uint8)))
    with pytest.raises(DataError, match=name):
        raw_tables(path)
