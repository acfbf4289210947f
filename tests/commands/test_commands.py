"""The commands that make and check a cohort, as a user calls them."""

from __future__ import annotations

import csv
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, run_hai


def test_the_reconstruction_passes_the_check() -> None:
    done = run_hai("check", "data/cohort.csv")
    assert done.returncode == 0
    assert "Ready" in done.stdout


def test_a_faulty_file_is_reported_on_the_terminal_as_csv_and_as_a_page(tmp_path: Path) -> None:
    faulty = tmp_path / "cohort.csv"
    text = (ROOT / "data" / "cohort.csv").read_text(encoding="utf-8")
    faulty.write_text(text.replace("R02,synthetic,55.0", "R02,synthetic,155.0"), encoding="utf-8")
    table, page = tmp_path / "report.csv", tmp_path / "report.html"
    done = run_hai("check", str(faulty), "--csv", str(table), "--html", str(page))
    assert done.returncode == 1
    assert "line 3, column 'age_years'" in done.stdout
    assert table.read_text(encoding="utf-8").startswith("line,column,severity,code,message\n3,age_years,error,")
    assert "age_years" in page.read_text(encoding="utf-8")


def test_the_template_s_example_can_be_built_from(tmp_path: Path) -> None:
    assert run_hai("template", str(tmp_path / "forms")).returncode == 0
    assert run_hai("check", str(tmp_path / "forms" / "example_cohort.csv")).returncode == 0


def test_a_cohort_named_without_its_option_is_told_where_it_goes() -> None:
    done = run_hai("build", "cohort.xlsx")
    assert done.returncode == 2
    assert "--data" in done.stderr
    assert "cohort.xlsx" not in done.stderr


def test_a_reader_that_stops_reading_is_no_failed_run() -> None:
    command = f"{shlex.quote(sys.executable)} -m hai_utils.cli params --yaml | head -1"
    done = subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""


def test_each_step_from_the_forms_to_the_book_names_the_next(tmp_path: Path) -> None:
    forms = run_hai("template", "my forms", cwd=tmp_path)
    assert "Next: hai check 'my forms/cohort.xlsx'\n" in forms.stdout
    checked = run_hai("check", "my forms/example_cohort.csv", cwd=tmp_path)
    assert checked.stdout.endswith("Next: hai build --data 'my forms/example_cohort.csv' --out my-book\n")
    faulty = run_hai("check", "my forms/cohort.csv", cwd=tmp_path)
    assert faulty.returncode == 1
    assert faulty.stdout.endswith("then: hai check 'my forms/cohort.csv'\n")


@pytest.mark.parametrize("level", ["mutant", ""])
def test_check_says_that_a_column_of_one_level_compares_nothing(level: str, tmp_path: Path) -> None:
    rows = f"1a,{level},male,3,1\n2b,{level},female,9,0\n"
    (tmp_path / "c.csv").write_text(f"patient_id,kras,sex,os_months,os_event\n{rows}", encoding="utf-8")
    said = run_hai("check", "c.csv", cwd=tmp_path).stdout
    assert "Column 'kras' has fewer than two levels here, so that without these words nothing is compared" in said
    assert "COLUMN is one of sex." in said


def test_check_and_build_say_how_groups_are_chosen_where_the_usual_column_is_absent(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("patient_id,sex,os_months,os_event\n1a,male,3,1\n2b,female,9,0\n", encoding="utf-8")
    checked = run_hai("check", "c.csv", cwd=tmp_path)
    assert checked.returncode == 0
    built = run_hai("build", "--data", "c.csv", "--out", "book", cwd=tmp_path)
    assert built.returncode == 1
    for text in (checked.stdout, built.stderr):
        assert "--set group_by=COLUMN --set reference_group=LEVEL" in text
        assert "no column 'kras'" in text
        assert re.search(r"(one of|categories:) sex\.", text)


@pytest.mark.parametrize("words", [("check", "data/cohort.csv"), ("audit", "draft.csv")])
def test_a_report_that_cannot_be_written_is_wrong_usage(tmp_path: Path, words: tuple[str, str]) -> None:
    (tmp_path / "draft.csv").write_text(run_hai("audit", "--template").stdout, encoding="utf-8")
    source = ROOT / words[1] if words[0] == "check" else tmp_path / words[1]
    done = run_hai(words[0], str(source), "--html", str(tmp_path / "absent" / "page.html"))
    assert done.returncode == 2
    assert done.stderr == "page.html: the file cannot be written (No such file or directory). Name another place.\n"


def test_a_template_replaces_nothing(tmp_path: Path) -> None:
    run_hai("template", str(tmp_path))
    again = run_hai("template", str(tmp_path))
    assert again.returncode == 1
    assert "Traceback" not in again.stderr


def test_the_real_export_becomes_the_real_cohort(tmp_path: Path, real_folder: Path) -> None:
    """The sheet as published gives the cohort beside it, byte for byte."""
    out = tmp_path / "imported"
    mapping = ROOT / "tests" / "importing" / "tcia_mapping.yml"
    done = run_hai(
        "import", str(real_folder / "original.csv"), "--mapping", str(mapping),
        "--dictionary", str(real_folder / "extra_columns.csv"), "--out", str(out),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (out / "cohort.csv").read_bytes() == (real_folder / "cohort.csv").read_bytes()


def test_a_cohort_is_imported_without_a_mapping_as_it_stands(tmp_path: Path) -> None:
    done = run_hai("import", str(ROOT / "data" / "cohort.csv"), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "imported" / "cohort.csv").read_bytes() == (ROOT / "data" / "cohort.csv").read_bytes()


def test_a_first_guess_of_a_mapping_is_written(tmp_path: Path, real_folder: Path) -> None:
    done = run_hai("import", str(real_folder / "original.csv"), "--guess", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "patient_id" in (tmp_path / "original_mapping.yml").read_text(encoding="utf-8")


def test_names_and_dates_are_left_out_of_a_raw_table(tmp_path: Path) -> None:
    raw = tmp_path / "raw.csv"
    raw.write_text(
        "Name,MRN,Age,Sex,Pump date,Death date\nJane Example,1234567,93,female,2018-01-01,2019-01-01\n"
        "John Sample,7654321,61,male,2018-02-01,\n",
        encoding="utf-8",
    )
    out = tmp_path / "clean.csv"
    done = run_hai("deidentify", str(raw), "--out", str(out))
    assert done.returncode == 0, done.stderr
    everything = out.read_text(encoding="utf-8") + done.stdout + done.stderr
    for secret in ("Jane", "Example", "1234567", "Sample", "2018-01-01", "93"):
        assert secret not in everything


RAW = "MRN;Pump date;Death date;OS (months)\n1234567;01.02.2018;03.04.2019;12,5\n7654321;02.02.2018;04.04.2019;25,0\n"


def test_dates_and_decimals_are_read_as_the_options_say(tmp_path: Path) -> None:
    (tmp_path / "raw.csv").write_text(RAW, encoding="utf-8")
    done = run_hai("deidentify", "raw.csv", "--dates", "dmy", "--decimal", ",", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    with (tmp_path / "deidentified.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    # 1 February 2018 to 3 April 2019: 365 days to 1 February 2019, then 28 + 31 + 2.
    expected = {"patient_id": "P001", "pump_year": "2018", "time_to_death (days)": "426", "OS (months)": "12,5"}
    assert rows[0] == expected


@pytest.mark.parametrize("words", [("--dates", "ydm"), ("--decimal", ";")])
def test_an_order_or_sign_that_is_unknown_is_wrong_usage(tmp_path: Path, words: tuple[str, str]) -> None:
    (tmp_path / "raw.csv").write_text(RAW, encoding="utf-8")
    done = run_hai("deidentify", "raw.csv", *words, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith(f"{words[0]} {words[1]}: one of ")
    assert not (tmp_path / "deidentified.csv").exists()


def test_the_audit_s_template_is_possible(tmp_path: Path) -> None:
    draft = tmp_path / "draft.csv"
    draft.write_text(run_hai("audit", "--template").stdout, encoding="utf-8")
    done = run_hai("audit", str(draft))
    assert done.returncode == 0
    assert "0 impossible" in done.stdout


def test_an_impossible_number_and_a_file_of_another_format_have_their_exit_codes(tmp_path: Path) -> None:
    draft = tmp_path / "draft.csv"
    draft.write_text(
        "id,section,variable,group,statistic,value,decimals,of,same_as\na,Table 1,male,A,percent,28%,,11,\n",
        encoding="utf-8",
    )
    assert run_hai("audit", str(draft)).returncode == 1
    assert run_hai("audit", str(ROOT / "data" / "cohort.csv")).returncode == 2
