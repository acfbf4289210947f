"""The commands that make and check a cohort, as a user calls them."""

from __future__ import annotations

from pathlib import Path

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


def test_an_import_without_a_mapping_is_wrong_usage(tmp_path: Path) -> None:
    done = run_hai("import", str(ROOT / "data" / "cohort.csv"), cwd=tmp_path)
    assert done.returncode == 2
    assert "--guess" in done.stderr


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
