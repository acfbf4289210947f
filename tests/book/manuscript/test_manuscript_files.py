"""Files arrive, open, and are linked where they are; figures for print have the size and resolution they say."""

from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import openpyxl
import pytest
from bs4 import BeautifulSoup
from docx import Document
from PIL import Image

from hai_utils.book.manuscript.checking import SUPPLEMENT_PAGES
from hai_utils.book.manuscript.documents import write_print_figures
from hai_utils.book.manuscript.exports import document_links
from hai_utils.book.manuscript.model import PrintedFigure
from hai_utils.commands.build import chosen_formats
from hai_utils.errors import UsageError
from hai_utils.results.files import read_results

LARGEST_SITE, LARGEST_PAGE = 15e6, 1.5e6


@cache
def offered(run: Path) -> dict[Path, str]:
    """Every file that a page offers, with the words of its line."""
    found = {}
    for page in (run / "html").rglob("*.html"):
        if page.parent.name == "evidence":
            continue
        text = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
        for link in text.select(".hai-downloads a, .hai-documents a"):
            found[(page.parent / link["href"]).resolve()] = link.find_parent("p").get_text()
    return found


def test_every_file_that_a_page_offers_is_there(run):
    files = offered(run)
    assert {path.suffix for path in files} == {".csv", ".docx", ".xlsx", ".svg", ".pdf"}
    assert all(path.is_file() and path.stat().st_size for path in files)


def test_every_table_opens_and_its_values_are_those_of_results_csv(run):
    numbers = read_results(run)
    for path in offered(run):
        if path.suffix == ".xlsx":
            header, *rows = openpyxl.load_workbook(path)["Values"].iter_rows(values_only=True)
            for row in (dict(zip(header, cells, strict=True)) for cells in rows):
                record = numbers.get(
                    row["key"], row["method"] or "" if not numbers.get(row["key"]).method else row["method"]
                )
                assert row["value"] == record.value
        if path.suffix == ".docx" and not path.stem.startswith("manuscript"):
            assert len(Document(str(path)).tables) == (2 if path.stem == "sager_table" else 1)
        if path.suffix == ".csv":
            rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
            assert len({len(row) for row in rows}) == 1


def label_in(path):
    """What a file shows of where its rows are from."""
    if path.suffix == ".xlsx":
        return openpyxl.load_workbook(path)["Table"]["A2"].value or ""
    if path.suffix == ".docx":
        document = Document(str(path))
        heads = ["\n".join(one.text for one in section.header.paragraphs) for section in document.sections]
        assert len(set(heads)) == 1
        return f"{heads[0]} {document.core_properties.comments}"
    return path.read_text(encoding="utf-8-sig")


def test_every_file_of_a_reconstruction_says_so_and_no_other_does(run):
    expected = read_results(run).study.reconstruction
    for path in offered(run):
        if path.suffix != ".pdf":
            assert ("reconstruction" in label_in(path).lower()) == expected, path.name


def test_every_page_of_a_document_has_its_running_title_and_what_its_rows_are(published_run, real_run):
    for run in (published_run, real_run):
        for name in ("manuscript", "manuscript_supplement"):
            document = Document(str(run / f"{name}.docx"))
            title, *label = (one.text for one in document.sections[0].header.paragraphs)
            assert title
            assert bool(label) == (run == published_run)
            assert not label or label[0].endswith("No row is a patient.")


def test_symbols_of_genes_are_in_italics(run):
    page = BeautifulSoup((run / "html" / "book" / "abstract.html").read_text(encoding="utf-8"), "html.parser")
    found = [
        text
        for text in page.select_one("main, article").find_all(string=re.compile(r"\bKRAS\b"))
        if text.parent.name == "p"
    ]
    assert not found
    words = Document(str(run / "manuscript.docx"))
    runs = [one for paragraph in words.paragraphs for one in paragraph.runs if one.text.strip() == "KRAS"]
    assert all(one.italic for one in runs)


def test_the_data_of_a_figure_are_the_points_of_series_csv(run):
    numbers = read_results(run)
    points = [point for group in numbers.study.groups for point in numbers.series(f"os.{group.level}.curve")]
    text = (run / "html" / "_downloads" / "figure-os.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert points
    assert [(row["key"], float(row["x"]), float(row["y"])) for row in rows] == [(p.key, p.x, p.y) for p in points]


def test_documents_are_linked_under_the_title_and_beside_every_page(run):
    site = run / "html"
    first = BeautifulSoup((site / "book" / "abstract.html").read_text(encoding="utf-8"), "html.parser")
    assert len(first.select("article .hai-documents a")) == 4
    for page in (site / "book").glob("*.html"):
        text = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
        assert [link["href"] for link in text.select(".bd-sidebar-primary .hai-documents a")] == [
            "../_downloads/manuscript.docx", "../_downloads/manuscript.pdf",
            "../_downloads/manuscript_supplement.docx", "../_downloads/manuscript_supplement.pdf",
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("formats", "names"),
    [
        (["html"], []),
        (["html", "pdf"], ["manuscript.pdf", "manuscript_supplement.pdf"]),
        (
            ["pdf", "docx"],
            ["manuscript.docx", "manuscript.pdf", "manuscript_supplement.docx", "manuscript_supplement.pdf"],
        ),
    ],
)
def test_a_page_links_only_to_documents_that_are_made(formats, names):
    app = SimpleNamespace(config=SimpleNamespace(hai_formats=formats))
    links = BeautifulSoup(document_links(app, "book/a"), "html.parser").select("a")
    assert [link["href"] for link in links] == [f"../_downloads/{name}" for name in names]


def test_the_site_stays_small(run):
    files = [path for path in (run / "html").rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < LARGEST_SITE
    assert max(path.stat().st_size for path in files if path.suffix == ".html") < LARGEST_PAGE


def test_formats_are_named_once_and_the_site_is_always_among_them():
    assert chosen_formats("pdf, html,pdf") == ("html", "pdf")
    assert chosen_formats("print") == ("html", "print")
    with pytest.raises(UsageError, match=r"no format 'doc'. Known: html, docx, pdf, print"):
        chosen_formats("html,doc")


@pytest.fixture
def figure() -> PrintedFigure:
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 700 350" fill="currentColor"><title>t</title>'
        '<text x="10" y="100" font-size="16">Months ≥ 12</text></svg>'
    )
    return PrintedFigure("figure-x", "Figure 1", (), (), True, svg, "", ())


def test_a_figure_for_print_has_the_size_and_resolution_it_says(figure, fonts, tmp_path):
    write_print_figures([figure], tmp_path, fonts)
    assert {path.name for path in tmp_path.iterdir()} == {
        "figure-x.pdf", *(f"figure-x_{dots}dpi.{ending}" for dots in (300, 600) for ending in ("png", "tiff"))
    }  # fmt: skip
    for dots in (300, 600):
        for ending in ("png", "tiff"):
            with Image.open(tmp_path / f"figure-x_{dots}dpi.{ending}") as image:
                assert image.size[0] == pytest.approx(174 / 25.4 * dots, abs=1)
                assert image.size[1] == pytest.approx(image.size[0] / 2, abs=1)
                assert image.info["dpi"] == pytest.approx((dots, dots), abs=0.1)
                assert image.mode == "RGB"
                assert len(image.getcolors(1 << 16)) > 2
        with Image.open(tmp_path / f"figure-x_{dots}dpi.tiff") as image:
            assert image.info["compression"] == "tiff_lzw"


def converted(path: Path, folder: Path) -> Path:
    """Let LibreOffice convert a file to PDF; skip the test where it is not installed."""
    soffice = shutil.which("soffice")
    if soffice is None:
        pytest.skip("LibreOffice is not installed: no document was opened")
    home = f"-env:UserInstallation=file://{folder / 'home'}"
    command = [soffice, home, "--headless", "--convert-to", "pdf", "--outdir", str(folder / path.name), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return folder / path.name / f"{path.stem}.pdf"


@pytest.mark.slow
def test_a_word_processor_opens_documents_and_sheets(published_run, tmp_path):
    for name in ("manuscript.docx", "table-outcomes.docx", "table-outcomes.xlsx", "figure-os.svg"):
        assert converted(published_run / "html" / "_downloads" / name, tmp_path).stat().st_size > 5000


@pytest.mark.slow
def test_the_supplement_has_at_most_two_pages_in_a_word_processor_too(run, tmp_path):
    made = converted(run / "manuscript_supplement.docx", tmp_path).read_bytes()
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b(?!s)", made)) <= SUPPLEMENT_PAGES
