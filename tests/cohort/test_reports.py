"""What a check says of a file: on paths, and as text, table and page."""

from __future__ import annotations

import csv
import io
import os
import re
import time
import tracemalloc
from pathlib import Path

import pytest

from hai_utils.cohort.dictionary import standard_dictionary
from hai_utils.cohort.problems import MAX_ALIKE, Problem, line_list
from hai_utils.cohort.reading import read_cohort
from hai_utils.cohort.report import CSV_COLUMNS, CheckReport, check_file
from hai_utils.cohort.tables import raw
from tests.cohort.cohort_files import base
from tests.page_parts import Page

BASE = base()
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def valid_file(tmp_path: Path) -> Path:
    """A valid cohort file."""
    path = tmp_path / "cohort.csv"
    path.write_bytes(BASE.bytes())
    return path


def checked(content: bytes, tmp_path: Path, name: str = "cohort.csv") -> CheckReport:
    (tmp_path / name).write_bytes(content)
    return check_file(tmp_path / name)


def codes(report: CheckReport) -> list[tuple[str, str]]:
    return [(one.severity, one.code) for one in report.problems]


def test_a_valid_file_is_ready(valid_file: Path) -> None:
    report = check_file(valid_file)
    assert (report.passed, report.exit_code, report.problems) == (True, 0, ())
    assert report.as_text() == "cohort.csv: 8 rows, 41 columns.\nReady: nothing was found.\n"


def test_a_warning_lets_the_file_pass(tmp_path: Path) -> None:
    report = checked(BASE.bytes(encoding="utf-8-sig"), tmp_path)
    assert (report.exit_code, report.verdict) == (0, "Ready, with 1 warning.")


def test_an_error_does_not(tmp_path: Path) -> None:
    report = checked(BASE.with_cells(4, os_event="2").bytes(encoding="utf-8-sig"), tmp_path)
    assert (report.exit_code, report.verdict) == (1, "Not ready: 1 error and 1 warning.")


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    report = check_file(tmp_path / "nowhere.csv")
    assert codes(report) == [("error", "file_missing")]
    assert report.size == "The file could not be read as a table."


def test_a_name_that_no_system_has_is_told() -> None:
    assert codes(check_file(Path("a\0b"))) == [("error", "file_missing")]


def test_a_folder_is_told(tmp_path: Path) -> None:
    assert codes(check_file(tmp_path)) == [("error", "file_folder")]


def test_a_pipe_is_told_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    assert codes(check_file(tmp_path / "pipe.csv")) == [("error", "file_kind")]


def test_a_link_is_followed_and_said(valid_file: Path, tmp_path: Path) -> None:
    (tmp_path / "link.csv").symlink_to(valid_file)
    report = check_file(tmp_path / "link.csv")
    assert codes(report) == [("warning", "file_link")]
    assert report.rows == 8


def test_a_link_to_nowhere_is_told(tmp_path: Path) -> None:
    (tmp_path / "link.csv").symlink_to(tmp_path / "nowhere.csv")
    assert codes(check_file(tmp_path / "link.csv")) == [("error", "file_missing")]


def test_a_link_to_itself_is_told(tmp_path: Path) -> None:
    (tmp_path / "link.csv").symlink_to(tmp_path / "link.csv")
    assert codes(check_file(tmp_path / "link.csv")) == [("error", "file_missing")]


def test_a_file_of_a_gigabyte_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as stream:
        stream.truncate(10**9)
    report = check_file(path)
    assert codes(report) == [("error", "file_large")]
    assert "954 MB; at most 128 MB" in report.problems[0].message


@pytest.mark.parametrize(("name", "limit"), [("MAX_ROWS", 5), ("MAX_CELLS", 100), ("MAX_COLUMNS", 40)])
def test_more_rows_cells_or_columns_than_the_limit_are_refused(
    name: str, limit: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(raw, name, limit)
    assert codes(checked(BASE.bytes(), tmp_path)) == [("error", "file_large")]


def test_problems_stand_worst_first(tmp_path: Path) -> None:
    table = BASE.with_cells(2, os_event="2").with_cells(9, patient_id="SECRET-01").with_cells(3, race="white ")
    table = table.with_cells(8, os_months="1").plus_column("smoking", "no")
    found = [one.code for one in checked(table.bytes(), tmp_path).problems]
    assert found == [
        *["header_unknown", "duplicate", "time_order", "time_order", "event", "level_twin", "padded"],
    ]


def test_all_problems_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    table = BASE.with_cells(2, os_event="2", kras="mut").with_cells(5, bmi_kg_m2="x").with_cells(9, age_years="200")
    found = {(one.line, one.column) for one in checked(table.bytes(), tmp_path).problems}
    assert found == {(2, "os_event"), (2, "kras"), (5, "bmi_kg_m2"), (9, "age_years")}


def test_the_same_fault_on_many_lines_is_one_paragraph(tmp_path: Path) -> None:
    text = checked(BASE.with_column("site", "north ").bytes(), tmp_path).as_text()
    assert "  lines 2-9, column 'site'  [padded]\n" in text
    assert text.count("[padded]") == 1


def test_a_fault_of_a_very_long_file_is_listed_a_thousand_times_and_counted(tmp_path: Path) -> None:
    lines = BASE.csv().splitlines()
    rows = [lines[1].replace("SECRET-01", f"P{i}").replace("female", "woman") for i in range(MAX_ALIKE + 30)]
    report = checked("\n".join([lines[0], *rows, ""]).encode(), tmp_path)
    found = [one for one in report.problems if one.column == "sex"]
    assert len(found) == MAX_ALIKE + 1
    assert (found[-1].line, found[-1].severity) == (MAX_ALIKE + 2, "error")
    assert found[-1].message.startswith("30 more cells")


def test_the_csv_has_one_line_a_problem(tmp_path: Path) -> None:
    table = BASE.with_cells(4, os_event="2").plus_column("=cmd|' /C calc'!A0", "1")
    report = checked(table.bytes(), tmp_path)
    header, *rows = csv.reader(io.StringIO(report.as_csv()))
    assert tuple(header) == CSV_COLUMNS == ("line", "column", "severity", "code", "message")
    assert [row[:4] for row in rows] == [
        ["1", "'=cmd|' /C calc'!A0", "error", "header_unknown"],
        ["4", "os_event", "error", "event"],
    ]


def test_columns_without_a_value_are_named_together(tmp_path: Path) -> None:
    report = checked(BASE.with_column("race", "").with_column("site", "").bytes(), tmp_path)
    text = report.as_text()
    assert "  columns 'race', 'site'  [column_empty]\n    The column has no value." in text
    assert text.count("column_empty") == 1
    assert '<th scope="row">the whole column</th><td><code>race, site</code></td>' in report.as_html()


def test_a_date_in_the_column_of_a_year_is_to_be_written_as_the_year(tmp_path: Path) -> None:
    report = checked(BASE.with_cells(4, pump_year="2021-03-01").bytes(), tmp_path)
    assert "line 4, column 'pump_year'  [date]\n    The cell is a date. A full date" in report.as_text()
    assert "Write the year alone." in report.as_text()


def test_the_page_shows_hostile_text_as_text_and_loads_nothing(tmp_path: Path) -> None:
    table = BASE.with_cells(4, kras=HOSTILE, race="{{ 1 }}").plus_column(HOSTILE, "1")
    report = checked(table.bytes(), tmp_path, "<img src=x>&.csv")
    page = Page(report.as_html())
    assert not {"script", "img", "link", "iframe"} & set(page.tags)
    assert not {"src", "href", "onload", "onerror"} & {name for name, _ in page.attributes}
    assert not re.search(r"url\(|@import|https?:", report.as_html())
    assert "".join(page.words).count(HOSTILE) == 1


@pytest.mark.parametrize("cell", ["SECRET-07", "see SECRET-07", "born 1950", "12.03.1950", "Mary Smith", "Smith"])
@pytest.mark.parametrize("column", ["kras", "bmi_kg_m2", "os_event", "clavien_dindo"])
def test_no_cell_is_repeated(column: str, cell: str, tmp_path: Path) -> None:
    report = checked(BASE.with_cells(4, **{column: cell}).bytes(), tmp_path)
    assert not report.passed
    assert cell not in report.as_text() + report.as_csv() + report.as_html()


@pytest.mark.parametrize(
    ("cell", "hint"),
    [
        ("Mutant", "Did you mean 'mutant'?"),
        ("KRAS-mutated", "Did you mean 'mutant'?"),
        ("Wild type", "Did you mean 'wild_type'?"),
        ("wildtype", "Did you mean 'wild_type'?"),
    ],
)
def test_the_level_that_was_meant_is_suggested(cell: str, hint: str, tmp_path: Path) -> None:
    report = checked(BASE.with_cells(4, kras=cell).bytes(), tmp_path)
    assert report.problems[0].message.endswith(f"Write one of: mutant, wild_type. {hint}")


@pytest.mark.parametrize(
    ("header", "meant"),
    [("KRAS status", "kras"), ("Age, years", "age_years"), ("OS (months)", "os_months"), ("bmi_kgm2", "bmi_kg_m2")],
)
def test_the_header_that_was_meant_is_suggested(header: str, meant: str, tmp_path: Path) -> None:
    report = checked(BASE.renamed(meant, header).bytes(), tmp_path)
    assert [(one.line, one.column, one.code) for one in report.problems] == [(1, header, "header_near")]
    assert f"Write '{meant}'." in report.problems[0].message


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([4], "line 4"),
        ([4, 4], "line 4"),
        ([2, 3], "lines 2-3"),
        ([9, 2, 3], "lines 2-3 and 9"),
        ([2, 4, 6], "lines 2, 4 and 6"),
        (list(range(2, 60, 2)), "lines 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24 and 17 more"),
    ],
)
def test_lines_are_listed_in_words(lines: list[int], words: str) -> None:
    assert line_list(lines) == words


def test_a_problem_is_a_sentence_with_its_place() -> None:
    assert Problem("error", 3, "kras", "x", "Wrong.").sentence("a.csv") == "a.csv, line 3, column 'kras': Wrong."
    assert Problem("error", 0, "", "x", "Wrong.").sentence("a.csv") == "a.csv: Wrong."


def many_rows(count: int) -> bytes:
    """A file of so many patients."""
    header, *rows = BASE.csv().splitlines()
    # A time of its own in each row, as long as a whole number of days over 30.4375 is written.
    made = (
        rows[i % 8].replace(f"SECRET-0{i % 8 + 1}", f"P{i:06}").replace("FOLFOX", f"regimen {i % 40}")
        for i in range(count)
    )
    lines = [row.replace(",11.5,0,", f",{11.5 + i / 30.4375e4},0,") for i, row in enumerate(made)]
    return "\n".join([header, *lines, ""]).encode()


def test_a_hundred_thousand_rows_are_checked_in_five_seconds(tmp_path: Path) -> None:
    content = many_rows(100_000)
    start = time.process_time()
    report = checked(content, tmp_path)
    assert time.process_time() - start < 5
    assert report.rows == 100_000


def test_reading_takes_less_than_thirty_bytes_a_cell() -> None:
    # A text of its own in each cell would take fifty and more; in the file a cell has four to five.
    reading = {}
    for rows in (2_000, 6_000):
        content = many_rows(rows)
        tracemalloc.start()
        read_cohort(content, standard_dictionary())
        reading[rows] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    cells = 4_000 * len(BASE.header)
    assert (reading[6_000] - reading[2_000]) / cells < 30
