"""A manuscript's tables become a draft: each number with its row, its column and what they say of it."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from docx import Document

from hai_utils.audit.draft import DraftError, DraftRow, parse_draft
from hai_utils.audit.from_docx import draft_of_docx
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
