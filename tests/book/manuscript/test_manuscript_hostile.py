"""Whatever a label holds, it is text in every file; and files made twice are the same."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from xml.etree import ElementTree

import openpyxl
import pytest
from docx import Document

from hai_utils.book.manuscript.drawings import standalone
from hai_utils.book.manuscript.model import (
    Article,
    Heading,
    Listing,
    Paragraph,
    PrintedFigure,
    PrintedRow,
    PrintedTable,
    ReferenceEntry,
    Words,
)
from hai_utils.book.manuscript.sheets import rows_csv, table_csv, table_xlsx
from hai_utils.book.manuscript.typesetting import drawn, manuscript_pdf
from hai_utils.book.manuscript.word.writing import manuscript_docx, table_documents
from hai_utils.results.record import Record
from hai_utils.results.table import Results
from hai_utils.show.figures.style import new_canvas, write
from hai_utils.show.figures.svg import render
from tests.book.manuscript.manuscript_text import HOSTILE, dense, pdf_text

VALUE = Record("age", "", "all", "median", value=61.123456789, n=3, unit="years", formatted="61.1", note=HOSTILE[6])
RESULTS = Results.of([VALUE])


def line(text):
    return (Words(text),)


def drawing(text):
    canvas = new_canvas(60)
    write(canvas, 0, 30, text)
    return render(canvas, "figure-hostile", text, text)


def hostile_table():
    quote = (Words(HOSTILE[6]), Words("61.1", frozenset({"unbroken"}), key="age.all.median"))
    rows = tuple(PrintedRow((line(label), quote), "indented") for label in HOSTILE)
    return PrintedTable(
        "table-hostile",
        "Table 1",
        line(HOSTILE[1]),
        (line(HOSTILE[0]),),
        True,
        (line(HOSTILE[2]), line(HOSTILE[4])),
        rows,
    )


def hostile_article():
    figure = PrintedFigure(
        "figure-hostile", "Figure 1", line(HOSTILE[0]), (line(HOSTILE[1]),), True, drawing(HOSTILE[1]), HOSTILE[2], ()
    )
    text = " ".join(HOSTILE)
    link = (Words(HOSTILE[3], target="#table-hostile"), Words(HOSTILE[5], target='https://doi.org/10.1/a"b#c<d>'))
    body = (
        Heading(1, line(text), "here"), Paragraph(line(text)), Paragraph(link), Listing((line(HOSTILE[1]), line(HOSTILE[2]))),
        hostile_table(), figure, ReferenceEntry("1", line(text), "ref-1"),
    )  # fmt: skip
    return Article(HOSTILE[1], HOSTILE[0], HOSTILE[2], HOSTILE[5], body)


@pytest.fixture(scope="module")
def written(tmp_path_factory, fonts, styles, width):
    folder = tmp_path_factory.mktemp("hostile")
    article = hostile_article()
    pixels = drawn([article.exhibits[1]], fonts, millimetres=80, form="png")
    (folder / "a.docx").write_bytes(manuscript_docx(article, {"figure-hostile": pixels[0]}, width, styles))
    (folder / "a.pdf").write_bytes(manuscript_pdf(article, fonts))
    return folder


def test_hostile_text_is_text_in_the_docx(written):
    document = Document(str(written / "a.docx"))
    text = dense("".join(part.text for part in document.paragraphs))
    assert dense(" ".join(HOSTILE)) in text
    cells = [cell.text for row in document.tables[0].rows for cell in row.cells]
    assert set(HOSTILE) <= set(cells)
    xml = document.element.xml
    assert "w:fldSimple" not in xml
    instructions = {part.strip() for part in re.findall(r"<w:instrText[^>]*>([^<]*)", xml)}
    assert instructions == {r"SEQ Table \* ARABIC", r"SEQ Figure \* ARABIC"}


def test_hostile_text_is_text_in_the_pdf(written):
    assert dense(" ".join(HOSTILE)) in pdf_text(written / "a.pdf")


def test_hostile_text_is_text_in_a_drawing_and_draws_nothing_else():
    root = ElementTree.fromstring(standalone(drawing(HOSTILE[0])))
    assert HOSTILE[0] in {part.text for part in root.iter()}
    assert not {part.tag.rpartition("}")[2] for part in root.iter()} & {"script", "b", "foreignObject", "image"}
    assert "currentColor" not in standalone(drawing("x"))


def test_no_cell_of_a_csv_is_a_formula():
    cells = [cell for row in csv.reader(io.StringIO(table_csv(hostile_table()))) for cell in row]
    assert f"'{HOSTILE[6]}" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    assert rows_csv([("-3.5", "=1")]) == "-3.5,'=1\n"


def test_a_workbook_has_text_as_printed_and_values_in_full_precision():
    book = openpyxl.load_workbook(io.BytesIO(table_xlsx(hostile_table(), RESULTS)))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert HOSTILE[6] in {cell.value for cell in cells}
    header, first, *_ = book["Values"].iter_rows(values_only=True)
    found = dict(zip(header, first, strict=True))
    assert found["value"] == VALUE.value
    assert found["key"] == "age.all.median"


def test_a_table_of_its_own_opens_and_holds_the_text(styles, width):
    found = table_documents([hostile_table(), replace(hostile_table(), name="other")], width, styles)
    for document in map(Document, map(io.BytesIO, found.values())):
        assert len(document.tables) == 1
        assert document.paragraphs[0].text == f"Table\u00a01 {HOSTILE[1]}"
        assert [row.cells[0].text for row in document.tables[0].rows][1:] == list(HOSTILE)
    assert set(found) == {"table-hostile", "other"}


def test_the_same_article_gives_the_same_bytes(written, fonts, styles, width):
    article = hostile_article()
    pixels = drawn([article.exhibits[1]], fonts, millimetres=80, form="png")
    assert manuscript_docx(article, {"figure-hostile": pixels[0]}, width, styles) == (written / "a.docx").read_bytes()
    assert manuscript_pdf(article, fonts) == (written / "a.pdf").read_bytes()
    assert table_xlsx(hostile_table(), RESULTS) == table_xlsx(hostile_table(), RESULTS)


def test_signs_of_statistics_have_a_shape_in_the_fonts_of_the_pdf(fonts, tmp_path):
    import shutil
    import subprocess

    if shutil.which("pdffonts") is None:
        pytest.skip("pdffonts is not installed: the fonts of the PDF were not read")
    signs = "≥ ≤ × − κ χ² α β ± † ‡ § ≠ ≈ ½ – — “ ”"
    table = PrintedTable(
        "t", "Table 1", line(signs), (line(signs),), True, (line(signs),), (PrintedRow((line(signs),)),)
    )
    article = Article(signs, "", "", "", (Paragraph(line(signs)), table))
    (tmp_path / "a.pdf").write_bytes(manuscript_pdf(article, fonts))
    done = subprocess.run(["pdffonts", str(tmp_path / "a.pdf")], capture_output=True, text=True, check=True)
    rows = [row.split() for row in done.stdout.splitlines()[2:]]
    assert {re.sub(r"^[A-Z]+\+|-(Regular|Bold|Semibold).*", "", row[0]) for row in rows} == {
        "LibertinusSerif",
        "SourceSans3",
    }
    assert all("yes" in row for row in rows)
