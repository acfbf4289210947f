"""A center's own workbook, made safe: what the clinic needs stays, and the guess of a mapping understands it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from hai_utils.errors import DataError
from hai_utils.importing.deidentify import deidentify
from hai_utils.importing.sheets import parse_sheet, read_sheet
from tests.conftest import SHARED, run_hai

WORKBOOK = SHARED / "cases" / "import" / "pfs_only.xlsx"
KEPT = {
    "kras", "braf", "primary_site", "pump_year", "os_months", "os_event", "n_liver_lesions",
    *(f"lesion{number}_{visit}_{axis}_mm" for number in (1, 2) for visit in ("baseline", "best") for axis in ("long", "perp")),
}  # fmt: skip


@pytest.fixture
def workbook() -> Path:
    """The case; tests that need it are skipped where it is absent."""
    if not WORKBOOK.is_file():
        pytest.skip("the case is not beside the project")
    return WORKBOOK


def test_the_guess_understands_what_was_made_safe(workbook: Path, tmp_path: Path) -> None:
    done = run_hai("deidentify", str(workbook), "--dates", "dmy", "--out", str(tmp_path / "safe.csv"))
    assert done.returncode == 0, done.stderr
    done = run_hai("import", str(tmp_path / "safe.csv"), "--guess", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    columns = yaml.safe_load((tmp_path / "safe_mapping.yml").read_text(encoding="utf-8"))["columns"]
    assert set(columns) >= KEPT


@pytest.mark.slow
def test_the_guess_of_what_was_made_safe_becomes_the_same_cohort(workbook: Path, tmp_path: Path) -> None:
    run_hai("deidentify", str(workbook), "--dates", "dmy", "--out", str(tmp_path / "safe.csv"))
    cohorts = []
    for file in (workbook, tmp_path / "safe.csv"):
        assert run_hai("import", str(file), "--guess", cwd=tmp_path).returncode == 0
        mapping = tmp_path / f"{file.stem}_mapping.yml"
        text = (
            mapping.read_text(encoding="utf-8")
            .replace("dod: FILL_IN", "dod: dead")
            .replace("ned: FILL_IN", "ned: alive")
        )
        mapping.write_text(text.replace("FILL_IN", "missing"), encoding="utf-8")
        done = run_hai("import", str(file), "--mapping", str(mapping), "--out", str(tmp_path / file.stem))
        assert done.returncode == 0, done.stderr
        cohorts.append((tmp_path / file.stem / "cohort.csv").read_bytes())
    assert cohorts[0] == cohorts[1]


def test_the_order_of_dates_is_asked_once_for_all_columns(workbook: Path) -> None:
    with pytest.raises(DataError) as refused:
        deidentify(read_sheet(workbook))
    assert len(refused.value.problems) == 1
    assert "--dates dmy, mdy or ymd" in refused.value.problems[0]


def test_a_few_odd_cells_are_blanked_and_counted() -> None:
    rows = "".join(f"{row},{'mut' if row % 2 else 'wt'}\n" for row in range(30))
    made = deidentify(parse_sheet(f"id,KRAS\n{rows}30,Smith\n".encode(), "x.csv"))
    assert "Smith" not in made.csv_text + made.report_text
    assert "kept; 1 cells that are not known to be harmless are blank now" in made.report_text


def test_a_column_of_names_is_left_out() -> None:
    rows = "".join(f"{row},{name}\n" for row, name in enumerate(["Smith", "Jones", "Brown", "mut", "wt"]))
    made = deidentify(parse_sheet(f"id,KRAS\n{rows}".encode(), "x.csv"))
    assert "KRAS" not in made.csv_text


def test_a_death_without_its_day_counts_at_the_last_contact_by_days_as_by_dates(tmp_path: Path) -> None:
    (tmp_path / "dates.csv").write_text(
        "Study no,Pump date,Date of death,Last follow-up,Status\n"
        "S1,2018-01-10,2019-01-10,2019-01-10,dead\nS2,2018-02-15,,2020-05-01,alive\nS3,2018-04-20,,2019-06-10,dead\n",
        encoding="utf-8",
    )
    assert run_hai("deidentify", "dates.csv", "--out", "days.csv", cwd=tmp_path).returncode == 0
    for name in ("dates", "days"):
        assert run_hai("import", f"{name}.csv", "--out", name, cwd=tmp_path).returncode == 0
    survival = [
        [line.split(",")[-2:] for line in (tmp_path / name / "cohort.csv").read_text(encoding="utf-8").splitlines()]
        for name in ("dates", "days")
    ]
    assert survival[0] == survival[1]
    assert [event for _, event in survival[1][1:]] == ["1", "0", "1"]


def test_days_to_death_of_who_is_alive_are_refused(tmp_path: Path) -> None:
    (tmp_path / "days.csv").write_text(
        "patient_id,time_to_death (days),follow_up_time (days),Status\nP1,365,476,alive\nP2,,806,alive\nP3,447,447,dead\n",
        encoding="utf-8",
    )
    done = run_hai("import", "days.csv", "--out", "made", cwd=tmp_path)
    assert done.returncode == 1
    assert "line 2, column 'time_to_death (days)': a time of what did not happen by the status." in done.stderr


def test_progression_without_a_follow_up_is_not_used_and_said(tmp_path: Path) -> None:
    (tmp_path / "days.csv").write_text(
        "patient_id,time_to_progression (days),Status\nP1,120,dead\nP2,,alive\nP3,300,alive\n", encoding="utf-8"
    )
    assert run_hai("import", "days.csv", "--guess", cwd=tmp_path).returncode == 0
    mapping = (tmp_path / "days_mapping.yml").read_text(encoding="utf-8")
    assert "'time_to_progression (days)' is not used: no column says from when or until when" in mapping
