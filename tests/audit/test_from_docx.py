"""A manuscript's tables become a draft: each number with its row, its column and what they say of it."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from docx import Document
from docx.table import Table

from hai_utils.audit.draft import DraftError, DraftRow, parse_draft
from hai_utils.audit.from_docx import draft_of_docx
from hai_utils.audit.report import audit_draft
from tests.conftest import run_hai

TABLE = (
    ("Characteristic", "Mutated (n=11)", "Wild type (n=13)", "P"),
    ("Age, years, median [range]", "57.3 [38–73]", "55.0 [34–67]", "0.61"),
    ("BMI, mean (SD)", "27.1 (4.0)", "28.2 ± 5.1", ""),
    ("HAI cycles, median (IQR)", "6 (2.0)", "6 (4–8)", "0.72"),
    ("Site", "", "", ""),
    ("Right colon", "3 (27%)", "4/13 (31%)", "<0.001"),
    ("Hazard ratio for death", "0.83 (95% CI 0.25–2.80)", "", "0.76"),
)


@pytest.fixture
def manuscript(tmp_path: Path) -> Path:
    document = Document()
    table = document.add_table(rows=len(TABLE), cols=4)
    for row, cells in zip(table.rows, TABLE, strict=True):
        for cell, text in zip(row.cells, cells, strict=True):
            cell.text = text
    path = tmp_path / "manuscript.docx"
    document.save(str(path))
    return path


def rows_of(path: Path) -> dict[str, DraftRow]:
    return {row.id: row for row in parse_draft(draft_of_docx(path).encode()).rows}


def test_every_number_becomes_a_row_with_its_statistic(manuscript: Path) -> None:
    rows = rows_of(manuscript)
    values = {name.removeprefix("T1."): row.text for name, row in rows.items()}
    assert values == {
        "r2.c2.median": "57.3", "r2.c2.min": "38", "r2.c2.max": "73", "r2.c3.median": "55.0", "r2.c3.min": "34",
        "r2.c3.max": "67", "r2.c4.p_value": "0.61", "r3.c2.mean": "27.1", "r3.c2.sd": "4.0", "r3.c3.mean": "28.2",
        "r3.c3.sd": "5.1", "r4.c2.median": "6", "r4.c2.iqr": "2.0", "r4.c3.median": "6", "r4.c3.q1": "4",
        "r4.c3.q3": "8", "r4.c4.p_value": "0.72", "r6.c2.n": "3", "r6.c2.percent": "27", "r6.c3.n_of_N": "4/13",
        "r6.c3.percent": "31", "r6.c4.p_value": "<0.001", "r7.c2.hazard_ratio": "0.83", "r7.c2.ci_lower": "0.25",
        "r7.c2.ci_upper": "2.80", "r7.c4.p_value": "0.76",
    }  # fmt: skip


def test_a_row_has_the_words_and_the_size_of_its_place(manuscript: Path) -> None:
    row = rows_of(manuscript)["T1.r6.c2.percent"]
    assert (row.variable, row.group, row.of, row.section) == ("Site: Right colon", "Mutated", 11, "Table 1, row 6")


def test_the_command_writes_the_draft_once_and_names_the_next_step(manuscript: Path) -> None:
    out = manuscript.with_name("draft.csv")
    done = run_hai("audit", str(manuscript), "--out", str(out))
    assert done.returncode == 0, done.stderr
    assert "hai audit draft.csv" in done.stdout
    assert run_hai("audit", str(out)).returncode == 0
    again = run_hai("audit", str(manuscript), "--out", str(out))
    assert again.returncode == 2
    assert "is there already" in again.stderr


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04broken", b"no document"])
def test_what_is_no_docx_is_refused_in_a_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.docx"
    path.write_bytes(content)
    with pytest.raises(DraftError, match=r"^x\.docx"):
        draft_of_docx(path)


def test_an_archive_that_unpacks_to_more_than_a_manuscript_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.docx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("word/document.xml", b"0" * 201_000_000)
    with pytest.raises(DraftError, match="unpacks to more"):
        draft_of_docx(path)


def fill(table: Table, rows: Sequence[Sequence[str]]) -> None:
    for row, cells in zip(table.rows, rows, strict=True):
        for cell, text in zip(row.cells, cells, strict=True):
            cell.text = text


@pytest.fixture
def merged(tmp_path: Path) -> Path:
    """A table with a heading of two lines over merged columns, a value over two columns, and a P over four rows."""
    document = Document()
    table = document.add_table(rows=6, cols=6)
    fill(
        table,
        (
            ("Characteristic", "", "", "", "", "P value"),
            ("", "n", "%", "n", "%", ""),
            ("Site", "", "", "", "", "0.90"),
            ("Left colon", "5", "45%", "6", "43%", ""),
            ("Right colon", "6", "55%", "8", "57%", ""),
            ("Age, median (IQR)", "", "", "", "", "0.61"),
        ),
    )
    for row, texts in ((0, ("Group A (n=11)", "Group B (n=14)")), (5, ("57 (50–63)", "55 (49–62)"))):
        for column, text in zip((1, 3), texts, strict=True):
            table.cell(row, column).merge(table.cell(row, column + 1)).text = text
    table.cell(0, 0).merge(table.cell(1, 0))
    table.cell(2, 5).merge(table.cell(4, 5))
    path = tmp_path / "merged.docx"
    document.save(str(path))
    return path


def test_a_number_of_a_merged_cell_is_one_number(merged: Path) -> None:
    rows = rows_of(merged)
    assert [name for name in rows if name.startswith("T1.r6")] == [
        "T1.r6.c2.median", "T1.r6.c2.q1", "T1.r6.c2.q3", "T1.r6.c4.median", "T1.r6.c4.q1", "T1.r6.c4.q3", "T1.r6.c6.p_value",
    ]  # fmt: skip
    assert [name for name, row in rows.items() if row.text == "0.90"] == ["T1.r3.c6.p_value"]


def test_a_heading_of_two_lines_over_merged_columns_says_whose_number_it_is(merged: Path) -> None:
    row = rows_of(merged)["T1.r4.c4.n"]
    assert (row.variable, row.group, row.of, row.text) == ("Site: Left colon", "Group B", 14, "6")


def test_limits_belong_to_the_comparison_of_their_estimate(tmp_path: Path) -> None:
    document = Document()
    rows = (("Endpoint", "Hazard ratio (95% CI)", "P value"), ("PFS", "2.0 (2.5–6.0)", "<0.001"))
    fill(document.add_table(rows=2, cols=3), rows)
    document.save(str(tmp_path / "ratios.docx"))
    assert {row.group for row in rows_of(tmp_path / "ratios.docx").values()} == {"A vs B"}
    report = audit_draft(parse_draft(draft_of_docx(tmp_path / "ratios.docx").encode()))
    assert {finding.row for finding in report.impossible} == {"T1.r2.c2.ci_upper"}


def test_of_several_tables_each_is_read_once_also_within_another(tmp_path: Path) -> None:
    document = Document()
    fill(document.add_table(rows=2, cols=2), (("Outcome", "A (n=20)"), ("Response", "7/20 (35%)")))
    layout = document.add_table(rows=1, cols=1)
    fill(layout.cell(0, 0).add_table(rows=2, cols=2), (("Stage", "A (n=20)"), ("II", "9 (45%)")))
    times = document.add_table(rows=3, cols=3)
    fill(times, (("Endpoint", "Time", "Survival"), ("OS", "12 months", "73% (46–99)"), ("", "24 months", "42% (4–81)")))
    times.cell(1, 0).merge(times.cell(2, 0))
    document.save(str(tmp_path / "several.docx"))
    rows = rows_of(tmp_path / "several.docx")
    assert {name.split(".")[0] for name in rows} == {"T1", "T3", "T4"}
    assert [row.variable for name, row in rows.items() if name.endswith("ci_lower")] == [
        "OS, 12 months",
        "OS, 24 months",
    ]


def test_a_manuscript_without_a_table_says_how_to_write_its_numbers_down(tmp_path: Path) -> None:
    document = Document()
    document.add_paragraph("Response was seen in 7/11 (64%).")
    document.save(str(tmp_path / "none.docx"))
    with pytest.raises(DraftError, match=r"no table with a number.*hai audit --template"):
        draft_of_docx(tmp_path / "none.docx")
